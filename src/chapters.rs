//! The derivation chapters and the chapters that must fail, from `derivations/`.

use std::sync::Arc;

use svpg_check::Source;

/// Name and text of every file in a folder, in the order of the names, from `build.rs`.
macro_rules! files {
    ($folder:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $folder, ".rs"))
    };
}

/// Every chapter, in reading order.
pub const CHAPTERS: &[(&str, &str)] = files!("derivations");

/// Every file with a deliberate error.
pub const MUST_FAIL: &[(&str, &str)] = files!("must-fail");

/// Every file of false claims, none of which may hold.
pub const MUST_NOT_HOLD: &[(&str, &str)] = files!("must-not-hold");

/// The list of mutants that are equivalent to the original.
pub const EQUIVALENT_MUTANTS: &str = include_str!("../derivations/equivalent-mutants.md");

/// A built-in file as a source. Diagnostics name its path in the repository.
pub fn source(folder: &str, file: &(&str, &str)) -> Arc<Source> {
    Source::new(format!("{folder}/{}", file.0), file.1)
}

/// The chapter whose definitions `network` brings into scope.
pub fn prelude() -> Arc<Source> {
    source("derivations", &CHAPTERS[0])
}
