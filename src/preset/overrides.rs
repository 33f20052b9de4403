//! What the command line may change in a preset.

use crate::Error;
use crate::inference::{Inference, SpikeKernel, Spiking};
use crate::learn::Method;
use crate::learn::mnist::{MnistAlgorithm, MnistConfig, MnistRule, Selection};
use crate::learn::pendulum::{PendulumAlgorithm, PendulumConfig, PendulumRule};
use serde::Deserialize;

/// How activities are inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Noisy mean-field iteration.
    Rate,
    /// Spikes in a rectangular window.
    SpikeRect,
    /// Spikes under a double exponential.
    SpikeDexp,
}

impl Mode {
    /// The same spiking inference with this mode's kernel.
    pub(super) fn kernel_of(self, inference: Inference) -> Inference {
        match (self, inference) {
            (Mode::SpikeRect, Inference::Spiking(spiking)) => {
                Inference::Spiking(Spiking { kernel: SpikeKernel::Rectangle, ..spiking })
            }
            (Mode::SpikeDexp, Inference::Spiking(spiking)) => {
                Inference::Spiking(Spiking { kernel: SpikeKernel::DoubleExponential, ..spiking })
            }
            (_, inference) => inference,
        }
    }
}

/// Which algorithm weighs what was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlgorithmName {
    /// REINFORCE.
    Reinforce,
    /// PPO, with the published ε = 0.2 and five epochs where the preset has none.
    Ppo,
}

/// Which optimiser, with its usual constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimiserName {
    /// Plain ascent.
    Sgd,
    /// RMSProp with α = 0.99.
    #[serde(rename = "rmsprop")]
    RmsProp,
    /// Adam with β = (0.9, 0.999).
    Adam,
}

impl OptimiserName {
    fn method(self) -> Method {
        match self {
            OptimiserName::Sgd => Method::Sgd,
            OptimiserName::RmsProp => Method::RMSPROP,
            OptimiserName::Adam => Method::ADAM,
        }
    }
}

/// Changes of a preset; what is `None` stays as the preset has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The rule.
    pub rule: Option<MnistRule>,
    /// How activities are inferred.
    pub mode: Option<Mode>,
    /// The algorithm.
    pub algorithm: Option<AlgorithmName>,
    /// Action circuits that vote (images).
    pub votes: Option<usize>,
    /// Steps of the training (images).
    pub steps: Option<u64>,
    /// Episodes of the training (pendulum).
    pub episodes: Option<u64>,
    /// The optimiser.
    pub optimiser: Option<OptimiserName>,
    /// Its learning rate.
    pub learning_rate: Option<f64>,
    /// Its learning rate after the last step, as a share of the first (images).
    pub final_rate: Option<f64>,
    /// Hidden circuits and units of each.
    pub hidden: Option<(usize, usize)>,
    /// Images of a batch (images).
    pub batch: Option<usize>,
    /// η, the weight of the entropy.
    pub entropy: Option<f32>,
    /// Steps, or episodes, between tests.
    pub test_interval: Option<u64>,
    /// Which network is kept (images).
    pub selection: Option<Selection>,
}

impl Overrides {
    pub(super) fn mnist(&self, mut config: MnistConfig) -> Result<MnistConfig, Error> {
        if self.episodes.is_some() {
            return Err(not_for("--episodes", "images", "give --steps"));
        }
        let Self { rule, algorithm, votes, steps, optimiser, learning_rate, .. } = self;
        let Self { final_rate, hidden, batch, entropy, test_interval, selection, .. } = self;
        set(&mut config.rule, *rule);
        match (algorithm, config.algorithm) {
            (Some(AlgorithmName::Reinforce), _) => config.algorithm = MnistAlgorithm::Reinforce,
            (Some(AlgorithmName::Ppo), MnistAlgorithm::Reinforce) => {
                config.algorithm = MnistAlgorithm::Ppo { epsilon: 0.2, epochs: 5 };
            }
            _ => {}
        }
        set(&mut config.votes, *votes);
        set(&mut config.steps, *steps);
        set(&mut config.method, optimiser.map(OptimiserName::method));
        set(&mut config.learning_rate, *learning_rate);
        set(&mut config.final_rate, *final_rate);
        set(&mut config.hidden, *hidden);
        set(&mut config.batch, *batch);
        set(&mut config.entropy, *entropy);
        set(&mut config.test_interval, *test_interval);
        set(&mut config.selection, *selection);
        Ok(config)
    }

    pub(super) fn pendulum(&self, mut config: PendulumConfig) -> Result<PendulumConfig, Error> {
        let foreign = [
            ("--steps", self.steps.is_some(), "give --episodes"),
            ("--actions-voting", self.votes.is_some(), "leave it out: one action circuit acts"),
            ("--final-rate", self.final_rate.is_some(), "leave it out: the learning rate stays"),
            ("--batch", self.batch.is_some(), "leave it out: an update takes the whole buffer"),
            ("--select", self.selection.is_some(), "leave it out: validation episodes select"),
        ];
        if let Some((option, _, remedy)) = foreign.into_iter().find(|(_, given, _)| *given) {
            return Err(not_for(option, "the pendulum", remedy));
        }
        let Self {
            rule, algorithm, episodes, optimiser, learning_rate, hidden, entropy, test_interval, ..
        } = self;
        config.rule = match rule {
            None => config.rule,
            Some(MnistRule::SvpgTpami) => PendulumRule::SvpgTpami,
            Some(MnistRule::TwoPhase) => PendulumRule::TwoPhase,
            Some(_) => return Err(not_for("--rule", "the pendulum", "take svpg-tpami or two-phase")),
        };
        match (algorithm, config.algorithm) {
            (Some(AlgorithmName::Reinforce), PendulumAlgorithm::Ppo { .. }) => {
                (config.algorithm, config.epochs) = (PendulumAlgorithm::Reinforce, 1);
            }
            (Some(AlgorithmName::Ppo), PendulumAlgorithm::Reinforce) => {
                (config.algorithm, config.epochs) = (PendulumAlgorithm::Ppo { epsilon: 0.2 }, 5);
            }
            _ => {}
        }
        set(&mut config.episodes, *episodes);
        set(&mut config.method, optimiser.map(OptimiserName::method));
        set(&mut config.learning_rate, *learning_rate);
        set(&mut config.hidden, *hidden);
        set(&mut config.entropy, *entropy);
        set(&mut config.validation_interval, *test_interval);
        Ok(config)
    }
}

fn set<T>(own: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *own = given;
    }
}

fn not_for(option: &str, task: &str, remedy: &str) -> Error {
    Error::bad_input(option, format_args!("what was given is not for {task}"), remedy)
}
