//! `svpg vectors`.

use super::{Verdict, say, whole};
use std::path::PathBuf;
use svpg::Error;
use svpg::conformance::vectors;

/// Write conformance vectors: test cases with the answers of the reference
///
/// Each question and each answer has a file NNNN.KIND.json; all questions are in one file too, and
/// all answers in answers.jsonl. The questions are, by --level:
///
/// 0: cases with exact answers: NNNN.case.json (svpg-case/1), NNNN.answer.json (svpg-answer/1, with
/// gradients), cases.jsonl; the same as NumPy arrays in cases.npz and answers.npz (docs/formats.md
/// lists them)
///
/// 1: trajectories of rate and spiking inference under given draws: NNNN.trajectory.json
/// (svpg-trajectory/1), NNNN.answer.json (svpg-trajectory-answer/1, in f32 in the specified order
/// of operations), trajectories.jsonl
///
/// 2: expected updates: NNNN.expectation.json (svpg-expectation/1), NNNN.answer.json
/// (svpg-expectation-answer/1, by enumeration), expectations.jsonl
///
/// The cases cover every rule,
/// both conventions, masks, several values of every option, given and computed q, 1 to 7 samples,
/// saturated and nearly tied circuits, and unusual shapes (no states, no hidden circuits, circuits
/// of one unit, a single action). An answer of zeros passes none of them. The same count and seed
/// give the same bytes on every machine. The cases of a smaller count are the first cases of a
/// larger count. 112 cases cover every pair of rule and shape in both conventions.
///
/// manifest.json has the versions of its format, of the vectors and of svpg, the SHA-256 of each
/// file, and for each question a comment. Each case also has the codes of the mistakes that it
/// catches: a program with such a mistake fails on the case. `svpg compare --help` lists the codes.
///
/// The folder must be new or empty, or have a manifest.json of an earlier run. In the latter case,
/// the files in that manifest are replaced. Files that file managers write, such as .DS_Store, do
/// not count.
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  svpg vectors --out vectors
  svpg vectors --out vectors --count 500 --seed 7
  my-program < vectors/cases.jsonl | svpg compare vectors/cases.jsonl - --summary
  svpg vectors --level 1 --out trajectories
  my-program < trajectories/trajectories.jsonl | svpg compare trajectories/trajectories.jsonl - --summary
  for case in vectors/*.case.json; do my-program $case | svpg compare $case - ; done")]
pub(super) struct Arguments {
    /// Output folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Level of conformance, 0 to 2, as above; docs/conformance.md says what each level judges
    #[arg(long, default_value = "0", value_parser = clap::value_parser!(u8).range(0..=2), allow_hyphen_values = true)]
    level: u8,
    /// Number of cases, 1 to 9999
    #[arg(long, default_value_t = vectors::DEFAULT_COUNT, value_parser = whole(1..=vectors::MAX_COUNT), allow_hyphen_values = true)]
    count: usize,
    /// Seed of the cases
    #[arg(long, default_value = "0", value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let Arguments { out, level, count, seed } = arguments;
    let manifest = vectors::write_level(*level, out, *count, *seed)?;
    let (one, many) = [("case", "cases"), ("trajectory", "trajectories"), ("expectation", "expectations")]
        [usize::from(*level)];
    let cases =
        if manifest.count == 1 { format!("{one} with its answer") } else { format!("{many} with answers") };
    say(&format!("{} {cases}, seed {}, in {}", manifest.count, manifest.seed, arguments.out.display()))?;
    Ok(Verdict::Passed)
}
