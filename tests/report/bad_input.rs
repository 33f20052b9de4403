//! What is refused: one line with the remedy, exit code 2, nothing written.

use crate::INPUTS;
use crate::inputs::STUDY;
use crate::support::{assert_refused, run};

fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_no_input_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (pole, study) = (INPUTS.path("pole"), INPUTS.path("study"));
    std::fs::create_dir(path("empty")).expect("a folder");
    std::fs::write(path("there.html"), "mine").expect("a file");
    for (name, text) in [
        ("half", &STUDY[..400]),
        ("other", &STUDY.replace("svpg-study/1", "svpg-study/9")),
        ("nothing", ""),
        ("more", &STUDY.replace("\"jobs\": 18,", "\"jobs\": 18, \"tasks\": 2,")),
        ("wrong", &STUDY.replace("\"iqm\": 0.9,", "\"iqm\": \"high\",")),
    ] {
        std::fs::create_dir(path(name)).expect("a folder");
        std::fs::write(folder.path().join(name).join("study.json"), text).expect("a file");
    }
    // A run with a damaged checkpoint, and one with damaged metrics.
    for (name, damaged) in
        [("cut", "checkpoint.safetensors"), ("metrics", "metrics.jsonl"), ("best", "best.safetensors")]
    {
        std::fs::create_dir(path(name)).expect("a folder");
        for entry in std::fs::read_dir(&pole).expect("a run") {
            let entry = entry.expect("an entry");
            std::fs::copy(entry.path(), folder.path().join(name).join(entry.file_name())).expect("a copy");
        }
        let file = folder.path().join(name).join(damaged);
        let mut bytes = std::fs::read(&file).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::write(file, bytes).expect("a file");
        if damaged.starts_with("checkpoint") {
            std::fs::remove_file(folder.path().join(name).join("best.safetensors")).expect("a file");
            std::fs::remove_file(folder.path().join(name).join("certificate.json")).expect("a file");
        }
    }
    let before = names(folder.path());
    let out = path("out.html");
    let cases: &[(&[&str], &[&str])] = &[
        (&["report"], &["arguments"]),
        (&["report", &path("empty"), "--out", &out], &["config.toml is missing"]),
        (&["report", &path("absent"), "--out", &out], &["there is no such folder"]),
        (&["report", &path("cut"), "--out", &out], &["checkpoint.safetensors"]),
        (&["report", &path("best"), "--out", &out], &["best.safetensors"]),
        (&["report", &path("metrics"), "--out", &out], &["metrics.jsonl"]),
        (&["report", &path("half"), "--out", &out], &["study.json", "run the study again"]),
        (&["report", &path("other"), "--out", &out], &["svpg-study/9"]),
        (&["report", &path("nothing"), "--out", &out], &["study.json"]),
        (&["report", &path("wrong"), "--out", &out], &["aggregates[0].iqm"]),
        (&["report", &path("more"), "--out", &out], &["tasks"]),
        (&["report", &study, &study, "--out", &out], &["a second study"]),
        (&["report", &pole, "--out", &path("there.html")], &["the file exists"]),
        (&["report", &pole, "--out", &path("no/such/out.html")], &["existing folder"]),
        (&["report", &pole, "--out", &path("empty")], &["no file can be written there"]),
        (&["report", &pole, "--site", &path("site")], &["--site"]),
        (&["report", "--site", &path("half")], &["not empty", "--site"]),
        (&["report", "--site", &path("there.html")], &["--site"]),
        (&["plot"], &["RUN"]),
        (&["plot", &path("empty")], &["config.toml is missing"]),
        (&["plot", &path("metrics"), "--out", &path("x.svg")], &["metrics.jsonl"]),
        (&["plot", &pole, "--out", &path("x.pdf")], &[".svg or .png"]),
        (&["plot", &pole, "--out", &path("there.html")], &[".svg or .png"]),
        (&["plot", &pole, "--curve", "loss", "--out", &path("x.svg")], &["return", "entropy"]),
        (&["plot", &pole, "--methods", "svpg"], &["--methods", "leave it out"]),
        (&["plot", &study, "--methods", "svgp"], &["did you mean `svpg`", "bp, svpg"]),
        (&["plot", &study, "--curve", "salt"], &["mnist.weights-relative", "pendulum.input-gaussian"]),
    ];
    for (arguments, words) in cases {
        assert_refused(&run(arguments, b""), words, &arguments.join(" "));
        assert_eq!(names(folder.path()), before, "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(path("there.html")).expect("it stays"), "mine");
}

/// Images that are asked for must be there; without them, the page says what it lacks.
#[test]
fn missing_images_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (rate, out) = (INPUTS.path("rate"), folder.path().join("page.html").display().to_string());
    let absent = folder.path().join("absent").display().to_string();
    assert_refused(&run(&["report", &rate, "--out", &out, "--data", &absent], b""), &[&absent], "images");
    let output = run(&["report", &rate, "--out", &out], b"");
    let note = crate::support::stderr(&output);
    assert!(output.status.success() && note.contains("note") && note.contains("not measured"), "{note}");
    let page = std::fs::read_to_string(out).expect("the page");
    assert!(page.contains("Not measured:") && !page.contains("class=\"heat\""));
}
