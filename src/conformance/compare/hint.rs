//! Known mistakes, and the answers that they give.
//!
//! A candidate equals the result of a mistake if every block of the update agrees with it within
//! [`LIKENESS`] of the scale of the block. This is looser than the tolerance of the comparison,
//! because programs in single precision can make the same mistakes.

use super::block::Entries;
use crate::conformance::case::{Answer, Case, Convention, Parameters, Rule};
use crate::conformance::oracle;

/// Largest difference of two equal blocks, relative to the largest entry.
const LIKENESS: f64 = 1e-4;
/// Largest residual of a fixed point, in single precision too.
const FIXED: f64 = 1e-5;
/// Largest number of samples times squared units for which the mistakes that need another answer
/// are computed. Each needs the time of an answer.
const AFFORDABLE: usize = 20_000_000;

/// The hints for a failing candidate, the most specific first.
pub(super) fn hints(case: &Case, truth: &Answer, candidate: &Answer, residual: Option<f64>) -> Vec<String> {
    let found = &candidate.update;
    let is_like = |wrong: &Parameters| is_alike(case, wrong, found);
    let mut hints = Vec::new();
    if is_like(&truth.update) {
        if candidate.q.as_ref().is_none_or(|q| states_alike(truth, q)) {
            hints.push(format!(
                "the update agrees to within {LIKENESS:e} of each block's scale: rounding in single precision, or a fixed point \
                 that was left too early? If that is intended, widen the tolerances"
            ));
        }
        hints.extend(of_state(case, truth, candidate, residual, false));
        return hints;
    }
    hints.extend(of_state(case, truth, candidate, residual, true));
    hints.extend(scaled(case, truth, found));
    hints.extend(halved_pair(case, truth, found));
    if transposed_state(case, truth, found) {
        hints.push("update.state is transposed: rows are states, columns are units".to_owned());
    }
    if case.batch().len() * case.shape().units().pow(2) <= AFFORDABLE {
        hints.extend(recomputed(case, found));
    }
    if hints.is_empty() {
        hints.extend(scaled_blocks(case, truth, found));
    }
    hints
}

/// A hint about the candidate's `q`.
fn of_state(
    case: &Case,
    truth: &Answer,
    candidate: &Answer,
    residual: Option<f64>,
    update_fails: bool,
) -> Option<String> {
    let (q, residual) = (candidate.q.as_ref()?, residual?);
    if states_alike(truth, q) {
        return None;
    }
    let own = case
        .altered(|document| {
            for (entry, q) in document.batch.iter_mut().zip(q) {
                entry.q = Some(q.clone());
            }
        })
        .and_then(|case| oracle::answer(&case, false));
    let fits = update_fails && own.is_ok_and(|own| is_alike(case, &own.update, &candidate.update));
    let update = if fits { "; the update is right for that q" } else { "" };
    Some(if residual <= FIXED {
        format!(
            "the candidate's q is a fixed point too (residual {residual:.1e}), but not the one reached from the uniform state{update}: \
             give it in the case as `q` to have the update judged for it"
        )
    } else {
        format!(
            "the candidate's q is not a fixed point (residual {residual:.1e}){update}: iterate further, and check the factor of W in z"
        )
    })
}

/// The whole update times a number that a known mistake explains.
fn scaled(case: &Case, truth: &Answer, found: &Parameters) -> Option<String> {
    let batch = case.batch().len() as f64;
    let rule = case.rule();
    let text = |text: &str| text.to_owned();
    let mut mistakes =
        vec![(-1.0, text("the whole update has the opposite sign: it descends where the rule ascends"))];
    if case.batch().len() > 1 {
        mistakes.push(match rule.averages() {
            1 => (batch, text("the update is B times the true one: it was summed over the batch, not averaged")),
            _ => (
                batch,
                format!(
                    "the update is B times the true one: 1/B was taken for 1/B² ({} averages over the batch twice)",
                    rule.name()
                ),
            ),
        });
        mistakes.push((
            batch * batch,
            text("the update is B² times the true one: it was summed over the batch, not averaged"),
        ));
        mistakes.push((
            1.0 / batch,
            text("the update is 1/B of the true one: it was averaged over the batch once too often"),
        ));
    }
    let own = rule.scale_mistakes(&case.options());
    mistakes.extend(own.into_iter().map(|(factor, what)| (factor, text(what))));
    mistakes.push((2.0, text("the whole update is twice the true one")));
    mistakes.push((0.5, text("the whole update is half the true one")));
    let is_made = |&(factor, _): &(f64, String)| is_alike(case, &truth.update.map(|x| factor * x), found);
    mistakes.into_iter().find(is_made).map(|(_, what)| what)
}

/// Only the recurrent part is wrong: by a factor 2, or because one of its two terms is missing.
fn halved_pair(case: &Case, truth: &Answer, found: &Parameters) -> Option<String> {
    let with_recurrent = |recurrent| Parameters { recurrent, ..truth.update.clone() };
    let times = |factor: f64| with_recurrent(truth.update.map(|x| factor * x).recurrent);
    let rule = case.rule();
    if !rule.follows_convention()
        && case.convention() == Convention::Half
        && is_alike(case, &times(0.5), found)
    {
        return Some(format!(
            "update.recurrent is half the true one, all else is right: {} keeps the factors of the convention full in half",
            rule.name()
        ));
    }
    if is_alike(case, &times(2.0), found) {
        return Some(
            "update.recurrent is twice the true one, all else is right: a derivative that moves W_ij and W_ji together, or the \
             factor of the convention full in half"
                .to_owned(),
        );
    }
    if is_alike(case, &times(0.5), found) {
        return Some(
            "update.recurrent is half the true one, all else is right: the factor of the convention half in full, or one of the \
             two terms q_j e_i + q_i e_j was dropped and the rest symmetrised"
                .to_owned(),
        );
    }
    let units = case.shape().units();
    let with_transpose = (0..units)
        .map(|i| (0..units).map(|j| found.recurrent[i][j] + found.recurrent[j][i]).collect())
        .collect();
    let symmetrised = Parameters { recurrent: with_transpose, ..found.clone() };
    is_alike(case, &truth.update, &symmetrised).then(|| {
        "update.recurrent holds one of the two terms of q_j e_i + q_i e_j: added to its transpose it is right".to_owned()
    })
}

