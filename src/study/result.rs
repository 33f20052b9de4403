//! The result file of a job.
//!
//! ```text
//! {"schema", "version", "job": what it computes, "result", "sha256": of all this, "seconds"}
//! ```
//!
//! The hash is over the JSON text of schema, version, job and result with sorted keys and without
//! white space. It does not cover the time that the job took.

use super::job::sha256;
use super::job::{Description, Trained};
use crate::Error;
use crate::file;
use crate::run::try_replace;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::Path;

/// Name of the format.
const SCHEMA: &str = "svpg-study-result/1";

/// The version of svpg that writes and reads results.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The remedy for a result that cannot be used.
const AGAIN: &str = "delete this file and repeat the command: only this job runs again";

/// What a job found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A training.
    Trained(Trained),
    /// An evaluation: one series a level, one number an evaluation.
    Values(Vec<Vec<f64>>),
    /// A training that cannot end, or the evaluation of its network.
    Failed(Failure),
}

/// Why a training cannot end. With the same plan, seed and data it fails again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// A parameter is not finite.
    Diverged,
    /// The rule met a fixed point without a gradient.
    NoFixedPoint,
}

impl Failure {
    /// The name in a result file.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Diverged => "diverged",
            Failure::NoFixedPoint => "no-fixed-point",
        }
    }

    /// The failure that an error stands for, if it does not come from outside.
    pub(super) fn of(error: &Error) -> Option<Self> {
        if error.is_divergence() {
            Some(Failure::Diverged)
        } else if error.is_no_fixed_point() {
            Some(Failure::NoFixedPoint)
        } else {
            None
        }
    }
}

/// A result file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobResult {
    schema: String,
    version: String,
    job: Description,
    /// What the job found.
    pub result: Outcome,
    /// SHA-256 of everything above.
    pub sha256: String,
    /// Seconds that the job took; not part of the hash.
    pub seconds: f64,
}

impl JobResult {
    pub(super) fn new(job: Description, result: Outcome, seconds: f64) -> Self {
        let (schema, version) = (SCHEMA.to_owned(), VERSION.to_owned());
        let mut own = Self { schema, version, job, result, sha256: String::new(), seconds };
        own.sha256 = own.hash();
        own
    }

    fn hash(&self) -> String {
        let Self { schema, version, job, result, .. } = self;
        sha256(json!({"schema": schema, "version": version, "job": job, "result": result}).to_string())
    }

    /// Writes the file completely or not at all.
    ///
    /// # Errors
    /// Bad input: it cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_value(self).expect("a result has text keys alone").to_string() + "\n";
        replace(path, text.as_bytes())
    }

    /// Reads the result of the job that `expected` describes; `None` if there is no file.
    ///
    /// # Errors
    /// Bad input: the file was altered, is incomplete, or is of another version or another job.
    pub(super) fn read(path: &Path, expected: &Description) -> Result<Option<Self>, Error> {
        let found = Self::read_part(path, expected)?;
        if let Some(Self { result: Outcome::Values(values), .. }) = &found
            && values.len() != expected.noises.len()
        {
            let what = format_args!("the result has {} of {} levels", values.len(), expected.noises.len());
            return Err(Error::bad_input(path.display(), what, AGAIN));
        }
        Ok(found)
    }

    /// The same of a file that need not have all levels of an evaluation.
    ///
    /// # Errors
    /// As [`JobResult::read`].
    pub(super) fn read_part(path: &Path, expected: &Description) -> Result<Option<Self>, Error> {
        let text = match file::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => {
                text.map_err(|error| Error::bad_input(path.display(), error, "make it a readable file"))?
            }
        };
        let refuse = |what: &str, remedy: &str| Err(Error::bad_input(path.display(), what, remedy));
        let Ok(value) = serde_json::from_slice::<Value>(&text) else {
            return refuse("the result is incomplete or was altered: it is not JSON", AGAIN);
        };
        let named = |key: &str| value[key].as_str().unwrap_or("none").to_owned();
        if named("schema") != SCHEMA {
            let what = format!("found schema `{}`, `{SCHEMA}` expected", named("schema"));
            return refuse(&what, AGAIN);
        }
        if named("version") != VERSION {
            let what = format!("the result is of version {}, this is version {VERSION}", named("version"));
            let remedy =
                "use that version for the whole study, or delete this file so that the job runs again";
            return refuse(&what, remedy);
        }
        let Ok(own) = serde_json::from_value::<Self>(value) else {
            return refuse("the result is incomplete or was altered", AGAIN);
        };
        if own.sha256 != own.hash() {
            return refuse("the result was altered: its SHA-256 is different", AGAIN);
        }
        if own.job != *expected {
            let what = "the result is of another job: another plan, other data, or another file name";
            let remedy =
                "give the plan and the data of this study, or delete this file: only this job runs again";
            return refuse(what, remedy);
        }
        Ok(Some(own))
    }
}

