//! Answers (`svpg-answer/1`): parameters, gradients, and the check of a foreign answer against its
//! case.

use super::{Case, Shape, object, read, validate};
use crate::Error;
use serde::{Deserialize, Serialize};

/// Name of the format of an answer.
pub(super) const ANSWER_SCHEMA: &str = "svpg-answer/1";

/// One number a parameter: weights, an update or a gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Recurrent, N×N.
    pub recurrent: Vec<Vec<f64>>,
    /// From state to unit, S×N.
    pub state: Vec<Vec<f64>>,
    /// Bias, N.
    pub bias: Vec<f64>,
}

impl Parameters {
    /// All zero, for a network of the given shape.
    pub fn zero(shape: Shape) -> Self {
        let units = shape.units();
        Self {
            recurrent: vec![vec![0.0; units]; units],
            state: vec![vec![0.0; units]; shape.states],
            bias: vec![0.0; units],
        }
    }

    /// Every number: recurrent by rows, state by rows, bias.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.recurrent.iter().flatten().chain(self.state.iter().flatten()).chain(&self.bias).copied()
    }

    /// The same with every number replaced.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let rows = |rows: &[Vec<f64>]| rows.iter().map(|row| row.iter().map(|&x| f(x)).collect()).collect();
        Self {
            recurrent: rows(&self.recurrent),
            state: rows(&self.state),
            bias: self.bias.iter().map(|&x| f(x)).collect(),
        }
    }
}

/// Entry-wise gradients of `Σ_b A_b ln π(a_b|s_b) / B`, zero where the network has no connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gradients {
    /// Of the exact policy; `None` where enumeration would have too many configurations.
    #[serde(default, deserialize_with = "object::optional")]
    pub exact: Option<Parameters>,
    /// Why `exact` is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_reason: Option<String>,
    /// Of the mean-field policy, through its fixed point.
    #[serde(default, deserialize_with = "object::optional")]
    pub mean_field: Option<Parameters>,
    /// Of the last-step policy, the mean-field state held.
    #[serde(default, deserialize_with = "object::optional")]
    pub last_step: Option<Parameters>,
}

/// An answer to a case: the reference's own, or one that another program gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    schema: String,
    /// Mean-field state of every sample, B×N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<Vec<Vec<f64>>>,
    /// Largest `|q − softmax(z(q))|` over units and samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    /// The rule's update, for learning rate 1, averaged over the batch, masked.
    #[serde(deserialize_with = "object::one")]
    pub update: Parameters,
    /// Policy gradients, where asked for.
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub gradients: Option<Gradients>,
}

impl Answer {
    /// An answer of the reference.
    pub fn new(q: Vec<Vec<f64>>, residual: f64, update: Parameters, gradients: Option<Gradients>) -> Self {
        Self { schema: ANSWER_SCHEMA.into(), q: Some(q), residual: Some(residual), update, gradients }
    }

    /// Reads another program's answer to `case`. It may leave out `q`, `residual` and `gradients`.
    ///
    /// # Errors
    /// Bad input where the text is no such answer or a shape disagrees with the case.
    pub fn from_bytes(bytes: &[u8], case: &Case) -> Result<Self, Error> {
        Self::validated(read::json(bytes, &read::ANSWER)?, case)
    }

    pub(super) fn validated(self, case: &Case) -> Result<Self, Error> {
        validate::schema(&self.schema, ANSWER_SCHEMA)?;
        validate::answer(&self, case)?;
        Ok(self)
    }

    /// The answer as one line of JSON, every number in the shortest form that reads back to the
    /// same f64.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an answer holds finite numbers and text keys alone")
    }
}
