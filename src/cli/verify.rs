//! `svpg verify`: the built-in chapters.

use std::path::PathBuf;

use svpg::Error;
use svpg::kernel::simd::Level;
use svpg::task::mnist::{Labelled, Split};
use svpg::verify::kernel::{KERNELS, KernelCheck};
use svpg::verify::{Report, verify};

use super::Verdict;
use super::report::{Bar, Output, Reporting};

/// Check every derivation of spiking variational policy gradient in three independent ways
///
/// Compares the two sides of every equality of every built-in chapter exactly (modulo random
/// primes), by finite differences with computed bounds, and in high precision. Exact
/// counterexamples refute the published rules that are not the gradient. Then tries deliberately
/// wrong versions of every link and rule: each must be refuted. Files with an error must be
/// refused, and false claims must not hold. Compares the optimised kernels with their scalar twins
/// bit by bit, on every instruction set of this machine (SVPG_ISA limits them), and with f64. All
/// checks take about 15 seconds on two cores.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = help())]
pub(super) struct Arguments {
    #[command(flatten)]
    reporting: Reporting,
    /// Also check the rules at the published size (784 states, 20×10 hidden units, 10 actions) on
    /// the images in this folder
    #[arg(long, value_name = "DIR")]
    mnist: Option<PathBuf>,
}

/// The end of the long help text.
fn help() -> String {
    let line = |kernel: &KernelCheck| {
        let KernelCheck { name, summary, allowed_ulp, reason, .. } = kernel;
        format!("  {name:<19} {allowed_ulp:<5} {summary}: {reason}\n")
    };
    let kernels: String = KERNELS.iter().map(line).collect();
    format!("Kernels, with the allowed error relative to f64, in ulp of f32:\n{kernels}\n{EXAMPLES}")
}

const EXAMPLES: &str = "\
Examples:
  svpg verify
  svpg verify --thorough --format json --out report.json
  svpg data fetch mnist && svpg verify --mnist data/mnist

Exit codes: 0, every result is as expected; 1, a result is not as expected; 2, bad input.";

/// Number of coordinates per block that are checked at the published size.
const COORDINATES: usize = 12;

pub(super) fn run(arguments: &Arguments, level: Level) -> Result<Verdict, Error> {
    let output = Output::new(&arguments.reporting)?;
    let images = match &arguments.mnist {
        Some(folder) => Some(Labelled::read(folder, Split::Test)?),
        None => None,
    };
    let options = arguments.reporting.options();
    let bar = Bar::new();
    let mut report: Report = verify(&options, level, &|done, total| bar.set(done, total))?;
    if let Some(images) = images {
        report.published_size =
            Some(svpg::verify::published_size::check(&images.images, options.seed, COORDINATES)?);
        report.conclude();
    }
    bar.finish();
    output.write(&report)
}
