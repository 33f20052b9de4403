//! A kernel without twin, test of its vector code, or comparison with f64 in `svpg verify` fails
//! here.

use std::fs;
use std::path::Path;
use svpg::verify::kernel::Twin;

/// Folders of `src/kernel/` that hold no kernel.
const NO_KERNEL: [&str; 1] = ["simd"];

/// What a kernel lacks, in words.
fn missing(root: &Path, kernel: &str) -> Vec<String> {
    let text = |path: String| fs::read_to_string(root.join(&path)).map_err(|_| format!("{path} is missing"));
    let holds = |path: String, needles: &[&str]| match text(path.clone()) {
        Ok(text) => needles
            .iter()
            .filter(|needle| !text.contains(*needle))
            .map(|needle| format!("{path} holds no `{needle}`"))
            .collect(),
        Err(missing) => vec![missing],
    };
    let folder = format!("src/kernel/{kernel}");
    [
        holds(format!("{folder}/mod.rs"), &["pub mod twin;", "#[cfg(test)]\nmod tests;", "//! "]),
        holds(format!("{folder}/twin.rs"), &["pub fn "]),
        holds(format!("{folder}/tests.rs"), &["#[test]", "twin", "level"]),
        holds("src/kernel/mod.rs".to_owned(), &[&format!("\npub mod {kernel};")]),
    ]
    .concat()
}

#[test]
fn every_kernel_has_twin_tests_and_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = fs::read_dir(root.join("src/kernel")).expect("the kernels' folder is there");
    let mut kernels: Vec<String> = folders
        .map(|entry| entry.expect("an entry of a folder that was opened"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("names are ASCII"))
        .filter(|name| !NO_KERNEL.contains(&name.as_str()))
        .collect();
    kernels.sort_unstable();
    assert!(kernels.len() >= 7, "{kernels:?}");
    let lacks: Vec<String> = kernels.iter().flat_map(|kernel| missing(root, kernel)).collect();
    assert!(lacks.is_empty(), "{}", lacks.join("\n"));
    // And `svpg verify` compares them all, and nothing else.
    let mut compared = Twin::ALL.map(Twin::folder).to_vec();
    compared.sort_unstable();
    compared.dedup();
    assert_eq!(kernels, compared);
}

/// The judge itself: a kernel that is not there lacks everything.
#[test]
fn a_kernel_without_files_lacks_them() {
    assert_eq!(missing(Path::new(env!("CARGO_MANIFEST_DIR")), "unwritten").len(), 4);
}
