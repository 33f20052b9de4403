//! The answer to a case in f64, many times faster than in double-double: for the wrong answers that
//! `compare` recognises.

use super::chapter::{Asked, as_update};
use super::fixed_point::Clamp;
use super::network::{parameters, rounded, rule_of, sample};
use super::refused;
use crate::Error;
use crate::conformance::case::{Case, Parameters};
use svpg_reference::mean_field;
use svpg_reference::network::Update;
use svpg_reference::rule::{self, Batch};

/// An answer in f64.
pub(crate) struct Rough {
    /// Mean-field state of every sample.
    pub(crate) q: Vec<Vec<f64>>,
    /// The update, averaged over the batch.
    pub(crate) update: Parameters,
    /// The clamped activities of every sample, one for each of the rule's phases.
    pub(crate) clamped: Vec<Vec<Vec<f64>>>,
}

/// Computes `q`, the update and the clamped activities.
///
/// # Errors
/// As [`super::answer`].
pub(crate) fn rough(case: &Case) -> Result<Rough, Error> {
    let network = parameters::<f64>(case)?;
    let size = case.batch().len();
    let mut total = Update::zeros(network.shape());
    let (mut states, mut activities) = (Vec::new(), Vec::new());
    let asked = Asked::of(case);
    for b in 0..size {
        let mut sample = sample::<f64>(case, b)?;
        let observed = network.observe(&sample.state).map_err(refused)?;
        let found = |found: mean_field::FixedPoint<f64>| match found.converged {
            true => Ok(found.q),
            false => Err(Error::no_fixed_point("q", "no fixed point found", "use smaller weights")),
        };
        let q = match sample.q {
            Some(q) => q,
            None => found(mean_field::free(&observed))?,
        };
        if let Some(asked) = &asked {
            let mut solve = |others: Option<&[f64]>, clamp: Option<Clamp>| {
                let other;
                let observed = match others {
                    None if clamp.is_none() => return Ok(q.clone()),
                    None => &observed,
                    Some(others) => {
                        other = network.observe(others).map_err(refused)?;
                        &other
                    }
                };
                found(match clamp {
                    None => mean_field::free(observed),
                    Some(Clamp { action, strength }) => {
                        mean_field::weakly_clamped(observed, action, &strength).map_err(refused)?
                    }
                })
            };
            let update = as_update(network.shape(), &asked.update(b, &mut solve)?);
            total.add_scaled(&(1.0 / size as f64), &update);
            states.push(q);
            activities.push(Vec::new());
            continue;
        }
        let rule = rule_of::<f64>(case, b);
        let action = sample.configuration.action();
        let clamp = |beta: f64| mean_field::weakly_clamped(&observed, action, &beta).map_err(refused);
        let clamped: Vec<_> = rule
            .clamped_phases()
            .into_iter()
            .map(|beta| found(clamp(beta)?))
            .collect::<Result<_, Error>>()?;
        sample.q = Some(q.clone());
        let batch = Batch::new(&network, vec![sample])
            .and_then(|batch| batch.with_clamped(vec![clamped.clone()]))
            .map_err(refused)?;
        let update = rule::update(&rule, &batch).map_err(refused)?;
        let share = (size as f64).powi(-case.rule().averages());
        total.add_scaled(&share, &update);
        states.push(q);
        activities.push(clamped);
    }
    Ok(Rough { q: states, update: rounded(&total), clamped: activities })
}
