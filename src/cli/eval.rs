//! `svpg eval`.

use super::train::{data, no_data, threads};
use super::{Format, Verdict, say, whole};
use serde::Serialize;
use std::path::PathBuf;
use svpg::Error;
use svpg::evaluation::{Interval, Plan, mean};
use svpg::kernel::simd::Level;
use svpg::noise::Perturbation;
use svpg::preset::{Setup, TaskSetup};
use svpg::run::StoredRun;
use svpg::task::pendulum::MAX_STEPS;
use svpg::train::network_of;

/// Evaluate the network of a run
///
/// MNIST: the share of right answers, most probable action, to all test images. Pendulum: the mean
/// length of episodes that neither training nor validation has seen. The network is the one that
/// the run's selection has kept, where it selects, else the last. A run may be evaluated while it
/// goes on.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Perturb it: see below; may be given several times
    #[arg(long, value_name = "KIND=LEVEL")]
    noise: Vec<String>,
    /// Passes over the test images, or episodes, 1 to 100000 [default: 1, or 100]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_hyphen_values = true)]
    evaluations: Option<u32>,
    /// The last network, even where another was kept
    #[arg(long)]
    last: bool,
    /// Seed of the evaluation's random numbers [default: the run's]
    #[arg(long, value_parser = whole::<u32>, allow_hyphen_values = true)]
    seed: Option<u32>,
    /// Number of threads, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole::<usize>, allow_hyphen_values = true)]
    threads: Option<usize>,
    /// Folder of the four IDX files, of other images than the run's too [default: data/mnist, which
    /// must be the run's]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const HELP: &str = "\
Noise (KIND=LEVEL), S from 0 to 1000, P and E from 0 to 1; kinds add up, in the order given, but of several poles the last counts; \
every evaluation has draws of its own:
 of images and of the pendulum
  gaussian=S                           normal noise of standard deviation S on states, clamped
  pepper=P, salt=P, salt-pepper=P      states set to 0, to 1, to either, with probability P
  gaussian-salt=P                      gaussian=0.05, then salt=P
  weight-gaussian=S, weight-uniform=S  noise on weights and bias; recurrent ones stay symmetric
  relative-gaussian=S, relative-uniform=S   the same, in units of a family's mean |weight|
  remove-sh=P, remove-hh=P, remove-sa=P, remove-ha=P, remove-all=P   connections removed
                                       between state (s), hidden (h) and action (a) neurons
 of images alone
  fgsm=E                               moved by E along a substitute network's gradient's sign
 of the pendulum alone, in metres
  pole-length=M                        another pole, 0.01 to 100
  pole-thickness=M, pole-size=M        0.001 to 10; size: length 16 times the thickness

The interval has a confidence of 95 %. Of one pass over the test images it is over images: Wilson's of a share. Of several passes it is over draws of \
noise and inference, the test images being the same, and of the pendulum over episodes: Student's t. The first two say different things.

