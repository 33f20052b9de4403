//! Conformance vectors: cases with the oracle's answers, for programs in any language.
//!
//! Every rule, both conventions, no mask, a recurrent mask and both masks, REINFORCE and PPO,
//! several values of every option, given and computed `q`, 1 to 7 samples, saturated and nearly
//! tied circuits, unusual shapes (no states, no hidden circuits, circuits of one unit, a single
//! action). The update of a vector is never zero. The same count and seed give the same bytes on
//! every machine: cases are drawn by SplitMix64 ([`crate::random`]), and the [`oracle`] answers
//! them in double-double.
//!
//! The manifest describes every vector, and lists the codes of the [`CAUSES`] that it catches: a
//! program with this mistake fails on the vector. A folder has the cases and the answers in files
//! of their own too, as JSON Lines and as NumPy arrays.

mod arrays;
mod draw;
mod expectation;
mod folder;
mod manifest;
mod npz;
mod trajectory;

pub use expectation::expectation;
pub use folder::{write, write_level};
pub use manifest::{File, Manifest, VECTORS_VERSION, Vector};
pub use trajectory::trajectory;

use crate::Error;
use crate::conformance::case::{Answer, Case, Convention, Shape};
use crate::conformance::compare::cause::CAUSES;
use crate::conformance::compare::{Judge, Tolerance};
use crate::conformance::oracle;
use crate::random::SplitMix64;
use draw::{SHAPES, draw};

/// Largest number of cases in one folder: file names have four digits.
pub const MAX_COUNT: usize = 9999;

/// Largest probability of a circuit above which it is called saturated.
const SATURATED: f64 = 0.999;
/// Largest excess over the uniform probability of a circuit that is called nearly tied.
const TIED: f64 = 0.01;
/// An update with a smaller largest entry is drawn again.
const LEAST: f64 = 1e-6;
/// This number of cases covers every pair of rule and shape in both conventions.
pub const DEFAULT_COUNT: usize = 2 * draw::PAIRS;

/// Case number `index` of a seed, and its answer with gradients.
///
/// # Errors
/// As [`oracle::answer`].
pub fn vector(index: usize, seed: u64) -> Result<(Case, Answer), Error> {
    // One generator per case, so the cases of a smaller folder are the first cases of a larger one.
    let mut random = SplitMix64::new(SplitMix64::new(seed ^ (index as u64).rotate_left(32)).bits());
    let [states, hidden_circuits, hidden_size, mut actions] = SHAPES[index % SHAPES.len()];
    loop {
        let shape = Shape { states, hidden_circuits, hidden_size, actions };
        let case = draw(index, shape, &mut random)?;
        match oracle::answer(&case, true) {
            Ok(answer) if answer.update.values().all(|x| x.abs() < LEAST) => actions = actions.max(2),
            Ok(answer) => return Ok((case, answer)),
            // Rare: draw other weights. The same if the options do not fit the network, for
            // instance if a clamp makes a small probability negative.
            Err(error) if error.is_no_fixed_point() || case.options().beta.is_some() => {}
            Err(error) => return Err(error),
        }
    }
}

/// The codes of the causes with a planted answer that fails with the default tolerance.
///
/// # Errors
/// As [`oracle::answer`].
pub fn catches(case: &Case, answer: &Answer) -> Result<Vec<&'static str>, Error> {
    let mut judge = Judge::with_answer(case, answer.clone());
    judge.seek_hints(false);
    let mut codes = Vec::new();
    for cause in &CAUSES {
        for planted in cause.plant(case, answer) {
            if !judge.compare(&planted.answer, Tolerance::default())?.ok {
                codes.push(cause.code);
                break;
            }
        }
    }
    Ok(codes)
}

/// The properties of a case, in words.
fn comment(case: &Case, answer: &Answer) -> String {
    let Shape { states, hidden_circuits, hidden_size, actions } = case.shape();
    let convention = if case.convention() == Convention::Full { "full" } else { "half" };
    let mut parts = vec![
        format!("{} in the convention {convention}", case.rule().name()),
        format!(
            "states {states}, hidden circuits {hidden_circuits}, hidden size {hidden_size}, actions {actions}, \
             samples {}",
            case.batch().len()
        ),
    ];
    let options = serde_json::to_value(case.options()).unwrap_or_default();
    for (key, value) in options.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array()) {
        parts.push(format!("{key} {}", value.as_str().map_or(value.to_string(), str::to_owned)));
    }
    let units = 0..case.shape().units();
    let masked = |kept: &dyn Fn(usize, usize) -> bool, rows: usize| {
        (0..rows).any(|i| units.clone().any(|j| !kept(i, j)))
    };
    let between = |i, j| case.shape().circuit_of(i) == case.shape().circuit_of(j) || case.is_connected(i, j);
    if masked(&between, units.end) {
        parts.push("recurrent weights are masked".to_owned());
    }
    if masked(&|k, i| case.is_observed(k, i), states) {
        parts.push("state weights are masked".to_owned());
    }
    let given = case.batch().iter().filter(|entry| entry.q.is_some()).count();
    if given > 0 {
        parts.push(format!("q is given for {given}"));
    }
    let computed = case.batch().iter().zip(answer.q.iter().flatten()).filter(|(entry, _)| entry.q.is_none());
    let largest =
        |q: &Vec<f64>, c: usize| q[case.shape().circuit(c)].iter().fold(0.0f64, |most, x| most.max(*x));
    let is_any = |has: &dyn Fn(f64, usize) -> bool| {
        computed.clone().any(|(_, q)| {
            let circuits = (0..case.shape().circuits()).filter(|&c| case.shape().circuit(c).len() > 1);
            circuits.into_iter().any(|c| has(largest(q, c), case.shape().circuit(c).len()))
        })
    };
    if is_any(&|largest, _| largest > SATURATED) {
        parts.push("a circuit is saturated".to_owned());
    }
    if is_any(&|largest, size| largest < (1.0 + TIED) / size as f64) {
        parts.push("a circuit is nearly tied".to_owned());
    }
    parts.join("; ")
}
