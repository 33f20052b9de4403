//! `svpg export`: the statements of a derivation file for a proof assistant.

use std::io::Write;
use std::path::PathBuf;

use svpg::Error;
use svpg::verify::proofs::{Statements, statements};

use super::destination::Destination;
use super::{Verdict, check, note};

/// Write the claims of a derivation file as statements for Coq, about networks of every size
///
/// The file has the definitions of the chapter and, for each claim, a definition ID_statement: that
/// the claim holds, or, where it is expected to be refuted, that it does not. Claims without a
/// statement are listed at the end, each with the reason, and a note says how many they are.
/// A proof is a theorem of that type. docs/proofs.md describes how definitions and claims are
/// translated, what a reader checks by eye, and how to add a proof. `svpg check` the file first:
/// an exported claim can be wrong.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  svpg export --coq derivations/09-credit.md\n  svpg export --coq my-rule.md --out my_rule.v\n\n\
                        Exit codes: 0, the file is written; 2, the derivation file has errors, or none of its claims can be \
                        translated: one line per error, and nothing is written."
)]
pub(super) struct Arguments {
    /// Derivation file whose claims to write for Coq 8.16 with mathcomp analysis 0.6
    #[arg(long, required = true, value_name = "FILE.md")]
    coq: PathBuf,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Vec<Error>> {
    let one = |error| vec![error];
    let instead = "omit --out to print to standard output";
    let out = arguments
        .out
        .as_ref()
        .map(|path| Destination::new("--out", path, instead))
        .transpose()
        .map_err(one)?;
    let Statements { text, stated, left_out } = statements(&check::read(&arguments.coq).map_err(one)?)?;
    match out {
        Some(file) => file.write(&text).map_err(one)?,
        None => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            written.map_err(|error| one(Error::output(&error)))?;
        }
    }
    if !left_out.is_empty() {
        let (missing, all) = (left_out.len(), stated.len() + left_out.len());
        note(&format!(
            "{missing} of {all} claims have no statement: the end of the output names them, with the reasons"
        ));
    }
    Ok(Verdict::Passed)
}
