//! Rules that are written in a chapter, evaluated on cases: against the oracle's own rules, against
//! an enumeration, mutants, size, options, and bad input.

mod support;

use serde_json::{Value, json};
use std::time::Instant;
use support::tolerance::{Between, tolerance};
use support::{assert_line_refused, assert_refused, case, numbers, run, stderr, stdout};
use svpg::chapters::CHAPTERS;
use svpg::conformance::case::{Answer, Case, ChapterRules};
use svpg::conformance::compare::{Tolerance, compare};
use svpg::conformance::oracle;
use svpg::conformance::vectors::vector;
use svpg::random::SplitMix64;
use svpg_check::Source;
use svpg_reference::number::Matrix;

/// The chapter that derives a rule of the oracle, the call there, and the options for a case.
fn derived(case: &Value) -> (&'static str, &'static str, Value) {
    let (options, samples) = (&case["options"], case["batch"].as_array().unwrap().len());
    match case["rule"].as_str().unwrap() {
        "svpg" => ("08-last-step.md", "svpg", Value::Null),
        "svpg-bmvc" => ("10-published.md", "svpg_bmvc", Value::Null),
        "svpg-tpami" => (
            "10-published.md",
            "svpg_tpami(v, reinforce(a, A) + eta * bonus(a) / B)",
            json!({"eta": options["entropy"].as_f64().unwrap_or(0.0), "B": samples}),
        ),
        "implicit" => ("05-implicit-gradient.md", "implicit(a, A)", Value::Null),
        "exact" => ("02-exact-policy.md", "exact(a, A)", Value::Null),
        "two-phase" => ("06-two-phase.md", "two_phase(qplus(a), A)", Value::Null),
        "nudged" => {
            let call = match options["centred"].as_bool() {
                Some(true) => "nudged(qbeta(a), qback(a), A, 2 * beta)",
                _ => "nudged(qbeta(a), q, A, beta)",
            };
            ("07-exact-and-local.md", call, json!({"beta": options["beta"]}))
        }
        other => panic!("the rule {other} has no chapter in this test"),
    }
}

fn text_of(chapter: &str) -> &'static str {
    CHAPTERS.iter().find(|(name, _)| *name == chapter).expect("a chapter").1
}

fn rules(text: &str, rule: Option<&str>) -> ChapterRules {
    ChapterRules::new(&Source::new("chapter.md", text), rule).unwrap_or_else(|error| panic!("{error}"))
}

/// The case of a rule of a chapter.
fn written(case: &Value, rules: &ChapterRules, options: Value) -> Case {
    let mut case = case.clone();
    case.as_object_mut().unwrap().remove("options");
    if !options.is_null() {
        case["options"] = options;
    }
    Case::of_chapter(case.to_string().as_bytes(), rules).unwrap_or_else(|error| panic!("{error}"))
}

/// Vector `index` as a document, with an algorithm that its chapter has.
fn document(index: usize) -> (Value, Answer) {
    let (case, answer) = vector(index, 13).unwrap();
    let mut document: Value = serde_json::from_str(&case.to_json()).unwrap();
    if document["options"]["algorithm"] != "ppo" {
        return (document, answer);
    }
    document["options"] = json!({"entropy": document["options"]["entropy"]});
    let case = Case::from_bytes(document.to_string().as_bytes()).unwrap();
    let answer = oracle::answer(&case, true).unwrap();
    (document, answer)
}

fn update(answer: &Answer) -> Vec<f64> {
    answer.update.values().collect()
}

/// Distance of two updates, relative to the size of the second where that is above one.
fn apart(found: &[f64], expected: &[f64]) -> f64 {
    let scale = expected.iter().fold(1.0f64, |most, x| most.max(x.abs()));
    found.iter().zip(expected).map(|(x, y)| (x - y).abs() / scale).fold(0.0, f64::max)
}

