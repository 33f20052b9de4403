//! Mistakes in the terms of the rules: `v`, `q` and `v − q`, pre and post, winners.

use super::setting::{Part, Setting};
use super::variant::Variant;
use crate::conformance::case::CaseDocument;

/// `q`, `v` and `v − q` of a unit.
const RATE: Part = |_, q| q;
const WINNER: Part = |v, _| v;
const SURPRISE: Part = |v, q| v - q;

/// A variant of a rule of scores with these parts.
fn with_parts(setting: &Setting, text: &str, pre: Part, post: Part, bias: Option<Part>) -> Option<Variant> {
    let update = setting.score(&setting.q, &setting.winners(), [pre, post], bias)?;
    Some(Variant::of(text, update))
}

pub(super) fn rate_for_surprise(setting: &Setting) -> Vec<Variant> {
    let variants = [
        with_parts(setting, "v is where the rule has v - q", RATE, WINNER, Some(WINNER)),
        with_parts(setting, "q is where the rule has v - q", RATE, RATE, Some(RATE)),
    ];
    variants.into_iter().flatten().collect()
}

pub(super) fn surprise_for_rate(setting: &Setting) -> Vec<Variant> {
    if setting.case.rule().name() != "svpg-bmvc" {
        return Vec::new();
    }
    with_parts(setting, "v - q is where the rule has v", RATE, SURPRISE, Some(SURPRISE)).into_iter().collect()
}

pub(super) fn spike_for_rate(setting: &Setting) -> Vec<Variant> {
    let variants = [
        with_parts(setting, "the presynaptic factor is v_j where the rule has q_j", WINNER, SURPRISE, None),
        with_parts(
            setting,
            "the presynaptic factor is v_j - q_j where the rule has q_j",
            SURPRISE,
            SURPRISE,
            None,
        ),
    ];
    variants.into_iter().flatten().collect()
}

pub(super) fn presynaptic_state(setting: &Setting) -> Vec<Variant> {
    let ones = |document: &mut CaseDocument| {
        document.batch.iter_mut().for_each(|entry| entry.state.fill(1.0));
    };
    // The phases of other rules depend on the state: there, the factor of a state is that of the
    // bias.
    let of_ones = if setting.is_score() { setting.altered(ones) } else { None };
    let mut update = setting.update.clone();
    for (k, row) in update.state.iter_mut().enumerate() {
        for (i, entry) in row.iter_mut().enumerate() {
            if setting.case.is_observed(k, i) {
                *entry = of_ones.as_ref().map_or(setting.update.bias[i], |ones| ones.update.state[k][i]);
            }
        }
    }
    vec![Variant::of("update.state lacks the factor s_k", update)]
}

pub(super) fn one_term(setting: &Setting) -> Vec<Variant> {
    let Some(terms) = setting.terms() else { return Vec::new() };
    let texts: &[(&str, [f64; 2])] = match terms {
        super::setting::Terms::Outer { .. } => &[
            ("update.recurrent has only the term pre_j post_i of the two terms", [1.0, 0.0]),
            ("update.recurrent has only the term pre_i post_j of the two terms", [0.0, 1.0]),
            (
                "update.recurrent has twice the term pre_j post_i instead of the two terms: W[i][j] and W[j][i] are one \
                 parameter, not two",
                [2.0, 0.0],
            ),
            (
                "update.recurrent has twice the term pre_i post_j instead of the two terms: W[i][j] and W[j][i] are one \
                 parameter, not two",
                [0.0, 2.0],
            ),
        ],
        super::setting::Terms::Contrast { .. } => &[
            ("update.recurrent has only the term of the clamped phase of the two terms", [1.0, 0.0]),
            ("update.recurrent has only the term of the other phase of the two terms", [0.0, 1.0]),
        ],
    };
    let variant = |&(text, factors): &(&str, [f64; 2])| {
        let update = setting.with_terms(&terms, factors, super::setting::Reach::Network);
        Variant::of(text, update)
    };
    texts.iter().map(variant).collect()
}

pub(super) fn winner_shifted(setting: &Setting) -> Vec<Variant> {
    let shape = setting.case.shape();
    let mut variants = Vec::new();
    for (name, hidden, action) in
        [("every winner", true, true), ("every hidden winner", true, false), ("every action", false, true)]
    {
        for (by, step) in [("up", 1), ("down", -1)] {
            let shift = |index: usize, size: usize| (index + size).wrapping_add_signed(step) % size;
            let alter = |document: &mut CaseDocument| {
                for entry in &mut document.batch {
                    if hidden {
                        let winners = entry.sample.hidden.iter_mut();
                        winners.for_each(|winner| *winner = shift(*winner, shape.hidden_size));
                    }
                    if action {
                        entry.sample.action = shift(entry.sample.action, shape.actions);
                    }
                }
            };
            if let Some(answer) = setting.altered(alter) {
                let text = format!("{name} is shifted {by} by one: indices count from 0");
                variants.push(Variant::of(text, answer.update));
            }
        }
    }
    // A shift without a wrap inside the circuit: into the next circuit, or out of range.
    let parts = [RATE, SURPRISE];
    for (by, step) in [("up", 1), ("down", -1)] {
        let rolled: Vec<Vec<f64>> = setting.winners().into_iter().map(|v| roll(&v, step)).collect();
        let text = format!("every winner is shifted {by} by one, also across circuits");
        variants
            .extend(setting.score(&setting.q, &rolled, parts, None).map(|update| Variant::of(text, update)));
        let dropped: Vec<Vec<f64>> = setting
            .winners()
            .into_iter()
            .map(|v| {
                let mut out = vec![0.0; v.len()];
                for c in 0..shape.circuits() {
                    for i in shape.circuit(c) {
                        let to = i.wrapping_add_signed(step);
                        if shape.circuit(c).contains(&to) {
                            out[to] = v[i];
                        }
                    }
                }
                out
            })
            .collect();
        let text = format!("every winner is shifted {by} by one, and dropped at the end of its circuit");
        variants
            .extend(setting.score(&setting.q, &dropped, parts, None).map(|update| Variant::of(text, update)));
    }
    variants
}

pub(super) fn argmax(setting: &Setting) -> Vec<Variant> {
    let shape = setting.case.shape();
    let largest = |q: &[f64]| (0..q.len()).fold(0, |best, i| if q[i] > q[best] { i } else { best });
    let answer = setting.altered(|document: &mut CaseDocument| {
        for (entry, q) in document.batch.iter_mut().zip(&setting.q) {
            let winners = (0..shape.circuits()).map(|c| largest(&q[shape.circuit(c)]));
            let sampled = entry.sample.hidden.iter_mut().chain([&mut entry.sample.action]);
            sampled.zip(winners).for_each(|(sampled, winner)| *sampled = winner);
        }
    });
    let text = "the winners are the most probable units instead of the sampled ones";
    answer.into_iter().map(|answer| Variant::of(text, answer.update)).collect()
}

fn roll(values: &[f64], step: isize) -> Vec<f64> {
    let size = values.len();
    (0..size).map(|i| values[(i + size).wrapping_add_signed(-step) % size]).collect()
}
