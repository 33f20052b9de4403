//! The output of a verification report, and its progress bar.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use svpg::Error;
use svpg::verify::{Colour, Options, Report, render};

use super::destination::Destination;
use super::{Format, Verdict, whole};

/// How to check and to report.
#[derive(clap::Args)]
pub(super) struct Reporting {
    /// Format of the report
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Try larger shapes and more instances; takes about six times as long
    #[arg(long)]
    thorough: bool,
    /// Seed of all random points. The same seed gives the same report with any number of threads
    #[arg(long, default_value = "0", value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
    seed: u64,
}

impl Reporting {
    pub(super) fn options(&self) -> Options {
        Options { thorough: self.thorough, seed: self.seed }
    }
}

/// The destination and format of a report.
pub(super) struct Output {
    format: Format,
    file: Option<Destination>,
}

impl Output {
    /// Checks the destination first.
    pub(super) fn new(&Reporting { format, ref out, .. }: &Reporting) -> Result<Self, Error> {
        let instead = "omit --out to print to standard output";
        let file = out.as_ref().map(|path| Destination::new("--out", path, instead)).transpose()?;
        Ok(Self { format, file })
    }

    /// Writes the report. A file is written completely or not at all.
    pub(super) fn write(&self, report: &Report) -> Result<Verdict, Error> {
        let colour =
            self.file.is_none() && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let text = match self.format {
            Format::Json => {
                serde_json::to_string(report).map_err(|error| Error::output(&error.into()))? + "\n"
            }
            Format::Text => render(report, if colour { Colour::Terminal } else { Colour::None }),
        };
        match &self.file {
            None => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes())
                    .and_then(|()| out.flush())
                    .map_err(|error| Error::output(&error))?;
            }
            Some(file) => file.write(&text)?,
        }
        Ok(if report.ok { Verdict::Passed } else { Verdict::Failed })
    }
}

/// A progress bar on standard error. If that is not a terminal, it shows nothing.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed} elapsed, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    pub(super) fn set(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
