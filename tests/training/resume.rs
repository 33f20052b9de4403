//! A run that is killed, interrupted or out of disk space, and then resumed, has the same result as
//! an uninterrupted run.

use super::support::{stderr, stdout, svpg};
use super::{expanded, images, outcome, run, succeeded};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use svpg::run::StoredRun;

/// Lines of metrics: 40, and 40.
const RUNS: [&str; 2] = [
    "train mnist --preset best --select validation --hidden 3x4 --batch 20 --steps 200 --eval-interval 5 --seed 5 --threads 2 --data {data} \
     --out {out}",
    "train pendulum --preset tpami2025 --hidden 3x4 --episodes 40 --eval-interval 7 --seed 5 --threads 2 --out {out}",
];
/// A checkpoint after every step, so checkpoints are frequent, and a run is slow enough to be
/// stopped between them.
const OFTEN: &str = " --save-every 0";
const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

fn start(arguments: &str, data: &Path, out: &Path) -> Child {
    let mut command = svpg(&expanded(arguments, data, out));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn lines(out: &Path) -> usize {
    std::fs::read(out.join("metrics.jsonl")).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count()
}

fn wait_for_lines(out: &Path, wanted: usize) {
    let began = Instant::now();
    while lines(out) < wanted {
        assert!(began.elapsed() < Duration::from_secs(120), "the run writes nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends a signal, unless the process has ended.
fn signal(child: &Child, signal: i32) {
    let kill = format!("kill -{signal} {}", child.id());
    let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().unwrap();
}

/// `--resume`, on other threads and another instruction set than the run began with.
fn resume(arguments: &str, data: &Path, out: &Path) -> Output {
    let mut words = vec!["train", "--resume", out.to_str().unwrap(), "--threads", "3"];
    if arguments.contains("{data}") {
        words.extend(["--data", data.to_str().unwrap()]);
    }
    svpg(&words).env("SVPG_ISA", "baseline").output().unwrap()
}

/// Resumes a run that was started, or starts it.
fn finish(arguments: &str, data: &Path, out: &Path) {
    let output = match StoredRun::open(out) {
        Ok(_) => resume(arguments, data, out),
        Err(_) => run(arguments, data, out),
    };
    succeeded(&output);
}

#[test]
fn kill_9_at_any_moment_changes_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    for (number, arguments) in RUNS.into_iter().enumerate() {
        let at = |name: &str| folder.path().join(format!("{number}-{name}"));
        let left_alone = at("alone");
        succeeded(&run(arguments, &data, &left_alone));
        let expected = outcome(&left_alone);
        let mut killed = 0;
        let mut kill = |name: &str, wait: &dyn Fn(&Path)| {
            let out = at(name);
            let mut child = start(&format!("{arguments}{OFTEN}"), &data, &out);
            wait(&out);
            signal(&child, SIGKILL);
            killed += usize::from(child.wait().unwrap().signal() == Some(SIGKILL));
            finish(arguments, &data, &out);
            assert_eq!(outcome(&out), expected, "{name} of {arguments}");
        };
        for wanted in [1, 9, 30] {
            kill(&format!("line-{wanted}"), &|out| wait_for_lines(out, wanted));
        }
        // Some of these are before the folder exists, or during its creation.
        for milliseconds in [0, 3, 9, 27] {
            kill(&format!("ms-{milliseconds}"), &|_| std::thread::sleep(Duration::from_millis(milliseconds)));
        }
        assert!(killed >= 4, "{killed} of 7 were stopped before their end");
    }
}

#[test]
fn ctrl_c_and_sigterm_save_and_say_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    for (number, arguments) in RUNS.into_iter().enumerate() {
        for request in [SIGINT, SIGTERM] {
            let out = folder.path().join(format!("{number}-{request}"));
            // So many steps that no regular checkpoint is written before the signal: the run
            // resumes from the checkpoint at the signal.
            let total = 200_000;
            let slow = arguments
                .replace("--steps 200", "--steps 200000")
                .replace("--episodes 40", "--episodes 200000")
                + " --save-every 1000";
            let child = start(&slow, &data, &out);
            wait_for_lines(&out, 3);
            signal(&child, request);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
            let said = stdout(&output);
            let step = StoredRun::open(&out).unwrap().checkpoint(&[]).unwrap().step();
            let data = if arguments.contains("mnist") {
                format!(" --data {}", data.display())
            } else {
                String::new()
            };
            let expected = format!(
                "stopped after {step} of {total}; continue with: svpg train --resume {}{data}\n",
                out.display()
            );
            assert_eq!(said, expected);
            assert!(step >= 3 && !out.join("certificate.json").exists());
        }
    }
}

/// Compares a run that was stopped by a signal with an uninterrupted run of the same length.
#[test]
fn a_run_that_was_interrupted_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    for (number, arguments) in RUNS.into_iter().enumerate() {
        let [alone, stopped] =
            ["alone", "stopped"].map(|name| folder.path().join(format!("{number}-{name}")));
        succeeded(&run(arguments, &data, &alone));
        let child = start(&format!("{arguments}{OFTEN}"), &data, &stopped);
        wait_for_lines(&stopped, 2);
        signal(&child, SIGINT);
        child.wait_with_output().unwrap();
        assert!(!stopped.join("certificate.json").exists(), "it was stopped in time");
        succeeded(&resume(arguments, &data, &stopped));
        assert_eq!(outcome(&stopped), outcome(&alone));
        // Resuming a finished run prints the same result.
        succeeded(&resume(arguments, &data, &stopped));
        assert_eq!(outcome(&stopped), outcome(&alone));
    }
}

/// A limit on the file size stops writes as a full disk does, without root rights.
#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    let arguments = RUNS[0].replace("--eval-interval 5", "--eval-interval 1");
    let [alone, full] = ["alone", "full"].map(|name| folder.path().join(name));
    succeeded(&run(&arguments, &data, &alone));
    // Blocks of 512 bytes: enough for a checkpoint, not for the metrics of all steps.
    let size = |file: &str| std::fs::metadata(alone.join(file)).unwrap().len();
    let limit = size("checkpoint.safetensors").div_ceil(512) + 1;
    assert!(size("metrics.jsonl") > 512 * limit);
    let limited = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
    let often = format!("{arguments}{OFTEN}");
    let mut command = Command::new("sh");
    command.args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_svpg")]).args(expanded(&often, &data, &full));
    let output = command.env_remove("SVPG_ISA").output().unwrap();
    let line = last_line(&output);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.contains("File too large") && line.contains("--resume"), "{line}");
    let step = StoredRun::open(&full).unwrap().checkpoint(&[]).unwrap().step();
    assert!((1..200).contains(&step), "{step}");
    succeeded(&resume(&arguments, &data, &full));
    assert_eq!(outcome(&full), outcome(&alone));
}

/// The last line on standard error: a slow machine has shown progress before.
fn last_line(output: &Output) -> String {
    stderr(output).lines().last().unwrap_or_default().to_owned()
}

/// A diverged run keeps its earlier files.
#[test]
fn a_divergence_stops_with_its_step_and_value_and_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    let out = folder.path().join("out");
    let arguments = "train mnist --preset bmvc2022 --hidden 3x4 --batch 20 --learning-rate 1e38 --save-every 0 --data {data} --out {out}";
    let output = run(arguments, &data, &out);
    let line = last_line(&output);
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(stdout(&output).is_empty(), "{line}");
    let kept = StoredRun::open(&out).unwrap().checkpoint(&[]).unwrap().step();
    for said in [
        format!("svpg: step {}: the training has diverged: ", kept + 1),
        "] is ".to_owned(),
        format!("({} keeps the checkpoint after step {kept})", out.display()),
        "lower learning rate".to_owned(),
    ] {
        assert!(line.contains(&said), "{said} is not in {line}");
    }
    assert!(!out.join("certificate.json").exists());
}
