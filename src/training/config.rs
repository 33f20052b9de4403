//! How a training is set up: every number but the seed.

use super::config_text::ConfigText;
use crate::Error;
use crate::agent::{ConventionalNetwork, Network};
use crate::conventional::{Conventional, Size};
use crate::inference::{ActionPolicy, Inference};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;
use crate::network::{Circuits, Convention, Family, Mask, Parameters};
use crate::optimiser::Method;
use crate::rule::{Rule, RuleOptions};
use crate::task::Policy;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// How the advantage of a sample is weighted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Not at all.
    Reinforce,
    /// By PPO's clipped ratio of probabilities.
    Ppo {
        /// ε, in `(0,1)`.
        clip_range: f32,
    },
}

/// What is subtracted from the reward, or from what the critic says of the sampled action.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// A number.
    Constant(f32),
    /// The mean reward of the batch.
    BatchMean,
    /// The mean reward of the other samples of the batch, which leaves the expected update as it
    /// is.
    LeaveOneOut,
    /// The value that a critic gives the state; the critic learns beside the network.
    Critic {
        /// Learning rate of its Adam.
        learning_rate: f64,
        /// The mean of the batch is subtracted from the advantages too.
        centred: bool,
    },
}

/// Weights and biases before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// All zero.
    Zero,
    /// Uniform, `W` the mean of a draw and its transpose.
    Uniform {
        /// Smallest value.
        low: f32,
        /// Upper bound, which is not reached.
        high: f32,
    },
}

/// Which parameters a run keeps as its best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// Those of the last step.
    Last,
    /// Those with the best accuracy on the test images, as published in 2022. The selected accuracy
    /// is then too high.
    Test,
    /// Those with the best score on what is not trained on: a tenth of the training images, or
    /// episodes of their own.
    Validation,
}

/// Hidden circuits of equal size; two numbers in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(usize, usize)", into = "(usize, usize)")]
pub struct Hidden {
    /// Number of circuits.
    pub circuits: usize,
    /// Units of each.
    pub units: usize,
}

impl From<(usize, usize)> for Hidden {
    fn from((circuits, units): (usize, usize)) -> Self {
        Self { circuits, units }
    }
}

impl From<Hidden> for (usize, usize) {
    fn from(Hidden { circuits, units }: Hidden) -> Self {
        (circuits, units)
    }
}

/// Everything but the seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "ConfigText", try_from = "ConfigText")]
pub struct Config {
    /// The conventional method, if the network is not a winner-take-all network. Then `votes`,
    /// `dropped`, `start`, `convention`, `inference`, `policy`, `rule` and `rule_options` have no
    /// effect, and are left out of the text.
    pub method: Option<Conventional>,
    /// Time steps of a conventional method with spikes; others have none.
    pub time_steps: Option<usize>,
    /// Hidden circuits; of a conventional method, groups of hidden units.
    pub hidden: Hidden,
    /// Action circuits that vote.
    pub votes: usize,
    /// Family of recurrent blocks of which some are dropped, and the probability for an ordered
    /// pair of circuits.
    pub dropped: Option<(Family, f32)>,
    /// Weights and biases before the first step.
    pub start: Start,
    /// Convention of the energy.
    pub convention: Convention,
    /// How activity is inferred.
    pub inference: Inference,
    /// Which policy draws the actions; left out of the text where it is mean-field.
    pub policy: ActionPolicy,
    /// The learning rule.
    pub rule: Rule,
    /// Options of the rule.
    pub rule_options: RuleOptions,
    /// How the advantage is weighted.
    pub algorithm: Algorithm,
    /// Steps of the network's optimiser for one set of samples.
    pub epochs: u32,
    /// What is subtracted from the reward.
    pub baseline: Baseline,
    /// η, the weight of the entropy term.
    pub entropy: f32,
    /// Optimiser of the network.
    pub optimiser: Method,
    /// Its learning rate in the first step.
    pub learning_rate: f64,
    /// Its learning rate after the last step, as a share of the first; linear in between.
    pub final_rate: f64,
    /// Length of the training: batches of images, or episodes.
    pub length: u64,
    /// Batches, or episodes, between evaluations.
    pub eval_interval: u64,
    /// Which network is kept.
    pub selection: Selection,
}

