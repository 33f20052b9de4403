//! `svpg vectors`: deterministic, complete, consistent with the oracle, and safe for folders with
//! other files.

mod support;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use support::python::environment;
use support::{run, stderr, stdout, svpg, vector};
use svpg::conformance::case::{Answer, Case, Parameters};
use svpg::conformance::compare::cause::CAUSES;
use svpg::conformance::compare::{Judge, Tolerance};
use svpg::conformance::vectors;

fn write(folder: &Path, options: &[&str]) -> Option<i32> {
    let arguments: Vec<&str> =
        ["vectors", "--out", folder.to_str().unwrap()].iter().chain(options).copied().collect();
    run(&arguments, b"").status.code()
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let folder = |name: &str| root.path().join(name);
    assert_eq!(write(&folder("a"), &["--count", "12", "--seed", "7"]), Some(0));
    let code = svpg(&["vectors", "--out", folder("b").to_str().unwrap(), "--count", "12", "--seed", "7"])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    assert!(code.status.success());
    assert_eq!(contents(&folder("a")), contents(&folder("b")));
    assert_eq!(write(&folder("c"), &["--count", "12", "--seed", "8"]), Some(0));
    assert_ne!(contents(&folder("a")), contents(&folder("c")));
    // The cases of a smaller count are the first of a larger one.
    assert_eq!(write(&folder("d"), &["--count", "5", "--seed", "7"]), Some(0));
    let larger = contents(&folder("a"));
    for (name, bytes) in contents(&folder("d")) {
        let (_, all) = larger.iter().find(|(other, _)| *other == name).unwrap();
        assert!(is_index(&name) || all.starts_with(&bytes), "{name}");
    }
}

/// Is this a file whose content is not only that of its cases, one after the other?
fn is_index(name: &str) -> bool {
    name == "manifest.json" || name.ends_with(".npz")
}

/// The version of the vectors, and the hash of the cases and answers of seed 0.
const PINNED_VERSION: u32 = 1;
const PINNED: &str = "6575b9d9c42f1d415e433ef49dd4ef383e8a4e23e09547de0db090e6ae858e5d";

/// The bytes are part of the contract: a change here is a change of output bits. It needs a new
/// `VECTORS_VERSION`, and belongs in the change log.
#[test]
fn the_bytes_of_seed_0_are_pinned() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("vectors");
    assert_eq!(write(&folder, &["--count", "112"]), Some(0));
    let all: Vec<u8> = contents(&folder)
        .into_iter()
        .filter(|(name, _)| name.ends_with(".case.json") || name.ends_with(".answer.json"))
        .flat_map(|(name, bytes)| [name.into_bytes(), bytes].concat())
        .collect();
    assert_eq!((vectors::VECTORS_VERSION, digest(&all).as_str()), (PINNED_VERSION, PINNED));
}

#[test]
fn the_default_count_covers_what_the_format_has() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write(root.path(), &[]), Some(0));
    let files = contents(root.path());
    let manifest = json(&files.iter().find(|(name, _)| name == "manifest.json").unwrap().1);
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 1);
    for file in listed {
        let (_, bytes) = files.iter().find(|(name, _)| file["name"] == name.as_str()).unwrap();
        assert_eq!(
            (file["sha256"].as_str(), file["bytes"].as_u64()),
            (Some(digest(bytes).as_str()), Some(bytes.len() as u64))
        );
    }
    let mut seen = BTreeSet::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".case.json")) {
        let case = json(bytes);
        seen.insert(format!("{} {} {}", case["rule"], case["convention"], case["shape"]));
        seen.insert(format!("algorithm {}", case["options"]["algorithm"]));
        seen.insert(format!("epsilon {}", case["options"]["epsilon"]));
        seen.insert(format!("entropy {}", case["options"]["entropy"]));
        seen.insert(format!("samples {}", case["batch"].as_array().unwrap().len()));
        seen.insert(format!("beta {}", case["options"]["beta"]));
        seen.insert(format!("centred {}", case["options"]["centred"]));
        seen.insert(format!("mask null {} object {}", case["mask"].is_null(), case["mask"].is_object()));
        seen.insert(format!("q given {}", case["batch"][0]["q"].is_array()));
        let output = run(&["oracle", "-", "--gradients"], bytes);
        let (_, answer) = files.iter().find(|(other, _)| *other == name.replace("case", "answer")).unwrap();
        assert_eq!(&output.stdout, answer, "{name}: {}", stderr(&output));
    }
    // 7 rules × 2 conventions × 8 shapes; null, reinforce, ppo; four values of epsilon and of the
    // entropy, and none; three kinds of mask; two of q; five strengths and none; one-sided, centred
    // and neither; 1 to 7 samples.
    assert_eq!(seen.len(), 112 + 3 + 5 + 5 + 3 + 2 + 6 + 3 + 7, "{seen:?}");
}

