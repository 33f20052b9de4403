//! `svpg study`.

use super::progress::Counter;
use super::{Verdict, say, whole, word};
use indicatif::FormattedDuration;
use serde_json::json;
use std::path::{Path, PathBuf};
use svpg::Error;
use svpg::kernel::simd::Level;
use svpg::kernel::threads::MAX_THREADS;
use svpg::run::Interrupt;
use svpg::study::{BUILT_IN, Ending, Grid, Options, Plan, Progress, Study, StudyData};

/// Run a study: many methods under many kinds of noise, with statistics over seeds
///
/// A plan lists methods, seeds and noise protocols. The study trains every method with every seed,
/// evaluates each network under each protocol, and writes tables, study.json and a verdict for
/// every criterion of docs/study.md. Jobs are independent, one on every core. A study may be
/// stopped at any moment, even by `kill -9`: the same command, or `svpg study DIR`, continues it,
/// and the tables are the same to the last byte.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// A built-in plan, the file of a plan, or the folder of a study to continue
    #[arg(value_name = "PLAN|DIR", required_unless_present_any = ["list", "print"])]
    plan: Option<String>,
    /// Folder for the study, new or empty, or that of the same plan
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The smaller study of the plan's [quick] table
    #[arg(long)]
    quick: bool,
    /// Number of jobs at the same time, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole(1..=MAX_THREADS), allow_hyphen_values = true)]
    threads: Option<usize>,
    /// Folder of the four IDX files [default: data/mnist]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// List the built-in plans
    #[arg(long, conflicts_with_all = ["plan", "print"])]
    list: bool,
    /// Print the text of a built-in plan
    #[arg(long, value_name = "NAME", conflicts_with = "plan")]
    print: Option<String>,
    /// List the jobs as JSON: [{"id", "needs": id of the job that must be finished before, or
    /// null}]
    #[arg(long, conflicts_with = "job")]
    jobs: bool,
    /// Run this job alone and write its result file; several processes can do so at the same time
    #[arg(long, value_name = "ID")]
    job: Option<String>,
}

const HELP: &str = "\
The study folder:
  plan.toml                the plan
  runs/TASK.METHOD.SEED/   every training, as svpg train writes it; svpg eval takes it
  jobs/ID.json             the result of every job with its SHA-256
  jobs/ID.partial          the finished levels of an evaluation that was stopped
  tables/                  rows, aggregates, areas, halves, improvements and criteria as CSV and
                           Parquet, and side by side as Markdown
  study.json               all of it in one document

Examples:
  svpg data fetch mnist
  svpg study bmvc2022 --quick --out studies/quick
  svpg study studies/quick
  svpg study --print bmvc2022 > my-plan.toml
  svpg study my-plan.toml --out studies/mine
  svpg study studies/mine --jobs
  svpg study studies/mine --job mnist.svpg.0.train

Exit codes: 0, all jobs are finished and the tables are written, also where a training has diverged: a line names it; 1, it was stopped by Ctrl-C; 2, bad input.";

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { plan, out, quick, threads, data, list, print, jobs, job } = arguments;
    if *list {
        for (_, text) in BUILT_IN {
            let plan = Plan::parse(text)?;
            say(&format!("{:10}  {}", plan.name, plan.summary))?;
        }
        return Ok(Verdict::Passed);
    }
    if let Some(name) = print {
        let text = Plan::built_in(name)?;
        say(if *quick { Plan::parse(text)?.reduced()?.to_toml() } else { text.to_owned() }.trim_end())?;
        return Ok(Verdict::Passed);
    }
    let source = plan.as_deref().unwrap_or_default();
    let is_folder = Path::new(source).is_dir();
    if let Some((option, _)) =
        [("--quick", *quick), ("--out", out.is_some())].into_iter().find(|(_, given)| *given && is_folder)
    {
        let what = "the folder of a study holds its plan";
        return Err(Error::bad_input(option, what, "leave it out, or give a plan instead of the folder"));
    }
    if *jobs {
        let grid =
            if is_folder { Study::open(Path::new(source))?.grid().clone() } else { grid(source, *quick)? };
        say(&list_of_jobs(&grid))?;
        return Ok(Verdict::Passed);
    }
    // Ctrl-C from here on: reading the data takes a second.
    let interrupt = Interrupt::install()?;
    // The data before a folder for the study: if they are missing, nothing was begun.
    let (study, data) = if is_folder {
        let study = Study::open(Path::new(source))?;
        let data = StudyData::read(study.grid(), data.as_deref())?;
        (study, data)
    } else {
        let grid = grid(source, *quick)?;
        let Some(out) = out else {
            let what = format_args!("the folder for the study {} is missing", grid.plan.name);
            return Err(Error::bad_input("--out", what, "give a new or an empty folder"));
        };
        let data = StudyData::read(&grid, data.as_deref())?;
        (Study::create(out, grid)?, data)
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options { level, threads: threads.unwrap_or(cores), interrupt: Some(&interrupt) };
    match job {
        Some(id) => one_job(&study, id, &data, options),
        None => all_jobs(&study, &data, options, arguments),
    }
}

