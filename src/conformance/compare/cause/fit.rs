//! The wrong answers that a candidate equals.

use super::Hint;
use super::list::{CAUSES, Cause};
use super::precision::{F32, HALVES};
use super::scale::advantages;
use super::setting::Setting;
use super::variant::{Variant, distances, state_distance};
use crate::conformance::case::Parameters;

/// Largest distance of equal answers for numbers of f64, f32, f16 and bf16: rounding grows in a
/// computation.
const NEAR: [f64; 4] = [1e-5, 1e-3, 4e-3, 3e-2];
/// Answers whose distances differ by less than this factor are equally near.
const RATIO: f64 = 10.0;
/// Largest distance of a right answer in f64.
const OFF: f64 = 1e-9;
/// Largest part of the distance from the true answer that a solved number leaves.
const SOLVED: f64 = 1e-3;
/// Rounding in f64.
const FLOOR: f64 = 1e-12;

/// The explanation of an update.
pub(super) enum Explained {
    /// The true answer is as near as any other one.
    True,
    /// These causes fit.
    By(Vec<Hint>),
    /// No known cause fits.
    No,
}

/// A wrong answer, its distance from the candidate, and the blocks in which the mistake is made if
/// they are not all.
struct Fit<'a> {
    cause: &'static Cause,
    text: &'a str,
    distance: f64,
    blocks: Option<Vec<&'static str>>,
}

/// The distance of an update from the true one.
pub(super) fn distance(setting: &Setting, found: &Parameters) -> f64 {
    largest(distances(setting, &setting.update, found).iter().map(|distance| distance.value))
}

/// Is the update the true one, up to rounding in its number format?
pub(super) fn is_near(setting: &Setting, found: &Parameters) -> bool {
    distance(setting, found) <= near(found)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
}

/// The largest distance of equal answers for the number format of the candidate.
fn near(found: &Parameters) -> f64 {
    let [f64, f32, f16, bf16] = NEAR;
    let holds = HALVES.map(|format| format.holds(found.values()));
    match holds {
        [_, true] => bf16,
        [true, _] => f16,
        _ if F32.holds(found.values()) => f32,
        _ => f64,
    }
}

/// Explains an update, and `q` if it is given.
pub(super) fn explain(setting: &Setting, found: &Parameters, q: Option<&[Vec<f64>]>) -> Explained {
    let of_truth = distances(setting, &setting.update, found);
    let state_of_truth = q.map_or(0.0, |q| state_distance(&setting.q, q));
    let truth = largest(of_truth.iter().map(|distance| distance.value)).max(state_of_truth);
    let mut fits = Vec::new();
    for (cause, Variant { text, update, q: expected }) in setting.variants() {
        let Some(update) = update else { continue };
        let state = match (expected, q) {
            (Some(expected), Some(q)) => state_distance(expected, q),
            _ => state_of_truth,
        };
        let of_variant = distances(setting, update, found);
        let whole = largest(of_variant.iter().map(|distance| distance.value)).max(state);
        fits.push(Fit { cause, text, distance: whole, blocks: None });
        if cause.by_block && expected.is_none() {
            let (distance, blocks) = by_block(&of_truth, &of_variant, cause);
            if !blocks.is_empty() {
                let distance = distance.max(state_of_truth);
                fits.push(Fit { cause, text, distance, blocks: Some(blocks) });
            }
        }
    }
    let split = split(setting, found);
    if let Some((cause, Variant { text, update, .. })) = &split {
        let of_split = update.iter().flat_map(|update| distances(setting, update, found));
        let distance = largest(of_split.map(|distance| distance.value)).max(state_of_truth);
        fits.push(Fit { cause, text, distance, blocks: None });
    }
    let near = near(found);
    let mut best = fits.iter().map(|fit| fit.distance).fold(truth, f64::min);
    let solved;
    // Numbers that are nearest to the true ones, but too far from them for rounding in f64.
    let is_off = best == truth && truth > OFF && !F32.holds(found.values());
    if (best > near || is_off) && has_dimensions(&setting.update) {
        solved = fitted(setting, found);
        fits.clear();
        for (code, text, update) in &solved {
            let distance = largest(distances(setting, update, found).iter().map(|distance| distance.value));
            let cause = CAUSES.iter().find(|cause| cause.code == *code);
            let distance = distance.max(state_of_truth);
            // A number that is solved for always explains a part.
            let cause = cause.filter(|_| distance <= SOLVED * truth);
            fits.extend(cause.map(|cause| Fit { cause, text, distance, blocks: None }));
        }
        best = fits.iter().map(|fit| fit.distance).fold(truth, f64::min);
    }
    let limit = (RATIO * best).max(FLOOR);
    if truth <= limit.min(near) {
        return Explained::True;
    }
    fits.retain(|fit| fit.distance <= limit.min(near));
    if fits.is_empty() { Explained::No } else { Explained::By(named(fits)) }
}

/// The distance if each block equals the true or the wrong one, and the blocks that equal only the
/// wrong one.
fn by_block(
    of_truth: &[super::variant::Distance],
    of_variant: &[super::variant::Distance],
    cause: &Cause,
) -> (f64, Vec<&'static str>) {
    let mut blocks = Vec::new();
    let mut distance = 0.0f64;
    for (truth, variant) in of_truth.iter().zip(of_variant) {
        // A block of zeros is evidence for zeros alone.
        let counts = !variant.is_zero || cause.code == "ZERO";
        if counts && RATIO * variant.value < truth.value && truth.value > FLOOR {
            blocks.push(variant.block);
            distance = distance.max(variant.value);
        } else {
            distance = distance.max(truth.value);
        }
    }
    (distance, blocks)
}

