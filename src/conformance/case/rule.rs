//! The rules by their names in a case, and their options.

use super::object::by_name;
use serde::{Deserialize, Serialize};

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

by_name!(Rule, Algorithm);

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
