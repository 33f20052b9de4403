//! Cases and answers as arrays, for `cases.npz` and `answers.npz`.
//! `docs/formats.md` lists the arrays with their shapes.

use super::npz::{Arrays, Elements};
use crate::conformance::case::{Answer, Case, Convention, Parameters};
use crate::rule::CaseOptions;

/// Adds the arrays of a case.
pub(super) fn add_case(arrays: &mut Arrays, name: &str, case: &Case) {
    let shape = case.shape();
    let (states, units, batch) = (shape.states, shape.units(), case.batch());
    let mut add = |path: &str, shape: &[usize], elements: Elements| {
        arrays.add(format!("{name}/{path}"), shape, &elements);
    };
    let convention = if case.convention() == Convention::Full { "full" } else { "half" };
    add("rule", &[], Elements::Text(case.rule().name().to_owned()));
    add("convention", &[], Elements::Text(convention.to_owned()));
    let sizes = [states, shape.hidden_circuits, shape.hidden_size, shape.actions];
    add("shape", &[4], integers(sizes));
    add_parameters(&mut add, "weights", case.weights());
    let kept = |rows: usize, kept: &dyn Fn(usize, usize) -> bool| {
        Elements::Bool((0..rows).flat_map(|i| (0..units).map(move |j| kept(i, j))).collect())
    };
    add("mask/recurrent", &[units, units], kept(units, &|i, j| case.is_connected(i, j)));
    add("mask/state", &[states, units], kept(states, &|k, i| case.is_observed(k, i)));
    add_options(&mut add, &case.options());
    let size = batch.len();
    let state = batch.iter().flat_map(|entry| &entry.state).copied().collect();
    add("batch/state", &[size, states], Elements::F64(state));
    let unknown = vec![f64::NAN; units];
    let q = batch.iter().flat_map(|entry| entry.q.as_ref().unwrap_or(&unknown)).copied().collect();
    add("batch/q", &[size, units], Elements::F64(q));
    let hidden = batch.iter().flat_map(|entry| &entry.sample.hidden).copied();
    add("batch/hidden", &[size, shape.hidden_circuits], integers(hidden));
    add("batch/action", &[size], integers(batch.iter().map(|entry| entry.sample.action)));
    add("batch/advantage", &[size], Elements::F64(batch.iter().map(|entry| entry.advantage).collect()));
}

/// Adds the arrays of an answer.
pub(super) fn add_answer(arrays: &mut Arrays, name: &str, answer: &Answer) {
    let mut add = |path: &str, shape: &[usize], elements: Elements| {
        arrays.add(format!("{name}/{path}"), shape, &elements);
    };
    if let Some(q) = &answer.q {
        add("q", &[q.len(), answer.update.bias.len()], Elements::F64(q.concat()));
    }
    if let Some(residual) = answer.residual {
        add("residual", &[], Elements::F64(vec![residual]));
    }
    add_parameters(&mut add, "update", &answer.update);
    for (name, gradient) in answer.gradients.iter().flat_map(|gradients| gradients.named()) {
        if let Some(gradient) = gradient {
            add_parameters(&mut add, &format!("gradients/{name}"), gradient);
        }
    }
}

fn add_parameters(add: &mut impl FnMut(&str, &[usize], Elements), path: &str, values: &Parameters) {
    let Parameters { recurrent, state, bias } = values;
    let units = bias.len();
    add(&format!("{path}/recurrent"), &[units, units], Elements::F64(recurrent.concat()));
    add(&format!("{path}/state"), &[state.len(), units], Elements::F64(state.concat()));
    add(&format!("{path}/bias"), &[units], Elements::F64(bias.clone()));
}

fn add_options(add: &mut impl FnMut(&str, &[usize], Elements), options: &CaseOptions) {
    // All fields are named, so that a new option is not forgotten.
    let CaseOptions { algorithm, entropy, epsilon, old_log_prob, beta, centred } = options;
    if let Some(algorithm) = algorithm {
        add("options/algorithm", &[], Elements::Text(algorithm.name().to_owned()));
    }
    for (name, value) in [("entropy", entropy), ("epsilon", epsilon), ("beta", beta)] {
        if let Some(value) = value {
            add(&format!("options/{name}"), &[], Elements::F64(vec![*value]));
        }
    }
    if let Some(old) = old_log_prob {
        add("options/old_log_prob", &[old.len()], Elements::F64(old.clone()));
    }
    if let Some(centred) = centred {
        add("options/centred", &[], Elements::Bool(vec![*centred]));
    }
}

fn integers(values: impl IntoIterator<Item = usize>) -> Elements {
    Elements::I64(values.into_iter().map(|value| value as i64).collect())
}
