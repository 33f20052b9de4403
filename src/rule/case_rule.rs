//! A rule in cases: its options, its implementation in the reference, and known mistakes.

use super::LearningRule;
use crate::Error;
use crate::exactness::Acting;
use crate::json_object::by_name;
use crate::random::SplitMix64;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use std::fmt;
use std::ops::Range;

/// A rule whose update a case can request.
pub trait CaseRule: fmt::Debug + Sync {
    /// The name in configurations and cases, and on the command line.
    fn name(&self) -> &'static str;

    /// A description of the rule in a few words, for help texts.
    fn summary(&self) -> &'static str;

    /// The rule for training; `None` if the rule is only for cases.
    fn learning(&self) -> Option<&'static dyn LearningRule>;

    /// The rule in the reference, for some samples of a batch. The options must be checked before.
    fn reference(&self, options: &CaseOptions, samples: Range<usize>) -> svpg_reference::rule::Rule<f64>;

    /// The keys that `options` may have in a case.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// The options in a case, their defaults and domains, for help texts: whole lines.
    fn options_help(&self) -> &'static str {
        ""
    }

    /// Checks the options of a case with this number of samples. Every given key is one of
    /// [`CaseRule::options`].
    ///
    /// # Errors
    /// Bad input, at a path that begins with `options`: an option is missing or outside its domain.
    fn check_case(&self, _options: &CaseOptions, _samples: usize) -> Result<(), Error> {
        Ok(())
    }

    /// The options of conformance vector number `turn` of this rule, with this number of samples;
    /// `None` if the rule has no options. 16 turns have all values.
    fn draw(&self, _samples: usize, _turn: usize, _random: &mut SplitMix64) -> Option<CaseOptions> {
        None
    }

    /// How many times the update is divided by the number of samples.
    fn averages(&self) -> i32 {
        1
    }

    /// Whether the factor of recurrent weights follows the convention of the case.
    fn follows_convention(&self) -> bool {
        true
    }

    /// Whether the update needs an enumeration of all configurations.
    fn is_enumerated(&self) -> bool {
        false
    }

    /// The rows of the rule in the tables of `svpg verify` that compare expected updates with
    /// gradients; the row of a published rule if it does not say otherwise.
    fn gap_rows(&self) -> Vec<GapRow> {
        vec![GapRow { centred: false, ..GapRow::new(self.name()) }]
    }

    /// Factors by which known mistakes multiply the update, each with a description of the mistake.
    fn scale_mistakes(&self, _options: &CaseOptions) -> Vec<(f64, &'static str)> {
        Vec::new()
    }

    /// Options that programs use by mistake instead of those of the case, each with a description
    /// of the mistake.
    fn option_mistakes(&self, _options: &CaseOptions) -> Vec<(CaseOptions, String)> {
        Vec::new()
    }

    /// The difference between this rule and a rule that is easily confused with it.
    fn difference_from(&self, _other: &str) -> Option<&'static str> {
        None
    }
}

/// An expected update that `svpg verify` compares with gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct GapRow {
    /// The rule, with the strength of its clamp.
    pub label: String,
    /// The options of the rule.
    pub options: CaseOptions,
    /// The policy that selects the actions.
    pub acting: Acting,
    /// Whether the advantage is centred under that policy; else it is the reward minus the largest
    /// reward, as published in 2022.
    pub centred: bool,
}

impl GapRow {
    /// A row without options, with actions from the mean-field policy and a centred advantage.
    pub(super) fn new(label: impl Into<String>) -> Self {
        let options = CaseOptions::default();
        Self { label: label.into(), options, acting: Acting::MeanField, centred: true }
    }
}

/// The name of a policy-gradient algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlgorithmName {
    /// REINFORCE.
    Reinforce,
    /// Proximal policy optimisation with the clipped ratio.
    Ppo,
}

impl AlgorithmName {
    /// Both values.
    pub const ALL: [AlgorithmName; 2] = [AlgorithmName::Reinforce, AlgorithmName::Ppo];

    /// `reinforce` or `ppo`.
    pub fn name(self) -> &'static str {
        match self {
            AlgorithmName::Reinforce => "reinforce",
            AlgorithmName::Ppo => "ppo",
        }
    }
}

by_name!(AlgorithmName);

/// The options of all rules in a case; `None` if an option is left out. The permitted options
/// depend on the rule: [`CaseRule::options`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseOptions {
    /// Of `svpg-tpami`: REINFORCE or PPO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<AlgorithmName>,
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

impl CaseOptions {
    /// The algorithm; REINFORCE if it is left out.
    pub fn algorithm(&self) -> AlgorithmName {
        self.algorithm.unwrap_or(AlgorithmName::Reinforce)
    }

    /// η; 0 if it is left out.
    pub fn entropy(&self) -> f64 {
        self.entropy.unwrap_or(0.0)
    }

    /// ε; 0.2 if it is left out.
    pub fn epsilon(&self) -> f64 {
        self.epsilon.unwrap_or(0.2)
    }

    /// Whether the rule is centred; false if it is left out.
    pub fn centred(&self) -> bool {
        self.centred.unwrap_or(false)
    }

    /// The keys that have a value.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
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

// A derived implementation would not say which options belong together.
impl<'de> Deserialize<'de> for CaseOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OptionsVisitor;
        impl<'de> Visitor<'de> for OptionsVisitor {
            type Value = CaseOptions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<CaseOptions, A::Error> {
                let mut options = CaseOptions::default();
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
    let with_options = || super::RULES.into_iter().filter(|rule| !rule.options().is_empty());
    let known = with_options().flat_map(CaseRule::options).copied();
    let near = svpg_check::nearest(key, known);
    let near = near.map(|near| format!(", the nearest is `{near}`")).unwrap_or_default();
    let rules: Vec<String> =
        with_options().map(|rule| format!("{} has {}", rule.name(), rule.options().join(", "))).collect();
    format!("unknown field `{key}`{near} ({})", rules.join("; "))
}
