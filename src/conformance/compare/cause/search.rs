//! The search for the causes of a failing answer.

use super::list::Cause;
use super::precision::{F32, HALVES};
use super::setting::Setting;
use super::variant::{Variant, distances, state_distance};
use super::{Hint, fit};
use crate::conformance::case::{Answer, Parameters};
use fit::{Explained, explain};

/// Largest residual of a fixed point, in single precision too.
const FIXED: f64 = 1e-5;
/// Least distance of two fixed points that are told apart.
const APART: f64 = 0.01;
/// Largest distance of sums over circuits from 1, in half precision too.
const SUM: f64 = 5e-3;
/// Two answers within this distance are the same.
const SAME: f64 = 1e-12;

/// Is the answer the true one, up to rounding in f64?
pub(super) fn is_same(setting: &Setting, update: &Parameters, q: &[Vec<f64>]) -> bool {
    state_distance(&setting.q, q) <= SAME
        && distances(setting, &setting.update, update).iter().all(|distance| distance.value <= SAME)
}

/// The causes that explain a failing candidate. `residuals` are those of its `q`, by sample.
pub(in super::super) fn hints(setting: &Setting, candidate: &Answer, residuals: &[f64]) -> Vec<Hint> {
    let found = &candidate.update;
    let own_q = candidate.q.as_ref().filter(|q| state_distance(&setting.q, q) > SAME);
    let mut hints = match own_q {
        None => of_update(setting, found, candidate.q.as_deref()),
        Some(q) => of_both(setting, found, q, residuals),
    };
    let mut seen = Vec::new();
    hints.retain(|hint| {
        !seen.contains(&hint.code) && {
            seen.push(hint.code);
            true
        }
    });
    hints
}

/// The hints if `q` is the true one or not given.
fn of_update(setting: &Setting, found: &Parameters, q: Option<&[Vec<f64>]>) -> Vec<Hint> {
    if let Some(hints) = of_zero(setting, found) {
        return hints;
    }
    match explain(setting, found, q) {
        Explained::By(hints) => hints,
        Explained::True => rounding(setting, found, q),
        Explained::No => of_structure(setting, found, q),
    }
}

/// The hints if the candidate's `q` is not the true one.
fn of_both(setting: &Setting, found: &Parameters, q: &[Vec<f64>], residuals: &[f64]) -> Vec<Hint> {
    let whole = explain(setting, found, Some(q));
    if let Explained::By(hints) = whole {
        return hints;
    }
    let own = setting.at(q.to_vec());
    // Is the update nearer to the one for the candidate's q than to the true one?
    let of_own = own.as_ref().map(|own| (fit::distance(own, found), fit::distance(setting, found)));
    if matches!(whole, Explained::True) && of_own.is_none_or(|(own, truth)| own > 0.1 * truth) {
        return rounding(setting, found, Some(q));
    }
    if fit::is_near(setting, found) && own.as_ref().is_none_or(|own| !fit::is_near(own, found)) {
        return of_state(setting, q, residuals, "; the update is right for the true q");
    }
    let Some(own) = own else { return of_state(setting, q, residuals, "") };
    if let Some(zero) = of_zero(&own, found) {
        let mut hints = of_state(setting, q, residuals, "");
        hints.extend(zero);
        return hints;
    }
    match explain(&own, found, None) {
        Explained::True => of_state(setting, q, residuals, "; the update is right for that q"),
        Explained::By(update) => {
            let mut hints = of_state(setting, q, residuals, "; the update is wrong for that q too");
            hints.extend(update);
            hints
        }
        Explained::No => {
            let mut hints = of_state(setting, q, residuals, "");
            hints.extend(of_structure(&own, found, None));
            hints
        }
    }
}

/// The hints for an update of zeros; `None` for another update, or if zero is right.
fn of_zero(setting: &Setting, found: &Parameters) -> Option<Vec<Hint>> {
    let is_zero = |update: &Parameters| update.values().all(|x| x == 0.0);
    if !is_zero(found) || setting.update.values().all(|x| x.abs() <= SAME) {
        return None;
    }
    let text = "the update is zero: an array that was never written, or a gradient that was cut off?";
    let mut hints = vec![Hint { code: "ZERO", sentence: text.to_owned() }];
    let largest = setting.update.values().fold(0.0f64, |most, x| most.max(x.abs()));
    let vanishes = |&&(cause, ref variant): &&(&Cause, Variant)| {
        ["BASELINE", "OPTION"].contains(&cause.code)
            && variant
                .update
                .as_ref()
                .is_some_and(|update| update.values().all(|x| x.abs() <= SAME * largest))
    };
    let others = setting.variants().iter().filter(vanishes);
    hints.extend(others.map(|(cause, variant)| Hint { code: cause.code, sentence: variant.text.clone() }));
    Some(hints)
}

