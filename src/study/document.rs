//! `study.json`: rows, statistics and verdicts of a finished study.
//!
//! Everything here is a function of the plan and the result files. `docs/study.md` describes the
//! format.

use super::PLAN;
use super::criteria::{self, Judged};
use super::grid::{Grid, Job, NONE, Protocol};
use super::job::sha256;
use super::plan::Role;
use super::result::{Failure, JobResult, Outcome, VERSION};
use super::statistics::{Bootstrap, Estimate, area, half, interquartile_mean};
use crate::Error;
use crate::conformance::case::{Format, check_schema, json};
use crate::file;
use crate::training::{TaskName, mean};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Name of the format.
const SCHEMA: &str = "svpg-study/1";

const FORMAT: Format = Format {
    name: "the document of a study (svpg-study/1)",
    help: "svpg schema svpg-study",
    schema: Some(SCHEMA),
};

/// Name of its file.
pub(super) const FILE: &str = "study.json";

/// The document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    schema: String,
    /// Name and seeds of the plan.
    pub plan: PlanName,
    /// The version of svpg.
    pub version: String,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// The methods.
    pub methods: Vec<MethodName>,
    /// The protocols.
    pub protocols: Vec<ProtocolName>,
    /// A row a method, seed, protocol and level.
    pub rows: Vec<Row>,
    /// Interquartile means over seeds.
    pub aggregates: Vec<Cell>,
    /// Areas under the curves.
    pub areas: Vec<Area>,
    /// Levels at which scores halve.
    pub halves: Vec<Half>,
    /// Probabilities of improvement over the baseline.
    pub improvements: Vec<Improvement>,
    /// Criteria with verdicts.
    pub criteria: Vec<Judged>,
    /// Trainings that failed; their networks have a score of 0 everywhere.
    pub failures: Vec<FailedTraining>,
    /// The folder of the run of each method and seed.
    pub runs: Vec<Run>,
}

/// A plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanName {
    /// Name of the plan.
    pub name: String,
    /// Were the changes of `[quick]` applied?
    pub quick: bool,
    /// What it is for.
    pub summary: String,
    /// The seeds.
    pub seeds: Vec<u32>,
}

/// Where the numbers come from: SHA-256 of what they are a function of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Of `plan.toml`.
    pub plan_sha256: String,
    /// Of the data of each task that has data.
    pub data_sha256: BTreeMap<String, String>,
    /// Number of jobs.
    pub jobs: usize,
    /// Of the hashes of all results, in the order of the jobs, a line each.
    pub results_sha256: String,
}

/// A method.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodName {
    /// Name, unique within a task.
    pub name: String,
    /// Name of the task.
    pub task: String,
    /// Name in figures.
    pub label: String,
    /// What it is.
    pub summary: String,
    /// What it is in the comparison.
    pub role: Role,
}

/// A protocol.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolName {
    /// `KIND`, or `KIND@VARIANT`.
    pub id: String,
    /// Name of the task.
    pub task: String,
    /// The kind of noise, or `none`.
    pub kind: String,
    /// The variant.
    pub variant: String,
    /// Unit of the levels, for axes.
    pub unit: String,
    /// The levels, ascending.
    pub levels: Vec<f64>,
    /// Evaluations at each level.
    pub evaluations: u32,
    /// Number of test images; none for all.
    pub examples: Option<usize>,
}

/// The mean of the evaluations of one network at one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name of the method.
    pub method: String,
    /// The seed.
    pub seed: u32,
    /// Name of the task.
    pub task: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The level.
    pub level: f64,
    /// Accuracy, or length of an episode.
    pub value: f64,
}

/// An interquartile mean over seeds with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Name of the method.
    pub method: String,
    /// Name of the task.
    pub task: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The level.
    pub level: f64,
    /// The interquartile mean.
    pub iqm: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The mean of a curve over its levels: interquartile mean over seeds with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Name of the method.
    pub method: String,
    /// Name of the task.
    pub task: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The interquartile mean.
    pub iqm: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The level at which the curve of interquartile means falls to half of the score without noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Half {
    /// Name of the method.
    pub method: String,
    /// Name of the task.
    pub task: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The level; none if no level of the protocol is enough.
    pub level: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// The probability that the area of a method is larger than that of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Improvement {
    /// Name of the method.
    pub method: String,
    /// Name of the baseline.
    pub baseline: String,
    /// Name of the task.
    pub task: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The probability.
    pub probability: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A training that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedTraining {
    /// Name of the method.
    pub method: String,
    /// Name of the task.
    pub task: String,
    /// The seed.
    pub seed: u32,
    /// Why.
    pub reason: Failure,
}

/// A training.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of the method.
    pub method: String,
    /// Name of the task.
    pub task: String,
    /// The seed.
    pub seed: u32,
    /// The folder of the run, below that of the study.
    pub path: String,
}

