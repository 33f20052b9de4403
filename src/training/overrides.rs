//! What a caller may change in a preset.

use super::config::{Algorithm, Baseline, Config, Hidden, Selection, Start};
use super::setup::TaskSetup;
use crate::Error;
use crate::conventional::Conventional;
use crate::inference::{ActionPolicy, Inference};
use crate::network::Family;
use crate::optimiser::Method;
use crate::rule::{AlgorithmName, Rule};
use serde::{Deserialize, Deserializer};

/// How activities are inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InferenceName {
    /// Noisy mean-field iteration.
    Rate,
    /// Spikes in a rectangular window.
    SpikeRect,
    /// Spikes under a double exponential.
    SpikeDexp,
}

/// An optimiser, with its usual constants.
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

/// What is subtracted from the reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineName {
    /// Nothing.
    None,
    /// The mean reward of the batch.
    BatchMean,
    /// The mean reward of the other samples of the batch.
    LeaveOneOut,
    /// The critic's value, with the published learning rate of 0.001 where the preset has none.
    Critic,
}

/// Changes of a preset; what is `None` stays as the preset has it. As JSON, the names are those of
/// the fields, and the values those of `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// A conventional method in the place of the winner-take-all network.
    pub method: Option<Conventional>,
    /// The rule.
    pub rule: Option<Rule>,
    /// β of the rule `nudged`.
    pub beta: Option<f32>,
    /// The rule `nudged` takes the difference of β and −β.
    pub centred: bool,
    /// How activities are inferred.
    pub inference: Option<InferenceName>,
    /// Standard deviation of the noise of rate inference.
    pub sigma: Option<f32>,
    /// Mean change at which rate inference stops.
    pub tolerance: Option<f32>,
    /// Iterations of rate inference at most.
    pub max_iterations: Option<u32>,
    /// Which policy draws the actions.
    pub policy: Option<ActionPolicy>,
    /// Which recurrent blocks are dropped, and the probability for an ordered pair of circuits;
    /// `Some(None)`: none, in JSON `"none"`.
    #[serde(deserialize_with = "dropped")]
    pub dropped: Option<Option<(Family, f32)>>,
    /// Parameters before the first step; in JSON `"zero"`, or the smallest value and the upper
    /// bound of a uniform draw.
    #[serde(deserialize_with = "start")]
    pub start: Option<Start>,
    /// The algorithm.
    pub algorithm: Option<AlgorithmName>,
    /// The baseline.
    pub baseline: Option<BaselineName>,
    /// Action circuits that vote (images).
    #[serde(rename = "actions_voting")]
    pub votes: Option<usize>,
    /// Batches of the training (images).
    pub steps: Option<u64>,
    /// Episodes of the training (pendulum).
    pub episodes: Option<u64>,
    /// The optimiser.
    pub optimiser: Option<OptimiserName>,
    /// Its learning rate.
    pub learning_rate: Option<f64>,
    /// Its learning rate after the last step, as a share of the first.
    pub final_rate: Option<f64>,
    /// Hidden circuits.
    pub hidden: Option<Hidden>,
    /// Images of a batch (images).
    pub batch: Option<usize>,
    /// η, the weight of the entropy term.
    pub entropy: Option<f32>,
    /// Batches, or episodes, between evaluations.
    pub eval_interval: Option<u64>,
    /// Which network is kept (images).
    pub selection: Option<Selection>,
}

impl Overrides {
    /// # Errors
    /// Bad input: an override that is not for the task.
    pub(super) fn apply(
        &self,
        mut config: Config,
        mut task: TaskSetup,
    ) -> Result<(Config, TaskSetup), Error> {
        let foreign: &[_] = match task {
            TaskSetup::Mnist(_) => &[("episodes", self.episodes.is_some(), "give steps")],
            TaskSetup::Pendulum(_) => &[
                ("steps", self.steps.is_some(), "give episodes"),
                ("actions_voting", self.votes.is_some(), "leave it out: one action circuit acts"),
                ("batch", self.batch.is_some(), "leave it out: an update takes the whole buffer"),
                ("selection", self.selection.is_some(), "leave it out: validation episodes select"),
                ("baseline", self.baseline.is_some(), "leave it out: the critic is the baseline"),
            ],
        };
        if let Some((option, _, remedy)) = foreign.iter().find(|(_, given, _)| *given) {
            let what = format_args!("it is not for the task {}", task.name().name());
            return Err(Error::bad_input(option, what, remedy));
        }
        if let Some(method) = config.method {
            self.refuse_for(method)?;
        }
        if let Some(rule) = self.rule {
            (config.rule, config.rule_options) = (rule, Default::default());
        }
        if self.beta.is_some() {
            config.rule_options.beta = self.beta;
        }
        config.rule_options.centred |= self.centred;
        match (self.algorithm, config.algorithm) {
            (Some(AlgorithmName::Reinforce), Algorithm::Ppo { .. }) => {
                (config.algorithm, config.epochs) = (Algorithm::Reinforce, 1);
            }
            (Some(AlgorithmName::Ppo), Algorithm::Reinforce) => {
                (config.algorithm, config.epochs) = (Algorithm::Ppo { clip_range: 0.2 }, 5);
            }
            _ => {}
        }
        match (self.baseline, config.baseline) {
            (None, _) | (Some(BaselineName::Critic), Baseline::Critic { .. }) => {}
            (Some(BaselineName::None), _) => config.baseline = Baseline::Constant(0.0),
            (Some(BaselineName::BatchMean), _) => config.baseline = Baseline::BatchMean,
            (Some(BaselineName::LeaveOneOut), _) => config.baseline = Baseline::LeaveOneOut,
            (Some(BaselineName::Critic), _) => {
                config.baseline = Baseline::Critic { learning_rate: 1e-3, centred: false };
            }
        }
        self.apply_to_rates(&mut config.inference)?;
        let method = self.optimiser.map(|name| match name {
            OptimiserName::Sgd => Method::Sgd,
            OptimiserName::RmsProp => Method::RMSPROP,
            OptimiserName::Adam => Method::ADAM,
        });
        set(&mut config.policy, self.policy);
        set(&mut config.dropped, self.dropped);
        set(&mut config.start, self.start);
        set(&mut config.votes, self.votes);
        set(&mut config.length, self.steps.or(self.episodes));
        set(&mut config.optimiser, method);
        set(&mut config.learning_rate, self.learning_rate);
        set(&mut config.final_rate, self.final_rate);
        set(&mut config.hidden, self.hidden);
        set(&mut config.entropy, self.entropy);
        set(&mut config.eval_interval, self.eval_interval);
        set(&mut config.selection, self.selection);
        if let TaskSetup::Mnist(options) = &mut task {
            set(&mut options.batch, self.batch);
        }
        Ok((config, task))
    }

