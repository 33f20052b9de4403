//! From a resolved document to verdicts.

pub(crate) mod controls;
pub(crate) mod plan;
pub(crate) mod report;

mod confidence;
mod scales;
mod tally;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use self::confidence::Confidence;
use self::plan::Plan;
use self::report::*;
use self::tally::{ChainTally, Tier};
use crate::evaluate::difference::Difference;
use crate::evaluate::domain::Mode;
use crate::evaluate::exact::{ExactEvaluator, Fractions, Size};
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::Precise;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::{Convention, Point};
use crate::evaluate::{Evaluator, Frame, Outcome, SlotValue, Trouble};
use crate::language::ast::{Conventions, Expected, Relation};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::number::random::Random;
use crate::resolve::for_each_child;
use crate::resolve::ir::{ChainNode, ClaimNode, Document, Given, NodeId, Op};
use crate::resolve::sort::Sort;

/// The probability that a false equality passes on a shape is brought below this.
const ERROR_PROBABILITY: f64 = 1.0 / (1u64 << 62) as f64;

/// Bits of the random numbers of the exact tier, for every point.
const BITS: u32 = 32;

/// A claim over more instances than this on one shape is refused.
const MOST_INSTANCES: usize = 1 << 16;

/// A point may begin again so often, for what it learned about its unknowns.
const RESTARTS: usize = 64;

/// One pair of circuits in eight is not connected, on every second point.
const DROPPED: u64 = 2;

/// What was found on one shape about all claims with one condition.
struct ShapeResult {
    chains: BTreeMap<(usize, usize), ChainTally>,
    observations: Observations,
}

/// Checks every claim of a document.
pub(crate) fn check(document: &Document, plan: &Plan, tick: &(dyn Fn() + Sync)) -> Vec<Judged> {
    let mut groups: BTreeMap<Given, Vec<usize>> = BTreeMap::new();
    for (at, claim) in document.claims.iter().enumerate() {
        groups.entry(claim.given).or_default().push(at);
    }
    let mut tasks: Vec<(Given, &Vec<usize>, usize)> = Vec::new();
    for (given, claims) in &groups {
        // The largest shapes first: the others then fill the gaps at the end.
        tasks.extend((0..plan.shapes.len()).rev().map(|shape| (*given, claims, shape)));
    }
    let results: Vec<ShapeResult> = tasks
        .par_iter()
        .map(|(given, claims, shape)| {
            let result = on_shape(document, plan, *given, claims, *shape);
            tick();
            result
        })
        .collect();
    let mut observations = Observations::default();
    let mut chains: BTreeMap<(usize, usize), ChainTally> = BTreeMap::new();
    for result in &results {
        observations.merge(&result.observations);
        for (key, tally) in &result.chains {
            chains
                .entry(*key)
                .or_insert_with(|| ChainTally::new(&document.claims[key.0].chains[key.1]))
                .merge(tally);
        }
    }
    document
        .claims
        .par_iter()
        .enumerate()
        .map(|(at, claim)| {
            let tallies: Vec<&ChainTally> =
                (0..claim.chains.len()).map(|chain| &chains[&(at, chain)]).collect();
            judge(document, plan, claim, &tallies, &observations)
        })
        .collect()
}

/// How many tasks [`check`] will report.
pub(crate) fn tasks(document: &Document, plan: &Plan) -> usize {
    let mut given: Vec<Given> = document.claims.iter().map(|claim| claim.given).collect();
    given.sort_unstable();
    given.dedup();
    given.len() * plan.shapes.len()
}

/// The point with this number on a shape: conventions alternate, and half of the points have gaps in their wiring.
pub(crate) fn point(
    document: &Document,
    shape: Shape,
    given: Given,
    seed: u64,
    shape_number: usize,
    number: usize,
) -> Point {
    let convention = match document.conventions {
        Conventions::Full => Convention::Full,
        Conventions::Half => Convention::Half,
        Conventions::Both if number.is_multiple_of(2) => Convention::Full,
        Conventions::Both => Convention::Half,
    };
    let dropped = if number / 2 % 2 == 1 { DROPPED } else { 0 };
    Point::new(shape, convention, given, dropped, &[seed, shape_number as u64, number as u64])
}

