//! How a configuration stands in `config.toml`: a conventional method has no options of a
//! winner-take-all network.

use super::config::{Algorithm, Baseline, Config, Hidden, Selection, Start};
use crate::conventional::Conventional;
use crate::inference::{ActionPolicy, Inference, Rate};
use crate::network::{Convention, Family};
use crate::optimiser::Method;
use crate::rule::{Rule, RuleOptions};
use serde::{Deserialize, Serialize};

/// Time steps of spiking units on images, as published in 2025, doi 10.1109/TPAMI.2024.3511936.
const PUBLISHED_TIME_STEPS: usize = 25;

/// The fields of [`Config`], in the order of the text. Those that belong to a winner-take-all
/// network are `None` with a conventional method.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigText {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Conventional>,
    time_steps: Option<usize>,
    hidden: Hidden,
    votes: Option<usize>,
    dropped: Option<(Family, f32)>,
    start: Option<Start>,
    convention: Option<Convention>,
    inference: Option<Inference>,
    policy: Option<ActionPolicy>,
    rule: Option<Rule>,
    rule_options: Option<RuleOptions>,
    algorithm: Algorithm,
    epochs: u32,
    baseline: Baseline,
    entropy: f32,
    optimiser: Method,
    learning_rate: f64,
    final_rate: f64,
    length: u64,
    eval_interval: u64,
    selection: Selection,
}

impl Config {
    /// The configuration of a conventional method with the learner of this one. What belongs to a
    /// winner-take-all network has a fixed value, so that equal texts are equal configurations.
    pub(super) fn of_method(self, method: Conventional) -> Self {
        let text = ConfigText {
            method: Some(method),
            time_steps: method.spikes().then_some(PUBLISHED_TIME_STEPS),
            votes: None,
            dropped: None,
            start: None,
            convention: None,
            inference: None,
            policy: None,
            rule: None,
            rule_options: None,
            ..self.into()
        };
        text.try_into().expect("a method needs nothing else")
    }
}

impl From<Config> for ConfigText {
    fn from(config: Config) -> Self {
        let is_rwta = config.method.is_none();
        let policy = Some(config.policy).filter(|policy| !policy.is_mean_field());
        Self {
            method: config.method,
            time_steps: config.time_steps,
            hidden: config.hidden,
            votes: is_rwta.then_some(config.votes),
            dropped: config.dropped,
            start: is_rwta.then_some(config.start),
            convention: is_rwta.then_some(config.convention),
            inference: is_rwta.then_some(config.inference),
            policy,
            rule: is_rwta.then_some(config.rule),
            rule_options: is_rwta.then_some(config.rule_options),
            algorithm: config.algorithm,
            epochs: config.epochs,
            baseline: config.baseline,
            entropy: config.entropy,
            optimiser: config.optimiser,
            learning_rate: config.learning_rate,
            final_rate: config.final_rate,
            length: config.length,
            eval_interval: config.eval_interval,
            selection: config.selection,
        }
    }
}

impl TryFrom<ConfigText> for Config {
    type Error = String;

    fn try_from(text: ConfigText) -> Result<Self, String> {
        let is_rwta = text.method.is_none();
        let optional = [("dropped", text.dropped.is_some()), ("policy", text.policy.is_some())];
        if let Some((name, _)) = optional.into_iter().find(|(_, given)| *given && !is_rwta) {
            return Err(foreign(name));
        }
        Ok(Config {
            method: text.method,
            time_steps: text.time_steps,
            hidden: text.hidden,
            votes: field(is_rwta, "votes", text.votes, 1)?,
            dropped: text.dropped,
            start: field(is_rwta, "start", text.start, Start::Zero)?,
            convention: field(is_rwta, "convention", text.convention, Convention::Full)?,
            inference: field(is_rwta, "inference", text.inference, Inference::Rate(Rate::PUBLISHED))?,
            policy: text.policy.unwrap_or_default(),
            rule: field(is_rwta, "rule", text.rule, Rule::all().next().expect("there is a rule"))?,
            rule_options: field(is_rwta, "rule_options", text.rule_options, RuleOptions::default())?,
            algorithm: text.algorithm,
            epochs: text.epochs,
            baseline: text.baseline,
            entropy: text.entropy,
            optimiser: text.optimiser,
            learning_rate: text.learning_rate,
            final_rate: text.final_rate,
            length: text.length,
            eval_interval: text.eval_interval,
            selection: text.selection,
        })
    }
}

/// A field that exactly the winner-take-all networks have; `fixed` is its value for others.
fn field<T>(is_rwta: bool, name: &str, given: Option<T>, fixed: T) -> Result<T, String> {
    match given {
        Some(_) if !is_rwta => Err(foreign(name)),
        Some(given) => Ok(given),
        None if is_rwta => Err(format!("missing field `{name}`")),
        None => Ok(fixed),
    }
}

fn foreign(name: &str) -> String {
    format!("`{name}` does not belong to a conventional method")
}