    /// # Errors
    /// Bad input: an override that only a winner-take-all network has.
    fn refuse_for(&self, method: Conventional) -> Result<(), Error> {
        let given = [
            ("rule", self.rule.is_some()),
            ("beta", self.beta.is_some()),
            ("centred", self.centred),
            ("inference", self.inference.is_some()),
            ("sigma", self.sigma.is_some()),
            ("tolerance", self.tolerance.is_some()),
            ("max_iterations", self.max_iterations.is_some()),
            ("policy", self.policy.is_some()),
            ("dropped", self.dropped.is_some()),
            ("start", self.start.is_some()),
            ("actions_voting", self.votes.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((option, _)) => {
                let what = format_args!("the method {method} has no such option");
                Err(Error::bad_input(option, what, "leave it out, or leave out the method"))
            }
        }
    }

    /// # Errors
    /// Bad input: a number of rate inference where spikes are inferred.
    fn apply_to_rates(&self, inference: &mut Inference) -> Result<(), Error> {
        let given = [
            ("sigma", self.sigma.is_some()),
            ("tolerance", self.tolerance.is_some()),
            ("max_iterations", self.max_iterations.is_some()),
        ];
        match (inference, given.into_iter().find(|(_, given)| *given)) {
            (Inference::Rate(rate), _) => {
                set(&mut rate.sigma, self.sigma);
                set(&mut rate.tolerance, self.tolerance);
                set(&mut rate.max_iterations, self.max_iterations);
                Ok(())
            }
            (Inference::Spiking(_), Some((option, _))) => {
                Err(Error::bad_input(option, "spikes are inferred, and have no such number", "leave it out"))
            }
            (Inference::Spiking(_), None) => Ok(()),
        }
    }
}

/// A family with its probability, or `"none"`.
fn dropped<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<(Family, f32)>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "give a family and a probability, or \"none\"")]
    enum Given {
        Blocks((Family, f32)),
        Word(Word),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        None,
    }
    Ok(Some(match Given::deserialize(deserializer)? {
        Given::Blocks(blocks) => Some(blocks),
        Given::Word(Word::None) => None,
    }))
}

/// `"zero"`, or the ends of a uniform draw.
fn start<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Start>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "give \"zero\", or the smallest value and the upper bound")]
    enum Given {
        Ends((f32, f32)),
        Word(Word),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Zero,
    }
    Ok(Some(match Given::deserialize(deserializer)? {
        Given::Ends((low, high)) => Start::Uniform { low, high },
        Given::Word(Word::Zero) => Start::Zero,
    }))
}

fn set<T>(own: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *own = given;
    }
}

#[cfg(test)]
mod tests {
    use super::{Overrides, Start};
    use crate::network::Family;

    #[test]
    fn overrides_are_read_from_json() {
        let read = |text: &str| serde_json::from_str::<Overrides>(text);
        assert_eq!(read("{}").unwrap(), Overrides::default());
        let text = r#"{"dropped": ["hidden-hidden", 0.5], "actions_voting": 3, "hidden": [4, 5]}"#;
        let expected = Overrides {
            dropped: Some(Some((Family::HiddenHidden, 0.5))),
            votes: Some(3),
            hidden: Some((4, 5).into()),
            ..Overrides::default()
        };
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read(r#"{"dropped": "none"}"#).unwrap().dropped, Some(None));
        let start = |text| read(text).unwrap().start;
        assert_eq!(start(r#"{"start": "zero"}"#), Some(Start::Zero));
        assert_eq!(start(r#"{"start": [-0.5, 1]}"#), Some(Start::Uniform { low: -0.5, high: 1.0 }));
        for (text, said) in [
            (r#"{"dropped": 3}"#, "give a family and a probability"),
            (r#"{"start": 3}"#, "give \"zero\", or the smallest value and the upper bound"),
            (r#"{"episods": 3}"#, "unknown field `episods`"),
            (r#"{"rule": "svgp"}"#, "svpg"),
            (r#"{"steps": -3}"#, "invalid value"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
