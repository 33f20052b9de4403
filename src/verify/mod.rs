//! `verify` and `check`: chapters against their expected verdicts, negative controls, measurements, kernels, and the report.

pub mod gap;
pub mod kernel;
pub mod measure;
mod must_fail;
mod report;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use svpg_check::{Chapter, ChapterReport, ControlReport, Diagnostic, Plan, Source};

use crate::Error;
use crate::chapters;
use crate::kernel::simd::Level;

pub use report::{Claim, EquivalentMutant, Kernel, MustFail, Report};
pub use text::{Colour, render};

/// Called with the finished and the total number of pieces of work.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What to check, and how thoroughly.
#[derive(Clone, Debug)]
pub struct Options {
    /// A hundred shapes instead of twelve.
    pub thorough: bool,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Options {
    fn plan(&self) -> Plan {
        if self.thorough { Plan::thorough(self.seed) } else { Plan::usual(self.seed) }
    }
}

/// Checks all built-in chapters, their controls, the files that must fail, the measured claims, and the kernels up to the instruction
/// set `widest`.
///
/// # Errors
/// A built-in chapter that does not parse, which a test excludes.
pub fn verify(options: &Options, widest: Level, progress: Progress<'_>) -> Result<Report, Error> {
    let prelude = chapters::prelude();
    let mut parsed = Vec::new();
    for file in chapters::CHAPTERS {
        let source = chapters::source("derivations", file);
        parsed.push(Chapter::new(&source, Some(&prelude)).map_err(|diagnostic| bad_chapter(&diagnostic))?);
    }
    let plan = options.plan();
    let total = parsed.iter().map(|chapter| chapter.tasks(&plan) + chapter.control_count()).sum::<usize>();
    let ticks = Ticks::new(total, progress);
    let mut reports = Vec::new();
    let mut controls = Vec::new();
    for chapter in &parsed {
        reports.push(chapter.check(&plan, &|| ticks.tick()));
        // What refutes a mutant on twelve shapes need not be looked for on a hundred.
        controls.extend(chapter.controls(&Plan::usual(options.seed), &|| ticks.tick()));
    }
    let reasons = equivalent_reasons(chapters::EQUIVALENT_MUTANTS);
    let mut report = Report::new(&plan, reports, controls, &reasons);
    report.must_fail = must_fail::run();
    report.kernels = kernel::check(widest);
    report.gaps = gap::measure(options.seed)?;
    report.conclude();
    Ok(report)
}

/// Checks derivation files of a user's own, with the definitions of the first built-in chapter in scope.
///
/// # Errors
/// Bad input: the first thing that is wrong with a file.
pub fn check(sources: &[Arc<Source>], options: &Options, progress: Progress<'_>) -> Result<Report, Error> {
    let prelude = chapters::prelude();
    let plan = options.plan();
    let mut parsed = Vec::new();
    for source in sources {
        parsed.push(Chapter::new(source, Some(&prelude)).map_err(|diagnostic| bad_chapter(&diagnostic))?);
    }
    let ticks = Ticks::new(parsed.iter().map(|chapter| chapter.tasks(&plan)).sum(), progress);
    let mut reports: Vec<ChapterReport> = Vec::new();
    for chapter in &parsed {
        let report = chapter.check(&plan, &|| ticks.tick());
        if let Some(diagnostic) = report.diagnostics.first() {
            return Err(bad_chapter(diagnostic));
        }
        reports.push(report);
    }
    let mut report = Report::new(&plan, reports, Vec::new(), &BTreeMap::new());
    report.conclude();
    Ok(report)
}

/// Tries the negative controls of a user's files, without a list of equivalent mutants.
///
/// # Errors
/// Bad input: the first thing that is wrong with a file.
pub fn controls(
    sources: &[Arc<Source>],
    options: &Options,
    progress: Progress<'_>,
) -> Result<Vec<ControlReport>, Error> {
    let prelude = chapters::prelude();
    let mut parsed = Vec::new();
    for source in sources {
        parsed.push(Chapter::new(source, Some(&prelude)).map_err(|diagnostic| bad_chapter(&diagnostic))?);
    }
    let ticks = Ticks::new(parsed.iter().map(Chapter::control_count).sum(), progress);
    Ok(parsed.iter().flat_map(|chapter| chapter.controls(&options.plan(), &|| ticks.tick())).collect())
}

fn bad_chapter(diagnostic: &Diagnostic) -> Error {
    let place = diagnostic.span.as_ref().map_or_else(|| "derivation".to_owned(), ToString::to_string);
    Error::bad_input(place, format_args!("{}: {}", diagnostic.code, diagnostic.message), &diagnostic.help)
}

/// The listed reasons: lines of the form "- `ID: mutant`: reason".
fn equivalent_reasons(list: &str) -> BTreeMap<String, String> {
    list.lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`: "))
        .map(|(mutant, reason)| (mutant.to_owned(), reason.to_owned()))
        .collect()
}

struct Ticks<'a> {
    done: std::sync::atomic::AtomicUsize,
    total: usize,
    progress: Progress<'a>,
}

impl<'a> Ticks<'a> {
    fn new(total: usize, progress: Progress<'a>) -> Self {
        Self { done: std::sync::atomic::AtomicUsize::new(0), total, progress }
    }

    fn tick(&self) {
        let done = self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        (self.progress)(done, self.total);
    }
}
