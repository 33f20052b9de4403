//! `svpg oracle`.

use super::chapter::{self, Reader};
use super::input::{self, Lines};
use super::stream::Stream;
use super::{Verdict, say};
use std::path::PathBuf;
use svpg::Error;
use svpg::conformance::oracle;
use svpg::rule::RULES;

/// Compute the answer to a case with the reference model
///
/// Reads a network, a rule and a batch of samples (svpg-case/1) and prints the answer
/// (svpg-answer/1): the mean-field state `q` of every sample, `residual` = max |q - softmax(z(q))|,
/// and the rule's `update` for learning rate 1, averaged over the batch and masked. They are
/// computed with twice the precision of f64. Each number is printed as the shortest decimal that
/// parses to the same f64.
///
/// A given `q` is used unchanged, even if it is not a fixed point: `residual` is its distance from
/// one. If `q` is null, the noise-free fixed point is computed, starting from the uniform state. If
/// none is found, there is no answer: one line on standard error names the sample and the best
/// residual, and the exit code is 1.
#[derive(clap::Args)]
#[command(after_long_help = help())]
pub(super) struct Arguments {
    /// The case; a file CASES.jsonl, or `-` for standard input, with one case per line
    #[arg(value_name = "CASE.json|CASES.jsonl|-")]
    case: PathBuf,
    /// Also print the gradients of sum_b A_b ln pi(a_b|s_b) / B for the exact, the mean-field, the
    /// last-step and the free-energy policy
    ///
    /// An entry without a connection is 0. `mean_field` differentiates through the fixed point,
    /// even if the case gives `q`. `last_step` treats `q` as a constant. `free_energy` is the
    /// gradient for the policy softmax(-F(q|a)). With more than 10^6 configurations, `exact` is
    /// null and `exact_reason` says why.
    #[arg(long)]
    gradients: bool,
    #[command(flatten)]
    chapter: chapter::Arguments,
    /// Format of the answer; JSON is the only format
    #[arg(long, value_enum, default_value = "json")]
    format: OracleFormat,
}

/// The end of the help text.
fn help() -> String {
    let rules: String =
        RULES.iter().map(|rule| format!("  {:<11} {}\n", rule.name(), rule.summary())).collect();
    let options: String = RULES.iter().map(|rule| rule.options_help()).collect();
    format!("{CASE}\nRules:\n{rules}\n{options}\n{}\n{STREAM}", chapter::HELP)
}

const CASE: &str = "\
The case:
  {\"schema\": \"svpg-case/1\",
   \"shape\": {\"states\": 1, \"hidden_circuits\": 1, \"hidden_size\": 2, \"actions\": 2},
   \"convention\": \"full\",        full: -E = v'Wv + ...   half: -E = v'Wv/2 + ...
   \"weights\": {\"recurrent\": [[0, 0, 0.2, 0.4], [0, 0, -0.2, -0.6],
                             [0.2, -0.2, 0, 0], [0.4, -0.6, 0, 0]],
               \"state\": [[0.3, -0.2, -0.4, 0.2]], \"bias\": [1.5, -0.4, -0.2, 0.5]},
   \"mask\": null,                or N x N of 0/1 (1 keeps a connection),
                                or {\"recurrent\": N x N, \"state\": S x N}; optional
   \"rule\": \"svpg\",              see Rules below
   \"batch\": [{\"state\": [0.25], \"q\": null, \"sample\": {\"hidden\": [0], \"action\": 1},
              \"advantage\": 0.5}]}
Units are ordered hidden circuit by hidden circuit, then the action circuit. States lie in [0,1];
a given `q` sums to 1 (within 1e-6) in every circuit. hidden_circuits and states may be 0.
";

const STREAM: &str = "\
No rule subtracts a baseline: the advantage is used as it is given.

CASES.jsonl and, with `-`, standard input are JSON Lines: one case per line. The output is one answer
per line, flushed before the next line is read. A line without an answer does not stop the stream. Its answer is
  {\"schema\": \"svpg-error/1\", \"line\": ..., \"verdict\": ..., \"error\": ...}
where `verdict` is \"bad input\" or \"no fixed point\". The exit code is 2 if a line is bad input, else 1
if a line has no fixed point, else 0. An empty stream is bad input too.

Examples:
  svpg oracle case.json
  svpg oracle case.json --gradients > answer.json
  svpg oracle cases.jsonl > answers.jsonl
  svpg oracle --chapter my-rule.md --rule hebb case.json
  my-program --emit-cases | svpg oracle - | my-program --judge";

#[derive(Clone, Copy, clap::ValueEnum)]
enum OracleFormat {
    /// One JSON object on one line.
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let OracleFormat::Json = arguments.format;
    let reader = arguments.chapter.reader()?;
    if !input::is_stdin(&arguments.case) && !input::is_lines(&arguments.case) {
        let bytes = input::file(&arguments.case)?;
        let answer = answer(&reader, &bytes, arguments.gradients)
            .map_err(|error| error.within(arguments.case.display()))?;
        say(&answer)?;
        return Ok(Verdict::Passed);
    }
    let mut lines = Lines::open(&arguments.case)?;
    let mut stream = Stream::default();
    while let Some(line) = lines.next()? {
        let answer = answer(&reader, &line, arguments.gradients).map_err(|error| lines.locate(error));
        let text = stream.count(lines.number(), answer.map(|text| (text, Verdict::Passed)))?;
        say(&text)?;
    }
    Ok(stream.finish())
}

fn answer(reader: &Reader, bytes: &[u8], gradients: bool) -> Result<String, Error> {
    Ok(oracle::answer(&reader.case(bytes)?, gradients)?.to_json())
}
