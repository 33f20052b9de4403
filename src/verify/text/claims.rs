//! The verdict of each claim, and the counterexamples.

use std::fmt::Write as _;

use svpg_check::{ClaimReport, Counterexample, LinkReport, Verdict};

use super::{Colour, counted};
use crate::verify::{Claim, Report};

/// Two lines per claim: its verdict, and how it was checked.
pub(super) fn claims(out: &mut String, report: &Report, colour: Colour) {
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
            unexpected(out, &claim.report, colour);
        }
    }
}

fn how(claim: &Claim) -> String {
    if let Some(measurement) = &claim.measurement {
        return format!("measured: {}", measurement.statement);
    }
    match (claim.report.verdict, &claim.report.reason, &claim.report.counterexample) {
        (Verdict::Sampled, reason, _) if claim.proved_for_every_size => {
            let reason = reason.as_deref().unwrap_or(claim.report.verdict.as_str());
            format!("proved for every size; {reason}")
        }
        (Verdict::Sampled | Verdict::Unchecked, Some(reason), _) => reason.clone(),
        (Verdict::Sampled | Verdict::Unchecked, None, _) => claim.report.verdict.as_str().to_owned(),
        (Verdict::Refuted, _, Some(found)) => {
            let (left, right) = (shortened(&found.left), shortened(&found.right));
            format!("counterexample on the smallest network found: left {left}, right {right}")
        }
        (Verdict::Refuted, _, None) => "refuted".to_owned(),
        (Verdict::Holds, ..) if claim.proved_for_every_size => {
            format!("proved for every size; also checked {}", checked(&claim.report))
        }
        (Verdict::Holds, ..) => proved(&claim.report),
    }
}

/// How a claim was checked, and what that does not prove.
fn proved(claim: &ClaimReport) -> String {
    let mut line = checked(claim);
    if !claim.short.is_empty() {
        let _ = write!(line, " · {}", claim.short.join("; "));
    }
    line
}

fn checked(claim: &ClaimReport) -> String {
    let tiers = &claim.tiers;
    let (exact, difference, high) = (&tiers.exact, &tiers.finite_difference, &tiers.high_precision);
    let mut line = format!(
        "exactly, in {} ({}), error < 2^{:.0} · largest deviation: finite differences {} (bound {}); at {} bits {}",
        counted(exact.classes, "class", "classes"),
        counted(exact.shapes, "shape", "shapes"),
        exact.error_probability.log2().ceil().min(0.0),
        small(difference.max_error),
        small(difference.bound),
        high.bits,
        small(high.max_error),
    );
    if claim.where_both_have_a_value {
        line.push_str(" · where both sides have a value");
    }
    line
}

/// One digit of a small number.
fn small(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.0e}") }
}

/// A fraction can have thousands of digits. The JSON has all of them.
fn shortened(value: &str) -> String {
    const LONGEST: usize = 96;
    if value.len() <= LONGEST {
        return value.to_owned();
    }
    format!("{}… ({} digits)", &value[..24], value.bytes().filter(u8::is_ascii_digit).count())
}

fn unexpected(out: &mut String, claim: &ClaimReport, colour: Colour) {
    let chains = chains(claim);
    let what = deviation(claim, &chains);
    let _ = writeln!(out, "    {} {what} ({})", colour.bad("not as expected:"), claim.place);
    for (chain, (verdict, links)) in chains.iter().enumerate() {
        let wrong = !fits(&claim.expected, *verdict);
        for link in links.iter().filter(|link| wrong || link.verdict != Verdict::Holds) {
            let chain = if chains.len() > 1 { format!("chain {}  ", chain + 1) } else { String::new() };
            let because =
                link.because.as_ref().map(|text| format!(" because \"{text}\"")).unwrap_or_default();
            let _ = writeln!(
                out,
                "    {chain}{:<9} {}{because} ({})",
                link.verdict.as_str(),
                link.equation,
                link.place
            );
            if let Some(reason) = &link.reason {
                let _ = writeln!(out, "              {reason}");
            }
        }
    }
    if let Some(found) = &claim.counterexample {
        counterexample(out, found, "    ");
    }
}

/// Verdict and links of each chain.
fn chains(claim: &ClaimReport) -> Vec<(Verdict, Vec<&LinkReport>)> {
    let count = claim.links.iter().map(|link| link.chain + 1).max().unwrap_or(0);
    (0..count)
        .map(|chain| {
            let links: Vec<&LinkReport> = claim.links.iter().filter(|link| link.chain == chain).collect();
            let order = [Verdict::Refuted, Verdict::Unchecked, Verdict::Sampled];
            let found = order.into_iter().find(|&verdict| links.iter().any(|link| link.verdict == verdict));
            (found.unwrap_or(Verdict::Holds), links)
        })
        .collect()
}

/// Is this verdict of a chain permitted in a claim with this expectation?
fn fits(expected: &str, found: Verdict) -> bool {
    match expected {
        "sampled" => matches!(found, Verdict::Sampled | Verdict::Holds),
        "unchecked" => found != Verdict::Refuted,
        expected => found.as_str() == expected,
    }
}

/// What was expected, and what was found instead.
fn deviation(claim: &ClaimReport, chains: &[(Verdict, Vec<&LinkReport>)]) -> String {
    let expected = &claim.expected;
    let agree = claim.verdict.as_str() == expected && chains.iter().all(|(found, _)| fits(expected, *found));
    if agree && claim.counterexample.is_none() {
        return format!("expected {expected}, but no counterexample could be printed");
    }
    if chains.len() < 2 {
        return format!("expected {expected}, found {}", claim.verdict.as_str());
    }
    let found = chains.iter().enumerate().map(|(chain, (found, _))| {
        let mark = if fits(expected, *found) { "" } else { " (not as expected)" };
        format!("chain {} {}{mark}", chain + 1, found.as_str())
    });
    let every = if expected == "refuted" { " in every chain" } else { "" };
    format!("expected {expected}{every}, found {}", found.collect::<Vec<_>>().join(", "))
}

fn counterexample(out: &mut String, found: &Counterexample, margin: &str) {
    let _ = writeln!(out, "{margin}{}", found.equation);
    let mut place = vec![found.shape.clone(), format!("convention {}", found.convention)];
    place.extend((!found.wiring.is_empty()).then(|| found.wiring.clone()));
    place.extend(found.indices.iter().map(|(name, value)| format!("{name} = {value}")));
    let _ = writeln!(
        out,
        "{margin}left {}, right {}  ·  {}",
        shortened(&found.left),
        shortened(&found.right),
        place.join(", ")
    );
    for (name, values) in &found.network {
        let _ = writeln!(out, "{margin}  {name} = {values}");
    }
    let _ = writeln!(out, "{margin}  ({})", found.reading);
}

/// The counterexamples of claims that are expected to be refuted.
pub(super) fn refuted(out: &mut String, report: &Report, colour: Colour) {
    let found: Vec<&Claim> = report
        .claims
        .iter()
        .filter(|claim| claim.report.as_expected && claim.report.verdict == Verdict::Refuted)
        .collect();
    if found.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong("Refuted, as expected, with counterexamples"));
    for claim in found {
        let _ = writeln!(out, "  {}  {}", claim.report.id, claim.report.title);
        if let Some(found) = &claim.report.counterexample {
            counterexample(out, found, "      ");
        }
    }
}
