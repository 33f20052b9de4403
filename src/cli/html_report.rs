//! `svpg report`.

use std::path::{Path, PathBuf};

use svpg::Error;
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::kernel::threads::MAX_THREADS;
use svpg::report::{Contents, Run, chapters, page, site};
use svpg::study::Document;
use svpg::verify::{Options, Report, verdicts};

use super::destination::Destination;
use super::report::Bar;
use super::train::compute;
use super::{Verdict, note, say, whole, word};

/// Write a report on runs or a study as one HTML file, or the chapters as a site
///
/// The page holds curves, what the networks do, the derivations with the verdict of every equation,
/// what is not proved, and where the numbers come from. It is one file without script that loads
/// nothing. The verdicts are found anew, which takes some seconds.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// Folders of runs, or of one study
    #[arg(value_name = "RUN|STUDY", required_unless_present = "site", conflicts_with = "site")]
    folders: Vec<PathBuf>,
    /// File of the report; it must not exist
    #[arg(long, value_name = "FILE.html", default_value = "report.html", conflicts_with = "site")]
    out: PathBuf,
    /// Write the chapters into this folder, empty or new, as a site
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Folder of the four IDX files [default: data/mnist, which must have the images of the run]
    #[arg(long, value_name = "DIR", conflicts_with = "site")]
    data: Option<PathBuf>,
    /// Number of threads, 1 to 1024 [default: one a core]
    #[arg(long, value_name = "T", value_parser = whole(1..=MAX_THREADS), allow_hyphen_values = true)]
    threads: Option<usize>,
}

const HELP: &str = "\
If the images of a run are missing, the report says what is not measured, and a note names the folder.

Examples:
  svpg report runs/best
  svpg report runs/best runs/pole --out both.html
  svpg report studies/quick --out study.html
  svpg report --site derivations-site";

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let Arguments { folders, out, site: folder, data, threads } = arguments;
    match folder {
        Some(folder) => write_site(folder),
        None => {
            let compute = compute(level, *threads)?;
            write_page(folders, out, data.as_deref(), &compute)
        }
    }
}

fn write_page(
    folders: &[PathBuf],
    out: &Path,
    data: Option<&Path>,
    compute: &Compute,
) -> Result<Verdict, Error> {
    let file = Destination::fresh("--out", out)?;
    let (mut runs, mut studies) = (Vec::new(), Vec::new());
    for folder in folders {
        match Document::is_in(folder) {
            true => studies.push((folder, Document::read(folder)?)),
            false => runs.push(Run::read(compute, folder, data)?),
        }
    }
    if let Some((second, _)) = studies.get(1) {
        return Err(Error::bad_input(
            second.display(),
            "a second study was given",
            "write one report a study",
        ));
    }
    for run in &runs {
        if let Some(why) = run.missing() {
            note(&format!("{}: answers and fields are not measured: {why}", run.name));
        }
    }
    let verification = checked()?;
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let contents = Contents {
        title: &format!("Report on {}", names.join(", ")),
        chapters: &chapters(),
        verification: &verification,
        runs: &runs,
        study: studies.first().map(|(_, document)| document),
        machine: &machine(compute.level),
    };
    let page = page(&contents)?;
    file.write(&page)?;
    say(&format!("report        {}, {:.2} MiB", word(out), page.len() as f64 / f64::from(1 << 20)))?;
    say(&format!("claims        {}, with their verdicts", verification.claims.len()))?;
    Ok(Verdict::Passed)
}

fn write_site(folder: &Path) -> Result<Verdict, Error> {
    svpg::report::check_site(folder)?;
    let pages = site(&chapters(), &checked()?)?;
    svpg::report::write_site(folder, &pages)?;
    say(&format!("site          {}, {} pages", word(&folder.join("index.html")), pages.len()))?;
    Ok(Verdict::Passed)
}

fn checked() -> Result<Report, Error> {
    let bar = Bar::new();
    let report = verdicts(&Options { thorough: false, seed: 0 }, &|done, total| bar.set(done, total));
    bar.finish();
    report
}

/// System, processor and instruction set.
fn machine(level: Level) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {}, instruction set {}, {cores} cores",
        std::env::consts::OS,
        std::env::consts::ARCH,
        level.isa()
    )
}
