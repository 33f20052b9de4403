//! The rules: one file per rule, all in [`RULES`]. Each is a [`CaseRule`], whose update a case can
//! request. Rules for training are also [`LearningRule`]s.
//!
//! ```text
//! phases   the learner infers the free activity q and, for every β of the rule, the activity q|βa
//! signals  A + η(−ln p − Hn) of every sample and circuit, weighted by PPO's ratio where it is used
//! fill     the rule turns activities, winners and signals into factors of every neuron
//! update   the factors become the change of weights and biases: [`Gradient`]
//! ```
//!
//! If the action of a sample has probability 0 under the current policy, the sample does not
//! contribute to the update of any rule: its signal is 0. This is possible only if the current
//! policy differs from the policy that sampled the action. PPO's ratio is then 0.
//!
//! To add a rule: its file with implementations of [`CaseRule`] and [`LearningRule`], and its line
//! in [`RULES`]. A rule names its implementation in the reference, but does not use its code.

mod action_stats;
mod case_rule;
mod exact;
mod gradient;
mod implicit;
mod nudged;
mod signal;
mod svpg;
mod svpg_bmvc;
mod svpg_tpami;
mod two_phase;

pub use action_stats::{ActionStats, action_stats};
pub use case_rule::{AlgorithmName, CaseOptions, CaseRule, GapRow};
pub use gradient::{Factors, Gradient};
pub use signal::Weighting;
pub(crate) use signal::signals;

use crate::Error;
use crate::error::did_you_mean;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::network::Parameters;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// Every rule, in the order of the documentation.
pub static RULES: [&dyn CaseRule; 7] = [
    &svpg::Svpg,
    &svpg_bmvc::SvpgBmvc,
    &svpg_tpami::SvpgTpami,
    &implicit::Implicit,
    &two_phase::TwoPhase,
    &nudged::Nudged,
    &exact::Exact,
];

/// A rule for training a network from sampled configurations.
pub trait LearningRule: CaseRule {
    /// The features that the rule supports.
    fn support(&self) -> Support;

    /// The strengths β of the clamped phases that the rule needs in addition to the free phase.
    fn clamped_phases(&self, _options: RuleOptions) -> Vec<f32> {
        Vec::new()
    }

    /// Checks the options.
    ///
    /// # Errors
    /// Bad input: an option does not belong to the rule, is missing, or is outside its domain.
    fn check(&self, options: RuleOptions) -> Result<(), Error> {
        if options == RuleOptions::default() {
            return Ok(());
        }
        let name = self.name();
        Err(Error::bad_input("beta, centred", format_args!("{name} has no such option"), "leave them out"))
    }

    /// Fills `factors`, whose matrices are samples × units, so that the sum over the batch is the
    /// average update for learning rate 1.
    ///
    /// # Errors
    /// No fixed point ([`Error::is_no_fixed_point`]): the fixed point is degenerate, so a rule that
    /// needs the gradient through it has no update.
    ///
    /// # Panics
    /// If the numbers of samples, units or circuits differ.
    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error>;
}

/// The features that a rule supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// Spiking inference; otherwise only rate inference.
    pub spikes: bool,
    /// PPO; otherwise only REINFORCE.
    pub ppo: bool,
    /// Several action circuits that vote; otherwise only one.
    pub votes: bool,
}

/// Options of a rule. A rule without options accepts only the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOptions {
    /// The strength β of the clamp on the action circuit, in `(0,1]`. Only `nudged` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<f32>,
    /// Whether the rule takes the difference of the phases at β and −β instead of β and 0. Only
    /// `nudged` has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub centred: bool,
}

impl From<RuleOptions> for CaseOptions {
    fn from(RuleOptions { beta, centred }: RuleOptions) -> Self {
        Self { beta: beta.map(f64::from), centred: centred.then_some(true), ..Self::default() }
    }
}

/// The input of a rule: a batch of at least one sample.
#[derive(Clone, Copy, Debug)]
pub struct RuleBatch<'a> {
    /// The network.
    pub parameters: &'a Parameters,
    /// Samples × units: the free activity.
    pub q: &'a AlignedMatrix,
    /// Samples × units: the activity of each of [`LearningRule::clamped_phases`].
    pub clamped: &'a [&'a AlignedMatrix],
    /// The sampled winner of every circuit, as unit numbers, samples × circuits.
    pub winners: &'a [u32],
    /// `A` of every circuit, samples × circuits.
    pub advantages: &'a [f32],
    /// Statistics of the actions of the first action circuit, one per sample.
    pub stats: &'a [ActionStats],
    /// How the advantage is weighted.
    pub weighting: Weighting<'a>,
    /// η, the weight of the entropy term.
    pub entropy: f32,
    /// The rule's options.
    pub options: RuleOptions,
}

