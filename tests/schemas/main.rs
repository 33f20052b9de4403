//! `schemas/`: an independent validator accepts what svpg writes and what it reads, and refuses a
//! document with a key left out, a key too many, or a value of another type.

#[path = "../training/images.rs"]
#[allow(dead_code, reason = "only the files are written here")]
mod images;
#[path = "../support/mod.rs"]
mod support;

mod documents;
mod levels;
mod mutants;

use documents::{Documents, all_documents, cases_and_answers, configurations, plans, printed};
use mutants::{ACCEPTED, is_option, mutants, wrong_values};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use support::python::environment;
use support::{assert_refused, rules, run, stdout};
use svpg::conformance::case::{Answer, Case};
use svpg::schemas::SCHEMAS;
use svpg::study::{Grid, Plan};
use svpg::training::Setup;

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
            if !is_option(&what) {
                mutated.push((what, (*format, mutant)));
            }
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
    let expected = ACCEPTED.lines().collect();
    let differing: Vec<_> = accepted.symmetric_difference(&expected).collect();
    assert!(differing.is_empty(), "{differing:#?}");
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

/// The same of the questions above level 0 and of answers to them.
#[test]
fn the_reader_of_every_level_refuses_what_the_schema_refuses() {
    let wrong = levels::wrong_values();
    let read = |(document, question): &(_, Option<(&'static str, Value)>)| match question {
        None => levels::read_question(document),
        Some(question) => levels::read_answer(question, &document.1),
    };
    let documents: Documents = wrong.iter().map(|(document, _)| document.clone()).collect();
    for (wrong, valid) in wrong.iter().zip(validated(&documents)) {
        let error = read(wrong).err();
        assert!(!valid && error.is_some(), "valid: {valid}, {error:?}: {:.1000}", wrong.0.1);
    }
    let envelopes = levels::written().into_iter().filter(|(format, _)| *format == "svpg-envelope/1");
    let mut right: Vec<_> = envelopes.map(|envelope| (envelope, None)).collect();
    for (question, answer) in levels::questions_and_answers() {
        right.extend([(question.clone(), None), (answer, Some(question))]);
    }
    let mut seen = BTreeSet::new();
    let mut compared = Vec::new();
    for right in right {
        assert!(read(&right).is_ok(), "{:.1000}", right.0.1);
        let ((format, document), question) = right;
        for (what, mutant) in mutants(format, &document, &mut seen) {
            compared.push((what, ((format, mutant), question.clone())));
        }
    }
    assert!(compared.len() > 400, "{}", compared.len());
    let documents: Documents = compared.iter().map(|(_, (mutant, _))| mutant.clone()).collect();
    for ((what, mutant), valid) in compared.iter().zip(validated(&documents)) {
        let read = read(mutant);
        assert_eq!(read.is_ok(), valid, "{what}: {read:?}");
    }
}

/// The same of TOML texts, which have no null. Mutants that `is_left_out` are not compared.
fn compare_texts(
    documents: Documents,
    is_left_out: fn(&str) -> bool,
    read: impl Fn(&str) -> Result<(), svpg::Error>,
) {
    let mut seen = BTreeSet::new();
    let mut compared = Vec::new();
    for (format, document) in documents {
        for (what, mutant) in mutants(format, &document, &mut seen) {
            let text = toml::to_string(&mutant).ok().filter(|_| !is_left_out(&what));
            compared.extend(text.map(|text| (what, read(&text), (format, mutant))));
        }
    }
    assert!(compared.len() > 200, "{}", compared.len());
    let mutants: Documents = compared.iter().map(|(_, _, mutant)| mutant.clone()).collect();
    for ((what, read, _), valid) in compared.iter().zip(validated(&mutants)) {
        assert_eq!(read.is_ok(), valid, "{what}: {read:?}");
    }
}

#[test]
fn the_reader_of_configurations_refuses_what_the_schema_refuses() {
    compare_texts(configurations(), |_| false, |text| Setup::from_toml(text).map(|_| ()));
}

/// The schema does not say which options and which method a training can have.
#[test]
fn the_reader_of_plans_refuses_what_the_schema_refuses() {
    let is_name = |what: &str| is_option(what) || what.ends_with("without method");
    compare_texts(plans(), is_name, |text| Plan::parse(text).and_then(Grid::new).map(|_| ()));
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
