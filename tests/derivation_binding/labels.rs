//! Missing bindings: a function without a claim, a rule without a binding, a label without a claim.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use svpg::chapters;
use svpg_check::Chapter;
use svpg_reference::rule::{Algorithm, Options, Rule};

use crate::binding::chapter;
use crate::table;

/// The required claims.
const ASKED: &[&str] = &[
    "E1", "E2", "E3", "E4", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "L1", "L2", "L3", "L4", "L5", "L6",
    "L7", "F1", "F2", "F3", "W1", "W2", "W3", "W4", "W5", "W6", "P1", "P2", "P3", "P4", "P5", "S1", "S2",
    "S3",
];

/// Rules of the chapters that the reference does not have, each with the reason.
const CHAPTERS_ALONE: &[(&str, &str)] = &[
    ("hebbian_value", "a rule of others, in the chapter that places it"),
    (
        "r_stdp",
        "a conventional rule in two time steps; the tests of `conventional` compute the same eligibility",
    ),
];

/// Public functions that compute no quantity of the model, each with the reason; a name that ends
/// with `/` or `::` is a prefix of names.
const NO_QUANTITY: &[(&str, &str)] = &[
    ("draw::", "draws from probabilities that are bound"),
    ("error::", "words"),
    ("finite_difference::", "a numerical method, with bounds of its own"),
    ("number/", "arithmetic"),
    ("network/shape::", "counts"),
    ("network/parameters::", "inputs and their checks; the factors of W are bound with what uses them"),
    ("network/update::", "a container, and the form that every bound gradient takes"),
    ("network/mask::all", "an input"),
    ("network/mask::new", "an input"),
    ("network/mask::without", "an input"),
    ("network/mask::state", "an input; the chapters connect every state neuron"),
    ("network/observed::parameters", "an input"),
    ("network/observed::shape", "an input"),
    ("network/observed::state", "an input"),
    ("network/observed::drive", "a part of the net input, which is bound"),
    ("network/observed::coupling", "a factor of the net input, which is bound"),
    ("configuration::new", "an input"),
    ("configuration::enumerate", "an order; what is summed over it is bound"),
    ("configuration::shape", "an input"),
    ("configuration::winners", "an input"),
    ("configuration::action", "an input"),
    ("exact_policy::new", "the enumeration behind the bound methods"),
    ("mean_field/fixed_point::residual", "how far a state is from the fixed point, which is bound"),
    ("mdp::new", "an input"),
    ("mdp::states", "a count"),
    ("mdp::actions", "a count"),
    ("spike/kernel::weights", "an accessor of the bound kernels"),
    ("spike/kernel::window", "a count"),
    ("free_energy_policy::states", "the clamped fixed points, which are bound"),
    ("rule/mod::update", "calls a rule by its name, as the bindings do"),
    ("rule/mod::clamped_phases", "an input of the fixed points, which are bound"),
    ("rule/mod::sees_hidden_winners", "what a rule reads"),
    ("rule/mod::map", "another number type"),
    ("rule/batch::observed", "an input"),
    ("rule/batch::fixed_point", "an accessor of the fixed point, which is bound"),
    ("rule/batch::candidate", "an accessor of the fixed point, which is bound"),
    ("rule/batch::q", "an accessor of the fixed point, which is bound"),
    ("rule/batch::configuration", "an input"),
    ("rule/batch::action", "an input"),
    ("rule/batch::advantage", "an input"),
    ("rule/batch::new", "an input"),
    ("rule/batch::with_fixed_points", "an input"),
    ("rule/batch::with_clamped", "an input"),
    ("rule/batch::trials", "an input"),
    ("rule/batch::size", "a count"),
    ("rule/batch::average", "bound with every rule, on batches of two"),
    ("rule/svpg_tpami::signal", "a factor of the update, which is bound"),
];

/// Every label of the chapters, with its chapter.
fn labels() -> BTreeMap<String, usize> {
    let prelude = chapters::prelude();
    let of = |number: usize| {
        let read = Chapter::new(&chapter(number), (number > 1).then_some(&prelude)).unwrap();
        read.labels().into_iter().map(|label| (label.to_owned(), number)).collect::<Vec<_>>()
    };
    (1..=chapters::CHAPTERS.len()).flat_map(of).collect()
}

/// The files of `reference/src`, by path without `.rs`, each up to its tests.
fn modules() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference/src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().with_extension("");
        let name =
            name.components().map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("/");
        let text = std::fs::read_to_string(path).unwrap();
        (name, text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned())
    };
    files.into_iter().map(read).filter(|(name, _)| name != "testing" && !name.ends_with("/tests")).collect()
}

