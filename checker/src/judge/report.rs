//! The results of a check.

use serde::Serialize;

use crate::language::diagnostic::Diagnostic;

/// The result for a claim or for one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All three tiers agree that both sides are equal, in every class tried.
    Holds,
    /// A counterexample was found, exactly and in high precision.
    Refuted,
    /// The link held at every point tried, without a proof: it is an inequality, or a comparison of
    /// values chooses a branch of a side.
    Sampled,
    /// The tiers cannot decide, or they disagree.
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
    /// Number of shapes on which at least one instance was compared.
    pub shapes: usize,
    /// Number of classes (shape, wiring, convention) in which at least one instance was compared.
    pub classes: usize,
    /// Number of random points, over all classes.
    pub points: usize,
    /// Number of instances compared, over all points.
    pub instances: usize,
    /// Largest probability, over the classes, that a false equality passes in a class. It is 1 if a
    /// comparison of values chooses a branch.
    pub error_probability: f64,
}

/// The finite-difference tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DifferenceTier {
    /// Number of random points, over all shapes.
    pub points: usize,
    /// Number of instances compared, over all points.
    pub instances: usize,
    /// Largest difference of two sides that should be equal, absolute.
    pub max_error: f64,
    /// The error bound of that difference.
    pub bound: f64,
}

/// The high-precision tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HighTier {
    /// Number of random points, over all shapes.
    pub points: usize,
    /// Number of instances compared, over all points.
    pub instances: usize,
    /// Largest number of bits that was used.
    pub bits: usize,
    /// Largest difference, relative to the maximum of both sides and 1.
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
    /// `left = right`, as written.
    pub equation: String,
    /// The shape in words: states, hidden circuits × units, actions.
    pub shape: String,
    /// The pairs of circuits without connections, in words. Empty if all are connected.
    pub wiring: String,
    /// `full` or `half`.
    pub convention: String,
    /// Name and value of each index.
    pub indices: Vec<(String, String)>,
    /// Value of the left side: a fraction, or a rounded decimal.
    pub left: String,
    /// Value of the right side.
    pub right: String,
    /// Name and entries of each family that the sides depend on.
    pub network: Vec<(String, String)>,
    /// Which values are exact and which are rounded.
    pub reading: String,
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// `left = right`, as written.
    pub equation: String,
    /// The reason given in the document.
    pub because: Option<String>,
    /// Number of its chain in the claim, from 0.
    pub chain: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// For `unchecked`, the reason. For `sampled`, what held and at how many points.
    pub reason: Option<String>,
    /// `file:line:column` of the right side.
    pub place: String,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimReport {
    /// Id in the document.
    pub id: String,
    /// Title of the claim.
    pub title: String,
    /// Title of the chapter.
    pub chapter: String,
    /// The expected verdict in lower case.
    pub expected: String,
    /// The verdict.
    pub verdict: Verdict,
    /// For `unchecked`, the reason. For `sampled`, what held and at how many points.
    pub reason: Option<String>,
    /// True if the verdict is the expected one and the document has no error here.
    pub as_expected: bool,
    /// Place as `file:line:column`.
    pub place: String,
    /// What each tier tried and found.
    pub tiers: Tiers,
    /// The shapes tried.
    pub shapes: Vec<String>,
    /// Sizes beyond which the claim is not proved, in words: `not proved beyond 4 actions: …`.
    pub short: Vec<String>,
    /// True if a side has no value at some real point tried: the argument of a logarithm is not
    /// positive, or a divisor is zero. The verdict is about the points at which both sides have a
    /// value.
    pub where_both_have_a_value: bool,
    /// The smallest counterexample found.
    pub counterexample: Option<Counterexample>,
    /// Links of all chains, in order.
    pub links: Vec<LinkReport>,
}

/// A claim that a chapter leaves to a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredClaim {
    /// Id in the document.
    pub id: String,
    /// Title of the claim.
    pub title: String,
    /// Title of the chapter.
    pub chapter: String,
    /// Name of the measurement.
    pub by: String,
    /// Place as `file:line:column`.
    pub place: String,
}

/// A wrong rule or link, made on purpose, and whether the check refuted it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlReport {
    /// Claim or rule, position in it, number.
    pub id: String,
    /// The change, in words.
    pub mutation: String,
    /// The changed statement.
    pub mutant: String,
    /// True if a counterexample was found.
    pub refuted: bool,
    /// Why the mutant counts as the same function as the original; `None` if it does not.
    pub equivalent: Option<String>,
}

/// One chapter.
#[derive(Clone, Debug, PartialEq)]
pub struct ChapterReport {
    /// Title of the chapter.
    pub title: String,
    /// Name of the file.
    pub file: String,
    /// Claims, in the order of the text.
    pub claims: Vec<ClaimReport>,
    /// Claims that the program measures instead of checking them.
    pub measured: Vec<MeasuredClaim>,
    /// Errors of the document itself.
    pub diagnostics: Vec<Diagnostic>,
}

impl ChapterReport {
    /// True if the document has no errors and every verdict is the expected one.
    pub fn ok(&self) -> bool {
        self.diagnostics.is_empty() && self.claims.iter().all(|claim| claim.as_expected)
    }
}
