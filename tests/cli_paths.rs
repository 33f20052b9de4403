//! What stands at a path that a command is given: a link to nothing, a pipe, a stray file, a name
//! that begins with `-`.
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{assert_refused, published, stdout, svpg};

/// Runs the program in `folder`. A program that waits for a pipe is ended, and the test fails.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut child = svpg(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{arguments:?} waits");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const TRAIN: [&str; 7] = ["train", "pendulum", "--preset", "tpami2025", "--episodes", "2", "--out"];

#[test]
fn nothing_is_written_to_a_pipe_or_a_link_to_nothing() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    pipe(&at("pipe"));
    std::os::unix::fs::symlink("nothing", at("link")).unwrap();
    std::fs::write(at("chapter.md"), "# T\n```svpg\nclaim X \"x\" for i: b[i] + 0 = b[i]\n```\n").unwrap();
    let (case, answer) = (published("01.case.json"), published("01.answer.json"));
    let file = "no file can be written there";
    for (command, of_pipe) in [
        (["check", "chapter.md", "--out"].as_slice(), file),
        (&["compare", &case, &answer, "--certificate"], file),
        (&["vectors", "--count", "1", "--out"], "Not a directory"),
        (&TRAIN, "it is a file, not a folder"),
        (&["data", "fetch", "mnist", "--data"], "Not a directory"),
        (&["verify", "--mnist"], "a file, not a folder"),
        (&["eval"], "a file, not a folder"),
    ] {
        for (place, words) in [("link", "a link to nothing"), ("pipe", of_pipe)] {
            let output = run(root.path(), &[command, &[place]].concat());
            assert_refused(&output, &[place, words], &format!("{command:?} {place}"));
        }
    }
    let output = run(root.path(), &[TRAIN.as_slice(), &["link/deeper"]].concat());
    assert_refused(&output, &["link is a link to nothing"], "a folder below a link to nothing");
    assert_eq!(names(root.path()), ["chapter.md", "link", "pipe"]);
    assert!(at("link").is_symlink(), "a link stays a link");
}

#[test]
fn data_are_not_read_from_a_pipe_or_a_link_to_nothing() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("mnist");
    std::fs::create_dir(&data).unwrap();
    let train = ["train", "mnist", "--preset", "best", "--data", "mnist", "--out", "run"];
    let fetch = ["data", "fetch", "mnist", "--data", "."];
    for name in ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz.part"] {
        let path = data.join(name);
        for (place, said) in [(0, "it is a pipe"), (1, "it is a link to nothing")] {
            match place {
                0 => pipe(&path),
                _ => std::os::unix::fs::symlink("nothing", &path).unwrap(),
            }
            if !name.ends_with(".part") {
                assert_refused(&run(root.path(), &train), &[name, said], name);
            }
            if !name.ends_with(".gz") {
                assert_refused(&run(root.path(), &fetch), &[name, said, "remove it"], name);
            }
            assert_eq!(names(&data), [name]);
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn a_run_is_not_read_from_a_pipe_or_a_link_to_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    assert!(run(root.path(), &[TRAIN.as_slice(), &["run"]].concat()).status.success());
    let (resume, eval) = (&["train", "--resume", "run"][..], &["eval", "run", "--evaluations", "1"][..]);
    for (name, commands) in [
        ("config.toml", [resume, eval].as_slice()),
        ("checkpoint.safetensors", &[resume]),
        ("metrics.jsonl", &[resume]),
        (".lock", &[resume]),
        // To resume writes it again, whatever is there.
        ("best.safetensors", &[eval]),
    ] {
        let (path, aside) = (folder.join(name), root.path().join("aside"));
        std::fs::rename(&path, &aside).unwrap();
        for place in ["pipe", "link to nothing"] {
            match place {
                "pipe" => pipe(&path),
                _ => std::os::unix::fs::symlink("nothing", &path).unwrap(),
            }
            let before = names(&folder);
            for command in commands {
                assert_refused(&run(root.path(), command), &[name, place], &format!("{command:?} {name}"));
            }
            assert_eq!(names(&folder), before);
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::rename(&aside, &path).unwrap();
    }
}

/// Files that file managers write are no obstacle; another stray file is named, without the advice
/// to resume what is no run.
#[test]
fn a_stray_file_is_named_or_ignored() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    let vectors = ["vectors", "--count", "1", "--out"];
    for command in [TRAIN.as_slice(), &vectors] {
        let folder = format!("{}-of-system", command[0]);
        std::fs::create_dir(at(&folder)).unwrap();
        for name in [".DS_Store", "Thumbs.db", "desktop.ini"] {
            std::fs::write(at(&folder).join(name), "").unwrap();
        }
        let output = run(root.path(), &[command, &[&folder]].concat());
        assert!(output.status.success(), "{}", support::stderr(&output));
        for stray in ["notes.txt", ".hidden"] {
            let folder = format!("{}-with-{stray}", command[0]);
            std::fs::create_dir(at(&folder)).unwrap();
            for name in [stray, ".DS_Store"] {
                std::fs::write(at(&folder).join(name), "").unwrap();
            }
            let output = run(root.path(), &[command, &[&folder]].concat());
            assert_refused(&output, &["not empty: it has", stray, "empty"], &folder);
            let line = support::stderr(&output);
            assert!(!line.contains("resume") && !line.contains(".DS_Store"), "{line}");
            assert_eq!(names(&at(&folder)).len(), 2);
        }
    }
}

/// The commands that a run prints do what they say when they are pasted, whatever the folder is
/// called.
#[test]
fn printed_commands_run_when_pasted() {
    let root = tempfile::tempdir().unwrap();
    let program = std::fs::canonicalize(env!("CARGO_BIN_EXE_svpg")).unwrap();
    for name in ["-dir", "--steps", "-", "a b", "it's", "$HOME", "~", "#x", "a\nb", "-x/y"] {
        let out = format!("--out={name}");
        let output = run(root.path(), &[&TRAIN[..6], &[&out]].concat());
        assert!(output.status.success(), "{name:?}: {}", support::stderr(&output));
        let said = stdout(&output);
        let command = said.split_once("evaluate with svpg ").expect("the command is the last").1;
        let script = format!("exec '{}' {command}", program.display());
        let shell = Command::new("sh").args(["-c", &script]).current_dir(root.path()).output().unwrap();
        assert!(shell.status.success(), "{script}: {}", support::stderr(&shell));
        assert!(stdout(&shell).contains("pendulum, preset tpami2025"), "{script}");
    }
}
