//! The example of `study.json` in the repository, for programs that read the format.

use super::{Place, tables};
use serde_json::Value;

fn without_hashes(text: &[u8]) -> Value {
    let mut document: Value = serde_json::from_slice(text).unwrap();
    document.as_object_mut().unwrap().remove("provenance").expect("it is there");
    document
}

#[test]
fn the_example_is_what_the_plan_of_the_tests_gives() {
    let place = Place::new();
    let out = place.finished("study");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/study/example/study.json");
    let example = std::fs::read(example).unwrap();
    assert_eq!(without_hashes(&tables(&out)["study.json"]), without_hashes(&example));
}

/// Every list of the document has the members that `docs/study.md` names, in every entry.
#[test]
fn the_documentation_names_every_member() {
    let example = include_str!("example/study.json");
    let documentation = include_str!("../../docs/study.md");
    let section = documentation.split("## `study.json`").nth(1).unwrap().split("\n## ").next().unwrap();
    let document: Value = serde_json::from_str(example).unwrap();
    for (key, value) in document.as_object().unwrap() {
        let row = section.lines().find(|row| {
            row.starts_with("| ") && row.split('|').nth(1).unwrap().contains(&format!("`{key}`"))
        });
        let row = row.unwrap_or_else(|| panic!("{key} is not documented"));
        let entries = match value {
            Value::Array(entries) => entries.as_slice(),
            Value::Object(_) => std::slice::from_ref(value),
            _ => continue,
        };
        assert!(!entries.is_empty(), "{key} has no example");
        for entry in entries {
            for member in entry.as_object().unwrap().keys() {
                assert!(row.contains(&format!("`{member}`")), "{key}.{member} is not in {row}");
            }
        }
    }
}
