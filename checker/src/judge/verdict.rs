//! The verdict about a claim, from the results of all tiers in all classes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::report::*;
use super::scope::Scope;
use super::setting::Setting;
use super::tally::{self, ChainTally, LinkTally};
use super::{reasons, witness};
use crate::evaluate::EvalError;
use crate::evaluate::observations::Observations;
use crate::language::ast::{Expected, FoldKind, Relation};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::resolve::ir::{ChainNode, ClaimNode, Document, Op};
use crate::resolve::walk::{for_each_child, reachable, takes_derivatives};

/// The probability of an error in a class must be below this: 2^-60.
const ERROR_PROBABILITY: f64 = 1.0 / (1u64 << 60) as f64;

/// A claim's report, and the errors of the document.
pub(crate) struct Judged {
    pub(crate) claim: ClaimReport,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

pub(super) fn judge(
    setting: &Setting<'_>,
    claim: &ClaimNode,
    scope: &Scope,
    tallies: &[ChainTally],
    observations: &Observations,
) -> Judged {
    let document = setting.document;
    let mut diagnostics = Vec::new();
    if let Some(steps) = scope.chosen.too_much {
        diagnostics.push(too_much(claim, steps, setting.plan.budget));
    }
    let mut links = Vec::new();
    let mut tiers = Tiers::default();
    let mut refuted: Option<(usize, usize)> = None;
    for (number, (chain, tally)) in claim.chains.iter().zip(tallies).enumerate() {
        if scope.chosen.too_much.is_none() {
            diagnostics.extend(content(document, chain, tally, observations));
        }
        tally::merge_tiers(&mut tiers, &tally.tiers);
        if tally.links.iter().any(|link| link.open) || tally.uncovered.is_some() {
            tiers.exact.error_probability = 1.0;
        }
        let nodes = reachable(document, chain.sides.clone());
        let derivatives = takes_derivatives(document, &nodes);
        let related = nodes.iter().any(|&node| {
            matches!(document.nodes[node].op, Op::Exp(_) | Op::Ln(_) | Op::Softmax(_) | Op::MeanField { .. })
        });
        for (at, link) in chain.links.iter().enumerate() {
            let default = LinkTally::default();
            let found = tally.links.get(at).unwrap_or(&default);
            let (verdict, reason) =
                verdict(document, link.relation, found, tally, scope, (derivatives, related));
            if verdict == Verdict::Refuted && refuted.is_none() {
                refuted = Some((number, at));
            }
            links.push(LinkReport {
                equation: chain.equation(at),
                because: link.because.clone(),
                chain: number,
                verdict,
                reason,
                place: link.span.to_string(),
            });
        }
    }
    tiers.exact.shapes = scope.chosen.shapes.len();
    let counterexample =
        refuted.and_then(|(chain, link)| witness::search(setting, claim, chain, link, &tallies[chain]));
    let verdict = overall(&links);
    let every_chain_refuted = (0..claim.chains.len())
        .all(|chain| links.iter().any(|link| link.chain == chain && link.verdict == Verdict::Refuted));
    let as_expected = match claim.expected {
        Expected::Holds => verdict == Verdict::Holds,
        Expected::Sampled => verdict == Verdict::Sampled,
        Expected::Unchecked => verdict == Verdict::Unchecked,
        Expected::Refuted => every_chain_refuted && counterexample.is_some(),
    };
    let reason = links.iter().filter(|link| link.verdict == verdict).find_map(|link| link.reason.clone());
    Judged {
        claim: ClaimReport {
            id: claim.id.clone(),
            title: claim.title.clone(),
            chapter: claim.span.source().title().to_owned(),
            expected: expected(claim.expected).to_owned(),
            verdict,
            reason,
            as_expected: as_expected && diagnostics.is_empty(),
            place: claim.span.to_string(),
            tiers,
            shapes: scope.chosen.shapes.iter().map(ToString::to_string).collect(),
            short: scope.chosen.short.clone(),
            where_both_have_a_value: tallies.iter().any(|tally| tally.partly),
            counterexample,
            links,
        },
        diagnostics,
    }
}

/// All links are refuted and the document has no errors, so larger shapes add nothing.
pub(super) fn is_refuted_throughout(
    document: &Document,
    claim: &ClaimNode,
    tallies: &[ChainTally],
    observations: &Observations,
) -> bool {
    let refuted = |link: &LinkTally| link.refuted.is_some() && link.conflict.is_none();
    tallies.iter().all(|tally| tally.links.iter().all(refuted))
        && claim
            .chains
            .iter()
            .zip(tallies)
            .all(|(chain, tally)| content(document, chain, tally, observations).is_empty())
}

fn too_much(claim: &ClaimNode, steps: f64, budget: u64) -> Diagnostic {
    let chain = claim.chains.first().and_then(|chain| chain.links.last());
    Diagnostic::new(
        Code::Budget,
        chain.map_or(&claim.span, |link| &link.span),
        format!(
            "the claim takes {steps:.1e} evaluation steps on a shape of two circuits of two units, and the budget is {budget}"
        ),
        "sum over fewer indices, or name a repeated part with let, so that it is evaluated once",
    )
}

fn expected(expected: Expected) -> &'static str {
    match expected {
        Expected::Holds => "holds",
        Expected::Refuted => "refuted",
        Expected::Unchecked => "unchecked",
        Expected::Sampled => "sampled",
    }
}

fn overall(links: &[LinkReport]) -> Verdict {
    let any = |verdict| links.iter().any(|link| link.verdict == verdict);
    if any(Verdict::Refuted) {
        Verdict::Refuted
    } else if any(Verdict::Unchecked) {
        Verdict::Unchecked
    } else if any(Verdict::Sampled) {
        Verdict::Sampled
    } else {
        Verdict::Holds
    }
}