/// The seeds of the following tests: a part of the default vectors, with every rule and shape.
const SOME: std::ops::Range<usize> = 0..56;

#[test]
fn no_vector_is_passed_by_zeros() {
    for index in 0..vectors::DEFAULT_COUNT {
        let (case, answer) = vectors::vector(index, 0).unwrap();
        let zero = Answer::new(answer.q.clone().unwrap(), 0.0, Parameters::zero(case.shape()), None);
        let judged = Judge::with_answer(&case, answer).compare(&zero, Tolerance::default()).unwrap();
        assert!(!judged.ok, "{index}");
    }
}

/// A program with a mistake fails on exactly the vectors that claim its code, and every code with a
/// planted mistake is claimed.
#[test]
fn vectors_claim_the_mistakes_that_they_catch() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write(root.path(), &[]), Some(0));
    let manifest = json(&std::fs::read(root.path().join("manifest.json")).unwrap());
    assert_eq!(manifest["schema"], "svpg-vectors/3");
    assert_eq!(manifest["vectors_version"], PINNED_VERSION);
    assert_eq!(manifest["svpg_version"], env!("CARGO_PKG_VERSION"));
    let described = manifest["vectors"].as_array().unwrap();
    assert_eq!(described.len(), vectors::DEFAULT_COUNT);
    let mut claimed = BTreeSet::new();
    let mut comments = BTreeSet::new();
    for vector in described {
        claimed.extend(vector["catches"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()));
        comments.insert(vector["comment"].as_str().unwrap());
    }
    let never: Vec<_> =
        CAUSES.iter().map(|cause| cause.code).filter(|code| !claimed.contains(code)).collect();
    assert_eq!(
        never,
        ["OTHER_GRADIENT", "NOT_NORMALISED", "OTHER_FIXED_POINT", "ROUNDING"],
        "these have no planted answer"
    );
    for words in
        ["saturated", "nearly tied", "samples 7", "epsilon 0.05", "q is given", "state weights are masked"]
    {
        assert!(comments.iter().any(|comment| comment.contains(words)), "{words}: {comments:#?}");
    }
    for index in SOME {
        let name = format!("{index:04}");
        assert_eq!(described[index]["name"], name.as_str());
        let read = |part: &str| std::fs::read(root.path().join(format!("{name}.{part}.json"))).unwrap();
        let case = Case::from_bytes(&read("case")).unwrap();
        let answer = Answer::from_bytes(&read("answer"), &case).unwrap();
        let mut judge = Judge::with_answer(&case, answer.clone());
        judge.seek_hints(false);
        for cause in &CAUSES {
            let planted = cause.plant(&case, &answer);
            let fails = planted
                .iter()
                .any(|planted| !judge.compare(&planted.answer, Tolerance::default()).unwrap().ok);
            let claims = described[index]["catches"].as_array().unwrap().contains(&cause.code.into());
            assert_eq!(fails, claims, "{name} {}", cause.code);
        }
    }
}

