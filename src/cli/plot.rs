//! `svpg plot`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use svpg::Error;
use svpg::report::{Chart, Curves, study_charts};
use svpg::study::Document;

use super::destination::Destination;
use super::{Verdict, say};

/// Draw a curve of a run or of a study: in the terminal, and as SVG or PNG
///
/// Curves of a run: accuracy, critic, entropy, iterations, return; a run has some of them. The
/// first of accuracy and return is drawn unless --curve names another. A run may go on meanwhile.
/// Curves of a study: results over the level of a noise, with intervals over seeds, named as the
/// protocol.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct Arguments {
    /// Folder of the run, or of the finished study
    #[arg(value_name = "RUN|STUDY")]
    folder: PathBuf,
    /// Write the chart to this new file, whose name ends in .svg or .png; may be given several
    /// times
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// The curve; of a study a protocol such as gaussian, or with its task, pendulum.gaussian
    #[arg(long, value_name = "NAME")]
    curve: Option<String>,
    /// Of a study, the methods to draw, separated by commas; all if it is missing
    #[arg(long, value_name = "METHOD,…", value_delimiter = ',')]
    methods: Vec<String>,
}

const HELP: &str = "\
Examples:
  svpg plot runs/best
  svpg plot runs/best --out accuracy.svg --out accuracy.png
  svpg plot runs/pole --curve entropy
  svpg plot studies/quick --curve gaussian --methods svpg,bp-tuned --out gaussian.svg";

/// Columns of the chart in a terminal.
const COLUMNS: usize = 78;

enum Kind {
    Svg,
    Png,
}

pub(super) fn run(Arguments { folder, out, curve, methods }: &Arguments) -> Result<Verdict, Error> {
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
    let charts = charts(folder, methods)?;
    let is_wanted = |name: &str| {
        curve.as_ref().is_none_or(|wanted| name == wanted || name.ends_with(&format!(".{wanted}")))
    };
    let Some((_, chart)) = charts.iter().find(|(name, _)| is_wanted(name)) else {
        let names: Vec<&str> = charts.iter().map(|(name, _)| name.as_str()).collect();
        let (place, what) = match curve {
            Some(curve) => (format!("--curve {curve}"), "there is no such curve"),
            None => (folder.display().to_string(), "there is no curve that can be drawn"),
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

/// The charts of a run or of a study, by name.
fn charts(folder: &Path, methods: &[String]) -> Result<Vec<(String, Chart)>, Error> {
    if Document::is_in(folder) {
        return study_charts(&Document::read(folder)?, methods);
    }
    if !methods.is_empty() {
        let what = "the folder has no finished study";
        return Err(Error::bad_input("--methods", what, "leave it out for a run"));
    }
    let charts = Curves::read(folder)?.charts();
    Ok(charts.into_iter().map(|(name, chart)| (name.to_owned(), chart)).collect())
}