/// The chapter and the reference write each rule independently. Cases of all shapes, masks and
/// conventions, with and without a given `q`.
#[test]
fn the_chapters_compute_what_the_oracle_computes() {
    let mut counts = std::collections::BTreeMap::new();
    let (mut halves, mut given) = (0, 0);
    for index in 0..112 {
        let (document, expected) = document(index);
        let (chapter, call, options) = derived(&document);
        let case = written(&document, &rules(text_of(chapter), Some(call)), options);
        let found = oracle::answer(&case, true).unwrap_or_else(|error| panic!("{index} {call}: {error}"));
        let error = apart(&update(&found), &update(&expected));
        assert!(error <= tolerance(Between::ChapterAndOracle), "{index} {call}: {error:e}");
        assert_eq!((&found.q, &found.gradients), (&expected.q, &expected.gradients), "{index} {call}");
        *counts.entry(document["rule"].to_string()).or_insert(0) += 1;
        halves += usize::from(document["convention"] == "half");
        given += usize::from(document["batch"].as_array().unwrap().iter().any(|entry| !entry["q"].is_null()));
    }
    assert_eq!(counts.len(), 7, "{counts:?}");
    assert!(
        counts.values().all(|&count| count == 16) && halves == 56 && given > 30,
        "{counts:?} {halves} {given}"
    );
}

/// Every mutant of the three lines of a rule gives another update on some case.
#[test]
fn a_mutant_of_a_chapter_gives_another_update() {
    let text = text_of("08-last-step.md");
    let mutants = [
        ("kappa * A * (q[j]*(v[i] - q[i]) +", "A * (q[j]*(v[i] - q[i]) +"),
        ("kappa * A * (q[j]*(v[i] - q[i]) +", "kappa * A * (q[j]*(v[i] - q[i]) -"),
        ("q[j]*(v[i] - q[i]) +", "q[i]*(v[i] - q[i]) +"),
        ("q[j]*(v[i] - q[i]) + q[i]*(v[j] - q[j])", "2*q[j]*(v[i] - q[i])"),
        ("q[j]*(v[i] - q[i]) + q[i]*(v[j] - q[j])", "v[j]*(v[i] - q[i]) + q[i]*(v[j] - q[j])"),
        ("+= A * s[k] * (v[i] - q[i])", "+= A * (v[i] - q[i])"),
        ("+= A * s[k] * (v[i] - q[i])", "+= A * s[k] * v[i]"),
        ("b[i]   += A * (v[i] - q[i])", "b[i]   += -(A * (v[i] - q[i]))"),
        ("b[i]   += A * (v[i] - q[i])", "b[i]   += A * (v[i] - 2*q[i])"),
        ("b[i]   += A * (v[i] - q[i])", "b[i]   += A^2 * (v[i] - q[i])"),
    ];
    for (from, to) in mutants {
        let start = text.find("rule svpg").unwrap();
        let end = start + text[start..].find("claim").unwrap();
        let changed = text[start..end].replacen(from, to, 1);
        assert_ne!(changed, text[start..end], "{from} is no longer in the chapter");
        let mutant = format!(
            "# Mutant\n```svpg\nnetwork rwta(S, G, D, A)\n{changed}\nclaim c \"one winner\" for c: sum(i where circuit(i) == c) q[i] = 1\n```\n"
        );
        let rules = ChapterRules::new(&Source::new("mutant.md", mutant), Some("svpg"));
        let Ok(rules) = rules else { panic!("{to}: {}", rules.unwrap_err()) };
        let differs = [0, 7, 14, 21].into_iter().any(|index| {
            let (document, expected) = document(index);
            assert_eq!(document["rule"], "svpg");
            let found = oracle::answer(&written(&document, &rules, Value::Null), false).unwrap();
            apart(&update(&found), &update(&expected)) > 1e-3
        });
        assert!(differs, "{to} was not noticed");
    }
}

const EXAMPLE: &str = include_str!("../examples/rule-on-a-case.md");

fn hebb(rule: Option<&str>) -> ChapterRules {
    rules(EXAMPLE, rule)
}