/// One hint per cause: of an answer that fits as a whole rather than in some blocks.
fn named(mut fits: Vec<Fit<'_>>) -> Vec<Hint> {
    fits.sort_by_key(|fit| fit.blocks.is_some());
    let mut hints: Vec<Hint> = Vec::new();
    for Fit { cause, text, blocks, .. } in fits {
        if hints.iter().all(|hint| hint.code != cause.code) {
            let sentence = match blocks {
                None => text.to_owned(),
                Some(blocks) => format!("{text}, in {} alone", blocks.join(", ")),
            };
            hints.push(Hint { code: cause.code, sentence });
        }
    }
    let order = |hint: &Hint| CAUSES.iter().position(|cause| cause.code == hint.code);
    hints.sort_by_key(order);
    hints
}

/// The true update with a recurrent part that lacks its transpose, as that of the candidate; `None`
/// if that is symmetric.
fn split(setting: &Setting, found: &Parameters) -> Option<(&'static Cause, Variant)> {
    let units = setting.units();
    if (0..units).all(|i| (0..i).all(|j| found.recurrent[i][j] == found.recurrent[j][i])) {
        return None;
    }
    let recurrent = (0..units)
        .map(|i| (0..units).map(|j| setting.update.recurrent[i][j] - found.recurrent[j][i]).collect())
        .collect();
    let text =
        "update.recurrent has one of the two terms, or one triangle: added to its transpose it is right";
    let update = Parameters { recurrent, ..setting.update.clone() };
    let cause = CAUSES.iter().find(|cause| cause.code == "ONE_TERM")?;
    Some((cause, Variant::of(text, update)))
}

/// The wrong answers whose numbers are solved for: a constant added to the advantage, a factor.
fn fitted(setting: &Setting, found: &Parameters) -> Vec<(&'static str, String, Parameters)> {
    let mut fits = Vec::new();
    if let Some(factor) = quotient(&setting.update, found) {
        let text = format!("the update is {factor:.6} times the true one");
        fits.push(("SCALE", text, setting.update.map(|x| factor * x)));
    }
    // A gradient is not computed again for other advantages.
    let constants = if setting.is_of_rule { constants(setting, found) } else { Vec::new() };
    for (constant, update) in constants {
        let text = format!("the constant {constant:.6} was added to the advantage of every sample");
        fits.push(("BASELINE", text, update));
    }
    fits
}

/// Does the update have at least three sizes of numbers? Otherwise a wrong one is easily a multiple
/// of it, and that is no evidence.
fn has_dimensions(update: &Parameters) -> bool {
    let mut sizes: Vec<f64> = Vec::new();
    for x in update.values().map(f64::abs).filter(|&x| x > 0.0) {
        if sizes.iter().all(|size| (x - size).abs() > 1e-6 * size) {
            sizes.push(x);
        }
        if sizes.len() == 3 {
            return true;
        }
    }
    false
}

/// The factor `x` for which `x·of` is nearest to `found`; `None` if it is 0 or not finite.
fn quotient(of: &Parameters, found: &Parameters) -> Option<f64> {
    let product: f64 = of.values().zip(found.values()).map(|(x, y)| x * y).sum();
    let square: f64 = of.values().map(|x| x * x).sum();
    Some(product / square).filter(|x| x.is_finite() && *x != 0.0)
}

/// The constants for which an advantage plus the constant gives an update near `found`, with that
/// update. The update is linear in the constant as long as no advantage changes its sign (PPO).
fn constants(setting: &Setting, found: &Parameters) -> Vec<(f64, Parameters)> {
    let mut turns: Vec<f64> = setting.case.batch().iter().map(|entry| -entry.advantage).collect();
    turns.sort_by(f64::total_cmp);
    turns.dedup();
    let (first, last) = (turns[0] - 4.0, turns[turns.len() - 1] + 4.0);
    turns.insert(0, first);
    turns.push(last);
    let with = |constant: f64| Some(setting.altered(advantages(|_, a| a + constant))?.update);
    let minus = |x: &Parameters, y: &Parameters| combined(x, y, -1.0);
    let mut found_constants = Vec::new();
    for (low, high) in turns.iter().zip(&turns[1..]) {
        let (near, far) = (low + 0.25 * (high - low), low + 0.75 * (high - low));
        let (Some(left), Some(right)) = (with(near), with(far)) else { continue };
        let slope = minus(&right, &left).map(|x| x / (far - near));
        let Some(shift) = quotient(&slope, &minus(found, &left)) else { continue };
        let constant = near + shift;
        let is_outer = *low == first && constant <= *high || *high == last && constant >= *low;
        if (*low..=*high).contains(&constant) || is_outer {
            found_constants.push((constant, combined(&left, &slope, shift)));
        }
    }
    found_constants
}

/// `x + factor·y`.
fn combined(x: &Parameters, y: &Parameters, factor: f64) -> Parameters {
    x.with(y, |x, y| x + factor * y)
}

/// The causes whose `q` the candidate's equals.
pub(super) fn explain_state(setting: &Setting, q: &[Vec<f64>]) -> Vec<Hint> {
    let truth = state_distance(&setting.q, q);
    let mut fits = Vec::new();
    for (cause, Variant { text, q: expected, .. }) in setting.variants() {
        if let Some(expected) = expected {
            fits.push(Fit { cause, text, distance: state_distance(expected, q), blocks: None });
        }
    }
    let best = fits.iter().map(|fit| fit.distance).fold(truth, f64::min);
    let limit = (RATIO * best).clamp(FLOOR, NEAR[1]);
    if truth <= limit {
        return Vec::new();
    }
    fits.retain(|fit| fit.distance <= limit);
    named(fits)
}
