//! The report as a person reads it.

use std::fmt::Write as _;

use svpg_check::{Counterexample, Verdict};

use super::gap::BLOCKS;
use super::{Claim, Report};

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
    claims(write, report, colour);
    refuted(write, report, colour);
    gaps(write, report, colour);
    controls(write, report, colour);
    kernels(write, report, colour);
    published(write, report, colour);
    conclusion(write, report, colour);
    out
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

fn claims(out: &mut String, report: &Report, colour: Colour) {
    let id = report.claims.iter().map(|claim| claim.report.id.chars().count()).max().unwrap_or(0);
    let mut chapter = "";
    for claim in &report.claims {
        if claim.report.chapter != chapter {
            chapter = &claim.report.chapter;
            let _ = writeln!(out, "\n{}", colour.strong(chapter));
        }
        let verdict = format!("{:<9}", claim.report.verdict.as_str());
        let verdict = match (claim.report.as_expected, claim.report.verdict) {
            (false, _) => colour.bad(&verdict),
            (true, Verdict::Holds | Verdict::Sampled) => colour.good(&verdict),
            (true, _) => colour.paint("33", &verdict),
        };
        let mark = if claim.report.as_expected { " " } else { "!" };
        let _ = writeln!(out, "{mark} {:<id$}  {verdict}  {}", claim.report.id, claim.report.title);
        let _ = writeln!(out, "  {:id$}             {}", "", colour.quiet(&how(claim)));
        if !claim.report.as_expected {
            unexpected(out, claim, colour);
        }
    }
}

fn how(claim: &Claim) -> String {
    if let Some(measurement) = &claim.measurement {
        return format!("measured: {}", measurement.statement);
    }
    let tiers = &claim.report.tiers;
    let (exact, difference, high) = (&tiers.exact, &tiers.finite_difference, &tiers.high_precision);
    if matches!(claim.report.verdict, Verdict::Sampled | Verdict::Unchecked)
        && let Some(reason) = &claim.report.reason
    {
        return reason.clone();
    }
    if claim.report.verdict == Verdict::Sampled && exact.points == 0 {
        return format!(
            "inequality: held at {} points, with balls and in f64; nothing is proved",
            high.points
        );
    }
    if claim.report.verdict == Verdict::Refuted {
        return match &claim.report.counterexample {
            Some(found) => {
                let (left, right) = (shortened(&found.left), shortened(&found.right));
                format!("smallest counterexample: {left} against {right}")
            }
            None => "refuted".to_owned(),
        };
    }
    let mut line = format!(
        "exact in {} classes of {} shapes, error < 2^{:.0} · differences {} ≤ {} · {} bits {}",
        exact.classes,
        exact.shapes,
        exact.error_probability.log2().ceil().min(0.0),
        small(difference.max_error),
        small(difference.bound),
        high.bits,
        small(high.max_error),
    );
    if claim.report.where_both_have_a_value {
        line.push_str(" · where both sides have a value");
    }
    if !claim.report.short.is_empty() {
        let _ = write!(line, " · on the shapes tried: {}", claim.report.short.join("; "));
    }
    line
}

/// Two digits of a small number.
fn small(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.0e}") }
}

/// A fraction may have thousands of digits; the JSON has them all.
fn shortened(value: &str) -> String {
    const LONGEST: usize = 96;
    if value.len() <= LONGEST {
        return value.to_owned();
    }
    format!("{}… ({} digits)", &value[..24], value.bytes().filter(u8::is_ascii_digit).count())
}

fn unexpected(out: &mut String, claim: &Claim, colour: Colour) {
    let _ = writeln!(
        out,
        "    {} expected {}, found {} ({})",
        colour.bad("not as expected:"),
        claim.report.expected,
        claim.report.verdict.as_str(),
        claim.report.place
    );
    for link in &claim.report.links {
        if link.verdict != Verdict::Holds {
            let because =
                link.because.as_ref().map(|text| format!(" because \"{text}\"")).unwrap_or_default();
            let _ =
                writeln!(out, "    {:<9} {}{because} ({})", link.verdict.as_str(), link.equation, link.place);
            if let Some(reason) = &link.reason {
                let _ = writeln!(out, "              {reason}");
            }
        }
    }
    if let Some(found) = &claim.report.counterexample {
        counterexample(out, found, "    ");
    }
}

