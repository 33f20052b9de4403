//! The report as a person reads it.

mod claims;
mod conclusion;
mod controls;

use std::fmt::Write as _;

use super::Report;
use super::gap::BLOCKS;

/// Whether to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences of a terminal.
    Terminal,
    /// Plain text.
    None,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colour::Terminal => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colour::None => text.to_owned(),
        }
    }

    fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    fn bad(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    fn quiet(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// The whole report.
pub fn render(report: &Report, colour: Colour) -> String {
    let mut out = String::new();
    let write = &mut out;
    let _ = writeln!(
        write,
        "svpg {} · seed {} · every link in every class (shape × wiring × convention), three ways: exactly, by finite \
         differences, in high precision",
        report.version, report.seed
    );
    redefined(write, report, colour);
    claims::claims(write, report, colour);
    rules(write, report, colour);
    claims::refuted(write, report, colour);
    gaps(write, report, colour);
    controls::controls(write, report, colour);
    kernels(write, report, colour);
    published(write, report, colour);
    conclusion::conclusion(write, report, colour);
    out
}

/// `1 class`, `2 classes`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn redefined(out: &mut String, report: &Report, colour: Colour) {
    for found in &report.redefined {
        let _ = writeln!(
            out,
            "{} `{}` is defined anew at {}: from there on it does not mean what {} defines",
            colour.strong("note:"),
            found.name,
            found.place,
            found.original
        );
    }
}

fn rules(out: &mut String, report: &Report, colour: Colour) {
    if report.rules.is_empty() {
        return;
    }
    let title = "Rules, and over how many synapses the farthest factor of each comes";
    let _ = writeln!(out, "\n{}", colour.strong(title));
    let name = report.rules.iter().map(|rule| rule.name.chars().count()).max().unwrap_or(0);
    for rule in &report.rules {
        let reach = match rule.hops {
            None => "nonlocal".to_owned(),
            Some(hops) => format!("local, {}", counted(hops, "hop", "hops")),
        };
        let _ = writeln!(out, "  {:<name$}  {reach:<14}  {}", rule.name, colour.quiet(&rule.place));
    }
}

fn gaps(out: &mut String, report: &Report, colour: Colour) {
    if report.gaps.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong("Expected update of each rule against the true gradient"));
    let _ = writeln!(
        out,
        "  Mean-field gradient through the fixed point; one-step task, reward 1 for one action, advantage = reward - 1;\n  \
         32 random networks of 4 states, 3×3 hidden units, 3 actions, by enumeration. Angle, and length over the gradient's."
    );
    let _ = write!(out, "  {:<11}", "");
    for block in BLOCKS {
        let _ = write!(out, "{block:>16}");
    }
    let _ = writeln!(out);
    for gap in &report.gaps {
        let _ = write!(out, "  {:<11}", gap.rule);
        for block in &gap.blocks {
            let cell = match block.angle {
                Some(angle) => format!("{angle:.1}° × {:.2}", block.length),
                None => "no update".to_owned(),
            };
            let _ = write!(out, "{cell:>16}");
        }
        let _ = writeln!(out);
    }
    let _ = writeln!(
        out,
        "  In words: in expectation the published rules leave every hidden synapse (hh, sh, b_H) where it is: svpg and\n  \
         svpg-tpami give it nothing, and svpg-bmvc moves hidden biases only, by the mean advantage and not by what the\n  \
         unit did. On action units svpg-tpami weighs each action's gradient by one minus its probability. An equally\n  \
         local rule, two-phase, does assign credit to hidden units.\n  \
         There is a rule as local as the published one that is the exact gradient of the policy that the network acts by: clamped\n  \
         weakly, in the limit, two phases give it on every block (chapter Exact and local, W2)."
    );
}

/// A line a kernel, a column an instruction set.
fn kernels(out: &mut String, report: &Report, colour: Colour) {
    let Some(first) = report.kernels.first() else { return };
    let sets: Vec<&str> =
        report.kernels.iter().take_while(|row| row.id == first.id).map(|row| row.isa.as_str()).collect();
    let pass = report.kernels.iter().filter(|row| row.passes()).count();
    let title = format!(
        "Kernels: {pass} of {} equal their scalar twin in every bit and agree with f64",
        report.kernels.len()
    );
    let _ = writeln!(out, "\n{}", colour.strong(&title));
    let _ = writeln!(out, "  Largest error in ulp of f32 at the result's scale, by instruction set:");
    let _ = write!(out, "  {:<11}{:>8}", "", "allowed");
    for set in &sets {
        let _ = write!(out, "{set:>10}");
    }
    let _ = writeln!(out);
    for rows in report.kernels.chunks(sets.len()) {
        let _ = write!(out, "  {:<11}{:>8.2}", rows[0].id, rows[0].allowed_ulp);
        for row in rows {
            let cell = match row.max_ulp_vs_reference {
                _ if !row.bitwise_equal => "DIFFERS".to_owned(),
                error if error < 1e4 => format!("{error:.3}"),
                error => format!("{error:.0e}"),
            };
            let cell = format!("{cell:>10}");
            let _ = write!(out, "{}", if row.passes() { cell } else { colour.bad(&cell) });
        }
        let _ = writeln!(out);
    }
}

fn published(out: &mut String, report: &Report, colour: Colour) {
    let Some(check) = &report.published_size else { return };
    let _ = writeln!(
        out,
        "\n{}",
        colour.strong("Published size: 784 states, 20×10 hidden units, 10 actions, real images")
    );
    for block in &check.blocks {
        let verdict = if block.passed { colour.good("agrees") } else { colour.bad("DIFFERS") };
        let _ = writeln!(
            out,
            "  {:<9} {:<5} {:<4} {verdict}  {:>3} coordinates, error {:.1e} ≤ {:.1e}, derivatives up to {:.1e}",
            block.rule,
            block.convention,
            block.block,
            block.coordinates,
            block.max_error,
            block.bound,
            block.max_derivative
        );
    }
}
