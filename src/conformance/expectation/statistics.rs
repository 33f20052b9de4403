//! The test of a mean of samples, with the error rates of both kinds.

use crate::Error;

/// Smallest number of samples.
const MIN_SAMPLES: usize = 100;

/// What a test of samples must find, and its error rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The bias of an entry that must be found.
    pub effect: f64,
    /// The probability that an unbiased program fails, over all entries.
    pub false_alarm: f64,
    /// The probability that a bias of `effect` in an entry passes.
    pub missed: f64,
}

impl Test {
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, rate) in [("false_alarm", self.false_alarm), ("missed", self.missed)] {
            if !(rate > 0.0 && rate < 0.5) {
                let remedy = "give a probability above 0 and below 0.5";
                return Err(Error::bad_input(name, format_args!("found {rate}"), remedy));
            }
        }
        if !(self.effect.is_finite() && self.effect > 0.0) {
            let remedy = "give the smallest bias that must be found, a positive number";
            return Err(Error::bad_input("effect", format_args!("found {}", self.effect), remedy));
        }
        Ok(())
    }

    /// Largest distance of an unbiased mean of `count` samples of `entries` entries.
    pub(super) fn allowed(&self, entries: usize, count: usize, spread: Spread) -> f64 {
        spread.reach(count, (2.0 * entries as f64 / self.false_alarm).ln())
    }

    /// Number of samples with which a bias of the effect is found.
    pub(super) fn needed(&self, entries: usize, spread: Spread) -> usize {
        let finds = |count| {
            self.allowed(entries, count, spread) + spread.reach(count, (1.0 / self.missed).ln())
                <= self.effect
        };
        let mut high = MIN_SAMPLES;
        while !finds(high) && high < usize::MAX / 4 {
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            (low, high) = if finds(middle) { (low, middle) } else { (middle, high) };
        }
        high.max(MIN_SAMPLES)
    }
}

/// The spread of the samples of an entry around its expectation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// Variance.
    pub(super) variance: f64,
    /// Largest distance.
    pub(super) range: f64,
}

impl Spread {
    /// The mean of `count` samples is farther than this above (or below) the expectation with
    /// probability at most `e^(−log)`: Bernstein's inequality.
    fn reach(self, count: usize, log: f64) -> f64 {
        let (n, shift) = (count as f64, self.range * log / 3.0);
        (shift + (shift * shift + 2.0 * n * self.variance * log).sqrt()) / n
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, Test};

    /// A coin of ±1: the exact tail of 1000 tosses is below the bound, and above a
    /// twentieth of it.
    #[test]
    fn the_bound_is_above_the_exact_tail() {
        let spread = Spread { variance: 1.0, range: 1.0 };
        let reach = spread.reach(1000, 1000f64.ln());
        // ln C(1000, k) by sums of logarithms.
        let mut log_binomial = 0.0f64;
        let mut tail = 0.0;
        for k in 0..=1000u32 {
            let mean = (2.0 * f64::from(k) - 1000.0) / 1000.0;
            if mean > reach {
                tail += (log_binomial - 1000.0 * 2.0f64.ln()).exp();
            }
            log_binomial += (f64::from(1000 - k) / f64::from(k + 1)).ln();
        }
        assert!(tail < 1e-3 && tail > 5e-5, "{tail}");
    }

    #[test]
    fn the_needed_samples_are_the_fewest() {
        let test = Test { effect: 0.05, false_alarm: 1e-3, missed: 1e-2 };
        let spread = Spread { variance: 0.25, range: 0.9 };
        let total = |count| test.allowed(7, count, spread) + spread.reach(count, 100f64.ln());
        let needed = test.needed(7, spread);
        assert!(total(needed) <= 0.05 && total(needed - 1) > 0.05, "{needed}");
    }
}
