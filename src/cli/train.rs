//! `svpg train`.

use super::progress::Watcher;
use super::{Verdict, say, whole, word};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NoSuchName, StrDeserializer};
use std::path::{Path, PathBuf};
use std::time::Duration;
use svpg::Error;
use svpg::inference::Threads;
use svpg::kernel::simd::Level;
use svpg::learn::mnist::{MnistData, MnistRule, MnistTrainer, Selection};
use svpg::learn::pendulum::PendulumTrainer;
use svpg::preset::{AlgorithmName, Mode, OptimiserName, Overrides, Preset, Setup, TaskSetup};
use svpg::run::{Interrupt, StoredRun};
use svpg::train::{Ending, Learner, MnistLearner, Options, PendulumLearner, Training};

/// Train a network on MNIST or on the inverted pendulum
///
/// A preset fixes every hyperparameter; options change some. All of them, the seed and the data
/// decide the result to the last bit, whatever the number of threads and the instruction set. A run
/// may be stopped at any moment, even by `kill -9` or a loss of power: --resume continues it to the
/// same bits. Ctrl-C saves first; a second Ctrl-C does not.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// What to learn
    #[arg(value_enum, required_unless_present = "resume")]
    task: Option<Task>,
    /// Continue the run in this folder; everything but --threads, --data and --save-every stands in
    /// it
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// Number of threads, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole::<usize>, allow_hyphen_values = true)]
    threads: Option<usize>,
    /// Folder of the four IDX files, plain or gzipped [default: data/mnist]; that of Fashion-MNIST
    /// serves as well
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seconds between checkpoints
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = whole::<u64>, allow_hyphen_values = true)]
    save_every: u64,
    #[command(flatten)]
    new: New,
}

const HELP: &str = "\
Presets, and about how long they take on two cores:
  mnist
    bmvc2022              2 min  20x10 hidden units, rate inference, rule svpg-bmvc, SGD,
                                 50 000 steps, as published in 2022
    bmvc2022-shrink       2 min  the same with 17x10
    bmvc2022-spike-rect   4 min  20 000 steps by spikes in a rectangular window;
                                 --actions-voting n for several action circuits
    bmvc2022-spike-dexp   5 min  the same under a double exponential
    tpami2025            15 min  50x10 hidden units, rule svpg-tpami, PPO with a critic, Adam,
                                 20 000 steps, as published in 2025; an hour with --inference
                                 spike-rect or spike-dexp, its spiking variants
    best                  2 min  50x10 hidden units without hidden-hidden connections, rule
                                 two-phase, which is local to the synapse, Adam, 30 000 steps:
                                 98 % of the test images
  pendulum
    tpami2025             3 min  8x8 hidden units, rule svpg-tpami, PPO, 2000 episodes, as
                                 published in 2025; 5 min with --inference spike-rect; with
                                 --algorithm reinforce 5000 episodes
    best                  5 min  8x8 hidden units, rule two-phase, PPO, 2000 episodes

The run folder:
  config.toml             every hyperparameter; docs/configuration.md explains the names
  metrics.jsonl           an object a line, keys below
  checkpoint.safetensors  the last network (recurrent, state, bias, mask) and what continuing
                          needs (resume/...)
  best.safetensors        the network that the selection kept, where the preset selects
  certificate.json        once the run has ended: SHA-256 of the parameters (recurrent, state,
                          bias, mask, little-endian, one after the other), of those of the kept
                          step (best), and of the metrics without \"seconds\"; equal on every
                          machine
  events.out.tfevents.*   the metrics for TensorBoard, a file for each begin and each --resume
  .lock                   keeps two processes from writing the run

metrics.jsonl, beside seconds of running so far, tests included:
  images, at every test: step, steps so far; train_accuracy, of sampled answers, iterations of inference (with spikes: updates of q) and, where \
there is a critic, critic_error, its mean squared error, all means over the steps since the line before; test_accuracy and, where it selects, \
validation_accuracy, of the most probable answers
  pendulum, at every episode: episode; return, its length; validation_return, mean length of the episodes that validate, where it is due; and, \