/// The grid of a plan, from a file or built in.
fn grid(source: &str, quick: bool) -> Result<Grid, Error> {
    let path = Path::new(source);
    let text = match std::fs::metadata(path) {
        Ok(_) => String::from_utf8(super::input::file(path)?)
            .map_err(|_| Error::bad_input(source, "it is not UTF-8", "give a plan, a TOML text"))?,
        Err(_) => Plan::built_in(source)?.to_owned(),
    };
    let plan = Plan::parse(&text).and_then(|plan| if quick { plan.reduced() } else { Ok(plan.whole()) });
    plan.and_then(Grid::new).map_err(|error| error.within(source))
}

fn list_of_jobs(grid: &Grid) -> String {
    let entry = |job: &svpg::study::Job| {
        let needs = job.needs.map(|needed| grid.jobs[needed].id.as_str());
        json!({"id": job.id, "needs": needs}).to_string()
    };
    format!("[{}]", grid.jobs.iter().map(entry).collect::<Vec<_>>().join(",\n"))
}

fn one_job(study: &Study, id: &str, data: &StudyData, options: Options<'_>) -> Result<Verdict, Error> {
    let job = study.grid().job(id)?;
    let mut counter = Counter::new(1, "jobs", "{msg}");
    let result = study.run_job(job, data, options, &mut |part| counter.see(0, format!("{id}: {part}")));
    counter.finish();
    match result? {
        Some(result) => {
            let path = study.result_path(job);
            say(&format!("{id}  sha256 {}  {}", result.sha256, path.display()))?;
            Ok(Verdict::Passed)
        }
        None => {
            say(&format!("{id} was stopped; the same command continues it"))?;
            Ok(Verdict::Failed)
        }
    }
}

fn all_jobs(
    study: &Study,
    data: &StudyData,
    options: Options<'_>,
    arguments: &Arguments,
) -> Result<Verdict, Error> {
    let mut counter = Counter::new(study.grid().jobs.len() as u64, "jobs", "{msg}");
    let ending = study.run(data, options, &mut |progress| see(&mut counter, progress));
    counter.finish();
    let folder = word(study.folder());
    match ending? {
        Ending::Stopped(done) => {
            let data =
                arguments.data.as_ref().map_or_else(String::new, |data| format!(" --data {}", word(data)));
            let total = study.grid().jobs.len();
            say(&format!("stopped with {done} of {total} jobs; continue with: svpg study {folder}{data}"))?;
            Ok(Verdict::Failed)
        }
        Ending::Finished => {
            let document = study.finish(data)?;
            for found in &document.criteria {
                say(&format!("{:14} {}", found.verdict.to_string(), found.id))?;
            }
            for failed in &document.failures {
                let training = format_args!("{}.{}.{}", failed.task, failed.method, failed.seed);
                say(&format!("{:14} {training}: its scores count as 0", failed.reason.name()))?;
            }
            say(&format!(
                "{} jobs; tables in {folder}/tables, everything in {folder}/study.json",
                study.grid().jobs.len()
            ))?;
            Ok(Verdict::Passed)
        }
    }
}

/// Shows the progress of a study.
fn see(counter: &mut Counter, Progress { done, last, left, .. }: &Progress) {
    let left = left.map_or_else(String::new, |left| format!("{} left  ", FormattedDuration(left)));
    counter.see(*done as u64, format!("{left}{}", last.as_deref().unwrap_or_default()));
}
