//! The one place where a study names methods, presets and noise: a method's name becomes a
//! [`Setup`], a job a training or an evaluation. All other files of the study know names, numbers
//! and results alone.

use super::grid::{Data, Protocol};
use super::plan::{refuse, unreadable};
use crate::Error;
use crate::conventional::{Conventional, ConventionalMethod, Feedforward};
use crate::error::did_you_mean;
use crate::hex::hex;
use crate::inference::Inference;
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;
use crate::noise::{Effect, KINDS, Kind, Perturbation, Variant};
use crate::run::{Interrupt, StoredRun};
use crate::task::mnist::{ImageData, Images, Labelled};
use crate::task::pendulum::MAX_STEPS;
use crate::training::{
    Config, Ending, Evaluation, Options, Overrides, Preset, Session, Setup, StoredNetwork, TaskName,
    TaskSetup,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use toml::{Table, Value};

/// How a method trains: a setup without its seed and data.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    preset: Preset,
    config: Config,
    task: TaskSetup,
    /// Is the network converted to integrate-and-fire units before it is evaluated?
    is_converted: bool,
}

/// What a finished training is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trained {
    /// SHA-256 of the parameters of the last step.
    pub parameters_sha256: String,
    /// SHA-256 of those of the kept step, if the run selects.
    pub best_sha256: Option<String>,
    /// SHA-256 of the metrics without times.
    pub metrics_sha256: String,
    /// Steps, or episodes.
    pub steps: u64,
}

/// The task of this name.
///
/// # Errors
/// Bad input: there is no such task.
pub(super) fn task(name: &str) -> Result<TaskName, Error> {
    let found = TaskName::ALL.into_iter().find(|task| task.name() == name);
    found.ok_or_else(|| {
        let names = TaskName::ALL.map(TaskName::name);
        let remedy = format!("{}give {}", did_you_mean(name, names), names.join(" or "));
        refuse(format_args!("tasks.{name}"), "there is no such task", remedy)
    })
}

impl Recipe {
    /// The recipe of a method: a preset, by which method it is trained, and changes of the preset.
    ///
    /// # Errors
    /// Bad input: an unknown name, or what [`Preset::setup`] refuses.
    pub(super) fn new(
        task: TaskName,
        preset: &str,
        method: Option<&str>,
        overrides: &Table,
    ) -> Result<Self, Error> {
        let known = Preset::ALL.into_iter().find(|own| own.name() == preset);
        let preset = known.ok_or_else(|| {
            let names = Preset::ALL.map(Preset::name);
            let remedy = format!("{}give one of {}", did_you_mean(preset, names), names.join(", "));
            refuse(format_args!("preset {preset:?}"), "there is no such preset", remedy)
        })?;
        let read = serde_path_to_error::deserialize(Value::Table(overrides.clone()));
        let mut overrides: Overrides =
            read.map_err(|error: serde_path_to_error::Error<toml::de::Error>| {
                let place = format!("overrides.{}", error.path());
                let place = place.strip_suffix(".?").or(place.strip_suffix("..")).unwrap_or(&place);
                unreadable(place, error.inner().message(), "give options of `svpg train`, with underscores")
            })?;
        overrides.method = method.map(str::parse).transpose()?;
        let (config, task) = preset.setup(task, &overrides)?;
        Ok(Self { preset, config, task, is_converted: false })
    }

    /// The recipe of the networks of this one after a conversion by `method`, which does not learn.
    ///
    /// # Errors
    /// Bad input: the method learns, or converts networks of another method.
    pub(super) fn converted(self, method: &str) -> Result<Self, Error> {
        let method: Conventional = method.parse()?;
        if method.learns() {
            let what = format_args!("{method} learns, so it cannot evaluate the training of another method");
            return Err(refuse("method", what, "give a preset in place of training"));
        }
        if self.config.method.is_none_or(|own| own.name() != Feedforward::BP.name()) {
            let what = format_args!("{method} converts networks of the method bp alone");
            return Err(refuse("training", what, "name a method that is trained by bp"));
        }
        Ok(Self { is_converted: true, ..self })
    }