fn on_shape(
    document: &Document,
    plan: &Plan,
    given: Given,
    claims: &[usize],
    shape_number: usize,
) -> ShapeResult {
    let shape = plan.shapes[shape_number];
    let mut observations = Observations::default();
    let mut chains: BTreeMap<(usize, usize), ChainTally> = BTreeMap::new();
    let keys: Vec<(usize, usize)> = claims
        .iter()
        .flat_map(|&claim| (0..document.claims[claim].chains.len()).map(move |chain| (claim, chain)))
        .collect();
    let chain = |key: &(usize, usize)| &document.claims[key.0].chains[key.1];
    for key in &keys {
        chains.insert(*key, ChainTally::new(chain(key)));
    }
    let mut powers = Vec::new();
    let mut confidence: BTreeMap<(usize, usize), Confidence> = BTreeMap::new();
    let sample = Size::Bits(BITS).sample_size();
    for number in 0..plan.points * 3 {
        let wanted: Vec<&(usize, usize)> = keys
            .iter()
            .filter(|key| {
                number < plan.points
                    || (chains[key].tiers.exact.points > 0
                        && !chains[key].links.iter().any(|link| link.exact_failed)
                        && confidence
                            .get(key)
                            .is_some_and(|known| known.log_probability() > ERROR_PROBABILITY.log2()))
            })
            .collect();
        if wanted.is_empty() {
            break;
        }
        let point = point(document, shape, given, plan.seed, shape_number, number);
        let mut found: Vec<(&(usize, usize), Outcome<Compared>)> = Vec::new();
        let at = (&shape, &point, Size::Bits(BITS));
        let learned = exact_point(document, plan, at, &mut powers, &mut |ev| {
            found.clear();
            for &key in &wanted {
                ev.renew_budget();
                ev.domain.backend.renew_budget();
                match exact_chain(ev, chain(key)) {
                    Err(Trouble::Again) => return Err(Trouble::Again),
                    outcome => found.push((key, outcome)),
                }
            }
            Ok(())
        });
        observations.merge(&learned);
        for (key, outcome) in found {
            let Some(tally) = chains.get_mut(key) else { continue };
            match outcome {
                Ok(Compared { tally: fresh, degree, frames, compared }) => {
                    tally.merge(&fresh);
                    let log = (degree.max(1.0) / sample).min(1.0).log2();
                    confidence.entry(*key).or_default().point(chain(key), &frames, &compared, log);
                }
                Err(trouble) => tally.troubles.push((Tier::Exact, trouble)),
            }
        }
        if number < plan.points {
            floating(document, plan, &shape, &point, &keys, &mut chains, &mut observations);
        }
    }
    for (key, tally) in &mut chains {
        if tally.depends_on_size(chain(key)) {
            let at = (shape, shape_number);
            scales::compare(document, plan, at, given, (*key, chain(key), tally), &mut observations);
        }
    }
    for (key, tally) in &mut chains {
        tally.tiers.exact.shapes = usize::from(tally.tiers.exact.points > 0);
        let tried = tally.troubles.iter().any(|&(tier, _)| tier == Tier::Exact);
        if tried || tally.tiers.exact.points > 0 {
            let log = confidence.get(key).map_or(0.0, Confidence::log_probability);
            tally.tiers.exact.error_probability = log.exp2();
        }
    }
    ShapeResult { chains, observations }
}

/// What was found about a chain at a point.
struct Compared {
    tally: ChainTally,
    /// The largest degree met.
    degree: f64,
    /// The instances, and which of them have a value.
    frames: Vec<Frame>,
    compared: Vec<bool>,
}

/// All instances of a chain at a point, exactly.
fn exact_chain(ev: &mut ExactEvaluator<'_>, chain: &ChainNode) -> Outcome<Compared> {
    let mut tally = ChainTally::new(chain);
    let (frames, unsettled) = ev.watched(|ev| instances(ev, chain))?;
    tally.instances = frames.len();
    for link in &mut tally.links {
        link.unsettled = unsettled;
    }
    if frames.is_empty() || chain.links.iter().all(|link| link.relation != Relation::Equal) {
        return Ok(Compared { tally, degree: 0.0, frames: vec![], compared: vec![] });
    }
    let (degree, compared) = tally::exactly(ev, chain, &frames, &mut tally)?;
    Ok(Compared { tally, degree, frames, compared })
}