/// The average of the sampled update over all configurations, weighed with `q`.
fn enumerated(document: &Value, rules: &ChapterRules, rewards: &[f64]) -> Vec<f64> {
    let [circuits, size, actions] = ["hidden_circuits", "hidden_size", "actions"]
        .map(|key| document["shape"][key].as_u64().unwrap() as usize);
    let batch = document["batch"].as_array().unwrap().len();
    let q = oracle::answer(&written(document, rules, Value::Null), false).unwrap().q.unwrap();
    let mut total = Vec::new();
    for b in 0..batch {
        for number in 0..size.pow(circuits as u32) * actions {
            let action = number % actions;
            let hidden: Vec<usize> =
                (0..circuits).map(|c| number / actions / size.pow(c as u32) % size).collect();
            let own = hidden.iter().enumerate().map(|(c, winner)| q[b][c * size + winner]);
            let weight: f64 = own.product::<f64>() * q[b][circuits * size + action];
            let mut one = document.clone();
            let mut sample = one["batch"][b].clone();
            sample["sample"] = json!({"hidden": hidden, "action": action});
            sample["advantage"] = json!(rewards[action]);
            one["batch"] = json!([sample]);
            let update: Vec<f64> =
                oracle::answer(&written(&one, rules, Value::Null), false).unwrap().update.values().collect();
            total.resize(update.len(), 0.0);
            total.iter_mut().zip(update).for_each(|(sum, x)| *sum += weight * x / batch as f64);
        }
    }
    total
}

/// The expectation sums over the circuits that an entry depends on: all in `busy`.
#[test]
fn an_expectation_is_the_average_over_configurations() {
    let rewards = [0.3, -1.1, 0.7];
    for (rule, seed) in [("hebb", 3), ("busy", 4)] {
        for convention in ["full", "half"] {
            let document = case(rule, convention, seed == 3, seed);
            let call = format!("E[v ~ q] {rule}(v, R[action(v)])");
            let case = written(&document, &hebb(Some(&call)), json!({"R": rewards}));
            let found = update(&oracle::answer(&case, false).unwrap());
            let expected = enumerated(&document, &hebb(Some(rule)), &rewards);
            let error = apart(&found, &expected);
            assert!(error <= tolerance(Between::ChapterAndOracle), "{rule} {convention}: {error:e}");
            assert!(expected.iter().any(|x| x.abs() > 0.01));
        }
    }
}

/// Claims L3, M6b and E3, on cases: expectations of rules are gradients of the expected reward.
#[test]
fn an_expectation_is_compared_with_the_gradient_of_the_expected_reward() {
    let rewards = json!([[0.3, -1.1, 0.7], [1, 0, 0], [-0.2, 0.4, 2]]);
    for (seed, convention) in [(1, "full"), (2, "half")] {
        let document = case("svpg", convention, seed == 2, seed);
        let of = |chapter: &str, call: &str| {
            let case = written(&document, &rules(text_of(chapter), Some(call)), json!({"R": rewards}));
            let answer = oracle::answer(&case, true).unwrap();
            (answer.update, answer.gradients.unwrap())
        };
        let same = |call: &str, found: &[f64], expected: &[f64]| {
            assert!(expected.iter().any(|x| x.abs() > 1e-3), "{call}");
            assert!(apart(found, expected) <= tolerance(Between::ChapterAndOracle), "{call} {convention}");
        };
        let (update, gradients) = of("08-last-step.md", "E[v ~ q] svpg(v, R[action(v)])");
        let last = gradients.last_step.unwrap();
        same("L3", &update.bias[6..], &last.bias[6..]);
        same("L3", &update.state[1][6..], &last.state[1][6..]);
        same("L3h", &update.recurrent[0][6..], &last.recurrent[0][6..]);
        let (update, gradients) = of("05-implicit-gradient.md", "E[a ~ q] implicit(a, R[a])");
        let all = |parameters: svpg::conformance::case::Parameters| parameters.values().collect::<Vec<f64>>();
        same("M6b", &all(update), &all(gradients.mean_field.unwrap()));
        let (update, gradients) = of("02-exact-policy.md", "E[a ~ pi] exact(a, R[a])");
        same("E3", &all(update), &all(gradients.exact.unwrap()));
        let (update, gradients) =
            of("07-exact-and-local.md", "E[a ~ piF] two_phase(qplus(a), advantageF(a))");
        same("F2", &all(update), &all(gradients.free_energy.unwrap()));
    }
}