    /// The setup of a training.
    pub(super) fn setup(&self, seed: u32, data_sha256: Option<String>) -> Setup {
        Setup { preset: self.preset, seed, data_sha256, config: self.config, task: self.task }
    }

    /// Can [`Effect::WhiteBox`] attack networks of this recipe?
    pub(super) fn has_state_gradient(&self) -> bool {
        !self.is_converted && self.config.method.is_none_or(|method| method.has_state_gradient())
    }

    /// Do networks of this recipe stay the same with the inference of `other`? Only then can
    /// `other` evaluate them.
    pub(super) fn is_evaluated_by(&self, other: &Self) -> bool {
        let Config { inference, policy, .. } = other.config;
        Self { config: Config { inference, policy, ..self.config }, ..self.clone() } == *other
    }

    /// SHA-256 of how networks are evaluated, beside their training.
    fn inference_sha256(&self) -> String {
        let inference = (self.config.inference, self.config.policy, self.is_converted);
        sha256(serde_json::to_string(&inference).expect("an inference has text keys alone"))
    }

    /// Estimated seconds of a training on one core of a common machine, for the order of jobs and
    /// the time left.
    pub(super) fn training_seconds(&self) -> f64 {
        let Config { method, rule, length, epochs, .. } = self.config;
        let name = method.map_or(rule.name(), |method| method.name());
        let known = RELATIVE_SECONDS.iter().find(|(own, _)| *own == name);
        let relative = known.map_or(1.0, |(_, relative)| *relative) * self.inference_seconds();
        let steps = length as f64 * f64::from(epochs);
        match self.task {
            TaskSetup::Mnist(options) => steps * options.batch as f64 * relative,
            // Twenty updates an episode, with 4 states in place of 784; most episodes are short.
            TaskSetup::Pendulum(options) => 0.4 * steps * options.replay.capacity as f64 * relative,
        }
    }

    /// Estimated seconds of an evaluation, as above.
    pub(super) fn evaluation_seconds(&self, protocol: &Protocol) -> f64 {
        let (perturbation, examples) = match self.task {
            TaskSetup::Mnist(_) => (PERTURBATION_SECONDS, protocol.examples.unwrap_or(10_000) as f64),
            // Small networks with 4 states.
            TaskSetup::Pendulum(_) => (0.0, 0.4 * MAX_STEPS as f64),
        };
        let passes = protocol.levels.len() as f64 * f64::from(protocol.evaluations);
        let trains = |noise: &Perturbation| matches!(noise.kind().effect, Effect::LabelledStates);
        let substitute = if protocol.noises.iter().flatten().any(trains) { SUBSTITUTE_SECONDS } else { 0.0 };
        let is_unsettled = protocol.kind.starts_with("weight-")
            && self.config.method.is_none()
            && matches!(self.config.inference, Inference::Rate(_));
        let unsettled = if is_unsettled { UNSETTLED } else { 1.0 };
        substitute + passes * (perturbation + examples * self.inference_seconds() * unsettled)
    }

    /// Estimated seconds of an inference of one example.
    fn inference_seconds(&self) -> f64 {
        let Config { inference, hidden, .. } = self.config;
        let iterations = match inference {
            Inference::Spiking(spiking) => f64::from(spiking.steps) / 20.0,
            Inference::Rate(_) => 1.0,
        };
        7e-8 * iterations * (100 + hidden.circuits * hidden.units) as f64
    }
}

/// Seconds of a training relative to that of a network with local learning, by method or rule,
/// where they are not 1. The linear systems of `implicit` depend on the size; this is for 20×10.
const RELATIVE_SECONDS: [(&str, f64); 8] = [
    ("linear", 0.2),
    ("random-hidden", 0.3),
    ("bp", 0.35),
    ("bp-softmax", 0.35),
    ("bptt", 1.6),
    ("rwta-bp", 3.0),
    ("r-stdp", 9.5),
    ("implicit", 6.0),
];

