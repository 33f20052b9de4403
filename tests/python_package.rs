//! The Python package: installed into a virtual environment below `target/`, where its own tests
//! (`python/tests`) compare it with the program, and mypy compares it with its type stubs.
//!
//! Without Python, or if the package cannot be built, these tests fail; they are never skipped.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use support::python::{environment, target};

/// The interpreter of an environment in which the package is installed.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let python = environment("package");
    let scripts = python.parent().expect("an interpreter is in a folder");
    let before = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([scripts.to_owned()].into_iter().chain(std::env::split_paths(&before)));
    // The build tool, maturin, is in the environment. The dependencies that this build has compiled
    // are used again.
    let output = Command::new(&python)
        .args(["-m", "pip", "install", "--no-build-isolation", "--no-deps", "--force-reinstall"])
        .args(["--no-input", "--disable-pip-version-check", "--quiet"])
        .arg(package())
        .env("PATH", path.expect("a path of the system can be joined"))
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("the interpreter of the environment starts");
    assert!(output.status.success(), "the package could not be built:\n{}", said(&output));
    python
});

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a module of Python on the package, and returns what it said.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(&*PYTHON)
        .arg("-m")
        .args(arguments)
        .current_dir(package().join("tests"))
        .env("SVPG_BINARY", env!("CARGO_BIN_EXE_svpg"))
        .env_remove("SVPG_ISA")
        // Nothing is written into the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HYPOTHESIS_STORAGE_DIRECTORY", target().join("python/hypothesis"))
        .output()
        .expect("the interpreter of the environment starts");
    let said = said(&output);
    assert!(output.status.success(), "{arguments:?}:\n{said}");
    said
}

#[test]
fn tests_of_the_package_pass() {
    let said = run(&["pytest", "-q", "-p", "no:cacheprovider", "--durations=5", "."]);
    println!("{said}");
    let last = said.trim_end().lines().last().unwrap_or_default();
    assert!(last.contains(" passed"), "no test ran: {last}");
    assert!(!last.contains("skipped") && !last.contains("deselected"), "a test was skipped: {last}");
}

#[test]
fn the_package_has_the_types_of_its_stubs() {
    run(&["mypy.stubtest", "svpg._core"]);
    let cache = target().join("python/mypy-cache");
    run(&["mypy", "--strict", "--cache-dir", cache.to_str().expect("UTF-8"), "--package", "svpg"]);
}