where the network learned, means over the updates: critic_error, entropy of the policy, iterations

Examples:
  svpg data fetch mnist
  svpg train mnist --preset best --out runs/best
  svpg train mnist --preset best --hidden 20x10 --steps 8000 --seed 2 --out runs/small
  svpg train pendulum --preset tpami2025 --seed 3 --out runs/pole
  svpg train --resume runs/pole
  svpg eval runs/pole

A run diverges where a parameter, or what its optimiser or critic keeps, is no longer a finite number. A run cannot be prolonged: what it does \
stands in its config.toml.

Exit codes: 0, the run has ended; 1, it was stopped by Ctrl-C, or has diverged: a line says at which step; 2, bad input.";

/// What begins a run.
#[derive(clap::Args)]
#[group(id = "New", multiple = true)]
struct New {
    /// Where to begin: see below
    #[arg(long, value_name = "PRESET", value_parser = named::<Preset>, required_unless_present = "resume")]
    preset: Option<Preset>,
    /// Folder for the run, empty or new
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Seed of all random numbers, 0 to 4294967295 [default: 0]
    #[arg(long, value_parser = whole::<u32>, allow_hyphen_values = true)]
    seed: Option<u32>,
    /// svpg, svpg-bmvc, svpg-tpami, implicit or two-phase, which learns next to nothing from the
    /// zero weights that all presets but best begin with
    #[arg(long, value_parser = named::<MnistRule>, help_heading = "Changes of the preset")]
    rule: Option<MnistRule>,
    /// rate, spike-rect or spike-dexp: of tpami2025, whose spiking variants have the convention
    /// half too
    #[arg(long, value_name = "MODE", value_parser = named::<Mode>, help_heading = "Changes of the preset")]
    inference: Option<Mode>,
    /// reinforce, one pass over what was sampled, or ppo, five
    #[arg(long, value_parser = named::<AlgorithmName>, help_heading = "Changes of the preset")]
    algorithm: Option<AlgorithmName>,
    /// Action circuits that vote
    #[arg(long, value_name = "n", help_heading = "Changes of the preset", value_parser = whole::<usize>, allow_hyphen_values = true)]
    actions_voting: Option<usize>,
    /// Batches of images to train on
    #[arg(long, value_name = "N", help_heading = "Changes of the preset", value_parser = whole::<u64>, allow_hyphen_values = true)]
    steps: Option<u64>,
    /// Episodes of the pendulum to train on
    #[arg(long, value_name = "N", help_heading = "Changes of the preset", value_parser = whole::<u64>, allow_hyphen_values = true)]
    episodes: Option<u64>,
    /// sgd, rmsprop or adam
    #[arg(long, value_parser = named::<OptimiserName>, help_heading = "Changes of the preset")]
    optimiser: Option<OptimiserName>,
    /// Learning rate of the network
    #[arg(long, value_name = "RATE", help_heading = "Changes of the preset", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Learning rate at the end as a share of the first, linear in between
    #[arg(long, value_name = "SHARE", help_heading = "Changes of the preset", allow_negative_numbers = true)]
    final_rate: Option<f64>,
    /// Hidden circuits and units of each, such as 20x10, 0x1 for none; at most 8192 units with
    /// those of the actions
    #[arg(
        long,
        value_name = "CxU",
        value_parser = hidden,
        help_heading = "Changes of the preset",
        allow_hyphen_values = true
    )]
    hidden: Option<(usize, usize)>,
    /// Images of a batch, 1 to 100000
    #[arg(long, value_name = "N", help_heading = "Changes of the preset", value_parser = whole::<usize>, allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Weight of the policy's entropy
    #[arg(
        long,
        value_name = "WEIGHT",
        help_heading = "Changes of the preset",
        allow_negative_numbers = true
    )]
    entropy: Option<f32>,
    /// Steps, or episodes, between tests
    #[arg(long, value_name = "N", help_heading = "Changes of the preset", value_parser = whole::<u64>, allow_hyphen_values = true)]
    test_interval: Option<u64>,
    /// Which network is kept: last; validation, the best on a tenth of the training images, which
    /// is left out of training; test, the best on the test images, as published in 2022, which
    /// makes the test's result too good
    #[arg(long, value_name = "BY", value_parser = named::<Selection>, help_heading = "Changes of the preset")]
    select: Option<Selection>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Task {
    /// Images of ten classes, as a one-step policy task
    Mnist,
    /// A pole on a cart
    Pendulum,
}