#[test]
fn other_peoples_folders_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let mine = root.path().join("thesis.txt");
    std::fs::write(&mine, "years of work").unwrap();
    let output = run(&["vectors", "--out", root.path().to_str().unwrap()], b"");
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(2), 1));
    assert_eq!(contents(root.path()).len(), 1);
    // The manifest of another program does not permit writing.
    std::fs::write(root.path().join("manifest.json"), r#"{"name": "app"}"#).unwrap();
    assert_eq!(write(root.path(), &[]), Some(2));
    // Files of an earlier folder are replaced. Files that are not listed stay, and a listed path
    // outside the folder is ignored.
    let folder = root.path().join("vectors");
    assert_eq!(write(&folder, &["--count", "9"]), Some(0));
    std::fs::write(folder.join("notes.txt"), "keep").unwrap();
    let manifest = folder.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replacen("0000.case.json", "../thesis.txt", 1);
    std::fs::write(&manifest, text).unwrap();
    assert_eq!(write(&folder, &["--count", "2"]), Some(0));
    assert!(mine.exists());
    let names: Vec<String> = contents(&folder).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "0000.answer.json",
            "0000.case.json",
            "0001.answer.json",
            "0001.case.json",
            "answers.jsonl",
            "answers.npz",
            "cases.jsonl",
            "cases.npz",
            "manifest.json",
            "notes.txt"
        ]
    );
    // The manifests of earlier versions are known.
    for schema in ["svpg-vectors/1", "svpg-vectors/2"] {
        let earlier =
            serde_json::json!({"schema": schema, "count": 2, "files": [{"name": "0001.case.json"}]});
        std::fs::write(&manifest, earlier.to_string()).unwrap();
        assert_eq!(write(&folder, &["--count", "1"]), Some(0), "{schema}");
        assert!(!folder.join("0001.case.json").exists() && folder.join("notes.txt").exists());
    }
    let unknown = r#"{"schema": "svpg-vectors/4", "files": []}"#;
    std::fs::write(&manifest, unknown).unwrap();
    assert_eq!(write(&folder, &["--count", "1"]), Some(2));
    assert_eq!(std::fs::read_to_string(&manifest).unwrap(), unknown);
}

/// The cases are questions without answers, and the answers of the oracle to them are the answers.
#[test]
fn questions_and_answers_stand_apart() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write(root.path(), &["--count", "14", "--seed", "3"]), Some(0));
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let (cases, answers) = (at("cases.jsonl"), at("answers.jsonl"));
    let read = |name: &str| std::fs::read_to_string(name).unwrap();
    for (lines, part) in [(&cases, "case"), (&answers, "answer")] {
        let together: String = (0..14).map(|index| read(&at(&format!("{index:04}.{part}.json")))).collect();
        assert_eq!(read(lines), together);
    }
    assert!(!read(&cases).contains("update") && !read(&answers).contains("weights"));
    let answered = run(&["oracle", &cases, "--gradients"], b"");
    assert_eq!((answered.status.code(), stdout(&answered)), (Some(0), read(&answers)));
    let judged = run(&["compare", &cases, &answers, "--summary"], b"");
    assert!(stdout(&judged).ends_with("PASS  14 of 14 pass\n"), "{}", stdout(&judged));
}