/// Runs `visit` at a point of the exact tier, once more whenever the point has learned about its unknowns.
fn exact_point<'a>(
    document: &'a Document,
    plan: &Plan,
    (shape, point, size): (&'a Shape, &Point, Size),
    powers: &mut Vec<u32>,
    visit: &mut dyn FnMut(&mut ExactEvaluator<'a>) -> Outcome<()>,
) -> Observations {
    for _ in 0..RESTARTS {
        let mut ev =
            Fractions::evaluator(document, shape, point.clone(), size, std::mem::take(powers), plan.budget);
        let outcome = visit(&mut ev);
        *powers = ev.domain.backend.powers();
        if outcome != Err(Trouble::Again) {
            return ev.observations;
        }
    }
    Observations::default()
}

fn floating(
    document: &Document,
    plan: &Plan,
    shape: &Shape,
    point: &Point,
    keys: &[(usize, usize)],
    chains: &mut BTreeMap<(usize, usize), ChainTally>,
    observations: &mut Observations,
) {
    let mut plain = Evaluator::new(document, shape, Difference::new(point.clone()), plan.budget);
    let mut precise = Evaluator::new(document, shape, Precise::domain(point.clone()), plan.budget);
    for key in keys {
        let chain = &document.claims[key.0].chains[key.1];
        let Some(tally) = chains.get_mut(key) else { continue };
        plain.renew_budget();
        precise.renew_budget();
        let frames = match instances(&mut plain, chain) {
            Ok(frames) => chosen(frames, plan.instances, point, key),
            Err(trouble) => {
                tally.troubles.push((Tier::Difference, trouble));
                continue;
            }
        };
        if frames.is_empty() {
            continue;
        }
        if let Err(trouble) = tally::by_differences(&mut plain, chain, &frames, tally) {
            tally.troubles.push((Tier::Difference, trouble));
        }
        if let Err(trouble) = tally::precisely(&mut precise, chain, &frames, tally) {
            tally.troubles.push((Tier::High, trouble));
        }
    }
    observations.merge(&precise.observations);
}

/// All choices of the indices of a chain.
pub(crate) fn instances<D: crate::evaluate::domain::Domain>(
    ev: &mut Evaluator<'_, D>,
    chain: &ChainNode,
) -> Outcome<Vec<Frame>> {
    let mut frame = vec![SlotValue::Unset; chain.frame];
    let mut frames = Vec::new();
    ev.each(&chain.binders, chain.filter, (&mut frame, Mode::BASE), chain.sides[0], &mut |_, frame| {
        if frames.len() == MOST_INSTANCES {
            return Err(Trouble::Budget(chain.sides[0]));
        }
        frames.push(frame.clone());
        Ok(())
    })?;
    Ok(frames)
}

/// At most `most` of the instances, drawn without replacement.
fn chosen(mut frames: Vec<Frame>, most: usize, point: &Point, key: &(usize, usize)) -> Vec<Frame> {
    let mut random: Random = point.random(&[14, key.0 as u64, key.1 as u64]);
    for at in 0..most.min(frames.len()) {
        let other = at + random.below((frames.len() - at) as u64) as usize;
        frames.swap(at, other);
    }
    frames.truncate(most);
    frames
}

/// Calls `visit` with the place and the indices of every entry of a family.
pub(crate) fn each_entry(shape: &Shape, sorts: &[Sort], visit: &mut dyn FnMut(usize, &[usize])) {
    let lengths: Vec<usize> = sorts.iter().map(|&sort| shape.range(sort).len()).collect();
    for flat in 0..shape.entries(sorts) {
        let mut rest = flat;
        let mut indices = vec![0; sorts.len()];
        for at in (0..sorts.len()).rev() {
            indices[at] = shape.range(sorts[at]).start + rest % lengths[at];
            rest /= lengths[at];
        }
        visit(flat, &indices);
    }
}

/// A claim's report, or what is wrong with the document.
pub(crate) struct Judged {
    pub(crate) claim: ClaimReport,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

fn judge(
    document: &Document,
    plan: &Plan,
    claim: &ClaimNode,
    tallies: &[&ChainTally],
    observations: &Observations,
) -> Judged {
    let mut diagnostics = Vec::new();
    let mut links = Vec::new();
    let mut tiers = Tiers::default();
    let mut refuted: Option<(usize, usize)> = None;
    for (number, (chain, tally)) in claim.chains.iter().zip(tallies).enumerate() {
        diagnostics.extend(content(document, chain, tally, observations));
        tally::merge_tiers(&mut tiers, &tally.tiers);
        if tally.links.iter().any(|link| link.unsettled) {
            tiers.exact.error_probability = 1.0;
        }
        for (at, (link, found)) in chain.links.iter().zip(&tally.links).enumerate() {
            let (verdict, reason) = verdict(link.relation, found, tally);
            if verdict == Verdict::Refuted && refuted.is_none() {
                refuted = Some((number, at));
            }
            links.push(LinkReport {
                equation: equation(chain, at),
                because: link.because.clone(),
                chain: number,
                verdict,
                reason,
                place: link.span.to_string(),
            });
        }
    }
    tiers.exact.shapes = tallies.iter().map(|tally| tally.tiers.exact.shapes).max().unwrap_or(0);
    let counterexample =
        refuted.and_then(|(chain, link)| witness::search(document, plan, claim, chain, link, tallies[chain]));
    let verdict = overall(&links);
    let every_chain_refuted = (0..claim.chains.len())
        .all(|chain| links.iter().any(|link| link.chain == chain && link.verdict == Verdict::Refuted));
    let as_expected = match claim.expected {
        Expected::Holds => matches!(verdict, Verdict::Holds | Verdict::Sampled),
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
            counterexample,
            links,
        },
        diagnostics,
    }
}

pub(crate) fn expected(expected: Expected) -> &'static str {
    match expected {
        Expected::Holds => "holds",
        Expected::Refuted => "refuted",
        Expected::Unchecked => "unchecked",
        Expected::Sampled => "sampled",
    }
}

