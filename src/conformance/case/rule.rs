//! The rule of a case: one of [`RULES`].

use crate::json_object::named;
use crate::rule::{CaseRule, Named, RULES};
use serde::{Deserialize, Deserializer};

/// One of [`RULES`].
pub type Rule = Named<dyn CaseRule>;

impl Rule {
    /// Every rule, in the order of [`RULES`].
    pub fn all() -> [Rule; RULES.len()] {
        RULES.map(Named)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(deserializer, &RULES, |rule| rule.name()).map(Named)
    }
}
