//! The JSON format of a case, which serde reads and writes before any check of content.

use super::mask::{MaskDocument, Masks};
use super::parameters::Parameters;
use super::rule::Rule;
use super::shape::Shape;
use crate::json_object;
use crate::network::Convention;
use crate::rule::CaseOptions;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseDocument<R = Rule, O = CaseOptions> {
    pub(super) schema: String,
    #[serde(deserialize_with = "json_object::one")]
    pub(crate) shape: Shape,
    pub(crate) convention: Convention,
    #[serde(deserialize_with = "json_object::one")]
    pub(crate) weights: Parameters,
    #[serde(default)]
    pub(crate) mask: Option<MaskDocument>,
    pub(crate) rule: R,
    #[serde(default, deserialize_with = "json_object::optional", skip_serializing_if = "Option::is_none")]
    #[serde(bound(deserialize = "R: Deserialize<'de>, O: Deserialize<'de>"))]
    pub(crate) options: Option<O>,
    #[serde(deserialize_with = "json_object::several")]
    pub(crate) batch: Vec<SampleDocument>,
}

impl CaseDocument {
    /// The two masks, each `None` if every connection is kept.
    pub(super) fn masks(&self) -> Masks<'_> {
        self.mask.as_ref().map_or(Masks { recurrent: None, state: None }, MaskDocument::rows)
    }
}

/// One sample of the batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleDocument {
    /// Observed state, S numbers in `[0,1]`.
    pub state: Vec<f64>,
    /// Mean-field state, N probabilities; `None`: the oracle computes the fixed point.
    #[serde(default)]
    pub q: Option<Vec<f64>>,
    /// The sampled configuration.
    #[serde(deserialize_with = "json_object::one")]
    pub sample: Sample,
    /// Reward minus baseline.
    pub advantage: f64,
}

/// A configuration: the winner of every circuit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Winner of each hidden circuit, counted from 0 inside the circuit.
    pub hidden: Vec<usize>,
    /// Winner of the action circuit.
    pub action: usize,
}
