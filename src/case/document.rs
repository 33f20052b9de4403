//! The wire form of a case: what serde reads and writes, before any check of content.

use super::answer::{Answer, Parameters};
use super::object;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::ops::Range;

/// Name of the format of a case.
pub(super) const CASE_SCHEMA: &str = "svpg-case/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseDocument {
    pub(super) schema: String,
    #[serde(deserialize_with = "object::one")]
    pub(crate) shape: Shape,
    pub(crate) convention: Convention,
    #[serde(deserialize_with = "object::one")]
    pub(crate) weights: Parameters,
    #[serde(default)]
    pub(crate) mask: Option<MaskDocument>,
    pub(crate) rule: Rule,
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) options: Option<Options>,
    #[serde(deserialize_with = "object::several")]
    pub(crate) batch: Vec<SampleDocument>,
}

impl CaseDocument {
    pub(super) fn new(
        shape: Shape,
        convention: Convention,
        weights: Parameters,
        mask: Option<MaskDocument>,
        rule: Rule,
        options: Option<Options>,
        batch: Vec<SampleDocument>,
    ) -> Self {
        Self { schema: CASE_SCHEMA.into(), shape, convention, weights, mask, rule, options, batch }
    }

    /// The two masks, each `None` where every connection is kept.
    pub(super) fn masks(&self) -> Masks<'_> {
        match &self.mask {
            None => Masks { recurrent: None, state: None },
            Some(MaskDocument::Recurrent(rows)) => Masks { recurrent: Some(rows), state: None },
            Some(MaskDocument::Both(both)) => {
                Masks { recurrent: both.recurrent.as_deref(), state: both.state.as_deref() }
            }
        }
    }
}

/// A case beside an answer to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    #[serde(deserialize_with = "object::one")]
    pub(super) case: CaseDocument,
    #[serde(deserialize_with = "object::one")]
    pub(super) candidate: Answer,
}

/// Rows of the recurrent (N×N) and of the state (S×N) mask.
pub(super) struct Masks<'a> {
    pub(super) recurrent: Option<&'a [Vec<Bit>]>,
    pub(super) state: Option<&'a [Vec<Bit>]>,
}

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// State neurons, S ≥ 0.
    pub states: usize,
    /// Hidden circuits, G ≥ 0.
    pub hidden_circuits: usize,
    /// Units of a hidden circuit, D ≥ 1 where there is one.
    pub hidden_size: usize,
    /// Units of the action circuit, A ≥ 1.
    pub actions: usize,
}

impl Shape {
    /// Units of hidden circuits, G·D. Of a validated shape, as all that follows.
    pub fn hidden_units(self) -> usize {
        self.hidden_circuits * self.hidden_size
    }

    /// All units, N = G·D + A.
    pub fn units(self) -> usize {
        self.hidden_units() + self.actions
    }

    /// All circuits, G + 1.
    pub fn circuits(self) -> usize {
        self.hidden_circuits + 1
    }

    /// The units of a circuit; circuit G is the action circuit.
    pub fn circuit(self, index: usize) -> Range<usize> {
        if index < self.hidden_circuits {
            index * self.hidden_size..(index + 1) * self.hidden_size
        } else {
            self.hidden_units()..self.units()
        }
    }

    /// The circuit that a unit belongs to.
    pub fn circuit_of(self, unit: usize) -> usize {
        if unit < self.hidden_units() { unit / self.hidden_size } else { self.hidden_circuits }
    }

    /// The largest of the sizes, with its key.
    pub(super) fn largest(self) -> (&'static str, usize) {
        let Self { states, hidden_circuits, hidden_size, actions } = self;
        let sizes = [
            ("states", states),
            ("hidden_circuits", hidden_circuits),
            ("hidden_size", hidden_size),
            ("actions", actions),
        ];
        sizes.into_iter().reduce(|most, one| if one.1 > most.1 { one } else { most }).unwrap_or(sizes[0])
    }

    /// Can units and weights be counted?
    pub(super) fn is_countable(self) -> bool {
        let hidden = self.hidden_circuits.checked_mul(self.hidden_size);
        let units = hidden.and_then(|hidden| hidden.checked_add(self.actions));
        units.is_some_and(|n| n.checked_mul(n).is_some() && n.checked_mul(self.states).is_some())
    }
}

/// Convention of the energy: what a pair of units counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convention {
    /// `-E = vᵀWv + …`: every unordered pair twice.
    Full,
    /// `-E = ½vᵀWv + …`: every unordered pair once.
    Half,
}

impl Convention {
    /// Both.
    pub const ALL: [Convention; 2] = [Convention::Full, Convention::Half];

    /// The convention's name in a case.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Full => "full",
            Convention::Half => "half",
        }
    }
}

