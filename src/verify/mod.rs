//! `verify` and `check`: chapters against their expected verdicts, negative controls, measurements,
//! kernels, and the report.

mod equivalent;
pub mod gap;
pub mod kernel;
pub mod measure;
mod must_fail;
pub mod proofs;
pub mod published_size;
mod report;
mod text;

use std::sync::Arc;

use rayon::prelude::*;
use svpg_check::{
    Chapter, ChapterReport, Controls, Diagnostic, Diagnostics, MAX_DIAGNOSTICS, Plan, Redefinition, Source,
    nearest,
};

use crate::Error;
use crate::chapters;
use crate::kernel::simd::Level;

use report::Tried;
pub use report::{Claim, EquivalentMutant, Kernel, MustFail, Report};
pub use text::{Colour, render};

/// Called with the number of finished tasks and the total number.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What to check, and how thoroughly.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to try larger shapes and more instances.
    pub thorough: bool,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Options {
    fn plan(&self) -> Plan {
        if self.thorough { Plan::thorough(self.seed) } else { Plan::usual(self.seed) }
    }
}

/// Checks all built-in chapters, their controls, the files that must fail, the measured claims, and
/// the kernels up to the instruction set `widest`.
///
/// # Errors
/// A built-in chapter does not parse. A test excludes this.
pub fn verify(options: &Options, widest: Level, progress: Progress<'_>) -> Result<Report, Error> {
    let sources: Vec<_> =
        chapters::CHAPTERS.iter().map(|file| chapters::source("derivations", file)).collect();
    let parsed = parse(&sources).map_err(first)?;
    let controls = mutants(&parsed).map_err(first)?;
    let plan = options.plan();
    let tasks: usize = parsed.iter().map(|chapter| chapter.ticks(&plan)).sum();
    let tried: usize = controls.iter().map(Controls::count).sum();
    let ticks = Ticks::new(tasks + tried, progress);
    // If a mutant is refuted on the usual shapes, larger shapes are not needed.
    let usual = Plan::usual(options.seed);
    let chapters = || -> Vec<_> {
        let checked = parsed.par_iter().zip(&controls).map(|(chapter, controls)| {
            let tick = || ticks.tick();
            rayon::join(|| checked(chapter, &plan, &tick), || controls.run(&usual, &tick))
        });
        checked.collect()
    };
    let files = || rayon::join(|| must_fail::must_not_hold(options.seed), must_fail::run);
    let measured = || rayon::join(|| gap::measure(options.seed), || kernel::check(widest));
    let (checked, ((must_not_hold, must_fail), (gaps, kernels))) =
        rayon::join(chapters, || rayon::join(files, measured));
    let (reports, tried): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
    let tried = tried.into_iter().flatten().collect();
    let reasons = equivalent::reasons(chapters::EQUIVALENT_MUTANTS);
    let mut report = report_of(&plan, &parsed, reports, Tried::new(tried, &reasons));
    proofs::mark(&mut report.claims);
    report.must_fail = must_fail;
    report.must_not_hold = must_not_hold;
    report.kernels = kernels;
    report.gaps = gaps?;
    report.conclude();
    Ok(report)
}

/// The verdicts of all built-in chapters, measured claims included, and the gap of each rule to the
/// gradient: what [`verify`] finds, without negative controls, files that must fail, and kernels.
///
/// # Errors
/// A built-in chapter does not parse, or no fixed point was found. Tests exclude both.
pub fn verdicts(options: &Options, progress: Progress<'_>) -> Result<Report, Error> {
    let sources: Vec<_> =
        chapters::CHAPTERS.iter().map(|file| chapters::source("derivations", file)).collect();
    let parsed = parse(&sources).map_err(first)?;
    let plan = options.plan();
    let ticks = Ticks::new(parsed.iter().map(|chapter| chapter.ticks(&plan)).sum(), progress);
    let tick = || ticks.tick();
    let chapters = || parsed.par_iter().map(|chapter| checked(chapter, &plan, &tick)).collect();
    let (reports, gaps) = rayon::join(chapters, || gap::measure(options.seed));
    let mut report = report_of(&plan, &parsed, reports, Tried::default());
    proofs::mark(&mut report.claims);
    report.gaps = gaps?;
    report.conclude();
    Ok(report)
}

/// The report of a chapter, and what is measured for its claims.
fn checked(chapter: &Chapter, plan: &Plan, tick: &(dyn Fn() + Sync)) -> (ChapterReport, Vec<Claim>) {
    let report = chapter.check(plan, tick);
    let measured = report.measured.par_iter().map(report::measured).collect();
    (report, measured)
}

