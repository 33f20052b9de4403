//! The smallest counterexample: small shapes first, small fractions first.

use std::collections::BTreeSet;

use dashu_ratio::RBig;

use super::plan::Plan;
use super::report::Counterexample;
use super::tally::{COARSE, ChainTally};
use super::{each_entry, equation, instances, point, reachable, scales, tally};
use crate::evaluate::domain::Mode;
use crate::evaluate::exact::{ExactEvaluator, Fractions, Size};
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::{Precise, TOLERANCE};
use crate::evaluate::point::{BIAS, Convention, Point, RECURRENT, STATE};
use crate::evaluate::{Evaluator, Frame, Outcome, SlotValue, Trouble};
use crate::language::ast::Relation;
use crate::resolve::for_each_child;
use crate::resolve::ir::{ChainNode, ClaimNode, Document, NodeId, Op, ParamId, SetNode};
use crate::resolve::sort::Sort;

/// Numbers of so many bits are tried, in this order.
const SIZES: [u32; 4] = [1, 2, 3, 6];
const TRIES: usize = 4;
const RESTARTS: usize = 16;
/// Decimal digits of the values on a real network.
const DIGITS: usize = 20;

/// Finds a counterexample to a link, on the first shape that has one.
pub(super) fn search(
    document: &Document,
    plan: &Plan,
    claim: &ClaimNode,
    chain: usize,
    link: usize,
    tally: &ChainTally,
) -> Option<Counterexample> {
    let chain = &claim.chains[chain];
    if chain.links[link].relation != Relation::Equal {
        return inequality(document, plan, claim, chain, link);
    }
    // What depends on the size of the entries is shown on a network of that size.
    if tally.links[link].unsettled
        && let Some(counterexample) = at_scale(document, plan, claim, chain, link)
    {
        return Some(counterexample);
    }
    for (number, shape) in plan.shapes.iter().enumerate() {
        for bits in SIZES {
            for attempt in 0..TRIES {
                let point = point(document, *shape, claim.given, plan.seed, number, attempt);
                let size = Size::Readable(bits);
                let found = at_point(document, plan, chain, link, *shape, &point, size);
                if let Some((mut counterexample, frame)) = found {
                    counterexample.real = real(document, plan, chain, link, *shape, &point, &frame);
                    return Some(counterexample);
                }
            }
        }
    }
    None
}

/// A counterexample at a point of another size, if possible one at which the real network differs too.
fn at_scale(
    document: &Document,
    plan: &Plan,
    claim: &ClaimNode,
    chain: &ChainNode,
    link: usize,
) -> Option<Counterexample> {
    let landmarks = scales::landmarks(document, std::iter::once(chain));
    let mut first = None;
    for (number, &shape) in plan.shapes.iter().enumerate() {
        for (point, size) in scales::points(document, plan, shape, claim.given, number, &landmarks) {
            let found = at_point(document, plan, chain, link, shape, &point, size);
            let Some((mut counterexample, frame)) = found else { continue };
            counterexample.real = real(document, plan, chain, link, shape, &point, &frame);
            if counterexample.real.as_ref().is_some_and(|(left, right)| left != right) {
                return Some(counterexample);
            }
            first.get_or_insert(counterexample);
        }
    }
    first
}

fn at_point(
    document: &Document,
    plan: &Plan,
    chain: &ChainNode,
    link: usize,
    shape: Shape,
    point: &Point,
    size: Size,
) -> Option<(Counterexample, Frame)> {
    let mut powers = Vec::new();
    for _ in 0..RESTARTS {
        let mut ev = Fractions::evaluator(document, &shape, point.clone(), size, powers, plan.budget);
        match first_difference(&mut ev, chain, link) {
            Err(Trouble::Again) => powers = ev.domain.backend.powers(),
            Err(_) | Ok(None) => return None,
            Ok(Some((frame, left, right))) => {
                return Some((describe(&ev, chain, link, &frame, &left, &right), frame));
            }
        }
    }
    None
}

