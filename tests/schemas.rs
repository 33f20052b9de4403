//! `schemas/`: an independent validator accepts what svpg writes and what it reads, and refuses a
//! document with a key left out, a key too many, or a value of another type.

mod support;
#[path = "training/images.rs"]
#[allow(dead_code, reason = "only the files are written here")]
mod training_images;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use support::python::environment;
use support::{assert_refused, case, rules, run, stderr, stdout, vector};
use svpg::conformance::case::{Answer, Case};
use svpg::schemas::SCHEMAS;
use svpg::verify::gap::{BlockGap, Gap};
use svpg::verify::measure::Measurement;
use svpg::verify::published_size::{BlockCheck, PublishedSize};
use svpg::verify::{EquivalentMutant, Kernel, MustFail, Options};
use svpg_check::{Redefinition, Source};

/// Documents with the names of their formats.
type Documents = Vec<(&'static str, Value)>;

/// For every document, whether the validator accepts it.
fn validated(documents: &[(&'static str, Value)]) -> Vec<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(environment("package"))
        .arg(root.join("tests/python/validate.py"))
        .arg(root.join("schemas"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input: String = documents
        .iter()
        .map(|(name, document)| json!({"schema": name, "document": document}).to_string() + "\n")
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the validator failed");
    let verdicts: Vec<bool> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts.len(), documents.len());
    verdicts
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "jsonl") {
        lines(&text)
    } else {
        vec![serde_json::from_str(&text).unwrap()]
    }
}

/// Runs the program, whatever its verdict, and returns the documents that it prints.
fn printed(arguments: &[&str], input: &str) -> Vec<Value> {
    let output = run(arguments, input.as_bytes());
    assert!(!output.stdout.is_empty(), "{arguments:?}: {}", stderr(&output));
    lines(&stdout(&output))
}

/// Cases and answers in `tests/vectors`, cases with every option, and the answers to them.
fn cases_and_answers() -> Documents {
    let mut documents = Vec::new();
    for folder in ["phases", "published-tpami", "wrong-answers", "small"] {
        for entry in std::fs::read_dir(vector(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let format = match name {
                "cases.jsonl" => "svpg-case/1",
                "answers.jsonl" => "svpg-answer/1",
                "manifest.json" => "svpg-vectors/3",
                _ if name.ends_with(".case.json") => "svpg-case/1",
                _ if name.ends_with(".answer.json") || name.ends_with(".candidate.json") => "svpg-answer/1",
                _ => continue,
            };
            documents.extend(read(&path).into_iter().map(|document| (format, document)));
        }
    }
    for rule in rules() {
        let mut case = case(rule, "half", true, 2);
        documents.push(("svpg-case/1", case.clone()));
        documents.push(("svpg-answer/1", printed(&["oracle", "-"], &case.to_string()).remove(0)));
        case["mask"] = json!({"recurrent": null, "state": [[true, 1, 1.0, false, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]]});
        case["weights"]["state"][0][3] = json!(0);
        documents.push(("svpg-case/1", case));
    }
    documents
}

/// What compare and the stream commands write.
fn comparisons() -> Documents {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.json");
    let (case, answer) = (vector("published-tpami/01.case.json"), vector("published-tpami/01.answer.json"));
    let answers = vector("small/answers.jsonl");
    let [cases, wrong] = ["small/cases.jsonl", "wrong-answers/nan_stream.jsonl"].map(vector);
    let mut documents = Vec::new();
    let compared = printed(&["compare", &case, &answer, "--format", "json"], "");
    documents.push(("svpg-comparison/1", compared[0].clone()));
    for line in
        printed(&["compare", &wrong], "").into_iter().chain(printed(&["compare", &cases, &answers], ""))
    {
        let format = line["schema"].as_str().unwrap();
        documents.push((if format == "svpg-error/1" { "svpg-error/1" } else { "svpg-comparison/1" }, line));
    }
    documents.extend(printed(&["oracle", "-"], "{}").into_iter().map(|line| ("svpg-error/1", line)));
    let to = certificate.to_str().unwrap();
    for inputs in [&[wrong.as_str()][..], &[&cases, &answers]] {
        let arguments =
            [&["compare"], inputs, &["--summary", "--format", "json", "--certificate", to]].concat();
        documents.extend(printed(&arguments, "").into_iter().map(|summary| ("svpg-summary/1", summary)));
        documents.push(("svpg-comparison-certificate/1", read(&certificate).remove(0)));
    }
    documents
}

/// A report with an entry in every list. The parts that only the built-in chapters have are made
/// here, as their types say.
fn report() -> Documents {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/reward-modulated-hebb.md");
    let text = std::fs::read_to_string(path).unwrap();
    let source = Source::new("hebb.md", text);
    let options = Options { thorough: false, seed: 1 };
    let mut report = svpg::verify::check(&[source], &options, true, &|_, _| ()).unwrap();
    let text = || "x".to_owned();
    report.equivalent_mutants.push(EquivalentMutant {
        id: text(),
        mutation: text(),
        mutant: text(),
        reason: text(),
        checked: text(),
    });
    report.stale_reasons.push(text());
    report.redefined.push(Redefinition { name: text(), place: text(), original: text() });
    let file = MustFail { file: text(), expected: text(), found: text(), ok: true };
    report.must_fail.push(file.clone());
    report.must_not_hold.push(file);
    report.kernels.push(Kernel {
        id: text(),
        isa: text(),
        bitwise_equal: true,
        max_ulp_vs_reference: 0.5,
        allowed_ulp: 1.0,
    });
    let block = BlockGap { block: "hh", angle: None, largest_angle: Some(1.5), length: 2.0 };
    let blocks = vec![block];
    report.gaps.push(Gap {
        rule: text(),
        policy: "mean-field",
        centred: true,
        networks: 32,
        blocks: blocks.clone(),
        own_blocks: blocks,
    });
    report.published_size = Some(PublishedSize {
        ok: true,
        seed: 0,
        images: vec![7],
        blocks: vec![BlockCheck {
            rule: "svpg",
            convention: "half",
            block: "b_A",
            coordinates: 12,
            max_error: 1e-9,
            bound: 1e-8,
            max_derivative: 0.5,
            passed: true,
        }],
    });
    report.claims[0].measurement = Some(Measurement {
        by: text(),
        statement: text(),
        estimate: 0.5,
        interval: [0.25, 0.75],
        confidence: 0.95,
        false_alarm: 1e-4,
        missed_effect: text(),
        holds: true,
    });
    assert!(report.claims.iter().any(|claim| claim.report.counterexample.is_some()));
    vec![("svpg-verify/1", serde_json::to_value(&report).unwrap())]
}

/// Metrics, certificates and evaluations of runs that select and that do not, on images and on the
/// pendulum.
fn runs() -> Documents {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let data = at("data");
    training_images::write(Path::new(&data));
    let mut documents = Vec::new();
    for (name, task, options) in [
        ("published", "mnist", "--preset bmvc2022 --hidden 3x4 --batch 20 --steps 4 --eval-interval 2"),
        (
            "critic",
            "mnist",
            "--preset tpami2025 --hidden 3x4 --batch 20 --steps 2 --eval-interval 1 --select validation",
        ),
        ("last", "mnist", "--preset best --hidden 3x4 --batch 20 --steps 2 --select last"),
        ("pole", "pendulum", "--preset tpami2025 --hidden 3x4 --episodes 2 --eval-interval 1"),
    ] {
        let out = at(name);
        let with_data = if task == "mnist" { vec!["--data", data.as_str()] } else { vec![] };
        let options: Vec<&str> = options.split(' ').collect();
        let trained = run(&[&["train", task, "--out", &out], &options[..], &with_data].concat(), b"");
        assert!(trained.status.success(), "{}", stderr(&trained));
        let folder = Path::new(&out);
        documents.extend(read(&folder.join("metrics.jsonl")).into_iter().map(|row| ("svpg-metrics/1", row)));
        documents.push(("svpg-certificate/1", read(&folder.join("certificate.json")).remove(0)));
        let eval = |options: &[&str]| {
            printed(&[&["eval", &out, "--format", "json"], options, &with_data].concat(), "")
        };
        let evaluated = [
            eval(&["--evaluations", "1"]),
            eval(&["--evaluations", "3", "--noise", "weight-gaussian=0,0.1"]),
        ]
        .concat();
        documents.extend(evaluated.into_iter().map(|evaluation| ("svpg-eval/1", evaluation)));
        if name == "last" {
            documents.extend(eval(&["--gradient", "2"]).into_iter().map(|line| ("svpg-gradient/1", line)));
        }
    }
    documents
}

fn all_documents() -> Documents {
    [cases_and_answers(), comparisons(), report(), runs()].concat()
}

/// A place in a document: keys, and `[]` for any element of an array.
fn normalised(pointer: &str) -> String {
    let steps = pointer
        .split('/')
        .skip(1)
        .map(|step| if step.bytes().all(|b| b.is_ascii_digit()) { "[]" } else { step });
    steps.collect::<Vec<_>>().join(".").replace(".[]", "[]")
}

fn children(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// Every place of a document, the root first.
fn places(document: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut at = 0;
    while at < places.len() {
        let below = children(document.pointer(&places[at]).unwrap());
        let below: Vec<String> = below.iter().map(|step| format!("{}/{step}", places[at])).collect();
        places.extend(below);
        at += 1;
    }
    places
}

/// Wrong versions of a document, each with a description: a key left out, a key too many, a value
/// of another type. Each kind of place is changed once in `seen`.
fn mutants(format: &str, document: &Value, seen: &mut BTreeSet<String>) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    let mut add = |what: String, mutant: Value| {
        let what = format!("{format} {what}");
        if seen.insert(what.clone()) {
            mutants.push((what, mutant));
        }
    };
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "truth value",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    for pointer in places(document) {
        let (place, value) = (normalised(&pointer), document.pointer(&pointer).unwrap());
        for other in [Value::Null, json!(true), json!(1), json!("other text"), json!(["x"]), json!({"x": 1})]
        {
            // From null to another type is not wrong everywhere: the other documents show it.
            if kind(&other) != kind(value) && !value.is_null() {
                let mut mutant = document.clone();
                *mutant.pointer_mut(&pointer).unwrap() = other.clone();
                add(format!("{place}: {} instead of {}", kind(&other), kind(value)), mutant);
            }
        }
        if let Value::Object(members) = value {
            for key in members.keys() {
                let mut mutant = document.clone();
                mutant.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove(key);
                add(format!("{place}: without {key}"), mutant);
            }
            let mut mutant = document.clone();
            mutant.pointer_mut(&pointer).unwrap()["not a key"] = json!(1);
            add(format!("{place}: with another key"), mutant);
        }
    }
    mutants
}

/// The mutants that are documents too: what may be left out, or null (a number that overflows is
/// written so), or written in two ways.
const ACCEPTED: &str = "\
svpg-answer/1 : without gradients
svpg-answer/1 : without q
svpg-answer/1 : without residual
svpg-answer/1 gradients.exact: null instead of object
svpg-answer/1 gradients.free_energy: null instead of object
svpg-answer/1 gradients.last_step: null instead of object
svpg-answer/1 gradients.mean_field: null instead of object
svpg-answer/1 gradients: null instead of object
svpg-answer/1 gradients: without exact
svpg-answer/1 gradients: without free_energy
svpg-answer/1 gradients: without last_step
svpg-answer/1 gradients: without mean_field
svpg-answer/1 q: null instead of array
svpg-answer/1 residual: null instead of number
svpg-case/1 : without mask
svpg-case/1 batch[].q: null instead of array
svpg-case/1 batch[]: without q
svpg-case/1 mask.recurrent: null instead of array
svpg-case/1 mask.recurrent[][]: truth value instead of number
svpg-case/1 mask.state: null instead of array
svpg-case/1 mask.state[][]: number instead of truth value
svpg-case/1 mask.state[][]: truth value instead of number
svpg-case/1 mask: null instead of array
svpg-case/1 mask: null instead of object
svpg-case/1 mask: without recurrent
svpg-case/1 mask: without state
svpg-case/1 mask[][]: truth value instead of number
svpg-case/1 options: without algorithm
svpg-case/1 options: without centred
svpg-case/1 options: without entropy
svpg-case/1 options: without epsilon
svpg-case/1 options: without old_log_prob
svpg-certificate/1 best: null instead of object
svpg-comparison-certificate/1 summary.rules[].blocks[].max_abs: null instead of number
svpg-comparison-certificate/1 summary.rules[].blocks[].max_rel: null instead of number
svpg-comparison/1 blocks[].angle_degrees: null instead of number
svpg-comparison/1 blocks[].length_ratio: null instead of number
svpg-comparison/1 blocks[].max_abs: null instead of number
svpg-comparison/1 blocks[].max_rel: null instead of number
svpg-comparison/1 candidate_residual: null instead of number
svpg-comparison/1 given_residual: null instead of number
svpg-eval/1 data_sha256: null instead of text
svpg-eval/1 interval: null instead of array
svpg-gradient/1 updates[].blocks: null instead of array
svpg-gradient/1 updates[].blocks[].angle: null instead of number
svpg-gradient/1 updates[].blocks[].length: null instead of number
svpg-gradient/1 updates[].blocks[].noise: null instead of number
svpg-metrics/1 : without critic_error
svpg-metrics/1 : without validation_accuracy
svpg-metrics/1 : without validation_return
svpg-metrics/1 critic_error: null instead of number
svpg-metrics/1 entropy: null instead of number
svpg-summary/1 rules[].blocks[].max_abs: null instead of number
svpg-summary/1 rules[].blocks[].max_rel: null instead of number
svpg-verify/1 claims[].counterexample: null instead of object
svpg-verify/1 claims[].links[].because: null instead of text
svpg-verify/1 claims[].tiers.finite_difference.bound: null instead of number
svpg-verify/1 claims[].tiers.finite_difference.max_error: null instead of number
svpg-verify/1 claims[].tiers.high_precision.max_error: null instead of number
svpg-verify/1 claims[]: without measurement
svpg-verify/1 gaps[].blocks[].largest_angle: null instead of number
svpg-verify/1 gaps[].own_blocks[].largest_angle: null instead of number
svpg-verify/1 kernels[].max_ulp_vs_reference: null instead of number
svpg-verify/1 published_size.blocks[].bound: null instead of number
svpg-verify/1 published_size.blocks[].max_derivative: null instead of number
svpg-verify/1 published_size.blocks[].max_error: null instead of number
svpg-verify/1 published_size: null instead of object
svpg-verify/1 rules[].hops: null instead of number";

#[test]
fn documents_are_valid_and_mutants_are_not() {
    let documents = all_documents();
    let verdicts = validated(&documents);
    for ((format, document), valid) in documents.iter().zip(verdicts) {
        assert!(valid, "{format}: {document:.2000}");
    }
    let formats: BTreeSet<&str> = documents.iter().map(|(format, _)| *format).collect();
    assert_eq!(formats, SCHEMAS.iter().map(|schema| schema.name).collect(), "every format has a document");
    let mut seen = BTreeSet::new();
    let mut mutated = Vec::new();
    for (format, document) in &documents {
        for (what, mutant) in mutants(format, document, &mut seen) {
            mutated.push((what, (*format, mutant)));
        }
    }
    let wrong: Documents = mutated.iter().map(|(_, mutant)| mutant.clone()).collect();
    let verdicts = validated(&wrong);
    let accepted: BTreeSet<&str> = mutated
        .iter()
        .zip(&verdicts)
        .filter(|(_, valid)| **valid)
        .map(|((what, _), _)| what.as_str())
        .collect();
    assert!(verdicts.len() > 1000, "{}", verdicts.len());
    assert_eq!(accepted.into_iter().collect::<Vec<_>>().join("\n"), ACCEPTED);
}

/// Numbers out of range, and combinations of options that a rule does not have.
fn wrong_values() -> Vec<Value> {
    let mut wrong = Vec::new();
    let mut set = |rule: &str, pointer: &str, value: Value| {
        let mut case = case(rule, "full", true, 2);
        *case.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        wrong.push(case);
    };
    for pointer in [
        "/shape/states",
        "/shape/hidden_circuits",
        "/shape/hidden_size",
        "/shape/actions",
        "/batch/0/sample/action",
        "/batch/1/sample/hidden/0",
    ] {
        set("svpg", pointer, json!(-1));
        set("svpg", pointer, json!(0.5));
    }
    set("svpg", "/shape/actions", json!(0));
    set("svpg", "/shape/hidden_size", json!(0));
    set("svpg", "/batch", json!([]));
    set("svpg", "/mask/0/0", json!(2));
    for number in [-0.1, 1.1] {
        set("svpg", "/batch/0/state/1", json!(number));
    }
    set("svpg", "/batch/0/q", json!([1.5, -0.5, 0, 1, 0, 0, 1, 0, 0]));
    for (pointer, value) in [
        ("/rule", json!("svpg2")),
        ("/schema", json!("svpg-case/2")),
        ("/convention", json!("double")),
        ("/options/epsilon", json!(0)),
        ("/options/algorithm", json!("a2c")),
        ("/options/old_log_prob", Value::Null),
        ("/options", json!({"algorithm": "ppo"})),
        ("/options", json!({"beta": 0.1})),
        ("/rule", json!("svpg")),
    ] {
        set("svpg-tpami", pointer, value);
    }
    for value in [json!(0), json!(1.01), json!(1e-9), json!(-1e-9), json!(-0.1)] {
        set("nudged", "/options/beta", value);
    }
    set("nudged", "/options", json!({"centred": true}));
    set("nudged", "/options", json!({"beta": 0.1, "epsilon": 0.2}));
    set("nudged", "/rule", json!("exact"));
    wrong
}

/// What the schemas of cases and answers refuse, the reader refuses. For a key or a type the
/// opposite is true too.
#[test]
fn the_reader_refuses_what_the_schema_refuses() {
    let documents = cases_and_answers();
    let wrong: Documents = wrong_values().into_iter().map(|case| ("svpg-case/1", case)).collect();
    for ((_, document), valid) in wrong.iter().zip(validated(&wrong)) {
        let error = Case::from_bytes(document.to_string().as_bytes()).err();
        assert!(!valid && error.is_some(), "valid: {valid}, {error:?}: {document}");
    }
    let case = documents.iter().find(|(format, _)| *format == "svpg-case/1").unwrap();
    let plain = Case::from_bytes(support::case("svpg", "full", false, 1).to_string().as_bytes()).unwrap();
    let truth = printed(&["oracle", "-", "--gradients"], &plain.to_json()).remove(0);
    let readable = |format: &str, document: &Value| {
        let text = document.to_string();
        match format {
            "svpg-case/1" => Case::from_bytes(text.as_bytes()).map(|_| ()),
            _ => Answer::from_bytes(text.as_bytes(), &plain).map(|_| ()),
        }
    };
    let mut seen = BTreeSet::new();
    let cases = documents.iter().filter(|(format, _)| *format == case.0).cloned();
    let mut compared = BTreeMap::new();
    for (format, document) in cases.chain([("svpg-answer/1", truth)]) {
        assert!(readable(format, &document).is_ok(), "{format}: {document:.500}");
        compared.extend(
            mutants(format, &document, &mut seen).into_iter().map(|(what, mutant)| (what, (format, mutant))),
        );
    }
    let (names, mutants): (Vec<_>, Documents) = compared.into_iter().unzip();
    for ((what, (format, mutant)), valid) in names.iter().zip(&mutants).zip(validated(&mutants)) {
        let read = readable(format, mutant);
        assert_eq!(read.is_ok(), valid, "{what}: {read:?}");
    }
}

#[test]
fn schemas_are_listed_and_printed() {
    let listed = stdout(&run(&["schema"], b""));
    assert_eq!(listed.lines().count(), SCHEMAS.len());
    let mut definitions: BTreeMap<String, Value> = BTreeMap::new();
    for (schema, line) in SCHEMAS.iter().zip(listed.lines()) {
        let text: Value = serde_json::from_str(schema.text).unwrap();
        let title = text["title"].as_str().unwrap();
        assert!(line.starts_with(schema.name) && line.ends_with(title), "{line}");
        assert_eq!(text["$id"], format!("urn:svpg:{}", schema.name.replace('/', ":")));
        assert_eq!(text["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let (name, _) = schema.name.split_once('/').unwrap();
        for name in [name, schema.name] {
            assert_eq!(stdout(&run(&["schema", name], b"")), schema.text);
        }
        // The same definition in several files is the same text.
        for (name, definition) in text["$defs"].as_object().into_iter().flatten() {
            let first = definitions.entry(name.clone()).or_insert_with(|| definition.clone());
            assert_eq!(first, definition, "{name} in {}", schema.name);
        }
    }
    assert_refused(&run(&["schema", "svpg-cases"], b""), &["svpg-cases", "`svpg schema` lists"], "no format");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap());
    assert_eq!(files.count(), SCHEMAS.len(), "every file is in the list");
    let schema = SCHEMAS.iter().find(|schema| schema.name == "svpg-case/1").unwrap();
    let schema: Value = serde_json::from_str(schema.text).unwrap();
    assert_eq!(schema["properties"]["rule"]["enum"], json!(rules()));
}
