//! `nudged`: a weakly clamped phase minus another one, divided by the strength of the clamp (W2,
//! W2b, W3 to W6).
//!
//! With `q⁺ = q|βa` and `q⁻ = q*`: `ΔW_ij = κ A (q⁺_i q⁺_j - q⁻_i q⁻_j)/β`, `ΔU_ki = A s_k (q⁺_i -
//! q⁻_i)/β`, `Δb_i = A (q⁺_i - q⁻_i)/β`. Centred form: `q⁻ = q|-βa`, and the divisor is `2β`. In
//! the limit β → 0 this is the rule `implicit`, with an error of order β, or of order β² in the
//! centred form. At β = 1, not centred, it is `two-phase`. It is as local as `two-phase`: each
//! synapse uses its two neurons in two phases. A `q` given with a sample is used as `q*`. The
//! centred form does not use it.
//!
//! Source: Scellier and Bengio, Frontiers in Computational Neuroscience 11, 2017,
//! doi 10.3389/fncom.2017.00024; centred: Laborieux and others, Frontiers in Neuroscience 15, 2021,
//! doi 10.3389/fnins.2021.633674.

use crate::Error;
use crate::network::Update;
use crate::number::Real;
use crate::rule::Batch;
use crate::rule::two_phase::contrast;

/// The batch's average update, for the strength `beta` of the clamp.
///
/// `0 < beta ≤ 1`. If `centred` is false, `beta` can also be negative, provided that every entry of
/// the clamped state stays positive.
///
/// # Errors
/// `beta` is outside its range ([`Error::is_invalid`]), or a fixed point was not found
/// ([`Error::is_not_converged`]).
pub fn update<T: Real>(batch: &Batch<'_, T>, beta: &T, centred: bool) -> Result<Update<T>, Error> {
    check(beta, centred)?;
    batch.average(|trial| {
        let plus = trial.clamped(0, beta)?;
        if centred {
            let minus = trial.clamped(1, &-beta.clone())?;
            let factor = trial.advantage().clone() / (T::ratio(2, 1) * beta.clone());
            return Ok(contrast(trial.observed(), &plus, &minus).scaled(&factor));
        }
        let factor = trial.advantage().clone() / beta.clone();
        Ok(contrast(trial.observed(), &plus, trial.q()?).scaled(&factor))
    })
}

