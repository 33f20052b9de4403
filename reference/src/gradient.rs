//! Entry-wise gradients of `(1/B) Σ_b A_b ln π(a_b|s_b)` for the four policies of the model.

use crate::Error;
use crate::free_energy_policy;
use crate::last_step;
use crate::mean_field;
use crate::network::Update;
use crate::number::Real;
use crate::rule::{Batch, exact as exact_rule};

/// For the exact policy (E1).
///
/// # Errors
/// Too many configurations ([`Error::is_too_large`]).
pub fn exact<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    exact_rule::update(batch)
}

/// For the mean-field policy `q*_a`, through the fixed point (M5, M6); a `q` given with a sample is
/// not used.
///
/// # Errors
/// No fixed point was found, or it is degenerate ([`Error::is_not_converged`],
/// [`Error::is_singular`]).
pub fn mean_field<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let q = match trial.fixed_point() {
            Some(found) => found.clone(),
            None => mean_field::free(trial.observed()),
        };
        let q = q.required("q")?.q;
        Ok(mean_field::ln_policy_gradient(trial.observed(), &q, trial.action())?.scaled(trial.advantage()))
    })
}

/// For the last-step policy `q⁺_a` with constant `q`, at the given `q` or else at the fixed point
/// (L3).
///
/// # Errors
/// `q` was not given and no fixed point was found ([`Error::is_not_converged`]).
pub fn last_step<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = last_step::ln_policy_gradient(trial.observed(), trial.q()?, trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}

/// For the free-energy policy (F2); a `q` given with a sample is not used.
///
/// # Errors
/// A clamped fixed point was not found ([`Error::is_not_converged`]).
pub fn free_energy<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = free_energy_policy::ln_policy_gradient(trial.observed(), trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact_policy::ExactPolicy;
    use crate::network::{Convention, Parameters};
    use crate::testing::{assert_gradient, network};

    /// `Σ_b A_b ln π(a_b|s_b)/B` written out, for a given `ln π`.
    fn objective(
        parameters: &Parameters<f64>,
        ln_policy: impl Fn(&crate::network::Observed<'_, f64>, usize) -> f64,
    ) -> f64 {
        let samples = network(Convention::Full, false).samples::<f64>(None);
        let terms = samples.iter().map(|sample| {
            let observed = parameters.observe(&sample.state).unwrap();
            sample.advantage * ln_policy(&observed, sample.configuration.action())
        });
        terms.sum::<f64>() / 3.0
    }

    #[test]
    fn each_gradient_is_the_derivative_of_its_batch_objective() {
        let mut recipe = network(Convention::Half, true);
        recipe.numbers.iter_mut().for_each(|number| *number %= 7);
        let parameters = recipe.parameters::<f64>();
        let held = recipe.probabilities::<f64>();
        let solved =
            Batch::with_fixed_points(&parameters, network(Convention::Full, false).samples(None)).unwrap();
        let given = Batch::with_fixed_points(
            &parameters,
            network(Convention::Full, false).samples(Some(held.clone())),
        )
        .unwrap();
        assert_gradient(&parameters, &exact(&solved).unwrap(), |parameters| {
            objective(parameters, |observed, a| ExactPolicy::new(observed).unwrap().ln_policy(a).unwrap())
        });
        for batch in [&solved, &given] {
            assert_gradient(&parameters, &mean_field(batch).unwrap(), |parameters| {
                objective(parameters, |observed, a| mean_field::free(observed).q[6 + a].ln())
            });
            assert_gradient(&parameters, &free_energy(batch).unwrap(), |parameters| {
                objective(parameters, |observed, a| free_energy_policy::policy(observed).unwrap()[a].ln())
            });
        }
        assert_gradient(&parameters, &last_step(&given).unwrap(), |parameters| {
            objective(parameters, |observed, a| last_step::policy(observed, &held)[6 + a].ln())
        });
        let fixed: Vec<Vec<f64>> = solved.trials().iter().map(|trial| trial.candidate().to_vec()).collect();
        let mut expected = Update::zeros(recipe.shape);
        for (trial, q) in solved.trials().iter().zip(fixed) {
            let term = last_step::ln_policy_gradient(trial.observed(), &q, trial.action()).unwrap();
            expected.add_scaled(&(trial.advantage() / 3.0), &term);
        }
        crate::testing::assert_close(last_step(&solved).unwrap().entries(), expected.entries(), 1e-16);
    }
}