impl RuleBatch<'_> {
    /// Number of samples.
    pub fn size(&self) -> usize {
        self.q.rows()
    }

    /// The signal of every circuit, samples × circuits.
    fn circuit_signals(&self, compute: &Compute) -> Vec<f32> {
        signals(compute.level, self.weighting, self.entropy, self.stats, self.advantages)
    }

    /// The signal of the last action circuit, one per sample.
    fn signals(&self, compute: &Compute) -> Vec<f32> {
        let count = self.parameters.circuits.count();
        let advantages: Vec<f32> = self.action_advantages().collect();
        debug_assert_eq!(advantages.len() * count, self.advantages.len());
        signals(compute.level, self.weighting, self.entropy, self.stats, &advantages)
    }

    /// The advantage of the last action circuit, one per sample.
    fn action_advantages(&self) -> impl Iterator<Item = f32> + '_ {
        let count = self.parameters.circuits.count();
        self.advantages.iter().skip(count - 1).step_by(count).copied()
    }
}

/// One of [`RULES`], identified by its name.
pub struct Named<R: ?Sized + 'static>(pub(crate) &'static R);

/// One of the rules in [`RULES`] for training.
pub type Rule = Named<dyn LearningRule>;

impl Rule {
    /// Every rule for training, in the order of [`RULES`].
    pub fn all() -> impl Iterator<Item = Rule> {
        RULES.into_iter().filter_map(CaseRule::learning).map(Named)
    }

    /// The names of all rules for training, separated by commas.
    pub fn names() -> String {
        Rule::all().map(Rule::name).collect::<Vec<_>>().join(", ")
    }
}

impl<R: CaseRule + ?Sized> Named<R> {
    /// The name in configurations and cases, and on the command line.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// A description of the rule in a few words, for help texts.
    pub fn summary(self) -> &'static str {
        self.0.summary()
    }
}

impl<R: ?Sized> Clone for Named<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for Named<R> {}

impl<R: ?Sized> Deref for Named<R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.0
    }
}

impl<R: CaseRule + ?Sized> PartialEq for Named<R> {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl<R: CaseRule + ?Sized> fmt::Debug for Named<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<R: CaseRule + ?Sized> fmt::Display for Named<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<R: CaseRule + ?Sized> Serialize for Named<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Rule {
    type Err = Error;

    /// # Errors
    /// Bad input: no rule for training has this name.
    fn from_str(name: &str) -> Result<Self, Error> {
        Rule::all().find(|rule| rule.name() == name).ok_or_else(|| {
            let of_cases = RULES.into_iter().any(|rule| rule.name() == name);
            let what = if of_cases { "is only for cases and cannot be trained" } else { "is unknown" };
            let hint = did_you_mean(name, Rule::all().map(Rule::name));
            let remedy = format!("{hint}The rules are {}", Rule::names());
            Error::bad_input("rule", format_args!("`{name}` {what}"), remedy)
        })
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseRule, RULES, Rule};
    use crate::random::SplitMix64;

    #[test]
    fn names_are_distinct_and_are_read_as_they_are_written() {
        let mut names = RULES.map(CaseRule::name);
        for rule in Rule::all() {
            assert_eq!(rule.name().parse::<Rule>().unwrap(), rule);
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn an_unknown_rule_names_the_nearest() {
        let said = "two-fase".parse::<Rule>().unwrap_err().to_string();
        assert!(
            said.contains("`two-fase` is unknown") && said.contains("did you mean `two-phase`?"),
            "{said}"
        );
        let said = "exact".parse::<Rule>().unwrap_err().to_string();
        assert!(said.contains("`exact` is only for cases") && !said.contains("did you mean"), "{said}");
    }

    #[test]
    fn drawn_options_are_valid_and_of_the_rule() {
        let mut random = SplitMix64::new(3);
        for rule in RULES {
            for (turn, samples) in [1, 4].repeat(8).into_iter().enumerate() {
                let drawn = rule.draw(samples, turn, &mut random);
                assert_eq!(drawn.is_some(), !rule.options().is_empty(), "{}", rule.name());
                let options = drawn.unwrap_or_default();
                rule.check_case(&options, samples).unwrap();
                assert!(options.given().all(|key| rule.options().contains(&key)), "{}", rule.name());
                assert!(
                    rule.options().iter().all(|key| rule.options_help().contains(key)),
                    "{}",
                    rule.name()
                );
                let mistakes = rule.scale_mistakes(&options);
                // 1 and, for the centred rule, 0.5 are divisors without an effect.
                let has_effect = options.beta != Some(1.0) && options.beta != Some(0.5);
                assert!(!has_effect || mistakes.iter().all(|(factor, _)| *factor != 1.0));
            }
        }
    }
}
