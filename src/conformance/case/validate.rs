//! Content of cases and answers: every check names the JSON path and the remedy.

use super::answer::Answer;
use super::document::{CaseDocument, SampleDocument};
use super::mask::Bit;
use super::parameters::Parameters;
use super::rule::Rule;
use super::schema;
use super::shape::Shape;
use crate::Error;
use crate::rule::CaseOptions;

/// Largest permitted distance from 1 of the sum over a circuit: the error of a softmax over a large
/// circuit in single precision.
const SUM_TOLERANCE: f64 = 1e-6;

pub(super) fn case(case: &CaseDocument) -> Result<(), Error> {
    schema::check(&case.schema, schema::CASE)?;
    shape(case.shape)?;
    parameters(&case.weights, case.shape, "weights")?;
    let masks = case.masks();
    if let Some(rows) = masks.recurrent {
        recurrent_mask(rows, case.shape)?;
    }
    if let Some(rows) = masks.state {
        state_mask(rows, case)?;
    }
    recurrent(case)?;
    if case.batch.is_empty() {
        return Err(Error::bad_input("batch", "it is empty", "give at least one sample"));
    }
    for (b, entry) in case.batch.iter().enumerate() {
        sample(entry, case.shape, b)?;
    }
    let none = CaseOptions::default();
    if let Some(given) = &case.options {
        own_options(given, case.rule)?;
    }
    case.rule.check_case(case.options.as_ref().unwrap_or(&none), case.batch.len())
}

/// Checks that the given options belong to the rule.
fn own_options(given: &CaseOptions, rule: Rule) -> Result<(), Error> {
    let own = rule.options();
    if own.is_empty() {
        let with_options = Rule::all().into_iter().filter(|rule| !rule.options().is_empty());
        let others: Vec<_> = with_options.map(|rule| rule.name()).collect();
        return Err(Error::bad_input(
            "options",
            format_args!("the rule {} has no options", rule.name()),
            format_args!("leave `options` out, or set `rule` to a rule that has them: {}", others.join(", ")),
        ));
    }
    let Some(key) = given.given().find(|key| !own.contains(key)) else { return Ok(()) };
    Err(Error::bad_input(
        format_args!("options.{key}"),
        format_args!("the rule {} has no such option", rule.name()),
        format_args!("its options are {}", own.join(", ")),
    ))
}

fn shape(shape: Shape) -> Result<(), Error> {
    if shape.actions == 0 {
        return Err(Error::bad_input("shape.actions", "found 0", "a network has at least one action"));
    }
    if shape.hidden_circuits > 0 && shape.hidden_size == 0 {
        return Err(Error::bad_input(
            "shape.hidden_size",
            format_args!("found 0 with {} hidden circuits", shape.hidden_circuits),
            "give a circuit at least one unit, or set hidden_circuits to 0",
        ));
    }
    if !shape.is_countable() {
        let (key, size) = shape.largest();
        return Err(Error::bad_input(
            format_args!("shape.{key}"),
            format_args!("found {size}, which is too large"),
            "give the sizes of the arrays in `weights`",
        ));
    }
    Ok(())
}

/// Checks lengths first, then finiteness. Memory is never allocated according to the declared
/// sizes.
pub(crate) fn parameters(values: &Parameters, shape: Shape, path: &str) -> Result<(), Error> {
    let units = shape.units();
    matrix(&values.recurrent, (units, "units"), units, &format!("{path}.recurrent"))?;
    matrix(&values.state, (shape.states, "states"), units, &format!("{path}.state"))?;
    vector(&values.bias, (units, "units"), &format!("{path}.bias"))
}

fn matrix(rows: &[Vec<f64>], height: (usize, &str), units: usize, path: &str) -> Result<(), Error> {
    length(rows.len(), height, "rows", path)?;
    for (i, row) in rows.iter().enumerate() {
        vector(row, (units, "units"), &format!("{path}[{i}]"))?;
    }
    Ok(())
}

