//! The curves of a run, from its `metrics.jsonl`.

use std::path::Path;

use serde_json::{Map, Value};

use crate::Error;
use crate::report::chart::{Chart, Series};
use crate::run::{StoredRun, damaged};

/// The metrics of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// The folder of the run, as it was given.
    pub name: String,
    /// `step` or `episode`.
    pub counter: String,
    rows: Vec<Map<String, Value>>,
}

/// Metrics that share a chart: its name, its axis, its range, the names of the metrics.
type Group = (&'static str, &'static str, Option<(f64, f64)>, &'static [&'static str]);

const GROUPS: &[Group] = &[
    (
        "accuracy",
        "share of right answers",
        Some((0.0, 1.0)),
        &["train_accuracy", "validation_accuracy", "test_accuracy"],
    ),
    ("return", "length of an episode in steps", Some((0.0, 210.0)), &["return", "validation_return"]),
    ("critic", "mean squared error", None, &["critic_error"]),
    ("entropy", "nats", None, &["entropy"]),
    ("iterations", "iterations of inference", None, &["iterations"]),
];

impl Curves {
    /// Reads the metrics of the run in `folder`. A line that is still being written is left out.
    ///
    /// # Errors
    /// Bad input: the folder has no run, the run has no metrics yet, or a line is damaged.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        StoredRun::open(folder)?;
        let path = folder.join("metrics.jsonl");
        let text = crate::file::read(&path).map_err(|error| {
            let remedy = "train the run until it has metrics, or give another run";
            Error::bad_input(path.display(), error, remedy)
        })?;
        let text = String::from_utf8(text).map_err(|_| damaged(path.display(), "it is not UTF-8"))?;
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        let mut rows = Vec::new();
        for (number, line) in complete.lines().enumerate() {
            let place = || format!("{} line {}", path.display(), number + 1);
            let row: Map<String, Value> =
                serde_json::from_str(line).map_err(|error| damaged(place(), error))?;
            if !row.values().all(Value::is_number) {
                return Err(damaged(place(), "a value is not a number"));
            }
            rows.push(row);
        }
        let counter = ["step", "episode"]
            .into_iter()
            .find(|name| !rows.is_empty() && rows.iter().all(|row| row.contains_key(*name)));
        match counter {
            Some(counter) => {
                Ok(Self { name: folder.display().to_string(), counter: counter.to_owned(), rows })
            }
            None if rows.is_empty() => {
                let remedy = "train the run until it has metrics, or give another run";
                Err(Error::bad_input(path.display(), "it has no complete line", remedy))
            }
            None => Err(damaged(path.display(), "a line has neither a step nor an episode")),
        }
    }

    /// The metrics that some rows have.
    fn series(&self, name: &str) -> Series {
        let value = |row: &Map<String, Value>| Some((row[&self.counter].as_f64()?, row.get(name)?.as_f64()?));
        let points: Vec<_> = self.rows.iter().filter_map(value).collect();
        Series { name: name.replace('_', " "), points: thinned(points), ..Series::default() }
    }

    /// The charts of the run, the most important first. Each has a short name.
    pub fn charts(&self) -> Vec<(&'static str, Chart)> {
        let chart = |&(name, y, y_range, metrics): &Group| {
            let all = metrics.iter().map(|name| self.series(name));
            let series: Vec<Series> = all.filter(|series| !series.points.is_empty()).collect();
            let names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
            let title = format!("{} of {} by {}", names.join(", "), self.name, self.counter);
            let chart = Chart { title, x: self.counter.clone(), y: y.to_owned(), y_range, series };
            (name, chart)
        };
        GROUPS.iter().map(chart).filter(|(_, chart)| !chart.is_empty()).collect()
    }
}

/// At most this many points of a curve are drawn.
const MAX_POINTS: usize = 400;

/// Neighbours are averaged if there are too many to see.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(MAX_POINTS).max(1);
    let mean = |group: &[(f64, f64)]| {
        let (x, y) = group.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        (x / group.len() as f64, y / group.len() as f64)
    };
    if every == 1 { points } else { points.chunks(every).map(mean).collect() }
}

#[cfg(test)]
mod tests {
    use super::{Curves, thinned};

    fn run(metrics: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), "").unwrap();
        std::fs::write(folder.path().join("metrics.jsonl"), metrics).unwrap();
        folder
    }

    #[test]
    fn complete_lines_are_read() {
        let text = "{\"step\":1,\"train_accuracy\":0.5}\n{\"step\":2,\"train_accuracy\":0.75,\"test_accuracy\":0.8}\n{\"step\":3,\"tra";
        let folder = run(text);
        let curves = Curves::read(folder.path()).unwrap();
        let charts = curves.charts();
        assert_eq!(charts.len(), 1);
        let series = &charts[0].1.series;
        assert_eq!(series[0].points, [(1.0, 0.5), (2.0, 0.75)]);
        assert_eq!(
            (series[1].name.as_str(), series[1].points.as_slice()),
            ("test accuracy", [(2.0, 0.8)].as_slice())
        );
    }

    #[test]
    fn what_is_no_run_is_refused() {
        for (metrics, said) in [
            ("", "no complete line"),
            ("{\"step\":1,\"train", "no complete line"),
            ("{\"step\":1}\nnonsense\n", "line 2"),
            ("{\"step\":\"one\"}\n", "not a number"),
            ("{\"loss\":1}\n", "neither a step nor an episode"),
        ] {
            let folder = run(metrics);
            let error = Curves::read(folder.path()).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(Curves::read(folder.path()).unwrap_err().to_string().contains("config.toml is missing"));
    }

    #[test]
    fn a_long_curve_is_averaged() {
        let points: Vec<_> = (0..1000).map(|x| (f64::from(x), 2.0 * f64::from(x))).collect();
        let thin = thinned(points);
        assert_eq!(thin.len(), 334);
        assert_eq!(thin[1], (4.0, 8.0));
    }
}
