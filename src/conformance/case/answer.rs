//! The JSON format of an answer.

use super::parameters::Parameters;
use super::schema;
use crate::json_object;
use serde::{Deserialize, Serialize};

/// Entry-wise gradients of `Σ_b A_b ln π(a_b|s_b) / B`, zero where the network has no connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gradients {
    /// For the exact policy; `None` if there are too many configurations to enumerate.
    #[serde(default, deserialize_with = "json_object::optional")]
    pub exact: Option<Parameters>,
    /// The reason if `exact` is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_reason: Option<String>,
    /// For the mean-field policy, through its fixed point.
    #[serde(default, deserialize_with = "json_object::optional")]
    pub mean_field: Option<Parameters>,
    /// For the last-step policy, with a constant mean-field state.
    #[serde(default, deserialize_with = "json_object::optional")]
    pub last_step: Option<Parameters>,
    /// For the free-energy policy; `None` if a clamped fixed point was not found. Optional in a
    /// candidate.
    #[serde(default, deserialize_with = "json_object::optional")]
    pub free_energy: Option<Parameters>,
}

impl Gradients {
    /// Every gradient with its key.
    pub(crate) fn named(&self) -> [(&'static str, Option<&Parameters>); 4] {
        [
            ("exact", self.exact.as_ref()),
            ("mean_field", self.mean_field.as_ref()),
            ("last_step", self.last_step.as_ref()),
            ("free_energy", self.free_energy.as_ref()),
        ]
    }
}

/// What an answer says about the chapter in which its rule is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChapterNote {
    /// The rule, as the case names it.
    pub rule: String,
    /// `file:line:column` of the rule.
    pub place: String,
    /// SHA-256 of the chapter together with the definitions that are in scope.
    pub sha256: String,
    /// Conditions of claims about the rule that the case does not meet, as `claim: condition`. What
    /// such a claim says need not be true of this update.
    pub unmet: Vec<String>,
}

/// An answer to a case, from the reference or from another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub(super) schema: String,
    /// Mean-field state of every sample, B×N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<Vec<Vec<f64>>>,
    /// Largest `|q − softmax(z(q))|` over units and samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    /// The rule's update, for learning rate 1, averaged over the batch, masked.
    #[serde(deserialize_with = "json_object::one")]
    pub update: Parameters,
    /// Policy gradients, if requested.
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    pub gradients: Option<Gradients>,
    /// The chapter, if the rule is written in one.
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    pub chapter: Option<ChapterNote>,
}

impl Answer {
    /// An answer of the reference.
    pub fn new(q: Vec<Vec<f64>>, residual: f64, update: Parameters, gradients: Option<Gradients>) -> Self {
        Self {
            schema: schema::ANSWER.into(),
            q: Some(q),
            residual: Some(residual),
            update,
            gradients,
            chapter: None,
        }
    }

    /// The same answer, with what it says about a chapter.
    pub(crate) fn with_chapter(self, chapter: Option<ChapterNote>) -> Self {
        Self { chapter, ..self }
    }

    /// The answer as one line of JSON. Each number is the shortest decimal that parses to the same
    /// f64.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an answer holds finite numbers and text keys alone")
    }
}
