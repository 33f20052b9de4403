//! The rule of a case: one of [`RULES`].

use crate::json_object::named;
use crate::rule::{CaseRule, RULES};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Deref;

/// One of [`RULES`], identified by its name.
#[derive(Clone, Copy)]
pub struct Rule(&'static dyn CaseRule);

impl Rule {
    /// Every rule, in the order of [`RULES`].
    pub fn all() -> [Rule; RULES.len()] {
        RULES.map(Rule)
    }
}

impl Deref for Rule {
    type Target = dyn CaseRule;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(deserializer, &RULES, |rule| rule.name()).map(Rule)
    }
}