/// A method under a protocol: scores by seed and level.
#[derive(Clone, Debug)]
pub(super) struct Curve<'a> {
    pub(super) method: usize,
    pub(super) protocol: &'a Protocol,
    /// Seeds × levels.
    pub(super) scores: Vec<Vec<f64>>,
}

impl Curve<'_> {
    /// The area of every seed.
    pub(super) fn areas(&self) -> Vec<f64> {
        self.scores.iter().map(|scores| area(&self.protocol.levels, scores)).collect()
    }

    fn at(&self, level: usize) -> Vec<f64> {
        self.scores.iter().map(|scores| scores[level]).collect()
    }

    /// The interquartile mean of these seeds at every level.
    fn means(&self, seeds: &[usize]) -> Vec<f64> {
        let at = |level| seeds.iter().map(|&seed| self.scores[seed][level]).collect::<Vec<_>>();
        (0..self.protocol.levels.len()).map(|level| interquartile_mean(&at(level))).collect()
    }
}

/// The curves of all methods, and what they are compared by.
#[derive(Clone, Debug)]
pub(super) struct Curves<'a> {
    pub(super) grid: &'a Grid,
    pub(super) all: Vec<Curve<'a>>,
    pub(super) bootstrap: Bootstrap,
}

impl<'a> Curves<'a> {
    /// `results` are those of the jobs of the grid.
    fn new(grid: &'a Grid, results: &[JobResult]) -> Self {
        let mut all: Vec<Curve<'a>> = Vec::new();
        for (job, result) in grid.jobs.iter().zip(results) {
            let Some(protocol) = grid.protocol(job) else { continue };
            let scores = match &result.result {
                Outcome::Values(values) => values.iter().map(|values| mean(values)).collect(),
                // A network that was not trained has learned nothing.
                Outcome::Failed(_) | Outcome::Trained(_) => vec![0.0; protocol.levels.len()],
            };
            let is_own =
                |curve: &&mut Curve<'_>| curve.method == job.method && curve.protocol.id == protocol.id;
            match all.iter_mut().find(is_own) {
                Some(curve) => curve.scores.push(scores),
                None => all.push(Curve { method: job.method, protocol, scores: vec![scores] }),
            }
        }
        Self { grid, all, bootstrap: Bootstrap::new(grid.plan.seeds.len()) }
    }

    pub(super) fn of(&self, method: usize, protocol: &str) -> Option<&Curve<'a>> {
        self.all.iter().find(|curve| curve.method == method && curve.protocol.id == protocol)
    }

    /// Scores without noise, by seed.
    pub(super) fn clean(&self, method: usize) -> Vec<f64> {
        self.of(method, NONE).expect("the protocol without noise belongs to every study").at(0)
    }

    fn half(&self, curve: &Curve<'_>) -> Estimate {
        let clean = self.clean(curve.method);
        let of = |seeds: &[usize]| {
            let whole: Vec<f64> = seeds.iter().map(|&seed| clean[seed]).collect();
            half(&curve.protocol.levels, &curve.means(seeds), interquartile_mean(&whole))
        };
        self.bootstrap.estimate(&of)
    }

    fn baseline(&self, task: TaskName) -> Option<(usize, &str)> {
        let (_, name) = self.grid.baselines.iter().find(|(own, _)| *own == task)?;
        let is_it = |method: &super::Method| method.task == task && method.name == *name;
        Some((self.grid.methods.iter().position(is_it)?, name))
    }
}

fn finite(level: f64) -> Option<f64> {
    level.is_finite().then_some(level)
}

impl Document {
    pub(super) fn new(grid: &Grid, results: &[JobResult], data_sha256: BTreeMap<String, String>) -> Self {
        let curves = Curves::new(grid, results);
        let hashes: String = results.iter().map(|result| format!("{}\n", result.sha256)).collect();
        let mut document = Self {
            schema: SCHEMA.to_owned(),
            plan: PlanName {
                name: grid.plan.name.clone(),
                quick: grid.plan.reduced,
                summary: grid.plan.summary.clone(),
                seeds: grid.plan.seeds.clone(),
            },
            version: VERSION.to_owned(),
            provenance: Provenance {
                plan_sha256: sha256(grid.plan.to_toml()),
                data_sha256,
                jobs: grid.jobs.len(),
                results_sha256: sha256(hashes),
            },
            methods: method_names(grid),
            protocols: grid.protocols.iter().map(protocol_name).collect(),
            rows: Vec::new(),
            aggregates: Vec::new(),
            areas: Vec::new(),
            halves: Vec::new(),
            improvements: Vec::new(),
            criteria: criteria::judge(&curves),
            failures: failures(grid, results),
            runs: runs(grid),
        };
        curves.all.iter().for_each(|curve| document.add(&curves, curve));
        document
    }