/// Above level 0: questions without answers, one file each and together, and no arrays. A program
/// that gives the answers passes; one that gives them in another order fails.
#[test]
fn questions_and_answers_of_every_level_stand_apart() {
    for (level, one, many, parts) in [
        ("1", "trajectory", "trajectories", ["winners", "weights"]),
        ("2", "expectation", "expectations", ["expected", "weights"]),
    ] {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(write(root.path(), &["--level", level, "--count", "6", "--seed", "3"]), Some(0));
        let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        let (questions, answers) = (at(&format!("{many}.jsonl")), at("answers.jsonl"));
        let read = |name: &str| std::fs::read_to_string(name).unwrap();
        let mut names: Vec<String> = [&format!("{many}.jsonl"), "answers.jsonl"].map(str::to_owned).into();
        for (lines, part) in [(&questions, one), (&answers, "answer")] {
            let own: Vec<String> = (0..6).map(|index| format!("{index:04}.{part}.json")).collect();
            let together: String = own.iter().map(|name| read(&at(name))).collect();
            assert_eq!(read(lines), together, "{lines}");
            names.extend(own);
        }
        let [of_answer, of_question] = parts.map(|key| format!("\"{key}\":"));
        assert!(!read(&questions).contains(&of_answer) && read(&answers).contains(&of_answer));
        assert!(!read(&answers).contains(&of_question) && read(&questions).contains(&of_question));
        names.push("manifest.json".to_owned());
        names.sort();
        let written: Vec<String> = contents(root.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(written, names);
        let judged = run(&["compare", &questions, &answers, "--summary"], b"");
        assert_eq!(judged.status.code(), Some(0), "{}", stderr(&judged));
        assert!(stdout(&judged).ends_with("PASS  6 of 6 pass\n"), "{}", stdout(&judged));
        // The answers that are each the next one's.
        let all = read(&answers);
        let (first, others) = all.split_once('\n').unwrap();
        let judged = run(&["compare", &questions, "-", "--summary"], format!("{others}{first}\n").as_bytes());
        assert_ne!(judged.status.code(), Some(0), "{}", stdout(&judged));
        // A folder of one level is replaced by one of another.
        assert_eq!(write(root.path(), &["--count", "1"]), Some(0));
        assert_eq!(contents(root.path()).len(), 7);
    }
}

/// NumPy reads the arrays without pickle and finds the numbers of the documents, in every bit.
#[test]
fn arrays_have_the_bits_of_the_documents() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write(root.path(), &[]), Some(0));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/npz.py");
    let compare = || {
        let command =
            std::process::Command::new(environment("package")).arg(&script).arg(root.path()).output();
        let output = command.unwrap();
        (output.status.success(), stdout(&output), stderr(&output))
    };
    let (success, compared, error) = compare();
    assert!(success, "{error}");
    assert!(compared.trim().parse::<usize>().unwrap() > 25 * vectors::DEFAULT_COUNT, "{compared}");
    // One bit of a number, one sign of a zero and one truth value: the comparison sees each.
    let cases = root.path().join("cases.jsonl");
    let text = std::fs::read_to_string(&cases).unwrap();
    for (from, to) in [
        ("\"advantage\":0", "\"advantage\":1"),
        ("[0.0,", "[-0.0,"),
        ("\"centred\":true", "\"centred\":false"),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(&cases, text.replacen(from, to, 1)).unwrap();
        assert!(!compare().0, "{from}");
    }
}

/// `tests/vectors/small` is what this version writes with `--count 7`.
#[test]
fn the_small_set_is_up_to_date() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write(root.path(), &["--count", "7"]), Some(0));
    let stored = contents(Path::new(&vector("small")));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let written = contents(root.path());
    assert_eq!(names(&stored), names(&written));
    for ((name, stored), (_, written)) in stored.iter().zip(&written) {
        assert!(
            stored == written,
            "{name}: `svpg vectors --out tests/vectors/small --count 7` writes it anew"
        );
    }
}

/// If a file cannot be written completely (here because of a limit of 4 KiB per file), a new folder
/// is not created and an old one keeps its files.
#[cfg(unix)]
#[test]
fn what_cannot_be_written_in_full_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (old, new) = (root.path().join("old"), root.path().join("above/new"));
    assert_eq!(write(&old, &["--count", "2"]), Some(0));
    let before = contents(&old);
    for folder in [&old, &new] {
        let script = r#"trap '' XFSZ; ulimit -f 8; exec "$0" vectors --out "$1""#;
        let mut command = std::process::Command::new("sh");
        let arguments = ["-c", script, env!("CARGO_BIN_EXE_svpg"), folder.to_str().unwrap()];
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("give a folder that can be written"), "{}", stderr(&output));
    }
    assert_eq!(contents(&old), before);
    assert!(!root.path().join("above").exists());
    // Files of a killed run have no effect.
    std::fs::create_dir_all(new.join(".svpg-vectors.part/x")).unwrap();
    assert_eq!(write(&new, &["--count", "2"]), Some(0));
    assert_eq!(contents(&new), before);
}