pub(crate) fn vector(values: &[f64], expected: (usize, &str), path: &str) -> Result<(), Error> {
    length(values.len(), expected, "numbers", path)?;
    match values.iter().position(|x| !x.is_finite()) {
        Some(i) => Err(not_finite(values[i], &format!("{path}[{i}]"))),
        None => Ok(()),
    }
}

fn not_finite(value: f64, path: &str) -> Error {
    Error::bad_input(path, format_args!("found {value}"), "every number must be finite")
}

pub(crate) fn length(
    found: usize,
    (expected, of): (usize, &str),
    things: &str,
    path: &str,
) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    let things = if found == 1 { things.trim_end_matches('s') } else { things };
    let remedy = match of {
        "units" => "make the array and `shape` agree (units = hidden_circuits*hidden_size + actions)",
        "states" => "make the array and `shape.states` agree",
        "hidden circuits" => "give one winner per hidden circuit",
        "circuits" => "give one winner per circuit",
        "iterations or time steps" => "give one row of draws for each iteration or time step",
        "iterations, and the start" => "give one row for the start, then one per iteration",
        "time steps" => "give one row per time step",
        "time steps with a full window" => "give one row for each time step with a full window",
        _ => "give one row per sample",
    };
    Err(Error::bad_input(path, format_args!("found {found} {things}, expected {expected} ({of})"), remedy))
}

fn recurrent_mask(rows: &[Vec<Bit>], shape: Shape) -> Result<(), Error> {
    bits(rows, (shape.units(), "units"), shape, "mask")?;
    for (i, row) in rows.iter().enumerate() {
        for j in 0..i {
            if row[j] != rows[j][i] {
                return Err(Error::bad_input(
                    format_args!("mask[{i}][{j}]"),
                    format_args!(
                        "found {}, but mask[{j}][{i}] is {}",
                        u8::from(row[j].0),
                        u8::from(rows[j][i].0)
                    ),
                    "make the mask symmetric: both directions have one weight",
                ));
            }
        }
    }
    Ok(())
}

fn state_mask(rows: &[Vec<Bit>], case: &CaseDocument) -> Result<(), Error> {
    bits(rows, (case.shape.states, "states"), case.shape, "mask.state")?;
    for (k, row) in rows.iter().enumerate() {
        for (i, bit) in row.iter().enumerate() {
            let weight = case.weights.state[k][i];
            if !bit.0 && weight != 0.0 {
                return Err(masked_but_nonzero("weights.state", "mask.state", (k, i), weight));
            }
        }
    }
    Ok(())
}

fn bits(rows: &[Vec<Bit>], height: (usize, &str), shape: Shape, path: &str) -> Result<(), Error> {
    length(rows.len(), height, "rows", path)?;
    let units = (shape.units(), "units");
    rows.iter()
        .enumerate()
        .try_for_each(|(i, row)| length(row.len(), units, "entries", &format!("{path}[{i}]")))
}

fn masked_but_nonzero(weights: &str, mask: &str, (i, j): (usize, usize), weight: f64) -> Error {
    Error::bad_input(
        format_args!("{weights}[{i}][{j}]"),
        format_args!("found {weight}, but {mask}[{i}][{j}] is 0"),
        "set the weight to 0, or the mask entry to 1",
    )
}

fn recurrent(case: &CaseDocument) -> Result<(), Error> {
    let (weights, mask) = (&case.weights.recurrent, case.masks().recurrent);
    for (i, row) in weights.iter().enumerate() {
        for (j, &weight) in row.iter().enumerate() {
            let refuse = |what: String, remedy: &str| {
                Err(Error::bad_input(format_args!("weights.recurrent[{i}][{j}]"), what, remedy))
            };
            if weight != 0.0 && case.shape.circuit_of(i) == case.shape.circuit_of(j) {
                return refuse(
                    format!("found {weight} inside circuit {}", case.shape.circuit_of(i)),
                    "units of one circuit are not connected: set it to 0",
                );
            }
            if weight != weights[j][i] {
                return refuse(
                    format!("found {weight}, but weights.recurrent[{j}][{i}] is {}", weights[j][i]),
                    "make the matrix symmetric, for instance by (W + Wᵀ)/2",
                );
            }
            if weight != 0.0 && mask.is_some_and(|mask| !mask[i][j].0) {
                return Err(masked_but_nonzero("weights.recurrent", "mask", (i, j), weight));
            }
        }
    }
    Ok(())
}

