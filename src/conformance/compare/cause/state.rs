//! Mistakes in the mean-field state `q`.

use super::precision::{F32, HALVES};
use super::setting::Setting;
use super::variant::Variant;
use crate::conformance::case::{CaseDocument, Parameters};
use svpg_reference::softmax::softmax;

/// Plain iterations after which an unfinished iteration is recognised.
const LEFT_AT: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50];
/// Iterations of the softmax over all units.
const GLOBAL: usize = 2000;

fn net_input(setting: &Setting, b: usize, q: &[f64]) -> Vec<f64> {
    let (weights, entry) = (setting.case.weights(), &setting.case.batch()[b]);
    let coupling = svpg_reference::network::Convention::from(setting.case.convention()).coupling::<f64>();
    let row = |i: usize| {
        let recurrent: f64 = weights.recurrent[i].iter().zip(q).map(|(w, q)| w * q).sum();
        let state: f64 = weights.state.iter().zip(&entry.state).map(|(row, s)| row[i] * s).sum();
        coupling * recurrent + state + weights.bias[i]
    };
    (0..q.len()).map(row).collect()
}

fn response(setting: &Setting, b: usize, q: &[f64]) -> Vec<f64> {
    let (shape, z) = (setting.case.shape(), net_input(setting, b, q));
    (0..shape.circuits()).flat_map(|c| softmax(&z[shape.circuit(c)])).collect()
}

/// `q` of every sample: that of `of` where the case gives none.
fn where_computed(setting: &Setting, of: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
    let entries = setting.case.batch().iter().enumerate();
    entries.map(|(b, entry)| entry.q.clone().unwrap_or_else(|| of(b))).collect()
}

/// The variant with the update that is right for another `q`.
fn at(setting: &Setting, text: String, q: Vec<Vec<f64>>) -> Option<Variant> {
    if q == setting.q {
        return None;
    }
    let update = setting.at(q.clone()).map(|other| other.update);
    Some(Variant { text, update, q: Some(q) })
}

pub(super) fn stale_q(setting: &Setting) -> Vec<Variant> {
    let shape = setting.case.shape();
    let uniform: Vec<f64> = (0..shape.circuits())
        .flat_map(|c| vec![1.0 / shape.circuit(c).len() as f64; shape.circuit(c).len()])
        .collect();
    let mut variants = Vec::new();
    for (start, name) in [(uniform, "the uniform state"), (vec![0.0; shape.units()], "zero")] {
        let mut q = vec![start; setting.size()];
        let mut done = 0;
        for steps in LEFT_AT {
            while done < steps {
                q = q.iter().enumerate().map(|(b, q)| response(setting, b, q)).collect();
                done += 1;
            }
            // Zero is no state.
            if steps > 0 || name != "zero" {
                let text = format!(
                    "the iteration was left early: q is the one after {steps} iterations from {name}"
                );
                variants.extend(at(setting, text, where_computed(setting, |b| q[b].clone())));
            }
        }
    }
    let text = "q is the one of the previous sample of the batch".to_owned();
    variants.extend(at(setting, text, where_computed(setting, |b| setting.q[b.saturating_sub(1)].clone())));
    variants
}

pub(super) fn given_q_ignored(setting: &Setting) -> Vec<Variant> {
    let given: Vec<String> = setting
        .case
        .batch()
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.q.is_some())
        .map(|(b, _)| format!("batch[{b}]"))
        .collect();
    let forget = |document: &mut CaseDocument| document.batch.iter_mut().for_each(|entry| entry.q = None);
    let Some(answer) = (!given.is_empty()).then(|| setting.solved(forget)).flatten() else {
        return Vec::new();
    };
    let text = format!(
        "q is the fixed point, but the case gives another q for {}, which the rule uses as it is",
        given.join(", ")
    );
    vec![Variant::with_q(text, answer.update, answer.q)]
}

pub(super) fn softmax_global(setting: &Setting) -> Vec<Variant> {
    if setting.case.shape().hidden_circuits == 0 {
        return Vec::new();
    }
    let units = setting.units();
    let q = where_computed(setting, |b| {
        let mut q = vec![1.0 / units as f64; units];
        for _ in 0..GLOBAL {
            let next = softmax(&net_input(setting, b, &q));
            let change = q.iter().zip(&next).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            // Half a step: a plain iteration can oscillate.
            q = if change < 1e-15 { next } else { q.iter().zip(&next).map(|(x, y)| 0.5 * (x + y)).collect() };
            if change < 1e-15 {
                break;
            }
        }
        q
    });
    let text = "softmax runs over all units instead of each circuit".to_owned();
    at(setting, text, q).into_iter().collect()
}

pub(super) fn net_input_part(setting: &Setting) -> Vec<Variant> {
    let zero = |rows: &mut Vec<Vec<f64>>| rows.iter_mut().flatten().for_each(|weight| *weight = 0.0);
    let without = |what: &str, alter: &dyn Fn(&mut Parameters)| {
        let answer = setting.solved(|document| alter(&mut document.weights))?;
        let update = setting.at(answer.q.clone()).map(|other| other.update);
        let text = format!("the net input of q lacks {what}");
        Some(Variant { text, update, q: Some(answer.q) })
    };
    let variants = [
        without("the bias", &|weights| weights.bias.fill(0.0)),
        without("the state", &|weights| zero(&mut weights.state)),
        without("the recurrent weights", &|weights| zero(&mut weights.recurrent)),
    ];
    variants.into_iter().flatten().collect()
}

pub(super) fn half_precision(setting: &Setting) -> Vec<Variant> {
    let mut variants = Vec::new();
    for format in HALVES {
        let name = format.name;
        let update = setting.update.map(|x| format.round(x));
        variants
            .push(Variant::of(format!("every entry of the update was rounded to {name}"), update.clone()));
        let q: Vec<Vec<f64>> =
            setting.q.iter().map(|q| q.iter().map(|&x| format.round(x)).collect()).collect();
        variants.push(Variant::with_q(format!("q and the update were rounded to {name}"), update, q.clone()));
        variants.extend(at(setting, format!("q was rounded to {name}"), q.clone()));
        // The same with the true q in the answer.
        if let Some(other) = setting.at(q) {
            variants.push(Variant::of(format!("q was rounded to {name} for the update"), other.update));
        }
        let weights = setting.case.weights().map(|x| format.round(x));
        if let Some(answer) = setting.solved(|document| document.weights = weights) {
            let text = format!("the weights were rounded to {name}");
            variants.push(Variant::with_q(text, answer.update, answer.q));
        }
    }
    variants
}

pub(super) fn single_precision(setting: &Setting) -> Vec<Variant> {
    let q = setting.q.iter().map(|q| q.iter().map(|&x| F32.round(x)).collect()).collect();
    let text = "every entry was rounded to single precision (f32): allow for it in the tolerances";
    vec![Variant::with_q(text, setting.update.map(|x| F32.round(x)), q)]
}
