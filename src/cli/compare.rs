//! `svpg compare`.

use super::certificate;
use super::chapter::{self, Reader};
use super::destination::Destination;
use super::input::{self, Digested, Lines};
use super::stream::{self, Stream};
use super::{Format, Verdict, say, whole};
use std::path::{Path, PathBuf};
use svpg::Error;
use svpg::conformance::case::{Answer, Case};
use svpg::conformance::compare::{Comparison, Judge, Summary, Tolerance, cause};
use svpg::conformance::level::{LEVELS, Question, Wrong};

/// Compare the answers of another program with the reference, block by block
///
/// Computes the answer to the case with the reference model and compares the candidate with it
/// (svpg-answer/1; `q`, `residual` and `gradients` may be left out). The blocks are q, and hh, ha,
/// ah, aa, sh, sa, b_H, b_A of the update and of every given gradient: h is hidden, a action, s
/// state, b bias. For each block, prints the largest absolute, relative and ulp error, the worst
/// entry, and the angle to the true block and the length relative to it. An entry x passes for the
/// true entry y if |x - y| <= ATOL + RTOL |y|, or if x and y are at most ULP steps of f64 apart.
/// The candidate's `residual` is not compared: it is computed again from the candidate's `q`.
///
/// The `schema` of a question says its level: besides cases (level 0) there are trajectories of
/// inference under given draws (1), expected updates (2) and learning curves (3). `svpg vectors
/// --level` writes questions.
///
/// If an answer fails, hints name the causes that explain it, each with a code. A cause is named
/// only on evidence: the answer equals the result of a known mistake, or its numbers show it. If
/// several causes fit, all are named. If no known cause fits, there is no hint.
///
/// Exit codes: 0 every block passes; 1 a block fails, or no fixed point is found; 2 bad input. For
/// several answers, the exit code is the largest one of all answers.
#[derive(clap::Args)]
#[command(after_long_help = help())]
pub(super) struct Arguments {
    /// The case; a file CASES.jsonl with a case on each line; `-` or a file PAIRS.jsonl alone for
    /// lines of {"case": ..., "candidate": ...}
    #[arg(value_name = "CASE.json|CASES.jsonl|-")]
    case: PathBuf,
    /// The answer to compare; a file ANSWERS.jsonl or `-` for one answer per line
    #[arg(value_name = "CANDIDATE.json|ANSWERS.jsonl|-")]
    candidate: Option<PathBuf>,
    /// More questions and answers, judged after the first pair
    #[arg(value_name = "QUESTION ANSWER")]
    more: Vec<PathBuf>,
    /// Print one summary by rule and block instead of every comparison. The answers are JSON Lines,
    /// and the cases too, except for a file CASE.json
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    chapter: chapter::Arguments,
    /// Allowed error relative to the true entry (RTOL)
    #[arg(long, default_value = "1e-9", value_parser = tolerance, allow_hyphen_values = true)]
    rtol: f64,
    /// Allowed absolute error, added to the relative one (ATOL)
    #[arg(long, default_value = "1e-12", value_parser = tolerance, allow_hyphen_values = true)]
    atol: f64,
    /// Allowed distance in steps of f64, as an alternative to RTOL and ATOL
    #[arg(long, default_value = "0", value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
    ulp: u64,
    /// Accept a block that fails, such as b_A, and record the reason in the
    /// report and the certificate
    #[arg(long, value_name = "BLOCK=REASON", value_parser = waiver)]
    waive: Vec<Waiver>,
    /// Also write a certificate (JSON): versions, hashes of the inputs, the verdict of every level,
    /// waivers, a summary, and what it does not claim
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Format of the result [default: text for two files and for a summary, json for lines]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// The end of the help text.
fn help() -> String {
    let causes: String =
        cause::CAUSES.iter().map(|cause| format!("  {:<20} {}\n", cause.code, cause.sentence)).collect();
    let levels: String = LEVELS
        .iter()
        .map(|level| {
            format!("  {}  {:<32} {:<22} {}\n", level.number, level.name, level.question, level.answer)
        })
        .collect();
    format!(
        "{ANSWER}\nThe levels, each with the formats of question and answer (`svpg schema NAME` prints one):\n{levels}\n\
         The codes of the causes:\n{causes}\n{}\n{STREAM}",
        chapter::HELP
    )
}

const ANSWER: &str = "\
The answer (S states, N units, hidden circuit by hidden circuit, then the action circuit):
  {\"schema\": \"svpg-answer/1\",
   \"q\": [N numbers a sample], \"residual\": 1e-16,                    may be left out
   \"update\": {\"recurrent\": N x N, \"state\": S x N, \"bias\": N numbers},
   \"gradients\": {\"exact\": ..., \"mean_field\": ..., \"last_step\": ..., \"free_energy\": ...}}
  gradients may be left out; each has the form of `update`
";

const STREAM: &str = "\
Several answers are JSON Lines: each line is a complete document, blank lines are skipped. The output is
one JSON object per line, flushed before the next line is read:
  svpg compare CASES.jsonl ANSWERS.jsonl   line by line: the answer to the case with the same place
  svpg compare CASE.json ANSWERS.jsonl     each line is a candidate for CASE.json
  svpg compare PAIRS.jsonl                 each line is {\"case\": ..., \"candidate\": ...}
`-` is standard input, as ANSWERS.jsonl or PAIRS.jsonl. A line that is wrong does not stop the stream.
Its output is
  {\"schema\": \"svpg-error/1\", \"line\": ..., \"verdict\": ..., \"error\": ...}
where `verdict` is \"bad input\" or \"no fixed point\". The exit code is 2 if a line is bad input, else 1
if an answer fails, else 0. An empty stream is bad input too.

Examples:
  svpg compare case.json mine.json
  svpg compare --chapter my-rule.md --rule hebb case.json mine.json
  svpg compare case.json mine-f32.json --rtol 1e-4 --atol 1e-6
  svpg compare case.json mine.json --rtol 0 --atol 0 --ulp 4      (at most 4 steps of f64)
  svpg compare cases.jsonl mine.jsonl --summary --certificate mine.certificate.json
  my-program --answer case.json | svpg compare case.json -
  svpg compare trajectory.json mine.json                          (level 1)
  svpg compare envelope.json metrics.jsonl                        (level 3)
  svpg compare cases.jsonl mine.jsonl envelope.json metrics.jsonl --summary --certificate mine.certificate.json";

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // -0 is 0, and is shown so.
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value + 0.0),
        _ => Err("give a finite number, at least 0".to_owned()),
    }
}

fn waiver(text: &str) -> Result<Waiver, String> {
    match text.split_once('=') {
        Some((block, reason)) if !block.trim().is_empty() && !reason.trim().is_empty() => {
            Ok(Waiver { block: block.trim().to_owned(), reason: reason.trim().to_owned(), answers: 0 })
        }
        _ => {
            Err("give the name of a block, `=`, and the reason, such as b_A=\"no bias in hardware\""
                .to_owned())
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let Arguments { case, candidate, more, summary, chapter, rtol, atol, ulp, waive, certificate, format } =
        arguments;
    let tolerance = Tolerance { rtol: *rtol, atol: *atol, ulp: *ulp };
    let certificate = certificate
        .as_ref()
        .map(|path| Destination::new("--certificate", path, "omit --certificate"))
        .transpose()?;
    let reader = chapter.reader()?;
    let (others, rest) = more.as_chunks::<2>();
    if let [question] = rest {
        return Err(Error::bad_input(
            question.display(),
            "its answer is missing",
            "give questions and answers in pairs",
        ));
    }
    let mut record = Record {
        summary: Summary::new(tolerance),
        unchecked: 0,
        waivers: waive.clone(),
        inputs: Vec::new(),
        reports: Vec::new(),
    };
    let mut verdict = Verdict::Passed;
    let pairs = others.iter().map(|[question, answer]| (question, Some(answer)));
    for (question, answer) in std::iter::once((case, candidate.as_ref())).chain(pairs) {
        let own = pair(
            &reader,
            (question, answer.map(PathBuf::as_path)),
            *summary,
            *format,
            tolerance,
            &mut record,
        )?;
        verdict = verdict.max(own);
    }
    let blocks = record.summary.block_names();
    if let Some(Waiver { block, .. }) = waive.iter().find(|waiver| !blocks.contains(&waiver.block.as_str())) {
        let what = format_args!("no answer has the block {block}");
        return Err(Error::bad_input("--waive", what, format_args!("give one of {}", blocks.join(", "))));
    }
    record.reports.iter().try_for_each(|report| say(report))?;
    if *summary {
        let is_json = *format == Some(Format::Json);
        say(&if is_json { json(&record.summary) } else { record.summary.to_string() })?;
        if !is_json {
            for Waiver { block, reason, answers } in &record.waivers {
                say(&format!("note  {block} is waived in {answers} answers: {reason}"))?;
            }
        }
    }
    record.inputs.extend(reader.digest());
    if let Some(file) = &certificate {
        certificate::write(file, &record, verdict)?;
    }
    Ok(verdict)
}

/// Judges the answers to a question, or to the questions of a file.
fn pair(
    reader: &Reader,
    (case, candidate): (&Path, Option<&Path>),
    summary: bool,
    format: Option<Format>,
    tolerance: Tolerance,
    record: &mut Record,
) -> Result<Verdict, Error> {
    let is_document = |path: &Path| path.extension().is_some_and(|extension| extension == "json");
    let are_lines =
        |path: &Path| input::is_stdin(path) || input::is_lines(path) || summary && !is_document(path);
    let asked = if are_lines(case) { None } else { Some(Asked::read(reader, case)?) };
    // A learning curve has several lines, and is one answer.
    let is_curve = asked.as_ref().is_some_and(Asked::has_lines);
    let is_stream = !is_curve && (summary || are_lines(case) || candidate.is_some_and(are_lines));
    if !is_stream && let Some(asked) = asked {
        let Some(candidate) = candidate else {
            return Err(Error::bad_input(
                "CANDIDATE.json",
                "it is missing",
                "give the answer to compare, or `-`",
            ));
        };
        return one((case, asked), candidate, tolerance, format.filter(|_| !summary), summary, record);
    }
    if format == Some(Format::Text) && !summary {
        let what = "for several answers the output is JSON, not text";
        return Err(Error::bad_input("--format", what, "omit --format, or add --summary"));
    }
    let mut pairs = Pairs::open(case, asked, candidate)?;
    let mut stream = Stream::default();
    while let Some((line, compared)) =
        pairs.next(reader, tolerance, !summary || record.summary.wants_hints())?
    {
        let compared = record.add(line, compared);
        let judged = compared.map(|comparison| {
            let text = if summary { String::new() } else { json(&comparison) };
            (text, verdict(comparison.ok))
        });
        let text = stream.count(line, judged)?;
        if !summary {
            say(&text)?;
        }
    }
    record.inputs.extend(pairs.inputs());
    Ok(stream.finish())
}

/// A file with one question.
struct Asked {
    question: Result<Question, Error>,
    file: Digested,
}

impl Asked {
    /// # Errors
    /// The file cannot be read. If it has no question, that is an error only where one is needed.
    fn read(reader: &Reader, path: &Path) -> Result<Self, Error> {
        let bytes = input::file(path)?;
        let question = reader.question(&bytes).map_err(|error| error.within(path.display()));
        Ok(Self { question, file: Digested::of_file(path, &bytes) })
    }

    /// Has its answer several lines?
    fn has_lines(&self) -> bool {
        self.question.as_ref().is_ok_and(Question::has_lines)
    }
}

/// A block that may fail.
#[derive(Clone, serde::Serialize)]
pub(super) struct Waiver {
    pub(super) block: String,
    pub(super) reason: String,
    /// Number of answers that fail in this block.
    pub(super) answers: usize,
}

/// What was compared so far.
pub(super) struct Record {
    pub(super) summary: Summary,
    /// Number of parts that the answers leave out.
    pub(super) unchecked: usize,
    pub(super) waivers: Vec<Waiver>,
    pub(super) inputs: Vec<Digested>,
    /// The reports of single answers. They are printed when all waivers have proved right.
    reports: Vec<String>,
}

impl Record {
    /// Applies the waivers and counts the comparison.
    fn add(&mut self, line: usize, compared: Result<Comparison, Error>) -> Result<Comparison, Error> {
        match compared {
            Ok(mut comparison) => {
                for waiver in &mut self.waivers {
                    waiver.answers += usize::from(comparison.waive(&waiver.block, &waiver.reason));
                }
                self.summary.add(line, &comparison);
                self.unchecked += comparison.unchecked.len();
                Ok(comparison)
            }
            Err(error) => {
                let kind = stream::kind(&error).map_or("", |(kind, _)| kind);
                self.summary.add_error(line, kind, &error);
                Err(error)
            }
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a result has text keys alone")
}

fn verdict(ok: bool) -> Verdict {
    if ok { Verdict::Passed } else { Verdict::Failed }
}

fn one(
    (case, asked): (&Path, Asked),
    candidate: &Path,
    tolerance: Tolerance,
    format: Option<Format>,
    summary: bool,
    record: &mut Record,
) -> Result<Verdict, Error> {
    let bytes = input::file(candidate)?;
    let Asked { question, file } = asked;
    let mut question = question?;
    let comparison = question.judge(&bytes, tolerance).map_err(|wrong| match wrong {
        Wrong::Question(error) => error.within(case.display()),
        Wrong::Answer(error) => error.within(candidate.display()),
    })?;
    let comparison = record.add(1, Ok(comparison))?;
    if !summary {
        let is_json = format == Some(Format::Json);
        record.reports.push(if is_json { json(&comparison) } else { comparison.to_string() });
    }
    record.inputs.extend([file, Digested::of_file(candidate, &bytes)]);
    Ok(verdict(comparison.ok))
}

/// Cases with answers, one after the other.
enum Pairs {
    /// Every line has a case and its candidate.
    Together(Lines),
    /// Every line is a candidate for one case.
    OneCase(Question, Digested, Lines),
    /// Two streams, with as many lines.
    Apart(Lines, Lines),
}

/// The number of a line, and the comparison that it asks for.
type Compared = (usize, Result<Comparison, Error>);

impl Pairs {
    /// `asked` is the question of `case`; `None` if `case` has lines.
    fn open(case: &Path, asked: Option<Asked>, candidate: Option<&Path>) -> Result<Self, Error> {
        Ok(match candidate {
            None => Self::Together(Lines::open(case)?),
            Some(candidate) if input::is_stdin(case) && input::is_stdin(candidate) => {
                Self::Together(Lines::open(case)?)
            }
            Some(candidate) if input::is_stdin(case) => {
                return Err(Error::bad_input(
                    candidate.display(),
                    "if the case is read from standard input, the candidate is too",
                    "give only `-`, with lines of {\"case\": ..., \"candidate\": ...}, or give a file for the case",
                ));
            }
            Some(candidate) => match asked {
                None => Self::Apart(Lines::open(case)?, Lines::open(candidate)?),
                Some(Asked { question, file }) => Self::OneCase(question?, file, Lines::open(candidate)?),
            },
        })
    }

    /// The inputs, as far as they were read.
    fn inputs(self) -> Vec<Digested> {
        match self {
            Self::Together(lines) => vec![lines.digest()],
            Self::OneCase(_, case, lines) => vec![case, lines.digest()],
            Self::Apart(cases, answers) => vec![cases.digest(), answers.digest()],
        }
    }

    /// The next comparison; `None` at the end.
    ///
    /// # Errors
    /// A stream cannot be read, or is empty. An error of a line is inside the result.
    fn next(
        &mut self,
        reader: &Reader,
        tolerance: Tolerance,
        hints: bool,
    ) -> Result<Option<Compared>, Error> {
        let fresh = |case: &Case, candidate: &Answer| {
            let mut judge = Judge::new(case);
            judge.seek_hints(hints);
            judge.compare(candidate, tolerance)
        };
        Ok(match self {
            Self::Together(lines) => lines.next()?.map(|line| {
                let compared = reader.pair(&line).and_then(|(case, answer)| fresh(&case, &answer));
                (lines.number(), compared.map_err(|error| lines.locate(error)))
            }),
            Self::OneCase(question, _, lines) => lines.next()?.map(|line| {
                question.seek_hints(hints);
                let compared = question.judge(&line, tolerance).map_err(Wrong::into_error);
                (lines.number(), compared.map_err(|error| lines.locate(error)))
            }),
            Self::Apart(cases, answers) => match (cases.next()?, answers.next()?) {
                (None, None) => None,
                (Some(_), None) => {
                    let what = format!("it ends before the answer to the case on line {}", cases.number());
                    Some((cases.number(), Err(answers.ends(&what, "give one answer per case"))))
                }
                (None, Some(_)) => {
                    let error = cases.ends("it ends before the case", "give one case per answer");
                    Some((answers.number(), Err(answers.locate(error))))
                }
                (Some(case), Some(answer)) => {
                    let question = reader.question(&case).map_err(|error| cases.locate(error));
                    let compared = question.and_then(|mut question| {
                        question.seek_hints(hints);
                        question.judge(&answer, tolerance).map_err(|wrong| match wrong {
                            Wrong::Question(error) => cases.locate(error),
                            Wrong::Answer(error) => answers.locate(error),
                        })
                    });
                    Some((answers.number(), compared))
                }
            },
        })
    }
}
