//! Mistakes in places: transposed and reordered arrays, masks, connections inside circuits.

use super::setting::{Reach, Setting};
use super::variant::Variant;
use crate::conformance::case::{BothMasks, CaseDocument, MaskDocument, Parameters};

/// The rows of an array that is written in one order and read in the other one.
fn reread(rows: &[Vec<f64>], to_columns: bool) -> Vec<Vec<f64>> {
    let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let entry = |k: usize, i: usize| {
        if to_columns {
            // Written by rows, read by columns.
            let place = i * height + k;
            rows[place / width][place % width]
        } else {
            let place = k * width + i;
            rows[place % height][place / height]
        }
    };
    (0..height).map(|k| (0..width).map(|i| entry(k, i)).collect()).collect()
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows.len()).map(|k| rows.iter().map(|row| row[k]).collect()).collect()
}

/// The answer for other state weights. A state mask applies to the update alone.
fn with_state_weights(setting: &Setting, text: String, state: Vec<Vec<f64>>) -> Option<Variant> {
    let answer = setting.solved(|document: &mut CaseDocument| {
        document.weights.state = state;
        document.mask = recurrent_mask(document.mask.take());
    })?;
    let update = setting.projected(&answer.update).unwrap_or(answer.update);
    Some(Variant::with_q(text, update, answer.q))
}

fn state_mask(mask: Option<MaskDocument>) -> Option<MaskDocument> {
    match mask {
        Some(MaskDocument::Both(both)) => {
            Some(MaskDocument::Both(BothMasks { recurrent: None, state: both.state }))
        }
        _ => None,
    }
}

fn recurrent_mask(mask: Option<MaskDocument>) -> Option<MaskDocument> {
    match mask {
        Some(MaskDocument::Both(both)) => {
            Some(MaskDocument::Both(BothMasks { recurrent: both.recurrent, state: None }))
        }
        other => other,
    }
}

pub(super) fn transposed_state(setting: &Setting) -> Vec<Variant> {
    if setting.case.shape().states != setting.units() {
        return Vec::new();
    }
    let state = transposed(&setting.update.state);
    let update = Parameters { state, ..setting.update.clone() };
    let mut variants =
        vec![Variant::of("update.state is transposed: rows are states, columns are units", update)];
    let text = "the state weights were read transposed: rows are states, columns are units";
    variants.extend(with_state_weights(setting, text.to_owned(), transposed(&setting.case.weights().state)));
    variants
}

pub(super) fn layout(setting: &Setting) -> Vec<Variant> {
    let mut variants = Vec::new();
    for (to_columns, orders) in
        [(true, "by rows and read by columns"), (false, "by columns and read by rows")]
    {
        let state = reread(&setting.update.state, to_columns);
        let text = format!("update.state is in the other order: written {orders}");
        variants.push(Variant::of(text, Parameters { state, ..setting.update.clone() }));
        let weights = reread(&setting.case.weights().state, to_columns);
        let text = format!("the state weights were read in the other order: written {orders}");
        let Some(read) = with_state_weights(setting, text.clone(), weights) else { continue };
        for (back, also) in [(!to_columns, "in the other order too"), (to_columns, "in that order too")] {
            let update = read
                .update
                .as_ref()
                .map(|update| Parameters { state: reread(&update.state, back), ..update.clone() });
            let text = format!("{text}, and the update is {also}");
            variants.push(Variant { text, update, q: read.q.clone() });
        }
        variants.push(read);
    }
    variants
}

pub(super) fn mask_not_applied(setting: &Setting) -> Vec<Variant> {
    let with_mask = |text: &str, of: fn(Option<MaskDocument>) -> Option<MaskDocument>| {
        let answer = setting.altered(|document| document.mask = of(document.mask.take()))?;
        Some(Variant::of(text, answer.update))
    };
    let variants = [
        with_mask("the mask was not applied to the update", |_| None),
        with_mask("the mask of the state weights was not applied to the update", recurrent_mask),
        with_mask("the mask of the recurrent weights was not applied to the update", state_mask),
    ];
    variants.into_iter().flatten().collect()
}

pub(super) fn within_circuit(setting: &Setting) -> Vec<Variant> {
    let text = "update.recurrent is not zero inside circuits: units of one circuit are not connected";
    let Some(terms) = setting.terms() else { return Vec::new() };
    let reach = [Reach::Inside, Reach::InsideOffDiagonal];
    reach.map(|reach| Variant::of(text, setting.with_terms(&terms, [1.0, 1.0], reach))).into()
}
