//! Small runs and a small study.

use std::path::{Path, PathBuf};

use crate::support::{run, stderr};
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::random::SplitMix64;

/// Pixels of an image in each direction.
const SIDE: usize = 5;

/// A folder with a data set, runs and a study. It stays until the tests end.
pub(crate) struct Inputs(tempfile::TempDir);

pub(crate) fn compute() -> Compute {
    Compute::new(Level::best(None), 1).expect("one thread")
}

impl Inputs {
    pub(crate) fn make() -> Self {
        let inputs = Self(tempfile::tempdir().expect("a folder"));
        images(&inputs.folder("data"));
        let data = inputs.path("data");
        let trained = |arguments: &[&str]| {
            let output = run(arguments, b"");
            assert!(output.status.success(), "{}", stderr(&output));
        };
        for (preset, steps, name) in [("bmvc2022", "200", "rate"), ("bmvc2022-spike-rect", "30", "spikes")] {
            let out = inputs.path(name);
            let shape = ["--hidden", "4x3", "--steps", steps, "--out", &out, "--data", &data];
            trained(&[&["train", "mnist", "--preset", preset][..], &shape].concat());
        }
        trained(&[
            "train",
            "pendulum",
            "--preset",
            "best",
            "--episodes",
            "30",
            "--out",
            &inputs.path("pole"),
        ]);
        let odd = inputs.folder("<img src=x onerror=alert(6)>");
        trained(&[
            "train",
            "pendulum",
            "--preset",
            "best",
            "--episodes",
            "12",
            "--out",
            &odd.display().to_string(),
        ]);
        std::fs::create_dir(inputs.folder("study")).expect("a folder");
        std::fs::write(inputs.folder("study").join("study.json"), STUDY).expect("a file");
        inputs
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder(name).display().to_string()
    }

    /// The path of a run as a part of ids: letters, digits and hyphens.
    pub(crate) fn slug(&self, name: &str) -> String {
        let path = self.path(name).to_ascii_lowercase();
        let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }
}

/// Four IDX files of 10 classes; the class decides which pixels are bright.
fn images(folder: &Path) {
    let mut random = SplitMix64::new(1);
    std::fs::create_dir_all(folder).expect("a folder");
    for (prefix, count) in [("train", 400), ("t10k", 100)] {
        let labels: Vec<u8> = (0..count).map(|image| (image % 10) as u8).collect();
        let mut pixel = |label: u8, k: usize| {
            let is_bright = k % 10 == usize::from(label);
            if is_bright { 255 - random.below(60) as u8 } else { random.below(60) as u8 }
        };
        let pixels: Vec<u8> = labels
            .iter()
            .flat_map(|&label| (0..SIDE * SIDE).map(move |k| (label, k)))
            .map(|(label, k)| pixel(label, k))
            .collect();
        let idx = |lengths: &[usize], bytes: &[u8]| {
            let mut file = vec![0, 0, 8, lengths.len() as u8];
            file.extend(lengths.iter().flat_map(|&length| (length as u32).to_be_bytes()));
            file.extend(bytes);
            file
        };
        let file = |part: &str| folder.join(format!("{prefix}-{part}-ubyte"));
        std::fs::write(file("images-idx3"), idx(&[count, SIDE, SIDE], &pixels)).expect("a file");
        std::fs::write(file("labels-idx1"), idx(&[count], &labels)).expect("a file");
    }
}

/// Two protocols, two methods, three levels; names with signs of markup.
pub(crate) const STUDY: &str = r#"{
 "schema": "svpg-study/1", "version": "0.1.0",
 "plan": {"name": "<script>alert(8)</script>", "quick": false, "summary": "two methods", "seeds": [0, 1, 2]},
 "provenance": {"plan_sha256": "00", "data_sha256": {"mnist": "01"}, "jobs": 18, "results_sha256": "02"},
 "methods": [
  {"name": "svpg", "task": "mnist", "label": "SVPG", "summary": "rates", "role": "svpg"},
  {"name": "bp", "task": "mnist", "label": "BP", "summary": "rectified units", "role": "conventional"},
  {"name": "svpg", "task": "pendulum", "label": "SVPG", "summary": "rates", "role": "svpg"}],
 "protocols": [
  {"id": "weights-relative", "task": "mnist", "kind": "weight-gaussian", "variant": "corrected", "unit": "share", "levels": [0, 0.5, 1],
   "evaluations": 1, "examples": null},
  {"id": "input-gaussian", "task": "pendulum", "kind": "gaussian", "variant": "published", "unit": "σ", "levels": [0, 1],
   "evaluations": 5, "examples": null}],
 "rows": [{"method": "svpg", "seed": 0, "task": "mnist", "protocol": "weights-relative", "level": 0, "value": 0.9}],
 "aggregates": [
  {"method": "svpg", "task": "mnist", "protocol": "weights-relative", "level": 0, "iqm": 0.9, "low": 0.88, "high": 0.92},
  {"method": "svpg", "task": "mnist", "protocol": "weights-relative", "level": 0.5, "iqm": 0.7, "low": 0.6, "high": 0.8},
  {"method": "svpg", "task": "mnist", "protocol": "weights-relative", "level": 1, "iqm": 0.4, "low": 0.3, "high": 0.5},
  {"method": "bp", "task": "mnist", "protocol": "weights-relative", "level": 0, "iqm": 0.95, "low": 0.94, "high": 0.96},
  {"method": "bp", "task": "mnist", "protocol": "weights-relative", "level": 0.5, "iqm": 0.6, "low": 0.6, "high": 0.6},
  {"method": "bp", "task": "mnist", "protocol": "weights-relative", "level": 1, "iqm": 0.3, "low": 0.2, "high": 0.4},
  {"method": "svpg", "task": "pendulum", "protocol": "input-gaussian", "level": 0, "iqm": 180, "low": 150, "high": 200},
  {"method": "svpg", "task": "pendulum", "protocol": "input-gaussian", "level": 1, "iqm": 80, "low": 50, "high": 100}],
 "areas": [{"method": "svpg", "task": "mnist", "protocol": "weights-relative", "iqm": 0.67, "low": 0.6, "high": 0.7}],
 "halves": [{"method": "svpg", "task": "mnist", "protocol": "weights-relative", "level": null, "low": 0.9, "high": null}],
 "improvements": [{"method": "svpg", "baseline": "bp", "task": "mnist", "protocol": "weights-relative", "probability": 0.5, "low": 0, "high": 1}],
 "criteria": [
  {"id": "C1", "criterion": "C", "task": "mnist", "method": "svpg", "other": null, "claim": "robust <b>", "question": "is the area larger?",
   "value": 0.02, "low": 0.01, "high": 0.03, "confirm": "> 0", "refute": "< 0", "verdict": "confirmed"},
  {"id": "C2", "criterion": "C", "task": "mnist", "method": "svpg", "other": null, "claim": "robust", "question": "is it?",
   "value": null, "low": null, "high": null, "confirm": "> 0", "refute": "< 0", "verdict": "not-measured"}],
 "failures": [{"method": "bp", "task": "mnist", "seed": 1, "reason": "diverged"}],
 "runs": [{"method": "svpg", "task": "mnist", "seed": 0, "path": "runs/mnist.svpg.0"}]
}"#;
