//! `svpg-bmvc`: the rule as published in 2022. `ΔW` and `ΔU` are as in `svpg`, but `Δb_i = A v_i`
//! replaces `A (v_i - q_i)`.
//!
//! In expectation, the bias update differs from the last-step gradient by `q_i E[A]` (P1). Source:
//! BMVC 2022, the published implementation.

use crate::Error;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::{Batch, svpg::scaled_score};

/// The average update over the batch.
///
/// # Errors
/// A fixed point was not found ([`Error::is_not_converged`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let v = trial.configuration().one_hot::<T>();
        let bias = v.into_iter().map(|v| trial.advantage().clone() * v).collect();
        Ok(Update { bias, ..scaled_score(trial, trial.advantage())? })
    })
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::*;
    use crate::rule::svpg;
    use crate::testing::four_networks;

    #[test]
    fn only_the_bias_differs_and_by_the_advantage_times_q() {
        // P1 for every sample: A v_i - A (v_i - q_i) = A q_i.
        for recipe in four_networks() {
            let parameters = recipe.parameters::<BigRational>();
            let q = recipe.probabilities::<BigRational>();
            let batch = Batch::new(&parameters, recipe.samples(Some(q.clone()))).unwrap();
            let (published, derived) = (update(&batch).unwrap(), svpg::update(&batch).unwrap());
            assert_eq!((&published.recurrent, &published.state), (&derived.recurrent, &derived.state));
            let advantage: BigRational = batch.trials().iter().map(|trial| trial.advantage().clone()).sum();
            let mean = advantage / BigRational::ratio(3, 1);
            assert_ne!(mean, BigRational::zero());
            for (i, q) in q.iter().enumerate() {
                assert_eq!(&published.bias[i] - &derived.bias[i], &mean * q);
            }
        }
    }
}
