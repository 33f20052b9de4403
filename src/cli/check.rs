//! `svpg check`: a user's own derivation files.

use std::path::PathBuf;
use std::sync::Arc;

use svpg::Error;
use svpg::verify::{check, read};
use svpg_check::Source;

use super::Verdict;
use super::report::{Bar, Output, Reporting};

/// Check your own derivation files
///
/// A derivation file is Markdown with ```svpg blocks: definitions, learning rules, claims. The
/// definitions of the first built-in chapter are in scope: q, z, p, pi, J_exact, J_meanfield,
/// J_laststep and others. docs/derivation-language.md describes the language; examples/ has two
/// learning rules from the literature. On two cores, a claim about numbers takes milliseconds, and
/// a claim about a network takes between 0.05 and 1 second.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  svpg check examples/reward-modulated-hebb.md\n  svpg check my-rule.md --controls\n\n\
                        Exit codes: 0, every verdict is as expected and, with --controls, every mutant is refuted or listed; 1, a \
                        verdict or a mutant is not; 2, a file has errors: one line per error, with file:line:column, a code and the remedy."
)]
pub(super) struct Arguments {
    /// Derivation files
    #[arg(required = true, value_name = "FILE.md")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reporting: Reporting,
    /// Also try mutants (deliberately wrong versions) of every link and rule. Each must be refuted,
    /// or be listed in the file below a heading "Equivalent mutants"
    #[arg(long)]
    controls: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Vec<Error>> {
    let output = Output::new(&arguments.reporting).map_err(|error| vec![error])?;
    let (sources, errors): (Vec<_>, Vec<_>) =
        arguments.files.iter().map(|path| read(path)).partition(Result::is_ok);
    let errors: Vec<Error> = errors.into_iter().filter_map(Result::err).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let sources: Vec<Arc<Source>> = sources.into_iter().flatten().collect();
    let options = arguments.reporting.options();
    let bar = Bar::new();
    let report = check(&sources, &options, arguments.controls, &|done, total| bar.set(done, total))?;
    bar.finish();
    output.write(&report).map_err(|error| vec![error])
}
