//! Fails if `svpg verify` does not compare a kernel, or if a kernel has no tests.

use std::collections::BTreeSet;
use std::path::Path;
use svpg::verify::kernel::KERNELS;

/// Folders of `src/kernel/` without a kernel.
const NO_KERNEL: [&str; 1] = ["simd"];

/// Kernels in f64. `svpg verify` does not compare them, because it counts in ulp of f32; their own
/// tests compare every bit with the twin on every instruction set.
const IN_F64: [&str; 1] = ["elimination"];

#[test]
fn every_kernel_is_compared_and_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kernel");
    let entries = std::fs::read_dir(&root).expect("the kernels' folder is there");
    let folders: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry of a folder that was opened"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("names are ASCII"))
        .filter(|name| !NO_KERNEL.contains(&name.as_str()))
        .collect();
    let compared = KERNELS.iter().map(|kernel| kernel.folder).chain(IN_F64);
    let compared: BTreeSet<String> = compared.map(str::to_owned).collect();
    assert_eq!(folders, compared, "left: folders of src/kernel, right: KERNELS and those in f64");
    for folder in folders {
        for file in ["mod.rs", "twin.rs", "tests.rs"] {
            assert!(root.join(&folder).join(file).is_file(), "src/kernel/{folder}/{file} is missing");
        }
    }
}
