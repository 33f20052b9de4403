//! `svpg eval`: its report, and the network that it evaluates.

use super::{images, run, succeeded};
use serde_json::Value;
use std::path::Path;

fn evaluate(arguments: &str, data: &Path, out: &Path) -> Value {
    let text = succeeded(&run(&format!("eval {{out}} --format json {arguments}"), data, out));
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// A run whose best network is not its last.
fn trained(data: &Path, out: &Path) {
    images::write(data);
    // A learning rate so high that accuracy goes up and down.
    let arguments = "train mnist --preset bmvc2022 --hidden 3x4 --batch 20 --steps 60 --eval-interval 7 --learning-rate 20 \
                     --data {data} --out {out}";
    succeeded(&run(arguments, data, out));
}

#[test]
fn the_kept_network_has_the_accuracy_for_which_it_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    trained(&data, &out);
    let metrics = std::fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let lines: Vec<Value> = metrics.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let accuracy = |line: &Value| line["test_accuracy"].as_f64().unwrap();
    let best = lines.iter().rev().max_by(|a, b| accuracy(a).total_cmp(&accuracy(b))).unwrap();
    let last = lines.last().unwrap();
    assert_ne!((best["step"].as_u64(), accuracy(best)), (last["step"].as_u64(), accuracy(last)));
    for (option, network, line) in [("", "best", best), ("--last", "last", last)] {
        for threads in [1, 2] {
            let report = evaluate(&format!("--data {{data}} --threads {threads} {option}"), &data, &out);
            assert_eq!((&report["network"], &report["step"]), (&Value::from(network), &line["step"]));
            assert_eq!(report["selection"], "test");
            assert_eq!(report["mean"], line["test_accuracy"], "evaluation 0 has the draws of the tests");
            assert_eq!(
                (&report["measure"], &report["interval_over"]),
                (&"accuracy".into(), &"images".into())
            );
            let config = std::fs::read_to_string(out.join("config.toml")).unwrap();
            let trained_on = format!("data_sha256 = {}", report["data_sha256"]);
            assert!(config.contains(&trained_on), "{trained_on}");
            let ends = [0, 1].map(|end| report["interval"][end].as_f64().unwrap());
            assert!(ends[0] < accuracy(line) && accuracy(line) < ends[1], "{ends:?}");
        }
        let text = succeeded(&run(&format!("eval {{out}} --data {{data}} {option}"), &data, &out));
        assert_eq!(text.contains("selection  "), network == "best", "{text}");
    }
}

