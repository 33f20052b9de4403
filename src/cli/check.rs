//! `svpg check`: a user's own derivation files.

use std::path::PathBuf;
use std::sync::Arc;

use svpg::Error;
use svpg::verify::check;
use svpg_check::{MAX_FILE, Position, Source};

use super::Verdict;
use super::report::{Bar, Output, Reporting};

/// Check your own derivation files
///
/// A derivation file is Markdown with ```svpg blocks: definitions, learning rules, claims. The
/// definitions of the first built-in chapter are in scope: q, z, p, pi, J_exact, J_meanfield,
/// J_laststep and others. docs/derivation-language.md describes the language; examples/ has
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

/// A derivation file.
pub(super) fn read(path: &std::path::Path) -> Result<Arc<Source>, Error> {
    let bad = |what: String, remedy: &str| Error::bad_input(path.display(), what, remedy);
    let about = std::fs::metadata(path)
        .map_err(|error| bad(error.to_string(), "give a Markdown file; standard input is not read"))?;
    if !about.is_file() {
        return Err(bad("it is not a file".to_owned(), "give a Markdown file; standard input is not read"));
    }
    if about.len() > MAX_FILE {
        return Err(bad(
            format!("found {} bytes, expected at most 4 MiB", about.len()),
            "split it into several files",
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string(), "make it readable"))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|error| {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let Position { line, column } = Source::new("", String::from_utf8_lossy(&bytes[..at])).position(at);
        let what = format!("D103: the byte 0x{:02x} is not UTF-8", bytes[at]);
        Error::bad_input(format_args!("{name}:{line}:{column}"), what, "save it as UTF-8")
    })?;
    Ok(Source::new(name, text))
}
