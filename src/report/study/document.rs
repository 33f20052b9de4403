//! `study.json` (schema `svpg-study/1`), as far as a report shows it.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

const SCHEMA: &str = "svpg-study/1";

/// The results of a study.
#[derive(Clone, Debug, Deserialize)]
pub struct Study {
    /// The folder, as it was given.
    #[serde(skip)]
    pub name: String,
    #[serde(default)]
    pub(super) plan: Value,
    #[serde(default)]
    pub(super) methods: Vec<Value>,
    pub(super) protocols: Vec<Protocol>,
    pub(super) aggregates: Vec<Aggregate>,
    #[serde(default)]
    pub(super) areas: Vec<Map<String, Value>>,
    #[serde(default)]
    pub(super) halves: Vec<Map<String, Value>>,
    #[serde(default)]
    pub(super) improvements: Vec<Map<String, Value>>,
    #[serde(default)]
    pub(super) criteria: Vec<Criterion>,
    #[serde(default)]
    pub(super) runs: Vec<Map<String, Value>>,
}

/// A noise, at several levels.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Protocol {
    pub(super) id: String,
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) variant: String,
    #[serde(default)]
    pub(super) unit: String,
    pub(super) task: String,
}

/// The interquartile mean over seeds with its interval.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Aggregate {
    pub(super) method: String,
    pub(super) task: String,
    pub(super) protocol: String,
    pub(super) level: f64,
    pub(super) iqm: f64,
    /// None of a single seed.
    #[serde(default)]
    pub(super) low: Option<f64>,
    #[serde(default)]
    pub(super) high: Option<f64>,
}

/// What was to be found, written down before, and what was found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Criterion {
    pub(super) id: String,
    #[serde(default)]
    pub(super) claim: String,
    #[serde(default)]
    pub(super) question: String,
    #[serde(default)]
    pub(super) value: Value,
    #[serde(default)]
    pub(super) confirm: Value,
    #[serde(default)]
    pub(super) refute: Value,
    pub(super) verdict: String,
}

impl Study {
    /// Is there a study in this folder?
    pub fn is_in(folder: &Path) -> bool {
        folder.join("study.json").symlink_metadata().is_ok()
    }

    /// Number of criteria.
    pub(in crate::report) fn criteria_count(&self) -> usize {
        self.criteria.len()
    }

    /// Reads the results of the study in `folder`.
    ///
    /// # Errors
    /// Bad input: there are none, they are damaged, or they are of another version.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("study.json");
        let remedy = "run the study again: it keeps the finished jobs and writes the file anew";
        let text =
            crate::file::read(&path).map_err(|error| Error::bad_input(path.display(), error, remedy))?;
        let refuse = |what: String| Error::bad_input(path.display(), what, remedy);
        let value: Value = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => {}
            Some(other) => {
                let what = format!("found schema `{other}`, `{SCHEMA}` expected");
                return Err(Error::bad_input(path.display(), what, "use the version of svpg that wrote it"));
            }
            None => return Err(refuse(format!("it has no schema, `{SCHEMA}` expected"))),
        }
        let mut study: Self =
            serde_path_to_error::deserialize(value).map_err(|error| refuse(error.to_string()))?;
        study.name = folder.display().to_string();
        Ok(study)
    }
}

#[cfg(test)]
mod tests {
    use super::Study;

    const SMALL: &str = r#"{"schema": "svpg-study/1", "protocols": [{"id": "g", "task": "mnist", "levels": [0]}],
        "aggregates": [{"method": "bp", "task": "mnist", "protocol": "g", "level": 0, "iqm": 0.5, "low": null, "high": 0.75}]}"#;

    fn read(text: &str) -> Result<Study, crate::Error> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("study.json"), text).unwrap();
        assert!(Study::is_in(folder.path()));
        Study::read(folder.path())
    }

    #[test]
    fn results_are_read() {
        let study = read(SMALL).unwrap();
        assert_eq!(
            (study.aggregates[0].iqm, study.aggregates[0].low, study.aggregates[0].high),
            (0.5, None, Some(0.75))
        );
    }

    #[test]
    fn what_is_no_result_is_refused() {
        for (text, said) in [
            (SMALL.replace("svpg-study/1", "svpg-study/2"), "found schema `svpg-study/2`"),
            (SMALL.replace("\"schema\"", "\"name\""), "it has no schema"),
            (SMALL[..60].to_owned(), "EOF"),
            (SMALL.replace("0.5", "\"half\""), "aggregates[0].iqm"),
            (String::new(), "EOF"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{said}: {error}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(!Study::is_in(folder.path()) && Study::read(folder.path()).unwrap_err().is_bad_input());
    }
}
