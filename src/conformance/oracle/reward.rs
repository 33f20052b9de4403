//! Gradients of the expected reward `Σ_a π(a|s) R_a`, with which the expectation of a rule over
//! rewards is compared.

use super::fixed_point::{Both, Clamp};
use super::{DoubleDouble, not_found, number, refused_at};
use crate::Error;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::network::Update;
use svpg_reference::number::Scalar;
use svpg_reference::{free_energy_policy, last_step, mean_field};

/// For the exact, the mean-field, the last-step and the free-energy policy of a sample; `None` as
/// in [`Gradients`](crate::conformance::case::Gradients). `q` is the mean-field state of the
/// sample `at`, which is not a fixed point if the case gives it.
pub(super) fn gradients(
    both: &Both<'_>,
    (q, is_given): (&[DoubleDouble], bool),
    rewards: &[f64],
    at: &str,
) -> Result<[Option<Update<DoubleDouble>>; 4], Error> {
    let observed = &both.precise;
    let refused = |error| refused_at(at, error);
    let actions = observed.shape().action_units();
    let weighed = |policy: &[DoubleDouble],
                   gradient: &dyn Fn(usize) -> Result<Update<DoubleDouble>, svpg_reference::Error>|
     -> Result<Update<DoubleDouble>, Error> {
        let mut sum = Update::zeros(observed.shape());
        for (action, (&probability, &reward)) in policy.iter().zip(rewards).enumerate() {
            let factor = probability * number::<DoubleDouble>(reward);
            // An action of probability 0 has no score, and it contributes nothing.
            if !factor.is_zero() {
                sum.add_scaled(&factor, &gradient(action).map_err(refused)?);
            }
        }
        Ok(sum)
    };
    let exact = match ExactPolicy::new(observed) {
        Err(error) if error.is_too_large() => None,
        exact => {
            let exact = exact.map_err(refused)?;
            Some(weighed(exact.policy(), &|action| exact.ln_policy_gradient(action))?)
        }
    };
    let solved;
    let fixed = if is_given {
        solved = both.fixed_point(None).map_err(|none| not_found(at, "", &none))?;
        &solved[..]
    } else {
        q
    };
    let of_fixed = |action| mean_field::ln_policy_gradient(observed, fixed, action);
    let mean_field = weighed(&fixed[actions.clone()], &of_fixed)?;
    let next = last_step::policy(observed, q);
    let last_step =
        weighed(&next[actions.clone()], &|action| last_step::ln_policy_gradient(observed, q, action))?;
    let clamped = |action| both.fixed_point(Some(Clamp { action, strength: 1.0 })).ok();
    let states: Option<Vec<_>> = (0..actions.len()).map(clamped).collect();
    let free_energy = match states {
        Some(states) => {
            let policy = free_energy_policy::policy_of(observed, &states);
            let of = |action| Ok(free_energy_policy::ln_policy_gradient_of(observed, &states, action));
            Some(weighed(&policy, &of)?)
        }
        None => None,
    };
    Ok([exact, Some(mean_field), Some(last_step), free_energy])
}
