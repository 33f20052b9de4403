//! The progress of long work: a bar if standard error is a terminal, else a line at intervals.

use indicatif::{FormattedDuration, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};
use svpg::training::{MetricsRow, Progress};

/// Time between two lines, and between two updates of the bar.
const LINES: Duration = Duration::from_secs(30);
const TEXTS: Duration = Duration::from_millis(200);

/// A bar, if standard error is a terminal.
fn bar(total: u64, template: &str) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    })
}

/// Shows how many of some things are done, and a message.
pub(super) struct Counter {
    bar: Option<ProgressBar>,
    total: u64,
    unit: &'static str,
    shown: Instant,
}

impl Counter {
    /// `unit` names the things. `tail` is the end of the bar, such as `{msg}`.
    pub(super) fn new(total: u64, unit: &'static str, tail: &str) -> Self {
        let bar = bar(total, &format!("{{bar:30}} {{pos}} of {{len}} {unit}  {tail}"));
        Self { bar, total, unit, shown: Instant::now() }
    }

    pub(super) fn see(&mut self, done: u64, message: String) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message);
            }
            None if self.shown.elapsed() >= LINES => {
                self.shown = Instant::now();
                // A failure to write is ignored.
                let _ = writeln!(
                    std::io::stderr(),
                    "{}",
                    format!("{done} of {} {}  {message}", self.total, self.unit).trim_end()
                );
            }
            None => {}
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows the progress of a training.
pub(super) struct Watcher {
    bar: Option<ProgressBar>,
    first: u64,
    began: Instant,
    shown: Instant,
    latest: Option<String>,
}

impl Watcher {
    pub(super) fn new(start: &Progress<'_>) -> Self {
        let bar = bar(start.total, "{bar:30} {pos} of {len}  {msg}").map(|bar| bar.with_position(start.done));
        let now = Instant::now();
        Self { bar, first: start.done, began: now, shown: now, latest: None }
    }

    pub(super) fn see(&mut self, progress: &Progress<'_>) {
        if let Some(row) = progress.row {
            self.latest = Some(text(row));
        }
        let pause = if self.bar.is_some() { TEXTS } else { LINES };
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let message = self.message(progress);
        match &self.bar {
            Some(bar) => {
                bar.set_position(progress.done);
                bar.set_message(message);
            }
            None => {
                // A failure to write is ignored.
                let _ = writeln!(std::io::stderr(), "{} of {}  {message}", progress.done, progress.total);
            }
        }
    }

    /// Metrics, speed and time left.
    fn message(&self, progress: &Progress<'_>) -> String {
        let a_second = (progress.done - self.first) as f64 / self.began.elapsed().as_secs_f64();
        let left = (progress.total - progress.done) as f64 / a_second;
        let left = FormattedDuration(Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX));
        let latest = self.latest.as_deref().map_or_else(String::new, |latest| format!("{latest}  "));
        format!("{latest}{a_second:.1}/s  {left} left")
    }

    /// Removes the bar and returns the latest metrics.
    pub(super) fn finish(self) -> Option<String> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.latest
    }
}

/// The most important metrics.
fn text(row: &MetricsRow) -> String {
    let percent = |name| row.value(name).map(|share| format!("{:.2} %", 100.0 * share));
    let length = |name| row.value(name).map(|length| format!("{length:.1}"));
    let parts = [
        ("train", percent("train_accuracy")),
        ("validation", percent("validation_accuracy")),
        ("test", percent("test_accuracy")),
        ("return", length("return")),
        ("validation", length("validation_return")),
    ];
    let present = parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
    present.collect::<Vec<_>>().join("  ")
}