#[test]
fn noise_has_an_effect_and_every_evaluation_its_own_draws() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    trained(&data, &out);
    let values = |arguments: &str| -> Vec<f64> {
        let report = evaluate(&format!("--data {{data}} {arguments}"), &data, &out);
        report["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let clean = values("--evaluations 2");
    // Of very different evaluations: still between 0 and 1.
    let report = evaluate("--data {data} --noise weight-gaussian=1 --evaluations 2", &data, &out);
    assert_eq!(report["interval_over"], "draws");
    let ends = [0, 1].map(|end| report["interval"][end].as_f64().unwrap());
    assert!(0.0 <= ends[0] && ends[1] <= 1.0, "{ends:?}");
    // All states set to 1: no image differs from another, so every answer is the same, and a tenth
    // or so are right.
    for noise in ["salt=1", "weight-gaussian=100", "remove-all=1", "fgsm=1"] {
        let noisy = values(&format!("--noise {noise} --evaluations 2"));
        assert!(noisy[0] < clean[0] - 0.2, "{noise}: {noisy:?}, {clean:?} without");
        assert_eq!(noisy, values(&format!("--noise {noise} --evaluations 2 --threads 1")), "{noise}");
    }
    let several = values("--noise salt-pepper=0.3 --evaluations 8");
    assert!(several.iter().any(|value| *value != several[0]), "{several:?}");
    assert_ne!(several, values("--noise salt-pepper=0.3 --evaluations 8 --seed 9"));
    assert_eq!(several[..3], values("--noise salt-pepper=0.3 --evaluations 3"));
    let text = succeeded(&run("eval {out} --data {data} --noise salt=1 --noise pepper=0.5", &data, &out));
    assert!(text.contains("salt=1, pepper=0.5") && text.contains("95 % interval"), "{text}");
}

/// Variants reach the evaluation: `unclamped` reaches inference, which salt alone does not, and
/// `published` is that of the run's program.
#[test]
fn variants_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    trained(&data, &out);
    let values = |arguments: &str| -> Value {
        evaluate(&format!("--data {{data}} --evaluations 8 {arguments}"), &data, &out)["values"].clone()
    };
    let plain = values("--noise salt=0.2");
    assert_eq!(values("--noise salt@corrected=0.2"), plain);
    assert_eq!(values("--noise salt@published=0.2"), plain);
    assert_ne!(values("--noise salt@unclamped=0.2"), plain);
    let bias = |variant: &str| values(&format!("--noise weight-uniform{variant}=0.5"));
    assert_ne!(bias("@published"), bias(""));
    let clean = values("");
    let mean = |values: &Value| {
        let values = values.as_array().unwrap();
        values.iter().map(|value| value.as_f64().unwrap()).sum::<f64>() / values.len() as f64
    };
    let attacked =
        ["fgsm-white=0.3", "fgsm-white@published=0.3"].map(|noise| values(&format!("--noise {noise}")));
    assert!(
        attacked.iter().all(|attacked| mean(attacked) < mean(&clean) - 0.2),
        "{attacked:?}, {clean} without"
    );
    assert_eq!(attacked[0], values("--noise fgsm-white=0.3 --threads 1"));

    let pole = folder.path().join("pole");
    let train = "train pendulum --preset tpami2025 --episodes 4 --eval-interval 2 --out {out}";
    succeeded(&run(train, &data, &pole));
    // The network is hardly trained: other weights make it see the states.
    let lengths = |noise: &str| {
        evaluate(&format!("--noise weight-gaussian=2 --noise {noise}"), &data, &pole)["values"].clone()
    };
    let uniform = lengths("uniform@published=0.3");
    assert_eq!(lengths("pepper@published=0.3"), uniform);
    assert_ne!(lengths("pepper=0.3"), uniform);
    assert_eq!(lengths("pepper=0.3"), lengths("pepper@corrected=0.3"));
}

#[test]
fn the_pendulum_is_played_a_hundred_times() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    succeeded(&run(
        "train pendulum --preset tpami2025 --episodes 4 --eval-interval 2 --out {out}",
        &data,
        &out,
    ));
    let report = evaluate("", &data, &out);
    let lengths: Vec<f64> =
        report["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert_eq!((lengths.len(), &report["measure"]), (100, &Value::from("length")));
    assert!(lengths.iter().all(|length| (1.0..=200.0).contains(length) && length.fract() == 0.0));
    assert_eq!(report["mean"].as_f64().unwrap(), lengths.iter().sum::<f64>() / 100.0);
    // A pole of 5 m falls more slowly than one of half a metre.
    let mean = |noise: &str| evaluate(&format!("--noise {noise}"), &data, &out)["mean"].as_f64().unwrap();
    assert!(mean("pole-length=5") > mean("pole-length=0.5"));
    // Noise on parameters and on states does not change the number of episodes.
    let noisy = evaluate("--noise weight-gaussian=2 --noise gaussian=0.3", &data, &out);
    assert_eq!(noisy["values"].as_array().unwrap().len(), 100);
    assert_ne!(noisy["values"], report["values"]);
}

