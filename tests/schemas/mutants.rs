//! Wrong versions of documents.

use super::support::case;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
pub(crate) fn mutants(format: &str, document: &Value, seen: &mut BTreeSet<String>) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Value)| {
        let what = format!("{format} {what}");
        if seen.insert(what.clone()) {
            let mut mutant = document.clone();
            change(&mut mutant);
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
                add(format!("{place}: {} instead of {}", kind(&other), kind(value)), &|mutant| {
                    *mutant.pointer_mut(&pointer).unwrap() = other.clone();
                });
            }
        }
        if let Value::Object(members) = value {
            for key in members.keys() {
                add(format!("{place}: without {key}"), &|mutant| {
                    mutant.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove(key);
                });
            }
            add(format!("{place}: with another key"), &|mutant| {
                mutant.pointer_mut(&pointer).unwrap()["not a key"] = json!(1);
            });
        }
    }
    mutants
}

/// Numbers out of range, and combinations of options that a rule does not have.
pub(crate) fn wrong_values() -> Vec<Value> {
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

/// The mutants that are documents too: what may be left out, or null (a number that overflows is
/// written so), or written in two ways.
pub(crate) const ACCEPTED: &str = "\
svpg-answer/1 : without chapter
svpg-answer/1 : without gradients
svpg-answer/1 : without q
svpg-answer/1 : without residual
svpg-answer/1 chapter: null instead of object
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
svpg-comparison-certificate/1 summary.rules[].criterion: null instead of text
svpg-comparison/1 blocks[].angle_degrees: null instead of number
svpg-comparison/1 blocks[].length_ratio: null instead of number
svpg-comparison/1 blocks[].max_abs: null instead of number
svpg-comparison/1 blocks[].max_rel: null instead of number
svpg-comparison/1 candidate_residual: null instead of number
svpg-comparison/1 given_residual: null instead of number
svpg-eval/1 data_sha256: null instead of text
svpg-eval/1 interval: null instead of array
svpg-expectation/1 : without mask
svpg-expectation/1 mask: null instead of array
svpg-expectation/1 mask[][]: truth value instead of number
svpg-expectation/1 options: without algorithm
svpg-expectation/1 options: without centred
svpg-expectation/1 options: without entropy
svpg-expectation/1 options: without epsilon
svpg-gradient/1 updates[].blocks: null instead of array
svpg-gradient/1 updates[].blocks[].angle: null instead of number
svpg-gradient/1 updates[].blocks[].length: null instead of number
svpg-gradient/1 updates[].blocks[].noise: null instead of number
svpg-metrics/1 : without critic_error
svpg-metrics/1 : without validation_accuracy
svpg-metrics/1 : without validation_return
svpg-metrics/1 critic_error: null instead of number
svpg-metrics/1 entropy: null instead of number
svpg-plan/1 : without quick
svpg-plan/1 : without summary
svpg-plan/1 quick.tasks.mnist: without evaluations
svpg-plan/1 quick.tasks.mnist: without every
svpg-plan/1 quick.tasks.mnist: without examples
svpg-plan/1 quick.tasks.mnist: without overrides
svpg-plan/1 quick.tasks.mnist: without without
svpg-plan/1 quick.tasks.pendulum: without evaluations
svpg-plan/1 quick.tasks.pendulum: without every
svpg-plan/1 quick.tasks.pendulum: without overrides
svpg-plan/1 quick.tasks.pendulum: without without
svpg-plan/1 quick.tasks: without mnist
svpg-plan/1 quick.tasks: without pendulum
svpg-plan/1 quick: without seeds
svpg-plan/1 quick: without tasks
svpg-plan/1 tasks.mnist.methods[]: without method
svpg-plan/1 tasks.mnist.methods[]: without overrides
svpg-plan/1 tasks.mnist.methods[]: without summary
svpg-plan/1 tasks.mnist.protocols[]: without evaluations
svpg-plan/1 tasks.mnist.protocols[]: without examples
svpg-plan/1 tasks.mnist.protocols[]: without methods
svpg-plan/1 tasks.mnist.protocols[]: without quick_variants
svpg-plan/1 tasks.mnist.protocols[]: without variants
svpg-plan/1 tasks.mnist: without every
svpg-plan/1 tasks.mnist: without protocols
svpg-plan/1 tasks.pendulum.methods[]: without method
svpg-plan/1 tasks.pendulum.methods[]: without overrides
svpg-plan/1 tasks.pendulum.methods[]: without summary
svpg-plan/1 tasks.pendulum.protocols[]: without every
svpg-plan/1 tasks.pendulum.protocols[]: without variants
svpg-plan/1 tasks.pendulum: without protocols
svpg-plan/1 tasks: without mnist
svpg-plan/1 tasks: without pendulum
svpg-run/2 training.rule_options: without centred
svpg-run/2 training: without dropped
svpg-run/2 training: without policy
svpg-study-result/1 job.evaluations: null instead of number
svpg-study-result/1 job.examples: null instead of number
svpg-study-result/1 job.inference_sha256: null instead of text
svpg-study-result/1 result.trained.best_sha256: null instead of text
svpg-study/1 criteria[].high: null instead of number
svpg-study/1 criteria[].low: null instead of number
svpg-study/1 criteria[].other: null instead of text
svpg-study/1 criteria[].value: null instead of number
svpg-study/1 halves[].high: null instead of number
svpg-study/1 halves[].level: null instead of number
svpg-study/1 halves[].low: null instead of number
svpg-study/1 protocols[].examples: null instead of number
svpg-study/1 provenance.data_sha256: without mnist
svpg-summary/1 rules[].blocks[].max_abs: null instead of number
svpg-summary/1 rules[].blocks[].max_rel: null instead of number
svpg-summary/1 rules[].criterion: null instead of text
svpg-trajectory/1 : without mask
svpg-trajectory/1 mask.recurrent: null instead of array
svpg-trajectory/1 mask.recurrent[][]: truth value instead of number
svpg-trajectory/1 mask.state: null instead of array
svpg-trajectory/1 mask.state[][]: truth value instead of number
svpg-trajectory/1 mask: null instead of array
svpg-trajectory/1 mask: null instead of object
svpg-trajectory/1 mask: without recurrent
svpg-trajectory/1 mask: without state
svpg-trajectory/1 mask[][]: truth value instead of number
svpg-verify/1 claims[].counterexample: null instead of object
svpg-verify/1 claims[].links[].because: null instead of text
svpg-verify/1 claims[].tiers.finite_difference.bound: null instead of number
svpg-verify/1 claims[].tiers.finite_difference.max_error: null instead of number
svpg-verify/1 claims[].tiers.high_precision.max_error: null instead of number
svpg-verify/1 claims[]: without measurement
svpg-verify/1 claims[]: without proved_for_every_size
svpg-verify/1 gaps[].blocks[].largest_angle: null instead of number
svpg-verify/1 gaps[].own_blocks[].largest_angle: null instead of number
svpg-verify/1 kernels[].max_ulp_vs_reference: null instead of number
svpg-verify/1 published_size.blocks[].bound: null instead of number
svpg-verify/1 published_size.blocks[].max_derivative: null instead of number
svpg-verify/1 published_size.blocks[].max_error: null instead of number
svpg-verify/1 published_size: null instead of object
svpg-verify/1 rules[].hops: null instead of number";

/// Is it a mutant of an option of a training in a plan? The schema does not say what these are.
pub(crate) fn is_option(what: &str) -> bool {
    what.starts_with("svpg-plan/1") && (what.contains("overrides.") || what.contains("overrides: with"))
}