/// Relative seconds of inference with rates under absolute noise on weights: it often does not
/// settle, and takes all its iterations.
const UNSETTLED: f64 = 12.0;

/// Seconds of the training of an adversary's substitute network.
const SUBSTITUTE_SECONDS: f64 = 6.0;

/// Seconds to perturb a network that sees images.
const PERTURBATION_SECONDS: f64 = 0.015;

/// Time between two writes of what a job has done so far.
pub(super) const SAVE_EVERY: Duration = Duration::from_secs(10);

/// What a job computes, apart from its result. Equal descriptions have equal results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    /// The job.
    pub(super) id: String,
    /// SHA-256 of the `config.toml` of the training, which has its seed and its data.
    pub(super) config_sha256: String,
    /// SHA-256 of the inference, of an evaluation.
    pub(super) inference_sha256: Option<String>,
    /// The noise of every level, of an evaluation.
    pub(super) noises: Vec<String>,
    /// Evaluations of every level, of an evaluation.
    pub(super) evaluations: Option<u32>,
    /// Number of test images, of an evaluation that does not take all of them.
    pub(super) examples: Option<usize>,
}

impl Description {
    /// Of the training with this setup, and of the evaluation of its network, if `protocol` is
    /// given.
    pub(super) fn new(id: &str, setup: &Setup, evaluation: Option<(&Recipe, &Protocol)>) -> Self {
        let protocol = evaluation.map(|(_, protocol)| protocol);
        let noises = protocol.map_or(&[][..], |protocol| &protocol.noises);
        Self {
            id: id.to_owned(),
            config_sha256: sha256(setup.to_toml()),
            inference_sha256: evaluation.map(|(recipe, _)| recipe.inference_sha256()),
            noises: noises
                .iter()
                .map(|noise| noise.map_or("none".to_owned(), |noise| noise.to_string()))
                .collect(),
            evaluations: protocol.map(|protocol| protocol.evaluations),
            examples: protocol.and_then(|protocol| protocol.examples),
        }
    }
}

pub(super) fn sha256(text: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(text))
}

/// The noise of a kind and a variant at a level.
///
/// # Errors
/// Bad input: there is no such kind, variant or level, or it is for other tasks.
pub(super) fn perturbation(
    task: TaskName,
    kind: &str,
    variant: &str,
    level: f64,
) -> Result<Perturbation, Error> {
    let Some(named) = Kind::named(kind) else {
        let hint = did_you_mean(kind, KINDS.iter().map(|kind| kind.name));
        let remedy = format!("{hint}`svpg eval --help` lists the kinds");
        return Err(refuse(format_args!("kind {kind:?}"), "there is no such kind of noise", remedy));
    };
    let Some(variant) = Variant::named(variant) else {
        let names = Variant::ALL.map(Variant::name);
        let remedy = format!("{}give one of {}", did_you_mean(variant, names), names.join(", "));
        return Err(refuse(format_args!("variant {variant:?}"), "there is no such variant", remedy));
    };
    let perturbation = Perturbation::new(named, level)?.of_variant(Some(variant));
    let fits = match perturbation.kind().effect {
        Effect::Pole(_) => !task.has_images(),
        Effect::LabelledStates | Effect::WhiteBox => task.has_images(),
        _ => true,
    };
    if !fits {
        let what = format_args!("it is not for the task {}", task.name());
        return Err(refuse(format_args!("noise {kind}"), what, "leave it out"));
    }
    Ok(perturbation)
}

/// Does a protocol attack networks by their own gradient?
pub(super) fn needs_state_gradient(protocol: &Protocol) -> bool {
    let is_white = |noise: &Perturbation| matches!(noise.kind().effect, Effect::WhiteBox);
    protocol.noises.iter().flatten().any(is_white)
}

/// The published levels of a kind; none if there is no such kind.
pub(super) fn published_levels(kind: &str) -> Vec<f64> {
    Kind::named(kind).map_or(Vec::new(), |kind| kind.published_levels().collect())
}