fn first_difference(
    ev: &mut ExactEvaluator<'_>,
    chain: &ChainNode,
    link: usize,
) -> Outcome<Option<(Frame, RBig, RBig)>> {
    for frame in instances(ev, chain)? {
        let mut side = |at: usize| ev.eval(chain.sides[at], &mut frame.clone(), Mode::BASE);
        let (left, right) = match (side(link), side(link + 1)) {
            (Ok(left), Ok(right)) => (left.value.value, right.value.value),
            (Err(trouble), _) | (_, Err(trouble)) if !trouble.is_of_one_instance() => return Err(trouble),
            _ => continue,
        };
        if left != right {
            return Ok(Some((frame, left, right)));
        }
    }
    Ok(None)
}

fn describe(
    ev: &ExactEvaluator<'_>,
    chain: &ChainNode,
    link: usize,
    frame: &Frame,
    left: &RBig,
    right: &RBig,
) -> Counterexample {
    let backend = &ev.domain.backend;
    let mut network = Vec::new();
    let fixed_points = backend.fixed_points();
    let sides = &chain.sides[link..=link + 1];
    let solved =
        fixed_points.len() == 1 && backend.other_exponentials() == 0 && !bias_counts(ev.document, sides);
    for param in params_of(ev.document, sides) {
        if solved && param == BIAS {
            continue;
        }
        let family = &ev.document.params[param];
        let mut values = Vec::new();
        each_entry(ev.shape, &family.sorts, &mut |flat, indices| {
            values.push(backend.entry(family, param, flat, indices).to_string());
        });
        network.push((family.name.clone(), rows(&values, ev.shape, &family.sorts)));
    }
    for (action, activity) in &fixed_points {
        let name = match action {
            Some(action) => format!("q | {}", unit_name(ev.shape, *action)),
            None => "q".to_owned(),
        };
        let values: Vec<String> = activity.iter().map(RBig::to_string).collect();
        network.push((name, format!("({})", values.join(", "))));
    }
    let reading = match (fixed_points.len(), backend.other_exponentials(), solved) {
        (0, 0, _) => "all values are exact",
        (_, _, true) => {
            "all values are exact; the network is real: W, U, s and q are as stated, and b = ln q - 2κWq - Uᵀs"
        }
        _ => {
            "all values are exact where the exponentials of independent sums of entries take rational values of \
             their own; a real network is in the line below"
        }
    };
    Counterexample {
        equation: equation(chain, link),
        shape: ev.shape.to_string(),
        convention: convention(backend.convention()),
        indices: named(ev.shape, chain, frame),
        left: left.to_string(),
        right: right.to_string(),
        network,
        reading: reading.to_owned(),
        real: None,
    }
}

/// The sides depend on the bias other than through exponentials, so that it cannot be solved for.
fn bias_counts(document: &Document, nodes: &[NodeId]) -> bool {
    let mut seen = vec![false; document.nodes.len()];
    let mut queue: Vec<NodeId> = nodes.to_vec();
    while let Some(node) = queue.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        match &document.nodes[node].op {
            Op::Param(BIAS, _) | Op::ParamFamily(BIAS) => return true,
            Op::Exp(_) | Op::Softmax(_) | Op::MeanField { .. } => continue,
            Op::Call(id, _) | Op::LetFamily(id, _) => queue.push(document.lets[*id].body),
            _ => {}
        }
        for_each_child(&document.nodes[node].op, |child| queue.push(child));
    }
    false
}

fn convention(convention: Convention) -> String {
    match convention {
        Convention::Full => "full",
        Convention::Half => "half",
    }
    .to_owned()
}

fn real(
    document: &Document,
    plan: &Plan,
    chain: &ChainNode,
    link: usize,
    shape: Shape,
    point: &Point,
    frame: &Frame,
) -> Option<(String, String)> {
    let mut ev = Evaluator::new(document, &shape, Precise::domain(point.clone()), plan.budget);
    let left = ev.eval(chain.sides[link], &mut frame.clone(), Mode::BASE).ok()?.value;
    let right = ev.eval(chain.sides[link + 1], &mut frame.clone(), Mode::BASE).ok()?.value;
    Some((left.decimal(DIGITS), right.decimal(DIGITS)))
}

