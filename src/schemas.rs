//! JSON Schemas (draft 2020-12) of the formats that svpg reads and writes, one file each in
//! `schemas/`. Those of `config.toml` and `plan.toml` are for their
//! content, whose types JSON has too.
//!
//! A schema says which keys a document has, which of them may be left out, and of which type and
//! range their values are. It does not say that the lengths of arrays agree, that a matrix is
//! symmetric, or that probabilities add up to 1: the reader checks these too. Each file needs no
//! other file. A definition that several files have is the same in all of them.
//!
//! A new format needs a file in `schemas/` and its line in [`SCHEMAS`]; `tests/schemas/` fails
//! until it has a document of the format.

use serde::Deserialize;

/// The schema of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The name of the format with its version, as in the key `schema` of its documents; the lines
    /// of `metrics.jsonl` have no such key.
    pub name: &'static str,
    /// The schema as JSON text.
    pub text: &'static str,
}

macro_rules! schema {
    ($name:literal) => {
        Schema { name: $name, text: include_str!(concat!("../schemas/", $name, ".schema.json")) }
    };
}

/// Every schema.
pub const SCHEMAS: [Schema; 21] = [
    schema!("svpg-case/1"),
    schema!("svpg-answer/1"),
    schema!("svpg-trajectory/1"),
    schema!("svpg-trajectory-answer/1"),
    schema!("svpg-expectation/1"),
    schema!("svpg-expectation-answer/1"),
    schema!("svpg-envelope/1"),
    schema!("svpg-error/1"),
    schema!("svpg-comparison/1"),
    schema!("svpg-summary/1"),
    schema!("svpg-comparison-certificate/1"),
    schema!("svpg-vectors/3"),
    schema!("svpg-verify/1"),
    schema!("svpg-run/2"),
    schema!("svpg-metrics/1"),
    schema!("svpg-certificate/1"),
    schema!("svpg-eval/1"),
    schema!("svpg-gradient/1"),
    schema!("svpg-plan/1"),
    schema!("svpg-study-result/1"),
    schema!("svpg-study/1"),
];

impl Schema {
    /// What a document of the format is, in a few words.
    ///
    /// # Panics
    /// If the file has no title. A test excludes this.
    pub fn title(&self) -> String {
        #[derive(Deserialize)]
        struct Titled {
            title: String,
        }
        let titled: Titled = serde_json::from_str(self.text).expect("every schema is JSON with a title");
        titled.title
    }
}
