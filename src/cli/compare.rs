//! `svpg compare`.

use super::{Format, Verdict, input, oracle::stream, say, whole};
use std::path::{Path, PathBuf};
use svpg::Error;
use svpg::conformance::case::{Answer, Case};
use svpg::conformance::compare::{Comparison, Tolerance, compare};

/// Compare the answer of another program with the reference, block by block
///
/// Computes the answer to the case with the reference model and compares the candidate with it
/// (svpg-answer/1; `q`, `residual` and `gradients` may be left out). The blocks are q, and hh, ha,
/// ah, aa, sh, sa, b_H, b_A of the update and of every given gradient: h is hidden, a action, s
/// state, b bias. For each block, prints the largest absolute, relative and ulp error, the worst
/// entry, and the angle to the true block and the length relative to it. An entry x passes for the
/// true entry y if |x - y| <= ATOL + RTOL |y|, or if x and y are at most ULP steps of f64 apart.
/// The candidate's `residual` is not compared: it is computed again from the candidate's `q`.
///
/// If an answer fails but equals the result of a known mistake (the other convention, a factor 2,
/// 1/B for 1/B^2, a sum for an average, a transposed state matrix, a mask not applied, v for v - q
/// in the bias, the opposite sign, another rule), a hint names the mistake.
///
/// Exit codes: 0 every block passes; 1 a block fails, or no fixed point is found; 2 bad input.
#[derive(clap::Args)]
#[command(after_long_help = "\
The answer (S states, N units, hidden circuit by hidden circuit, then the action circuit):
  {\"schema\": \"svpg-answer/1\",
   \"q\": [N numbers a sample], \"residual\": 1e-16,                    may be left out
   \"update\": {\"recurrent\": N x N, \"state\": S x N, \"bias\": N numbers},
   \"gradients\": {\"exact\": ..., \"mean_field\": ..., \"last_step\": ..., \"free_energy\": ...}}
  gradients may be left out; each has the form of `update`

With `-`, standard input is JSON Lines: each line is a complete document. The output is one JSON object
per line, flushed before the next line is read:
  svpg compare CASE.json -    each line is a candidate for CASE.json
  svpg compare -              each line is {\"case\": ..., \"candidate\": ...}
The exit code is 1 if any line fails. Bad input stops the stream at that line with exit code 2. An
empty stream is bad input too.

Examples:
  svpg compare case.json mine.json
  svpg compare case.json mine-f32.json --rtol 1e-4 --atol 1e-6
  svpg compare case.json mine.json --rtol 0 --atol 0 --ulp 4      (at most 4 steps of f64)
  my-program --answer case.json | svpg compare case.json -")]
pub(super) struct Arguments {
    /// The case, or `-` for lines of {"case": ..., "candidate": ...}
    #[arg(value_name = "CASE.json|-")]
    case: PathBuf,
    /// The answer to compare, or `-` for one answer per line
    #[arg(value_name = "CANDIDATE.json|-")]
    candidate: Option<PathBuf>,
    /// Allowed error relative to the true entry (RTOL)
    #[arg(long, default_value = "1e-9", value_parser = tolerance, allow_hyphen_values = true)]
    rtol: f64,
    /// Allowed absolute error, added to the relative one (ATOL)
    #[arg(long, default_value = "1e-12", value_parser = tolerance, allow_hyphen_values = true)]
    atol: f64,
    /// Allowed distance in steps of f64, as an alternative to RTOL and ATOL
    #[arg(long, default_value = "0", value_parser = whole::<u64>, allow_hyphen_values = true)]
    ulp: u64,
    /// Format of the result [default: text for two files, json with `-`]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // -0 is 0, and is shown so.
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value + 0.0),
        _ => Err("give a finite number, at least 0".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let Arguments { case, candidate, rtol, atol, ulp, format } = arguments;
    let tolerance = Tolerance { rtol: *rtol, atol: *atol, ulp: *ulp };
    let is_pair = input::is_stdin(case);
    let is_stream = is_pair || candidate.as_deref().is_some_and(input::is_stdin);
    if is_stream && *format == Some(Format::Text) {
        return Err(Error::bad_input("--format", "with `-` the output is JSON, not text", "omit --format"));
    }
    let judged = |comparison: Comparison| {
        let verdict = if comparison.ok { Verdict::Passed } else { Verdict::Failed };
        (serde_json::to_string(&comparison).expect("a comparison has text keys alone"), verdict)
    };
    match candidate {
        Some(candidate) if is_pair && !input::is_stdin(candidate) => Err(Error::bad_input(
            candidate.display(),
            "if the case is read from standard input, the candidate is too",
            "give only `-`, with lines of {\"case\": ..., \"candidate\": ...}, or give a file for the case",
        )),
        _ if is_pair => stream(|line| {
            let (case, candidate) = Case::with_candidate(line)?;
            Ok(judged(compare(&case, &candidate, tolerance)?))
        }),
        None => {
            Err(Error::bad_input("CANDIDATE.json", "it is missing", "give the answer to compare, or `-`"))
        }
        Some(_) if is_stream => {
            let case = read_case(case)?;
            stream(|line| Ok(judged(compare(&case, &Answer::from_bytes(line, &case)?, tolerance)?)))
        }
        Some(candidate) => {
            let case_of = read_case(case)?;
            let answer = Answer::from_bytes(&input::file(candidate)?, &case_of)
                .map_err(|error| error.within(candidate.display()))?;
            let comparison =
                compare(&case_of, &answer, tolerance).map_err(|error| error.within(case.display()))?;
            let text = if *format == Some(Format::Json) {
                judged(comparison.clone()).0
            } else {
                comparison.to_string()
            };
            say(&text)?;
            Ok(if comparison.ok { Verdict::Passed } else { Verdict::Failed })
        }
    }
}

fn read_case(path: &Path) -> Result<Case, Error> {
    Case::from_bytes(&input::file(path)?).map_err(|error| error.within(path.display()))
}
