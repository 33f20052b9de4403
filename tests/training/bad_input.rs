//! Bad input: exit 2, one line with the remedy, nothing on standard output, nothing written,
//! nothing lost.

use super::support::{assert_refused, svpg};
use super::{images, outcome, run, succeeded};
use std::path::Path;
use svpg::run::{Checkpoint, StoredRun, Tensor};

const TINY: &str = "--hidden 3x4 --batch 20 --steps 12 --eval-interval 4 --data {data} --out {out}";

#[test]
fn impossible_combinations_begin_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    images::write(&data);
    let images = |options: &str| format!("train mnist --data {{data}} --out {{out}} {options}");
    let pendulum = |options: &str| format!("train pendulum --out {{out}} {options}");
    for (arguments, words) in [
        (images("--preset bmvc2023"), ["bmvc2023", "bmvc2022-spike-rect"]),
        (images("--preset bmvc2022 --rule exact"), ["exact", "two-phase"]),
        (images("--preset bmvc2022 --inference spikes"), ["spikes", "spike-dexp"]),
        (images("--preset bmvc2022 --inference spike-rect"), ["preset bmvc2022", "bmvc2022-spike-rect"]),
        (images("--preset best --inference spike-rect"), ["preset best", "inference"]),
        (images("--preset bmvc2022-shrink --inference spike-rect"), ["bmvc2022-shrink", "inference"]),
        (
            images("--preset bmvc2022-spike-rect --rule two-phase"),
            ["two-phase does not support spikes", "rate inference"],
        ),
        (images("--preset bmvc2022-spike-dexp --inference rate"), ["bmvc2022-spike-dexp", "inference"]),
        (images("--preset tpami2025 --rule svpg"), ["svpg does not support PPO", "reinforce"]),
        (images("--preset tpami2025 --actions-voting 3"), ["rule", "one action circuit"]),
        (images("--preset best --rule nudgd"), ["`nudgd` is unknown", "did you mean `nudged`"]),
        (images("--preset best --rule nudged"), ["beta", "needs it"]),
        (images("--preset best --rule nudged --beta 0"), ["beta", "above 0 and at most 1"]),
        (images("--preset best --rule nudged --beta -0.1"), ["beta", "above 0 and at most 1"]),
        (images("--preset best --rule nudged --beta 1.5 --centred"), ["beta", "above 0 and at most 1"]),
        (images("--preset best --beta 0.5"), ["two-phase has no such option", "leave them out"]),
        (
            images("--preset bmvc2022-spike-rect --rule nudged --beta 1"),
            ["not support spikes", "rate inference"],
        ),
        (images("--preset best --batch 1"), ["baseline", "a larger batch"]),
        (images("--preset best --policy exact"), ["--policy", "free-energy"]),
        (
            images("--preset bmvc2022-spike-rect --policy free-energy"),
            ["free-energy does not support spikes", "mean-field"],
        ),
        (
            images("--preset bmvc2022 --actions-voting 3 --policy free-energy"),
            ["free-energy does not support several action circuits", "give one action circuit"],
        ),
        (images("--preset bmvc2022-spike-rect --sigma 0"), ["sigma", "leave it out"]),
        (images("--preset best --sigma -1"), ["sigma", "at least 0"]),
        (images("--preset best --max-iterations 0"), ["--max-iterations", "from 1"]),
        (images("--preset best --dropped hidden"), ["--dropped", "hidden-hidden=0.1"]),
        (images("--preset best --dropped hidden-hidden=2"), ["dropped", "probability"]),
        (images("--preset best --dropped state-action=1"), ["dropped", "hidden-action"]),
        (images("--preset best --start 0.05"), ["--start", "-0.05..0.05"]),
        (images("--preset best --start 1..0.5"), ["start", "the smaller one first"]),
        (images("--preset best --start -3e38..3e38"), ["start", "not too far apart"]),
        (images("--preset best --method bp --start zero"), ["start", "has no such option"]),
        (images("--preset best --baseline mean"), ["--baseline", "batch-mean"]),
        (pendulum("--preset best --baseline none"), ["baseline", "leave it out"]),
        (images("--preset bmvc2022 --actions-voting 0"), ["--actions-voting", "from 1"]),
        (images("--preset bmvc2022 --hidden 20"), ["--hidden", "20x10"]),
        (images("--preset bmvc2022 --hidden -1x3"), ["--hidden", "20x10"]),
        (images("--preset bmvc2022 --hidden 1000x1000"), ["8192", "fewer"]),
        (images("--preset bmvc2022 --steps 0"), ["--steps", "from 1"]),
        (images("--preset bmvc2022 --steps -1"), ["--steps", "whole number"]),
        (images("--preset bmvc2022 --threads 1e3"), ["--threads", "whole number"]),
        (images("--preset bmvc2022 --batch 131"), ["130", "batch of 131"]),
        (images("--preset bmvc2022 --learning-rate -1"), ["learning_rate", "positive"]),
        (images("--preset bmvc2022 --learning-rate nan"), ["learning_rate", "positive"]),
        (images("--preset bmvc2022 --entropy -0.1"), ["entropy", "at least 0"]),
        (images("--preset bmvc2022 --eval-interval 0"), ["--eval-interval", "from 1"]),
        (images("--preset bmvc2022 --episodes 3"), ["episodes", "steps"]),
        (images("--preset bmvc2022 --threads 0"), ["threads", "from 1"]),
        (images("--preset bmvc2022 --seed -1"), ["--seed", "-1"]),
        (images("--preset bmvc2022 --resume {out}"), ["--resume", "--preset"]),
        (pendulum("--preset bmvc2022"), ["not for the pendulum", "tpami2025"]),
        (pendulum("--preset tpami2025 --rule svpg"), ["svpg does not support PPO", "two-phase"]),
        (pendulum("--preset tpami2025 --steps 9"), ["steps", "give episodes"]),
        (pendulum("--preset tpami2025 --batch 9"), ["batch", "leave it out"]),
        (pendulum("--preset tpami2025 --episodes 0"), ["--episodes", "from 1"]),
        (pendulum("--preset tpami2025 --data {data}"), ["--data", "leave it out"]),
        (pendulum("--preset best --inference spike-dexp"), ["preset best", "inference"]),
        ("train mnist --preset best".to_owned(), ["--out", "--help"]),
        ("train --preset best --out {out}".to_owned(), ["<TASK>", "--help"]),
        ("train chess --preset best --out {out}".to_owned(), ["chess", "--help"]),
        ("bench-step --task rate --data {data} --steps 0".to_owned(), ["--steps", "from 1"]),
        ("bench-step --task rate --data {data} --threads 0".to_owned(), ["threads", "from 1"]),
        ("bench-step --task rate --data {data} --hidden 20".to_owned(), ["--hidden", "20x10"]),
        ("bench-step --task ppo --data {data} --hidden 3x0".to_owned(), ["hidden", "at least 1"]),
    ] {
        assert_refused(&run(&arguments, &data, &out), &words, &arguments);
        assert!(!out.exists(), "{arguments}");
    }
    for isa in ["sse9", ""] {
        let words = super::expanded("train mnist --preset bmvc2022 --data {data} --out {out}", &data, &out);
        assert_refused(&svpg(&words).env("SVPG_ISA", isa).output().unwrap(), &["SVPG_ISA", "baseline"], isa);
        assert!(!out.exists());
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

#[test]
fn broken_data_begins_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    let [trained, labels] =
        [("train", "images-idx3"), ("train", "labels-idx1")].map(|(p, part)| images::path(&data, p, part));
    let tested = images::path(&data, "t10k", "images-idx3");
    let breaks: [(&str, &dyn Fn()); 9] = [
        ("magic number", &|| std::fs::write(&trained, [0, 0, 8, 4, 0, 0, 0, 1]).unwrap()),
        ("magic number", &|| copy(&labels, &trained)),
        ("labels for", &|| copy(&images::path(&data, "t10k", "labels-idx1"), &labels)),
        ("bytes", &|| std::fs::write(&trained, &std::fs::read(&trained).unwrap()[..1000]).unwrap()),
        ("bytes", &|| std::fs::write(&labels, []).unwrap()),
        ("at most 999", &|| {
            let mut wide = images::idx(&[130], &1000u16.to_be_bytes().repeat(130));
            wide[2] = 0xb;
            std::fs::write(&labels, wide).unwrap();
        }),
        ("all labels are 0", &|| {
            std::fs::write(&labels, images::idx(&[130], &[0; 130])).unwrap();
            let tested = images::path(&data, "t10k", "labels-idx1");
            std::fs::write(tested, images::idx(&[50], &[0; 50])).unwrap();
        }),
        ("have 12 pixels", &|| std::fs::write(&tested, images::idx(&[50, 3, 3], &[0; 450])).unwrap()),
        ("svpg data fetch mnist", &|| std::fs::remove_file(&tested).unwrap()),
    ];
    for (said, break_it) in breaks {
        images::write(&data);
        break_it();
        assert_refused(&run(&format!("train mnist --preset bmvc2022 {TINY}"), &data, &out), &[said], said);
        assert!(!out.exists(), "{said}");
    }
    let nowhere = folder.path().join("nowhere");
    assert_refused(
        &run(&format!("train mnist --preset bmvc2022 {TINY}"), &nowhere, &out),
        &["nowhere", "no such folder"],
        "no folder",
    );
}