/// The hints if the update without its entries outside the network is explained.
fn of_structure(setting: &Setting, found: &Parameters, q: Option<&[Vec<f64>]>) -> Vec<Hint> {
    let Some(projected) = setting.projected(found) else { return Vec::new() };
    let mut hints = match explain(setting, &projected, q) {
        Explained::No => return Vec::new(),
        Explained::True => Vec::new(),
        Explained::By(hints) => hints,
    };
    let (mut inside, mut masked) = (None, None);
    let shape = setting.case.shape();
    for (i, row) in found.recurrent.iter().enumerate() {
        for (j, _) in row.iter().enumerate().filter(|&(j, &x)| x != 0.0 && !setting.case.is_connected(i, j)) {
            let first = if shape.circuit_of(i) == shape.circuit_of(j) { &mut inside } else { &mut masked };
            first.get_or_insert(format!("update.recurrent[{i}][{j}]"));
        }
    }
    for (k, row) in found.state.iter().enumerate() {
        for (i, _) in row.iter().enumerate().filter(|&(i, &x)| x != 0.0 && !setting.case.is_observed(k, i)) {
            masked.get_or_insert(format!("update.state[{k}][{i}]"));
        }
    }
    for (code, place, what) in [
        ("MASK_NOT_APPLIED", masked, "a masked connection"),
        ("WITHIN_CIRCUIT", inside, "a pair of units of one circuit, which are not connected"),
    ] {
        let sentence = place.map(|place| format!("{place} is not zero, but belongs to {what}"));
        hints.splice(0..0, sentence.map(|sentence| Hint { code, sentence }));
    }
    hints
}

/// The hints if the numbers of the candidate are near the true ones.
fn rounding(setting: &Setting, found: &Parameters, q: Option<&[Vec<f64>]>) -> Vec<Hint> {
    let numbers = || found.values().chain(q.into_iter().flatten().flatten().copied());
    let once = HALVES.into_iter().find(|format| format.is_rounded(&setting.update, found));
    let half = once.or(HALVES.into_iter().find(|format| format.holds(found.values())));
    let distance = fit::distance(setting, found);
    let (code, sentence) = match half {
        Some(half) => ("HALF_PRECISION", format!("every entry of the update is a number of {}", half.name)),
        None if F32.holds(numbers()) || F32.holds(found.values()) => {
            ("SINGLE_PRECISION", format!("every entry of the update is a number of {}", F32.name))
        }
        None => (
            "ROUNDING",
            "rounding of intermediate numbers, or an iteration of q that was left early".to_owned(),
        ),
    };
    let sentence = format!(
        "the update agrees with the true one to within {distance:.1e} of each block's scale: {sentence}. If that is \
         intended, widen the tolerances"
    );
    vec![Hint { code, sentence }]
}

/// The hints about the candidate's `q`; `also` says how the update is for it.
fn of_state(setting: &Setting, q: &[Vec<f64>], residuals: &[f64], also: &str) -> Vec<Hint> {
    let by_answer = fit::explain_state(setting, q);
    if !by_answer.is_empty() {
        return by_answer
            .into_iter()
            .map(|Hint { code, sentence }| Hint { code, sentence: format!("{sentence}{also}") })
            .collect();
    }
    let entries = setting.case.batch().iter().enumerate();
    let wrong: Vec<usize> = entries
        .filter(|&(b, _)| state_distance(&setting.q[b..=b], &q[b..=b]) > SAME)
        .map(|(b, _)| b)
        .collect();
    let Some(&b) = wrong.first() else { return Vec::new() };
    let shape = setting.case.shape();
    let sums: Vec<f64> = (0..shape.circuits()).map(|c| q[b][shape.circuit(c)].iter().sum()).collect();
    let hint = |code: &'static str, sentence: String| Hint { code, sentence: format!("{sentence}{also}") };
    if let Some(c) = sums.iter().position(|sum| (sum - 1.0).abs() > SUM) {
        let is_global = wrong.iter().all(|&b| (q[b].iter().sum::<f64>() - 1.0).abs() <= SUM);
        let sum = sums[c];
        return vec![if is_global {
            let text = "all units of q sum to 1, so softmax runs over all units instead of each circuit";
            hint("SOFTMAX_GLOBAL", format!("circuit {c} of q[{b}] sums to {sum:.3}, not to 1: {text}"))
        } else {
            hint("NOT_NORMALISED", format!("circuit {c} of q[{b}] sums to {sum:.3}, not to 1"))
        }];
    }
    if let Some(&b) = wrong.iter().find(|&&b| setting.case.batch()[b].q.is_some()) {
        let text = format!(
            "q[{b}] differs from batch[{b}].q of the case, which the rule uses as it is; the residual of q[{b}] is {:.1e}",
            residuals[b]
        );
        return vec![hint("GIVEN_Q_IGNORED", text)];
    }
    let worst = wrong.into_iter().fold(b, |worst, b| if residuals[b] > residuals[worst] { b } else { worst });
    let residual = residuals[worst];
    // Near the true one, a small residual is that of an iteration on its way.
    if residual <= FIXED && state_distance(&setting.q, q) > APART {
        let text = format!(
            "q[{worst}] is a fixed point too (residual {residual:.1e}), but not the one reached from the uniform state: to \
             have the update compared for it, give it in the case as batch[{worst}].q"
        );
        return vec![hint("OTHER_FIXED_POINT", text)];
    }
    let text = format!("q[{worst}] is not a fixed point (residual {residual:.1e})");
    vec![
        hint("STALE_Q", format!("{text}: was the iteration left early?")),
        hint("NET_INPUT", format!("{text}: does its net input z differ from that of the case?")),
    ]
}
