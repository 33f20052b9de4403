//! Stops a toy training at every operation on its files, and resumes it.

use super::events::tests::shown;
use super::faults::{self, Fault};
use super::files::Operation;
use super::{Certificate, Checkpoint, RunFolder, StoredRun, Tensor, TensorSpec, metrics_sha256, name};
use crate::Error;
use crate::random::SplitMix64;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const CONFIG: &str = "preset = \"toy\"\n";
/// The training does not save a checkpoint at this step by itself.
const STEPS: u64 = 7;

/// A clock that never gives the same time twice. Its numbers have different lengths.
static CLOCK: AtomicU64 = AtomicU64::new(1);

/// Two units and a state neuron. The step of every parameter depends on all parameters, and so does
/// the score that selects the best step.
#[derive(Clone)]
struct Toy {
    step: u64,
    values: [f32; 8],
    best: u64,
}

impl Toy {
    fn expected() -> Vec<TensorSpec> {
        vec![
            TensorSpec::new::<f32>("recurrent", &[2, 2]),
            TensorSpec::new::<f32>("state", &[1, 2]),
            TensorSpec::new::<f32>("bias", &[2]),
            TensorSpec::new::<u64>("resume/best", &[1]),
        ]
    }

    fn score(&self) -> u64 {
        SplitMix64::new(u64::from(self.values[0].to_bits())).bits() % 100
    }

    fn advance(&mut self) {
        self.step += 1;
        let mut random = SplitMix64::new(u64::from(self.values[7].to_bits()) ^ self.step);
        self.values.iter_mut().for_each(|value| *value = 0.9 * *value + random.unit() as f32);
    }

    fn checkpoint(&self) -> Checkpoint {
        let tensors = vec![
            Tensor::new("recurrent", &[2, 2], &self.values[..4]),
            Tensor::new("state", &[1, 2], &self.values[4..6]),
            Tensor::new("bias", &[2], &self.values[6..]),
            Tensor::new("mask", &[2, 2], &[0.0f32, 1.0, 1.0, 0.0]),
            Tensor::new("resume/best", &[1], &[self.best]),
        ];
        Checkpoint::new(self.step, tensors, BTreeMap::new()).unwrap()
    }

    fn restored(checkpoint: &Checkpoint) -> Self {
        let floats = |name: &str| checkpoint.tensor(name).unwrap().values::<f32>().unwrap();
        let values = [floats("recurrent"), floats("state"), floats("bias")].concat();
        let best = checkpoint.tensor("resume/best").unwrap().values::<u64>().unwrap()[0];
        Toy { step: checkpoint.step(), values: values.try_into().unwrap(), best }
    }
}

/// Trains to the end, starting from the current state of the folder.
fn train(path: &Path) -> Result<Certificate, Error> {
    let mut toy = Toy { step: 0, values: [0.5; 8], best: 0 };
    let mut run = match StoredRun::open(path) {
        Err(_) => RunFolder::create(path, CONFIG)?,
        Ok(stored) => {
            let (run, checkpoint) = stored.resume(&Toy::expected())?;
            if let Some(checkpoint) = checkpoint {
                toy = Toy::restored(&checkpoint);
            }
            run
        }
    };
    while toy.step < STEPS {
        toy.advance();
        let seconds = CLOCK.fetch_add(7, Ordering::Relaxed);
        run.metrics(&serde_json::json!({"step": toy.step, "seconds": seconds, "score": toy.score()}))?;
        run.scalar("score", toy.step, toy.score() as f32)?;
        if toy.score() > toy.best {
            toy.best = toy.score();
            run.save_best(&toy.checkpoint())?;
        }
        if toy.step.is_multiple_of(2) {
            run.save(&toy.checkpoint())?;
        }
    }
    run.certify(&toy.checkpoint(), "toy", 3)
}

/// The results in which finished runs must be equal.
#[derive(Debug, PartialEq)]
struct Outcome {
    certificate: Certificate,
    last: Checkpoint,
    best: Checkpoint,
    metrics: String,
    lines: usize,
}

fn outcome(path: &Path) -> Outcome {
    let stored = StoredRun::open(path).unwrap();
    let metrics = std::fs::read(path.join(name::METRICS)).unwrap();
    let outcome = Outcome {
        certificate: stored.certificate().unwrap().expect("a certificate"),
        last: stored.checkpoint(&Toy::expected()).unwrap(),
        best: stored.best(&Toy::expected()).unwrap().expect("a best step"),
        metrics: metrics_sha256(&metrics).unwrap(),
        lines: metrics.split(|&byte| byte == b'\n').count() - 1,
    };
    let recomputed =
        Certificate::new("toy", CONFIG, 3, &outcome.last, Some(&outcome.best), &metrics).unwrap();
    assert_eq!(outcome.certificate, recomputed);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.iter().all(|file| file.extension().is_none_or(|end| end != "part")), "{files:?}");
    files.retain(|file| file.extension().is_some_and(|end| end == "svpg"));
    assert_eq!(shown(&files), (1..=STEPS).collect::<Vec<_>>(), "TensorBoard shows every step once");
    outcome
}

