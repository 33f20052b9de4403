//! Documents of the levels of conformance above exact answers.

use super::documents::{Documents, printed, read};
use super::support::{run, stderr};
use serde_json::{Value, json};
use svpg::Error;
use svpg::conformance::envelope::{ENVELOPES, Envelope};
use svpg::conformance::expectation::{Expectation, ExpectationAnswer, Samples, needed_samples};
use svpg::conformance::trajectory::{Trajectory, TrajectoryAnswer};
use svpg::conformance::vectors;

/// A document with the name of its format.
type Document = (&'static str, Value);

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Questions of levels 1 and 2 with an answer each: both inferences and kernels, all masks, rules
/// with and without options, expected and sampled updates.
pub(crate) fn questions_and_answers() -> Vec<(Document, Document)> {
    let mut pairs = Vec::new();
    // Rates without a mask and spikes without one; the same with one mask, and with both.
    for index in [0, 1, 3, 8, 9, 17, 18] {
        let (question, answer) = vectors::trajectory(index, 0).unwrap();
        pairs.push((
            ("svpg-trajectory/1", value(&question.to_json())),
            ("svpg-trajectory-answer/1", value(&answer.to_json())),
        ));
    }
    for index in 0..20 {
        let (question, answer) = vectors::expectation(index, 0).unwrap();
        let asked = ("svpg-expectation/1", value(&question.to_json()));
        let answered = |answer: &ExpectationAnswer| ("svpg-expectation-answer/1", value(&answer.to_json()));
        if index < 4 {
            let (count, mean) = (needed_samples(&question).unwrap(), answer.expected.clone().unwrap());
            let sampled = answered(&ExpectationAnswer::of_samples(Samples { count, mean }));
            pairs.push((asked.clone(), sampled));
        }
        pairs.push((asked, answered(&answer)));
    }
    pairs
}

const WAIVED: [&str; 2] = ["--waive", "end=a known fault"];

/// Manifests of every level, and what compare writes about questions of all levels, with a waiver.
pub(crate) fn written() -> Documents {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let envelope = Envelope::from_bytes(ENVELOPES[0].1.as_bytes()).unwrap();
    let row = |step: u64| {
        let points = envelope.points.iter().filter(|point| point.step == step);
        let mut row: Value = points.map(|point| (point.metric.clone(), json!(point.centre))).collect();
        row["step"] = json!(step);
        row.to_string() + "\n"
    };
    let curve: String = envelope.points.iter().map(|point| row(point.step)).collect();
    std::fs::write(at("envelope.json"), ENVELOPES[0].1).unwrap();
    std::fs::write(at("metrics.jsonl"), curve).unwrap();
    let mut documents = vec![("svpg-envelope/1", value(ENVELOPES[0].1))];
    let mut inputs = Vec::new();
    for (level, questions) in [("1", "trajectories"), ("2", "expectations")] {
        let vectors = at(questions);
        let output = run(&["vectors", "--level", level, "--count", "4", "--out", &vectors], b"");
        assert!(output.status.success(), "{}", stderr(&output));
        documents
            .push(("svpg-vectors/3", read(&folder.path().join(questions).join("manifest.json")).remove(0)));
        inputs.extend([format!("{vectors}/{questions}.jsonl"), format!("{vectors}/answers.jsonl")]);
    }
    // An answer to the first trajectory that fails in one block, and no other.
    let mut wrong = read(inputs[1].as_ref()).remove(0);
    wrong["batch"][0]["end"][0] = json!(0.5);
    std::fs::write(at("wrong.json"), wrong.to_string()).unwrap();
    let (first, wrong) = (format!("{}/0000.trajectory.json", at("trajectories")), at("wrong.json"));
    let (envelope, metrics) = (at("envelope.json"), at("metrics.jsonl"));
    let pairs =
        [[first.as_str(), &wrong], [&envelope, &metrics], [&inputs[0], &inputs[1]], [&inputs[2], &inputs[3]]];
    let certificate = at("certificate.json");
    for pair in pairs {
        let has_end = pair[0].contains("trajector");
        let waive: &[&str] = if has_end { &WAIVED } else { &[] };
        let is_stream = pair[0].ends_with(".jsonl");
        let format: &[&str] = if is_stream { &[] } else { &["--format", "json"] };
        let compared =
            printed(&[&["compare"], &pair[..], waive, &["--certificate", &certificate], format].concat(), "");
        documents.extend(compared.into_iter().map(|comparison| ("svpg-comparison/1", comparison)));
        documents.push(("svpg-comparison-certificate/1", read(certificate.as_ref()).remove(0)));
    }
    let arguments = [
        &["compare"],
        pairs[2..].as_flattened(),
        &WAIVED,
        &["--certificate", &certificate],
        &["--summary", "--format", "json"],
    ]
    .concat();
    documents.extend(printed(&arguments, "").into_iter().map(|summary| ("svpg-summary/1", summary)));
    documents.push(("svpg-comparison-certificate/1", read(certificate.as_ref()).remove(0)));
    documents
}

/// Reads a question of a level above 0.
pub(crate) fn read_question((format, document): &Document) -> Result<(), Error> {
    let text = document.to_string();
    match *format {
        "svpg-trajectory/1" => Trajectory::from_bytes(text.as_bytes()).map(|_| ()),
        "svpg-expectation/1" => Expectation::from_bytes(text.as_bytes()).map(|_| ()),
        "svpg-envelope/1" => Envelope::from_bytes(text.as_bytes()).map(|_| ()),
        _ => panic!("{format}"),
    }
}

/// Reads an answer to a question of level 1 or 2.
pub(crate) fn read_answer((format, question): &Document, answer: &Value) -> Result<(), Error> {
    let (question, answer) = (question.to_string(), answer.to_string());
    if *format == "svpg-trajectory/1" {
        let question = Trajectory::from_bytes(question.as_bytes()).unwrap();
        TrajectoryAnswer::from_bytes(answer.as_bytes(), &question).map(|_| ())
    } else {
        let question = Expectation::from_bytes(question.as_bytes()).unwrap();
        ExpectationAnswer::from_bytes(answer.as_bytes(), &question).map(|_| ())
    }
}

/// Questions and answers with numbers out of range, or with what belongs to another kind. An answer
/// has its question.
pub(crate) fn wrong_values() -> Vec<(Document, Option<Document>)> {
    let pairs = questions_and_answers();
    let of = |has: &dyn Fn(&Value, &Value) -> bool| {
        let is_it = |((_, question), (_, answer)): &&(Document, Document)| {
            question["shape"]["states"] != 0 && has(question, answer)
        };
        pairs.iter().find(is_it).cloned().expect("there is one")
    };
    let rates = of(&|question, _| question["inference"]["kind"] == "rate");
    let spikes = of(&|question, _| question["inference"]["kernel"] == "double-exponential");
    let sampled = of(&|_, answer| answer["samples"].is_object());
    let clamped = of(&|question, _| question["rule"] == "nudged");
    let rewarded = of(&|question, _| question["options"]["entropy"].is_number());
    let envelope = (("svpg-envelope/1", value(ENVELOPES[0].1)), ("", Value::Null));
    let mut wrong = Vec::new();
    let set = |(format, document): &Document, pointer: &str, to: &Value| {
        let mut document = document.clone();
        let (above, key) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(above).unwrap_or_else(|| panic!("{pointer}")) {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = to.clone(),
            object => object[key] = to.clone(),
        }
        (*format, document)
    };
    for (pair, pointer, values) in [
        (&rates, "/schema", json!(["svpg-case/1"])),
        (&rates, "/shape/actions", json!([0, -1, 1.5])),
        (&rates, "/batch", json!([[]])),
        (&rates, "/inference", json!([["rate", 0, 0, 12], {"kind": "spiking"}, {"kind": "other"}])),
        (&rates, "/inference/sigma", json!([-0.5])),
        (&rates, "/inference/max_iterations", json!([0, -1, 1.5, 4_294_967_296_u64])),
        (&rates, "/batch/0/state/0", json!([-0.5, 1.5])),
        (&rates, "/batch/0/start/0", json!([-0.5, 1])),
        (&rates, "/batch/0/units", json!([[]])),
        (&spikes, "/inference/kernel", json!(["Rectangle", {"rectangle": null}])),
        (&spikes, "/inference/steps", json!([0, 16_777_217])),
        (&spikes, "/inference/window", json!([0, 1, 65_537])),
        (&spikes, "/inference/sigma", json!([0.5])),
        (&spikes, "/batch/0/units/0/0", json!([-0.5, 1])),
        (&spikes, "/batch/0/states/0/0", json!([0, 1, -0.5])),
        (&sampled, "/rule", json!(["svpg2"])),
        (&sampled, "/effect", json!([0, -1])),
        (&sampled, "/false_alarm", json!([0, 0.5, -1])),
        (&sampled, "/missed", json!([0, 0.5, -1])),
        (&sampled, "/rewards", json!([[]])),
        (&sampled, "/state/0", json!([-0.5, 1.5])),
        (&clamped, "/options", json!([null, {}, {"beta": 0.5, "epsilon": 0.5}])),
        (&clamped, "/options/beta", json!([0, 1.5])),
        (&rewarded, "/options/algorithm", json!(["ppo", "a2c"])),
        (&rewarded, "/options/old_log_prob", json!([[-1.0]])),
        (&rewarded, "/options/beta", json!([0.5])),
        (&envelope, "/false_alarm", json!([0, 1, -0.5])),
        (&envelope, "/runs", json!([[0, 39], [20, 0], [20], [20, 39, 1], [-1, 39]])),
        (&envelope, "/points", json!([[]])),
        (&envelope, "/points/0/step", json!([-1, 0.5])),
        (&envelope, "/points/0/half_width", json!([-1])),
    ] {
        let values = values.as_array().unwrap().iter();
        wrong.extend(values.map(|to| (set(&pair.0, pointer, to), None)));
    }
    let mean = sampled.1.1["samples"]["mean"].clone();
    for (pair, pointer, values) in [
        (&rates, "/schema", json!(["svpg-answer/1"])),
        (&rates, "/arithmetic", json!(["f16", {"f32": null}])),
        (&rates, "/iterations", json!([0, -1, 1.5, null])),
        (&rates, "/batch", json!([[]])),
        (&rates, "/batch/0/q", json!([[]])),
        (&rates, "/batch/0/winners", json!([[[0]], null])),
        (&spikes, "/iterations", json!([1])),
        (&spikes, "/batch/0/winners", json!([[], null])),
        (&spikes, "/batch/0/winners/0/0", json!([-1, 0.5])),
        (&sampled, "/samples", json!([null, {"count": 1000}, [1000, mean]])),
        (&sampled, "/samples/count", json!([-1, 0.5])),
        (&sampled, "/expected", json!([mean])),
    ] {
        let values = values.as_array().unwrap().iter();
        wrong.extend(values.map(|to| (set(&pair.1, pointer, to), Some(pair.0.clone()))));
    }
    wrong
}
