//! Points of other sizes than the usual ones, for links whose truth may depend on how large the entries are: those in which
//! a comparison of numbers chooses a branch, and inequalities.

use std::sync::Arc;

use dashu_ratio::RBig;

use super::tally::{self, ChainTally};
use super::{chosen, exact_point, instances, plan::Plan, reachable};
use crate::evaluate::exact::Size;
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::Precise;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::{Point, Scale};
use crate::evaluate::{Evaluator, Frame, Trouble};
use crate::resolve::ir::{ChainNode, Document, Given, Op};

/// Integers of `bits` bits, times a power of two.
const fn scale(bits: u32, power: i32) -> Scale {
    Scale { bits, lowest: power, highest: power, near: false }
}

/// Every entry has an order of magnitude of its own, or lies at, between or beyond the numerals that the claim names.
const MIXED: Scale = Scale { bits: 4, lowest: -14, highest: 16, near: true };

/// Small integers first, which often tie and read well in a counterexample.
const SCALES: [Scale; 15] = [
    scale(2, 0),
    scale(3, 0),
    scale(6, -3),
    scale(6, 0),
    scale(16, -20),
    scale(12, 0),
    scale(20, 0),
    MIXED,
    MIXED,
    MIXED,
    MIXED,
    MIXED,
    MIXED,
    MIXED,
    MIXED,
];

/// Bits of the exponentials of the exact tier, which are small where the entries are.
const EXPONENTIAL_BITS: [u32; 4] = [3, 6, 12, 20];

/// The points of other sizes on a shape, for chains with these landmarks.
pub(super) fn points(
    document: &Document,
    plan: &Plan,
    shape: Shape,
    given: Given,
    shape_number: usize,
    landmarks: &Arc<[f64]>,
) -> impl Iterator<Item = (Point, Size)> {
    SCALES.into_iter().enumerate().map(move |(number, scale)| {
        let point = super::point(document, shape, given, plan.seed, shape_number, number);
        let size = Size::Scaled(EXPONENTIAL_BITS[number % EXPONENTIAL_BITS.len()]);
        (point.scaled(number, scale, Arc::clone(landmarks)), size)
    })
}

/// The numerals that chains name, their opposites, zero, what lies halfway from each to the next, and what lies beyond them all,
/// in order.
pub(super) fn landmarks<'a>(document: &Document, chains: impl Iterator<Item = &'a ChainNode>) -> Arc<[f64]> {
    let roots = chains.flat_map(|chain| chain.sides.iter().copied().chain(chain.filter)).collect();
    let mut named: Vec<RBig> = reachable(document, roots)
        .into_iter()
        .filter_map(|node| match &document.nodes[node].op {
            Op::Constant(value) => Some([value.clone(), -value.clone()]),
            _ => None,
        })
        .flatten()
        .chain([RBig::ZERO])
        .collect();
    named.sort();
    named.dedup();
    let between: Vec<RBig> = named.windows(2).map(|pair| (&pair[0] + &pair[1]) / RBig::from(2)).collect();
    let beyond = named.last().map(|largest| largest * RBig::from(2));
    let beyond = beyond.filter(|mark| !mark.is_zero()).into_iter().flat_map(|mark| [-mark.clone(), mark]);
    let mut all: Vec<RBig> = beyond.chain(between).chain(named).collect();
    all.sort();
    all.iter().map(|value| value.to_f64().value()).filter(|value| value.is_finite()).collect()
}

/// Tries a chain at all these points. An instance without a value is left out: large entries often have none.
pub(super) fn compare(
    document: &Document,
    plan: &Plan,
    (shape, shape_number): (Shape, usize),
    given: Given,
    (key, chain, tally): ((usize, usize), &ChainNode, &mut ChainTally),
    observations: &mut Observations,
) {
    let landmarks = landmarks(document, std::iter::once(chain));
    let mut powers = Vec::new();
    for (point, size) in points(document, plan, shape, given, shape_number, &landmarks) {
        let mut found: (ChainTally, Vec<Frame>) = Default::default();
        // Fractions have nothing to say of an inequality.
        if tally.is_compared_exactly_at_scale(chain) {
            let learned = exact_point(document, plan, (&shape, &point, size), &mut powers, &mut |ev| {
                found = Default::default();
                let frames = match instances(ev, chain) {
                    Err(Trouble::Again) => return Err(Trouble::Again),
                    frames => frames.unwrap_or_default(),
                };
                found = tally::exactly_at_scale(ev, chain, &frames, tally)?;
                Ok(())
            });
            observations.merge(&learned);
        }
        let (fresh, mut frames) = found;
        tally.merge(&fresh);
        let mut precise = Evaluator::new(document, &shape, Precise::domain(point.clone()), plan.budget);
        let all = instances(&mut precise, chain).unwrap_or_default();
        frames.extend(chosen(all, plan.instances, &point, &key));
        tally::precisely_at_scale(&mut precise, chain, &frames, tally);
        observations.merge(&precise.observations);
    }
}