/// Replaces the content of a file of a study, completely or not at all.
///
/// # Errors
/// Bad input: it cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    try_replace(path, bytes).map_err(|error| not_written(path, &error))
}

/// The error for a file of a study that cannot be written.
pub(super) fn not_written(path: &Path, error: &std::io::Error) -> Error {
    let remedy =
        "finished jobs are kept: free disk space or correct the permissions, then repeat the command";
    crate::run::not_written(path, error, remedy)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Description, JobResult, Outcome};

    pub(in crate::study) fn description(id: &str) -> Description {
        Description {
            id: id.to_owned(),
            config_sha256: "c0ffee".to_owned(),
            inference_sha256: Some("beef".to_owned()),
            noises: vec!["salt=0.1".to_owned()],
            evaluations: Some(2),
            examples: None,
        }
    }

    #[test]
    fn every_changed_byte_is_seen_and_the_time_is_not_part_of_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let job = description("a");
        assert_eq!(JobResult::read(&path, &job).unwrap(), None);
        let result = JobResult::new(job.clone(), Outcome::Values(vec![vec![0.25, 0.1]]), 1.5);
        result.write(&path).unwrap();
        assert_eq!(JobResult::read(&path, &job).unwrap(), Some(result.clone()));
        assert_eq!(JobResult::new(job.clone(), result.result.clone(), 9.0).sha256, result.sha256);
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to, said) in [
            ("0.25", "0.26", "its SHA-256 is different"),
            ("salt=0.1", "salt=0.2", "its SHA-256 is different"),
            ("svpg-study-result/1", "svpg-study-result/2", "`svpg-study-result/2`"),
            ("\"version\":\"", "\"version\":\"9", "is of version 9"),
            ("\"seconds\":1.5", "\"second\":1.5", "incomplete or was altered"),
            ("}\n", "", "not JSON"),
        ] {
            assert!(text.contains(from), "{from} is not in {text}");
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = JobResult::read(&path, &job).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{error}");
        }
        std::fs::write(&path, text.replace("1.5", "2.5")).unwrap();
        assert!(JobResult::read(&path, &job).is_ok(), "the time may differ");
        let error = JobResult::read(&path, &description("b")).unwrap_err().to_string();
        assert!(error.contains("of another job"), "{error}");
    }

    #[test]
    fn a_result_has_all_levels_and_a_part_need_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let job = Description { noises: vec!["none".to_owned(), "salt=0.1".to_owned()], ..description("a") };
        let part = JobResult::new(job.clone(), Outcome::Values(vec![vec![0.25, 0.1]]), 1.5);
        part.write(&path).unwrap();
        let error = JobResult::read(&path, &job).unwrap_err().to_string();
        assert!(error.contains("the result has 1 of 2 levels"), "{error}");
        assert_eq!(JobResult::read_part(&path, &job).unwrap(), Some(part));
    }
}
