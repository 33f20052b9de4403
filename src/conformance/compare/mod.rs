//! Compares the answer of another program with that of the oracle, block by block.
//!
//! An entry `x` passes for the true entry `y` if `|x − y| ≤ atol + rtol·|y|`, or if `x` and `y` are
//! at most `ulp` steps of f64 apart. A block passes if every entry passes. For each block, the
//! report gives the largest absolute, relative and ulp error, the worst entry, the angle to the
//! true block and the length relative to it: an update can have the right direction and the wrong
//! length.
//!
//! If an answer fails but equals the result of a known mistake (the other convention, a factor 2, a
//! missing mask, …), a hint names the [`cause`].

mod block;
pub mod cause;
mod report;
mod summary;

pub use block::Block;
pub(in crate::conformance) use block::{Checked, Entry};
pub use cause::Hint;
pub use summary::{BlockSummary, HintSummary, LineError, RuleSummary, Summary};

use crate::Error;
use crate::conformance::case::{Answer, Case, Parameters, Shape};
use crate::conformance::oracle;
use block::Entries;
use serde::Serialize;

const SCHEMA: &str = "svpg-comparison/1";

/// The tolerance of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tolerance {
    /// Allowed error relative to the true entry, at least 0.
    pub rtol: f64,
    /// Allowed absolute error, added to the relative one, at least 0.
    pub atol: f64,
    /// Allowed distance in steps of f64, as an alternative to `rtol` and `atol`.
    pub ulp: u64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { rtol: 1e-9, atol: 1e-12, ulp: 0 }
    }
}

/// The comparison of a candidate with the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    schema: &'static str,
    /// The level, as in [`LEVELS`](super::level::LEVELS).
    pub level: u8,
    /// Did every compared block pass?
    pub ok: bool,
    /// The rule of the case; above level 0, what is compared.
    pub rule: String,
    /// Number of samples of the case.
    pub samples: usize,
    /// When an entry passes.
    pub criterion: String,
    /// The tolerance; `None` above level 0.
    pub tolerance: Option<Tolerance>,
    /// `max |q − softmax(z(q))|` of the candidate's `q` over the samples for which the case gives
    /// no `q`; `None` if there is none, or if the net input overflows.
    pub candidate_residual: Option<f64>,
    /// The same for the `q` that the case gives, over the samples for which it does. The case may
    /// give any `q`, so this is not an error of the candidate.
    pub given_residual: Option<f64>,
    /// Every compared block.
    pub blocks: Vec<Block>,
    /// Parts of the answer that were not compared, and why. They do not count as passed.
    pub unchecked: Vec<String>,
    /// What else the comparison found.
    pub notes: Vec<String>,
    /// Causes that explain the failure.
    pub hints: Vec<Hint>,
}

impl Comparison {
    /// Accepts a block that fails, for a reason. Returns whether the block is there and fails.
    pub fn waive(&mut self, name: &str, reason: &str) -> bool {
        let block = self.blocks.iter_mut().find(|block| block.name == name && !block.passed);
        let Some(block) = block else { return false };
        block.waived = true;
        self.notes.push(format!("{name} is waived: {reason}"));
        self.ok = self.blocks.iter().all(|block| block.passed || block.waived);
        true
    }

    /// A comparison of a level above 0.
    pub(in crate::conformance) fn of_level(
        level: u8,
        subject: &'static str,
        samples: usize,
        criterion: String,
        blocks: Vec<Block>,
        notes: Vec<String>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            level,
            ok: blocks.iter().all(|block| block.passed),
            rule: subject.to_owned(),
            samples,
            criterion,
            tolerance: None,
            candidate_residual: None,
            given_residual: None,
            blocks,
            unchecked: Vec::new(),
            notes,
            hints: Vec::new(),
        }
    }
}

/// The blocks of parameters with an error allowed for each.
pub(in crate::conformance) fn blocks_within(
    shape: Shape,
    path: &str,
    expected: &Parameters,
    found: &Parameters,
    allowed: &Parameters,
) -> Vec<Block> {
    Entries::within(shape, path, expected, found, allowed)
}

/// Computes the answer to the case and compares the candidate with it.
///
/// # Errors
/// As [`oracle::answer`].
///
/// ```
/// use svpg::conformance::case::{Answer, Case};
/// use svpg::conformance::compare::{Tolerance, compare};
///
/// let case = Case::from_bytes(br#"{
///     "schema": "svpg-case/1",
///     "shape": {"states": 1, "hidden_circuits": 0, "hidden_size": 1, "actions": 2},
///     "convention": "full",
///     "weights": {"recurrent": [[0, 0], [0, 0]], "state": [[0, 0]], "bias": [0, 0]},
///     "rule": "svpg",
///     "batch": [{"state": [0.5], "q": null, "sample": {"hidden": [], "action": 1}, "advantage": 2}]
/// }"#)?;
/// // A program that forgot the presynaptic factor 0.5 in the state weights.
/// let mine = Answer::from_bytes(br#"{
///     "schema": "svpg-answer/1",
///     "q": [[0.5, 0.5]], "residual": 0,
///     "update": {"recurrent": [[0, 0], [0, 0]], "state": [[-1, 1]], "bias": [-1, 1]}
/// }"#, &case)?;
/// let judged = compare(&case, &mine, Tolerance::default())?;
/// assert!(!judged.ok);
/// let failed: Vec<_> = judged.blocks.iter().filter(|block| !block.passed).collect();
/// assert_eq!(failed.len(), 1);
/// assert_eq!((failed[0].name.as_str(), failed[0].length_ratio), ("sa", Some(2.0)));
/// # Ok::<(), svpg::Error>(())
/// ```
pub fn compare(case: &Case, candidate: &Answer, tolerance: Tolerance) -> Result<Comparison, Error> {
    Judge::new(case).compare(candidate, tolerance)
}

