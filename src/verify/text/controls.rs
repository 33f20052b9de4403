//! Mutants that must be refuted, files that must be refused, false claims that must not hold.

use std::fmt::Write as _;

use svpg_check::ControlReport;

use super::{Colour, counted};
use crate::verify::Report;
use crate::verify::report::key;

/// The controls that survive, each once, and the files with a wrong result.
pub(super) fn controls(out: &mut String, report: &Report, colour: Colour) {
    if !report.controls.is_empty() || !report.stale_reasons.is_empty() {
        let refuted = report.controls.iter().filter(|control| control.refuted).count();
        let mut line = format!(
            "Negative controls: {refuted} of {} wrong links and rules refuted",
            report.controls.len()
        );
        match report.equivalent_mutants.len() {
            0 => {}
            1 => line += "; 1 more is equivalent to the original, checked and listed",
            more => {
                let _ = write!(line, "; {more} more are equivalent to the original, each checked and listed");
            }
        }
        let _ = writeln!(out, "\n{}", colour.strong(&line));
        survivors(out, report, colour);
        for stale in &report.stale_reasons {
            let known = report.controls.iter().any(|control| key(control) == *stale);
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

fn survivors(out: &mut String, report: &Report, colour: Colour) {
    let mut shown: Vec<&str> = Vec::new();
    for control in report.controls.iter().filter(|control| !control.refuted) {
        match line_of_rule(control).filter(|line| is_unconstrained(report, line)) {
            Some(line) if shown.contains(&line) => {}
            Some(line) => {
                shown.push(line);
                let count = report.controls.iter().filter(|other| line_of_rule(other) == Some(line)).count();
                let versions =
                    counted(count, "wrong version was not refuted", "wrong versions were not refuted");
                let _ = writeln!(
                    out,
                    "  {} {line}: no claim that holds constrains it; add one ({versions})",
                    colour.bad("unconstrained")
                );
            }
            None => {
                let mark = match control.equivalent {
                    Some(_) => "equal to the original: list it with its reason",
                    None => "not found equal to the original: add a claim that it breaks",
                };
                let _ = writeln!(
                    out,
                    "  {} {} [{}]: {} ({mark})",
                    colour.bad("survives"),
                    control.id,
                    control.mutation,
                    key(control)
                );
            }
        }
    }
}

/// The line of a rule that a control changes: `hebb.W` for `hebb.W.3`. `None` for a link of a
/// claim.
fn line_of_rule(control: &ControlReport) -> Option<&str> {
    (!control.id.contains('/')).then(|| control.id.rsplit_once('.').map(|(line, _)| line)).flatten()
}

/// Does every mutant of this line of a rule survive, without a known equivalence?
fn is_unconstrained(report: &Report, line: &str) -> bool {
    let listed = report.equivalent_mutants.iter().any(|mutant| mutant.id.starts_with(&format!("{line}.")));
    let mut versions = report.controls.iter().filter(|control| line_of_rule(control) == Some(line));
    !listed && versions.all(|control| !control.refuted && control.equivalent.is_none())
}
