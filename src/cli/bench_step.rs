//! `svpg bench-step`: milliseconds per training step, in the format of `benches/peers/compare.py`.

use super::{Verdict, say, whole};
use cpu_time::ProcessTime;
use std::path::PathBuf;
use std::time::Instant;
use svpg::Error;
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::kernel::threads::MAX_THREADS;
use svpg::perceptron::{Pass, Perceptron, minus_squared_error};
use svpg::random::SplitMix64;
use svpg::task::mnist::{ImageData, ImageTask};
use svpg::task::{OneStepTask, Policy};
use svpg::training::{CRITIC_HIDDEN, Hidden, Learner, OneStepLearner, Overrides, Preset, Setup, TaskName};

/// Time training steps on MNIST, for benches/peers/compare.py
///
/// Prints one line of JSON; benches/peers/README.md explains its keys. The time includes the whole
/// step: fetching the batch, noise or spikes, inference, sampling, reward, update.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  svpg bench-step --task rate --threads 1 --steps 400
  svpg bench-step --task rate --hidden 100x10 --threads 2")]
pub(super) struct Arguments {
    /// The kind of step
    #[arg(long, value_enum)]
    task: Task,
    /// Hidden circuits x units of each; the critic has none [default: as the preset]
    #[arg(long, value_name = "CxD", value_parser = super::train::hidden)]
    hidden: Option<Hidden>,
    /// Number of threads
    #[arg(long, value_name = "T", default_value = "1", value_parser = whole(1..=MAX_THREADS), allow_hyphen_values = true)]
    threads: usize,
    /// Number of timed steps; at least one block is timed: 20 steps of rate, 5 of the others
    #[arg(long, value_name = "N", default_value = "200", value_parser = whole(1..=u64::MAX), allow_hyphen_values = true)]
    steps: u64,
    /// Number of steps before the timing starts [default: 300 of rate, 20 of the others]
    #[arg(long, value_name = "N", value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
    warmup: Option<u64>,
    /// Folder with the four files of MNIST
    #[arg(long, value_name = "DIR", default_value = "data/mnist")]
    data: PathBuf,
    /// Seed of all random numbers
    #[arg(long, default_value = "1", value_parser = whole(0..=u32::MAX), allow_hyphen_values = true)]
    seed: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Task {
    /// A step of the preset bmvc2022
    Rate,
    /// A step of the preset bmvc2022-spike-rect
    Spike,
    /// A step of the preset tpami2025: the critic and five epochs of PPO
    Ppo,
    /// A step of that preset's critic alone
    Critic,
}

impl Task {
    fn preset(self) -> Preset {
        match self {
            Task::Rate => Preset::Bmvc2022,
            Task::Spike => Preset::Bmvc2022SpikeRect,
            Task::Ppo | Task::Critic => Preset::Tpami2025,
        }
    }

