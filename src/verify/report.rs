//! The report of `verify` and `check`: `svpg-verify/1`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use svpg_check::{
    ChapterReport, ClaimReport, ControlReport, MeasuredClaim, Plan, Redefinition, RuleReport, Tiers, Verdict,
};

use super::gap::Gap;
use super::measure::{self, Measurement};
use super::published_size::PublishedSize;

/// Everything that was checked.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `svpg-verify/1`.
    pub schema: &'static str,
    /// Version of svpg.
    pub version: &'static str,
    /// Seed of all random choices.
    pub seed: u64,
    /// Every shape on which a claim was tried. Each claim also lists its own shapes.
    pub shapes_tried: Vec<String>,
    /// Every claim, in reading order.
    pub claims: Vec<Claim>,
    /// The locality of every rule, and its place.
    pub rules: Vec<RuleReport>,
    /// Names that a file redefines. From there on, the definition in the prelude does not apply.
    pub redefined: Vec<Redefinition>,
    /// Every mutant that a derivation must refute.
    pub controls: Vec<ControlReport>,
    /// Mutants that are equivalent to the original, each with its reason.
    pub equivalent_mutants: Vec<EquivalentMutant>,
    /// Listed reasons for mutants that do not exist or are refuted. The list must be corrected.
    pub stale_reasons: Vec<String>,
    /// Files that must be refused.
    pub must_fail: Vec<MustFail>,
    /// False claims, none of which may hold.
    pub must_not_hold: Vec<MustFail>,
    /// Comparison of the optimised kernels with twin and reference, on every instruction set.
    pub kernels: Vec<Kernel>,
    /// The expected update of each rule relative to the gradient.
    pub gaps: Vec<Gap>,
    /// The check at the published size, if images were given.
    pub published_size: Option<PublishedSize>,
    /// Are all verdicts as expected, all controls refuted, all files that must fail refused, and
    /// all kernels within tolerance?
    pub ok: bool,
}

/// One claim: checked, or measured.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    #[serde(flatten)]
    /// Id, title, chapter, expected and found verdict, tiers, counterexample, links.
    pub report: ClaimReport,
    /// The measurement, if the claim is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurement: Option<Measurement>,
    /// Is the claim of the built-in chapter a theorem about networks of every size
    /// ([`super::proofs::PROVED`])? Left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proved_for_every_size: bool,
}

/// A mutant that equals the original at every point.
#[derive(Clone, Debug, Serialize)]
pub struct EquivalentMutant {
    /// Id: claim or rule, place, number.
    pub id: String,
    /// The change.
    pub mutation: String,
    /// The changed statement.
    pub mutant: String,
    /// The reason why it is equivalent.
    pub reason: String,
    /// How the equivalence was checked.
    pub checked: String,
}

/// A file with a deliberate error.
#[derive(Clone, Debug, Serialize)]
pub struct MustFail {
    /// File name.
    pub file: String,
    /// Expected error code and line.
    pub expected: String,
    /// Found error code and line.
    pub found: String,
    /// Do they agree?
    pub ok: bool,
}

/// One optimised kernel on one instruction set.
#[derive(Clone, Debug, Serialize)]
pub struct Kernel {
    /// Name.
    pub id: String,
    /// Instruction set.
    pub isa: String,
    /// Is it equal to its twin in every bit?
    pub bitwise_equal: bool,
    /// Largest difference from f64, in ulp of f32 at the scale of the result.
    pub max_ulp_vs_reference: f64,
    /// Largest permitted difference.
    pub allowed_ulp: f64,
}

impl Kernel {
    /// Is it equal to its twin, and within the tolerance of f64?
    pub fn passes(&self) -> bool {
        self.bitwise_equal && self.max_ulp_vs_reference <= self.allowed_ulp
    }
}

/// The tried controls, split by a list of equivalent mutants.
#[derive(Debug, Default)]
pub(super) struct Tried {
    controls: Vec<ControlReport>,
    equivalent_mutants: Vec<EquivalentMutant>,
    stale_reasons: Vec<String>,
}

