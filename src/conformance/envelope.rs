//! Envelopes of learning curves: level 3.
//!
//! An [`Envelope`] (`svpg-envelope/1`) has intervals for metrics at fixed steps of a short
//! training. [`ENVELOPES`] has those of this version, from runs of svpg with many seeds. An answer
//! is the `metrics.jsonl` of another program: one JSON object a line with `step` and the metrics.
//!
//! # The intervals and their false alarm
//!
//! The runs are independent and equal in distribution, in two parts. Of the first part are the
//! median `m` of every point (a metric at a step), and the scale `s`: the mean distance from the
//! median. The score of a run is its largest `|x − m|/s` over all points. The intervals are `m ±
//! w·s`, where `w` is the largest score of the second part, of `n` runs. A right run has the
//! largest score of `n + 1` runs with probability `1/(n+1)`, whatever the distribution is. This is
//! the probability that it leaves any of the intervals. (Split conformal prediction: Lei, G'Sell,
//! Rinaldo, Tibshirani, Wasserman 2018, doi 10.1080/01621459.2017.1307116.)
//!
//! A wrong program can stay inside: the envelope shows only mistakes that change the curve by more
//! than the seeds do.

use super::case::{Format, check_schema, json};
use super::compare::{Checked, Comparison, Entry};
use crate::Error;
use crate::json_object;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// The name of the format.
pub(crate) const SCHEMA: &str = "svpg-envelope/1";

/// The envelopes of this version: name and document.
pub static ENVELOPES: [(&str, &str); 1] = [("mnist-bmvc2022", include_str!("envelope/mnist-bmvc2022.json"))];

/// Intervals of metrics at fixed steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    schema: String,
    /// The version of svpg of the runs.
    pub svpg: String,
    /// The command of a run, without seed and folder.
    pub command: String,
    /// Number of runs of the first and of the second part.
    pub runs: [usize; 2],
    /// The probability that a right run leaves an interval.
    pub false_alarm: f64,
    /// The intervals.
    #[serde(deserialize_with = "json_object::several")]
    pub points: Vec<Interval>,
}

/// The interval of a metric at a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The key of the metric in a row.
    pub metric: String,
    /// The step.
    pub step: u64,
    /// Its middle: the median.
    pub centre: f64,
    /// Half its length.
    pub half_width: f64,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// Bad input: an error in the text, no interval, or a number out of range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let name = "an envelope (svpg-envelope/1)";
        let envelope: Self =
            json(bytes, &Format { name, help: "svpg schema svpg-envelope", schema: Some(SCHEMA) })?;
        check_schema(&envelope.schema, SCHEMA)?;
        if envelope.points.is_empty() {
            return Err(Error::bad_input("points", "it is empty", "give at least one interval"));
        }
        let wrong = |place: &str, found: &dyn Display, remedy: &str| {
            Err(Error::bad_input(place, format_args!("found {found}"), remedy))
        };
        if envelope.runs.contains(&0) {
            return wrong("runs", &0, "give the number of runs of both parts, at least 1 each");
        }
        if !(envelope.false_alarm > 0.0 && envelope.false_alarm < 1.0) {
            return wrong("false_alarm", &envelope.false_alarm, "give a probability between 0 and 1");
        }
        for (k, Interval { half_width, .. }) in envelope.points.iter().enumerate() {
            if *half_width < 0.0 {
                return wrong(&format!("points[{k}].half_width"), half_width, "give at least 0");
            }
        }
        Ok(envelope)
    }

    /// The envelope of runs: `curves` has the metrics of every run at these points, a metric with a
    /// step each. The first `fitted` runs give centre and scale.
    ///
    /// # Panics
    /// If a part has no run, or a curve has another number of points.
    pub fn of_runs(command: &str, points: &[(&str, u64)], curves: &[Vec<f64>], fitted: usize) -> Self {
        let (first, second) = curves.split_at(fitted);
        assert!(!first.is_empty() && !second.is_empty());
        assert!(curves.iter().all(|curve| curve.len() == points.len()));
        let centre: Vec<f64> = (0..points.len())
            .map(|k| {
                let mut values: Vec<f64> = first.iter().map(|curve| curve[k]).collect();
                values.sort_by(f64::total_cmp);
                0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
            })
            .collect();
        let distance = |curve: &[f64], k: usize| (curve[k] - centre[k]).abs();
        let scale: Vec<f64> = (0..points.len())
            .map(|k| first.iter().map(|curve| distance(curve, k)).sum::<f64>() / first.len() as f64)
            .collect();
        let score = |curve: &Vec<f64>| {
            let scores = (0..points.len()).map(|k| distance(curve, k) / scale[k].max(f64::MIN_POSITIVE));
            scores.fold(0.0, f64::max)
        };
        let width = second.iter().map(score).fold(0.0, f64::max);
        let interval = |k: usize| Interval {
            metric: points[k].0.into(),
            step: points[k].1,
            centre: centre[k],
            half_width: width * scale[k],
        };
        Self {
            schema: SCHEMA.into(),
            svpg: env!("CARGO_PKG_VERSION").into(),
            command: command.into(),
            runs: [first.len(), second.len()],
            false_alarm: 1.0 / (second.len() + 1) as f64,
            points: (0..points.len()).map(interval).collect(),
        }
    }

    /// The metric of every point, from the lines of a `metrics.jsonl`.
    ///
    /// # Errors
    /// Bad input: a line is not a JSON object, or a step or its metric is missing.
    pub fn curve(&self, metrics: &[u8]) -> Result<Vec<f64>, Error> {
        let mut rows = Vec::new();
        for (number, line) in metrics.split(|&byte| byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let row: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(line).map_err(|error| {
                    let remedy = "give the lines of metrics.jsonl: one JSON object each";
                    Error::bad_input(format_args!("line {}", number + 1), error, remedy)
                })?;
            rows.push(row);
        }
        let at = |Interval { metric, step, .. }: &Interval| {
            let row =
                rows.iter().find(|row| row.get("step").and_then(serde_json::Value::as_u64) == Some(*step));
            row.and_then(|row| row.get(metric)?.as_f64()).ok_or_else(|| {
                let remedy = format_args!("write a row with it; the training is: {}", self.command);
                Error::bad_input(format_args!("step {step}"), format_args!("`{metric}` is missing"), remedy)
            })
        };
        self.points.iter().map(at).collect()
    }

    /// Compares a curve with the envelope.
    ///
    /// # Errors
    /// As [`Envelope::curve`].
    pub fn judge(&self, metrics: &[u8]) -> Result<Comparison, Error> {
        let curve = self.curve(metrics)?;
        let mut blocks: Vec<Checked> = Vec::new();
        for (Interval { metric, step, centre, half_width }, x) in self.points.iter().zip(curve) {
            let place = format!("{metric} at step {step}");
            let entry = Entry { place, expected: *centre, found: x, allowed: *half_width };
            match blocks.iter_mut().find(|block| block.name == *metric) {
                Some(block) => block.entries.push(entry),
                None => blocks.push(Checked { name: metric.clone(), entries: vec![entry] }),
            }
        }
        let criterion = format!(
            "every point is inside the envelope of {} runs; a right run leaves it with probability {}",
            self.runs[0] + self.runs[1],
            self.false_alarm
        );
        let blocks = blocks.iter().filter_map(Checked::block).collect();
        Ok(Comparison::of_level(3, "learning curve", 1, criterion, blocks, Vec::new()))
    }

    /// The envelope as JSON text, one key a line.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("an envelope holds finite numbers and text keys alone")
            + "\n"
    }
}
