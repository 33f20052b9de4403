//! `svpg train` and `svpg eval` as a user runs them, on synthetic images.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod certificates;
mod envelopes;
mod evaluate;
mod images;
#[cfg(unix)]
mod resume;

use serde_json::Value;
use std::path::Path;
use std::process::Output;
use support::{stderr, stdout, svpg};
use svpg::run::{Checkpoint, StoredRun};

/// Runs the program with these arguments. `{data}` and `{out}` are replaced by folders.
fn run(arguments: &str, data: &Path, out: &Path) -> Output {
    svpg(&expanded(arguments, data, out)).output().expect("the program under test starts")
}

fn expanded<'a>(arguments: &'a str, data: &'a Path, out: &'a Path) -> Vec<&'a str> {
    let path = |path: &'a Path| path.to_str().expect("the tests' folders have such names");
    let argument = |word| match word {
        "{data}" => path(data),
        "{out}" => path(out),
        word => word,
    };
    arguments.split_whitespace().map(argument).collect()
}

/// Asserts success, and returns standard output.
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

/// The results of a finished run, without times.
#[derive(Debug, PartialEq)]
struct Outcome {
    certificate: Value,
    metrics: Vec<Value>,
    last: Checkpoint,
    best: Option<Checkpoint>,
}

/// Of the run in this folder.
fn outcome(path: &Path) -> Outcome {
    let stored = StoredRun::open(path).unwrap();
    let without_time = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("seconds").expect("the time is there");
        line
    };
    let metrics = std::fs::read_to_string(path.join("metrics.jsonl")).unwrap();
    let certificate = std::fs::read(path.join("certificate.json")).expect("the run has ended");
    Outcome {
        certificate: serde_json::from_slice(&certificate).unwrap(),
        metrics: metrics.lines().map(without_time).collect(),
        last: timeless(&stored.checkpoint(&[]).unwrap()),
        best: stored.best(&[]).unwrap(),
    }
}

/// A checkpoint without its metadata, which include the time.
fn timeless(checkpoint: &Checkpoint) -> Checkpoint {
    Checkpoint::new(checkpoint.step(), checkpoint.tensors().to_vec(), Default::default()).unwrap()
}