/// The value that `config.toml` has this name for.
fn named<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, String> {
    let deserializer: StrDeserializer<'_, NoSuchName> = text.into_deserializer();
    T::deserialize(deserializer)
        .map_err(|error| error.to_string().replacen("unknown variant", "unknown name", 1))
}

fn hidden(text: &str) -> Result<(usize, usize), String> {
    let numbers = text.split_once(['x', '×']);
    numbers
        .and_then(|(circuits, units)| Some((circuits.parse().ok()?, units.parse().ok()?)))
        .ok_or_else(|| "give circuits and units of each, such as 20x10".to_owned())
}

impl New {
    /// An option that was given.
    fn given(&self) -> Option<&'static str> {
        let all = [
            ("--preset", self.preset.is_some()),
            ("--out", self.out.is_some()),
            ("--seed", self.seed.is_some()),
            ("--rule", self.rule.is_some()),
            ("--inference", self.inference.is_some()),
            ("--algorithm", self.algorithm.is_some()),
            ("--actions-voting", self.actions_voting.is_some()),
            ("--steps", self.steps.is_some()),
            ("--episodes", self.episodes.is_some()),
            ("--optimiser", self.optimiser.is_some()),
            ("--learning-rate", self.learning_rate.is_some()),
            ("--final-rate", self.final_rate.is_some()),
            ("--hidden", self.hidden.is_some()),
            ("--batch", self.batch.is_some()),
            ("--entropy", self.entropy.is_some()),
            ("--test-interval", self.test_interval.is_some()),
            ("--select", self.select.is_some()),
        ];
        all.into_iter().find_map(|(option, given)| given.then_some(option))
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            rule: self.rule,
            mode: self.inference,
            algorithm: self.algorithm,
            votes: self.actions_voting,
            steps: self.steps,
            episodes: self.episodes,
            optimiser: self.optimiser,
            learning_rate: self.learning_rate,
            final_rate: self.final_rate,
            hidden: self.hidden,
            batch: self.batch,
            entropy: self.entropy,
            test_interval: self.test_interval,
            selection: self.select,
        }
    }
}

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { task, resume, threads, data, save_every, new } = arguments;
    let threads = self::threads(*threads)?;
    let data = data.as_deref();
    // From here on: reading the data takes seconds too.
    let interrupt = Interrupt::install()?;
    if let (Some(path), Some(option)) = (resume, new.given()) {
        let config = path.join("config.toml");
        let what = format_args!("{option} cannot change what stands in {}", config.display());
        let remedy = "leave it out to continue the run as it was begun, or begin another with --out";
        return Err(Error::bad_input("--resume", what, remedy));
    }
    let training = match (resume, task, new.preset, &new.out) {
        (Some(path), ..) => {
            let stored = StoredRun::open(path)?;
            let setup = Setup::from_toml(stored.config()).map_err(|error| error.within(path.display()))?;
            if task.is_some_and(|task| task != Task::of(&setup)) {
                return Err(Error::bad_input(
                    path.display(),
                    "the run has another task",
                    "leave the task out",
                ));
            }
            let learner = match &setup.task {
                TaskSetup::Mnist { data_sha256, .. } => {
                    learner(&setup, level, Some(self::data(data, Some(data_sha256))?.0))?
                }
                TaskSetup::Pendulum { .. } => learner(&setup, level, no_data(data)?)?,
            };
            Training::resume(stored, setup, learner)?
        }
        (None, Some(task), Some(preset), Some(out)) => {
            let (seed, overrides) = (new.seed.unwrap_or(0), new.overrides());
            let (task, data) = match task {
                Task::Mnist => {
                    let config = preset.mnist(&overrides)?;
                    let (data, data_sha256) = self::data(data, None)?;
                    (TaskSetup::Mnist { data_sha256, config }, Some(data))
                }
                Task::Pendulum => {
                    (TaskSetup::Pendulum { config: preset.pendulum(&overrides)? }, no_data(data)?)
                }
            };
            let setup = Setup { preset, seed, task };
            let learner = learner(&setup, level, data)?;
            Training::begin(out, setup, learner)?
        }
        _ => unreachable!("clap asks for them where there is no --resume"),
    };
    let path = resume.as_ref().or(new.out.as_ref()).expect("one of them was just matched");
    let options = Options {
        threads: &threads,
        save_every: Duration::from_secs(*save_every),
        interrupt: Some(&interrupt),
    };
    drive(training, path, data, options)
}

