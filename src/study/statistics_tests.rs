//! Statistics against examples by hand, exact enumeration, and simulation.

use super::statistics::{Bootstrap, area, half, improvement, interquartile_mean, quantile};
use crate::random::SplitMix64;

#[test]
fn interquartile_means_of_worked_examples() {
    assert_eq!(interquartile_mean(&[4.0, 1.0, 100.0, 3.0]), 3.5);
    assert_eq!(interquartile_mean(&[1.0, 2.0, 6.0]), 3.0);
    assert_eq!(interquartile_mean(&[7.0]), 7.0);
    // Eight numbers: two fall away on each side.
    assert_eq!(interquartile_mean(&[8.0, 1.0, 2.0, 3.0, 5.0, 6.0, 9.0, -4.0]), 4.0);
    // Seven: one on each side, as rliable's trimmed mean.
    assert_eq!(interquartile_mean(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 99.0]), 3.0);
}

#[test]
fn improvements_of_worked_examples() {
    assert_eq!(improvement(&[1.0, 2.0], &[0.0, 1.0]), 0.875);
    assert_eq!(improvement(&[1.0], &[2.0, 3.0]), 0.0);
    assert_eq!(improvement(&[1.0, 1.0], &[1.0]), 0.5);
}

#[test]
fn quantiles_areas_and_halves_of_worked_examples() {
    assert_eq!(quantile(&[0.0, 10.0], 0.25), 2.5);
    assert_eq!(quantile(&[1.0, f64::INFINITY, f64::INFINITY], 0.975), f64::INFINITY);
    // (1·(1 + 0.5)/2 + 3·(0.5 + 0.1)/2)/4.
    assert!((area(&[0.0, 1.0, 4.0], &[1.0, 0.5, 0.1]) - 0.4125).abs() < 1e-15);
    assert_eq!(area(&[0.0], &[0.7]), 0.7);
    let levels = [0.0, 1.0, 2.0];
    assert_eq!(half(&levels, &[1.0, 0.75, 0.25], 1.0), 1.5);
    assert_eq!(half(&levels, &[1.0, 0.75, 0.51], 1.0), f64::INFINITY);
    assert_eq!(half(&levels, &[1.0, 0.5, 0.9], 1.0), 1.0);
    // It rises again after the first crossing, and falls a second time.
    assert_eq!(half(&[0.0, 1.0, 2.0, 3.0], &[1.0, 0.0, 1.0, 0.0], 1.0), 0.5);
    assert_eq!(half(&levels, &[0.3, 0.2, 0.1], 1.0), 0.0);
    // Below the half, the line through two points crosses it outside of the levels.
    assert_eq!(half(&levels, &[1.0, 0.25, 0.125], 1.0), 2.0 / 3.0);
}

/// The exact distribution of the mean of three resampled numbers has 27 equally likely outcomes.
#[test]
fn the_bootstrap_of_three_seeds_agrees_with_its_enumeration() {
    let results = [0.2, 0.5, 0.9];
    let mut exact = Vec::new();
    for a in results {
        for b in results {
            exact.extend(results.map(|c| (a + b + c) / 3.0));
        }
    }
    exact.sort_by(f64::total_cmp);
    let bootstrap = Bootstrap::new(3);
    // Quantiles where the distribution function jumps far over the share are hit for certain; the
    // share at or below each outcome is within five standard deviations.
    for &outcome in &exact {
        let of = |seeds: &[usize]| {
            let mean = seeds.iter().map(|&seed| results[seed]).sum::<f64>() / 3.0;
            f64::from(u8::from(mean <= outcome + 1e-12))
        };
        let share = exact.iter().filter(|&&other| other <= outcome + 1e-12).count() as f64 / 27.0;
        let found = bootstrap.share(&of);
        let deviation = (share * (1.0 - share) / 2000.0).sqrt();
        assert!((found - share).abs() <= 5.0 * deviation + 1e-12, "{outcome}: {found}, exactly {share}");
    }
    // Of 27 outcomes, one is the smallest and one the largest: 1/27 > 2.5 %.
    let estimate = bootstrap.mean(&results);
    assert!((estimate.low - 0.2).abs() < 1e-15 && (estimate.high - 0.9).abs() < 1e-15, "{estimate:?}");
    assert!((estimate.value - 1.6 / 3.0).abs() < 1e-15);
}

#[test]
fn methods_share_their_draws_and_the_sides_of_an_improvement_do_not() {
    let bootstrap = Bootstrap::new(5);
    let x = [0.1, 0.4, 0.2, 0.9, 0.5];
    // Shared draws: a shifted copy differs by the shift in every resample.
    let shifted = x.map(|x| x + 1.0);
    let difference = bootstrap.difference(&shifted, &x);
    assert!((difference.low - 1.0).abs() < 1e-12 && (difference.high - 1.0).abs() < 1e-12);
    // Independent draws: a method compared with itself wins by chance.
    let improvement = bootstrap.improvement(&x, &x);
    assert_eq!(improvement.value, 0.5);
    assert!(improvement.low < 0.3 && improvement.high > 0.7, "{improvement:?}");
}

#[test]
fn draws_are_uniform_and_the_same_every_time() {
    let count = 5;
    let bootstrap = Bootstrap::new(count);
    let mut counts = [0u32; 5];
    bootstrap.estimate(&|seeds| {
        seeds.iter().for_each(|&seed| assert!(seed < count));
        0.0
    });
    for (seed, found) in counts.iter_mut().enumerate() {
        let of = |seeds: &[usize]| seeds.iter().filter(|&&own| own == seed).count() as f64;
        *found = (bootstrap.share(&of) * 2000.0) as u32;
    }
    // 10 000 draws, 2000 expected each; the standard deviation is 40.
    assert!(counts.iter().all(|&count| count.abs_diff(2000) < 200), "{counts:?}");
    let again = Bootstrap::new(count);
    let results = [0.3, 0.1, 0.7, 0.2, 0.9];
    assert_eq!(bootstrap.mean(&results), again.mean(&results));
}

/// How often the interval has the true mean, for normal results. The numbers are those of
/// `docs/study.md`: an interval of few seeds is too short.
#[test]
fn coverage_of_the_interval_is_as_documented() {
    const TRIALS: usize = 1000;
    let text = include_str!("../../docs/study.md");
    for (seeds, documented) in [(3, 0.77), (5, 0.89), (10, 0.93)] {
        let bootstrap = Bootstrap::new(seeds);
        let mut random = SplitMix64::new(seeds as u64);
        // Nearly normal: the sum of twelve uniform numbers.
        let mut normal = || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        let covered = (0..TRIALS).filter(|_| {
            let results: Vec<f64> = (0..seeds).map(|_| normal()).collect();
            let estimate = bootstrap.mean(&results);
            estimate.low <= 0.0 && 0.0 <= estimate.high
        });
        let coverage = covered.count() as f64 / TRIALS as f64;
        // False alarm: 0.06 is at least 4.5 standard deviations (0.0133 at 0.77), so below 1e-5.
        // Missed effect: a coverage that is 0.1 away from the documented one passes with a
        // probability below 0.0014 (3 standard deviations).
        assert!((coverage - documented).abs() < 0.06, "{seeds} seeds: {coverage}");
        assert!(text.contains(&format!("| {seeds} | {:.0} % |", 100.0 * documented)), "{seeds}");
    }
}