/// The labels that the comments of a file name, such as E1 or M7i.
fn named(text: &str) -> BTreeSet<&str> {
    let comments = text.lines().filter_map(|line| line.split_once("//").map(|(_, comment)| comment));
    let words = comments.flat_map(|comment| comment.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words
        .filter(|word| match word.as_bytes() {
            [b'N' | b'E' | b'M' | b'L' | b'F' | b'W' | b'P' | b'S', b'1'..=b'9', rest @ ..] => {
                rest.first().is_none_or(u8::is_ascii_lowercase) && !rest.iter().any(u8::is_ascii_uppercase)
            }
            _ => false,
        })
        .collect()
}

/// The file of a rule. A new rule does not compile until it is listed here, and the test fails
/// until it is bound.
fn file_of(rule: &Rule<f64>) -> &'static str {
    match rule {
        Rule::Svpg => "rule/svpg",
        Rule::SvpgBmvc => "rule/svpg_bmvc",
        Rule::SvpgTpami(_) => "rule/svpg_tpami",
        Rule::Implicit => "rule/implicit",
        Rule::TwoPhase => "rule/two_phase",
        Rule::Nudged { .. } => "rule/nudged",
        Rule::Exact => "rule/exact",
    }
}

fn is_bound(item: &str) -> bool {
    table().any(|binding| binding.item == item)
}

#[test]
fn every_claim_that_the_model_asks_for_is_there() {
    let labels = labels();
    for label in ASKED {
        assert!(labels.contains_key(*label), "no chapter has the claim {label}");
    }
}

#[test]
fn every_binding_has_its_claim_and_every_file_names_its_labels() {
    let (labels, modules) = (labels(), modules());
    let mut silent = BTreeSet::new();
    for binding in table() {
        let (item, label) = (binding.item, binding.label);
        assert_eq!(
            labels.get(label),
            Some(&binding.chapter),
            "{item} is bound to {label} of another chapter"
        );
        let (file, _) = item.rsplit_once("::").unwrap();
        // M7 also covers M7a.
        let general = label.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let named = named(&modules[file]);
        if !named.contains(label) && !named.contains(general) {
            silent.insert(format!("{file}.rs does not name {label}, which derives {item}"));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_label_in_the_reference_is_a_claim() {
    let labels = labels();
    let mut total = 0;
    for (file, text) in modules() {
        for label in named(&text) {
            assert!(labels.contains_key(label), "{file}.rs names {label}, and no chapter has such a claim");
            total += 1;
        }
    }
    assert!(total > 30, "{total} labels found: comments are no longer read");
}

#[test]
fn every_public_function_is_bound_or_no_quantity() {
    let mut functions = BTreeSet::new();
    for (file, text) in modules() {
        for line in text.lines().map(str::trim_start) {
            let Some(rest) = line.strip_prefix("pub fn ") else { continue };
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            functions.insert(format!("{file}::{name}"));
        }
    }
    let covers = |exempt: &str, item: &str| {
        item == exempt || (exempt.ends_with(['/', ':']) && item.starts_with(exempt))
    };
    for item in &functions {
        let exempt = NO_QUANTITY.iter().any(|(exempt, _)| covers(exempt, item));
        assert!(is_bound(item) || exempt, "{item} is bound to no claim");
        assert!(!(is_bound(item) && exempt), "{item} is bound, and listed as no quantity");
    }
    for (exempt, reason) in NO_QUANTITY {
        assert!(functions.iter().any(|item| covers(exempt, item)), "{exempt} ({reason}) is no function");
    }
    for binding in table() {
        assert!(functions.contains(binding.item), "{} is no function", binding.item);
    }
}

#[test]
fn every_rule_is_bound_in_both_programs() {
    let options = Options { algorithm: Algorithm::Reinforce, entropy: 0.0 };
    let rules = [
        Rule::Svpg,
        Rule::SvpgBmvc,
        Rule::SvpgTpami(options),
        Rule::Implicit,
        Rule::TwoPhase,
        Rule::Nudged { beta: 0.1, centred: false },
        Rule::Exact,
    ];
    let files: BTreeSet<&str> = rules.iter().map(file_of).collect();
    for file in &files {
        assert!(is_bound(&format!("{file}::update")), "the rule of {file}.rs is bound to no claim");
    }
    let is_rule = |file: &str| file.starts_with("rule/") && file != "rule/mod" && file != "rule/batch";
    for file in modules().keys().filter(|file| is_rule(file)) {
        assert!(files.contains(file.as_str()), "{file}.rs is the file of no rule");
    }
    let prelude = chapters::prelude();
    for number in 2..=chapters::CHAPTERS.len() {
        for rule in Chapter::new(&chapter(number), Some(&prelude)).unwrap().rules() {
            let call = format!("{rule}(");
            let bound =
                |item: &str, written: &str| item == format!("rule/{rule}::update") && written.contains(&call);
            let alone = CHAPTERS_ALONE.iter().any(|(name, _)| *name == rule);
            assert!(
                table().any(|binding| bound(binding.item, binding.written)) != alone,
                "the rule {rule} of chapter {number} is bound to no rule of the reference, or bound and listed as unbound"
            );
        }
    }
}
