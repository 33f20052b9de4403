//! Run folders between processes: `kill -9`, Ctrl-C, a second writer, limits of the system.

#![cfg(unix)]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use svpg::Error;
use svpg::run::{Checkpoint, Interrupt, RunFolder, StoredRun, Tensor, TensorSpec};

const CONFIG: &str = "preset = \"toy\"\n";
const STEPS: u64 = 60;
/// The child is this test program: it trains in the folder that this variable names.
const FOLDER: &str = "SVPG_TEST_RUN_FOLDER";
/// The behaviour of the child after a signal: `ignore` it, or write a checkpoint.
const ON_INTERRUPT: &str = "SVPG_TEST_ON_INTERRUPT";
const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

fn checkpoint(step: u64, value: f32) -> Checkpoint {
    let tensors = vec![
        Tensor::new("recurrent", &[2, 2], &[0.0, value, value, 0.0]),
        Tensor::new("state", &[1, 2], &[value, -value]),
        Tensor::new("bias", &[2], &[value, 1.0]),
        Tensor::new("mask", &[2, 2], &[0.0f32, 1.0, 1.0, 0.0]),
    ];
    Checkpoint::new(step, tensors, BTreeMap::new()).unwrap()
}

/// Trains to the end or to an interrupt, starting from the current state of the folder.
fn train(path: &Path, pause: Duration, interrupt: Option<&Interrupt>) -> Result<(), Error> {
    let (mut step, mut value) = (0, 0.5f32);
    let mut run = match StoredRun::open(path) {
        Err(_) => RunFolder::create(path, CONFIG)?,
        Ok(stored) => {
            let (run, last) = stored.resume(&[TensorSpec::new::<f32>("recurrent", &[2, 2])])?;
            if let Some(last) = last {
                (step, value) = (last.step(), last.tensor("recurrent")?.values::<f32>()?[1]);
            }
            run
        }
    };
    let began = Instant::now();
    while step < STEPS {
        step += 1;
        value = 0.75 * value + 1.0 / step as f32;
        run.metrics(&json!({"step": step, "seconds": began.elapsed().as_secs_f64(), "value": value}))?;
        run.scalar("value", step, value)?;
        let ends = interrupt.is_some_and(Interrupt::requested);
        if step % 7 == 0 || ends {
            run.save(&checkpoint(step, value))?;
        }
        if ends {
            return Ok(());
        }
        std::thread::sleep(pause);
    }
    run.certify(&checkpoint(step, value), "toy", 1).map(|_| ())
}

#[test]
#[ignore = "a child process of the other tests"]
fn child() {
    let folder = std::env::var_os(FOLDER).expect("started by another test");
    let interrupt = Interrupt::install().unwrap();
    let heeded = (std::env::var(ON_INTERRUPT).as_deref() != Ok("ignore")).then_some(&interrupt);
    if let Err(error) = train(Path::new(&folder), Duration::from_millis(3), heeded) {
        eprintln!("{error}");
        std::process::exit(2);
    }
}

/// The command that trains in `path` as a child, started by way of `shell`, a command line that
/// ends in `exec "$@"`.
fn child_in(path: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", shell, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child", "--nocapture"]).env(FOLDER, path);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn start(path: &Path) -> Child {
    child_in(path, "exec \"$@\"").spawn().unwrap()
}

/// Waits until the child has written `lines` lines of metrics.
fn wait_for_lines(path: &Path, lines: usize) {
    let began = Instant::now();
    loop {
        let metrics = std::fs::read(path.join("metrics.jsonl")).unwrap_or_default();
        if metrics.iter().filter(|&&byte| byte == b'\n').count() >= lines {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the child writes nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn signal(child: &Child, signal: i32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
    assert!(sent.success(), "the child has already ended");
}

fn ended(mut child: Child) -> ExitStatus {
    child.wait().unwrap()
}

/// Lines of metrics without the time, the certificate, and the last checkpoint.
fn outcome(path: &Path) -> (Vec<Value>, Value, Checkpoint) {
    let metrics = std::fs::read_to_string(path.join("metrics.jsonl")).unwrap();
    let without_time = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("seconds").expect("the time is there");
        line
    };
    let certificate = std::fs::read(path.join("certificate.json")).unwrap();
    (
        metrics.lines().map(without_time).collect(),
        serde_json::from_slice(&certificate).unwrap(),
        StoredRun::open(path).unwrap().checkpoint(&[]).unwrap(),
    )
}

fn undisturbed() -> (Vec<Value>, Value, Checkpoint) {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), Duration::ZERO, None).unwrap();
    outcome(folder.path())
}

