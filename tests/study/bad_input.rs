//! What cannot be run is refused with one line, and finished jobs are kept.

use super::support::{assert_refused, stderr};
use super::{PLAN, Place, succeeded};

/// The plan of the tests with a change, as a file.
fn changed(place: &Place, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(PLAN).unwrap();
    assert!(text.contains(from), "{from}");
    let path = place.path("changed.toml");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn wrong_plans() {
    let place = Place::new();
    for (from, to, words) in [
        (
            "preset = \"bmvc2022\"",
            "preset = \"bmvc2202\"",
            &["line 17 (method svpg)", "did you mean `bmvc2022`?"][..],
        ),
        (
            "role = \"svpg\"",
            "method = \"bptl\"\nrole = \"svpg\"",
            &["`bptl` is unknown", "did you mean `bptt`?"],
        ),
        ("training = \"svpg\"", "training = \"svgp\"", &["line 24", "did you mean `svpg`?"]),
        ("{ sigma = 0.0 }", "{ steps = 3 }", &["overrides", "change the training of svpg"]),
        ("steps = 60", "stepps = 60", &["line 17", "unknown name `stepps`", "did you mean `steps`?"]),
        ("baseline = \"two-phase\"", "baseline = \"bp\"", &["baseline \"bp\"", "give one of svpg"]),
        ("seeds = [0, 1, 2]", "seeds = []", &["nothing to do"]),
        ("seeds = [0, 1, 2]", "seeds = [0, 1, 0]", &["twice"]),
        (
            "[tasks.mnist]",
            "[tasks.chess]\nmethods = []\nbaseline = \"a\"\nevaluations = 1\n[tasks.mnist]",
            &["tasks.chess", "mnist or pendulum"],
        ),
        (
            "\"gaussian\", \"relative-uniform\"",
            "\"gaussian\", \"slat\"",
            &["protocols", "did you mean `salt`?"],
        ),
        ("\"gaussian\", \"relative-uniform\"", "\"gaussian\", \"gaussian\"", &["gaussian is there twice"]),
        ("\"gaussian\", \"relative-uniform\"", "\"pole-length\"", &["it is not for the task mnist"]),
        ("levels = [0, 0.1, 0.5, 1]", "levels = []", &["at least one"]),
        ("levels = [0, 0.1, 0.5, 1]", "levels = [0, 0.5, 0.1]", &["the levels of salt do not ascend"]),
        ("examples = 30", "examples = 99999", &["examples of salt", "99999 test images"]),
        ("batch = 20", "batch = \"20\"", &["overrides.batch", "found string"]),
        ("levels = [0, 0.1, 0.5, 1]", "levels = [0, 1.5]", &["level 1.5 is out of range"]),
        ("every = 5", "every = 0", &["every is 0"]),
        ("[tasks.pendulum]", "[tasks.pendulum]\nevery = 0", &["every is 0"]),
        ("\"gaussian\", \"relative-uniform\"", "", &["there are no kinds", "at least one"]),
        ("levels = [0, 0.1, 0.5, 1]", "levels = [0, 1]\nvariants = []", &["there are no variants"]),
        ("methods = [\"svpg\", \"two-phase\"]", "methods = []", &["there are no methods"]),
        ("evaluations = 2", "evaluations = 0", &["evaluations 0 is out of range"]),
        ("name = \"svpg-noiseless\"", "name = \"svpg\"", &["another method has this name"]),
        ("name = \"svpg-noiseless\"", "name = \"a/b\"", &["the name \"a/b\" cannot be used"]),
        ("schema = \"svpg-plan/1\"", "schema = \"svpg-plan/2\"", &["svpg-plan/2"]),
    ] {
        let plan = changed(&place, from, to);
        let out = place.path("out");
        let output = place.study(&format!("{plan} --out {{out}} --data {{data}}"), &out);
        assert_refused(&output, words, to);
        assert!(!out.exists(), "{to}");
    }
}

#[test]
fn wrong_arguments() {
    let place = Place::new();
    let out = place.path("out");
    for (arguments, words) in [
        ("bmvc2023 --out {out}", &["did you mean `bmvc2022`?"][..]),
        ("{plan} --data {data}", &["--out", "is missing"]),
        ("--print bmvc", &["there is no such plan"]),
        ("{plan} --out {out} --data {data}/none", &["there is no such folder"]),
        ("", &["PLAN"]),
    ] {
        let arguments = arguments.replace("{data}/none", place.path("none").to_str().unwrap());
        assert_refused(&place.study(&arguments, &out), words, &arguments);
        assert!(!out.exists(), "{arguments}");
    }
    let text = std::fs::read_to_string(PLAN).unwrap();
    let without = text.split("[quick]").next().unwrap().to_owned()
        + "[tasks.pendulum]"
        + text.split("[tasks.pendulum]").nth(1).unwrap();
    let path = place.path("pendulum.toml");
    std::fs::write(&path, without).unwrap();
    let plan = path.to_str().unwrap();
    assert_refused(&place.study(&format!("{plan} --quick --out {{out}}"), &out), &["[quick]"], "no quick");
    assert_refused(
        &place.study(&format!("{plan} --data {{data}} --out {{out}}"), &out),
        &["no task of the plan has data"],
        "data",
    );
}

#[test]
fn folders_of_other_things() {
    let place = Place::new();
    let out = place.path("out");
    std::fs::create_dir(&out).unwrap();
    assert_refused(&place.study("{out}", &out), &["plan.toml is missing"], "empty");
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    assert_refused(&place.study("{plan} --out {out} --data {data}", &out), &["it has notes.txt"], "occupied");
    let study = place.path("study");
    succeeded(&place.study("{plan} --out {out} --data {data} --job pendulum.svpg.0.train", &study));
    assert_refused(
        &place.study("{plan} --quick --out {out} --data {data}", &study),
        &["another plan"],
        "other plan",
    );
    assert_refused(&place.study("{out} --quick", &study), &["--quick"], "quick of a folder");
    assert_refused(
        &place.study("{out} --data {data} --job pendulum.svgp.0.none", &study),
        &["did you mean `pendulum.svpg.0.none`?"],
        "no job",
    );
    assert_refused(
        &place.study("{out} --data {data} --job pendulum.svpg.1.none", &study),
        &["it needs pendulum.svpg.1.train"],
        "needs",
    );
    let plan = std::fs::read_to_string(study.join("plan.toml")).unwrap();
    std::fs::write(study.join("plan.toml"), plan.replace("tiny", "small") + "\n# mine\n").unwrap();
    assert_refused(&place.study("{out} --data {data}", &study), &["altered"], "altered plan");
}

#[test]
fn result_files_that_were_altered_are_named_and_the_others_are_kept() {
    let place = Place::new();
    let out = place.finished("study");
    let path = out.join("jobs/mnist.svpg.1.gaussian.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let other = std::fs::read_to_string(out.join("jobs/mnist.svpg.2.gaussian.json")).unwrap();
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let expected = super::tables(&out);
    for (content, words) in [
        (text[..text.len() / 2].to_owned(), &["delete this file"][..]),
        (String::new(), &["delete this file"]),
        (text.replacen("0.", "1.", 1), &["altered", "delete this file"]),
        (text.replace(&version, "\"version\":\"0.0.1\""), &["version 0.0.1"]),
        (other, &["another job", "delete this file"]),
    ] {
        std::fs::write(&path, &content).unwrap();
        let output = place.study("{out} --data {data}", &out);
        assert_refused(&output, words, &content);
        assert!(stderr(&output).contains("mnist.svpg.1.gaussian.json"));
    }
    std::fs::remove_file(&path).unwrap();
    succeeded(&place.study("{out} --data {data}", &out));
    assert_eq!(super::tables(&out), expected);
}

#[test]
fn other_images_are_refused() {
    let place = Place::new();
    let out = place.finished("study");
    let labels = super::images::path(&place.path("data"), "t10k", "labels-idx1");
    let mut bytes = std::fs::read(&labels).unwrap();
    bytes[9] ^= 1;
    std::fs::write(&labels, bytes).unwrap();
    assert_refused(&place.study("{out} --data {data}", &out), &["of another job", "other data"], "labels");
}

#[test]
fn a_second_process_is_refused() {
    let place = Place::new();
    let out = place.path("study");
    let job = "{plan} --out {out} --data {data} --job pendulum.svpg.0.train";
    succeeded(&place.study(job, &out));
    let open = |name: &str| std::fs::File::options().append(true).create(true).open(out.join(name)).unwrap();
    let (study, other) = (open(".lock"), open("jobs/.pendulum.svpg.1.train.lock"));
    study.lock_shared().unwrap();
    succeeded(&place.study(job, &out));
    assert_refused(&place.study("{out} --data {data}", &out), &["is working on this study", "wait"], "whole");
    other.lock().unwrap();
    let taken = job.replace("svpg.0", "svpg.1");
    assert_refused(&place.study(&taken, &out), &["is working on the job pendulum.svpg.1.train"], "one job");
    study.unlock().unwrap();
    study.lock().unwrap();
    assert_refused(&place.study(job, &out), &["is working on this study"], "alone");
}

/// No file may be longer than 8 blocks of 512 bytes: a checkpoint cannot be stored.
#[cfg(unix)]
#[test]
fn a_full_disk_keeps_finished_jobs() {
    let place = Place::new();
    let out = &place.path("study");
    succeeded(&place.study("{plan} --out {out} --data {data} --job pendulum.svpg.0.train", out));
    let kept = std::fs::read(out.join("jobs/pendulum.svpg.0.train.json")).unwrap();
    let program = env!("CARGO_BIN_EXE_svpg");
    let (data, folder) = (place.path("data"), out.display());
    let script = format!(
        "ulimit -f 8; trap '' XFSZ; exec {program} study {folder} --data {} --threads 1",
        data.display()
    );
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_refused(&output, &["cannot be written", "free disk space", "repeat the command"], "full");
    assert!(!stderr(&output).contains("--"), "no option of another command: {}", stderr(&output));
    assert_eq!(std::fs::read(out.join("jobs/pendulum.svpg.0.train.json")).unwrap(), kept);
    succeeded(&place.study("{out} --data {data}", out));
}