/// Refuses the value of one name of a configuration if it is not in range.
pub(super) fn require(
    is_in_range: bool,
    place: &str,
    value: impl Display,
    remedy: impl Display,
) -> Result<(), Error> {
    if is_in_range {
        return Ok(());
    }
    Err(Error::bad_input(place, format_args!("{value} is out of range"), remedy))
}

/// The remedy for a count of 0.
pub(super) const AT_LEAST_1: &str = "give a number of at least 1";

/// Longest training: the numbers of draws have 31 bits, and a batch or an episode takes several.
pub const MAX_LENGTH: u64 = (u32::MAX >> 4) as u64;

/// Most time steps of a conventional method with spikes.
const MAX_TIME_STEPS: usize = 10_000;

/// Most hidden units of a conventional method.
const MAX_HIDDEN_UNITS: usize = 8192;

impl Config {
    /// Checks every number, and that the rule supports what it is combined with.
    ///
    /// # Errors
    /// Bad input: a number outside its domain, or an unsupported combination.
    pub fn check(&self) -> Result<(), Error> {
        self.inference.check()?;
        self.policy.check(self.inference, self.votes)?;
        match self.method {
            None => self.check_rule()?,
            Some(method) => self.check_method(method)?,
        }
        if let Algorithm::Ppo { clip_range } = self.algorithm {
            let is_between = clip_range > 0.0 && clip_range < 1.0;
            require(is_between, "clip_range", clip_range, "give a number between 0 and 1, such as 0.2")?;
        }
        require(self.epochs > 0, "epochs", 0, AT_LEAST_1)?;
        require(self.votes > 0, "actions_voting", 0, AT_LEAST_1)?;
        let is_weight = self.entropy.is_finite() && self.entropy >= 0.0;
        require(is_weight, "entropy", self.entropy, "give a number of at least 0")?;
        if let Some((family, probability)) = self.dropped {
            require((0.0..=1.0).contains(&probability), "dropped", probability, "give a probability")?;
            let is_recurrent = matches!(family, Family::HiddenHidden | Family::HiddenAction);
            let remedy = "give hidden-hidden or hidden-action";
            require(is_recurrent, "dropped", "a family of state weights", remedy)?;
        }
        if let Start::Uniform { low, high } = self.start {
            let is_range = low < high && (high - low).is_finite();
            let remedy = "give two finite numbers, the smaller one first, not too far apart";
            require(is_range, "start", format_args!("from {low} to {high}"), remedy)?;
        }
        let positive = "give a positive number, such as 0.001";
        match self.baseline {
            Baseline::Constant(value) => {
                require(value.is_finite(), "baseline", value, "give a finite number")?;
            }
            Baseline::Critic { learning_rate: rate, .. } => {
                require(is_positive(rate), "critic's learning rate", rate, positive)?;
            }
            Baseline::BatchMean | Baseline::LeaveOneOut => {}
        }
        require(is_positive(self.learning_rate), "learning_rate", self.learning_rate, positive)?;
        let is_share = (0.0..=1.0).contains(&self.final_rate);
        require(is_share, "final_rate", self.final_rate, "give a share from 0 to 1")?;
        let remedy = format_args!("give a number from 1 to {MAX_LENGTH}");
        require((1..=MAX_LENGTH).contains(&self.length), "length", self.length, remedy)?;
        require(self.eval_interval > 0, "eval_interval", 0, AT_LEAST_1)
    }

