//! The distribution of the draws: a fixed seed, a million draws per test, and both error rates of
//! every test.
//!
//! **False alarm** (a correct generator fails): each threshold is exceeded with probability 0.001
//! over the choice of the seed. The seed is fixed, so the result of the tests is always the same.
//! **Missed effect**: a distribution function that is wrong by 0.005 somewhere escapes the
//! Kolmogorov–Smirnov test with probability below 2e-8, and one that is wrong by 0.008 escapes the
//! comparison with the draws of `rand_distr` with probability below 5e-6; a correlation of
//! 8/√(pairs), 0.008 for a million of them, escapes with probability below 2e-6. The derivations
//! are next to the tests.

mod distribution;

use distribution::{NORMAL_QUANTILE, bound, bound_of_two, kolmogorov_smirnov, standard_normal, two_samples};
use rand::distr::{Distribution, StandardUniform};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use svpg::kernel::normal::twin::normal;
use svpg::kernel::philox::PhiloxRng;
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::uniform::twin::uniform;

/// Number of draws per test.
const DRAWS: usize = 1_000_000;

/// Draws of `1000 × 1000` units and samples.
fn draws(stream: Stream, draw: impl Fn(&Place, usize) -> f32) -> Vec<f64> {
    let of_sample = |sample| {
        let place = Place { seed: 20_210_707, stream, step: 1, iteration: 1, sample };
        (0..1000).map(move |unit| (place, unit))
    };
    (0..1000).flat_map(of_sample).map(|(place, unit)| f64::from(draw(&place, unit))).collect()
}

fn uniforms() -> Vec<f64> {
    draws(Stream::Start, uniform)
}

fn normals() -> Vec<f64> {
    draws(Stream::UnitNoise, normal)
}

#[test]
fn uniforms_are_uniform() {
    // A multiple of 2⁻²⁴ stands for the interval above it: the step is 6e-8, far below the bound.
    let distance = kolmogorov_smirnov(uniforms(), |x| x);
    assert!(distance < bound(DRAWS), "{distance}");
}

#[test]
fn normals_are_normal() {
    let distance = kolmogorov_smirnov(normals(), standard_normal);
    assert!(distance < bound(DRAWS), "{distance}");
}

/// A million draws of a distribution of `rand` or `rand_distr`, from a generator of `rand`.
fn theirs(distribution: impl Distribution<f64>) -> Vec<f64> {
    Xoshiro256PlusPlus::seed_from_u64(2012).sample_iter(distribution).take(DRAWS).collect()
}

/// Compares with the ziggurat method of `rand_distr`, which shares no formula with the kernel. A
/// common mistake of the kernel and `standard_normal` would be visible here.
#[test]
fn normals_are_those_of_rand_distr() {
    let distance = two_samples(normals(), theirs(StandardNormal));
    assert!(distance < bound_of_two(DRAWS), "{distance}");
}

#[test]
fn uniforms_are_those_of_rand() {
    let distance = two_samples(uniforms(), theirs(StandardUniform));
    assert!(distance < bound_of_two(DRAWS), "{distance}");
}

/// Philox with the traits of `rand`: the draws of `rand` and `rand_distr` from its words have the
/// documented distributions.
#[test]
fn distributions_of_rand_draw_from_philox() {
    let rng = || PhiloxRng::seed_from_u64(20_210_707);
    let uniforms = rng().sample_iter(StandardUniform).take(DRAWS).collect();
    assert!(kolmogorov_smirnov(uniforms, |x| x) < bound(DRAWS));
    let normals = rng().sample_iter(StandardNormal).take(DRAWS).collect();
    assert!(kolmogorov_smirnov(normals, standard_normal) < bound(DRAWS));
}

/// The comparison of two samples detects the stated differences: a scale of 1.05 and a shift of
/// 0.03 move the distribution function by 0.012.
#[test]
fn a_wrong_distribution_is_not_that_of_rand_distr() {
    let wide = normals().iter().map(|x| 1.05 * x).collect();
    assert!(two_samples(wide, theirs(StandardNormal)) > bound_of_two(DRAWS));
    let shifted = normals().iter().map(|x| x + 0.03).collect();
    assert!(two_samples(shifted, theirs(StandardNormal)) > bound_of_two(DRAWS));
}

