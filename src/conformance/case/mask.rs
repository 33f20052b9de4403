//! The masks of a case, in JSON.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Rows of the recurrent (N×N) and of the state (S×N) mask.
pub(super) struct Masks<'a> {
    pub(super) recurrent: Option<&'a [Vec<Bit>]>,
    pub(super) state: Option<&'a [Vec<Bit>]>,
}

/// The kept connections: a recurrent mask, or a recurrent and a state mask.
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

impl MaskDocument {
    /// The two masks, each `None` if every connection is kept.
    pub(super) fn rows(&self) -> Masks<'_> {
        match self {
            Self::Recurrent(rows) => Masks { recurrent: Some(rows), state: None },
            Self::Both(both) => Masks { recurrent: both.recurrent.as_deref(), state: both.state.as_deref() },
        }
    }
}

// With a derived untagged enum, the position of an error would be lost.
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
                self.visit_f64(value as f64)
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Bit, E> {
                self.visit_f64(value as f64)
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