/// The unit of the levels of a kind, for axes.
pub(super) fn unit(kind: &str) -> &'static str {
    let group = kind.split('-').next().unwrap_or(kind);
    match group {
        "none" => "",
        "pole" => "m",
        "relative" => "mean |weight|",
        "remove" => "share of connections",
        "weight" => "weight",
        "fgsm" => "change of a state",
        _ if Kind::named(kind).is_some_and(|kind| *kind.range.end() <= 1.0) => "share of states",
        _ => "standard deviation",
    }
}

/// Trains to the end on one thread, or continues a training; `None` if it was asked to stop.
/// `watch` sees how many steps are done, of how many: before the first one and after each.
///
/// # Errors
/// Bad input: the folder has another run, or cannot be written. Otherwise as [`Session::run`].
pub(super) fn train(
    level: Level,
    folder: &Path,
    setup: Setup,
    data: &Data,
    interrupt: Option<&Interrupt>,
    watch: &mut dyn FnMut(u64, u64),
) -> Result<Option<Trained>, Error> {
    let learner = setup.learner(level, data.images.clone())?;
    let session = if folder.join("config.toml").exists() {
        let stored = StoredRun::open(folder)?;
        if stored.config() != setup.to_toml() {
            let what = "this run has another configuration than the plan's";
            let remedy = "move the folder away, then repeat the command";
            return Err(refuse(folder.display(), what, remedy));
        }
        Session::resume(stored, setup, learner)?
    } else {
        Session::begin(folder, setup, learner)?
    };
    let compute = Compute::single(level);
    let options = Options { compute: &compute, save_every: SAVE_EVERY, interrupt };
    let before = session.progress();
    watch(before.done, before.total);
    Ok(match session.run(options, &mut |progress| watch(progress.done, progress.total))? {
        Ending::Stopped(_) => None,
        Ending::Finished(certificate) => Some(Trained {
            parameters_sha256: certificate.parameters_sha256,
            best_sha256: certificate.best.map(|best| best.parameters_sha256),
            metrics_sha256: certificate.metrics_sha256,
            steps: certificate.steps,
        }),
    })
}

/// Evaluates the network of a run on one thread, at the levels of the protocol from number `first`
/// on. `watch` sees the results of a level after each evaluation, as that of [`Evaluation::run`].
///
/// # Errors
/// Bad input: the run is missing, or as [`Evaluation::run`].
pub(super) fn evaluate(
    level: Level,
    folder: &Path,
    recipe: &Recipe,
    (protocol, first): (&Protocol, usize),
    data: &Data,
    watch: &mut dyn FnMut(&[f64]) -> bool,
) -> Result<(), Error> {
    let compute = Compute::single(level);
    if !folder.join("config.toml").exists() {
        let what = "the run of the finished training is missing";
        let remedy = "restore it, or delete the result file of the training, so that it trains again";
        return Err(refuse(folder.display(), what, remedy));
    }
    let mut stored = StoredNetwork::open(level, folder, false)?;
    if recipe.is_converted {
        stored = stored.converted(&compute, data.images.as_ref())?;
    }
    let StoredNetwork { mut setup, network, .. } = stored;
    (setup.config.inference, setup.config.policy) = (recipe.config.inference, recipe.config.policy);
    let noises: Vec<Vec<Perturbation>> =
        protocol.noises[first..].iter().map(|noise| noise.iter().copied().collect()).collect();
    let evaluations = protocol.evaluations;
    let evaluation = Evaluation { compute: &compute, seed: setup.seed, evaluations, noises: &noises };
    let images = data.images.as_ref().map(|images| limited(images, protocol.examples));
    evaluation.run(&setup, &network, images, watch).map(drop)
}

/// The same images, of those for tests only the first; there are as many.
fn limited(data: &ImageData, examples: Option<usize>) -> ImageData {
    let ImageData { train, test } = data;
    let count = examples.unwrap_or(test.images.count());
    let pixels = test.images.pixels_per_image();
    let images = Images::new(pixels, test.images.all()[..count * pixels].to_vec());
    ImageData { train: train.clone(), test: Labelled { images, labels: test.labels[..count].to_vec() } }
}