fn check<T: Real>(beta: &T, centred: bool) -> Result<(), Error> {
    if !(beta.is_finite() && *beta <= T::one()) {
        return Err(Error::invalid("beta", "is not a number of at most 1; use a number such as 0.1"));
    }
    if beta.is_zero() {
        return Err(Error::invalid("beta", "is 0, and the rule divides by it; use a number such as 0.1"));
    }
    if centred && *beta < T::zero() {
        return Err(Error::invalid(
            "beta",
            "is negative, and the centred form uses both signs; use a positive one",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mean_field::{free, weakly_clamped};
    use crate::number::{Float256, Scalar};
    use crate::rule::{implicit, two_phase};
    use crate::testing::{Recipe, assert_close, four_networks};

    /// Weights that are weak enough for one fixed point.
    fn gentle() -> impl Iterator<Item = Recipe> {
        four_networks().map(|mut recipe| {
            recipe.numbers.iter_mut().for_each(|number| *number %= 7);
            recipe
        })
    }

    fn distance<T: Scalar>(left: &Update<T>, right: &Update<T>) -> f64 {
        let differences =
            left.entries().zip(right.entries()).map(|(a, b)| (a.clone() - b.clone()).abs().to_f64());
        differences.fold(0.0, f64::max)
    }

    #[test]
    fn the_rule_is_its_formula() {
        for recipe in gentle() {
            let parameters = recipe.parameters::<f64>();
            let given = recipe.probabilities::<f64>();
            for (q, centred, beta) in
                [(None, false, 0.5), (None, true, 0.0625), (None, false, -0.03125), (Some(given), false, 0.5)]
            {
                let batch = Batch::with_fixed_points(&parameters, recipe.samples(q.clone())).unwrap();
                let kappa: f64 = recipe.convention.kappa();
                let mut expected = Update::zeros(recipe.shape);
                for trial in batch.trials() {
                    let observed = trial.observed();
                    let phase = |beta| weakly_clamped(observed, trial.action(), &beta).unwrap().q;
                    let plus = phase(beta);
                    let (minus, width) = if centred {
                        (phase(-beta), 2.0 * beta)
                    } else {
                        (q.clone().unwrap_or_else(|| free(observed).q), beta)
                    };
                    let factor = trial.advantage() / width / 3.0;
                    for i in 0..9 {
                        for j in (0..9).filter(|&j| parameters.mask().recurrent(i, j)) {
                            let contrast = plus[i] * plus[j] - minus[i] * minus[j];
                            expected.recurrent[(i, j)] += kappa * factor * contrast;
                        }
                        for k in (0..2).filter(|&k| parameters.mask().state(k, i)) {
                            expected.state[(k, i)] += factor * observed.state()[k] * (plus[i] - minus[i]);
                        }
                        expected.bias[i] += factor * (plus[i] - minus[i]);
                    }
                }
                let computed = update(&batch, &beta, centred).unwrap();
                assert_close(computed.entries(), expected.entries(), 1e-14);
                assert!(computed.entries().any(|entry| entry.abs() > 1e-2));
            }
        }
    }

    #[test]
    fn at_full_strength_it_is_two_phase() {
        // W3, in every bit.
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            for q in [None, Some(recipe.probabilities())] {
                let batch = Batch::with_fixed_points(&parameters, recipe.samples(q)).unwrap();
                assert_eq!(update(&batch, &1.0, false), two_phase::update(&batch));
            }
        }
    }

    #[test]
    fn the_error_falls_as_beta_and_centred_as_its_square() {
        // W5: half the strength gives half the error, and a quarter of it in the centred form.
        for recipe in gentle() {
            let parameters = recipe.parameters::<f64>();
            let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
            let gradient = implicit::update(&batch).unwrap();
            for (centred, ratio) in [(false, 2.0), (true, 4.0)] {
                let error = |beta| distance(&update(&batch, &beta, centred).unwrap(), &gradient);
                let (coarse, fine) = (error(1.0 / 128.0), error(1.0 / 256.0));
                assert!(
                    (coarse / fine / ratio - 1.0).abs() < 0.02,
                    "centred {centred}: {coarse:e} to {fine:e}"
                );
                // W4: neither form is the gradient. The rounding error is about 1e-13.
                assert!(fine > 1e-10, "centred {centred}: {fine:e}");
            }
        }
    }

    #[test]
    fn the_limit_is_implicit() {
        // W2: the one-sided error at β is about β, and the centred one β².
        // Both conventions; wide arithmetic is slow.
        for recipe in four_networks().step_by(3) {
            let parameters = recipe.parameters::<Float256>();
            let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
            let gradient = implicit::update(&batch).unwrap();
            assert!(gradient.entries().any(|entry| entry.abs().to_f64() > 1e-2));
            let beta = Float256::ratio(1, 1 << 50);
            assert!(distance(&update(&batch, &beta, false).unwrap(), &gradient) < 1e-13);
            assert!(distance(&update(&batch, &-beta.clone(), false).unwrap(), &gradient) < 1e-13);
            assert!(distance(&update(&batch, &beta, true).unwrap(), &gradient) < 1e-26);
        }
    }

    #[test]
    fn a_strength_outside_its_range_is_refused() {
        let recipe = four_networks().next().unwrap();
        let parameters = recipe.parameters::<f64>();
        let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
        for (beta, centred) in
            [(0.0, false), (1.1, false), (f64::NAN, true), (f64::NEG_INFINITY, false), (-0.1, true)]
        {
            let error = update(&batch, &beta, centred).unwrap_err();
            assert!(error.is_invalid() && error.place() == "beta", "{beta} {centred}: {error}");
        }
        // One of three actions has a probability of at most 1/3. A clamp of -1 changes a
        // probability p to 2p - 1.
        let error = update(&batch, &-1.0, false).unwrap_err();
        assert!(error.is_invalid() && error.place() == "batch[0].beta", "{error}");
        assert!(error.message().contains("every entry must stay positive"), "{error}");
    }
}