    fn add(&mut self, curves: &Curves<'_>, curve: &Curve<'_>) {
        let (method, protocol) = (&curves.grid.methods[curve.method], curve.protocol);
        let name = || (method.name.clone(), method.task.name().to_owned(), protocol.id.clone());
        for (&seed, scores) in curves.grid.plan.seeds.iter().zip(&curve.scores) {
            for (&level, &value) in protocol.levels.iter().zip(scores) {
                let (method, task, protocol) = name();
                self.rows.push(Row { method, seed, task, protocol, level, value });
            }
        }
        for (number, &level) in protocol.levels.iter().enumerate() {
            let Estimate { value: iqm, low, high } = curves.bootstrap.mean(&curve.at(number));
            let (method, task, protocol) = name();
            self.aggregates.push(Cell { method, task, protocol, level, iqm, low, high });
        }
        let areas = curve.areas();
        let Estimate { value: iqm, low, high } = curves.bootstrap.mean(&areas);
        let (own, task, of) = name();
        self.areas.push(Area { method: own, task, protocol: of, iqm, low, high });
        // Neither a score without noise nor a pole of another length has more noise from left to
        // right.
        if protocol.levels[0] == 0.0 && protocol.kind != NONE {
            let half = curves.half(curve);
            let (method, task, protocol) = name();
            let (level, low, high) = (finite(half.value), finite(half.low), finite(half.high));
            self.halves.push(Half { method, task, protocol, level, low, high });
        }
        if let Some((number, baseline)) = curves.baseline(method.task)
            && number != curve.method
            && let Some(other) = curves.of(number, &protocol.id)
        {
            let Estimate { value: probability, low, high } =
                curves.bootstrap.improvement(&areas, &other.areas());
            let (method, task, protocol) = name();
            let baseline = baseline.to_owned();
            self.improvements.push(Improvement { method, baseline, task, protocol, probability, low, high });
        }
    }

    /// Is this the folder of a study, finished or not?
    pub fn is_in(folder: &Path) -> bool {
        [FILE, PLAN].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
    }

    /// Reads the document in the folder of a study.
    ///
    /// # Errors
    /// Bad input: there is none, it is damaged, or it is of another version of the format.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let remedy = "run the study again: it keeps the finished jobs and writes the file anew";
        let text = file::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let what = "the study is not finished";
                Error::bad_input(
                    folder.display(),
                    what,
                    "continue it with `svpg study`, then repeat the command",
                )
            }
            _ => Error::bad_input(path.display(), error, remedy),
        })?;
        let within = |error: Error| error.within(path.display()).noting(remedy);
        let document: Self = json(&text, &FORMAT).map_err(within)?;
        check_schema(&document.schema, SCHEMA).map_err(within)?;
        Ok(document)
    }

    /// As JSON text: two spaces for each level down to the lists, an entry of a list a line.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a document has text keys alone");
        // Most of the document are long lists of small entries. One entry a line keeps it readable
        // and small.
        let members = value.as_object().into_iter().flatten().map(|(key, value)| match value.as_array() {
            Some(entries) if !entries.is_empty() => {
                let lines: Vec<String> = entries.iter().map(|entry| format!("    {entry}")).collect();
                format!("  \"{key}\": [\n{}\n  ]", lines.join(",\n"))
            }
            _ => format!("  \"{key}\": {value}"),
        });
        format!("{{\n{}\n}}\n", members.collect::<Vec<_>>().join(",\n"))
    }
}

fn method_names(grid: &Grid) -> Vec<MethodName> {
    let named = |method: &super::Method| MethodName {
        name: method.name.clone(),
        task: method.task.name().to_owned(),
        label: method.label.clone(),
        summary: method.summary.clone(),
        role: method.role,
    };
    grid.methods.iter().map(named).collect()
}

fn protocol_name(protocol: &Protocol) -> ProtocolName {
    ProtocolName {
        id: protocol.id.clone(),
        task: protocol.task.name().to_owned(),
        kind: protocol.kind.clone(),
        variant: protocol.variant.clone(),
        unit: protocol.unit().to_owned(),
        levels: protocol.levels.clone(),
        evaluations: protocol.evaluations,
        examples: protocol.examples,
    }
}

fn failures(grid: &Grid, results: &[JobResult]) -> Vec<FailedTraining> {
    let failed = |(job, result): (&Job, &JobResult)| match result.result {
        Outcome::Failed(reason) if grid.protocol(job).is_none() => {
            let method = &grid.methods[job.method];
            Some(FailedTraining {
                method: method.name.clone(),
                task: method.task.name().to_owned(),
                seed: job.seed,
                reason,
            })
        }
        _ => None,
    };
    grid.jobs.iter().zip(results).filter_map(failed).collect()
}

/// The run of every method and seed.
fn runs(grid: &Grid) -> Vec<Run> {
    let is_clean = |job: &&Job| grid.protocol(job).is_some_and(|protocol| protocol.kind == NONE);
    let run = |job: &Job| {
        let method = &grid.methods[job.method];
        let path = format!("{}/{}", super::RUNS, grid.run(job));
        Run { method: method.name.clone(), task: method.task.name().to_owned(), seed: job.seed, path }
    };
    grid.jobs.iter().filter(is_clean).map(run).collect()
}
