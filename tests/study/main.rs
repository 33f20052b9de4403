//! `svpg study` as a user runs it, on synthetic images and the pendulum.

#[path = "../training/images.rs"]
mod images;
#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod example;
mod jobs;
#[cfg(unix)]
mod resume;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use support::{stderr, stdout, svpg};

/// The plan of the tests.
const PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/study/plan.toml");

/// Images, and a folder for studies.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        images::write(&root.path().join("data"));
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Runs `svpg study` with these arguments. `{data}` and `{out}` are replaced by folders.
    fn study(&self, arguments: &str, out: &Path) -> Output {
        self.command(arguments, out).output().expect("the program under test starts")
    }

    fn command(&self, arguments: &str, out: &Path) -> std::process::Command {
        let data = self.path("data");
        let replaced = arguments.split_whitespace().map(|word| match word {
            "{data}" => data.to_str().unwrap(),
            "{out}" => out.to_str().unwrap(),
            "{plan}" => PLAN,
            word => word,
        });
        svpg(&["study"].into_iter().chain(replaced).collect::<Vec<_>>())
    }

    /// Begins and finishes the study of the tests.
    fn finished(&self, name: &str) -> PathBuf {
        let out = self.path(name);
        succeeded(&self.study("{plan} --out {out} --data {data} --threads 2", &out));
        out
    }
}

/// Asserts success, and returns standard output.
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

/// The result file of a job, without the time that it took.
fn result(out: &Path, id: &str) -> serde_json::Value {
    let text = std::fs::read(out.join(format!("jobs/{id}.json"))).unwrap();
    let mut result: serde_json::Value = serde_json::from_slice(&text).unwrap();
    result.as_object_mut().unwrap().remove("seconds").expect("the time is there");
    result
}

/// The tables and the document of a study, by name.
fn tables(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = std::fs::read_dir(out.join("tables")).unwrap().map(|entry| entry.unwrap().path());
    names
        .chain([out.join("study.json")])
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect()
}
