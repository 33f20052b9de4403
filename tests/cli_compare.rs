//! `svpg compare`: verdicts, exit codes, hints and the text report.

mod support;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{case, run, stderr, stdout};
use svpg::conformance::envelope::{ENVELOPES, Envelope};
use svpg::conformance::vectors::{expectation, trajectory};

fn answer(case: &Value) -> Value {
    let output = run(&["oracle", "-", "--gradients"], case.to_string().as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// Exit code and comparison of a candidate.
fn judge(case: &Value, candidate: &Value, options: &[&str]) -> (Option<i32>, Value) {
    let line = json!({"case": case, "candidate": candidate}).to_string();
    let arguments: Vec<&str> = ["compare", "-"].iter().chain(options).copied().collect();
    let output = run(&arguments, line.as_bytes());
    let text = stdout(&output);
    (
        output.status.code(),
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", stderr(&output))),
    )
}

fn map(value: &Value, f: &impl Fn(f64) -> f64) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| map(item, f)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), map(value, f))).collect(),
        Value::Number(number) => json!(f(number.as_f64().unwrap())),
        other => other.clone(),
    }
}

#[test]
fn the_true_answer_passes_to_the_bit() {
    for rule in support::rules() {
        let case = case(rule, "half", true, 21);
        let (code, judged) = judge(&case, &answer(&case), &["--rtol", "0", "--atol", "0"]);
        assert_eq!((code, &judged["ok"]), (Some(0), &json!(true)), "{judged}");
        let names: Vec<&str> = judged["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| block["name"].as_str().unwrap())
            .collect();
        assert_eq!(names.len(), 1 + 5 * 8, "{names:?}");
    }
}

#[test]
fn a_wrong_entry_fails_its_block_alone_and_is_located() {
    let case = case("svpg", "full", false, 22);
    let mut candidate = answer(&case);
    let old = candidate["update"]["state"][1][8].as_f64().unwrap();
    candidate["update"]["state"][1][8] = json!(old + 1e-6);
    let (code, judged) = judge(&case, &candidate, &[]);
    assert_eq!((code, &judged["ok"]), (Some(1), &json!(false)));
    for block in judged["blocks"].as_array().unwrap() {
        assert_eq!(block["passed"], json!(block["name"] != "sa"), "{block}");
        if block["name"] == "sa" {
            assert_eq!(block["worst"], "update.state[1][8]");
            assert!((block["max_abs"].as_f64().unwrap() - 1e-6).abs() < 1e-12);
        }
    }
    assert_eq!(judge(&case, &candidate, &["--atol", "2e-6"]).0, Some(0));
    assert_eq!(judge(&case, &candidate, &["--rtol", "1"]).0, Some(0));
    let ulp = judged["blocks"][6]["max_ulp"].as_u64().unwrap();
    assert_eq!(judge(&case, &candidate, &["--ulp", &ulp.to_string()]).0, Some(0));
    assert_eq!(judge(&case, &candidate, &["--ulp", &(ulp - 1).to_string()]).0, Some(1));
}

#[test]
fn what_a_candidate_leaves_out_is_unchecked_and_not_passed() {
    let case = case("svpg", "full", false, 23);
    let mut candidate = answer(&case);
    candidate.as_object_mut().unwrap().remove("q");
    candidate["gradients"]["exact"] = Value::Null;
    let (code, judged) = judge(&case, &candidate, &[]);
    assert_eq!(code, Some(0));
    let unchecked = judged["unchecked"].as_array().unwrap();
    assert_eq!(unchecked.len(), 2, "{unchecked:?}");
    assert_eq!(judged["blocks"].as_array().unwrap().len(), 4 * 8);
}

/// `map` of `q` and of the update.
fn map_numbers(answer: &Value, f: &impl Fn(f64) -> f64) -> Value {
    let mut changed = answer.clone();
    for key in ["q", "update"] {
        changed[key] = map(&answer[key], f);
    }
    changed
}

/// Each known mistake is recognised, and its hint contains the given words.
#[test]
fn known_mistakes_are_named() {
    let svpg = case("svpg", "full", true, 24);
    let tpami = case("svpg-tpami", "full", false, 25);
    let with = |base: &Value, key: &str, value: Value| {
        let mut changed = base.clone();
        changed[key] = value;
        changed
    };
    let half = answer(&with(&svpg, "convention", json!("half")));
    let unmasked = answer(&with(&svpg, "mask", Value::Null));
    let truth = answer(&svpg);
    let scaled =
        |answer: &Value, factor: f64| with(answer, "update", map(&answer["update"], &|x| factor * x));
    let mut twice = truth.clone();
    twice["update"]["recurrent"] = map(&truth["update"]["recurrent"], &|x| 2.0 * x);
    let mut one_term = truth.clone();
    for i in 0..9 {
        for j in 0..9 {
            let both = truth["update"]["recurrent"][i][j].as_f64().unwrap();
            one_term["update"]["recurrent"][i][j] = json!(if i < j { 0.25 * both } else { 0.75 * both });
        }
    }
    let tpami_in_half = case("svpg-tpami", "half", false, 25);
    let mut with_kappa = answer(&tpami_in_half);
    with_kappa["update"]["recurrent"] = map(&with_kappa["update"]["recurrent"], &|x| 0.5 * x);
    let mut wrong_q = truth.clone();
    wrong_q["q"][0] = json!([0.2, 0.3, 0.5, 0.2, 0.3, 0.5, 0.2, 0.3, 0.5]);
    let bmvc = answer(&with(&svpg, "rule", json!("svpg-bmvc")));
    let mut zero_block = truth.clone();
    for i in 0..6 {
        zero_block["update"]["bias"][i] = json!(0.0);
    }
    let two_phase = case("two-phase", "full", false, 24);
    let mut centred_batch = two_phase.clone();
    let advantages: Vec<f64> = (0..3).map(|b| two_phase["batch"][b]["advantage"].as_f64().unwrap()).collect();
    for (b, advantage) in advantages.iter().enumerate() {
        centred_batch["batch"][b]["advantage"] = json!(advantage - advantages.iter().sum::<f64>() / 3.0);
    }
    let vector = |number: &str| -> Value {
        let path = support::vector(&format!("phases/{number}.case.json"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (one_sided, centred) = (vector("05"), vector("06"));
    let cases: [(&Value, Value, &str); 19] = [
        (&two_phase, answer(&centred_batch), "the mean advantage of the batch was subtracted"),
        (&centred, scaled(&answer(&centred), 0.2), "was not divided by 2 beta"),
        (&centred, scaled(&answer(&centred), 2.0), "was divided by beta instead of 2 beta"),
        (&one_sided, scaled(&answer(&one_sided), 0.1), "was not divided by beta"),
        (
            &centred,
            answer(&with(&centred, "options", json!({"beta": 0.1}))),
            "the update is for `centred` false, but the case has `centred` true",
        ),
        (&svpg, half, "the one of the convention half"),
        (&svpg, unmasked, "the mask was not applied"),
        (&svpg, scaled(&truth, 3.0), "summed over the batch"),
        (&svpg, scaled(&truth, -1.0), "opposite sign"),
        (&svpg, twice, "update.recurrent is twice"),
        (&svpg, one_term, "one of the two terms"),
        (&svpg, bmvc, "update.bias has v where the rule has v - q"),
        (&svpg, wrong_q, "is not a fixed point"),
        (&svpg, zero_block, "the update is zero, in b_H alone"),
        (&svpg, scaled(&truth, 1.0 + 1e-6), "the update is 1.000001 times the true one"),
        (&svpg, map_numbers(&truth, &|x| f64::from(x as f32)), "single precision"),
        (&tpami, scaled(&answer(&tpami), 3.0), "1/B was taken for 1/B²"),
        (&tpami, answer(&tpami_in_half), "q was solved with the net input of the convention half"),
        (&tpami_in_half, with_kappa, "keeps the factors of the convention full"),
    ];
    for (case, mut candidate, words) in cases {
        candidate.as_object_mut().unwrap().remove("gradients");
        let (code, judged) = judge(case, &candidate, &[]);
        assert_eq!(code, Some(1), "{words}");
        let hints = judged["hints"].to_string();
        assert!(hints.contains(words), "{words}: {hints}");
    }
}

#[test]
fn a_transposed_state_matrix_is_named() {
    let mut square = case("svpg", "full", false, 26);
    // Nine states for nine units: the transposed matrix has the right shape.
    square["shape"]["states"] = json!(9);
    let rows: Vec<Value> =
        (0..9).map(|k| json!((0..9).map(|i| f64::from(k * i % 5) / 10.0).collect::<Vec<_>>())).collect();
    square["weights"]["state"] = json!(rows);
    for b in 0..3 {
        square["batch"][b]["state"] =
            json!((0..9).map(|k| f64::from((k * 7 + b as i32) % 10) / 10.0).collect::<Vec<_>>());
    }
    let truth = answer(&square);
    let mut candidate = truth.clone();
    for k in 0..9 {
        for i in 0..9 {
            candidate["update"]["state"][k][i] = truth["update"]["state"][i][k].clone();
        }
    }
    let (code, judged) = judge(&square, &candidate, &[]);
    assert_eq!(code, Some(1));
    assert!(judged["hints"].to_string().contains("transposed"), "{}", judged["hints"]);
    // If the shape shows the mistake, it is bad input.
    let case = case("svpg", "full", false, 26);
    let mut candidate = answer(&case);
    candidate["update"]["state"] = json!(vec![vec![0.0; 2]; 9]);
    let output = run(&["compare", "-"], json!({"case": case, "candidate": candidate}).to_string().as_bytes());
    support::assert_line_refused(&output, &["it looks transposed"], "transposed");
}

#[test]
fn the_report_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let case = case("svpg", "full", false, 27);
    let truth = answer(&case);
    let mut candidate = truth.clone();
    candidate.as_object_mut().unwrap().remove("gradients");
    // Powers of two, so that the report shows no rounding.
    candidate["update"] = map(&truth["update"], &|x| -x);
    let write = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (case, truth, candidate) =
        (write("case.json", &case), write("truth.json", &truth), write("candidate.json", &candidate));
    let output = run(&["compare", &case, &truth], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).ends_with("\nPASS  all 41 blocks\n"));
    let output = run(&["compare", &case, &candidate], b"");
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), String::new()));
    insta::assert_snapshot!("compare_text", stdout(&output));
    let certificate = folder.path().join("certificate.json");
    let path = certificate.to_str().unwrap();
    let judged = run(&["compare", &case, &candidate, "--format", "json", "--certificate", path], b"");
    let written: Value = serde_json::from_slice(&std::fs::read(&certificate).unwrap()).unwrap();
    assert_eq!((&written["verdict"], &written["summary"]["failed"]), (&json!("failed"), &json!(1)));
    let judged: Value = serde_json::from_str(&stdout(&judged)).unwrap();
    assert_eq!((&judged["schema"], &judged["ok"]), (&json!("svpg-comparison/1"), &json!(false)));
}