/// Compares any number of candidates with the answer to one case, which is computed once.
pub struct Judge {
    case: Case,
    truth: Option<Answer>,
    setting: Option<cause::Setting>,
    seeks_hints: bool,
}

impl Judge {
    /// A judge of answers to the case.
    pub fn new(case: &Case) -> Self {
        Self { case: case.clone(), truth: None, setting: None, seeks_hints: true }
    }

    /// A judge with the answer of the [`oracle`] to the case.
    pub fn with_answer(case: &Case, answer: Answer) -> Self {
        Self { truth: Some(answer), ..Self::new(case) }
    }

    /// The case.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Whether causes are sought for a candidate that fails, which takes much longer than the
    /// comparison; true at first.
    pub fn seek_hints(&mut self, hints: bool) {
        self.seeks_hints = hints;
    }

    /// Compares the candidate with the answer to the case.
    ///
    /// # Errors
    /// As [`oracle::answer`].
    pub fn compare(&mut self, candidate: &Answer, tolerance: Tolerance) -> Result<Comparison, Error> {
        let gradients = candidate.gradients.is_some();
        let truth = match self.truth.take() {
            Some(truth) if truth.gradients.is_some() || !gradients => truth,
            _ => oracle::answer(&self.case, gradients)?,
        };
        let compared = self.compare_with(&truth, candidate, tolerance);
        self.truth = Some(truth);
        compared
    }

    fn compare_with(
        &mut self,
        truth: &Answer,
        candidate: &Answer,
        tolerance: Tolerance,
    ) -> Result<Comparison, Error> {
        let case = &self.case;
        let mut unchecked = Vec::new();
        let mut blocks = Vec::new();
        match (&truth.q, &candidate.q) {
            (Some(expected), Some(found)) => {
                blocks.extend(Entries::of_states(expected, found).judge("q", tolerance))
            }
            _ => unchecked.push("q: the candidate gives none".to_owned()),
        }
        let mut judge = |prefix: &str, path: &str, expected: &Parameters, found: &Parameters| {
            for entries in Entries::of_parameters(case.shape(), path, expected, found) {
                blocks.extend(entries.judge(prefix, tolerance));
            }
        };
        judge("", "update", &truth.update, &candidate.update);
        if let (Some(expected), Some(found)) = (&truth.gradients, &candidate.gradients) {
            for ((name, expected), (_, found)) in expected.named().into_iter().zip(found.named()) {
                match (expected, found) {
                    (Some(expected), Some(found)) => {
                        judge(&format!("{name} "), &format!("gradients.{name}"), expected, found);
                    }
                    (_, None) if name == "free_energy" => {}
                    (_, None) => unchecked.push(format!("gradients.{name}: the candidate gives none")),
                    (None, Some(_)) if name == "free_energy" => {
                        unchecked.push(format!("gradients.{name}: no fixed point found for every action"))
                    }
                    (None, Some(_)) => {
                        unchecked.push(format!("gradients.{name}: too many configurations to enumerate"))
                    }
                }
            }
        }
        let ok = blocks.iter().all(|block| block.passed);
        let residuals = |q: &Option<Vec<Vec<f64>>>| match q {
            Some(q) => oracle::residuals(case, q),
            None => Ok(Vec::new()),
        };
        // A `q` that the case gives is not the candidate's work.
        let largest = |residuals: &[f64], given: bool| {
            let of = case.batch().iter().zip(residuals).filter(|(entry, _)| entry.q.is_some() == given);
            let largest =
                of.map(|(_, &residual)| residual).reduce(|x, y| if x.is_nan() || x >= y { x } else { y });
            largest.filter(|residual| residual.is_finite())
        };
        let own = residuals(&candidate.q)?;
        let fails = blocks.iter().any(|block| !block.passed && !block.name.contains(' '));
        // The block of a gradient has its name before it.
        let mut failing: Vec<&str> = blocks
            .iter()
            .filter(|block| !block.passed)
            .filter_map(|block| Some(block.name.split_once(' ')?.0))
            .collect();
        failing.dedup();
        let mut hints = if self.seeks_hints && fails {
            let setting = self.setting.get_or_insert_with(|| cause::Setting::new(case, truth));
            cause::hints(setting, candidate, &own)
        } else {
            Vec::new()
        };
        if let Some(found) = candidate.gradients.as_ref().filter(|_| self.seeks_hints && !failing.is_empty())
        {
            hints.extend(cause::gradient_hints(case, truth, found, &failing));
        }
        Ok(Comparison {
            schema: SCHEMA,
            level: 0,
            ok,
            rule: case.rule_name().to_owned(),
            samples: case.batch().len(),
            criterion: tolerance.to_string(),
            tolerance: Some(tolerance),
            candidate_residual: largest(&own, false),
            given_residual: match case.batch().iter().any(|entry| entry.q.is_some()) {
                true => largest(&residuals(&truth.q)?, true),
                false => None,
            },
            blocks,
            unchecked,
            notes: Vec::new(),
            hints,
        })
    }
}