fn counterexample(out: &mut String, found: &Counterexample, margin: &str) {
    let indices: Vec<String> =
        found.indices.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let _ = writeln!(out, "{margin}{}", found.equation);
    let _ = writeln!(
        out,
        "{margin}left {}, right {}  ·  {}, convention {}{}{}{}{}",
        shortened(&found.left),
        shortened(&found.right),
        found.shape,
        found.convention,
        if found.wiring.is_empty() { "" } else { ", " },
        found.wiring,
        if indices.is_empty() { "" } else { ", " },
        indices.join(", ")
    );
    for (name, values) in &found.network {
        let _ = writeln!(out, "{margin}  {name} = {values}");
    }
    let _ = writeln!(out, "{margin}  ({})", found.reading);
}

fn refuted(out: &mut String, report: &Report, colour: Colour) {
    let found: Vec<&Claim> = report
        .claims
        .iter()
        .filter(|claim| claim.report.as_expected && claim.report.verdict == Verdict::Refuted)
        .collect();
    if found.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong("Refuted, as expected: what is not so"));
    for claim in found {
        let _ = writeln!(out, "  {}  {}", claim.report.id, claim.report.title);
        if let Some(found) = &claim.report.counterexample {
            counterexample(out, found, "      ");
        }
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

fn controls(out: &mut String, report: &Report, colour: Colour) {
    if !report.controls.is_empty() || !report.stale_reasons.is_empty() {
        let refuted = report.controls.iter().filter(|control| control.refuted).count();
        let line = format!(
            "Negative controls: {refuted} of {} wrong links and rules refuted; {} more are the original in another \
             form, each checked and listed",
            report.controls.len(),
            report.equivalent_mutants.len()
        );
        let _ = writeln!(out, "\n{}", colour.strong(&line));
        for control in report.controls.iter().filter(|control| !control.refuted) {
            let _ = writeln!(
                out,
                "  {} {} [{}]: {}{}",
                colour.bad("survives"),
                control.id,
                control.mutation,
                super::report::key(control),
                if control.equivalent.is_some() {
                    " (equal to the original everywhere: list it with its reason)"
                } else {
                    ""
                }
            );
        }
        for stale in &report.stale_reasons {
            let known = report.controls.iter().any(|control| super::report::key(control) == *stale);
            let what =
                if known { "listed as equivalent, but it is not:" } else { "listed, but names no mutant:" };
            let _ = writeln!(out, "  {} {stale}", colour.bad(what));
        }
    }
    let kinds = [
        ("Files that must be refused", "not refused", &report.must_fail),
        ("False claims that must not hold", "wrong verdict", &report.must_not_hold),
    ];
    for (title, wrong, cases) in kinds.into_iter().filter(|(.., cases)| !cases.is_empty()) {
        let right = cases.iter().filter(|case| case.ok).count();
        let _ = writeln!(out, "{}", colour.strong(&format!("{title}: {right} of {}", cases.len())));
        for case in cases.iter().filter(|case| !case.ok) {
            let _ = writeln!(
                out,
                "  {} {}: expected {}, found {}",
                colour.bad(wrong),
                case.file,
                case.expected,
                case.found
            );
        }
    }
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

/// What is wrong with the controls, where the claims alone do not say why a report failed.
fn unlisted(report: &Report) -> String {
    let survive = report.controls.iter().filter(|control| !control.refuted).count();
    let stale = report.stale_reasons.len();
    let mut text = String::new();
    if survive > 0 {
        let _ = write!(text, "; {survive} wrong versions survive and are not listed");
    }
    if stale > 0 {
        let _ = write!(text, "; {stale} listed mutants are not equivalent or do not exist");
    }
    text
}

fn conclusion(out: &mut String, report: &Report, colour: Colour) {
    let claims = report.claims.len();
    let expected = report.claims.iter().filter(|claim| claim.report.as_expected).count();
    let _ = writeln!(
        out,
        "\n{} {expected} of {claims} claims have the expected verdict{}.",
        if report.ok { colour.good("ok") } else { colour.bad("FAILED") },
        unlisted(report)
    );
    let limits = format!(
        "Not proved: shapes other than the {} tried; each claim's are in the JSON report. An equality that holds was compared exactly\n\
         in every class of a shape, a wiring and a convention; the stated probability is that of missing a difference in the worst\n\
         of them. Inequalities, and branches chosen by values, are samples.",
        report.shapes_tried.len()
    );
    let _ = writeln!(out, "{}", colour.quiet(&limits));
}
