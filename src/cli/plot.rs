//! `svpg plot`.

use std::ffi::OsStr;
use std::path::PathBuf;

use svpg::Error;
use svpg::report::Curves;

use super::destination::Destination;
use super::{Verdict, say};

/// Draw a curve of a run: in the terminal, and as SVG or PNG
///
/// Curves: accuracy, critic, entropy, iterations, return; a run has some of them. The first of
/// accuracy and return is drawn unless --curve names another. A run may go on meanwhile.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Write the chart to this new file, whose name ends in .svg or .png; may be given several
    /// times
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// The curve
    #[arg(long, value_name = "NAME")]
    curve: Option<String>,
}

const HELP: &str = "\
Examples:
  svpg plot runs/best
  svpg plot runs/best --out accuracy.svg --out accuracy.png
  svpg plot runs/pole --curve entropy";

/// Columns of the chart in a terminal.
const COLUMNS: usize = 78;

enum Kind {
    Svg,
    Png,
}

pub(super) fn run(Arguments { run, out, curve }: &Arguments) -> Result<Verdict, Error> {
    let files: Vec<(Kind, Destination)> = out
        .iter()
        .map(|path| {
            let kind = match path.extension().and_then(OsStr::to_str) {
                Some("svg") => Kind::Svg,
                Some("png") => Kind::Png,
                _ => {
                    let remedy = "give a name that ends in .svg or .png";
                    return Err(Error::bad_input(
                        format!("--out {}", path.display()),
                        "the format is unknown",
                        remedy,
                    ));
                }
            };
            Ok((kind, Destination::fresh("--out", path)?))
        })
        .collect::<Result<_, _>>()?;
    let charts = Curves::read(run)?.charts();
    let found = charts.iter().find(|(name, _)| curve.as_ref().is_none_or(|wanted| wanted == name));
    let Some((_, chart)) = found else {
        let names: Vec<&str> = charts.iter().map(|(name, _)| *name).collect();
        let (place, what) = match curve {
            Some(curve) => (format!("--curve {curve}"), "the run has no such curve"),
            None => (run.display().to_string(), "the run has no curve that can be drawn"),
        };
        let remedy = if names.is_empty() {
            "train it further".to_owned()
        } else {
            format!("give one of: {}", names.join(", "))
        };
        return Err(Error::bad_input(place, what, remedy));
    };
    for (kind, file) in &files {
        match kind {
            Kind::Svg => file.write(chart.svg())?,
            Kind::Png => file.write(chart.png())?,
        }
    }
    say(chart.text(COLUMNS).trim_end())?;
    Ok(Verdict::Passed)
}
