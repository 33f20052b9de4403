//! The report as text.

mod claims;
mod conclusion;
mod controls;

use std::fmt::Write as _;

use super::Report;
use super::gap::{BLOCKS, BlockGap, Gap, NETWORKS};

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
        "svpg {} · seed {} · every link in every class (shape × wiring × convention), in three ways: exactly, by finite \
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
            "{} `{}` is redefined at {}: from there on, the definition in {} does not apply",
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
    let title = "Locality of the rules (hops: synapses between a rule's synapse and its farthest factor)";
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
    let _ = writeln!(out, "\n{}", colour.strong("Expected update of each rule against two gradients"));
    let _ = writeln!(
        out,
        "  One-step task, reward 1 for one action; 32 random networks of 4 states, 3×3 hidden units, 3 actions, by\n  \
         enumeration. Each cell: angle to the gradient × length relative to it. The advantage of the published rules is reward - 1,\n  \
         that of the others is centred. `nudged 0.1` clamps with strength 0.1; `nudged ±0.1` is the centred form."
    );
    let _ = writeln!(
        out,
        "\n  Relative to the gradient of the mean-field policy, by which the published network selects its actions:"
    );
    gap_table(
        out,
        report.gaps.iter().filter(|gap| gap.policy == "mean-field").map(|gap| (gap, &gap.blocks)),
        false,
    );
    let _ = writeln!(out, "\n  Relative to the gradient of the policy in the second column:");
    gap_table(out, report.gaps.iter().filter(|gap| gap.centred).map(|gap| (gap, &gap.own_blocks)), true);
    for gap in report.gaps.iter().filter(|gap| gap.networks < NETWORKS) {
        let _ = writeln!(
            out,
            "  {} is measured on {} of the {NETWORKS} networks. On the others, an action is too unlikely for a negative clamp.",
            gap.rule, gap.networks
        );
    }
    let _ = writeln!(
        out,
        "\n  In expectation, the published rules do not train hidden synapses (hh, sh, b_H): the updates of svpg and svpg-tpami are\n  \
         zero there, and svpg-bmvc changes hidden biases only by the mean advantage. On action units, svpg-tpami weights the\n  \
         gradient of each action by one minus its probability. Two rules are equally local and train every block: two-phase is the\n  \
         exact gradient of the free-energy policy (F2). In the limit of weak clamping, nudged is that of the mean-field policy (W2)."
    );
}

fn gap_table<'a>(
    out: &mut String,
    rows: impl Iterator<Item = (&'a Gap, &'a Vec<BlockGap>)>,
    with_policy: bool,
) {
    let width = if with_policy { 25 } else { 12 };
    let _ = write!(out, "  {:<width$}", "");
    for block in BLOCKS {
        let _ = write!(out, "{block:>16}");
    }
    let _ = writeln!(out);
    for (gap, blocks) in rows {
        let name = if with_policy { format!("{:<12} {}", gap.rule, gap.policy) } else { gap.rule.clone() };
        let _ = write!(out, "  {name:<width$}");
        for block in blocks {
            let cell = match block.angle {
                Some(angle) => format!("{angle:.1}° × {:.2}", block.length),
                None => "no update".to_owned(),
            };
            let _ = write!(out, "{cell:>16}");
        }
        let _ = writeln!(out);
    }
}

/// One line per kernel, one column per instruction set.
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
    let _ = writeln!(out, "  Largest error in ulp of f32 at the scale of the result, per instruction set:");
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