#[test]
fn candidates_for_one_case_come_in_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let case = case("two-phase", "half", false, 28);
    let path = folder.path().join("case.json");
    std::fs::write(&path, case.to_string()).unwrap();
    let truth = answer(&case);
    let mut wrong = truth.clone();
    wrong["update"]["bias"][0] = json!(7.0);
    let lines = format!("{truth}\n\n{wrong}\n{truth}\n");
    let output = run(&["compare", path.to_str().unwrap(), "-"], lines.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let oks: Vec<bool> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["ok"].as_bool().unwrap())
        .collect();
    assert_eq!(oks, [true, false, true]);
}

/// A `q` whose net input overflows is wrong, but the case is valid: the candidate is compared,
/// without a residual.
#[test]
fn an_absurd_q_fails_and_has_no_residual() {
    let case = case("svpg", "full", false, 29);
    let mut candidate = answer(&case);
    candidate["q"][1] = json!(vec![1.7e308; 9]);
    let (code, judged) = judge(&case, &candidate, &[]);
    assert_eq!((code, &judged["candidate_residual"]), (Some(1), &Value::Null));
    for block in judged["blocks"].as_array().unwrap() {
        assert_eq!(block["passed"], json!(block["name"] != "q"), "{block}");
    }
}

/// The answers of faulty programs in `tests/vectors/wrong-answers`, and the codes that they get.
#[test]
fn the_faults_of_other_programs_are_named() {
    let path = |name: &str| support::vector(&format!("wrong-answers/{name}.json"));
    for (case, candidate, codes) in [
        ("softmax_all", "softmax_all", &["SOFTMAX_GLOBAL"][..]),
        ("case0000", "colmajor", &["LAYOUT"]),
        ("case0000", "no_structural_zeros", &["WITHIN_CIRCUIT"]),
        ("case0000", "off_by_one", &["WINNER_SHIFTED"]),
        ("case0000", "float16", &["HALF_PRECISION"]),
        ("factor2_B2", "factor2_B2", &["FACTOR2", "BATCH_SCALE"]),
        ("tpami_bias_v", "tpami_bias_v", &["RATE_FOR_SURPRISE"]),
        ("mixed_q", "mixed_q", &["OTHER_FIXED_POINT"]),
        // The mean of one advantage, subtracted from it, leaves nothing.
        ("zero_svpg", "zeros", &["ZERO", "BASELINE"]),
        ("two_phase_single", "zeros", &["ZERO", "BASELINE"]),
    ] {
        let (case, candidate) = (path(&format!("{case}.case")), path(&format!("{candidate}.candidate")));
        let output = run(&["compare", &case, &candidate, "--format", "json"], b"");
        let judged: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let found: Vec<&str> =
            judged["hints"].as_array().unwrap().iter().map(|hint| hint["code"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{candidate}: {}", judged["hints"]);
    }
    // The residual of the q that the case gives is not that of the candidate's own q.
    let output = run(&["compare", &path("mixed_q.case"), &path("mixed_q.candidate")], b"");
    let text = stdout(&output);
    assert!(text.contains("residual of the candidate's q: 1.1e-16"), "{text}");
    assert!(text.contains("residual of the q that the case gives: 6.3e-1"), "{text}");
    assert!(text.contains("q[0] is a fixed point too (residual 1.1e-16)"), "{text}");
}

fn verdicts(output: &std::process::Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_wrong_line_gets_its_verdict_and_the_stream_goes_on() {
    let stream = std::fs::read(support::vector("wrong-answers/nan_stream.jsonl")).unwrap();
    for output in [
        run(&["compare", "-"], &stream),
        run(&["compare", &support::vector("wrong-answers/nan_stream.jsonl")], b""),
    ] {
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr(&output).lines().count(), 1);
        let found = verdicts(&output);
        assert_eq!(found.len(), 3);
        assert_eq!((&found[0]["ok"], &found[2]["ok"]), (&json!(false), &json!(false)));
        assert_eq!(found[1]["verdict"], "bad input");
        let error = found[1]["error"].as_str().unwrap();
        assert!(error.contains("candidate.update.bias[3] (line 2 column 608)"), "{error}");
        assert!(error.contains("JSON has no NaN"), "{error}");
    }
    // Each kind of wrong line, between right ones.
    let case = case("svpg", "full", false, 31);
    let truth = answer(&case);
    let pair = |candidate: &Value| json!({"case": case, "candidate": candidate}).to_string();
    let with = |key: &str, value: Value| {
        let mut changed = truth.clone();
        changed["update"][key] = value;
        pair(&changed)
    };
    let without = pair(&json!({"schema": "svpg-answer/1"}));
    let wrong = [
        "{".to_owned(),
        "7".to_owned(),
        with("state", json!(vec![vec![0.0; 2]; 9])),
        with("bias", json!([1.0])),
        without,
    ];
    let mut lines = String::new();
    for line in &wrong {
        lines += &format!("{}\n{line}\n", pair(&truth));
    }
    lines += &pair(&truth);
    let output = run(&["compare", "-"], lines.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("(4 more lines have no answer)"), "{}", stderr(&output));
    let found = verdicts(&output);
    assert_eq!(found.len(), 11);
    for (at, verdict) in found.iter().enumerate() {
        if at % 2 == 0 {
            assert_eq!(verdict["ok"], json!(true));
        } else {
            assert_eq!((&verdict["verdict"], &verdict["line"]), (&json!("bad input"), &json!(at + 1)));
            assert!(verdict["error"].as_str().unwrap().contains("; "), "no remedy: {verdict}");
        }
    }
}

/// Cases and answers of all rules in two files, of which one answer is wrong, one has a NaN and one
/// is missing.
#[test]
fn a_batch_has_a_summary_by_rule_and_block() {
    let folder = tempfile::tempdir().unwrap();
    let (mut cases, mut answers) = (String::new(), String::new());
    for (seed, rule) in support::rules().into_iter().enumerate() {
        let case = case(rule, "full", true, 40 + seed as u64);
        let mut truth = answer(&case);
        truth.as_object_mut().unwrap().remove("gradients");
        match rule {
            "svpg" => truth["update"] = map(&truth["update"], &|x| -x),
            "implicit" => truth["update"]["bias"][0] = Value::Null,
            _ => {}
        }
        cases += &format!("{case}\n");
        if seed + 1 < support::rules().len() {
            answers += &format!("\n{truth}\n");
        }
    }
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cases, answers) = (write("cases.jsonl", &cases), write("answers.jsonl", &answers));
    let output = run(&["compare", &cases, &answers, "--summary", "--format", "json"], b"");
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(2), 1), "{}", stderr(&output));
    let summary: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let counts = ["cases", "passed", "failed", "errors"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!((counts, &summary["ok"]), ([7, 4, 1, 2], &json!(false)));
    assert_eq!(summary["hints"][0]["code"], "SIGN");
    assert_eq!((&summary["hints"][0]["count"], &summary["hints"][0]["lines"]), (&json!(1), &json!([2])));
    let svpg = &summary["rules"][0];
    assert_eq!((&svpg["rule"], &svpg["failed"]), (&json!("svpg"), &json!(1)));
    let bias = svpg["blocks"].as_array().unwrap().iter().find(|block| block["name"] == "b_A").unwrap();
    assert_eq!((&bias["failed"], &bias["worst_line"]), (&json!(1), &json!(2)));
    let errors: Vec<&str> =
        summary["first_errors"].as_array().unwrap().iter().map(|e| e["error"].as_str().unwrap()).collect();
    assert!(errors[0].contains("answers.jsonl: update.bias[0] (line 8 column"), "{errors:?}");
    assert!(
        errors[1].contains("answers.jsonl: it ends before the answer to the case on line 7"),
        "{errors:?}"
    );
    let text = stdout(&run(&["compare", &cases, &answers, "--summary"], b""));
    for words in [
        "svpg: 0 of 1 pass",
        "FAIL  4 of 7 pass, 1 fail, 2 without a comparison",
        "1 x SIGN, first on line 2",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The certificate: hashes of the inputs, the verdict, and what it does not claim.
    let path = folder.path().join("certificate.json");
    let certificate = path.to_str().unwrap();
    let output = run(&["compare", &cases, &answers, "--summary", "--certificate", certificate], b"");
    assert_eq!(output.status.code(), Some(2));
    let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(
        (&written["verdict"], &written["svpg"]),
        (&json!("bad input"), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(written["summary"], summary);
    for (input, file) in written["inputs"].as_array().unwrap().iter().zip([&cases, &answers]) {
        let bytes = std::fs::read(file).unwrap();
        assert_eq!(input["sha256"], format!("{:x}", Sha256::digest(&bytes)));
        assert_eq!((&input["name"], &input["bytes"]), (&json!(file), &json!(bytes.len())));
    }
    assert_eq!(written["not_claimed"].as_array().unwrap().len(), 4);
    let nowhere = folder.path().join("none/certificate.json");
    let output = run(&["compare", &cases, &answers, "--certificate", nowhere.to_str().unwrap()], b"");
    support::assert_refused(&output, &["--certificate", "existing folder"], "no folder");
    // The same files without a summary, and one case with many answers.
    let found = verdicts(&run(&["compare", &cases, &answers], b""));
    assert_eq!(found.len(), 7);
    assert_eq!(found[0]["hints"][0]["code"], "SIGN");
    let output = run(&["compare", &cases, "-", "--summary"], b"");
    assert_eq!(output.status.code(), Some(2));
    let one = case("svpg", "full", true, 40);
    let case_file = write("case.json", &one.to_string());
    let many = write("many.jsonl", &format!("{0}\n{0}\n", answer(&one)));
    let output = run(&["compare", &case_file, &many, "--summary"], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("PASS  2 of 2 pass"), "{}", stdout(&output));
    let output = run(&["compare", &case_file, &many], b"");
    assert_eq!((output.status.code(), verdicts(&output).len()), (Some(0), 2));
}

/// Questions of every level in one call; the certificate has the verdict of each, and names a level
/// that did not run.
#[test]
fn every_level_has_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (question, answer) = trajectory(0, 3).unwrap();
    let trajectory = write("trajectory.json", &question.to_json());
    let mut wrong = answer.clone();
    wrong.batch[0].q[1][0] += 0.5;
    let [right, wrong] = [("right", &answer), ("wrong", &wrong)]
        .map(|(name, answer)| write(&format!("{name}.json"), &answer.to_json()));
    let (question, answer) = expectation(0, 3).unwrap();
    let (expectation, expected) =
        (write("expectation.json", &question.to_json()), write("expected.json", &answer.to_json()));
    let path = folder.path().join("certificate.json");
    let certificate = |arguments: &[&str]| {
        let output = run(&[arguments, &["--certificate", path.to_str().unwrap()]].concat(), b"");
        let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let levels = written["levels"].as_array().unwrap().clone();
        let verdicts: Vec<String> =
            levels.iter().map(|level| level["verdict"].as_str().unwrap().to_owned()).collect();
        (output, written, verdicts)
    };
    let (output, written, verdicts) = certificate(&["compare", &trajectory, &right, &expectation, &expected]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("level 1: rate inference"), "{}", stdout(&output));
    assert_eq!(verdicts, ["not run", "passed", "passed", "not run"]);
    assert_eq!(written["inputs"].as_array().unwrap().len(), 4);
    let (output, _, verdicts) = certificate(&["compare", &trajectory, &wrong, "--summary"]);
    assert_eq!((output.status.code(), verdicts[1].as_str()), (Some(1), "failed"));
    assert!(stdout(&output).contains("level 1: rate inference: 0 of 1 pass"), "{}", stdout(&output));
    // A waived block does not fail, and is named with its reason.
    let waived = ["compare", &trajectory, &wrong, "--waive", "q=a known fault"];
    let (output, written, verdicts) = certificate(&waived);
    assert_eq!((output.status.code(), verdicts[1].as_str()), (Some(0), "passed with waivers"));
    assert!(stdout(&output).contains("WAIVED") && stdout(&output).contains("PASS  with waivers"));
    assert_eq!(written["waivers"], json!([{"block": "q", "reason": "a known fault", "answers": 1}]));
    assert_eq!(written["verdict"], json!("passed with waivers"));
    let claim = written["levels"][1]["claim"].as_str().unwrap();
    assert!(claim.starts_with("except in the waived blocks"), "{claim}");
    // So does a summary, which gives the criterion of the level and not the tolerance of level 0.
    let text = stdout(&certificate(&[&waived[..], &["--summary"]].concat()).0);
    assert!(text.contains("1 of 1 pass, 1 of them with waivers"), "{text}");
    assert!(
        text.contains("(1 waived)") && text.contains("q is waived in 1 answers: a known fault"),
        "{text}"
    );
    assert!(
        text.contains("every number equals that of the specified order") && !text.contains("1e-9 |y|"),
        "{text}"
    );
    // An envelope: a curve has several lines and is one answer.
    let envelope = write("envelope.json", ENVELOPES[0].1);
    let parsed = Envelope::from_bytes(ENVELOPES[0].1.as_bytes()).unwrap();
    let rows: Vec<String> = (parsed.points.iter())
        .map(|point| point.step)
        .collect::<std::collections::BTreeSet<u64>>()
        .into_iter()
        .map(|step| {
            let mut row = json!({"step": step});
            for point in parsed.points.iter().filter(|point| point.step == step) {
                row[&point.metric] = json!(point.centre);
            }
            row.to_string()
        })
        .collect();
    let curve = write("metrics.jsonl", &rows.join("\n"));
    let (output, _, verdicts) = certificate(&["compare", &envelope, &curve, "--format", "json"]);
    assert_eq!((output.status.code(), verdicts[3].as_str()), (Some(0), "passed"), "{}", stderr(&output));
    let judged: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&judged["level"], &judged["ok"]), (&json!(3), &json!(true)));
    for (arguments, words) in [
        (vec!["compare", &trajectory, &right, &expectation], ["its answer is missing", "pairs"]),
        (vec!["compare", &trajectory, &expected], ["svpg-trajectory-answer/1", "schema"]),
        (vec!["compare", &trajectory, &right, "--waive", "q"], ["--waive", "reason"]),
        (
            vec!["compare", &trajectory, &right, "--waive", "b_A=why"],
            ["no answer has the block b_A", "give one of"],
        ),
    ] {
        support::assert_refused(&run(&arguments, b""), &words, "wrong arguments");
    }
}

/// A reader that closes the pipe gets no verdict, so the exit code is not that of success.
#[test]
fn a_closed_pipe_is_no_success() {
    use std::io::Write;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_svpg"))
        .args(["compare", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let case = case("svpg", "full", false, 1);
    let pair = json!({"case": case, "candidate": answer(&case)});
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{pair}").unwrap();
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(141));
}