/// The commands that `train` suggests are complete and work.
#[test]
fn what_training_suggests_can_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("the data"), folder.path().join("it's a run"));
    images::write(&data);
    let train = "train mnist --preset bmvc2022 --hidden 3x4 --batch 20 --steps 4 --data {data} --out {out}";
    let said = succeeded(&run(train, &data, &out));
    let suggested = said.lines().last().unwrap().strip_prefix("evaluate with svpg ").unwrap();
    let shell = format!("'{}' {suggested}", env!("CARGO_BIN_EXE_svpg"));
    let output = std::process::Command::new("sh").args(["-c", &shell]).output().unwrap();
    assert!(succeeded(&output).contains("accuracy on all test images"), "{shell}");
}

/// Compares the update of a run with `two-phase` without hidden–hidden synapses with the gradient.
/// With the free-energy policy, the rule is the gradient (F2), in f64 and, within its precision, in
/// f32. With the mean-field policy, it is not (M7b).
#[test]
fn the_update_of_a_run_is_measured_against_its_gradient() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    for (policy, exact) in [("free-energy", true), ("mean-field", false)] {
        for dropped in ["hidden-hidden=1", "none"] {
            let out = folder.path().join(format!("{policy}-{dropped}"));
            let train = format!(
                "train mnist --preset best --policy {policy} --dropped {dropped} --hidden 3x4 --batch 20 --steps 40 \
                 --learning-rate 0.05 --data {{data}} --out {{out}}"
            );
            succeeded(&run(&train, &data, &out));
            let config = std::fs::read_to_string(out.join("config.toml")).unwrap();
            assert_eq!(config.contains("policy = \"free-energy\""), exact, "mean-field is left out");
            let report = evaluate("--data {data} --gradient 7", &data, &out);
            assert_eq!(report["policy"], policy);
            let blocks = |update: &str| {
                let updates = report["updates"].as_array().unwrap();
                let found = updates.iter().find(|found| found["update"] == update).unwrap();
                found["blocks"].as_array().unwrap().clone()
            };
            for (number, block) in blocks("rule").iter().enumerate() {
                let gone = block["block"] == "hh" && dropped != "none";
                assert_eq!(report["gradient"][number] == 0.0, gone, "{block}");
                if gone {
                    assert!(block["angle"].is_null() && block["length"].is_null(), "{block}");
                } else if exact {
                    let (angle, length) =
                        (block["angle"].as_f64().unwrap(), block["length"].as_f64().unwrap());
                    assert!(angle < 1e-5 && (length - 1.0).abs() < 1e-7, "{block}");
                } else if ["ha", "sh", "b_H"].contains(&block["block"].as_str().unwrap()) {
                    assert!(block["angle"].as_f64().unwrap() > 0.1, "{block}");
                }
            }
            // The reference's expectation, and that of the kernels with every action enumerated.
            for (by_reference, by_kernels) in blocks("baseline").iter().zip(blocks("converged")) {
                for name in ["angle", "length"] {
                    let number = |block: &Value| block[name].as_f64().unwrap_or(0.0);
                    let off = (number(by_reference) - number(&by_kernels)).abs();
                    assert!(off < 0.05, "{by_reference} {by_kernels}");
                }
            }
            assert!(blocks("sampled").iter().any(|block| block["noise"].as_f64() > Some(0.1)));
        }
    }
}

#[test]
fn several_levels_have_the_results_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    trained(&data, &out);
    for (levels, rest) in [("salt=0,0.2,0.4", ""), ("fgsm=0.1,0.3", "--noise pepper=0.1")] {
        let arguments = |noise: &str| {
            format!("eval {{out}} --data {{data}} --format json --evaluations 2 --noise {noise} {rest}")
        };
        let together = succeeded(&run(&arguments(levels), &data, &out));
        let (kind, levels) = levels.split_once('=').unwrap();
        let apart = levels.split(',').map(|level| format!("{kind}={level}"));
        let apart: String = apart.map(|noise| succeeded(&run(&arguments(&noise), &data, &out))).collect();
        assert_eq!(together, apart);
    }
    let text = succeeded(&run("eval {out} --data {data} --noise salt=0,0.2", &data, &out));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("salt=")).collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains('%')), "{text}");
}