#[test]
fn kill_9_and_resume_end_as_if_nothing_had_happened() {
    let expected = undisturbed();
    assert_eq!(expected.0.len(), STEPS as usize);
    for at in [1, 8, 20, 41] {
        let folder = tempfile::tempdir().unwrap();
        let child = start(folder.path());
        wait_for_lines(folder.path(), at);
        signal(&child, SIGKILL);
        assert_eq!(ended(child).signal(), Some(SIGKILL));
        assert!(!folder.path().join("certificate.json").exists());
        train(folder.path(), Duration::ZERO, None).unwrap();
        assert_eq!(outcome(folder.path()), expected, "killed after line {at}");
    }
}

#[test]
fn ctrl_c_and_sigterm_write_a_checkpoint_of_that_step() {
    let expected = undisturbed();
    for number in [SIGINT, SIGTERM] {
        let folder = tempfile::tempdir().unwrap();
        let child = start(folder.path());
        wait_for_lines(folder.path(), 3);
        signal(&child, number);
        assert_eq!(ended(child).code(), Some(0));
        let last = StoredRun::open(folder.path()).unwrap().checkpoint(&[]).unwrap();
        let lines = std::fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap().lines().count();
        assert_eq!(last.step(), lines as u64, "nothing is lost");
        assert!((3..STEPS).contains(&last.step()));
        train(folder.path(), Duration::ZERO, None).unwrap();
        assert_eq!(outcome(folder.path()), expected);
    }
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let child = child_in(folder.path(), "exec \"$@\"").env(ON_INTERRUPT, "ignore").spawn().unwrap();
    wait_for_lines(folder.path(), 3);
    signal(&child, SIGINT);
    let lines = std::fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap().lines().count();
    wait_for_lines(folder.path(), lines + 2);
    signal(&child, SIGINT);
    assert_eq!(ended(child).signal(), Some(SIGINT));
    assert!(!folder.path().join("certificate.json").exists());
}

#[test]
fn a_second_writer_is_refused_until_the_first_has_ended_and_readers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let child = start(folder.path());
    wait_for_lines(folder.path(), 10);
    let stored = StoredRun::open(folder.path()).unwrap();
    assert!(stored.checkpoint(&[]).unwrap().step() >= 7);
    let error = stored.resume(&[]).unwrap_err();
    let said = "another process is writing this run; wait until it ends, or give another folder";
    assert_eq!(error.to_string(), format!("{}: {said}", folder.path().display()));
    assert!(error.is_bad_input());
    signal(&child, SIGKILL);
    ended(child);
    let (run, last) = StoredRun::open(folder.path()).unwrap().resume(&[]).unwrap();
    assert!(last.is_some());
    // The lock is this process's now, and a second one here is no better than a second process.
    StoredRun::open(folder.path()).unwrap().resume(&[]).unwrap_err();
    drop(run);
    StoredRun::open(folder.path()).unwrap().resume(&[]).unwrap();
}

/// A limit of the size of files stops the writes of a child as a full disk would, without the
/// rights of root.
#[test]
fn a_limit_of_the_file_size_is_one_line_and_the_run_goes_on_without_it() {
    let expected = undisturbed();
    let folder = tempfile::tempdir().unwrap();
    // Blocks of 512 bytes: enough for checkpoints (about 900 bytes), not for all metrics (about
    // 3600).
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let output = child_in(folder.path(), limited).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("File too large") && message.contains("resume the run"), "{message}");
    let last = StoredRun::open(folder.path()).unwrap().checkpoint(&[]).unwrap().step();
    assert!((7..STEPS).contains(&last), "{last}");
    train(folder.path(), Duration::ZERO, None).unwrap();
    assert_eq!(outcome(folder.path()), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_the_earlier_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(folder.path(), CONFIG).unwrap();
    run.save(&checkpoint(1, 0.25)).unwrap();
    let before = std::fs::read(folder.path().join("checkpoint.safetensors")).unwrap();
    // Every write to this device fails for want of space.
    let part = folder.path().join("checkpoint.safetensors.part");
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let error = run.save(&checkpoint(2, 0.5)).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("No space left"), "{error}");
    assert_eq!(std::fs::read(folder.path().join("checkpoint.safetensors")).unwrap(), before);
    assert!(part.symlink_metadata().is_err(), "what could not be finished is removed");
    run.save(&checkpoint(2, 0.5)).unwrap();
}

