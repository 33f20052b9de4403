//! `svpg oracle`: right answers, the whole format, and streams.

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use support::tolerance::{Between, tolerance};
use support::{case, distance, published, rules, run, stderr, stdout, svpg, vector};
use svpg::conformance::case::Case;
use svpg_reference::configuration::Configuration;
use svpg_reference::network::{Convention, Mask, Parameters, Shape};
use svpg_reference::number::Matrix;
use svpg_reference::rule::{self, Batch, Sample};

fn answer(case: &Value, gradients: bool) -> Value {
    let arguments: &[&str] = if gradients { &["oracle", "-", "--gradients"] } else { &["oracle", "-"] };
    let output = run(arguments, case.to_string().as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn published_vectors_are_answered() {
    for name in ["01", "02", "03", "04"] {
        let output = run(&["oracle", &published(&format!("{name}.case.json"))], b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let text = std::fs::read_to_string(published(&format!("{name}.answer.json"))).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        for key in ["q", "update"] {
            let error = distance(&found[key], &expected[key]);
            assert!(error <= tolerance(Between::OracleAndPublished), "{name} {key}: {error:e}");
        }
        assert!(found["residual"].as_f64().unwrap() <= tolerance(Between::FixedPointAndItsResponse));
    }
}

/// `tests/python/phases.py` computes these answers from the definitions with 60 digits.
#[test]
fn rules_of_two_phases_are_answered_as_by_an_independent_program() {
    let mut answered = 0;
    for number in 1.. {
        let case = vector(&format!("phases/{number:02}.case.json"));
        let Ok(text) = std::fs::read_to_string(case.replace(".case", ".answer")) else { break };
        let output = run(&["oracle", &case], b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        for key in ["q", "update"] {
            let error = distance(&found[key], &expected[key]);
            assert!(error <= tolerance(Between::OracleAndWideDigits), "{number} {key}: {error:e}");
        }
        answered += 1;
    }
    assert_eq!(answered, 13);
}

/// `nudged` at full strength equals `two-phase` in every bit (W3). At a small strength, it is close
/// to `implicit` (W2).
#[test]
fn nudged_lies_between_two_phase_and_implicit() {
    for convention in ["full", "half"] {
        let with = |rule: &str, options: Value| {
            let mut case = case(rule, convention, true, 6);
            case["options"] = options;
            answer(&case, false)["update"].clone()
        };
        let nudged = |beta: f64, centred: bool| with("nudged", json!({"beta": beta, "centred": centred}));
        assert_eq!(nudged(1.0, false), with("two-phase", Value::Null));
        let implicit = with("implicit", Value::Null);
        assert!(distance(&nudged(1e-6, true), &implicit) < 1e-10);
        assert!(distance(&nudged(1e-8, false), &implicit) < 1e-6);
        assert!(distance(&nudged(-1e-8, false), &implicit) < 1e-6);
        assert!(distance(&nudged(0.1, false), &implicit) > 1e-4);
    }
}

#[test]
fn the_help_names_every_rule() {
    let help = stdout(&run(&["oracle", "--help"], b""));
    for rule in rules() {
        assert!(help.contains(rule), "{rule} is not in the help of oracle");
    }
}

/// The update of the reference for the same case, as one batch in f64.
fn reference_update(value: &Value) -> Vec<f64> {
    let case = Case::from_bytes(value.to_string().as_bytes()).unwrap();
    let of = case.shape();
    let shape = Shape::new(of.states, of.hidden_circuits, of.hidden_size, of.actions).unwrap();
    let (n, weights) = (shape.units(), case.weights());
    let mask = Mask::new(
        shape,
        &Matrix::from_fn(n, n, |i, j| case.is_connected(i, j)),
        &Matrix::from_fn(of.states, n, |k, i| case.is_observed(k, i)),
    );
    let convention = if value["convention"] == "full" { Convention::Full } else { Convention::Half };
    let parameters = Parameters::new(
        shape,
        convention,
        mask.unwrap(),
        Matrix::from_rows(weights.recurrent.clone()).unwrap(),
        Matrix::from_rows(weights.state.clone()).unwrap(),
        weights.bias.clone(),
    )
    .unwrap();
    let samples = case.batch().iter().map(|entry| Sample {
        state: entry.state.clone(),
        q: entry.q.clone(),
        configuration: Configuration::new(shape, &entry.sample.hidden, entry.sample.action).unwrap(),
        advantage: entry.advantage,
    });
    let batch = Batch::with_fixed_points(&parameters, samples.collect()).unwrap();
    let rule = case.rule().reference(&case.options(), 0..case.batch().len());
    rule::update(&rule, &batch).unwrap().entries().copied().collect()
}

#[test]
fn sample_by_sample_is_the_update_of_the_batch() {
    for (seed, rule) in rules().into_iter().enumerate() {
        for convention in ["full", "half"] {
            for masked in [false, true] {
                let case = case(rule, convention, masked, seed as u64);
                let found = answer(&case, false)["update"].clone();
                let found = json!([found["recurrent"], found["state"], found["bias"]]);
                let error = distance(&found, &json!(reference_update(&case)));
                let allowed = tolerance(Between::OracleAndReferenceInF64);
                assert!(error <= allowed, "{rule} {convention} masked {masked}: {error:e}");
            }
        }
    }
}

/// `Σ_b A_b (E[v_i v_j|s,a] − E[v_i v_j|s]) / B` of the recurrent weights, by listing
/// configurations.
fn enumerated(case: &Value) -> Vec<Vec<f64>> {
    let number = |value: &Value| value.as_f64().unwrap();
    let units = 9;
    let coupling = if case["convention"] == "full" { 1.0 } else { 0.5 };
    let batch = case["batch"].as_array().unwrap();
    let mut total = vec![vec![0.0; units]; units];
    for sample in batch {
        let mut second = [vec![vec![0.0; units]; units], vec![vec![0.0; units]; units]];
        let mut weight = [0.0; 2];
        for index in 0..27 {
            let winners = [index / 9, 3 + index / 3 % 3, 6 + index % 3];
            let mut exponent = 0.0;
            for &i in &winners {
                exponent += number(&case["weights"]["bias"][i]);
                for k in 0..2 {
                    exponent += number(&sample["state"][k]) * number(&case["weights"]["state"][k][i]);
                }
                for &j in &winners {
                    exponent += coupling * number(&case["weights"]["recurrent"][i][j]);
                }
            }
            let is_given = u64::try_from(index % 3).unwrap() == sample["sample"]["action"].as_u64().unwrap();
            for (slot, counts) in [(0, true), (1, is_given)] {
                if counts {
                    weight[slot] += f64::exp(exponent);
                    for &i in &winners {
                        for &j in &winners {
                            second[slot][i][j] += f64::exp(exponent);
                        }
                    }
                }
            }
        }
        let scale = coupling * number(&sample["advantage"]) / batch.len() as f64;
        for i in 0..units {
            for j in 0..units {
                if i / 3 != j / 3 {
                    total[i][j] += scale * (second[1][i][j] / weight[1] - second[0][i][j] / weight[0]);
                }
            }
        }
    }
    total
}

#[test]
fn exact_is_the_enumeration() {
    for convention in ["full", "half"] {
        let case = case("exact", convention, false, 5);
        let found = answer(&case, true);
        let error = distance(&found["update"]["recurrent"], &json!(enumerated(&case)));
        assert!(error <= tolerance(Between::OracleAndPlainEnumeration), "{convention}: {error:e}");
        assert_eq!(found["update"], found["gradients"]["exact"]);
    }
}

#[test]
fn gradients_are_of_the_four_policies() {
    let found = answer(&case("svpg", "half", true, 8), true);
    let implicit = answer(&case("implicit", "half", true, 8), false);
    assert_eq!(found["gradients"]["mean_field"], implicit["update"]);
    // The last step does not train hidden units (L4): its e is nonzero only in the action circuit.
    let last_step = &found["gradients"]["last_step"];
    assert!(support::numbers(&last_step["bias"])[..6].iter().all(|&x| x == 0.0));
    assert!(support::numbers(&last_step["bias"])[6..].iter().any(|&x| x != 0.0));
    for name in ["exact", "mean_field", "last_step", "free_energy"] {
        let dropped = &found["gradients"][name]["recurrent"][0][4];
        assert_eq!(dropped.as_f64(), Some(0.0), "{name}: masked");
        assert_ne!(found["gradients"][name]["recurrent"][0][7].as_f64(), Some(0.0), "{name}: kept");
    }
}

#[test]
fn too_many_configurations_are_said_so() {
    let (circuits, units) = (20, 42);
    let mut large = json!({
        "schema": "svpg-case/1",
        "shape": {"states": 0, "hidden_circuits": circuits, "hidden_size": 2, "actions": 2},
        "convention": "full",
        "weights": {"recurrent": vec![vec![0.0; units]; units], "state": [], "bias": vec![0.0; units]},
        "rule": "svpg",
        "batch": [{"state": [], "sample": {"hidden": vec![0; circuits], "action": 1}, "advantage": 1.0}],
    });
    let found = answer(&large, true);
    assert!(found["gradients"]["exact"].is_null());
    assert!(found["gradients"]["exact_reason"].as_str().unwrap().contains("1000000 configurations"));
    assert_eq!(found["gradients"]["mean_field"]["bias"][40].as_f64(), Some(-0.5));
    large["rule"] = json!("exact");
    let output = run(&["oracle", "-"], large.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("use the rule \"implicit\""), "{}", stderr(&output));
}

/// The uniform state of this network is a fixed point at which two others meet: it has no
/// derivative. The place of the sample is named once.
#[test]
fn a_degenerate_fixed_point_is_named_at_its_sample() {
    let case = json!({
        "schema": "svpg-case/1",
        "shape": {"states": 1, "hidden_circuits": 1, "hidden_size": 2, "actions": 2},
        "convention": "full",
        "weights": {"recurrent": [[0, 0, 0.5, -0.5], [0, 0, -0.5, 0.5], [0.5, -0.5, 0, 0], [-0.5, 0.5, 0, 0]],
                    "state": [[1, 0, 0, 0]], "bias": [0, 0, 0, 0]},
        "rule": "implicit",
        "batch": [{"state": [0.5], "q": [0.9, 0.1, 0.1, 0.9], "sample": {"hidden": [0], "action": 0}, "advantage": 1},
                  {"state": [0], "sample": {"hidden": [0], "action": 0}, "advantage": 1}],
    });
    let output = run(&["oracle", "-"], case.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "svpg: standard input: line 1: batch[1].q: the fixed point is degenerate: it has no gradient; change a weight\n"
    );
}

/// Two circuits that inhibit each other: plain iteration oscillates between two states.
#[test]
fn fixed_points_are_found_where_plain_iteration_oscillates() {
    let mut recurrent = vec![vec![0.0; 4]; 4];
    for (i, j, weight) in [(0, 2, -6.0), (1, 3, -6.0), (0, 3, 6.0), (1, 2, 6.0)] {
        recurrent[i][j] = weight;
        recurrent[j][i] = weight;
    }
    let case = json!({
        "schema": "svpg-case/1",
        "shape": {"states": 0, "hidden_circuits": 1, "hidden_size": 2, "actions": 2},
        "convention": "full",
        "weights": {"recurrent": recurrent, "state": [], "bias": [0.3, 0.0, 0.3, 0.0]},
        "rule": "implicit",
        "batch": [{"state": [], "q": null, "sample": {"hidden": [0], "action": 0}, "advantage": 1.0}],
    });
    // Checks the oscillation itself, so the test is meaningful.
    let softmax = |z: [f64; 2]| [1.0 / (1.0 + (z[1] - z[0]).exp()), 1.0 / (1.0 + (z[0] - z[1]).exp())];
    let mut q = [0.5; 4];
    let mut previous = q;
    for _ in 0..500 {
        let z: Vec<f64> = (0..4)
            .map(|i| [0.3, 0.0, 0.3, 0.0][i] + 2.0 * (0..4).map(|j| recurrent[i][j] * q[j]).sum::<f64>())
            .collect();
        previous = q;
        let (hidden, action) = (softmax([z[0], z[1]]), softmax([z[2], z[3]]));
        q = [hidden[0], hidden[1], action[0], action[1]];
    }
    assert!((q[0] - previous[0]).abs() > 0.5, "plain iteration oscillates: {q:?} {previous:?}");
    let found = answer(&case, false);
    assert!(found["residual"].as_f64().unwrap() <= 1e-13);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let mut case = case("implicit", "full", false, 3);
    let sample = case["batch"][0].clone();
    let samples: Vec<Value> = (0..40)
        .map(|b| {
            let mut sample = sample.clone();
            sample["state"] = json!([f64::from(b) / 40.0, 0.3]);
            sample
        })
        .collect();
    case["batch"] = json!(samples);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.json");
    std::fs::write(&path, case.to_string()).unwrap();
    let with_threads = |threads: &str| {
        let arguments = ["oracle", path.to_str().unwrap(), "--gradients"];
        stdout(&svpg(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap())
    };
    let one = with_threads("1");
    assert!(one.len() > 1000);
    assert_eq!(one, with_threads("2"));
    assert_eq!(one, with_threads("7"));
}

#[test]
fn a_stream_is_answered_line_by_line() {
    let mut child = svpg(&["oracle", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for rule in rules() {
        let case = case(rule, "full", false, 1);
        writeln!(input, "{case}\n").unwrap();
        // The answer must arrive before the next case is sent; otherwise this would wait for ever.
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), answer(&case, false));
    }
    // Bad input does not end the stream: its line gets a verdict, and the exit code is 2.
    let case = case("svpg", "full", false, 1);
    writeln!(input, "{{}}\n{case}").unwrap();
    drop(input);
    let rest: Vec<Value> = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("svpg: standard input: line 15 column 2: "), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1);
    assert_eq!((&rest[0]["verdict"], &rest[0]["line"]), (&json!("bad input"), &json!(15)));
    assert_eq!(rest[1..], [answer(&case, false)]);
}

#[test]
fn zero_sizes_that_are_legal() {
    let case = json!({
        "schema": "svpg-case/1",
        "shape": {"states": 0, "hidden_circuits": 0, "hidden_size": 0, "actions": 2},
        "convention": "half",
        "weights": {"recurrent": [[0, 0], [0, 0]], "state": [], "bias": [0, 0]},
        "rule": "svpg",
        "batch": [{"state": [], "sample": {"hidden": [], "action": 0}, "advantage": 2}],
    });
    let found = answer(&case, true);
    assert_eq!(found["q"], json!([[0.5, 0.5]]));
    assert_eq!(
        found["update"],
        json!({"recurrent": [[0.0, 0.0], [0.0, 0.0]], "state": [], "bias": [1.0, -1.0]})
    );
    assert_eq!(found["gradients"]["exact"]["bias"], json!([1.0, -1.0]));
}

#[test]
fn a_mask_of_states_keeps_its_weights_zero() {
    let mut case = case("svpg", "full", false, 4);
    case["mask"] = json!({"state": [[1, 1, 1, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, true, 1.0]]});
    case["weights"]["state"][0][3] = json!(0.0);
    let found = answer(&case, true);
    assert_eq!(found["update"]["state"][0][3].as_f64(), Some(0.0));
    assert_ne!(found["update"]["state"][1][3].as_f64(), Some(0.0));
    case["weights"]["state"][0][3] = json!(0.5);
    let output = run(&["oracle", "-"], case.to_string().as_bytes());
    assert!(stderr(&output).contains("weights.state[0][3]: found 0.5, but mask.state[0][3] is 0"));
}
