//! A binding and its comparison.

use std::collections::BTreeMap;
use std::sync::Arc;

use svpg::chapters;
use svpg_check::{Source, quantity};
use svpg_reference::network::Update;

use crate::networks::{Both, networks};
use crate::{policies, process, rules, spikes};

/// A function of the reference, the claim that derives it, and the same quantity as an expression
/// of the chapter.
pub(crate) struct Binding {
    /// `file::function`, the file relative to `reference/src` without `.rs`.
    pub(crate) item: &'static str,
    /// The claim or measured statement that derives it.
    pub(crate) label: &'static str,
    /// The claim's chapter.
    pub(crate) chapter: usize,
    /// `for indices: expression`. For a [`Value::Update`], it contains `{indices}` and `{entry}`,
    /// and `{mask}` if the expression is not masked.
    pub(crate) written: &'static str,
    /// Families that the chapter declares, with their entries.
    pub(crate) families: &'static [(&'static str, &'static [f64])],
    /// The reference's value.
    pub(crate) value: Value,
}

/// The function that computes the reference's value.
pub(crate) enum Value {
    /// A number for all indices.
    Number(fn(&Both, &[usize]) -> f64),
    /// Numbers for the last index, given those before it.
    Vector(fn(&Both, &[usize]) -> Vec<f64>),
    /// An entry for every parameter, given the indices before `{indices}`.
    Update(fn(&Both, &[usize]) -> Update<f64>),
}

pub(crate) fn chapter(number: usize) -> Arc<Source> {
    chapters::source("derivations", &chapters::CHAPTERS[number - 1])
}

/// The chapter's values of `what` with the indices of each.
fn evaluated(binding: &Binding, both: &Both, what: &str) -> Vec<(Vec<usize>, f64)> {
    let prelude = chapters::prelude();
    let mut network = both.written.clone();
    let families = binding.families.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec()));
    network.families.extend(families);
    let prelude = (binding.chapter > 1).then_some(&prelude);
    let entries = quantity(&chapter(binding.chapter), prelude, &network, what);
    entries.unwrap_or_else(|e| panic!("{what}: {e}")).into_iter().map(|e| (e.indices, e.value)).collect()
}

impl Binding {
    /// Compares the values of both programs on one network: the largest value, or the place of a
    /// difference.
    fn compare(&self, both: &Both) -> Result<f64, String> {
        let mut largest = 0.0f64;
        let mut check = |what: &str, at: &[usize], found: f64, expected: f64| {
            largest = largest.max(expected.abs());
            // The tolerance of f64 relative to 256 bits, on networks of this size.
            if (found - expected).abs() <= 1e-12 * expected.abs().max(1.0) {
                return Ok(());
            }
            let Binding { item, label, chapter, .. } = self;
            Err(format!(
                "{item} against {label} of chapter {chapter}, {what} at {at:?}: {found} in the reference, {expected} in the chapter"
            ))
        };
        match self.value {
            Value::Number(number) => {
                for (at, expected) in evaluated(self, both, self.written) {
                    check(self.written, &at, number(both, &at), expected)?;
                }
            }
            Value::Vector(vector) => {
                let mut vectors = BTreeMap::new();
                for (at, expected) in evaluated(self, both, self.written) {
                    let (last, before) = at.split_last().expect("a vector has an index");
                    let found = vectors.entry(before.to_vec()).or_insert_with(|| vector(both, before));
                    check(self.written, &at, found[*last], expected)?;
                }
            }
            Value::Update(update) => {
                let mut updates = BTreeMap::new();
                for (parameter, indices, mask) in
                    [("W", "i, j", "mask[i,j] * "), ("U", "k, i", ""), ("b", "i", "")]
                {
                    let entry = format!("{parameter}[{}]", indices.replace(' ', ""));
                    let what = self
                        .written
                        .replace("{indices}", indices)
                        .replace("{entry}", &entry)
                        .replace("{mask}", mask);
                    for (at, expected) in evaluated(self, both, &what) {
                        let (before, place) = at.split_at(at.len() - indices.split(',').count());
                        let found = updates.entry(before.to_vec()).or_insert_with(|| update(both, before));
                        let found = match *place {
                            [k, i] if parameter == "U" => found.state[(k, i)],
                            [i, j] => found.recurrent[(i, j)],
                            [i] => found.bias[i],
                            _ => panic!("{what}: an entry with the indices {place:?}"),
                        };
                        check(&what, &at, found, expected)?;
                    }
                }
            }
        }
        Ok(largest)
    }
}

/// Compares every binding of a table on every network.
fn compare(table: &[Binding]) {
    let mut differences = Vec::new();
    for binding in table {
        match networks().map(|both| binding.compare(&both)).collect::<Result<Vec<f64>, String>>() {
            Ok(largest) if largest.iter().all(|&largest| largest < 1e-3) => {
                differences.push(format!("{}: all values of {} are zero", binding.item, binding.written));
            }
            Ok(_) => {}
            Err(difference) => differences.push(difference),
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn networks_and_policies_agree() {
    compare(policies::TABLE);
}

#[test]
fn rules_agree() {
    compare(rules::TABLE);
}

#[test]
fn decision_processes_agree() {
    compare(process::TABLE);
}

#[test]
fn spikes_agree() {
    compare(spikes::TABLE);
}