fn equation(chain: &ChainNode, link: usize) -> String {
    let relation = match chain.links[link].relation {
        Relation::Equal => "=",
        Relation::LessEqual => "<=",
        Relation::GreaterEqual => ">=",
    };
    format!("{} {relation} {}", chain.texts[link], chain.texts[link + 1])
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

fn verdict(relation: Relation, found: &tally::LinkTally, tally: &ChainTally) -> (Verdict, Option<String>) {
    let unchecked = |reason: &str| (Verdict::Unchecked, Some(reason.to_owned()));
    if relation != Relation::Equal {
        return match (found.high_compared, found.high_failed, found.difference_failed) {
            (false, ..) => unchecked("no point could be evaluated"),
            (true, true, _) => (Verdict::Refuted, None),
            (true, false, false) => (Verdict::Sampled, None),
            (true, false, true) => unchecked("f64 and 256 bits disagree"),
        };
    }
    let exact = |is: fn(Trouble) -> bool| {
        tally.troubles.iter().any(|&(tier, trouble)| tier == Tier::Exact && is(trouble))
    };
    let divided = exact(|trouble| matches!(trouble, Trouble::DivisionByZero(_)));
    let kinked = exact(|trouble| matches!(trouble, Trouble::Kink(_)));
    let exact_missing = exact(|trouble| matches!(trouble, Trouble::Unsupported(_) | Trouble::Budget(_)));
    match (found.exact_compared, found.exact_failed, found.high_failed, found.difference_failed) {
        (false, ..) => unchecked("the exact tier has no value for it"),
        _ if !found.high_compared => unchecked("the high-precision tier has no value for it"),
        (_, true, true, _) => (Verdict::Refuted, None),
        (_, false, false, false) if divided => {
            unchecked("at some points a divisor is zero: say with `where` which indices are meant")
        }
        (_, false, false, false) if kinked => unchecked(
            "at some points a derivative stands where two branches meet: say with `where` which indices are meant",
        ),
        (_, false, false, false) if exact_missing => {
            unchecked("the exact tier has no value for it on some shape")
        }
        (_, false, false, false) if tally.tiers.exact.error_probability > ERROR_PROBABILITY * 4.0 => {
            unchecked(
                "the probability of an error could not be brought below 2^-60: some indices have a value at too few points",
            )
        }
        // What is claimed of large entries alone has no instance among the small ones of the finite differences.
        (_, false, false, false)
            if !(found.difference_sharp || found.unsettled && tally.tiers.finite_difference.points == 0) =>
        {
            unchecked("no finite difference has a bound narrow enough to tell")
        }
        (_, false, false, false) if found.unsettled => (
            Verdict::Sampled,
            Some(format!(
                "a comparison of values chooses the branch: held at {} points, not proved",
                tally.tiers.exact.points + tally.scaled
            )),
        ),
        (_, false, false, false) => (Verdict::Holds, None),
        (_, true, false, _) => unchecked(
            "exact fractions differ, but 256 bits agree: the exact tier takes quantities for independent that are not",
        ),
        (_, false, true, _) => unchecked("exact fractions agree, but 256 bits differ"),
        (_, false, false, true) => unchecked("finite differences contradict the other tiers"),
    }
}

/// What is wrong with a chain that was evaluated everywhere, or nowhere.
fn content(
    document: &Document,
    chain: &ChainNode,
    tally: &ChainTally,
    observations: &Observations,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let evaluated = tally.tiers.high_precision.points + tally.tiers.exact.points > 0;
    if tally.instances == 0 && tally.troubles.is_empty() {
        diagnostics.push(Diagnostic::new(
            Code::VacuousClaim,
            &chain.span,
            "on no shape is there an index for which this claims anything",
            "weaken the filter, or leave it out",
        ));
    }
    if let Some(&(_, Trouble::Budget(node))) =
        tally.troubles.iter().find(|(_, trouble)| matches!(trouble, Trouble::Budget(_)))
    {
        diagnostics.push(Diagnostic::new(
            Code::Budget,
            place(document, chain, node),
            "more work than the budget allows",
            "sum over fewer indices, or name a repeated part with let, so that it is evaluated once",
        ));
    } else if !evaluated {
        let last = tally.troubles.iter().rev().find(|(_, trouble)| *trouble != Trouble::Again);
        let (code, node, message, help) = match last.map(|&(_, trouble)| trouble) {
            Some(Trouble::DivisionByZero(node)) => {
                (Code::DivisionByZero, node, "the divisor is zero at every point", "divide by something else")
            }
            Some(Trouble::NotPositive(node)) => (
                Code::NoPoint,
                node,
                "the logarithm of what is not positive, at every point",
                "mend its argument",
            ),
            Some(Trouble::Kink(node)) => (
                Code::NoPoint,
                node,
                "the derivative stands where two branches meet, at every point",
                "say with `where` which indices are meant",
            ),
            Some(Trouble::NoFixedPoint(node)) => (
                Code::NoPoint,
                node,
                "no fixed point is found at any point",
                "write the claim for another state",
            ),
            Some(Trouble::NoSolution(node)) => (
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

/// All nodes that the given ones evaluate, through definitions too.
fn reachable(document: &Document, mut queue: Vec<NodeId>) -> Vec<NodeId> {
    let mut seen = vec![false; document.nodes.len()];
    let mut found = Vec::new();
    while let Some(node) = queue.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        found.push(node);
        if let Op::Call(id, _) | Op::LetFamily(id, _) = document.nodes[node].op {
            queue.push(document.lets[id].body);
        }
        for_each_child(&document.nodes[node].op, |child| queue.push(child));
    }
    found
}

/// Where a node stands in the chain's file; one of another file is looked for at the chain.
fn place<'a>(document: &'a Document, chain: &'a ChainNode, node: usize) -> &'a Span {
    let span = &document.nodes[node].span;
    if Arc::ptr_eq(span.source(), chain.span.source()) { span } else { &chain.span }
}

/// Sums over nothing and derivatives that never move, at `node` or below it.
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
        return Some(Diagnostic::new(
            Code::EmptySum,
            span,
            "on every shape this is over nothing",
            "weaken its filter or its condition",
        ));
    }
    if observations.never_moved(node) {
        return Some(Diagnostic::new(
            Code::CannotMove,
            span,
            "this derivative is zero by every entry, at every point, on every shape: a claim about it is vacuous",
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