    /// Number of steps before the timing starts, and number of steps of a timed block.
    fn steps(self) -> (u64, u64) {
        match self {
            Task::Rate => (300, 20),
            Task::Spike | Task::Ppo | Task::Critic => (20, 5),
        }
    }
}

/// Number of training images that measure the accuracy.
const JUDGED: usize = 2000;

/// The keys, in the order in which they are printed.
#[derive(serde::Serialize)]
struct Measured {
    implementation: &'static str,
    version: &'static str,
    task: String,
    threads: usize,
    steps: u64,
    ms_median: f64,
    ms_best: f64,
    processor_ms_median: f64,
    iterations: f64,
    accuracy: Option<f64>,
    load: Option<f64>,
    isa: String,
}

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { task, hidden, threads, steps, warmup, data, seed } = arguments;
    let compute = Compute::new(level, *threads)?;
    let images = ImageData::read(data)?;
    let preset = task.preset();
    let overrides = Overrides { hidden: *hidden, ..Overrides::default() };
    let (config, options) = preset.setup(TaskName::Mnist, &overrides)?;
    let setup = Setup { preset, seed: *seed, data_sha256: None, config, task: options };
    let mut learner = setup.image_learner(level, images)?;
    let mut critic = matches!(task, Task::Critic).then(|| CriticStep::new(&compute, learner.task()));
    let mut step = |learner: &mut OneStepLearner<ImageTask>| match &mut critic {
        Some(critic) => Ok(critic.step(&compute, learner.task())),
        None => Ok(learner.step(&compute)?.iterations),
    };
    let (before, block) = task.steps();
    for _ in 0..warmup.unwrap_or(before) {
        step(&mut learner)?;
    }
    let blocks = (steps / block).max(1);
    let (mut times, mut processor_times, mut iterations) = (Vec::new(), Vec::new(), 0);
    for _ in 0..blocks {
        let (start, used) = (Instant::now(), ProcessTime::now());
        for _ in 0..block {
            iterations += u64::from(step(&mut learner)?);
        }
        times.push(start.elapsed().as_secs_f64() * 1e3 / block as f64);
        processor_times.push(used.elapsed().as_secs_f64() * 1e3 / block as f64);
    }
    times.sort_by(f64::total_cmp);
    processor_times.sort_by(f64::total_cmp);
    let accuracy = critic.is_none().then(|| {
        let (network, inference, action_policy) = (learner.network(), config.inference, config.policy);
        let policy = Policy { compute: &compute, network, inference, action_policy, seed: *seed };
        let judged = 0..JUDGED.min(learner.task().training_examples());
        learner.task().accuracy(policy, 0, Some(judged), &mut |_, _, _| {})
    });
    let measured = Measured {
        implementation: "svpg",
        version: env!("CARGO_PKG_VERSION"),
        task: clap::ValueEnum::to_possible_value(task).map_or_else(String::new, |v| v.get_name().to_owned()),
        threads: compute.threads.count(),
        steps: blocks * block,
        ms_median: median(&times),
        ms_best: times[0],
        processor_ms_median: median(&processor_times),
        iterations: iterations as f64 / (blocks * block) as f64,
        accuracy,
        load: load(),
        isa: level.isa().to_string(),
    };
    say(&serde_json::to_string(&measured).expect("it has text keys alone"))?;
    Ok(Verdict::Passed)
}

/// The critic of `tpami2025` on images, trained towards random rewards.
struct CriticStep {
    perceptron: Perceptron,
    pass: Pass,
    random: SplitMix64,
    states: AlignedMatrix,
    cotangent: AlignedMatrix,
}

/// Images of a batch.
const BATCH: usize = 100;

impl CriticStep {
    fn new(compute: &Compute, task: &ImageTask) -> Self {
        let [a, b, c] = CRITIC_HIDDEN;
        let perceptron = Perceptron::new(compute.level, &[task.states(), a, b, c, 1], 1);
        Self {
            pass: Pass::new(&perceptron, BATCH),
            random: SplitMix64::new(1),
            states: AlignedMatrix::zeros(BATCH, task.states()),
            cotangent: AlignedMatrix::zeros(BATCH, 1),
            perceptron,
        }
    }

    /// One step of Adam on the squared error. Returns 1, as one pass.
    fn step(&mut self, compute: &Compute, task: &ImageTask) -> u32 {
        let Self { perceptron, pass, random, states, cotangent } = self;
        let which: Vec<usize> = (0..BATCH).map(|_| random.below(task.training_examples())).collect();
        compute.threads.within(|| {
            task.load(compute, &which, states);
            let values = perceptron.forward(compute, states, pass);
            let rewards =
                AlignedMatrix::from_fn(BATCH, 1, |_, _| if random.chance(0.5) { 1.0 } else { -1.0 });
            minus_squared_error(values, &rewards, cotangent);
            perceptron.ascend(compute, 1e-3, states, cotangent, pass);
        });
        1
    }
}

/// The median of at least one number, in ascending order.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { 0.5 * (sorted[middle - 1] + sorted[middle]) } else { sorted[middle] }
}

/// The load average of the machine over the last minute, if the system has it in a file.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
