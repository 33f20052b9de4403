//! The derivation chapters and the chapters that must fail, as they stand in `derivations/`.

use std::sync::Arc;

use svpg_check::Source;

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $folder, "/", $name)))),*]
    };
}

/// Name and text of every chapter, in reading order.
pub const CHAPTERS: &[(&str, &str)] = files!("derivations":
    "01-network.md",
);

/// Name and text of every file with a deliberate error.
pub const MUST_FAIL: &[(&str, &str)] = files!("derivations/must-fail":
);

/// The list of mutants that are the original under another name.
pub const EQUIVALENT_MUTANTS: &str = include_str!("../derivations/equivalent-mutants.md");

/// A built-in file as a source; diagnostics name it as it stands in the repository.
pub fn source(folder: &str, file: &(&str, &str)) -> Arc<Source> {
    Source::new(format!("{folder}/{}", file.0), file.1)
}

/// The chapter whose definitions `network` brings into scope.
pub fn prelude() -> Arc<Source> {
    source("derivations", &CHAPTERS[0])
}