/// The test above is not sensitive to the tails. This test checks four moments and the fraction
/// beyond 4 σ.
#[test]
fn moments_of_normals() {
    let draws = normals();
    let n = draws.len() as f64;
    // Power, its mean and the variance of one term: E x^2k − (E x^k)².
    for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
        let found = draws.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        let z = (found - mean) / (variance / n).sqrt();
        assert!(z.abs() < NORMAL_QUANTILE, "moment {power}: {found}, {z} standard errors off");
    }
    let expected = 2.0 * standard_normal(-4.0) * n;
    let beyond = draws.iter().filter(|x| x.abs() > 4.0).count() as f64;
    assert!(
        (beyond - expected).abs() < NORMAL_QUANTILE * expected.sqrt(),
        "{beyond} beyond 4, not {expected}"
    );
}

/// The test detects the stated differences: a scale of 1.03, a shift of 0.015 and a missing end of
/// 0.005 move the distribution function by 0.005 to 0.007.
#[test]
fn wrong_distributions_are_seen() {
    let wide = normals().iter().map(|x| 1.03 * x).collect();
    assert!(kolmogorov_smirnov(wide, standard_normal) > bound(DRAWS));
    let shifted = normals().iter().map(|x| x + 0.015).collect();
    assert!(kolmogorov_smirnov(shifted, standard_normal) > bound(DRAWS));
    let short = uniforms().iter().map(|x| 0.995 * x).collect();
    assert!(kolmogorov_smirnov(short, |x| x) > bound(DRAWS));
}

/// The sample correlation of independent numbers, times √n, is standard normal. A true correlation
/// r puts it at r·√n: r = 8/√n is missed where a standard normal number is below 3.29 − 8, with
/// probability 1.3e-6.
fn uncorrelated(name: &str, pairs: impl Iterator<Item = (f64, f64)> + Clone) {
    let n = pairs.clone().count() as f64;
    let mean = |of: &dyn Fn((f64, f64)) -> f64| pairs.clone().map(of).sum::<f64>() / n;
    let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
    let covariance = mean(&|p| (p.0 - a) * (p.1 - b));
    let variances = mean(&|p| (p.0 - a).powi(2)) * mean(&|p| (p.1 - b).powi(2));
    let z = covariance / variances.sqrt() * n.sqrt();
    assert!(z.abs() < NORMAL_QUANTILE, "{name}: {z} standard errors from independence");
}

/// The two draws of a pair have the same radius and angle: neither the draws nor their squares may
/// be correlated.
#[test]
fn members_of_a_pair_are_independent() {
    let draws = normals();
    let units = draws.chunks_exact(1000);
    // Units l and l + 16 of a half group are a pair; whole half groups of 32 alone.
    let pairs = || {
        units.clone().flat_map(|units| {
            units.chunks_exact(32).flat_map(|half| (0..16).map(|l| (half[l], half[l + 16])))
        })
    };
    uncorrelated("draws", pairs());
    uncorrelated("squares", pairs().map(|(a, b)| (a * a, b * b)));
    uncorrelated("magnitude and sign", pairs().map(|(a, b)| (a.abs(), b)));
}

/// Neighbours along every coordinate of the place.
#[test]
fn neighbours_are_independent() {
    let draws = normals();
    uncorrelated("units", draws.iter().copied().zip(draws.iter().copied().skip(1)));
    uncorrelated("samples", draws.iter().copied().zip(draws.iter().copied().skip(1000)));
    let of = |change: fn(&mut Place, u32)| {
        (0..100_000).map(move |n| {
            let mut place = Place { seed: 1, stream: Stream::UnitNoise, step: 0, iteration: 0, sample: 0 };
            change(&mut place, n);
            let first = normal(&place, 0);
            change(&mut place, n + 1);
            (f64::from(first), f64::from(normal(&place, 0)))
        })
    };
    uncorrelated("seeds", of(|place, n| place.seed = n));
    uncorrelated("steps", of(|place, n| place.step = n));
    uncorrelated("iterations", of(|place, n| place.iteration = n));
}
