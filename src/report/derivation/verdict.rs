//! The verdict of a claim: a mark, how it was checked, and its counterexample.

use svpg_check::{ClaimReport, Counterexample, Verdict};

use crate::report::html::{Table, definitions, escape, fold, paragraph};
use crate::verify::{Claim, Report};

/// The mark of a verdict.
pub(in crate::report) fn verdict_mark(verdict: &str, text: &str) -> String {
    format!("<span class=\"verdict {}\">{}</span>", escape(verdict), escape(text))
}

/// The marks of a claim.
pub(super) fn badges(claim: &Claim) -> String {
    let verdict = claim.report.verdict.as_str();
    let mut out = match (claim.report.as_expected, claim.report.verdict) {
        (true, Verdict::Refuted) => verdict_mark(verdict, "refuted, as expected"),
        (true, _) => verdict_mark(verdict, verdict),
        (false, _) => verdict_mark("unexpected", &format!("{verdict}, expected {}", claim.report.expected)),
    };
    if claim.measurement.is_some() {
        out += " ";
        out += &verdict_mark("measured", "measured");
    }
    if claim.proved_for_every_size {
        out += " ";
        out += &verdict_mark("proved", "proved for every size");
    }
    out
}

/// How the claim was checked, folded.
pub(super) fn details(claim: &Claim) -> String {
    let report = &claim.report;
    let mut out = String::new();
    if let Some(measurement) = &claim.measurement {
        out += &paragraph(&format!("Measured: {}", measurement.statement));
    }
    if let Some(reason) = &report.reason {
        out += &paragraph(reason);
    }
    if let Some(found) = &report.counterexample {
        out += &counterexample(found);
    }
    if claim.measurement.is_none() {
        out += &tiers(report);
    }
    for line in report.short.iter().filter(|_| !claim.proved_for_every_size) {
        out += &paragraph(line);
    }
    if report.where_both_have_a_value {
        out += &paragraph("The verdict is about the points at which both sides have a value.");
    }
    if !report.links.is_empty() {
        let mut table =
            Table::new(format!("Links of claim {}", report.id), ["link", "verdict", "reason given", "place"]);
        for link in &report.links {
            let because = link.because.clone().unwrap_or_default();
            table.row([link.equation.clone(), link.verdict.as_str().to_owned(), because, link.place.clone()]);
        }
        out += &table.html();
    }
    let summary = match (&report.counterexample, claim.measurement.is_some()) {
        (Some(_), _) => format!("Counterexample to {}", report.id),
        (None, true) => format!("How {} was measured", report.id),
        (None, false) => format!("How {} was checked", report.id),
    };
    fold(&summary, &out)
}

fn tiers(report: &ClaimReport) -> String {
    let (exact, difference, high) =
        (&report.tiers.exact, &report.tiers.finite_difference, &report.tiers.high_precision);
    let mut table =
        Table::new(format!("Checks of claim {}", report.id), ["check", "points", "instances", "result"]);
    let error = exact.error_probability.log2().ceil().min(0.0);
    let result = format!(
        "{} classes on {} shapes, probability of a wrong pass below 2^{error:.0}",
        exact.classes, exact.shapes
    );
    table.row(["exact".to_owned(), exact.points.to_string(), exact.instances.to_string(), result]);
    let result = format!("largest error {:.0e}, bound {:.0e}", difference.max_error, difference.bound);
    let (points, instances) = (difference.points.to_string(), difference.instances.to_string());
    table.row(["finite differences".to_owned(), points, instances, result]);
    let result = format!("largest relative error {:.0e} at {} bits", high.max_error, high.bits);
    table.row(["high precision".to_owned(), high.points.to_string(), high.instances.to_string(), result]);
    table.html()
}

/// A fraction can have thousands of digits.
fn shortened(value: &str) -> String {
    const LONGEST: usize = 120;
    match value.char_indices().nth(LONGEST) {
        None => value.to_owned(),
        Some((end, _)) => {
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            format!("{}… ({digits} digits)", &value[..end])
        }
    }
}

fn counterexample(found: &Counterexample) -> String {
    let mut rows = vec![
        ("equation", found.equation.clone()),
        ("left side", shortened(&found.left)),
        ("right side", shortened(&found.right)),
        ("network", found.shape.clone()),
        ("convention", found.convention.clone()),
    ];
    if !found.wiring.is_empty() {
        rows.push(("wiring", found.wiring.clone()));
    }
    rows.extend(found.indices.iter().map(|(name, value)| (name.as_str(), value.clone())));
    rows.extend(found.network.iter().map(|(name, value)| (name.as_str(), shortened(value))));
    format!("<div class=\"counterexample\">{}{}</div>", definitions(rows), paragraph(&found.reading))
}

/// What the report does not prove: claims that are not proved beyond some sizes, sampled, measured
/// or unchecked.
pub(in crate::report) fn unproved(report: &Report) -> Table {
    let mut table =
        Table::new("Claims that are not proved for every network", ["claim", "title", "verdict", "limit"]);
    for claim in &report.claims {
        let ClaimReport { id, title, verdict, reason, short, .. } = &claim.report;
        let limit = match (verdict, &claim.measurement, reason) {
            (_, Some(measurement), _) => format!("measured: {}", measurement.statement),
            (Verdict::Sampled | Verdict::Unchecked, _, Some(reason)) => reason.clone(),
            (Verdict::Holds, ..) if claim.proved_for_every_size => continue,
            (Verdict::Holds, ..) if !short.is_empty() => short.join("; "),
            (Verdict::Sampled | Verdict::Unchecked, ..) => "no reason is recorded".to_owned(),
            (Verdict::Holds, ..) => "checked on small networks; no theorem about every size".to_owned(),
            // A counterexample is a proof that the claim is false.
            (Verdict::Refuted, ..) => continue,
        };
        table.row([id.as_str(), title, verdict.as_str(), &limit]);
    }
    table
}