/// Asserts that `result` is a mistake of the user, said in one line that begins with the folder.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, folder: &Path, said: &str) {
    let error = result.expect_err(said);
    let text = error.to_string();
    assert!(error.is_bad_input() && !text.contains('\n'), "{text}");
    assert!(text.starts_with(&folder.display().to_string()) && text.contains(said), "{text}");
}

#[test]
fn a_run_begins_in_an_empty_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/run");
    drop(RunFolder::create(&path, CONFIG).unwrap());
    assert_eq!(std::fs::read_to_string(path.join("config.toml")).unwrap(), CONFIG);
    refused(RunFolder::create(&path, "other"), &path, "the folder has a run; resume the run, or");
    assert_eq!(std::fs::read_to_string(path.join("config.toml")).unwrap(), CONFIG);

    let occupied = folder.path().join("occupied");
    std::fs::create_dir(&occupied).unwrap();
    std::fs::write(occupied.join("thesis.tex"), "").unwrap();
    refused(RunFolder::create(&occupied, CONFIG), &occupied, "not empty");
    assert_eq!(std::fs::read_dir(&occupied).unwrap().count(), 1, "nothing was written");

    let file = occupied.join("thesis.tex");
    refused(RunFolder::create(&file, CONFIG), &file, "give another folder");
}

#[test]
fn what_is_no_run_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    refused(StoredRun::open(&path.join("none")), path, "there is no such folder; give the folder of");
    refused(StoredRun::open(path), path, "config.toml is missing");
    std::fs::write(path.join("config.toml"), b"\xff").unwrap();
    refused(StoredRun::open(path), path, "config.toml is not UTF-8");
    std::fs::write(path.join("config.toml"), CONFIG).unwrap();
    let stored = StoredRun::open(path).unwrap();
    assert_eq!(stored.config(), CONFIG);
    refused(stored.checkpoint(&[]), path, "checkpoint.safetensors is missing");
    assert!(stored.best(&[]).unwrap().is_none() && stored.certificate().unwrap().is_none());
}

/// A run of two steps, with a checkpoint after the second.
fn two_steps(path: &Path) {
    let mut run = RunFolder::create(path, CONFIG).unwrap();
    for step in 1..=2 {
        run.metrics(&json!({"step": step})).unwrap();
    }
    run.save(&checkpoint(2, 0.5)).unwrap();
}

#[test]
fn a_run_whose_files_do_not_belong_together_is_not_continued() {
    let resume = |path: &Path| StoredRun::open(path)?.resume(&[]);
    let change = |file: &str, content: &str, said: &str| {
        let folder = tempfile::tempdir().unwrap();
        two_steps(folder.path());
        std::fs::write(folder.path().join(file), content).unwrap();
        refused(resume(folder.path()), folder.path(), said);
        assert_eq!(std::fs::read_to_string(folder.path().join(file)).unwrap(), content, "nothing is changed");
    };
    change("config.toml", "preset = \"other\"\n", "written with a different config.toml");
    change("metrics.jsonl", "{\"step\":1}\n", "metrics.jsonl: it is shorter than");
    change("metrics.jsonl", "{\"step\":1}\n{\"step\":20}\n", "metrics.jsonl: it was changed after");
    // As long as it was, line for line.
    change("metrics.jsonl", "{\"step\":1}\n{\"step\":3}\n", "metrics.jsonl: it was changed after");
    change("checkpoint.safetensors", "", "checkpoint.safetensors: not a complete safetensors file");

    let folder = tempfile::tempdir().unwrap();
    two_steps(folder.path());
    let wrong = [TensorSpec::new::<f32>("state", &[784, 2])];
    refused(
        StoredRun::open(folder.path()).unwrap().resume(&wrong),
        folder.path(),
        "checkpoint of another shape: `state` is F32 [1, 2], but the configuration asks for F32 [784, 2]",
    );
    std::fs::remove_file(folder.path().join("metrics.jsonl")).unwrap();
    refused(resume(folder.path()), folder.path(), "metrics.jsonl: ");
}

#[test]
fn a_run_that_goes_on_has_no_certificate() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), Duration::ZERO, None).unwrap();
    assert!(folder.path().join("certificate.json").exists());
    let (run, _) = StoredRun::open(folder.path()).unwrap().resume(&[]).unwrap();
    assert!(!folder.path().join("certificate.json").exists());
    drop(run);
    // It comes back unchanged where nothing is left to be done.
    train(folder.path(), Duration::ZERO, None).unwrap();
    assert_eq!(outcome(folder.path()), undisturbed());
}
