//! `verify` and `check`: chapters against their expected verdicts, negative controls, measurements, kernels, and the report.

pub mod gap;
pub mod kernel;
pub mod measure;
mod must_fail;
mod report;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use svpg_check::{Chapter, ChapterReport, ControlReport, Controls, Diagnostic, Plan, Source};

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
    let sources: Vec<_> =
        chapters::CHAPTERS.iter().map(|file| chapters::source("derivations", file)).collect();
    let parsed = parse(&sources)?;
    let controls = mutants(&parsed)?;
    let plan = options.plan();
    let tasks: usize = parsed.iter().map(|chapter| chapter.tasks(&plan)).sum();
    let tried: usize = controls.iter().map(Controls::count).sum();
    let ticks = Ticks::new(tasks + tried, progress);
    let mut reports = Vec::new();
    let mut tried = Vec::new();
    for (chapter, controls) in parsed.iter().zip(&controls) {
        reports.push(chapter.check(&plan, &|| ticks.tick()));
        // What refutes a mutant on twelve shapes need not be looked for on a hundred.
        tried.extend(controls.run(&Plan::usual(options.seed), &|| ticks.tick()));
    }
    let reasons = equivalent_reasons(chapters::EQUIVALENT_MUTANTS);
    let mut report = Report::new(&plan, reports, tried, &reasons, report::measured);
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
    let plan = options.plan();
    let parsed = parse(sources)?;
    let ticks = Ticks::new(parsed.iter().map(|chapter| chapter.tasks(&plan)).sum(), progress);
    let mut reports: Vec<ChapterReport> = Vec::new();
    for chapter in &parsed {
        let report = chapter.check(&plan, &|| ticks.tick());
        if let Some(diagnostic) = report.diagnostics.first() {
            return Err(bad_chapter(diagnostic));
        }
        if let Some(claim) = report.measured.iter().find(|claim| !measure::NAMES.contains(&claim.by.as_str()))
        {
            let what = format_args!("D201: no measurement is called `{}`", claim.by);
            let names = measure::NAMES.join(", ");
            return Err(Error::bad_input(&claim.place, what, format_args!("the measurements are: {names}")));
        }
        reports.push(report);
    }
    let mut report = Report::new(&plan, reports, Vec::new(), &BTreeMap::new(), report::left_alone);
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
    let controls = mutants(&parse(sources)?)?;
    let ticks = Ticks::new(controls.iter().map(Controls::count).sum(), progress);
    Ok(controls.iter().flat_map(|controls| controls.run(&options.plan(), &|| ticks.tick())).collect())
}

fn parse(sources: &[Arc<Source>]) -> Result<Vec<Chapter>, Error> {
    let prelude = chapters::prelude();
    let chapter = |source| Chapter::new(source, Some(&prelude));
    sources.iter().map(chapter).collect::<Result<_, _>>().map_err(|diagnostic| bad_chapter(&diagnostic))
}

fn mutants(parsed: &[Chapter]) -> Result<Vec<Controls>, Error> {
    parsed
        .iter()
        .map(Chapter::controls)
        .collect::<Result<_, _>>()
        .map_err(|diagnostic| bad_chapter(&diagnostic))
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
