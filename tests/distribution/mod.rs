//! Shared code of the statistical tests: distances between distributions, and their thresholds for
//! a false-alarm probability of 0.001.

use std::f64::consts::SQRT_2;

/// Upper 0.0005 quantile of the standard normal distribution: two sides make 0.001.
pub(crate) const NORMAL_QUANTILE: f64 = 3.290_527;

/// Largest distance between the empirical distribution function and the true one.
pub(crate) fn kolmogorov_smirnov(mut draws: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
    draws.sort_unstable_by(f64::total_cmp);
    let n = draws.len() as f64;
    let distance = |(at, x): (usize, &f64)| {
        let exact = distribution(*x);
        (exact - at as f64 / n).max((at + 1) as f64 / n - exact)
    };
    draws.iter().enumerate().map(distance).fold(0.0, f64::max)
}

/// The distance that a correct generator exceeds with probability 0.001: √(ln(2/0.001)/2n)
/// (Dvoretzky, Kiefer, Wolfowitz; Massart 1990, doi 10.1214/aop/1176990746). A distribution
/// function wrong by δ somewhere is missed with probability at most 2·exp(−2n(δ − bound)²): for δ =
/// 0.005 and n = 10⁶, 2·exp(−2·10⁶·0.00305²) = 1.7e-8.
pub(crate) fn bound(n: usize) -> f64 {
    ((2.0f64 / 0.001).ln() / (2.0 * n as f64)).sqrt()
}

/// Largest distance between the empirical distribution functions of two samples.
pub(crate) fn two_samples(mut left: Vec<f64>, mut right: Vec<f64>) -> f64 {
    left.sort_unstable_by(f64::total_cmp);
    right.sort_unstable_by(f64::total_cmp);
    let (mut i, mut j, mut largest) = (0, 0, 0.0f64);
    while i < left.len() && j < right.len() {
        // Both functions jump at a number that is in both samples.
        let x = left[i].min(right[j]);
        i += left[i..].iter().take_while(|&&y| y <= x).count();
        j += right[j..].iter().take_while(|&&y| y <= x).count();
        largest = largest.max((i as f64 / left.len() as f64 - j as f64 / right.len() as f64).abs());
    }
    largest
}

/// The distance that two samples of `n` from one distribution exceed with probability 0.001:
/// √(ln(2/0.001)/n), for n ≥ 458 (Wei, Dudley 2012, doi 10.1016/j.spl.2011.11.012). Distribution
/// functions that differ by δ somewhere are missed with probability at most
/// 4·exp(−n(δ − bound)²/2), by the inequality of [`bound`] for each sample: for δ = 0.008 and n =
/// 10⁶, 4·exp(−10⁶·0.00524²/2) = 4.3e-6.
pub(crate) fn bound_of_two(n: usize) -> f64 {
    ((2.0f64 / 0.001).ln() / n as f64).sqrt()
}

pub(crate) fn standard_normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}
