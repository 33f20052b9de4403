//! Central differences with Richardson extrapolation and a computed error bound.
//!
//! `D(h) = (f(x+h) - f(x-h)) / 2h` has an error in even powers of `h`. Halving `h` and combining,
//! `T_k(h) = T_{k-1}(h) + (T_{k-1}(h) - T_{k-1}(2h)) / (4ᵏ - 1)`, removes one power after the
//! other. The error bound of an entry of this table is its difference from the two entries from
//! which it is computed, plus the effect of rounding in `f`. The answer is the entry with the
//! smallest bound. The bound is valid for a function that is smooth on the scale of the first step.
//! Source: Ridders, *Advances in Engineering Software* 4(2), 1982, doi
//! 10.1016/S0141-1195(82)80057-0.

use crate::number::{Real, Scalar};

/// A derivative with a bound on its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate<T> {
    /// The derivative.
    pub value: T,
    /// Truncation, from successive columns, plus rounding, from the noise of the function.
    pub bound: T,
}

impl<T: Scalar> Estimate<T> {
    /// Whether `exact` is within the bound.
    pub fn admits(&self, exact: &T) -> bool {
        (self.value.clone() - exact.clone()).abs() <= self.bound
    }
}

/// The derivative of `f` at `x`, from steps `step / 2ⁱ`, `i < levels`, where `noise` is the error
/// of `f` relative to `max(1, |f|)`.
///
/// Use 8 to 10 `levels` for `f64`, and 24 or more for 256-bit floats. The minimum is 2.
///
/// ```
/// use svpg_reference::finite_difference::derivative;
///
/// // ln(1 + eˣ)' is the logistic function; its value at 0 is 1/2.
/// let softplus = |x: &f64| x.exp().ln_1p();
/// let estimate = derivative(softplus, &0.0, &0.5, 8, &f64::EPSILON);
/// assert!(estimate.admits(&0.5) && estimate.bound < 1e-12);
/// assert!(!estimate.admits(&0.500_001));
/// ```
pub fn derivative<T: Real>(f: impl Fn(&T) -> T, x: &T, step: &T, levels: usize, noise: &T) -> Estimate<T> {
    let half = T::ratio(1, 2);
    let mut step = step.clone();
    let mut above: Vec<(T, T)> = Vec::new();
    let mut best: Option<Estimate<T>> = None;
    for _ in 0..levels.max(2) {
        let (right, left) = (f(&(x.clone() + step.clone())), f(&(x.clone() - step.clone())));
        let scale = right.abs().max(left.abs()).max(T::one());
        let mut row =
            vec![((right - left) * half.clone() / step.clone(), noise.clone() * scale / step.clone())];
        let mut power = T::one();
        for (coarse, coarse_rounding) in &above {
            power = power * T::ratio(4, 1);
            let divisor = power.clone() - T::one();
            let (fine, fine_rounding) = row[row.len() - 1].clone();
            let value = fine.clone() + (fine.clone() - coarse.clone()) / divisor.clone();
            // The weights of fine and coarse are 4ᵏ/(4ᵏ-1) and 1/(4ᵏ-1).
            let rounding = (power.clone() * fine_rounding + coarse_rounding.clone()) / divisor;
            let truncation = (value.clone() - fine).abs().max((value.clone() - coarse.clone()).abs());
            let bound = truncation + rounding.clone();
            if best.as_ref().is_none_or(|best| bound < best.bound) {
                best = Some(Estimate { value: value.clone(), bound });
            }
            row.push((value, rounding));
        }
        above = row;
        step = step * half.clone();
    }
    best.expect("the second level leaves an estimate")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Float256;

    #[test]
    fn the_bound_is_small_and_holds() {
        // (e^{x/2})' at 1, whose value is e^{1/2}/2.
        let f = |x: &f64| (x / 2.0).exp();
        let (exact, estimate) = (f(&1.0) / 2.0, derivative(f, &1.0, &0.5, 8, &f64::EPSILON));
        assert!(estimate.admits(&exact) && estimate.bound < 1e-12, "{estimate:?}");
        assert!(!estimate.admits(&(exact + 2e-12)) && !estimate.admits(&(exact - 2e-12)));
        let ratio = Float256::ratio;
        let f = |x: &Float256| (x.clone() * ratio(1, 2)).exp();
        let exact = f(&ratio(1, 1)) * ratio(1, 2);
        let estimate = derivative(f, &ratio(1, 1), &ratio(1, 2), 16, &(ratio(4, 1) * Float256::epsilon()));
        assert!(estimate.admits(&exact) && estimate.bound.to_f64() < 1e-65, "{:e}", estimate.bound.to_f64());
    }

    #[test]
    fn extrapolation_removes_the_even_powers() {
        // A polynomial of degree 5: two extrapolations are exact, so only the noise remains, at
        // most 4/3·16/15 of it at h = ¼.
        let f = |x: &f64| x * x * x * x * x - 3.0 * x * x * x + x;
        let estimate = derivative(f, &1.0, &1.0, 3, &1e-10);
        assert!((estimate.value - (5.0 - 9.0 + 1.0)).abs() < 1e-12, "{estimate:?}");
        // After one extrapolation, the fifth power remains: D(h) = f' + 7h² + h⁴, and (4 D(½) -
        // D(1))/3 = f' - ¼.
        let estimate = derivative(f, &1.0, &1.0, 0, &1e-10);
        assert_eq!(estimate.value, -3.25);
        // The truncation error is the distance to D(1) = 5, the rounding error is
        // (4·noise·|f(1.5)|/½ + noise·|f(2)|)/3.
        assert!(
            (estimate.bound - (8.25 + (8.25 + 10.0) / 3.0 * 1e-10)).abs() < 1e-14,
            "{:e}",
            estimate.bound - 8.25
        );
    }

    #[test]
    fn a_noisy_function_has_a_wide_bound() {
        let noisy = |x: &f64| x.sin() + 1e-6 * (x * 1e9).sin();
        let estimate = derivative(noisy, &1.0, &0.5, 10, &1e-6);
        assert!(estimate.admits(&1.0f64.cos()) && estimate.bound > 1e-6, "{estimate:?}");
    }
}