/// A random case of the size of MNIST.
fn large(samples: usize) -> Value {
    let (states, circuits, size, actions) = (784, 20, 10, 10);
    let units = circuits * size + actions;
    let mut random = SplitMix64::new(5);
    let circuit = |i: usize| (i / size).min(circuits);
    let mut recurrent = Matrix::<f64>::zeros(units, units);
    for i in 0..units {
        for j in (0..i).filter(|&j| circuit(i) != circuit(j)) {
            let weight = random.symmetric(0.05);
            recurrent[(i, j)] = weight;
            recurrent[(j, i)] = weight;
        }
    }
    let recurrent: Vec<&[f64]> = (0..units).map(|i| recurrent.row(i)).collect();
    let state: Vec<Vec<f64>> =
        (0..states).map(|_| (0..units).map(|_| random.symmetric(0.05)).collect()).collect();
    let bias: Vec<f64> = (0..units).map(|_| random.symmetric(0.1)).collect();
    let batch: Vec<Value> = (0..samples)
        .map(|_| {
            json!({
                "state": (0..states).map(|_| random.unit()).collect::<Vec<f64>>(), "q": null,
                "sample": {"hidden": (0..circuits).map(|_| random.below(size)).collect::<Vec<usize>>(),
                           "action": random.below(actions)},
                "advantage": random.symmetric(1.0),
            })
        })
        .collect();
    json!({
        "schema": "svpg-case/1",
        "shape": {"states": states, "hidden_circuits": circuits, "hidden_size": size, "actions": actions},
        "convention": "full",
        "weights": {"recurrent": recurrent, "state": state, "bias": bias},
        "mask": null, "rule": "svpg", "batch": batch,
    })
}

/// The time is that of a build with optimisation: a build without takes about 30 times as long.
#[test]
fn a_large_network_takes_seconds() {
    let seconds = if cfg!(debug_assertions) { 300.0 } else { 10.0 };
    let document = large(4);
    for name in ["svpg", "implicit", "two-phase"] {
        let mut own = document.clone();
        own["rule"] = json!(name);
        let expected = oracle::answer(&Case::from_bytes(own.to_string().as_bytes()).unwrap(), false).unwrap();
        let (chapter, call, options) = derived(&own);
        let case = written(&own, &rules(text_of(chapter), Some(call)), options);
        let start = Instant::now();
        let found = oracle::answer(&case, false).unwrap();
        let taken = start.elapsed().as_secs_f64();
        let error = apart(&update(&found), &update(&expected));
        assert!(error <= tolerance(Between::ChapterAndOracle), "{call}: {error:e}");
        assert!(taken < seconds, "{call} took {taken} s");
    }
}

/// Definitions inside definitions, whose arguments are used twice at each level.
#[test]
fn nested_definitions_are_not_exponential() {
    let mut text =
        "# Nested\n```svpg\nnetwork rwta(S, G, D, A)\nlet f0(r: number, t: number) = r * t\n".to_owned();
    text += "let g0[i, j] = q[i] + q[j]\n";
    for level in 1..=32 {
        let below = level - 1;
        text += &format!("let f{level}(r: number, t: number) = f{below}((r + t) / 2, (r - t) / 2)\n");
        text += &format!("let g{level}[i, j] = (g{below}[i,j] + g{below}[j,i]) / 2\n");
    }
    text += "rule deep nonlocal\n  W[i,j] += f32(A, g32[i,j])\n";
    text += "claim c \"one winner\" for c: sum(i where circuit(i) == c) q[i] = 1\n```\n";
    let document = case("deep", "full", false, 1);
    let start = Instant::now();
    let answer = oracle::answer(&written(&document, &rules(&text, None), Value::Null), false).unwrap();
    assert!(start.elapsed().as_secs_f64() < 10.0);
    // Two levels of f give half of its value: (r + t)/2 + (r - t)/2 = r, and so on.
    let q = answer.q.unwrap();
    let expected = |i: usize, j: usize| -> f64 {
        let of = |b: usize| document["batch"][b]["advantage"].as_f64().unwrap() * (q[b][i] + q[b][j]);
        (0..3).map(of).sum::<f64>() / 3.0 / 2f64.powi(32)
    };
    assert!((answer.update.recurrent[0][4] / expected(0, 4) - 1.0).abs() < 1e-9);
}