/// The names and contents of all files.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_folder_that_is_in_use_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    images::write(&data);
    let arguments = format!("train mnist --preset bmvc2022 {TINY}");
    succeeded(&run(&arguments, &data, &out));
    let before = contents(&out);
    assert_refused(&run(&arguments, &data, &out), &["has a run", "--resume"], "a run");
    assert_eq!(contents(&out), before);
    assert_refused(
        &run(&arguments, &data, &data),
        &["not empty", "it has t10k-images-idx3-ubyte"],
        "another folder",
    );
    assert_refused(
        &run(&arguments, &data, &out.join("config.toml")),
        &["a file, not a folder", "--out"],
        "a file",
    );
    assert_eq!(contents(&out), before);
}

/// A run that cannot be resumed is refused, and its files are unchanged.
#[test]
fn a_run_that_does_not_fit_is_neither_continued_nor_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    images::write(&data);
    succeeded(&run(&format!("train mnist --preset bmvc2022 {TINY}"), &data, &out));
    let expected = outcome(&out);
    let refused = |arguments: &str, words: &[&str]| {
        let before = contents(&out);
        assert_refused(&run(arguments, &data, &out), words, arguments);
        assert_eq!(contents(&out), before, "{arguments}");
    };
    let resume = "train --resume {out} --data {data}";
    let change = |file: &str, change: &dyn Fn(&mut Vec<u8>), words: &[&str], also_evaluated: bool| {
        let path = out.join(file);
        let whole = std::fs::read(&path).unwrap();
        let mut changed = whole.clone();
        change(&mut changed);
        assert_ne!(changed, whole);
        std::fs::write(&path, changed).unwrap();
        refused(resume, words);
        if also_evaluated {
            refused("eval {out} --last --data {data}", words);
        }
        std::fs::write(&path, whole).unwrap();
    };
    let checkpoint = "checkpoint.safetensors";
    change(checkpoint, &|file| file.truncate(file.len() / 2), &[checkpoint, "truncated"], true);
    change(checkpoint, &Vec::clear, &[checkpoint, "truncated"], true);
    change(checkpoint, &|file| *file.last_mut().unwrap() ^= 1, &[checkpoint, "changed after"], true);
    change("metrics.jsonl", &|file| file.truncate(20), &["metrics.jsonl", "shorter"], false);
    let digit = |file: &mut Vec<u8>| {
        let at = file.iter().position(|byte| *byte == b'0').unwrap();
        file[at] = b'1';
    };
    change("metrics.jsonl", &digit, &["metrics.jsonl", "changed after"], false);
    refused(&format!("{resume} --steps 40"), &["--steps cannot change", "config.toml"]);
    let without = |file: &str, arguments: &str, words: &[&str]| {
        let (path, aside) = (out.join(file), folder.path().join("aside"));
        std::fs::rename(&path, &aside).unwrap();
        refused(arguments, words);
        std::fs::rename(&aside, &path).unwrap();
    };
    without("checkpoint.safetensors", resume, &["checkpoint.safetensors is missing", "metrics.jsonl"]);
    without("best.safetensors", "eval {out} --data {data}", &["best.safetensors is missing", "--last"]);
    let (best, copy) = (out.join("best.safetensors"), folder.path().join("copy"));
    std::fs::copy(&best, &copy).unwrap();
    std::fs::write(&best, &std::fs::read(&copy).unwrap()[..100]).unwrap();
    refused(
        "eval {out} --data {data}",
        &["best.safetensors", "truncated", "resuming the run writes it again", "--resume"],
    );
    std::fs::rename(&copy, &best).unwrap();
    let replaced = |from: &'static str, to: &'static str| {
        move |file: &mut Vec<u8>| {
            let text = String::from_utf8(file.clone()).unwrap();
            assert!(text.contains(from), "{text}");
            *file = text.replace(from, to).into_bytes();
        }
    };
    let config = "config.toml";
    change(config, &replaced("hidden = [3, 4]", "hidden = [3, 5]"), &["another shape"], false);
    change(config, &replaced("length = 12", "length = 0"), &[config, "length"], true);
    change(config, &replaced("length = 12", "length ="), &[config, "line"], true);
    change(config, &replaced("seed = 0", "seed = 1"), &["different config.toml"], true);

    // A valid checkpoint of a network with another mask.
    let before = contents(&out);
    let (mut opened, last) = StoredRun::open(&out).unwrap().resume(&[]).unwrap();
    let last = last.unwrap();
    let mut tensors = last.tensors().to_vec();
    let mask = tensors.iter_mut().find(|tensor| tensor.name() == "mask").unwrap();
    let flipped: Vec<f32> = mask.values::<f32>().unwrap().iter().map(|entry| 1.0 - entry).collect();
    let shape = mask.shape().to_vec();
    *mask = Tensor::new("mask", &shape, &flipped);
    opened.save(&Checkpoint::new(last.step(), tensors, last.metadata().clone()).unwrap()).unwrap();
    drop(opened);
    let forged = std::fs::read(out.join(checkpoint)).unwrap();
    for (name, content) in &before {
        std::fs::write(out.join(name), content).unwrap();
    }
    change(checkpoint, &|file| file.clone_from(&forged), &["mask", "--out"], true);

    let others = folder.path().join("others");
    images::write(&others);
    std::fs::write(images::path(&others, "t10k", "labels-idx1"), images::idx(&[50], &[3; 50])).unwrap();
    let before = contents(&out);
    let output = run(resume, &others, &out);
    assert_refused(&output, &["not the images", "--data"], "other images");
    for part in ["train", "t10k"] {
        std::fs::write(images::path(&others, part, "images-idx3"), images::idx(&[1, 2, 2], &[9; 4])).unwrap();
        std::fs::write(images::path(&others, part, "labels-idx1"), images::idx(&[1], &[9])).unwrap();
    }
    assert_refused(&run("eval {out} --data {data}", &others, &out), &["4 pixels, 12 expected"], "other size");
    assert_eq!(contents(&out), before);
    refused("train --resume {out} --data {data} --threads 0", &["threads"]);
    refused("train pendulum --resume {out}", &["another task"]);

    // No data are lost: the run continues to the same result.
    succeeded(&run(resume, &data, &out));
    assert_eq!(outcome(&out), expected);
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    images::write(&data);
    assert_refused(&run("eval {out}", &data, &out), &["no such folder"], "no run");
    assert_refused(&run("eval {data}", &data, &out), &["config.toml is missing"], "no run");
    assert_refused(&run("train --resume {out}", &data, &out), &["no such folder"], "no run");
    succeeded(&run("train pendulum --preset tpami2025 --episodes 2 --out {out}", &data, &out));
    for (arguments, words) in [
        ("eval {out} --noise salt", ["KIND=LEVEL", "eval --help"]),
        ("eval {out} --noise sugar=1", ["sugar", "eval --help"]),
        ("eval {out} --noise salt=2", ["salt: level 2", "from 0 to 1"]),
        ("eval {out} --noise salt=0.1,2", ["salt: level 2", "from 0 to 1"]),
        ("eval {out} --noise salt=0.1,", ["salt=", "not a number"]),
        ("eval {out} --noise salt=0.1,0.2 --noise pepper=0,1", ["pepper=0,1", "to one noise"]),
        ("eval {out} --noise fgsm=0.1", ["fgsm=0.1", "not for the pendulum"]),
        ("eval {out} --evaluations -3", ["--evaluations", "whole number from 1 to 100000"]),
        ("eval {out} --evaluations 0", ["--evaluations", "whole number from 1 to 100000"]),
        ("eval {out} --threads 0", ["threads", "from 1"]),
        ("eval {out} --gradient 3", ["--gradient", "give a run of mnist"]),
        ("eval {out} --gradient 3 --noise salt=0.1", ["--gradient", "--noise"]),
        ("eval {out} --data {data}", ["--data", "leave it out"]),
    ] {
        assert_refused(&run(arguments, &data, &out), &words, arguments);
    }
    let images = folder.path().join("images");
    succeeded(&run(&format!("train mnist --preset bmvc2022 {TINY}"), &data, &images));
    let output = run("eval {out} --data {data} --noise pole-size=0.1", &data, &images);
    assert_refused(&output, &["pole-size=0.1", "not for images"], "a pole");
    for number in ["0", "-3", "x", "1000"] {
        let output = run(&format!("eval {{out}} --data {{data}} --gradient {number}"), &data, &images);
        assert_refused(&output, &["--gradient", "from 1 to"], "no such number of images");
    }
}