fn transposed_state(case: &Case, truth: &Answer, found: &Parameters) -> bool {
    let units = case.shape().units();
    case.shape().states == units && {
        let state = (0..units).map(|i| (0..units).map(|k| truth.update.state[k][i]).collect()).collect();
        is_alike(case, &Parameters { state, ..truth.update.clone() }, found)
    }
}

/// Mistakes that need another answer of the oracle.
fn recomputed(case: &Case, found: &Parameters) -> Vec<String> {
    let mut hints = Vec::new();
    let update_of = |case: &Case| oracle::answer(case, false).map(|answer| answer.update);
    let (other, name, factor) = match case.convention() {
        Convention::Full => (Convention::Half, "half", 2.0),
        Convention::Half => (Convention::Full, "full", 0.5),
    };
    // Otherwise, only q depends on the convention.
    let factor = if case.rule().follows_convention() { factor } else { 1.0 };
    if let Ok(flipped) = case.altered(|document| document.convention = other)
        && let Ok(update) = update_of(&flipped)
    {
        if factor != 1.0 && is_alike(case, &update, found) {
            hints.push(format!("the update is the one of the convention {name}: check the factor of W"));
        } else if is_alike(
            case,
            &Parameters { recurrent: update.map(|x| factor * x).recurrent, ..update },
            found,
        ) {
            hints.push(format!(
                "q was solved with the net input of the convention {name}: check the factor of W in z"
            ));
        }
    }
    if let Ok(unmasked) = case.altered(|document| document.mask = None)
        && unmasked != *case
        && let Ok(update) = update_of(&unmasked)
        && is_alike(case, &update, found)
    {
        hints.push("the mask was not applied to the update".to_owned());
    }
    // The mean of the advantages is zero in a batch that was centred before.
    if !case.rule().is_enumerated()
        && let Ok(centred) = case.altered(|document| {
            let mean =
                document.batch.iter().map(|entry| entry.advantage).sum::<f64>() / document.batch.len() as f64;
            document.batch.iter_mut().for_each(|entry| entry.advantage -= mean);
        })
        && let Ok(update) = update_of(&centred)
        && is_alike(case, &update, found)
    {
        hints.push(
            "the mean advantage of the batch was subtracted: the rule uses the advantage as it is given"
                .to_owned(),
        );
    }
    for (options, what) in case.rule().option_mistakes(&case.options()) {
        if let Ok(other) = case.altered(|document| document.options = Some(options))
            && let Ok(update) = update_of(&other)
            && is_alike(case, &update, found)
        {
            hints.push(what);
        }
    }
    for rule in Rule::all() {
        // Enumeration can take long, and is not confused with other rules.
        if rule == case.rule() || rule.is_enumerated() {
            continue;
        }
        let altered = case.altered(|document| {
            document.rule = rule;
            document.options = None;
        });
        if let Ok(update) = altered.and_then(|altered| update_of(&altered))
            && is_alike(case, &update, found)
        {
            hints.push(match case.rule().difference_from(rule.name()) {
                Some(difference) => format!("{difference} (that is {}), all else is right", rule.name()),
                None => format!("the update is the one of the rule {}", rule.name()),
            });
        }
    }
    hints
}

/// Single blocks that are a simple multiple of the true ones.
fn scaled_blocks(case: &Case, truth: &Answer, found: &Parameters) -> Vec<String> {
    let batch = case.batch().len() as f64;
    let multiples = [
        (0.0, "zero"),
        (-1.0, "the true one with the opposite sign"),
        (2.0, "twice the true one"),
        (0.5, "half the true one"),
        (-2.0, "minus twice the true one"),
        (-0.5, "minus half the true one"),
        (batch, "B times the true one"),
        (1.0 / batch, "1/B of the true one"),
    ];
    let blocks = Entries::of_parameters(case.shape(), "", &truth.update, found);
    blocks
        .iter()
        .filter(|block| !entries_alike(block, 1.0))
        .filter_map(|block| {
            let (_, text) = multiples.iter().find(|&&(factor, _)| entries_alike(block, factor))?;
            Some(format!("block {} is {text}", block.name()))
        })
        .collect()
}

fn states_alike(truth: &Answer, q: &[Vec<f64>]) -> bool {
    truth.q.as_ref().is_some_and(|expected| entries_alike(&Entries::of_states(expected, q), 1.0))
}

fn is_alike(case: &Case, wrong: &Parameters, found: &Parameters) -> bool {
    Entries::of_parameters(case.shape(), "", wrong, found).iter().all(|block| entries_alike(block, 1.0))
}

/// Is every given entry `factor` times the true one, within [`LIKENESS`] of the block's scale?
fn entries_alike(block: &Entries<'_>, factor: f64) -> bool {
    let scale = block.values().fold(0.0f64, |most, (y, _)| most.max(y.abs()));
    block.values().all(|(y, x)| (x - factor * y).abs() <= LIKENESS * scale)
}
