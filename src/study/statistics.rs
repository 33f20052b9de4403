//! Statistics over seeds: interquartile means, intervals by bootstrap, probability of improvement.
//!
//! ```text
//! interquartile mean   of n sorted results, the mean without the ⌊n/4⌋ lowest and ⌊n/4⌋ highest
//! interval             2.5 % and 97.5 % quantiles of a statistic of RESAMPLES resampled data sets
//! improvement          P(X > Y) + P(X = Y)/2 over all pairs of a result of X and one of Y
//! ```
//!
//! 1. A resampled data set draws as many seeds as there are, with replacement, within each stratum.
//!    The stratum is the task. Levels and protocols of one network are not independent, so they
//!    share the drawn seeds. Methods share them too: a difference of two methods is paired by seed.
//! 2. The probability of improvement draws the seeds of its two methods independently.
//! 3. A draw is a function of resample, side and position (Philox), so it depends on no other
//!    number that is computed. With few seeds, an interval is too short: its coverage is measured
//!    in a test and stated in `docs/study.md`.
//!
//! Source: Agarwal, Schwarzer, Castro, Courville, Bellemare 2021, arXiv 2108.13264 (rliable).

use crate::kernel::philox::PhiloxRng;
use rand::{Rng, SeedableRng};

/// Number of resampled data sets.
pub const RESAMPLES: usize = 2000;

/// Seed of the draws.
const SEED: u64 = 0x7376_7067;

/// A number with its interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The interquartile mean of `results`, at least one.
///
/// # Panics
/// If there are none.
pub fn interquartile_mean(results: &[f64]) -> f64 {
    assert!(!results.is_empty(), "a mean needs a number");
    let mut sorted = results.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f64>() / kept.len() as f64
}

/// The fraction of pairs in which the result of `x` is larger; a tie counts half. Both have at
/// least one result.
pub fn improvement(x: &[f64], y: &[f64]) -> f64 {
    let pairs = x.iter().flat_map(|a| y.iter().map(move |b| (a, b)));
    let won = pairs.map(|(a, b)| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    });
    won.sum::<f64>() / (x.len() * y.len()) as f64
}

/// Quantile `share` of sorted numbers, linear between neighbours; infinite ones are ordered last.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    if below == above { below } else { below + (above - below) * (at - at.floor()) }
}

/// The positions that resample `number` draws from `count` seeds for one side of a comparison.
fn draw(number: usize, side: u32, count: usize) -> Vec<usize> {
    let mut random = PhiloxRng::seed_from_u64(SEED);
    // 2⁶⁴ blocks for each resample.
    random.seek(((number as u128) << 64) | (u128::from(side) << 32));
    let below = |word: u64| ((u128::from(word) * count as u128) >> 64) as usize;
    (0..count).map(|_| below(random.next_u64())).collect()
}

/// Resampled positions of `count` seeds, shared by everything that has as many seeds.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    draws: [Vec<Vec<usize>>; 2],
}

impl Bootstrap {
    /// The resampled positions of `count` seeds, at least one.
    pub fn new(count: usize) -> Self {
        let of = |side| (0..RESAMPLES).map(|number| draw(number, side, count)).collect();
        Self { draws: [of(0), of(1)] }
    }

    /// A statistic of the seeds, which gets their positions, with its interval.
    pub fn estimate(&self, statistic: &dyn Fn(&[usize]) -> f64) -> Estimate {
        let all: Vec<usize> = (0..self.draws[0][0].len()).collect();
        let resampled = self.draws[0].iter().map(|draw| statistic(draw)).collect();
        interval(statistic(&all), resampled)
    }

    /// The mean of a statistic over all resamples.
    #[cfg(test)]
    pub(super) fn share(&self, statistic: &dyn Fn(&[usize]) -> f64) -> f64 {
        self.draws[0].iter().map(|draw| statistic(draw)).sum::<f64>() / RESAMPLES as f64
    }

    /// The interquartile mean of results, one a seed.
    pub fn mean(&self, results: &[f64]) -> Estimate {
        self.estimate(&|seeds| interquartile_mean(&picked(results, seeds)))
    }

    /// The difference of two interquartile means, paired by seed.
    pub fn difference(&self, x: &[f64], y: &[f64]) -> Estimate {
        let of = |results: &[f64], seeds: &[usize]| interquartile_mean(&picked(results, seeds));
        self.estimate(&|seeds| of(x, seeds) - of(y, seeds))
    }

    /// The probability of improvement of `x` over `y`.
    pub fn improvement(&self, x: &[f64], y: &[f64]) -> Estimate {
        let pairs = self.draws[0].iter().zip(&self.draws[1]);
        let resampled = pairs.map(|(of_x, of_y)| improvement(&picked(x, of_x), &picked(y, of_y)));
        interval(improvement(x, y), resampled.collect())
    }
}

fn picked(results: &[f64], seeds: &[usize]) -> Vec<f64> {
    seeds.iter().map(|&seed| results[seed]).collect()
}

fn interval(value: f64, mut resampled: Vec<f64>) -> Estimate {
    resampled.sort_by(f64::total_cmp);
    Estimate { value, low: quantile(&resampled, 0.025), high: quantile(&resampled, 0.975) }
}

/// The mean of a curve over its levels, by the trapezoid rule; of a single level, its value.
pub fn area(levels: &[f64], values: &[f64]) -> f64 {
    let width = levels[levels.len() - 1] - levels[0];
    if levels.len() == 1 || width == 0.0 {
        return values[0];
    }
    let pairs = levels.windows(2).zip(values.windows(2));
    pairs.map(|(l, v)| (l[1] - l[0]) * (v[0] + v[1]) / 2.0).sum::<f64>() / width
}

/// The first level at which a curve is at most half of `whole`, linear between levels; infinite if
/// it never is.
pub fn half(levels: &[f64], values: &[f64], whole: f64) -> f64 {
    let target = whole / 2.0;
    if values[0] <= target {
        return levels[0];
    }
    let mut pairs = levels.windows(2).zip(values.windows(2));
    let crossing = pairs
        .find(|(_, v)| v[0] > target && v[1] <= target)
        .map(|(l, v)| l[0] + (l[1] - l[0]) * (v[0] - target) / (v[0] - v[1]));
    crossing.unwrap_or(f64::INFINITY)
}
