//! A number, or an array of numbers or arrays: an option of a rule of a chapter.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    One(f64),
    Several(Vec<Numbers>),
}

impl Numbers {
    /// The numbers in row-major order; `None` if the array has other sizes.
    pub(super) fn flat(&self, sizes: &[usize]) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        self.collect(sizes, &mut numbers).then_some(numbers)
    }

    fn collect(&self, sizes: &[usize], numbers: &mut Vec<f64>) -> bool {
        match (self, sizes) {
            (Numbers::One(number), []) => {
                numbers.push(*number);
                true
            }
            (Numbers::Several(parts), [size, rest @ ..]) => {
                parts.len() == *size && parts.iter().all(|part| part.collect(rest, numbers))
            }
            _ => false,
        }
    }

    /// `a number`, `3 entries`, `2 × 3 entries`.
    pub(super) fn describe(&self) -> String {
        let mut sizes = Vec::new();
        let mut part = self;
        while let Numbers::Several(parts) = part {
            sizes.push(parts.len().to_string());
            let Some(first) = parts.first() else { break };
            part = first;
        }
        if sizes.is_empty() { "a number".to_owned() } else { format!("{} entries", sizes.join(" × ")) }
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Numbers::One(number) => serializer.serialize_f64(*number),
            Numbers::Several(parts) => parts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumbersVisitor;
        impl<'de> Visitor<'de> for NumbersVisitor {
            type Value = Numbers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or an array of numbers")
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Numbers, E> {
                Ok(Numbers::One(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Numbers, E> {
                Ok(Numbers::One(number as f64))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Numbers, E> {
                Ok(Numbers::One(number as f64))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Numbers, A::Error> {
                let mut all = Vec::new();
                while let Some(part) = parts.next_element()? {
                    all.push(part);
                }
                Ok(Numbers::Several(all))
            }
        }
        deserializer.deserialize_any(NumbersVisitor)
    }
}
