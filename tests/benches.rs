//! Every kernel has a bench, every bench runs, and the committed table of instruction counts has a
//! line for each.

#[allow(dead_code, reason = "throughput is for the times")]
#[path = "../benches/kernels/mod.rs"]
mod kernels;

use std::collections::BTreeSet;
use std::path::Path;
use svpg::kernel::simd::Level;
use svpg::verify::kernel::KERNELS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_kernel_has_a_bench() {
    let folders: BTreeSet<&str> = KERNELS.iter().map(|kernel| kernel.folder).collect();
    let covered: BTreeSet<&str> = kernels::ALL.iter().flat_map(|kernel| kernel.covers).copied().collect();
    assert_eq!(covered, folders, "left: covered by benches/kernels, right: KERNELS");
}

#[test]
fn every_bench_runs() {
    for kernel in kernels::ALL {
        for level in Level::all() {
            let mut run = (kernel.prepare)(level, 2);
            (0..2).for_each(|_| run());
        }
    }
}

#[test]
fn the_table_of_instruction_counts_has_a_line_for_every_bench() {
    let table = std::fs::read_to_string(root().join("benches/kernel_instructions.txt")).expect("a table");
    let found: Vec<&str> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.rsplit_once(' ')?.0))
        .collect();
    let expected: Vec<String> = kernels::ALL
        .iter()
        .flat_map(|kernel| ["baseline", "avx2"].map(|isa| format!("{} {isa}", kernel.name)))
        .collect();
    assert_eq!(found, expected, "write it anew: cargo bench --bench kernel_instructions -- --write");
}