/// A report on these chapters, before its conclusion.
fn report_of(
    plan: &Plan,
    parsed: &[Chapter],
    reports: Vec<(ChapterReport, Vec<Claim>)>,
    tried: Tried,
) -> Report {
    let mut report = Report::new(plan, reports, tried);
    report.rules = parsed.iter().flat_map(Chapter::rule_reports).collect();
    report.redefined = redefined(parsed);
    report
}

/// Checks derivation files of a user, with the definitions of the first built-in chapter in scope.
///
/// With `with_controls`, tries every negative control too. If a mutant survives, the report fails,
/// unless the file lists it below a heading `Equivalent mutants` with a reason and it equals the
/// original on every shape.
///
/// # Errors
/// Bad input: the errors of all files, in order, at most [`MAX_DIAGNOSTICS`] per file.
pub fn check(
    sources: &[Arc<Source>],
    options: &Options,
    with_controls: bool,
    progress: Progress<'_>,
) -> Result<Report, Vec<Error>> {
    let plan = options.plan();
    let parsed = parse(sources)?;
    let controls = if with_controls { mutants(&parsed)? } else { Vec::new() };
    let tasks: usize = parsed.iter().map(|chapter| chapter.ticks(&plan)).sum();
    let ticks = Ticks::new(tasks + controls.iter().map(Controls::count).sum::<usize>(), progress);
    let mut reports = Vec::new();
    let mut errors = Vec::new();
    let checked: Vec<ChapterReport> =
        parsed.par_iter().map(|chapter| chapter.check(&plan, &|| ticks.tick())).collect();
    for report in checked {
        errors.extend(report.diagnostics.iter().take(MAX_DIAGNOSTICS).map(bad_chapter));
        for claim in &report.measured {
            errors.extend(unknown_measurement(&claim.by, &claim.place));
        }
        let left_alone = report.measured.iter().map(report::left_alone).collect();
        reports.push((report, left_alone));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut tried = Tried::default();
    let controls: Vec<_> =
        controls.par_iter().map(|controls| controls.run(&plan, &|| ticks.tick())).collect();
    for (controls, source) in controls.into_iter().zip(sources) {
        // A list applies to its own file: another file can have claims with the same names.
        let reasons = equivalent::reasons(&equivalent::section(source.text()));
        tried.extend(Tried::new(controls, &reasons));
    }
    let mut report = report_of(&plan, &parsed, reports, tried);
    report.conclude();
    Ok(report)
}

fn unknown_measurement(name: &str, place: &str) -> Option<Error> {
    if measure::NAMES.contains(&name) {
        return None;
    }
    let near = nearest(name, measure::NAMES.iter().copied());
    let near = near.map(|near| format!("write `{near}`; ")).unwrap_or_default();
    let remedy = format!("{near}the measurements are: {}", measure::NAMES.join(", "));
    Some(Error::bad_input(place, format_args!("D201: the measurement `{name}` is unknown"), remedy))
}

/// All chapters, or the errors of all of them.
fn parse(sources: &[Arc<Source>]) -> Result<Vec<Chapter>, Vec<Error>> {
    let prelude = chapters::prelude();
    let mut parsed = Vec::new();
    let mut errors = Vec::new();
    for source in sources {
        match Chapter::new(source, Some(&prelude)) {
            Ok(chapter) => parsed.push(chapter),
            Err(diagnostics) => errors.extend(bad_chapters(source.name(), &diagnostics)),
        }
    }
    if errors.is_empty() { Ok(parsed) } else { Err(errors) }
}

fn mutants(parsed: &[Chapter]) -> Result<Vec<Controls>, Vec<Error>> {
    let controls: Result<_, _> = parsed.iter().map(Chapter::controls).collect();
    controls.map_err(|diagnostic| vec![bad_chapter(&diagnostic)])
}

fn redefined(parsed: &[Chapter]) -> Vec<Redefinition> {
    parsed.iter().flat_map(|chapter| chapter.redefined().iter().cloned()).collect()
}

fn bad_chapters(file: &str, diagnostics: &Diagnostics) -> Vec<Error> {
    let mut errors: Vec<Error> = diagnostics.iter().map(bad_chapter).collect();
    if diagnostics.more() > 0 {
        let what = format_args!("and {} more errors", diagnostics.more());
        errors.push(Error::bad_input(file, what, "correct the errors above and check again"));
    }
    errors
}

fn bad_chapter(diagnostic: &Diagnostic) -> Error {
    let place = diagnostic.span.as_ref().map_or_else(|| "derivation".to_owned(), ToString::to_string);
    Error::bad_input(place, format_args!("{}: {}", diagnostic.code, diagnostic.message), &diagnostic.help)
}

fn first(mut errors: Vec<Error>) -> Error {
    errors.swap_remove(0)
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
