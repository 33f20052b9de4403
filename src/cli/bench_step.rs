//! `svpg bench-step`: milliseconds per training step, in the format of `benches/peers/compare.py`.

use super::{Verdict, say};
use std::path::PathBuf;
use std::time::Instant;
use svpg::Error;
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::task::mnist::ImageData;
use svpg::task::{OneStepTask, Policy};
use svpg::training::{Learner, Overrides, Preset, Setup, TaskName};

/// Time training steps on MNIST, for benches/peers/compare.py
///
/// Prints one line of JSON; benches/peers/README.md explains its keys. The time includes the whole
/// step: fetching the batch, noise or spikes, inference, sampling, reward, update.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  svpg bench-step --task rate --threads 1 --steps 400")]
pub(super) struct Arguments {
    /// The kind of step
    #[arg(long, value_enum)]
    task: Task,
    /// Number of threads
    #[arg(long, value_name = "T", default_value_t = 1)]
    threads: usize,
    /// Number of timed steps; at least one block is timed: 20 steps of rate, 5 of spike
    #[arg(long, value_name = "N", default_value_t = 200)]
    steps: u64,
    /// Number of steps before the timing starts [default: 300 of rate, 20 of spike]
    #[arg(long, value_name = "N")]
    warmup: Option<u64>,
    /// Folder with the four files of MNIST
    #[arg(long, value_name = "DIR", default_value = "data/mnist")]
    data: PathBuf,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Task {
    /// A step of the preset bmvc2022
    Rate,
    /// A step of the preset bmvc2022-spike-rect
    Spike,
}

impl Task {
    fn preset(self) -> Preset {
        match self {
            Task::Rate => Preset::Bmvc2022,
            Task::Spike => Preset::Bmvc2022SpikeRect,
        }
    }

    /// Number of steps before the timing starts, and number of steps of a timed block.
    fn steps(self) -> (u64, u64) {
        match self {
            Task::Rate => (300, 20),
            Task::Spike => (20, 5),
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
    iterations: f64,
    accuracy: f64,
    load: Option<f64>,
    isa: String,
}

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { task, threads, steps, warmup, data, seed } = arguments;
    let compute = Compute::new(level, *threads)?;
    if *steps == 0 {
        return Err(Error::bad_input("--steps", 0, "give a number of at least 1"));
    }
    let images = ImageData::read(data)?;
    let preset = task.preset();
    let (config, options) = preset.setup(TaskName::Mnist, &Overrides::default())?;
    let setup = Setup { preset, seed: *seed, data_sha256: None, config, task: options };
    let mut learner = setup.image_learner(level, images)?;
    let (before, block) = task.steps();
    for _ in 0..warmup.unwrap_or(before) {
        learner.step(&compute)?;
    }
    let blocks = (steps / block).max(1);
    let (mut times, mut iterations) = (Vec::new(), 0);
    for _ in 0..blocks {
        let start = Instant::now();
        for _ in 0..block {
            iterations += u64::from(learner.step(&compute)?.iterations);
        }
        times.push(start.elapsed().as_secs_f64() * 1e3 / block as f64);
    }
    times.sort_by(f64::total_cmp);
    let (parameters, inference, action_policy) = (learner.parameters(), config.inference, config.policy);
    let policy = Policy { compute: &compute, parameters, inference, action_policy, seed: *seed };
    let judged = 0..JUDGED.min(learner.task().training_examples());
    let accuracy = learner.task().accuracy(policy, 0, Some(judged), &mut |_, _, _| {});
    let measured = Measured {
        implementation: "svpg",
        version: env!("CARGO_PKG_VERSION"),
        task: clap::ValueEnum::to_possible_value(task).map_or_else(String::new, |v| v.get_name().to_owned()),
        threads: compute.threads.count(),
        steps: blocks * block,
        ms_median: median(&times),
        ms_best: times[0],
        iterations: iterations as f64 / (blocks * block) as f64,
        accuracy,
        load: load(),
        isa: level.isa().to_string(),
    };
    say(&serde_json::to_string(&measured).expect("it has text keys alone"))?;
    Ok(Verdict::Passed)
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