/// The local rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Derived from the last-step policy.
    Svpg,
    /// As published in BMVC 2022: the bias moves by `A v`.
    SvpgBmvc,
    /// As published in TPAMI 2025.
    SvpgTpami,
    /// Gradient of the mean-field policy through its fixed point.
    Implicit,
    /// Clamped minus free mean-field activity.
    TwoPhase,
    /// Gradient of the exact policy, by enumeration.
    Exact,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 6] =
        [Rule::Svpg, Rule::SvpgBmvc, Rule::SvpgTpami, Rule::Implicit, Rule::TwoPhase, Rule::Exact];

    /// The rule's name in a case.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Svpg => "svpg",
            Rule::SvpgBmvc => "svpg-bmvc",
            Rule::SvpgTpami => "svpg-tpami",
            Rule::Implicit => "implicit",
            Rule::TwoPhase => "two-phase",
            Rule::Exact => "exact",
        }
    }
}

/// Policy-gradient algorithm of `svpg-tpami`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// REINFORCE.
    Reinforce,
    /// Proximal policy optimisation with the clipped ratio.
    Ppo,
}

impl Algorithm {
    /// Both.
    pub const ALL: [Algorithm; 2] = [Algorithm::Reinforce, Algorithm::Ppo];

    /// The algorithm's name in a case.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Reinforce => "reinforce",
            Algorithm::Ppo => "ppo",
        }
    }
}

/// What a case names is written and read by its name.
macro_rules! by_name {
    ($($kind:ty),*) => { $(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                object::named(deserializer, &Self::ALL, Self::name)
            }
        }
    )* };
}
by_name!(Convention, Rule, Algorithm);

/// Options of `svpg-tpami`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// REINFORCE or PPO.
    pub algorithm: Algorithm,
    /// Weight η of the entropy term.
    pub entropy: f64,
    /// Half width ε > 0 of PPO's unclipped range of the ratio.
    pub epsilon: f64,
    /// Log-probability of each sample's action under the policy that drew it; PPO needs it.
    pub old_log_prob: Option<Vec<f64>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { algorithm: Algorithm::Reinforce, entropy: 0.0, epsilon: 0.2, old_log_prob: None }
    }
}

/// One sample of the batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleDocument {
    /// Observed state, S numbers in `[0,1]`.
    pub state: Vec<f64>,
    /// Mean-field state, N probabilities; `None`: solve for the fixed point.
    #[serde(default)]
    pub q: Option<Vec<f64>>,
    /// The sampled configuration.
    #[serde(deserialize_with = "object::one")]
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

/// Connections kept: the recurrent ones alone, or those and the ones from the states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MaskDocument {
    /// N×N.
    Recurrent(Vec<Vec<Bit>>),
    /// Either or both.
    Both(BothMasks),
}

/// A recurrent (N×N) and a state mask (S×N); a missing one keeps every connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BothMasks {
    /// Kept connections between units, symmetric.
    #[serde(default)]
    pub recurrent: Option<Vec<Vec<Bit>>>,
    /// Kept connections from states to units.
    #[serde(default)]
    pub state: Option<Vec<Vec<Bit>>>,
}

// Derived, an untagged enum would forget at which entry the fault is.
impl<'de> Deserialize<'de> for MaskDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MaskVisitor;
        impl<'de> Visitor<'de> for MaskVisitor {
            type Value = MaskDocument;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, an N x N array of 0 and 1, or an object of `recurrent` and `state`")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<MaskDocument, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(rows)).map(MaskDocument::Recurrent)
            }
            fn visit_map<A: MapAccess<'de>>(self, both: A) -> Result<MaskDocument, A::Error> {
                BothMasks::deserialize(MapAccessDeserializer::new(both)).map(MaskDocument::Both)
            }
        }
        deserializer.deserialize_any(MaskVisitor)
    }
}

/// A mask entry: 0 or 1 (also as `0.0`, `1.0`, `false`, `true`), written as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bit(pub bool);

impl Serialize for Bit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(u8::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Bit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BitVisitor;
        impl Visitor<'_> for BitVisitor {
            type Value = Bit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0 or 1")
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Bit, E> {
                Ok(Bit(value))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Bit, E> {
                match value {
                    0 => Ok(Bit(false)),
                    1 => Ok(Bit(true)),
                    _ => Err(E::custom(format_args!("a mask entry is 0 or 1, not {value}"))),
                }
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Bit, E> {
                Err(E::custom(format_args!("a mask entry is 0 or 1, not {value}")))
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Bit, E> {
                match value {
                    0.0 => Ok(Bit(false)),
                    1.0 => Ok(Bit(true)),
                    _ => Err(E::custom(format_args!("a mask entry is 0 or 1, not {value}"))),
                }
            }
        }
        deserializer.deserialize_any(BitVisitor)
    }
}