impl Task {
    fn of(setup: &Setup) -> Self {
        match setup.task {
            TaskSetup::Mnist { .. } => Task::Mnist,
            TaskSetup::Pendulum { .. } => Task::Pendulum,
        }
    }
}

fn drive(
    training: Training,
    path: &Path,
    data: Option<&Path>,
    options: Options<'_>,
) -> Result<Verdict, Error> {
    let data = data.map_or_else(String::new, |data| format!(" --data {}", word(data)));
    let run = word(path);
    let (first, total) = training.progress();
    let mut watcher = Watcher::new(first, total);
    let ending = training.run(options, &mut |progress| watcher.see(&progress));
    let last = watcher.finish();
    match ending? {
        Ending::Stopped(step) => {
            say(&format!("stopped after {step} of {total}; continue with: svpg train --resume {run}{data}"))?;
            Ok(Verdict::Failed)
        }
        Ending::Finished(certificate) => {
            if let Some(last) = last {
                say(&format!("the end       {last}"))?;
            }
            if let Some(best) = &certificate.best {
                say(&format!("kept          the network after {}", best.step))?;
            }
            say(&format!("parameters    sha256 {}", certificate.parameters_sha256))?;
            say(&format!("metrics       sha256 {}", certificate.metrics_sha256))?;
            say(&format!("evaluate with svpg eval {run}{data}"))?;
            Ok(Verdict::Passed)
        }
    }
}

/// So many threads, or one a core.
pub(super) fn threads(given: Option<usize>) -> Result<Threads, Error> {
    Threads::new(given.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)))
}

/// The images and their checksum, which must be this one, if there is one.
pub(super) fn data(folder: Option<&Path>, expected: Option<&str>) -> Result<(MnistData, String), Error> {
    let folder = folder.unwrap_or(Path::new(DATA));
    let data = MnistData::read(folder)?;
    let sha256 = data.sha256();
    if expected.is_some_and(|expected| expected != sha256) {
        let what = "these are not the images that the run was begun with";
        return Err(Error::bad_input(folder.display(), what, "give their folder with --data"));
    }
    Ok((data, sha256))
}

/// Where `svpg data fetch mnist` puts them.
const DATA: &str = "data/mnist";

pub(super) fn no_data(given: Option<&Path>) -> Result<Option<MnistData>, Error> {
    match given {
        None => Ok(None),
        Some(_) => Err(Error::bad_input("--data", "the pendulum has no data", "leave it out")),
    }
}

/// A learner before its first step; `data` where the task has data.
fn learner(setup: &Setup, level: Level, data: Option<MnistData>) -> Result<Box<dyn Learner>, Error> {
    Ok(match (&setup.task, data) {
        (TaskSetup::Mnist { config, .. }, Some(data)) => {
            Box::new(MnistLearner::new(MnistTrainer::new(*config, level, setup.seed, data)?))
        }
        (TaskSetup::Pendulum { config }, _) => {
            Box::new(PendulumLearner::new(PendulumTrainer::new(*config, level, setup.seed)?))
        }
        (TaskSetup::Mnist { .. }, None) => unreachable!("the callers read the data of such a setup"),
    })
}
