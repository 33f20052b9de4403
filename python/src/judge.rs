//! Oracle, comparison, derivations, vectors, rules.

use crate::call::{detached, level, reserve};
use crate::error::{Error, all_raised, raised};
use pyo3::prelude::*;
use std::fmt::Display;
use std::path::PathBuf;
use svpg::conformance::case::{Answer, Case};
use svpg::conformance::compare::Tolerance;
use svpg::conformance::{self, vectors as conformance_vectors};
use svpg::random::SplitMix64;
use svpg::rule::{CaseRule, RULES};
use svpg::verify::{self as verification, Colour, Options, Report, render};
use svpg_check::{MAX_FILE, Position, Source};

/// Result, JSON and text of a report.
type Judged = (bool, String, String);

/// The case of a document; `place` is its file.
fn read_case(bytes: &[u8], place: Option<&str>) -> Result<Case, svpg::Error> {
    Case::from_bytes(bytes).map_err(|error| placed(error, place))
}

/// The memory of a computation on a case, in bytes, from above: measured are up to 250 bytes a
/// number, on cases of 200 to 800 units.
fn needed(documents: &[&[u8]]) -> Option<usize> {
    let of = |document: &&[u8]| {
        let numbers = document.iter().filter(|&&byte| byte == b',').count();
        numbers.checked_mul(500)?.checked_add(document.len().checked_mul(16)?)
    };
    documents.iter().map(of).try_fold(64 << 20, |sum: usize, bytes| sum.checked_add(bytes?))
}

fn placed(error: svpg::Error, place: Option<&str>) -> svpg::Error {
    match place {
        Some(place) => error.within(place),
        None => error,
    }
}

/// The answer to a case, as JSON.
#[pyfunction]
#[pyo3(signature = (case, gradients, place=None))]
pub(crate) fn oracle(
    py: Python<'_>,
    case: &[u8],
    gradients: bool,
    place: Option<String>,
) -> PyResult<String> {
    reserve("case", needed(&[case]))?;
    let case = case.to_vec();
    let answer = detached(py, move || {
        let place = place.as_deref();
        let answer = conformance::oracle::answer(&read_case(&case, place)?, gradients);
        answer.map_err(|error| placed(error, place))
    })?;
    answer.map(|answer| answer.to_json()).map_err(|error| raised(&error))
}

/// Refuses a case that is not valid.
#[pyfunction]
pub(crate) fn validate(py: Python<'_>, case: &[u8]) -> PyResult<()> {
    reserve("case", needed(&[case]))?;
    let case = case.to_vec();
    let read = detached(py, move || read_case(&case, None))?;
    read.map(|_| ()).map_err(|error| raised(&error))
}

/// The judgement of an answer to a case. `places` are the files of case and answer.
#[pyfunction]
pub(crate) fn compare(
    py: Python<'_>,
    case: &[u8],
    answer: &[u8],
    rtol: f64,
    atol: f64,
    ulp: u64,
    places: (Option<String>, Option<String>),
) -> PyResult<Judged> {
    // The answers of known mistakes are computed too.
    reserve("case", needed(&[case, answer, case, answer]))?;
    let (case, answer) = (case.to_vec(), answer.to_vec());
    let compared = detached(py, move || {
        let (place, place_of_answer) = (places.0.as_deref(), places.1.as_deref());
        let case = read_case(&case, place)?;
        let answer = Answer::from_bytes(&answer, &case)
            .map_err(|error| placed(error, Some(place_of_answer.unwrap_or("answer"))))?;
        let tolerance = Tolerance { rtol, atol, ulp };
        conformance::compare::compare(&case, &answer, tolerance).map_err(|error| placed(error, place))
    })?;
    let comparison = compared.map_err(|error| raised(&error))?;
    let json = serde_json::to_string(&comparison).map_err(internal)?;
    Ok((comparison.ok, json, comparison.to_string()))
}

