//! Kernels `κ` over a window of `L` steps, normalised to sum 1, and the activity
//! `x_t = Σ_τ κ_τ spikes_{t-τ}`.

use crate::Error;
use crate::number::{Real, Scalar};

/// `κ_τ` for `τ = 0..L-1`, the most recent step first, with sum 1 up to rounding.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel<T> {
    weights: Vec<T>,
}

impl<T: Scalar> Kernel<T> {
    /// `κ_τ = 1/L`.
    ///
    /// # Errors
    /// `window` is 0.
    pub fn rectangle(window: usize) -> Result<Self, Error> {
        Self::normalised(vec![T::one(); window])
    }

    fn normalised(weights: Vec<T>) -> Result<Self, Error> {
        let total = weights.iter().fold(T::zero(), |sum, weight| sum + weight.clone());
        if total.is_zero() {
            let message = format!("is {}, too short for this kernel; use a longer one", weights.len());
            return Err(Error::invalid("window", message));
        }
        Ok(Self { weights: weights.into_iter().map(|weight| weight / total.clone()).collect() })
    }

    /// `κ`, `L` long.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// `L`.
    pub fn window(&self) -> usize {
        self.weights.len()
    }

    /// The activity of `units` units: `history[t]` has their spikes at step `t`, and the last entry
    /// is the current step. Before the first step, there are no spikes.
    pub fn activity(&self, history: &[Vec<T>], units: usize) -> Vec<T> {
        let mut activity = vec![T::zero(); units];
        for (weight, spikes) in self.weights.iter().zip(history.iter().rev()) {
            for (total, spike) in activity.iter_mut().zip(spikes) {
                *total += weight.clone() * spike.clone();
            }
        }
        activity
    }

    /// `E[x_t] = q Σκ` for a constant rate `q`, from `t ≥ L-1` on (S1).
    pub fn mean(&self, rate: &T) -> T {
        self.weights.iter().fold(T::zero(), |sum, weight| sum + rate.clone() * weight.clone())
    }

    /// `Var[x_t] = q(1-q) Σκ²` for a constant rate `q`, from `t ≥ L-1` on (S1).
    pub fn variance(&self, rate: &T) -> T {
        let single = rate.clone() * (T::one() - rate.clone());
        self.weights
            .iter()
            .fold(T::zero(), |sum, weight| sum + single.clone() * weight.clone() * weight.clone())
    }
}

impl<T: Real> Kernel<T> {
    /// `κ_τ ∝ exp(-τ/8) - exp(-τ/2)`.
    ///
    /// # Errors
    /// `window` is less than 2: the first weight is 0.
    pub fn double_exponential(window: usize) -> Result<Self, Error> {
        // A window that fits in memory is far below 2⁶³.
        let decay = |tau: usize, constant: i64| T::ratio(-(tau as i64), constant).exp();
        Self::normalised((0..window).map(|tau| decay(tau, 8) - decay(tau, 2)).collect())
    }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::*;

    /// Mean and variance of `x_t` for a constant rate, over all spike trains of the window.
    fn moments<T: Scalar>(kernel: &Kernel<T>, rate: &T) -> (T, T) {
        let window = kernel.window();
        let (mut mean, mut square) = (T::zero(), T::zero());
        for train in 0..1u32 << window {
            let spike = |t: usize| train >> t & 1 == 1;
            let history: Vec<Vec<T>> =
                (0..window).map(|t| vec![if spike(t) { T::one() } else { T::zero() }]).collect();
            let probability = (0..window).fold(T::one(), |product, t| {
                product * if spike(t) { rate.clone() } else { T::one() - rate.clone() }
            });
            let x = kernel.activity(&history, 1)[0].clone();
            mean += probability.clone() * x.clone();
            square += probability * x.clone() * x;
        }
        let variance = square - mean.clone() * mean.clone();
        (mean, variance)
    }

    #[test]
    fn activity_has_the_rate_as_its_mean_and_the_stated_variance() {
        // S1; exact for the rectangle.
        for window in 1..7 {
            let kernel = Kernel::<BigRational>::rectangle(window).unwrap();
            assert_eq!(kernel.window(), window);
            let rate = BigRational::ratio(2, 7);
            let (mean, variance) = moments(&kernel, &rate);
            assert_eq!((&mean, &variance), (&rate, &kernel.variance(&rate)));
            assert_eq!(kernel.mean(&rate), rate);
            assert_eq!(variance, BigRational::ratio(10, 49 * window as i64));
        }
        for window in 2..9 {
            let kernel = Kernel::<f64>::double_exponential(window).unwrap();
            let (mean, variance) = moments(&kernel, &0.3);
            assert!((mean - 0.3).abs() < 1e-15 && (kernel.mean(&0.3) - 0.3).abs() < 1e-15);
            assert!((variance - kernel.variance(&0.3)).abs() < 1e-15);
            assert!(window == 2 || variance < 0.3 * 0.7);
        }
    }

    #[test]
    fn the_double_exponential_is_its_formula() {
        let kernel = Kernel::<f64>::double_exponential(50).unwrap();
        let shape = |tau: f64| (-tau / 8.0).exp() - (-tau / 2.0).exp();
        let total: f64 = (0..50).map(|tau| shape(tau as f64)).sum();
        assert_eq!(kernel.weights().len(), 50);
        for (tau, weight) in kernel.weights().iter().enumerate() {
            assert!((weight - shape(tau as f64) / total).abs() < 1e-16);
        }
    }

    #[test]
    fn a_window_without_weight_is_refused() {
        assert!(Kernel::<f64>::rectangle(0).unwrap_err().is_invalid());
        assert!(Kernel::<f64>::double_exponential(1).unwrap_err().is_invalid());
        assert!(Kernel::<f64>::double_exponential(0).unwrap_err().is_invalid());
    }

    #[test]
    fn the_last_step_weighs_most_recently() {
        let kernel = Kernel { weights: vec![0.5, 0.25, 0.125] };
        let history = [vec![1.0, 0.0], vec![0.0, 0.0], vec![0.0, 1.0], vec![1.0, 0.0]];
        assert_eq!(kernel.activity(&history, 2), [0.5, 0.25]);
        assert_eq!(kernel.activity(&history[..1], 2), [0.5, 0.0]);
        assert_eq!(kernel.activity(&[], 2), [0.0, 0.0]);
    }
}