/// 10^21 configurations: the expectation of a local rule needs two or three circuits of them.
#[test]
fn the_expectation_of_a_local_rule_is_not_exponential() {
    let document = large(1);
    let rewards: Vec<f64> = (0..10).map(f64::from).collect();
    let call = "E[v ~ q] centred(v, R[action(v)])";
    let found = oracle::answer(&written(&document, &hebb(Some(call)), json!({"R": rewards})), false).unwrap();
    // The rule has mean zero at hidden units, and at action units q_i (R_i − Σ q R).
    let q = &found.q.unwrap()[0];
    let mean: f64 = q[200..].iter().zip(&rewards).map(|(q, reward)| q * reward).sum();
    for (i, (&found, &q)) in found.update.bias.iter().zip(q).enumerate() {
        let expected = if i < 200 { 0.0 } else { q * (rewards[i - 200] - mean) };
        assert!((found - expected).abs() < 1e-13, "b[{i}]: {found} for {expected}");
    }
    let case = written(&document, &hebb(Some("E[v ~ q] busy(v, R[action(v)])")), json!({"R": rewards}));
    let error = oracle::answer(&case, false).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    assert!(
        error.to_string().starts_with("batch[0]: rule: the expectation or sum needs more than 1000000 conf"),
        "{error}"
    );
}

/// Options for all samples and for each, the arguments of a rule, and blocks without a line.
#[test]
fn options_are_inputs_of_the_rule() {
    let document = case("svpg", "full", false, 8);
    let advantages: Vec<f64> = document["batch"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["advantage"].as_f64().unwrap())
        .collect();
    let of = |call: &str, options: Value| {
        oracle::answer(&written(&document, &hebb(Some(call)), options), false).unwrap()
    };
    let own = of("hebb", Value::Null);
    // `traced` is hebb with a gain and a number as its argument.
    let gain: Vec<f64> = (0..9).map(|i| 0.5 + f64::from(i)).collect();
    let traced = |rate: Value, gain: Value| of("traced", json!({"reward": rate, "gain": gain}));
    let found = traced(json!(advantages), json!(gain));
    let expected: Vec<f64> = own.update.bias.iter().zip(&gain).map(|(x, gain)| x * gain).collect();
    assert!(apart(&found.update.bias, &expected) < 1e-15);
    assert_eq!(traced(json!(advantages), json!([gain, gain, gain])).update, found.update);
    assert_ne!(traced(json!(0.25), json!(gain)).update, found.update);
    assert_eq!(of("traced(v, A)", json!({"gain": gain})).update, found.update);
    // `traced` changes biases alone.
    assert!(found.update.recurrent.iter().chain(&found.update.state).flatten().all(|&x| x == 0.0));
}

/// The claims of the example hold, and its commands run.
#[test]
fn the_example_is_a_chapter_that_checks() {
    let options = svpg::verify::Options { thorough: false, seed: 0 };
    let report =
        svpg::verify::check(&[Source::new("example.md", EXAMPLE)], &options, false, &|_, _| ()).unwrap();
    assert!(report.ok, "{}", svpg::verify::render(&report, svpg::verify::Colour::None));
    let case = example().replace(".md", ".json");
    let output = run(&["oracle", "--chapter", &example(), "--rule", "hebb", &case], b"");
    assert!(output.status.success(), "{}", stderr(&output));
    let output = run(&["compare", "--chapter", &example(), &case, "-"], &output.stdout);
    assert!(output.status.success() && stdout(&output).contains("\"ok\":true"), "{}", stderr(&output));
}

