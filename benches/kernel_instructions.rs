//! Instructions of every kernel, counted by valgrind: `cargo bench --bench kernel_instructions`.
//! Unlike times, the counts do not depend on other load of the machine.
//!
//! Compares with `benches/kernel_instructions.txt` and exits with 1 if a count differs by more than
//! 2 % in either direction: an improvement must be committed too. Names of kernels as arguments
//! select kernels. `cargo bench --bench kernel_instructions -- --write` writes a new table.
//!
//! The program runs itself under callgrind twice per kernel: the difference between three
//! executions and one is the count of two executions, without start and operands. Batches have four
//! samples. Valgrind does not support AVX-512. Counts depend on the compiler, whose version is in
//! the table, but hardly on the machine: the page size and the size of the environment change the
//! count by a few hundred instructions, which cancel in the difference.

#[allow(dead_code, reason = "throughput is for times, coverage for the test of the benches")]
mod kernels;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use svpg::kernel::isa::Isa;
use svpg::kernel::simd::Level;

/// Largest permitted relative change of a count.
const ALLOWED: f64 = 0.02;

/// Number of samples of a batch.
const SAMPLES: usize = 4;

/// The instruction sets that valgrind supports and this machine has.
fn levels() -> impl Iterator<Item = Level> {
    Level::all().filter(|level| level.isa() != Isa::Avx512)
}

/// Instructions of `times` executions, with start and end of the program.
fn counted(kernel: &str, isa: Isa, times: u32) -> u64 {
    let this = std::env::current_exe().expect("the program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["--execute", kernel, &isa.to_string(), &times.to_string()])
        .output()
        .expect("valgrind is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.filter(|_| output.status.success()).unwrap_or_else(|| panic!("valgrind counts nothing: {text}"))
}

/// Runs a kernel, under valgrind.
fn execute(kernel: &str, isa: &str, times: u32) {
    let level = Level::all().find(|level| level.isa().to_string() == isa).expect("an instruction set");
    let kernel = kernels::ALL.into_iter().find(|one| one.name == kernel).expect("the name of a kernel");
    let mut run = (kernel.prepare)(level, SAMPLES);
    for _ in 0..times {
        run();
    }
}

/// The count of the line that starts with `name`.
fn committed(table: &str, name: &str) -> Option<u64> {
    table.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// The compiler that cargo uses.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("a compiler");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [first, kernel, isa, times] = &arguments[..]
        && first == "--execute"
    {
        execute(kernel, isa, times.parse().expect("a count"));
        return ExitCode::SUCCESS;
    }
    let write = arguments.iter().any(|argument| argument == "--write");
    if let Some(unknown) = arguments
        .iter()
        .find(|&argument| argument != "--write" && kernels::ALL.iter().all(|one| one.name != argument))
    {
        println!("{unknown:?} is no kernel: give names of benches/kernels/mod.rs, or --write");
        return ExitCode::FAILURE;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernel_instructions.txt");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let compiler = compiler();
    let mut new = format!(
        "# Instructions of one execution, by kernel and instruction set, for batches of {SAMPLES}. Written by benches/kernel_instructions.rs.\n# {compiler}\n"
    );
    let mut moved = false;
    let named = |name: &str| write || arguments.is_empty() || arguments.iter().any(|one| one == name);
    for kernel in kernels::ALL.into_iter().filter(|kernel| named(kernel.name)) {
        for level in levels() {
            let name = format!("{} {} ", kernel.name, level.isa());
            let count = |times| counted(kernel.name, level.isa(), times);
            let found = (count(3) - count(1)) / 2;
            let change = committed(&old, &name).map(|old| found as f64 / old as f64 - 1.0);
            let change_text =
                change.map_or("not in the table".to_owned(), |c| format!("{:+.2} %", 100.0 * c));
            println!("{name}{found} ({change_text})");
            moved |= change.is_none_or(|change| change.abs() > ALLOWED);
            writeln!(new, "{name}{found}").expect("a string takes all");
        }
    }
    if write {
        std::fs::write(&path, new).expect("the table can be written");
    } else if moved {
        println!("counts moved: find out why, then write the table anew with -- --write");
        if !old.contains(&compiler) {
            println!("the table was written with another compiler than {compiler}");
        }
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