--format json: {\"schema\": \"svpg-eval/1\", \"run\", \"task\", \"preset\", \"network\": \"best\"|\"last\", \"step\", \"data_sha256\": of the images|null, \"seed\", \
\"noise\", \"measure\": \"accuracy\"|\"length\", \"mean\", \"interval\": [low, high]|null, \"interval_over\": \"images\"|\"draws\"|\"episodes\", \
\"values\": [one an evaluation]}

Examples:
  svpg eval runs/best
  svpg eval runs/best --noise salt-pepper=0.2 --evaluations 10
  svpg eval runs/pole --noise pole-length=3 --noise weight-gaussian=0.1 --format json";

/// In the order in which it is printed.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    run: String,
    task: &'static str,
    preset: &'static str,
    network: &'static str,
    step: u64,
    data_sha256: Option<String>,
    seed: u32,
    noise: Vec<String>,
    measure: &'static str,
    mean: f64,
    interval: Option<[f64; 2]>,
    interval_over: &'static str,
    values: Vec<f64>,
}

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { run, noise, evaluations, last, seed, threads, data, format } = arguments;
    let noise = noise.iter().map(|text| text.parse()).collect::<Result<Vec<Perturbation>, Error>>()?;
    let threads = self::threads(*threads)?;
    let stored = StoredRun::open(run)?;
    let within = |error: Error| error.within(run.display());
    let setup = Setup::from_toml(stored.config()).map_err(within)?;
    let best = if *last { None } else { stored.best(&[])? };
    let (network, checkpoint) = match best {
        Some(best) => ("best", best),
        None if !*last && stored.certificate()?.is_some_and(|certificate| certificate.best.is_some()) => {
            let what = "best.safetensors is missing, which the certificate names";
            let remedy = "write it again with svpg train --resume, or evaluate the last network with --last";
            return Err(Error::bad_input(run.display(), what, remedy));
        }
        None => ("last", stored.checkpoint(&[])?),
    };
    let parameters = network_of(&checkpoint, &setup, level).map_err(within)?;
    let seed = seed.unwrap_or(setup.seed);
    let plan = |default| Plan {
        level,
        threads: &threads,
        seed,
        evaluations: evaluations.unwrap_or(default),
        noise: &noise,
    };
    let (task, data_sha256, measure, values, (interval, interval_over)) = match &setup.task {
        TaskSetup::Mnist { config, data_sha256 } => {
            // Other images are evaluated where they are asked for, never by mistake.
            let expected = data.is_none().then_some(data_sha256.as_str());
            let (images, sha256) = self::data(data.as_deref(), expected)?;
            if images.states() != parameters.states {
                let what =
                    format_args!("images of {} pixels, {} expected", images.states(), parameters.states);
                return Err(Error::bad_input("--data", what, "give images as the network was trained on"));
            }
            let values = plan(1).images(config, &parameters, &images)?;
            let interval = match values.as_slice() {
                &[share] => (Some(Interval::of_share(share, images.test.images.count())), "images"),
                several => (Interval::of_mean(several, 1.0), "draws"),
            };
            ("mnist", Some(sha256), "accuracy", values, interval)
        }
        TaskSetup::Pendulum { config } => {
            no_data(data.as_deref())?;
            let values = plan(100).pendulum(config, &parameters)?;
            let interval = Interval::of_mean(&values, MAX_STEPS as f64);
            ("pendulum", None, "length", values, (interval, "episodes"))
        }
    };
    let report = Report {
        schema: "svpg-eval/1",
        run: run.display().to_string(),
        task,
        preset: setup.preset.name(),
        network,
        step: checkpoint.step(),
        data_sha256,
        seed,
        noise: noise.iter().map(Perturbation::to_string).collect(),
        measure,
        mean: mean(&values),
        interval: interval.map(|Interval { low, high }| [low, high]),
        interval_over,
        values,
    };
    say(&match format {
        Format::Json => serde_json::to_string(&report).expect("a report has text keys alone"),
        Format::Text => report.text(),
    })?;
    Ok(Verdict::Passed)
}

impl Report {
    fn text(&self) -> String {
        let Self { task, preset, network, step, seed, noise, mean, .. } = self;
        let count = self.values.len();
        let number = |x: f64| match self.measure {
            "accuracy" => format!("{:.2} %", 100.0 * x),
            _ => format!("{x:.1}"),
        };
        let what = match self.measure {
            "accuracy" => "accuracy on all test images",
            _ => "mean length of an episode",
        };
        let interval = self.interval.map_or_else(String::new, |[low, high]| {
            format!(", 95 % interval over {} {} to {}", self.interval_over, number(low), number(high))
        });
        let noise = if noise.is_empty() { "none".to_owned() } else { noise.join(", ") };
        let data = self.data_sha256.as_ref().map(|sha256| ("images", format!("sha256 {sha256}")));
        let rows = [("run", format!("{task}, preset {preset}, {network} network, after {step}"))]
            .into_iter()
            .chain(data)
            .chain([
                ("noise", noise),
                ("evaluations", format!("{count}, seed {seed}")),
                (what, format!("{}{interval}", number(*mean))),
            ]);
        rows.map(|(name, value)| format!("{name:28}  {value}")).collect::<Vec<_>>().join("\n")
    }
}
