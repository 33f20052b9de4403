//! Oracle, comparison, derivations, vectors, rules.

use crate::call::{detached, level, reserve};
use crate::error::{Error, all_raised, raised};
use pyo3::prelude::*;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use svpg::conformance::case::{Case, ChapterRules};
use svpg::conformance::compare::Tolerance;
use svpg::conformance::envelope::ENVELOPES;
use svpg::conformance::level::{LEVELS, Question, Wrong};
use svpg::conformance::{self, vectors as conformance_vectors};
use svpg::random::SplitMix64;
use svpg::rule::{CaseRule, RULES};
use svpg::verify::{self as verification, Colour, Options, Report, render};
use svpg_check::{MAX_FILE, Position, Source};

/// Result, JSON and text of a report.
type Judged = (bool, String, String);

/// A chapter, as path or text, and the rule that is asked for.
type Asked = (Option<PathBuf>, Option<String>, Option<String>);

/// The case of a document; `place` is its file. `asked`: its rule is one of a chapter.
fn read_case(bytes: &[u8], place: Option<&str>, asked: Option<&Asked>) -> Result<Case, svpg::Error> {
    let Some((path, text, rule)) = asked else {
        return Case::from_bytes(bytes).map_err(|error| placed(error, place));
    };
    let rules = ChapterRules::new(&source(path.as_deref(), text.as_deref())?, rule.as_deref())?;
    Case::of_chapter(bytes, &rules).map_err(|error| placed(error, place))
}

/// The question of a document; one about a chapter is a case.
fn read_question(bytes: &[u8], place: Option<&str>, asked: Option<&Asked>) -> Result<Question, svpg::Error> {
    match asked {
        Some(_) => read_case(bytes, place, asked).map(|case| Question::of_case(&case)),
        None => Question::from_bytes(bytes).map_err(|error| placed(error, place)),
    }
}

/// The memory of a judgement, as [`needed`]: the answers of known mistakes are computed too; an
/// expectation has an update for each of up to 4096 configurations.
fn needed_to_judge(question: &[u8], answer: &[u8]) -> Option<usize> {
    let name = LEVELS[2].question.as_bytes();
    let is_expectation = question.windows(name.len()).any(|part| part == name);
    let updates = if is_expectation { 4096 * 16 } else { 0 };
    let numbers = question.iter().filter(|&&byte| byte == b',').count();
    needed(&[question, answer, question, answer])?.checked_add(numbers.checked_mul(updates)?)
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

/// The answer to a case, as JSON. `chapter`: path or text of the chapter of its rule, and the rule.
#[pyfunction]
#[pyo3(signature = (case, gradients, place=None, chapter=None))]
pub(crate) fn oracle(
    py: Python<'_>,
    case: &[u8],
    gradients: bool,
    place: Option<String>,
    chapter: Option<Asked>,
) -> PyResult<String> {
    reserve("case", needed(&[case]))?;
    let case = case.to_vec();
    let answer = detached(py, move || {
        let place = place.as_deref();
        let answer = conformance::oracle::answer(&read_case(&case, place, chapter.as_ref())?, gradients);
        answer.map_err(|error| placed(error, place))
    })?;
    answer.map(|answer| answer.to_json()).map_err(|error| raised(&error))
}

/// Refuses a case that is not valid.
#[pyfunction]
pub(crate) fn validate(py: Python<'_>, case: &[u8]) -> PyResult<()> {
    reserve("case", needed(&[case]))?;
    let case = case.to_vec();
    let read = detached(py, move || read_case(&case, None, None))?;
    read.map(|_| ()).map_err(|error| raised(&error))
}

/// The judgement of an answer to a question of any level. `places` are the files of question and
/// answer; `chapter` as in `oracle`.
#[pyfunction]
#[pyo3(signature = (question, answer, rtol, atol, ulp, places, chapter=None))]
#[allow(clippy::too_many_arguments, reason = "the arguments of the function in Python")]
pub(crate) fn compare(
    py: Python<'_>,
    question: &[u8],
    answer: &[u8],
    rtol: f64,
    atol: f64,
    ulp: u64,
    places: (Option<String>, Option<String>),
    chapter: Option<Asked>,
) -> PyResult<Judged> {
    reserve("question", needed_to_judge(question, answer))?;
    let (question, answer) = (question.to_vec(), answer.to_vec());
    let compared = detached(py, move || {
        let (place, place_of_answer) = (places.0.as_deref(), places.1.as_deref());
        let mut question = read_question(&question, place, chapter.as_ref())?;
        let tolerance = Tolerance { rtol, atol, ulp };
        question.judge(&answer, tolerance).map_err(|wrong| match wrong {
            Wrong::Question(error) => placed(error, place),
            Wrong::Answer(error) => placed(error, Some(place_of_answer.unwrap_or("answer"))),
        })
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
        let source = source(path.as_deref(), text.as_deref()).map_err(|error| vec![error])?;
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

/// A derivation: a file, or a text.
fn source(path: Option<&Path>, text: Option<&str>) -> Result<Arc<Source>, svpg::Error> {
    if let Some(path) = path {
        return read_source(path);
    }
    let text = text.unwrap_or_default();
    refuse_large("text", text.len() as u64)?;
    Ok(Source::new("text", text))
}

fn read_source(path: &Path) -> Result<Arc<Source>, svpg::Error> {
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

/// Writes conformance vectors of a level into a folder.
#[pyfunction]
pub(crate) fn vectors(py: Python<'_>, folder: PathBuf, count: usize, seed: u64, level: u8) -> PyResult<()> {
    let written = detached(py, move || conformance_vectors::write_level(level, &folder, count, seed))?;
    written.map(|_| ()).map_err(|error| raised(&error))
}

/// Number, name, formats of question and answer, claim, and what is not claimed, of every level.
#[pyfunction]
pub(crate) fn levels() -> Vec<(u8, &'static str, &'static str, &'static str, &'static str, &'static str)> {
    LEVELS.iter().map(|l| (l.number, l.name, l.question, l.answer, l.claim, l.not_claimed)).collect()
}

/// Name and document of every envelope.
#[pyfunction]
pub(crate) fn envelopes() -> Vec<(&'static str, &'static str)> {
    ENVELOPES.to_vec()
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
