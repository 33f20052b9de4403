//! The reasons why a link is neither proved nor refuted.

use super::classes::Class;
use super::degrees::UNBOUNDED;
use super::numerals;
use crate::evaluate::EvalError;
use crate::language::ast::Relation;
use crate::number::real::Real;
use crate::resolve::ir::{Document, NodeId, Op};

/// Digits of the numbers in these sentences.
const DIGITS: usize = 12;

/// Two balls are apart, but the exact tier finds both sides equal (`equal`) or has no value.
pub(super) fn apart(equal: bool, left: &Real, right: &Real) -> String {
    let (left, right) = numerals::told_apart(left, right, DIGITS);
    if equal {
        format!(
            "the exact check finds both sides equal, but at one of the networks tried they are {left} and {right}: \
             neither proved nor refuted"
        )
    } else {
        format!(
            "the exact check could not evaluate it, and at one of the networks tried the sides are {left} and {right}: \
             neither proved nor refuted"
        )
    }
}

/// Two balls meet and cannot be made narrower.
pub(super) fn undecided(bits: usize, left: &Real, right: &Real) -> String {
    let (left, right) = (numerals::real(left, DIGITS), numerals::real(right, DIGITS));
    format!("with {bits} bits it is not known whether {left} and {right} are equal")
}

/// Finite differences contradict the other tiers.
pub(super) fn differences(left: f64, right: f64, bound: f64) -> String {
    if !(left - right).is_finite() || !bound.is_finite() {
        return "a number is too large for finite differences: use smaller numerals and exponents".to_owned();
    }
    let (left, right, bound) =
        (numerals::rounded(left, 7), numerals::rounded(right, 7), numerals::rounded(bound, 2));
    format!(
        "finite differences give {left} and {right}, with an error of at most {bound}; the other two checks find no \
         difference"
    )
}

pub(super) const RELATION_NOT_FOUND: &str = "the numbers agree, but the exact check could not derive the relation \
    between the roots, logarithms or exponentials: neither proved nor refuted";
pub(super) const TOO_CLOSE: &str = "the exact check finds a difference that no number of bits tried shows: neither \
    proved nor refuted; use numerals nearer to one";
pub(super) const TOO_MUCH_WORK: &str = "it takes more evaluation steps than the budget allows";
pub(super) const NO_POINT: &str = "it has no value on any of the networks tried";
pub(super) const NOT_EXACT: &str =
    "the exact check could not evaluate it: use fewer different exponentials and logarithms in one claim";
pub(super) const NOT_SURE: &str = "the probability of an error is not below 2^-60";
pub(super) const NOT_SHARP: &str = "the error bounds of all finite differences are too wide to confirm it";

/// Larger sets may show a difference, because of sizes or positions.
pub(super) fn too_small(name: &str, degree: usize, wanted: usize, reached: usize) -> String {
    if degree >= UNBOUNDED {
        return format!(
            "the claim depends on the number of {name}, or on positions among them, in a product or an exponential; it may \
             differ beyond the {reached} that were tried: write the product out, or claim its factors"
        );
    }
    format!(
        "the claim has degree {degree} in the number of {name} and in positions among them: {wanted} would be needed, and \
         {reached} were tried; claim it with fewer such factors"
    )
}

/// The claim connects more circuits than have every wiring tried.
pub(super) fn not_every_wiring(circuits: usize, wired: usize) -> String {
    let speaks = if circuits >= UNBOUNDED {
        "the claim counts connections".to_owned()
    } else {
        format!("the claim depends on the connections of {circuits} circuits at once, or on their number too")
    };
    format!(
        "{speaks}, and not every wiring of more than {wired} hidden circuits was tried; claim it for single \
         connections, as with mask[i,j]"
    )
}

/// A link held without a proof at so many points.
pub(super) fn sampled(relation: Relation, points: usize) -> String {
    let at = match points {
        1 => "at the one point tried".to_owned(),
        points => format!("at all {points} points tried"),
    };
    match relation {
        Relation::Equal => format!("the branch depends on values: it held {at}; that is no proof"),
        Relation::LessEqual | Relation::GreaterEqual => {
            format!("an inequality: it held {at}; that is no proof")
        }
    }
}

/// Why a side has no value in a class, and what to write.
pub(super) fn no_value(document: &Document, error: EvalError, class: &Class) -> String {
    let meant = "exclude this case with `where`, `if` or `given`";
    let networks = "restrict the networks with `given`";
    let (what, remedy) = match error {
        EvalError::DivisionByZero(_) => ("a divisor is zero", meant),
        EvalError::NotPositive(_) => ("the argument of a logarithm is not positive", meant),
        EvalError::Kink(_) => ("a derivative is taken where two branches meet", meant),
        EvalError::NoFixedPoint(_) => ("no fixed point was found", networks),
        EvalError::NoSolution(_) => ("`solve` has no unique solution", networks),
        EvalError::Imprecise(node) => {
            let text = shown(document, node);
            return format!(
                "too few bits to evaluate {text} on {class}: use smaller numerals and fewer nested exponentials"
            );
        }
        EvalError::Unsupported(node) | EvalError::Open(node) | EvalError::Budget(node) => {
            return not_exact(document, node, class);
        }
        EvalError::Again => ("the exact check could not evaluate it", "split the claim into shorter ones"),
    };
    format!("{what} on {class}: {remedy}")
}

fn not_exact(document: &Document, node: NodeId, class: &Class) -> String {
    // For an exponential, the node is its exponent.
    let (what, remedy) = match document.nodes[node].op {
        Op::Ln(_) => (
            "",
            "use smaller exponents in the arguments of logarithms, and fewer different logarithms in one claim",
        ),
        Op::Softmax(_) | Op::MeanField { .. } => {
            ("", "use fewer mean-field states and exponentials in one claim")
        }
        _ => (
            "an exponential or a logarithm at ",
            "use smaller numerals in exponents, and fewer different exponentials and logarithms in one claim",
        ),
    };
    format!("the exact check could not evaluate {what}{} on {class}: {remedy}", shown(document, node))
}

/// The text of a node, cut to 60 characters.
fn shown(document: &Document, node: NodeId) -> String {
    const MAX: usize = 60;
    let text = document.nodes[node].span.text();
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let text = inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(&text);
    if text.chars().count() <= MAX {
        return format!("`{text}`");
    }
    let start: String = text.chars().take(MAX).collect();
    format!("`{start}…`")
}
