//! The JSON formats of a question and an answer, with the checks of their content.

use super::statistics::Test;
use crate::Error;
use crate::conformance::case::{
    Case, Convention, Format, MaskDocument, Parameters, Rule, Sample, SampleDocument, Shape,
    check_parameters, check_schema, json, vector,
};
use crate::json_object;
use crate::rule::CaseOptions;
use serde::{Deserialize, Serialize};

/// A question.
pub(crate) const SCHEMA: &str = "svpg-expectation/1";
/// An answer to it.
pub(crate) const ANSWER_SCHEMA: &str = "svpg-expectation-answer/1";
/// Largest number of configurations.
pub(super) const MAX_CONFIGURATIONS: usize = 4096;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    #[serde(deserialize_with = "json_object::one")]
    shape: Shape,
    convention: Convention,
    #[serde(deserialize_with = "json_object::one")]
    weights: Parameters,
    #[serde(default)]
    mask: Option<MaskDocument>,
    rule: Rule,
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    options: Option<CaseOptions>,
    state: Vec<f64>,
    rewards: Vec<f64>,
    baseline: f64,
    effect: f64,
    false_alarm: f64,
    missed: f64,
}

/// A validated question.
#[derive(Clone, Debug)]
pub struct Expectation {
    document: Document,
    case: Case,
}

impl Expectation {
    /// Reads a question from the bytes of a JSON document.
    ///
    /// # Errors
    /// Bad input: an error in the text or in the content, with its place.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let name = "an expectation (svpg-expectation/1)";
        Self::validated(json(
            bytes,
            &Format { name, help: "svpg schema svpg-expectation", schema: Some(SCHEMA) },
        )?)
    }

    /// The question about the network, the rule and the first state of a case.
    ///
    /// # Errors
    /// As [`Expectation::from_bytes`], only for the content.
    pub fn new(case: &Case, rewards: Vec<f64>, baseline: f64, test: Test) -> Result<Self, Error> {
        let Test { effect, false_alarm, missed } = test;
        Self::validated(Document {
            schema: SCHEMA.into(),
            shape: case.shape(),
            convention: case.convention(),
            weights: case.weights().clone(),
            mask: case.mask().cloned(),
            rule: case.rule(),
            options: Some(case.options()).filter(|options| *options != CaseOptions::default()),
            state: case.batch()[0].state.clone(),
            rewards,
            baseline,
            effect,
            false_alarm,
            missed,
        })
    }

    fn validated(document: Document) -> Result<Self, Error> {
        check_schema(&document.schema, SCHEMA)?;
        let Document { shape, convention, weights, mask, rule, options, state, .. } = document.clone();
        if options.as_ref().is_some_and(|options| options.old_log_prob.is_some()) {
            let remedy = "leave it out: an expectation has no sampled action, and the algorithm is reinforce";
            return Err(Error::bad_input("options.old_log_prob", "it belongs to a sample", remedy));
        }
        let hidden = vec![0; shape.hidden_circuits];
        let sample = SampleDocument { state, q: None, sample: Sample { hidden, action: 0 }, advantage: 0.0 };
        let case = Case::new(shape, convention, weights, mask, rule, options, vec![sample])?;
        vector(&document.rewards, (shape.actions, "actions"), "rewards")?;
        vector(&[document.baseline], (1, "baseline"), "baseline")?;
        document.test().check()?;
        let sizes = (0..shape.circuits()).map(|c| shape.circuit(c).len());
        let count = sizes.fold(1usize, |count, size| count.saturating_mul(size));
        if count > MAX_CONFIGURATIONS {
            return Err(Error::bad_input(
                "shape",
                format_args!("the network has more than {MAX_CONFIGURATIONS} configurations"),
                "give a smaller network, such as 3 hidden circuits of 3 units and 3 actions",
            ));
        }
        Ok(Self { document, case })
    }

    /// The network and the rule, with one sample: the state.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// The advantage of an action: its reward minus the baseline.
    pub fn advantage(&self, action: usize) -> f64 {
        self.document.rewards[action] - self.document.baseline
    }

    /// The test of samples.
    pub fn test(&self) -> Test {
        self.document.test()
    }

    /// The question as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.document).expect("a question holds finite numbers and text keys alone")
    }
}

impl Document {
    fn test(&self) -> Test {
        Test { effect: self.effect, false_alarm: self.false_alarm, missed: self.missed }
    }
}

/// The statistics of sampled updates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// Number of samples.
    pub count: usize,
    /// Their mean.
    #[serde(deserialize_with = "json_object::one")]
    pub mean: Parameters,
}

/// An answer: one of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectationAnswer {
    schema: String,
    /// The expectation.
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    pub expected: Option<Parameters>,
    /// Sampled updates.
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
}

impl ExpectationAnswer {
    /// An expectation.
    pub fn of_expected(expected: Parameters) -> Self {
        Self { schema: ANSWER_SCHEMA.into(), expected: Some(expected), samples: None }
    }

    /// Sampled updates.
    pub fn of_samples(samples: Samples) -> Self {
        Self { schema: ANSWER_SCHEMA.into(), expected: None, samples: Some(samples) }
    }

    /// Reads an answer to a question.
    ///
    /// # Errors
    /// Bad input: an error in the text, or a shape that disagrees with the question.
    pub fn from_bytes(bytes: &[u8], question: &Expectation) -> Result<Self, Error> {
        let name = "an answer (svpg-expectation-answer/1)";
        let format =
            Format { name, help: "svpg schema svpg-expectation-answer", schema: Some(ANSWER_SCHEMA) };
        let answer: Self = json(bytes, &format)?;
        check_schema(&answer.schema, ANSWER_SCHEMA)?;
        answer.check(question)?;
        Ok(answer)
    }

    /// Checks shapes and counts.
    pub(super) fn check(&self, question: &Expectation) -> Result<(), Error> {
        let shape = question.case().shape();
        match (&self.expected, &self.samples) {
            (Some(expected), None) => check_parameters(expected, shape, "expected"),
            (None, Some(Samples { mean, .. })) => check_parameters(mean, shape, "samples.mean"),
            _ => Err(Error::bad_input(
                "expected, samples",
                "the answer has neither or both",
                "give `expected` (by enumeration), or `samples`",
            )),
        }
    }

    /// The answer as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an answer holds finite numbers and text keys alone")
    }
}
