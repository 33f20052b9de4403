//! Instructions of every kernel, counted by valgrind: `cargo bench --bench kernel_instructions`. Unlike times they are the same on a busy machine.
//!
//! Compares with `benches/kernel_instructions.txt` and exits with 1 where a count is more than 2 % off, in either direction: a gain, too, is to be
//! committed. `cargo bench --bench kernel_instructions -- --write` writes the table; so does every new compiler that moves it.
//!
//! The program runs itself under callgrind, twice a kernel: the difference of 11 executions and 1 is ten executions, without start and operands.
//! Valgrind knows no AVX-512.

#[allow(dead_code, reason = "elements are for times")]
mod kernels;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use svpg::isa::Isa;
use svpg::kernel::simd::Level;

/// Part of a count that a change may add or take.
const ALLOWED: f64 = 0.02;

/// The instruction sets that valgrind knows and this machine has.
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
    count.unwrap_or_else(|| panic!("valgrind counts nothing: {text}"))
}

/// Runs a kernel, under valgrind.
fn execute(kernel: &str, isa: &str, times: u32) {
    let level = Level::all().find(|level| level.isa().to_string() == isa).expect("an instruction set");
    let kernel = kernels::ALL.into_iter().find(|one| one.name == kernel).expect("the name of a kernel");
    let mut run = (kernel.prepare)(level);
    for _ in 0..times {
        run();
    }
}

/// The count of the line that starts with `name`.
fn committed(table: &str, name: &str) -> Option<u64> {
    table.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().position(|argument| argument == name);
    if let Some(at) = flag("--execute") {
        execute(&arguments[at + 1], &arguments[at + 2], arguments[at + 3].parse().expect("a count"));
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernel_instructions.txt");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let mut new = "# Instructions of one execution, by kernel and instruction set. Written by benches/kernel_instructions.rs.\n".to_owned();
    let mut moved = false;
    for kernel in kernels::ALL {
        for level in levels() {
            let name = format!("{} {} ", kernel.name, level.isa());
            let count = |times| counted(kernel.name, level.isa(), times);
            let found = (count(11) - count(1)) / 10;
            let change = committed(&old, &name).map(|old| found as f64 / old as f64 - 1.0);
            let change_text =
                change.map_or("not in the table".to_owned(), |c| format!("{:+.2} %", 100.0 * c));
            println!("{name}{found} ({change_text})");
            moved |= change.is_none_or(|change| change.abs() > ALLOWED);
            writeln!(new, "{name}{found}").expect("a string takes all");
        }
    }
    if flag("--write").is_some() {
        std::fs::write(&path, new).expect("the table can be written");
    } else if moved {
        println!("counts moved: find out why, then write the table anew with -- --write");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
