//! Virtual environments of Python below `target/`, and the lists of their packages in
//! `tests/python/`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the build: `target/`, unless the user chose another.
pub(crate) fn target() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().expect("it is below the folder of the build").to_owned()
}

/// The interpreter of the environment with the packages of `tests/python/NAME.txt`. It is created
/// if it does not exist. Without Python, this fails: no test is skipped.
pub(crate) fn environment(name: &str) -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let below = target().join("python");
    fs::create_dir_all(&below).unwrap_or_else(|error| panic!("{}: {error}", below.display()));
    // Tests run in parallel, in threads or processes; one of them creates it.
    let lock = File::create(below.join(format!("{name}.lock"))).expect("the folder was just made");
    lock.lock().expect("the file system can lock");
    let base = std::env::var_os("SVPG_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(&base)
        .arg(scripts.join("environment.py"))
        .arg(scripts.join(format!("{name}.txt")))
        .arg(below.join(name))
        .output()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; install Python 3.11 or later, or name it in SVPG_PYTHON", base.display())
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim_end());
    PathBuf::from(String::from_utf8(output.stdout).expect("a path is UTF-8").trim_end())
}
