//! Kernels `κ` over a window of `L` steps, normalised to sum 1, and the activity `x_t = Σ_τ κ_τ spikes_{t-τ}`.

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

    /// The activity of `units` units: `history[t]` holds their spikes at step `t`, the last entry is now. Steps before the
    /// first count as silent.
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