/// The report on a derivation: a file, or a text.
#[pyfunction]
#[pyo3(signature = (path, text, thorough, seed, controls))]
pub(crate) fn check(
    py: Python<'_>,
    path: Option<PathBuf>,
    text: Option<String>,
    thorough: bool,
    seed: u64,
    controls: bool,
) -> PyResult<Judged> {
    let report = detached(py, move || {
        let source = match path {
            Some(path) => read_source(&path).map_err(|error| vec![error])?,
            None => {
                let text = text.unwrap_or_default();
                refuse_large("text", text.len() as u64).map_err(|error| vec![error])?;
                Source::new("text", text)
            }
        };
        verification::check(&[source], &Options { thorough, seed }, controls, &|_, _| ())
    })?;
    judged(&report.map_err(|errors| all_raised(&errors))?)
}

/// The report on the built-in derivations and kernels.
#[pyfunction]
pub(crate) fn verify(py: Python<'_>, thorough: bool, seed: u64) -> PyResult<Judged> {
    let level = level()?;
    let report = detached(py, move || verification::verify(&Options { thorough, seed }, level, &|_, _| ()))?;
    judged(&report.map_err(|error| raised(&error))?)
}

fn judged(report: &Report) -> PyResult<Judged> {
    let json = serde_json::to_string(report).map_err(internal)?;
    Ok((report.ok, json, render(report, Colour::None)))
}

fn internal(error: impl Display) -> PyErr {
    Error::new_err(format!("an internal error: {error}; please report it"))
}

/// Refuses a derivation that is too long.
fn refuse_large(place: impl Display, length: u64) -> Result<(), svpg::Error> {
    if length <= MAX_FILE {
        return Ok(());
    }
    let what = format_args!("found {length} bytes, expected at most {MAX_FILE}");
    Err(svpg::Error::bad_input(place, what, "split it into several files"))
}

fn read_source(path: &std::path::Path) -> Result<std::sync::Arc<Source>, svpg::Error> {
    let bad = |what: &dyn Display, remedy: &str| svpg::Error::bad_input(path.display(), what, remedy);
    let about = std::fs::metadata(path).map_err(|error| bad(&error, "give a Markdown file"))?;
    if !about.is_file() {
        return Err(bad(&"it is not a file", "give a Markdown file"));
    }
    refuse_large(path.display(), about.len())?;
    let bytes = std::fs::read(path).map_err(|error| bad(&error, "make it readable"))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|error| {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let Position { line, column } = Source::new("", String::from_utf8_lossy(&bytes[..at])).position(at);
        let what = format_args!("line {line} column {column}: the byte 0x{:02x} is not UTF-8", bytes[at]);
        bad(&what, "save it as UTF-8")
    })?;
    Ok(Source::new(name, text))
}

/// Writes conformance vectors into a folder.
#[pyfunction]
pub(crate) fn vectors(py: Python<'_>, folder: PathBuf, count: usize, seed: u64) -> PyResult<()> {
    let written = detached(py, move || conformance_vectors::write(&folder, count, seed))?;
    written.map(|_| ()).map_err(|error| raised(&error))
}

/// Name, summary, names of the options, and whether it can be trained, of every rule.
#[pyfunction]
pub(crate) fn rules() -> Vec<(&'static str, &'static str, Vec<&'static str>, bool)> {
    let about = |rule: &dyn CaseRule| {
        (rule.name(), rule.summary(), rule.options().to_vec(), rule.learning().is_some())
    };
    RULES.into_iter().map(about).collect()
}

/// Options of a rule for a batch of this size, drawn as for conformance vectors: JSON; `None` if
/// the rule has none.
#[pyfunction]
pub(crate) fn draw_options(rule: &str, samples: usize, seed: u64) -> PyResult<Option<String>> {
    let Some(rule) = RULES.into_iter().find(|known| known.name() == rule) else {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.name()).collect();
        return Err(Error::new_err(format!("rule: `{rule}` is unknown; the rules are {}", known.join(", "))));
    };
    // 16 turns have all values of the options.
    let options = rule.draw(samples, (seed % 16) as usize, &mut SplitMix64::new(seed));
    options.map(|options| serde_json::to_string(&options).map_err(internal)).transpose()
}
