//! What checking found.

use serde::Serialize;

use crate::language::diagnostic::Diagnostic;

/// What was found about a claim, or about one link of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All three tiers agree that both sides are equal, in every class that is listed.
    Holds,
    /// A counterexample was found, exactly and in high precision.
    Refuted,
    /// An inequality, or an equality in which a comparison of values chooses the branch, that held
    /// at every point tried; that proves nothing.
    Sampled,
    /// The tiers could not decide, or disagree.
    Unchecked,
}

impl Verdict {
    /// The verdict in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Refuted => "refuted",
            Verdict::Sampled => "sampled",
            Verdict::Unchecked => "unchecked",
        }
    }
}

/// The exact tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExactTier {
    /// Shapes on which at least one instance was compared.
    pub shapes: usize,
    /// Classes (shape, wiring, convention) in which at least one instance was compared.
    pub classes: usize,
    /// Random points, over all classes.
    pub points: usize,
    /// Instances compared, over all points.
    pub instances: usize,
    /// Largest probability, over the classes, that a false equality passes in a class: 1 where a
    /// comparison of values chooses the branch.
    pub error_probability: f64,
}

/// The finite-difference tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DifferenceTier {
    /// Random points, over all shapes.
    pub points: usize,
    /// Instances compared, over all points.
    pub instances: usize,
    /// Largest difference of two sides that should be equal.
    pub max_error: f64,
    /// The bound that was computed for that difference.
    pub bound: f64,
}

/// The high-precision tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HighTier {
    /// Random points, over all shapes.
    pub points: usize,
    /// Instances compared, over all points.
    pub instances: usize,
    /// Most bits that an operation needed.
    pub bits: usize,
    /// Largest difference, relative to the larger of both sides and one.
    pub max_error: f64,
}

/// All tiers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tiers {
    /// Exact residues.
    pub exact: ExactTier,
    /// Finite differences in f64.
    pub finite_difference: DifferenceTier,
    /// Balls of 256 bits and more.
    pub high_precision: HighTier,
}

/// A network on which two sides differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counterexample {
    /// The two sides, as they are written.
    pub equation: String,
    /// States, hidden circuits × size, actions.
    pub shape: String,
    /// Which circuits are not connected, in words; empty where all are.
    pub wiring: String,
    /// `full` or `half`.
    pub convention: String,
    /// Values of the indices.
    pub indices: Vec<(String, String)>,
    /// The left side: a fraction, or a decimal, rounded.
    pub left: String,
    /// The right side.
    pub right: String,
    /// The values of all entries of the network that the sides depend on.
    pub network: Vec<(String, String)>,
    /// Which of the values are exact, and which are rounded.
    pub reading: String,
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// `left = right`, as written.
    pub equation: String,
    /// The reason given in the document.
    pub because: Option<String>,
    /// Which of the claim's chains it belongs to, from 0.
    pub chain: usize,
    /// What was found.
    pub verdict: Verdict,
    /// For `unchecked`: why. For `sampled`: what held, and at how many points.
    pub reason: Option<String>,
    /// `file:line:column` of the right side.
    pub place: String,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimReport {
    /// Its id in the document.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Title of the chapter.
    pub chapter: String,
    /// What the document expects.
    pub expected: String,
    /// What was found.
    pub verdict: Verdict,
    /// For `unchecked`: why. For `sampled`: what held, and at how many points.
    pub reason: Option<String>,
    /// The verdict is the expected one.
    pub as_expected: bool,
    /// `file:line:column`.
    pub place: String,
    /// How it was checked.
    pub tiers: Tiers,
    /// The shapes that it was tried on.
    pub shapes: Vec<String>,
    /// Where the shapes stop short of what the claim could tell apart:
    /// `not proved beyond 4 actions: …`.
    pub short: Vec<String>,
    /// At some real point that was tried, a side has no value: the argument of a logarithm is not
    /// positive, or a divisor is zero. The verdict is about the points where both sides have one.
    pub where_both_have_a_value: bool,
    /// The smallest counterexample found.
    pub counterexample: Option<Counterexample>,
    /// Its links.
    pub links: Vec<LinkReport>,
}

/// A claim that a chapter leaves to a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredClaim {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Title of the chapter.
    pub chapter: String,
    /// Name of the measurement.
    pub by: String,
    /// `file:line:column`.
    pub place: String,
}

/// A deliberately wrong rule or link, and whether it was found out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlReport {
    /// Claim or rule, place in it, number.
    pub id: String,
    /// What was changed.
    pub mutation: String,
    /// The changed statement.
    pub mutant: String,
    /// A counterexample was found.
    pub refuted: bool,
    /// The mutant is the same function as the original on every shape and point: why.
    pub equivalent: Option<String>,
}

/// One chapter.
#[derive(Clone, Debug, PartialEq)]
pub struct ChapterReport {
    /// Its title.
    pub title: String,
    /// The file.
    pub file: String,
    /// Its claims, in order.
    pub claims: Vec<ClaimReport>,
    /// Claims that are measured instead of checked.
    pub measured: Vec<MeasuredClaim>,
    /// What is wrong with the document itself.
    pub diagnostics: Vec<Diagnostic>,
}

impl ChapterReport {
    /// The document is in order, and every verdict is the expected one.
    pub fn ok(&self) -> bool {
        self.diagnostics.is_empty() && self.claims.iter().all(|claim| claim.as_expected)
    }
}
