//! `svpg train`.

use super::progress::Watcher;
use super::{Verdict, note, say, whole, word};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NoSuchName, StrDeserializer};
use std::path::{Path, PathBuf};
use std::time::Duration;
use svpg::Error;
use svpg::conventional::Conventional;
use svpg::inference::ActionPolicy;
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::kernel::threads::MAX_THREADS;
use svpg::network::Family;
use svpg::rule::{AlgorithmName, Rule};
use svpg::run::{Interrupt, StoredRun};
use svpg::training::{
    BaselineName, Ending, Hidden, InferenceName, MAX_BATCH, MAX_EPISODES, MAX_LENGTH, OptimiserName, Options,
    Overrides, Preset, Selection, Session, Setup, Start, TaskName,
};

/// Train a network on MNIST or on the inverted pendulum
///
/// A preset fixes every hyperparameter; options change some. All of them, the seed and the data
/// decide the result to the last bit, whatever the number of threads and the instruction set. A run
/// may be stopped at any moment, even by `kill -9` or a loss of power: --resume continues it to the
/// same bits. Ctrl-C saves first; a second Ctrl-C does not.
#[derive(clap::Args)]
#[command(after_long_help = help())]
pub(super) struct Arguments {
    /// What to learn: mnist, images as a task of one step; or pendulum, a pole on a cart
    #[arg(value_parser = task, required_unless_present = "resume")]
    task: Option<TaskName>,
    /// Continue the run in this folder; everything but --threads, --data and --save-every stands in
    /// it
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// Number of threads, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole(1..=MAX_THREADS), allow_hyphen_values = true)]
    threads: Option<usize>,
    /// Folder of the four IDX files, plain or gzipped [default: data/mnist]; that of Fashion-MNIST
    /// serves as well
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seconds between checkpoints
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
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

A run diverges where a parameter, or what its optimiser or critic keeps, is no longer a finite number. A run cannot be prolonged: its length \
stands in its config.toml. docs/policy.md says how inference starts and stops, and which action is taken.

Exit codes: 0, the run has ended; 1, it was stopped by Ctrl-C, or has diverged: a line says at which step; 2, bad input.";

/// What begins a run.
#[derive(clap::Args)]
struct New {
    /// Where to begin: see below
    #[arg(long, value_name = "PRESET", value_parser = named::<Preset>, required_unless_present = "resume")]
    preset: Option<Preset>,
    /// Folder for the run, empty or new; files that file managers write, such as .DS_Store, do not
    /// count
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Seed of all random numbers, 0 to 4294967295 [default: 0]
    #[arg(long, value_parser = whole(0..=u32::MAX), allow_hyphen_values = true)]
    seed: Option<u32>,
    #[command(flatten)]
    changes: Changes,
}

/// Changes of the preset.
#[derive(clap::Args)]
#[command(next_help_heading = "Changes of the preset")]
struct Changes {
    /// A conventional method in the place of the winner-take-all network: see below
    #[arg(long, value_parser = method)]
    method: Option<Conventional>,
    /// The learning rule: see below
    #[arg(long, value_parser = rule)]
    rule: Option<Rule>,
    /// How strongly the rule nudged clamps the action, above 0, at most 1
    #[arg(long, value_name = "BETA", allow_negative_numbers = true)]
    beta: Option<f32>,
    /// The rule nudged takes the difference of beta and -beta
    #[arg(long)]
    centred: bool,
    /// rate, spike-rect or spike-dexp: of tpami2025, whose spiking variants have the convention
    /// half too
    #[arg(long, value_name = "MODE", value_parser = named::<InferenceName>)]
    inference: Option<InferenceName>,
    /// mean-field, the free activity of the action circuit; or free-energy, the softmax of minus
    /// the free energies given each action, of which two-phase is the exact gradient
    #[arg(long, value_name = "POLICY", value_parser = named::<ActionPolicy>)]
    policy: Option<ActionPolicy>,
    /// Standard deviation of the noise of rate inference, at least 0
    #[arg(long, allow_negative_numbers = true)]
    sigma: Option<f32>,
    /// Mean change of a unit at which rate inference stops
    #[arg(long, value_name = "CHANGE", allow_negative_numbers = true)]
    tolerance: Option<f32>,
    /// Iterations of rate inference at most
    #[arg(long, value_name = "N", value_parser = whole(1..=u32::MAX), allow_hyphen_values = true)]
    max_iterations: Option<u32>,
    /// Recurrent blocks that are left out: hidden-hidden or hidden-action with the probability for
    /// an ordered pair of circuits, such as hidden-hidden=0.1; or none
    #[arg(long, value_name = "FAMILY=P", value_parser = dropped)]
    dropped: Option<Dropped>,
    /// Parameters before the first step: zero, or uniform draws, such as -0.05..0.05; from zero,
    /// hidden units of the rules implicit, two-phase and nudged do not learn
    #[arg(long, value_name = "LOW..HIGH", value_parser = start, allow_hyphen_values = true)]
    start: Option<Start>,
    /// reinforce, one pass over what was sampled, or ppo, five
    #[arg(long, value_parser = named::<AlgorithmName>)]
    algorithm: Option<AlgorithmName>,
    /// What is subtracted from the reward of an image: none, batch-mean, leave-one-out or critic
    #[arg(long, value_parser = named::<BaselineName>)]
    baseline: Option<BaselineName>,
    /// Action circuits that vote
    #[arg(long, value_name = "n", value_parser = whole(1..=usize::MAX), allow_hyphen_values = true)]
    actions_voting: Option<usize>,
    /// Batches of images to train on
    #[arg(long, value_name = "N", value_parser = whole(1..=MAX_LENGTH), allow_hyphen_values = true)]
    steps: Option<u64>,
    /// Episodes of the pendulum to train on
    #[arg(long, value_name = "N", value_parser = whole(1..=MAX_EPISODES), allow_hyphen_values = true)]
    episodes: Option<u64>,
    /// sgd, rmsprop or adam
    #[arg(long, value_parser = named::<OptimiserName>)]
    optimiser: Option<OptimiserName>,
    /// Learning rate of the network
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Learning rate at the end as a share of the first, linear in between
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    final_rate: Option<f64>,
    /// Hidden circuits and units of each, such as 20x10, 0x1 for none; at most 8192 units with
    /// those of the actions
    #[arg(long, value_name = "CxU", value_parser = hidden, allow_hyphen_values = true)]
    hidden: Option<Hidden>,
    /// Images of a batch, 1 to 100000
    #[arg(long, value_name = "N", value_parser = whole(1..=MAX_BATCH), allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Weight of the policy's entropy
    #[arg(long, value_name = "WEIGHT", allow_negative_numbers = true)]
    entropy: Option<f32>,
    /// Steps, or episodes, between evaluations
    #[arg(long, alias = "test-interval", value_name = "N", value_parser = whole(1..=u64::MAX), allow_hyphen_values = true)]
    eval_interval: Option<u64>,
    /// Which network is kept: last; validation, the best on a tenth of the training images, which
    /// is left out of training; test, the best on the test images, as published in 2022, which
    /// makes the test's result too good
    #[arg(long, value_name = "BY", value_parser = named::<Selection>)]
    select: Option<Selection>,
}

/// A task by its name.
fn task(text: &str) -> Result<TaskName, String> {
    let found = TaskName::ALL.into_iter().find(|task| task.name() == text);
    let names = TaskName::ALL.map(TaskName::name).join(" or ");
    found.ok_or_else(|| format!("unknown task; give {names}"))
}

/// A rule by its name.
fn rule(text: &str) -> Result<Rule, String> {
    text.parse::<Rule>().map_err(|error| error.to_string())
}

/// A conventional method by its name.
fn method(text: &str) -> Result<Conventional, String> {
    text.parse::<Conventional>().map_err(|error| error.to_string())
}

/// The value that `config.toml` has this name for.
fn named<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, String> {
    let deserializer: StrDeserializer<'_, NoSuchName> = text.into_deserializer();
    T::deserialize(deserializer)
        .map_err(|error| error.to_string().replacen("unknown variant", "unknown name", 1))
}

pub(super) fn hidden(text: &str) -> Result<Hidden, String> {
    let numbers = text.split_once(['x', '×']);
    numbers
        .and_then(|(circuits, units)| {
            Some(Hidden { circuits: circuits.parse().ok()?, units: units.parse().ok()? })
        })
        .ok_or_else(|| "give circuits and units of each, such as 20x10".to_owned())
}

/// Which recurrent blocks are left out; nothing: none.
type Dropped = Option<(Family, f32)>;

fn dropped(text: &str) -> Result<Dropped, String> {
    if text == "none" {
        return Ok(None);
    }
    let remedy = "give a family and a probability, such as hidden-hidden=0.1, or none";
    let (family, probability) = text.split_once('=').ok_or(remedy)?;
    Ok(Some((named(family)?, probability.parse().map_err(|_| remedy)?)))
}

fn start(text: &str) -> Result<Start, String> {
    if text == "zero" {
        return Ok(Start::Zero);
    }
    let ends = text.split_once("..").and_then(|(low, high)| {
        let (low, high) = (low.parse().ok()?, high.parse().ok()?);
        Some(Start::Uniform { low, high })
    });
    ends.ok_or_else(|| "give the smallest value and the upper bound, such as -0.05..0.05, or zero".to_owned())
}

impl Changes {
    fn overrides(&self) -> Overrides {
        Overrides {
            method: self.method,
            rule: self.rule,
            inference: self.inference,
            policy: self.policy,
            sigma: self.sigma,
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
            dropped: self.dropped,
            start: self.start,
            beta: self.beta,
            centred: self.centred,
            baseline: self.baseline,
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
            eval_interval: self.eval_interval,
            selection: self.select,
        }
    }
}

pub(super) fn run(arguments: &Arguments, matches: &ArgMatches, level: Level) -> Result<Verdict, Error> {
    let Arguments { task, resume, threads, data, save_every, new } = arguments;
    let compute = compute(level, *threads)?;
    let data = data.as_deref();
    // From here on: reading the data takes seconds too.
    let interrupt = Interrupt::install()?;
    let of_new = New::augment_args(clap::Command::new("train"));
    let is_given = |option: &&clap::Arg| {
        matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    let given = of_new.get_arguments().find(is_given).and_then(clap::Arg::get_long);
    if let (Some(path), Some(option)) = (resume, given) {
        let config = path.join("config.toml");
        let what = format_args!("--{option} cannot change what stands in {}", config.display());
        let remedy = "leave it out to continue the run as it was begun, or begin another with --out";
        return Err(Error::bad_input("--resume", what, remedy));
    }
    let session = match (resume, task, new.preset, &new.out) {
        (Some(path), ..) => {
            let stored = StoredRun::open(path)?;
            let setup = Setup::from_toml(stored.config()).map_err(|error| error.within(path.display()))?;
            if task.is_some_and(|task| task != setup.task.name()) {
                let what = "the run has another task";
                return Err(Error::bad_input(path.display(), what, "leave the task out"));
            }
            let (images, _) = setup.task.name().images(data, setup.data_sha256.as_deref())?;
            let learner = setup.learner(level, images)?;
            Session::resume(stored, setup, learner)?
        }
        (None, Some(task), Some(preset), Some(out)) => {
            let (config, options) = preset.setup(*task, &new.changes.overrides())?;
            let (images, data_sha256) = task.images(data, None)?;
            let seed = new.seed.unwrap_or(0);
            let setup = Setup { preset, seed, data_sha256, config, task: options };
            let learner = setup.learner(level, images)?;
            Session::begin(out, setup, learner)?
        }
        _ => unreachable!("clap asks for them where there is no --resume"),
    };
    let path = resume.as_ref().or(new.out.as_ref()).expect("one of them was just matched");
    let options = Options {
        compute: &compute,
        save_every: Duration::from_secs(*save_every),
        interrupt: Some(&interrupt),
    };
    drive(session, path, data, options)
}

fn drive(session: Session, path: &Path, data: Option<&Path>, options: Options<'_>) -> Result<Verdict, Error> {
    let data = data.map_or_else(String::new, |data| format!(" --data {}", word(data)));
    let run = word(path);
    let start = session.progress();
    let mut watcher = Watcher::new(&start);
    let ending = session.run(options, &mut |progress| watcher.see(&progress));
    let last = watcher.finish();
    match ending? {
        Ending::Stopped(step) => {
            say(&format!(
                "stopped after {step} of {}; continue with: svpg train --resume {run}{data}",
                start.total
            ))?;
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

/// The instruction set on the given number of threads, or on one a core.
pub(super) fn compute(level: Level, threads: Option<usize>) -> Result<Compute, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = match threads {
        Some(count) if count > cores => {
            note(&format!("--threads {count}: this machine has {cores} cores, and {cores} threads are used"));
            cores
        }
        Some(count) => count,
        None => cores,
    };
    Compute::new(level, count)
}

/// The end of the help text.
fn help() -> String {
    let rules: String =
        Rule::all().map(|rule| format!("  {:<12} {}\n", rule.name(), rule.summary())).collect();
    let methods: String =
        Conventional::all().map(|method| format!("  {:<14} {}\n", method.name(), method.summary())).collect();
    format!(
        "Rules:\n{rules}\nConventional methods, with the learner and the number of units of the preset:\n{methods}\n{HELP}"
    )
}