/// A reader finds complete files or none, at whatever moment the run was stopped.
fn readable(path: &Path) {
    let Ok(stored) = StoredRun::open(path) else { return };
    let last = stored.read(name::CHECKPOINT, &Toy::expected()).unwrap();
    stored.best(&Toy::expected()).unwrap();
    if let Some(certificate) = stored.certificate().unwrap() {
        assert_eq!(certificate.steps, last.expect("a certificate has its checkpoint").0.step());
    }
}

/// The outcome of a run that nothing disturbs, and the number of its operations.
fn undisturbed() -> (Outcome, usize) {
    let folder = tempfile::tempdir().unwrap();
    faults::plan(Fault::None);
    train(folder.path()).unwrap();
    let operations = faults::log().len();
    let outcome = outcome(folder.path());
    assert_eq!((outcome.last.step(), outcome.lines), (STEPS, STEPS as usize));
    assert!(outcome.best.step() < STEPS, "the best step is not just the last");
    (outcome, operations)
}

/// Runs with `fault`, which must stop the training, and returns the error.
fn disturbed(path: &Path, fault: Fault) -> Error {
    faults::plan(fault);
    let error = train(path).expect_err("the fault ends the training");
    faults::plan(Fault::None);
    readable(path);
    error
}

#[test]
fn a_run_killed_anywhere_ends_as_if_it_had_not_been() {
    let (expected, operations) = undisturbed();
    for at in 0..operations {
        let folder = tempfile::tempdir().unwrap();
        disturbed(folder.path(), Fault::Killed(at));
        train(folder.path()).unwrap_or_else(|error| panic!("killed at {at}: {error}"));
        assert_eq!(outcome(folder.path()), expected, "killed at {at} of {operations}");
    }
}

#[test]
fn a_run_killed_again_and_again_ends_as_if_it_had_not_been() {
    let (expected, operations) = undisturbed();
    for first in (0..operations).step_by(5) {
        let folder = tempfile::tempdir().unwrap();
        disturbed(folder.path(), Fault::Killed(first));
        // A few more operations each time: every resume is stopped too, but later each time.
        let mut at = 1 + first % 5;
        loop {
            faults::plan(Fault::Killed(at));
            let ended = train(folder.path()).is_ok();
            faults::plan(Fault::None);
            readable(folder.path());
            if ended {
                break;
            }
            at += 4;
            assert!(at < 4 * operations, "no progress");
        }
        assert_eq!(outcome(folder.path()), expected, "killed at {first} of {operations}, and again");
    }
}

#[test]
fn a_disk_that_is_full_anywhere_gives_one_line_and_loses_nothing() {
    let (expected, operations) = undisturbed();
    for at in 0..operations {
        let folder = tempfile::tempdir().unwrap();
        let error = disturbed(folder.path(), Fault::Full(at));
        let text = error.to_string();
        assert!(error.is_bad_input() && text.contains("no storage space"), "{text}");
        assert!(text.starts_with(&folder.path().display().to_string()), "{text}");
        // The remedy in the message works: either there is a run to resume, or none was started.
        let has_begun = folder.path().join("config.toml").exists();
        assert_eq!(text.contains("resume the run"), has_begun, "{text}");
        let begin = ["repeat the command", "give a folder that can be written"];
        assert_eq!(begin.iter().any(|remedy| text.contains(remedy)), !has_begun, "{text}");
        train(folder.path()).unwrap_or_else(|error| panic!("full at {at}: {error}"));
        assert_eq!(outcome(folder.path()), expected, "full at {at} of {operations}");
    }
}

#[test]
fn a_line_that_could_not_be_written_leaves_no_trace() {
    for at in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFolder::create(folder.path(), CONFIG).unwrap();
        run.metrics(&serde_json::json!({"step": 1})).unwrap();
        faults::plan(Fault::Full(at));
        run.metrics(&serde_json::json!({"step": 2})).unwrap_err();
        let metrics = || std::fs::read_to_string(folder.path().join(name::METRICS)).unwrap();
        assert_eq!(metrics(), "{\"step\":1}\n");
        // Simulates that the removal of the incomplete line fails too: the next line must remove
        // it.
        faults::plan(Fault::Killed(at));
        run.metrics(&serde_json::json!({"step": 2})).unwrap_err();
        faults::plan(Fault::None);
        run.metrics(&serde_json::json!({"step": 3})).unwrap();
        assert_eq!(metrics(), "{\"step\":1}\n{\"step\":3}\n");
    }
}

/// Only flushed data survive a power failure: first the metrics, then the new file, then its name.
#[test]
fn a_checkpoint_reaches_the_disk_before_its_name_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(folder.path(), CONFIG).unwrap();
    faults::plan(Fault::None);
    run.save(&Toy { step: 0, values: [0.5; 8], best: 0 }.checkpoint()).unwrap();
    let (part, whole) = ("checkpoint.safetensors.part", name::CHECKPOINT);
    let expected = [
        (Operation::Sync, name::METRICS),
        (Operation::Create, part),
        (Operation::Write, part),
        (Operation::Write, part),
        (Operation::Sync, part),
        (Operation::Rename, whole),
        (Operation::SyncFolder, whole),
    ];
    assert_eq!(faults::log(), expected.map(|(operation, name)| (operation, name.to_owned())));
}
