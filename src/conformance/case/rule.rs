//! The rules by their names in a case, and their options.

use super::object::by_name;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use svpg_check::nearest;

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
    /// Weakly clamped mean-field activity minus free, or minus the opposite clamp, divided by the
    /// strength of the clamp.
    Nudged,
    /// Gradient of the exact policy, by enumeration.
    Exact,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 7] = [
        Rule::Svpg,
        Rule::SvpgBmvc,
        Rule::SvpgTpami,
        Rule::Implicit,
        Rule::TwoPhase,
        Rule::Nudged,
        Rule::Exact,
    ];

    /// The rule's name in a case.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Svpg => "svpg",
            Rule::SvpgBmvc => "svpg-bmvc",
            Rule::SvpgTpami => "svpg-tpami",
            Rule::Implicit => "implicit",
            Rule::TwoPhase => "two-phase",
            Rule::Nudged => "nudged",
            Rule::Exact => "exact",
        }
    }

    /// The keys that `options` may have in a case of this rule.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Rule::SvpgTpami => &["algorithm", "entropy", "epsilon", "old_log_prob"],
            Rule::Nudged => &["beta", "centred"],
            _ => &[],
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

by_name!(Rule, Algorithm);

/// The options of all rules, as a case gives them: `None` where one is left out. Which of them a
/// case may give depends on its rule: [`Rule::options`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Options {
    /// Of `svpg-tpami`: REINFORCE or PPO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Of `svpg-tpami`: weight η of the entropy term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<f64>,
    /// Of `svpg-tpami`: half width ε > 0 of PPO's unclipped range of the ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// Of `svpg-tpami`: log-probability of each sample's action under the policy that drew it; PPO
    /// needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_log_prob: Option<Vec<f64>>,
    /// Of `nudged`, which needs it: strength β of the clamp, at most 1 and not 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    /// Of `nudged`: whether the second phase is clamped with `-β`; else it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centred: Option<bool>,
}

impl Options {
    /// REINFORCE where it is left out.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Reinforce)
    }

    /// 0 where it is left out.
    pub fn entropy(&self) -> f64 {
        self.entropy.unwrap_or(0.0)
    }

    /// 0.2 where it is left out.
    pub fn epsilon(&self) -> f64 {
        self.epsilon.unwrap_or(0.2)
    }

    /// False where it is left out.
    pub fn centred(&self) -> bool {
        self.centred.unwrap_or(false)
    }

    /// The keys that have a value.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        let fields = [
            ("algorithm", self.algorithm.is_some()),
            ("entropy", self.entropy.is_some()),
            ("epsilon", self.epsilon.is_some()),
            ("old_log_prob", self.old_log_prob.is_some()),
            ("beta", self.beta.is_some()),
            ("centred", self.centred.is_some()),
        ];
        fields.into_iter().filter(|field| field.1).map(|field| field.0)
    }
}

// Derived, it would not say which options belong together.
impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OptionsVisitor;
        impl<'de> Visitor<'de> for OptionsVisitor {
            type Value = Options;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Options, A::Error> {
                let mut options = Options::default();
                let mut keys = Vec::new();
                while let Some(key) = fields.next_key::<String>()? {
                    if keys.contains(&key) {
                        return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    match key.as_str() {
                        "algorithm" => options.algorithm = Some(fields.next_value()?),
                        "entropy" => options.entropy = Some(fields.next_value()?),
                        "epsilon" => options.epsilon = Some(fields.next_value()?),
                        "old_log_prob" => options.old_log_prob = fields.next_value()?,
                        "beta" => options.beta = Some(fields.next_value()?),
                        "centred" => options.centred = Some(fields.next_value()?),
                        _ => return Err(A::Error::custom(unknown(&key))),
                    }
                    keys.push(key);
                }
                Ok(options)
            }
        }
        deserializer.deserialize_map(OptionsVisitor)
    }
}

/// Says which rules have which options.
fn unknown(key: &str) -> String {
    let with_options = || Rule::ALL.iter().filter(|rule| !rule.options().is_empty());
    let near = nearest(key, with_options().flat_map(|rule| rule.options()).copied());
    let near = near.map(|near| format!(", the nearest is `{near}`")).unwrap_or_default();
    let rules: Vec<String> =
        with_options().map(|rule| format!("{} has {}", rule.name(), rule.options().join(", "))).collect();
    format!("unknown field `{key}`{near} ({})", rules.join("; "))
}
