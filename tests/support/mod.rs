//! Shared code of the integration tests: the program under test, cases, the tolerance table.
#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod python;
pub(crate) mod tolerance;

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use svpg::random::SplitMix64;
use svpg::rule::{CaseRule, RULES};
use svpg_reference::number::Matrix;

/// The program under test, without an instruction-set limit from the environment.
pub(crate) fn svpg(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svpg"));
    command.args(arguments).env_remove("SVPG_ISA");
    command
}

/// Runs the program with `input` on standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = svpg(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program under test starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    // The program may end before it has read everything.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the program under test ends")
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("complaints are UTF-8")
}

/// A file in `tests/vectors`.
pub(crate) fn vector(name: &str) -> String {
    format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A file in `tests/vectors/published-tpami`.
pub(crate) fn published(name: &str) -> String {
    vector(&format!("published-tpami/{name}"))
}

/// A valid case of 2 states, 2 hidden circuits of 3 units, 3 actions and 3 samples, drawn by
/// `seed`; a mask drops one block.
pub(crate) fn case(rule: &str, convention: &str, masked: bool, seed: u64) -> Value {
    let mut random = SplitMix64::new(seed);
    let units = 9;
    let kept = |i: usize, j: usize| i / 3 != j / 3 && !(masked && i / 3 + j / 3 == 1);
    let mut recurrent = Matrix::<f64>::zeros(units, units);
    for i in 0..units {
        for j in 0..i {
            let weight = random.symmetric(1.0);
            if kept(i, j) {
                recurrent[(i, j)] = weight;
                recurrent[(j, i)] = weight;
            }
        }
    }
    let recurrent: Vec<&[f64]> = (0..units).map(|i| recurrent.row(i)).collect();
    let mut numbers = |count: usize| (0..count).map(|_| random.symmetric(1.0)).collect::<Vec<f64>>();
    let state = [numbers(units), numbers(units)];
    let bias = numbers(units);
    let batch: Vec<Value> = (0..3)
        .map(|_| {
            json!({
                "state": [random.unit(), random.unit()], "q": null,
                "sample": {"hidden": [random.below(3), random.below(3)], "action": random.below(3)},
                "advantage": random.symmetric(2.0),
            })
        })
        .collect();
    let mask: Vec<Vec<u8>> = (0..units).map(|i| (0..units).map(|j| u8::from(kept(i, j))).collect()).collect();
    let mut case = json!({
        "schema": "svpg-case/1",
        "shape": {"states": 2, "hidden_circuits": 2, "hidden_size": 3, "actions": 3},
        "convention": convention,
        "weights": {"recurrent": recurrent, "state": state, "bias": bias},
        "mask": if masked { json!(mask) } else { Value::Null },
        "rule": rule, "batch": batch,
    });
    if rule == "svpg-tpami" {
        case["options"] =
            json!({"algorithm": "ppo", "entropy": 0.2, "epsilon": 0.2, "old_log_prob": [-1.0, -1.2, -0.9]});
    }
    if rule == "nudged" {
        case["options"] = json!({"beta": 0.1, "centred": seed.is_multiple_of(2)});
    }
    case
}

/// The names of all rules.
pub(crate) fn rules() -> [&'static str; RULES.len()] {
    RULES.map(CaseRule::name)
}

/// Every number of a JSON document, in order.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Number(number) => vec![number.as_f64().expect("a JSON number")],
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        _ => vec![],
    }
}

/// Largest difference of two documents' numbers.
pub(crate) fn distance(left: &Value, right: &Value) -> f64 {
    let (left, right) = (numbers(left), numbers(right));
    assert_eq!(left.len(), right.len(), "the documents hold as many numbers");
    left.iter().zip(&right).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Asserts the contract of bad input, and that the line contains every one of `words`.
pub(crate) fn assert_refused(output: &Output, words: &[&str], what: &str) {
    let line = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{what}: {line}");
    assert_eq!(stdout(output), "", "{what}");
    assert_eq!(line.lines().count(), 1, "{what}: {line}");
    assert!(line.starts_with("svpg: ") && line.contains("; "), "{what}: no remedy in {line}");
    for word in words {
        assert!(line.contains(word), "{what}: {word:?} is not in {line}");
    }
    assert_eq!(place_named_twice(&line), None, "{what}: {line}");
    // The name of a policy, and of a list in a plan.
    let other = line.replace("mean-field", "").replace("variants", "");
    for word in PARSER_WORDS {
        assert!(!other.contains(word), "{what}: {word:?} is no word of a user's, in {line}");
    }
}

/// A place of the message that is named again in a longer one: `batch[0]: batch[0].q`, or a folder
/// before a file in it.
pub(crate) fn place_named_twice(line: &str) -> Option<&str> {
    let places: Vec<&str> = line.split("; ").next()?.split(": ").skip(1).collect();
    let is_again = |place: &str, later: &str| {
        let rest = later.strip_prefix(place);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || " _-".contains(c)))
    };
    let at = |i: &usize| places[i + 1..].iter().any(|later| is_again(places[*i], later));
    (0..places.len()).find(at).map(|i| places[i])
}

/// Asserts that a stream of one line has bad input on this line: the same message on standard error
/// and in the verdict of the line, with every one of `words`.
pub(crate) fn assert_line_refused(output: &Output, words: &[&str], what: &str) {
    let verdict: Value = serde_json::from_str(&stdout(output)).expect("one verdict");
    assert_eq!(
        (&verdict["schema"], &verdict["verdict"]),
        (&json!("svpg-error/1"), &json!("bad input")),
        "{what}"
    );
    let line = stderr(output);
    assert_eq!(line, format!("svpg: {}\n", verdict["error"].as_str().expect("a text")), "{what}");
    let without_verdict = Output { stdout: Vec::new(), ..output.clone() };
    assert_refused(&without_verdict, words, what);
}

/// Words of the parsers of JSON and of arguments that users should not see.
const PARSER_WORDS: [&str; 14] = [
    "usize",
    "u64",
    "struct ",
    "enum",
    "variant",
    "sequence",
    " map",
    "field",
    "floating point",
    "boolean",
    "invalid type",
    "EOF",
    "invalid digit",
    "target type",
];