impl Tried {
    /// `reasons` has the listed mutants, named as by [`key`], each with its reason.
    pub(super) fn new(tried: Vec<ControlReport>, reasons: &BTreeMap<String, String>) -> Self {
        // If several chapters state a rule, its mutant is refuted if one of them refutes it.
        let refuted: BTreeSet<String> = tried.iter().filter(|control| control.refuted).map(key).collect();
        let mut seen = BTreeSet::new();
        let mut controls = Vec::new();
        let mut equivalent_mutants = Vec::new();
        let mut used = Vec::new();
        for mut control in tried {
            let key = key(&control);
            control.refuted |= refuted.contains(&key);
            if !seen.insert(key.clone()) {
                continue;
            }
            match (&control.equivalent, reasons.get(&key)) {
                (Some(checked), Some(reason)) if !control.refuted => {
                    used.push(key);
                    equivalent_mutants.push(EquivalentMutant {
                        id: control.id,
                        mutation: control.mutation,
                        mutant: control.mutant,
                        reason: reason.clone(),
                        checked: checked.clone(),
                    });
                }
                _ => controls.push(control),
            }
        }
        let stale_reasons = reasons.keys().filter(|key| !used.contains(key)).cloned().collect();
        Self { controls, equivalent_mutants, stale_reasons }
    }

    /// Adds the controls of another file.
    pub(super) fn extend(&mut self, other: Tried) {
        self.controls.extend(other.controls);
        self.equivalent_mutants.extend(other.equivalent_mutants);
        self.stale_reasons.extend(other.stale_reasons);
    }
}

impl Report {
    /// The report of chapters, each with its measured claims.
    pub(super) fn new(plan: &Plan, chapters: Vec<(ChapterReport, Vec<Claim>)>, tried: Tried) -> Self {
        let mut claims = Vec::new();
        for (chapter, measured) in chapters {
            claims.extend(chapter.claims.into_iter().map(unproved));
            claims.extend(measured);
        }
        Self {
            schema: "svpg-verify/1",
            version: env!("CARGO_PKG_VERSION"),
            seed: plan.seed,
            shapes_tried: shapes_tried(&claims),
            claims,
            rules: Vec::new(),
            redefined: Vec::new(),
            controls: tried.controls,
            equivalent_mutants: tried.equivalent_mutants,
            stale_reasons: tried.stale_reasons,
            must_fail: Vec::new(),
            must_not_hold: Vec::new(),
            kernels: Vec::new(),
            gaps: Vec::new(),
            published_size: None,
            ok: false,
        }
    }

    /// Computes `ok`. Call it when the report is complete.
    pub fn conclude(&mut self) {
        self.ok = self.claims.iter().all(|claim| claim.report.as_expected)
            && self.controls.iter().all(|control| control.refuted)
            && self.stale_reasons.is_empty()
            && self.must_fail.iter().chain(&self.must_not_hold).all(|file| file.ok)
            && self.kernels.iter().all(Kernel::passes)
            && self.published_size.as_ref().is_none_or(|check| check.ok);
    }
}

/// The name of a control in the list of equivalent mutants: the claim or rule, and the changed
/// statement.
pub(super) fn key(control: &ControlReport) -> String {
    let owner = control.id.split(['/', '.']).next().unwrap_or("");
    format!("{owner}: {}", control.mutant)
}

fn unproved(report: ClaimReport) -> Claim {
    Claim { report, measurement: None, proved_for_every_size: false }
}

/// Measures a measured claim of a built-in chapter.
pub(super) fn measured(claim: &MeasuredClaim) -> Claim {
    let measurement = measure::by_name(&claim.by);
    let verdict = match &measurement {
        None => Verdict::Unchecked,
        Some(measurement) if measurement.holds => Verdict::Holds,
        Some(_) => Verdict::Refuted,
    };
    let reason = match &measurement {
        None => format!("no measurement is called `{}`", claim.by),
        Some(measurement) => measurement.statement.clone(),
    };
    Claim { measurement, ..unmeasured(claim, "holds", verdict, reason) }
}

/// A measured claim of a user's chapter. It is unchecked, because the simulation does not depend on
/// that chapter.
pub(super) fn left_alone(claim: &MeasuredClaim) -> Claim {
    let reason = format!("`{}` is measured by `svpg verify`, for the built-in chapters alone", claim.by);
    unmeasured(claim, "unchecked", Verdict::Unchecked, reason)
}

fn unmeasured(claim: &MeasuredClaim, expected: &str, verdict: Verdict, reason: String) -> Claim {
    let report = ClaimReport {
        id: claim.id.clone(),
        title: claim.title.clone(),
        chapter: claim.chapter.clone(),
        expected: expected.to_owned(),
        verdict,
        reason: Some(reason),
        as_expected: verdict.as_str() == expected,
        place: claim.place.clone(),
        tiers: Tiers::default(),
        shapes: Vec::new(),
        short: Vec::new(),
        where_both_have_a_value: false,
        counterexample: None,
        links: Vec::new(),
    };
    unproved(report)
}

/// The shapes of all claims, each once.
fn shapes_tried(claims: &[Claim]) -> Vec<String> {
    let all: BTreeSet<&String> = claims.iter().flat_map(|claim| &claim.report.shapes).collect();
    all.into_iter().cloned().collect()
}