fn verdict(
    document: &Document,
    relation: Relation,
    found: &LinkTally,
    tally: &ChainTally,
    scope: &Scope,
    (derivatives, related): (bool, bool),
) -> (Verdict, Option<String>) {
    let unchecked = |reason: &str| (Verdict::Unchecked, Some(reason.to_owned()));
    if let Some(conflict) = &found.conflict
        && found.refuted.is_none()
    {
        return unchecked(conflict);
    }
    if found.refuted.is_some() {
        return match &found.conflict {
            Some(conflict) => unchecked(conflict),
            None => (Verdict::Refuted, None),
        };
    }
    if found.exact_differed {
        return unchecked(if related { reasons::RELATION_NOT_FOUND } else { reasons::TOO_CLOSE });
    }
    if tally.exhausted.is_some() {
        return unchecked(reasons::TOO_MUCH_WORK);
    }
    if let Some((error, class)) = &tally.uncovered {
        return (Verdict::Unchecked, Some(reasons::no_value(document, *error, class)));
    }
    if let Some(beyond) = scope.chosen.beyond.first() {
        return unchecked(beyond);
    }
    if !found.high_agreed {
        return unchecked(reasons::NO_POINT);
    }
    if relation != Relation::Equal || found.open {
        return (Verdict::Sampled, Some(reasons::sampled(relation, tally.samples)));
    }
    if !found.exact_agreed {
        return unchecked(reasons::NOT_EXACT);
    }
    if tally.tiers.exact.error_probability > ERROR_PROBABILITY {
        return unchecked(reasons::NOT_SURE);
    }
    if derivatives && !found.difference_sharp {
        return unchecked(reasons::NOT_SHARP);
    }
    if let Some(unproved) = scope.chosen.unproved.first() {
        return unchecked(unproved);
    }
    (Verdict::Holds, None)
}

/// The errors that show in the evaluations of a chain.
fn content(
    document: &Document,
    chain: &ChainNode,
    tally: &ChainTally,
    observations: &Observations,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    // Only balls know whether a logarithm has a value.
    let evaluated = tally.tiers.high_precision.points > 0;
    if tally.instances == 0 && tally.uncovered.is_none() && tally.exhausted.is_none() {
        diagnostics.push(Diagnostic::new(
            Code::VacuousClaim,
            &chain.span,
            "the claim has no instance on any shape",
            "weaken the filter, or leave it out",
        ));
    }
    if let Some(EvalError::Budget(node)) = tally.exhausted {
        diagnostics.push(Diagnostic::new(
            Code::Budget,
            place(document, chain, node),
            "the claim takes more evaluation steps than the budget allows",
            "sum over fewer indices, or name a repeated part with let, so that it is evaluated once",
        ));
    } else if !evaluated {
        let (code, node, message, help) = match tally.uncovered.map(|(error, _)| error) {
            Some(EvalError::DivisionByZero(node)) => {
                (Code::DivisionByZero, node, "the divisor is zero at every point", "divide by something else")
            }
            Some(EvalError::NotPositive(node)) => (
                Code::NoPoint,
                node,
                "the argument of the logarithm is not positive at any point",
                "correct its argument",
            ),
            Some(EvalError::Kink(node)) => (
                Code::NoPoint,
                node,
                "the derivative is taken where two branches meet, at every point",
                "say with `where` which indices are meant",
            ),
            Some(EvalError::NoFixedPoint(node)) => (
                Code::NoPoint,
                node,
                "no fixed point was found at any point",
                "write the claim for another state",
            ),
            Some(EvalError::NoSolution(node)) => (
                Code::NoSolution,
                node,
                "the equations of solve are not affine in the unknowns, or have no unique solution",
                "write each unknown as an affine function of all",
            ),
            _ => return diagnostics,
        };
        diagnostics.push(Diagnostic::new(code, place(document, chain, node), message, help));
    }
    let mut visited = BTreeSet::new();
    for &side in &chain.sides {
        diagnostics.extend(seen(document, chain, side, observations, &mut visited));
    }
    diagnostics
}

/// The place of a node, or of the chain if the node is in another file.
fn place<'a>(document: &'a Document, chain: &'a ChainNode, node: usize) -> &'a Span {
    let span = &document.nodes[node].span;
    if Arc::ptr_eq(span.source(), chain.span.source()) { span } else { &chain.span }
}

/// An empty sum or a derivative that is always zero, at `node` or below it.
fn seen(
    document: &Document,
    chain: &ChainNode,
    node: usize,
    observations: &Observations,
    visited: &mut BTreeSet<usize>,
) -> Option<Diagnostic> {
    if !visited.insert(node) {
        return None;
    }
    let span = place(document, chain, node);
    if observations.never_filled(node) {
        let what = match document.nodes[node].op {
            Op::Fold(FoldKind::Sum, ..) => "sum",
            Op::Fold(FoldKind::Product, ..) => "product",
            _ => "expectation",
        };
        return Some(Diagnostic::new(
            Code::EmptySum,
            span,
            format!("the {what} is empty on every shape"),
            "weaken its filter or its condition",
        ));
    }
    if observations.never_moved(node) {
        return Some(Diagnostic::new(
            Code::CannotMove,
            span,
            "this derivative is zero for every entry, at every point, on every shape: a claim about it says nothing",
            "differentiate something that depends on the parameter, not for instance the sum of a softmax",
        ));
    }
    let mut found = None;
    if let Op::Call(id, _) | Op::LetFamily(id, _) = document.nodes[node].op {
        found = seen(document, chain, document.lets[id].body, observations, visited);
    }
    for_each_child(&document.nodes[node].op, |child| {
        if found.is_none() {
            found = seen(document, chain, child, observations, visited);
        }
    });
    found
}