    /// Checks what only conventional methods need.
    fn check_method(&self, method: Conventional) -> Result<(), Error> {
        let refuse = |place: &str, what: &str, remedy: &str| Err(Error::bad_input(place, what, remedy));
        if !method.learns() {
            let remedy = "train bp, and convert its network for the evaluation";
            let error = Error::bad_input("method", "it does not learn", remedy);
            return Err(error.option("convert"));
        }
        match self.time_steps {
            None if method.spikes() => {
                return refuse("time_steps", "a method with spikes needs them", "give 25");
            }
            Some(_) if !method.spikes() => {
                return refuse("time_steps", "the method has no spikes", "leave them out");
            }
            Some(steps) => {
                let remedy = format_args!("give a number from 1 to {MAX_TIME_STEPS}");
                require((1..=MAX_TIME_STEPS).contains(&steps), "time_steps", steps, remedy)?;
            }
            None => {}
        }
        let Hidden { circuits, units } = self.hidden;
        let hidden = circuits.saturating_mul(units);
        let remedy = format_args!("give a number from 1 to {MAX_HIDDEN_UNITS}");
        require((1..=MAX_HIDDEN_UNITS).contains(&hidden), "hidden", hidden, remedy)
    }

    fn check_rule(&self) -> Result<(), Error> {
        self.rule.check(self.rule_options)?;
        let supported = self.rule.support();
        let refuse = |what: &str, remedy: &str, fits: &dyn Fn(Rule) -> bool| {
            let others: Vec<&str> = Rule::all().filter(|rule| fits(*rule)).map(|rule| rule.name()).collect();
            let what = format!("{} does not support {what}", self.rule);
            Err(Error::bad_input("rule", what, format_args!("{remedy}, or give {}", others.join(", "))))
        };
        if matches!(self.inference, Inference::Spiking(_)) && !supported.spikes {
            return refuse("spikes", "use rate inference", &|rule| rule.support().spikes);
        }
        if matches!(self.algorithm, Algorithm::Ppo { .. }) && !supported.ppo {
            return refuse("PPO", "use the algorithm reinforce", &|rule| rule.support().ppo);
        }
        if self.votes > 1 && !supported.votes {
            return refuse("several action circuits", "give one action circuit", &|rule| {
                rule.support().votes
            });
        }
        Ok(())
    }

    /// The network before the first step.
    ///
    /// # Errors
    /// Bad input: a circuit without a unit, or too many units.
    pub fn network(
        &self,
        level: Level,
        (states, actions): (usize, usize),
        seed: u32,
    ) -> Result<Network, Error> {
        let Hidden { circuits, units } = self.hidden;
        if let Some(method) = self.method {
            let size =
                Size { states, hidden: (circuits, units), actions, steps: self.time_steps.unwrap_or(0) };
            let circuits = Circuits::new(0, 0, 1, actions)?;
            let layers = method.start(level, size, seed);
            return Ok(Network::Conventional(ConventionalNetwork { method, circuits, layers }));
        }
        let circuits = Circuits::new(circuits, units, self.votes, actions)?;
        let mut mask = Mask::full(&circuits);
        if let Some((family, probability)) = self.dropped {
            mask.drop_at_random(&circuits, family, probability, seed);
        }
        let mut parameters = Parameters::zeros(circuits, states, self.convention, mask);
        if let Start::Uniform { low, high } = self.start {
            parameters.randomise(level, seed, low..high);
        }
        Ok(Network::Rwta(parameters))
    }

    /// A network with the settings by which this configuration selects actions.
    pub(crate) fn acting<'a>(&self, compute: &'a Compute, network: &'a Network, seed: u32) -> Policy<'a> {
        Policy { compute, network, inference: self.inference, action_policy: self.policy, seed }
    }

    /// The learning rate after `done` batches or episodes.
    pub(super) fn rate(&self, done: u64) -> f64 {
        let share = done.min(self.length) as f64 / self.length as f64;
        self.learning_rate * (1.0 + (self.final_rate - 1.0) * share)
    }
}

/// Is it finite and above 0?
fn is_positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}
