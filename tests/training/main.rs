//! `svpg train` and `svpg eval` as a user runs them, on images that the tests make.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod certificates;
mod evaluate;
mod images;
#[cfg(unix)]
mod resume;

use serde_json::Value;
use std::path::Path;
use std::process::Output;
use support::{stderr, stdout, svpg};
use svpg::run::{Checkpoint, StoredRun};

/// Runs the program on these arguments, `{data}` and `{out}` in them standing for folders.
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

/// All that a finished run has computed, without the time that it took.
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

/// A checkpoint without its metadata, of which the time is one.
fn timeless(checkpoint: &Checkpoint) -> Checkpoint {
    Checkpoint::new(checkpoint.step(), checkpoint.tensors().to_vec(), Default::default()).unwrap()
}