/// A violated inequality: its sides have logarithms in them, so they are shown as decimals of a real network.
fn inequality(
    document: &Document,
    plan: &Plan,
    claim: &ClaimNode,
    chain: &ChainNode,
    link: usize,
) -> Option<Counterexample> {
    let landmarks = scales::landmarks(document, std::iter::once(chain));
    for (number, &shape) in plan.shapes.iter().enumerate() {
        let usual = (0..plan.points)
            .map(|attempt| (point(document, shape, claim.given, plan.seed, number, attempt), TOLERANCE));
        let scaled = scales::points(document, plan, shape, claim.given, number, &landmarks)
            .map(|(point, _)| (point, COARSE));
        for (point, tolerance) in usual.chain(scaled) {
            let domain = Precise::domain(point.clone());
            let mut ev = Evaluator::new(document, &shape, domain, plan.budget);
            let Ok(frames) = instances(&mut ev, chain) else { continue };
            for frame in frames {
                let mut side = |at: usize| ev.eval(chain.sides[at], &mut frame.clone(), Mode::BASE);
                let (Ok(left), Ok(right)) = (side(link), side(link + 1)) else { continue };
                let (left, right) = (left.value, right.value);
                if tally::excess(&left, &right, chain.links[link].relation) <= tolerance {
                    continue;
                }
                let mut network = Vec::new();
                for param in params_of(document, &chain.sides) {
                    let family = &document.params[param];
                    let mut values = Vec::new();
                    each_entry(&shape, &family.sorts, &mut |flat, indices| {
                        values.push(point.real(family, param, flat, indices).to_string());
                    });
                    network.push((family.name.clone(), rows(&values, &shape, &family.sorts)));
                }
                return Some(Counterexample {
                    equation: equation(chain, link),
                    shape: shape.to_string(),
                    convention: convention(point.convention),
                    indices: named(&shape, chain, &frame),
                    left: left.decimal(DIGITS),
                    right: right.decimal(DIGITS),
                    network,
                    reading: "the entries are exact; both sides are rounded from 256 bits".to_owned(),
                    real: None,
                });
            }
        }
    }
    None
}

/// The parameter families that the nodes evaluate.
fn params_of(document: &Document, nodes: &[NodeId]) -> BTreeSet<ParamId> {
    let mut found = BTreeSet::new();
    for node in reachable(document, nodes.to_vec()) {
        match &document.nodes[node].op {
            Op::Param(param, _) | Op::ParamFamily(param) => {
                found.insert(*param);
            }
            Op::MeanField { .. } => found.extend([RECURRENT, STATE]),
            _ => {}
        }
    }
    found
}

/// A scalar, a row, or rows separated by semicolons.
fn rows(values: &[String], shape: &Shape, sorts: &[Sort]) -> String {
    let Some(&last) = sorts.last() else { return values.concat() };
    let width = shape.range(last).len().max(1);
    let lines: Vec<String> = values.chunks(width).map(|row| row.join(", ")).collect();
    format!("({})", lines.join("; "))
}

fn unit_name(shape: &Shape, unit: usize) -> String {
    if unit >= shape.hidden_units() {
        format!("action {}", unit - shape.hidden_units())
    } else {
        format!("hidden unit {} of circuit {}", unit % shape.hidden_size, unit / shape.hidden_size)
    }
}

fn named(shape: &Shape, chain: &ChainNode, frame: &Frame) -> Vec<(String, String)> {
    chain
        .binders
        .iter()
        .map(|binder| {
            let SlotValue::Index(index) = frame[binder.slot] else {
                return (binder.name.clone(), String::new());
            };
            let index = index as usize;
            let sort = match binder.set {
                SetNode::All(sort) => sort.base(),
                SetNode::CircuitOf(_) => Sort::Unit,
            };
            let value = match sort {
                Sort::Unit => unit_name(shape, index),
                Sort::Configuration => {
                    let winners: Vec<String> = (0..shape.circuits())
                        .map(|circuit| {
                            (shape.winner(index, circuit) - shape.members(circuit).start).to_string()
                        })
                        .collect();
                    format!("winners ({})", winners.join(", "))
                }
                Sort::State => format!("state {index}"),
                Sort::Situation => format!("situation {index}"),
                Sort::Lag => format!("step {index}"),
                sort => format!("{sort} {index}"),
            };
            (binder.name.clone(), value)
        })
        .collect()
}