fn sample(entry: &SampleDocument, shape: Shape, b: usize) -> Result<(), Error> {
    let path = |field: &str| format!("batch[{b}].{field}");
    vector(&entry.state, (shape.states, "states"), &path("state"))?;
    for (k, &s) in entry.state.iter().enumerate() {
        if !(0.0..=1.0).contains(&s) {
            return Err(Error::bad_input(
                format_args!("batch[{b}].state[{k}]"),
                format_args!("found {s}, outside [0,1]"),
                "scale the observation to [0,1]",
            ));
        }
    }
    if let Some(q) = &entry.q {
        probabilities(q, shape, &path("q"))?;
    }
    let hidden = &entry.sample.hidden;
    length(hidden.len(), (shape.hidden_circuits, "hidden circuits"), "winners", &path("sample.hidden"))?;
    for (c, &winner) in hidden.iter().enumerate() {
        index(winner, shape.hidden_size, &format!("batch[{b}].sample.hidden[{c}]"))?;
    }
    index(entry.sample.action, shape.actions, &path("sample.action"))?;
    if !entry.advantage.is_finite() {
        return Err(not_finite(entry.advantage, &path("advantage")));
    }
    Ok(())
}

fn index(found: usize, size: usize, path: &str) -> Result<(), Error> {
    if found < size {
        return Ok(());
    }
    Err(Error::bad_input(
        path,
        format_args!("found {found} in a circuit of {size}"),
        format_args!("count the units of a circuit from 0 to {}", size - 1),
    ))
}

fn probabilities(q: &[f64], shape: Shape, path: &str) -> Result<(), Error> {
    vector(q, (shape.units(), "units"), path)?;
    if let Some(i) = q.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(Error::bad_input(
            format_args!("{path}[{i}]"),
            format_args!("found {}, which is not a probability", q[i]),
            "give numbers in [0,1], or null to compute the fixed point",
        ));
    }
    for c in 0..shape.circuits() {
        let circuit = shape.circuit(c);
        let sum: f64 = q[circuit.clone()].iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(Error::bad_input(
                format_args!("{path}[{}..{}]", circuit.start, circuit.end),
                format_args!("circuit {c} sums to {sum}, not to 1"),
                "give a probability vector in every circuit, or null to compute the fixed point",
            ));
        }
    }
    Ok(())
}

/// Checks shapes and numbers of an answer to a valid case.
pub(super) fn answer(answer: &Answer, case: &CaseDocument) -> Result<(), Error> {
    schema::check(&answer.schema, schema::ANSWER)?;
    let shape = case.shape;
    if let Some(q) = &answer.q {
        length(q.len(), (case.batch.len(), "samples"), "rows", "q")?;
        for (b, row) in q.iter().enumerate() {
            vector(row, (shape.units(), "units"), &format!("q[{b}]"))?;
        }
    }
    if let Some(residual) = answer.residual {
        if !residual.is_finite() {
            return Err(not_finite(residual, "residual"));
        }
        if residual < 0.0 {
            return Err(Error::bad_input(
                "residual",
                format_args!("found {residual}"),
                "give the largest |q - softmax(z(q))|, or leave it out",
            ));
        }
    }
    let path = "update";
    if answer.update.state.len() == shape.units()
        && shape.states != shape.units()
        && answer.update.state.iter().all(|row| row.len() == shape.states)
    {
        return Err(Error::bad_input(
            "update.state",
            format_args!(
                "found {} x {}, expected {} x {}",
                shape.units(),
                shape.states,
                shape.states,
                shape.units()
            ),
            "it looks transposed: rows are states, columns are units",
        ));
    }
    parameters(&answer.update, shape, path)?;
    if let Some(gradients) = &answer.gradients {
        for (name, gradient) in gradients.named() {
            if let Some(gradient) = gradient {
                parameters(gradient, shape, &format!("gradients.{name}"))?;
            }
        }
    }
    Ok(())
}
