//! `svpg eval`.

use super::progress::Counter;
use super::train::compute;
use super::{Format, Verdict, say, whole};
use serde::Serialize;
use std::path::PathBuf;
use svpg::Error;
use svpg::agent::Network;
use svpg::exactness::BLOCKS;
use svpg::kernel::simd::Level;
use svpg::kernel::threads::MAX_THREADS;
use svpg::noise::{Effect, KINDS, Kind, Perturbation, Point, Variant};
use svpg::task::pendulum::MAX_STEPS;
use svpg::training::{
    BlockExactness, Evaluation, Exactness, Interval, MAX_EVALUATIONS, Selection, Setup, StoredNetwork,
    TaskName, UpdateExactness, mean, measure_exactness,
};

/// Evaluate the network of a run
///
/// MNIST: the share of right answers, most probable action, to all test images. Pendulum: the mean
/// length of episodes that neither training nor validation has seen. The network is the one that
/// the run's selection has kept, where it selects, else the last. A run may be evaluated while it
/// goes on.
#[derive(clap::Args)]
#[command(after_long_help = help())]
pub(super) struct Arguments {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Perturb it: see below; may be given several times, and one of them with several levels,
    /// separated by commas: one result a level
    #[arg(long, value_name = "KIND=LEVEL,…")]
    noise: Vec<String>,
    /// Passes over the test images, or episodes, 1 to 100000 [default: 1, or 100]
    #[arg(long, value_name = "N", value_parser = whole(1..=MAX_EVALUATIONS), allow_hyphen_values = true)]
    evaluations: Option<u32>,
    /// Measure on the first N test images how far the run's update is from the gradient of what it
    /// maximises, block by block: see below
    #[arg(long, value_name = "N", value_parser = examples, allow_hyphen_values = true, conflicts_with_all = ["noise", "evaluations"])]
    gradient: Option<usize>,
    /// The last network, even where another was kept
    #[arg(long)]
    last: bool,
    /// Convert the network of a run of the method bp to integrate-and-fire units (ANN2SNN), and
    /// evaluate the converted one
    #[arg(long)]
    convert: bool,
    /// Seed of the evaluation's random numbers [default: the run's]
    #[arg(long, value_parser = whole(0..=u32::MAX), allow_hyphen_values = true)]
    seed: Option<u32>,
    /// Number of threads, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole(1..=MAX_THREADS), allow_hyphen_values = true)]
    threads: Option<usize>,
    /// Folder of the four IDX files, of other images than the run's too [default: data/mnist, which
    /// must be the run's]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// A number of test images: how many there are is known when they are read.
fn examples(text: &str) -> Result<usize, String> {
    whole(1..=usize::MAX)(text).map_err(|_| "give a number from 1 to the number of test images".to_owned())
}

/// The end of the help text.
fn help() -> String {
    let list = |fits: fn(&Effect) -> bool| {
        let kinds = KINDS.iter().filter(|kind| fits(&kind.effect));
        let line = |kind: &Kind| {
            let (low, high) = (kind.range.start(), kind.range.end());
            format!("  {:<18} {low} to {high:<5} {}", kind.name, kind.summary)
        };
        kinds.map(line).collect::<Vec<_>>().join("\n")
    };
    let both = list(|effect| matches!(effect, Effect::States(_) | Effect::Parameters(_)));
    let images = list(|effect| matches!(effect, Effect::LabelledStates | Effect::WhiteBox));
    let pendulum = list(|effect| matches!(effect, Effect::Pole(_)));
    let variant = |variant: &Variant| {
        let name = format!("@{variant}");
        format!("  {name:<18} {}", variant.summary())
    };
    let of_point = |point: &Point| {
        let kinds = KINDS.iter().filter(|kind| kind.points.contains(point)).map(|kind| kind.name);
        format!("  {}: {}", kinds.collect::<Vec<_>>().join(", "), point.published())
    };
    let lines = Variant::ALL.iter().map(variant).chain(["@published of".to_owned()]);
    let variants = lines.chain(Point::ALL.iter().map(of_point)).collect::<Vec<_>>().join("\n");
    format!(
        "Noise (KIND=LEVEL). Kinds add up in the order given, but of several poles the last counts. Every evaluation has its own draws. \
         Recurrent weights stay symmetric. To compare methods, relative noise is fairer than absolute noise, because methods have weights of different \
         sizes.\n of images and of the pendulum\n{both}\n of images alone\n{images}\n of the pendulum alone\n\
         {pendulum}\n\nVariants (KIND@VARIANT=LEVEL) of kinds where the published programs do something unexpected:\n{variants}\n\n{HELP}"
    )
}

const HELP: &str = "\
The interval has a confidence of 95 %. Of one pass over the test images it is over images: Wilson's of a share. Of several passes it is over draws of \
noise and inference, the test images being the same, and of the pendulum over episodes: Student's t. The first two say different things.

--format json, one line a level: {\"schema\": \"svpg-eval/1\", \"run\", \"task\", \"preset\", \"method\": the rule, or the conventional method, \"network\": \"best\"|\"last\", \"selection\": \
\"last\"|\"test\"|\"validation\", \"step\", \"data_sha256\": of the images|null, \"seed\", \
\"noise\", \"measure\": \"accuracy\"|\"length\", \"mean\", \"interval\": [low, high]|null, \"interval_over\": \"images\"|\"draws\"|\"episodes\", \
\"values\": [one an evaluation]}

--gradient N, of images by rates: the objective is the expected reward of the policy that acts, and the run's entropy weight times its entropy. Its \
gradient is in f64, at fixed points, with every action enumerated. Blocks: h hidden, a action, s state, b bias. Updates, as angle x length relative to it:
  rule        expected update of the rule in f64, the advantage centred in every state
  baseline    the same with the baseline of the run
  converged   as trained in f32, every action enumerated; no noise, phases to rest
  configured  the same with the run's noise, tolerance and iterations
  sampled     the mean of 256 updates with sampled actions; +- the standard deviation of one of N images, relative to the mean
With --format json: {\"schema\": \"svpg-gradient/1\", \"run\", \"network\", \"step\", \"examples\", \"policy\", \"rule\", \"gradient\": [length, a block], \
\"reward_gradient\": [that of the expected reward alone], \"updates\": [{\"update\", \"blocks\": [{\"block\", \"angle\": degrees|null, \"length\", \
\"noise\"}]|null}]}. null: a length of 0, or a rule that is not defined.

Examples:
  svpg eval runs/best
  svpg eval runs/best --noise salt-pepper=0.2 --evaluations 10
  svpg eval runs/best --noise gaussian=0,0.1,0.2,0.3
  svpg eval runs/best --noise fgsm@published=0,0.1 --noise weight-uniform@published=0.1
  svpg eval runs/best --gradient 20
  svpg eval runs/pole --noise pole-length=3 --noise weight-gaussian=0.1 --format json";

/// In the order in which it is printed.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    run: String,
    task: &'static str,
    preset: &'static str,
    method: &'static str,
    network: &'static str,
    selection: Selection,
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

/// In the order in which it is printed.
#[derive(Serialize)]
struct GradientReport {
    schema: &'static str,
    run: String,
    network: &'static str,
    step: u64,
    #[serde(flatten)]
    exactness: Exactness,
}

impl GradientReport {
    fn text(&self) -> String {
        let Self { network, step, exactness, .. } = self;
        let Exactness { examples, policy, rule, gradient, reward_gradient, updates } = exactness;
        let line = |name: &str, cells: Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>21}")).collect();
            format!("{name:16}{}", cells.concat())
        };
        let lengths = |all: &[f64]| all.iter().map(|length| format!("{length:.3e}")).collect();
        let cell = |block: &BlockExactness| match (block.angle, block.length) {
            (Some(angle), Some(length)) => {
                let noise = block.noise.map_or_else(String::new, |noise| format!(" ±{noise:.1}"));
                format!("{angle:.1}° × {length:.2}{noise}")
            }
            (None, Some(_)) => "no update".to_owned(),
            _ => "-".to_owned(),
        };
        let head = format!(
            "{rule}, policy {policy}, {network} network, after {step}; {examples} test images\nlengths of the gradient, of the objective and of the \
             expected reward alone; angle × length of updates"
        );
        let rows = updates.iter().map(|UpdateExactness { update, blocks }| match blocks {
            Some(blocks) => line(update, blocks.iter().map(cell).collect()),
            None => format!("{update:16}  not defined: the clamp takes an unlikely action below 0"),
        });
        [head, line("", BLOCKS.map(str::to_owned).to_vec())]
            .into_iter()
            .chain([line("objective", lengths(gradient)), line("reward", lengths(reward_gradient))])
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { run, noise, evaluations, gradient, last, convert, seed, threads, data, format } =
        arguments;
    let noises = series(noise)?;
    let compute = compute(level, *threads)?;
    let mut stored = StoredNetwork::open(level, run, *last)?;
    let task = stored.setup.task.name();
    // Other images are evaluated where they are asked for, never by mistake.
    let expected = stored.setup.data_sha256.as_deref().filter(|_| data.is_none());
    let (images, data_sha256) = task.images(data.as_deref(), expected)?;
    if *convert {
        let within = |error: Error| error.within(run.display());
        stored = stored.converted(&compute, images.as_ref()).map_err(within)?;
    }
    let StoredNetwork { setup, network: trained, which: network, step } = stored;
    let method = match (setup.config.method, &trained) {
        (None, _) => setup.config.rule.name(),
        (Some(_), Network::Conventional(network)) => network.method.name(),
        (Some(method), Network::Rwta(_)) => method.name(),
    };
    let seed = seed.unwrap_or(setup.seed);
    let setup = Setup { seed, ..setup };
    if let Some(examples) = *gradient {
        let Some(images) = images else {
            return Err(Error::bad_input("--gradient", "the task has no images", "give a run of mnist"));
        };
        let exactness = measure_exactness(&compute, &setup, &trained, &images.test, examples)?;
        let run = run.display().to_string();
        let report = GradientReport { schema: "svpg-gradient/1", run, network, step, exactness };
        say(&match format {
            Format::Json => json(&report),
            Format::Text => report.text(),
        })?;
        return Ok(Verdict::Passed);
    }
    let tested = images.as_ref().map_or(0, |images| images.test.images.count());
    let (measure, default) = match task {
        TaskName::Mnist => ("accuracy", 1),
        TaskName::Pendulum => ("length", 100),
    };
    let evaluations = evaluations.unwrap_or(default);
    let evaluation = Evaluation { compute: &compute, seed, evaluations, noises: &noises };
    let mut counter = Counter::new(noises.len() as u64 * u64::from(evaluations), "evaluations", "{eta} left");
    let mut before = 0;
    let mut watch = |values: &[f64]| {
        counter.see(before + values.len() as u64, String::new());
        before += if values.len() == evaluations as usize { values.len() as u64 } else { 0 };
        true
    };
    let all = evaluation.run(&setup, &trained, images, &mut watch);
    counter.finish();
    let all = all?;
    let report = |(noise, values): (&Vec<Perturbation>, Vec<f64>)| {
        let (interval, interval_over) = match (task, values.as_slice()) {
            (TaskName::Mnist, &[share]) => (Some(Interval::of_share(share, tested)), "images"),
            (TaskName::Mnist, several) => (Interval::of_mean(several, 1.0), "draws"),
            (TaskName::Pendulum, lengths) => (Interval::of_mean(lengths, MAX_STEPS as f64), "episodes"),
        };
        Report {
            schema: "svpg-eval/1",
            run: run.display().to_string(),
            task: task.name(),
            preset: setup.preset.name(),
            method,
            network,
            selection: setup.config.selection,
            step,
            data_sha256: data_sha256.clone(),
            seed,
            noise: noise.iter().map(Perturbation::to_string).collect(),
            measure,
            mean: mean(&values),
            interval: interval.map(|Interval { low, high }| [low, high]),
            interval_over,
            values,
        }
    };
    let reports: Vec<Report> = noises.iter().zip(all).map(report).collect();
    match *format {
        Format::Json => reports.iter().try_for_each(|report| say(&json(report)))?,
        Format::Text => say(&text(&reports))?,
    }
    Ok(Verdict::Passed)
}

/// The noise of every series of evaluations: one for each of the levels.
fn series(noise: &[String]) -> Result<Vec<Vec<Perturbation>>, Error> {
    let mut all = vec![Vec::new()];
    for text in noise {
        let (kind, levels) = text.split_once('=').unwrap_or((text, ""));
        let levels: Vec<Perturbation> = match levels.contains(',') {
            true => (levels.split(',').map(|level| format!("{kind}={level}").parse()))
                .collect::<Result<_, Error>>()?,
            false => vec![text.parse()?],
        };
        if levels.len() > 1 && all.len() > 1 {
            let what = "a second noise has several levels";
            return Err(Error::bad_input(
                format!("--noise {text}"),
                what,
                "give several levels to one noise",
            ));
        }
        let with = |noise: &Vec<Perturbation>, level| [noise.as_slice(), &[level]].concat();
        all = levels.iter().flat_map(|&level| all.iter().map(move |noise| with(noise, level))).collect();
    }
    Ok(all)
}

fn json(report: &impl Serialize) -> String {
    serde_json::to_string(report).expect("a report has text keys alone")
}

impl Report {
    /// The mean and its interval.
    fn result(&self) -> String {
        let number = |x: f64| match self.measure {
            "accuracy" => format!("{:.2} %", 100.0 * x),
            _ => format!("{x:.1}"),
        };
        let interval = self.interval.map_or_else(String::new, |[low, high]| {
            format!(", 95 % interval over {} {} to {}", self.interval_over, number(low), number(high))
        });
        format!("{}{interval}", number(self.mean))
    }

    fn noise(&self) -> String {
        if self.noise.is_empty() { "none".to_owned() } else { self.noise.join(", ") }
    }
}

/// The text of reports on one network, one a series of evaluations.
fn text(reports: &[Report]) -> String {
    let Some(first) = reports.first() else { return String::new() };
    let Report { task, preset, method, network, selection, step, seed, data_sha256, measure, values, .. } =
        first;
    let what = match *measure {
        "accuracy" => "accuracy on all test images",
        _ => "mean length of an episode",
    };
    let row = |name: &str, value: String| format!("{name:28}  {value}");
    let mut rows =
        vec![row("run", format!("{task}, preset {preset}, {method}, {network} network, after {step}"))];
    rows.extend(data_sha256.as_ref().map(|sha256| row("images", format!("sha256 {sha256}"))));
    if (*network, selection) == ("best", &Selection::Test) {
        let what = "the best on the test images, so its accuracy on them is a little too high";
        rows.push(row("selection", what.to_owned()));
    }
    let evaluations = row("evaluations", format!("{}, seed {seed}", values.len()));
    match reports {
        [report] => rows.extend([row("noise", report.noise()), evaluations, row(what, report.result())]),
        _ => {
            rows.extend([evaluations, row("noise", what.to_owned())]);
            rows.extend(reports.iter().map(|report| row(&report.noise(), report.result())));
        }
    }
    rows.join("\n")
}
