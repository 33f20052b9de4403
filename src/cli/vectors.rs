//! `svpg vectors`.

use super::{Verdict, say, whole};
use std::path::PathBuf;
use svpg::Error;
use svpg::conformance::vectors;

/// Write conformance vectors: test cases with the answers of the reference
///
/// Writes files NNNN.case.json (svpg-case/1) and NNNN.answer.json (svpg-answer/1, with gradients);
/// all cases in cases.jsonl and all answers in answers.jsonl; the same as NumPy arrays in cases.npz
/// and answers.npz (docs/formats.md lists them); and manifest.json. The cases cover every rule,
/// both conventions, masks, several values of every option, given and computed q, 1 to 7 samples,
/// saturated and nearly tied circuits, and unusual shapes (no states, no hidden circuits, circuits
/// of one unit, a single action). An answer of zeros passes none of them. The same count and seed
/// give the same bytes on every machine. The cases of a smaller count are the first cases of a
/// larger count. 112 cases cover every pair of rule and shape in both conventions.
///
/// manifest.json has the versions of its format, of the vectors and of svpg, the SHA-256 of each
/// file, and for each case a comment and the codes of the mistakes that it catches: a program with
/// such a mistake fails on the case. `svpg compare --help` lists the codes.
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
  for case in vectors/*.case.json; do my-program $case | svpg compare $case - ; done")]
pub(super) struct Arguments {
    /// Output folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// 0: cases with exact answers; 1: trajectories of rate and spiking inference under given draws
    /// (NNNN.trajectory.json, svpg-trajectory/1), with answers that agree to the bit with the
    /// specified order of operations in f32; 2: expected updates (NNNN.expectation.json,
    /// svpg-expectation/1) with answers by enumeration. docs/conformance.md has the formats
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