fn example() -> String {
    format!("{}/examples/rule-on-a-case.md", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command with `--chapter` on documents on standard input.
fn ask(command: &[&str], lines: &[Value]) -> std::process::Output {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    run(command, input.as_bytes())
}

#[test]
fn the_answer_says_where_the_rule_is_and_which_conditions_are_not_met() {
    let mut document = case("hebb", "full", false, 2);
    document.as_object_mut().unwrap().remove("rule");
    let output =
        ask(&["oracle", "--chapter", &example(), "--rule", "hebb", "-", "--gradients"], &[document.clone()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let chapter = &answer["chapter"];
    assert_eq!(chapter["rule"], "hebb");
    assert!(chapter["place"].as_str().unwrap().contains("rule-on-a-case.md:"), "{chapter}");
    assert_eq!(chapter["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(chapter["unmet"], json!(["hebb_apart: W_HH = 0"]));
    assert!(answer["gradients"]["mean_field"]["bias"].is_array());
    // Without weights between hidden circuits, the condition is met.
    for i in 0..6 {
        for j in 0..6 {
            document["weights"]["recurrent"][i][j] = json!(0);
        }
    }
    document["rule"] = json!("hebb");
    let output = ask(&["oracle", "--chapter", &example(), "-"], &[document]);
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(answer["chapter"]["unmet"], json!([]));
}

#[test]
fn answers_are_compared_with_the_rule_of_a_chapter() {
    let cases: Vec<Value> =
        (0..4).map(|seed| case("hebb", if seed < 2 { "full" } else { "half" }, true, seed)).collect();
    let oracle = ask(&["oracle", "--chapter", &example(), "-"], &cases);
    assert!(oracle.status.success(), "{}", stderr(&oracle));
    let text = stdout(&oracle);
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pairs = |alter: &dyn Fn(&mut Value)| -> Vec<Value> {
        let pair = |(case, answer): (&Value, &Value)| {
            let mut answer = answer.clone();
            alter(&mut answer);
            json!({"case": case, "candidate": answer})
        };
        cases.iter().zip(&answers).map(pair).collect()
    };
    let judged = |alter: &dyn Fn(&mut Value)| {
        let output = ask(&["compare", "--chapter", &example(), "-"], &pairs(alter));
        let lines: Vec<Value> =
            stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 4, "{}", stderr(&output));
        (output.status.code(), lines)
    };
    let (code, lines) = judged(&|_| {});
    assert_eq!(code, Some(0));
    assert!(lines.iter().all(|line| line["ok"] == true && line["rule"] == "hebb"));
    let negated = |value: &Value| match value {
        Value::Array(rows) => json!(
            rows.iter().map(|row| numbers(row).iter().map(|x| -x).collect::<Vec<_>>()).collect::<Vec<_>>()
        ),
        _ => unreachable!(),
    };
    let (code, lines) = judged(&|answer| {
        answer["update"]["recurrent"] = negated(&answer["update"]["recurrent"]);
        answer["update"]["state"] = negated(&answer["update"]["state"]);
        answer["update"]["bias"] =
            json!(numbers(&answer["update"]["bias"]).iter().map(|x| -x).collect::<Vec<_>>());
    });
    assert_eq!(code, Some(1));
    for line in &lines {
        assert_eq!(line["hints"][0]["code"], "SIGN", "{line}");
    }
    // The answer to another rule of the library is not taken for that of the chapter.
    let (code, lines) = judged(&|answer| {
        answer["update"]["bias"][0] = json!(numbers(&answer["update"]["bias"])[0] + 0.01);
    });
    assert_eq!(code, Some(1));
    assert!(lines.iter().all(|line| line["hints"] == json!([])), "{lines:?}");
    let summary = ask(&["compare", "--chapter", &example(), "-", "--summary"], &pairs(&|_| {}));
    assert!(stdout(&summary).contains("hebb: 4 of 4 pass"), "{}", stdout(&summary));
}

/// No mistake of a rule of the library is named for a rule of a chapter unless it explains the
/// answer: planted answers of the rule itself, on the causes that a kernel can have.
#[test]
fn causes_are_computed_with_the_rule_of_the_chapter() {
    let document = case("hebb", "full", true, 6);
    let asked = written(&document, &hebb(Some("hebb")), Value::Null);
    let expect = |other: &Value, code: &str| {
        let answer = oracle::answer(&written(other, &hebb(Some("hebb")), Value::Null), false).unwrap();
        let judged = compare(&asked, &answer, Tolerance::default()).unwrap();
        assert!(!judged.ok, "{code}");
        let codes: Vec<&str> = judged.hints.iter().map(|hint| hint.code).collect();
        assert_eq!(codes, [code]);
    };
    let mut shifted = document.clone();
    for entry in shifted["batch"].as_array_mut().unwrap() {
        entry["advantage"] = json!(entry["advantage"].as_f64().unwrap() + 0.37);
    }
    expect(&shifted, "BASELINE");
    let mut other = document.clone();
    other["convention"] = json!("half");
    expect(&other, "CONVENTION");
}

#[test]
fn bad_input_is_one_line() {
    let valid = || case("hebb", "full", false, 1);
    let with = |options: Value| {
        let mut case = valid();
        case["options"] = options;
        case
    };
    let file = example();
    let refused = |rule: &str, case: &Value, words: &[&str]| {
        assert_line_refused(
            &ask(&["oracle", "--chapter", &file, "--rule", rule, "-"], std::slice::from_ref(case)),
            words,
            rule,
        );
    };
    let chapter_refused = |arguments: &[&str], words: &[&str]| {
        let arguments = [&["oracle"], arguments, &["-"]].concat();
        assert_refused(&run(&arguments, valid().to_string().as_bytes()), words, &arguments.join(" "));
        let arguments = [&["compare"], &arguments[1..]].concat();
        assert_refused(&run(&arguments, valid().to_string().as_bytes()), words, &arguments.join(" "));
    };
    chapter_refused(&["--chapter", "nowhere.md", "--rule", "hebb"], &["nowhere.md", "No such file"]);
    chapter_refused(&["--rule", "hebb"], &["--chapter"]);
    chapter_refused(&["--chapter", &file, "--rule", "hebbb"], &["no rule `hebbb`", "hebb"]);
    chapter_refused(&["--chapter", &file, "--rule", "oja"], &["no rule `oja`", "busy, centred, hebb"]);
    chapter_refused(&["--chapter", &file, "--rule", "drive"], &["`drive` is a definition"]);
    chapter_refused(&["--chapter", &file, "--rule", "hebb(v"], &["`hebb(v` is not a call", "D101"]);
    chapter_refused(&["--chapter", &file, "--rule", "A"], &["no rule `A`"]);
    chapter_refused(&["--chapter", &file, "--rule", "2 * A"], &["no rule `A`"]);
    chapter_refused(&["--chapter", &file, "--rule", "hebb(u, A)"], &["a sample has no `u`"]);
    chapter_refused(&["--chapter", &file, "--rule", "hebb(v, gains)"], &["`gains`", "D201"]);
    chapter_refused(&["--chapter", &file, "--rule", "hebb(v, A).b[i] * oja"], &["no rule `oja`"]);
    chapter_refused(&["--chapter", &file, "--rule", "slope"], &["derivative", "D203"]);
    chapter_refused(&["--chapter", &file, "--rule", ""], &["not a call of a rule"]);
    refused("traced", &with(json!({"reward": 1})), &["options.gain", "it is missing", "9 numbers, or 3 × 9"]);
    refused("traced", &valid(), &["options.gain", "it is missing"]);
    refused(
        "traced",
        &with(json!({"reward": [1, 2], "gain": vec![1; 9]})),
        &["options.reward", "found 2 entries"],
    );
    refused("traced", &with(json!({"reward": 1, "gain": vec![1; 8]})), &["options.gain", "found 8 entries"]);
    refused(
        "traced",
        &with(json!({"reward": 1, "gain": vec![0; 9]})),
        &["options.gain", "found 0", "above 0"],
    );
    refused("traced", &with(json!({"reward": "x", "gain": vec![1; 9]})), &["options.reward", "found \"x\""]);
    refused("hebb", &with(json!({"beta": 1})), &["options.beta", "takes no `beta`"]);
    let mut still = valid();
    still["batch"][1]["advantage"] = json!(0);
    refused("ratio", &still, &["batch[1]", "rule-on-a-case.md:", "the divisor is zero"]);
    let mut nameless = valid();
    nameless.as_object_mut().unwrap().remove("rule");
    let output = ask(&["oracle", "--chapter", &file, "-"], &[nameless]);
    assert_line_refused(&output, &["rule", "names no rule", "hebb"], "no rule");
    // An error of a chapter has its line and column, as in `svpg check`.
    let folder = std::env::temp_dir().join(format!("svpg-chapter-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let broken = folder.join("broken.md");
    std::fs::write(&broken, "# B\n```svpg\nnetwork rwta(S, G, D, A)\nrule r\n  W[i,k] += A * v[i]\n```\n")
        .unwrap();
    let broken = broken.to_str().unwrap();
    chapter_refused(&["--chapter", broken, "--rule", "r"], &["broken.md:5:7: D202"]);
    std::fs::remove_dir_all(&folder).unwrap();
}
