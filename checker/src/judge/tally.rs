//! The comparison of the sides of a chain at one point, in each tier, and what adds up over points and shapes.

use super::report::{DifferenceTier, ExactTier, HighTier, Tiers};
use crate::evaluate::difference::{Difference, DifferenceEvaluator};
use crate::evaluate::domain::{Domain, Mode};
use crate::evaluate::exact::ExactEvaluator;
use crate::evaluate::high::{HighEvaluator, TOLERANCE};
use crate::evaluate::{Evaluator, Frame, Outcome, Trouble};
use crate::language::ast::Relation;
use crate::number::Number;
use crate::number::exact::Exact;
use crate::number::high::{High, PRECISION};
use crate::resolve::ir::ChainNode;

/// What one tier has to say about one link.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTally {
    pub(super) exact_failed: bool,
    pub(super) exact_compared: bool,
    pub(super) difference_failed: bool,
    /// Some bound was narrow enough to tell a wrong result from a right one.
    pub(super) difference_sharp: bool,
    pub(super) high_failed: bool,
    pub(super) high_compared: bool,
}

/// Everything found about one chain, on some shapes.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainTally {
    pub(super) links: Vec<LinkTally>,
    pub(super) tiers: Tiers,
    pub(super) instances: usize,
    /// Points without a value, with the last reason.
    pub(super) troubles: Vec<(Tier, Trouble)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    Exact,
    Difference,
    High,
}

impl ChainTally {
    pub(super) fn new(chain: &ChainNode) -> Self {
        Self { links: vec![LinkTally::default(); chain.links.len()], ..Self::default() }
    }

    pub(super) fn merge(&mut self, other: &ChainTally) {
        for (mine, theirs) in self.links.iter_mut().zip(&other.links) {
            mine.exact_failed |= theirs.exact_failed;
            mine.exact_compared |= theirs.exact_compared;
            mine.difference_failed |= theirs.difference_failed;
            mine.difference_sharp |= theirs.difference_sharp;
            mine.high_failed |= theirs.high_failed;
            mine.high_compared |= theirs.high_compared;
        }
        self.instances += other.instances;
        self.troubles.extend(other.troubles.iter().copied());
        merge_tiers(&mut self.tiers, &other.tiers);
    }
}

pub(super) fn merge_tiers(mine: &mut Tiers, theirs: &Tiers) {
    let ExactTier { shapes, points, instances, error_probability } = theirs.exact;
    mine.exact.shapes += shapes;
    mine.exact.points += points;
    mine.exact.instances += instances;
    mine.exact.error_probability = mine.exact.error_probability.max(error_probability);
    let DifferenceTier { points, instances, max_error, bound } = theirs.finite_difference;
    mine.finite_difference.points += points;
    mine.finite_difference.instances += instances;
    if max_error >= mine.finite_difference.max_error {
        mine.finite_difference.max_error = max_error;
        mine.finite_difference.bound = bound;
    }
    let HighTier { points, instances, max_error, .. } = theirs.high_precision;
    mine.high_precision.points += points;
    mine.high_precision.instances += instances;
    mine.high_precision.bits = PRECISION;
    mine.high_precision.max_error = mine.high_precision.max_error.max(max_error);
}

/// A bound below this, relative to the larger of both sides and one, is narrow.
const SHARP: f64 = 1e-4;

fn sides<D: Domain>(ev: &mut Evaluator<'_, D>, chain: &ChainNode, frame: &Frame) -> Outcome<Vec<D::Number>> {
    chain.sides.iter().map(|&side| ev.eval(side, &mut frame.clone(), Mode::BASE)).collect()
}

/// Compares all links of the instances exactly. Returns the largest degree met.
pub(super) fn exactly(
    ev: &mut ExactEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<f64> {
    let mut degree: f64 = 0.0;
    for frame in frames {
        let sides = sides(ev, chain, frame)?;
        for (at, link) in chain.links.iter().enumerate() {
            if link.relation != Relation::Equal {
                continue;
            }
            let (left, right): (&Exact, &Exact) = (&sides[at].value, &sides[at + 1].value);
            tally.links[at].exact_compared = true;
            tally.links[at].exact_failed |= left.value != right.value;
            degree = degree.max(left.difference_degree(right));
        }
        tally.tiers.exact.instances += 1;
    }
    tally.tiers.exact.points += 1;
    Ok(degree)
}

/// Compares the links of the instances by finite differences, within the bounds that come with them.
pub(super) fn by_differences(
    ev: &mut DifferenceEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<()> {
    for frame in frames {
        let sides = sides(ev, chain, frame)?;
        for (at, link) in chain.links.iter().enumerate() {
            let (left, right) = (&sides[at], &sides[at + 1]);
            let bound = left.radius + right.radius;
            let error = match link.relation {
                Relation::Equal => (left.middle - right.middle).abs(),
                Relation::LessEqual => left.middle - right.middle,
                Relation::GreaterEqual => right.middle - left.middle,
            };
            let failed = match link.relation {
                Relation::Equal => !Difference::agree(left, right),
                _ => error > bound,
            };
            tally.links[at].difference_failed |= failed;
            let scale = left.middle.abs().max(right.middle.abs()).max(1.0);
            tally.links[at].difference_sharp |= bound < SHARP * scale;
            let tier = &mut tally.tiers.finite_difference;
            if !failed && link.relation == Relation::Equal && error >= tier.max_error {
                tier.max_error = error;
                tier.bound = bound;
            }
        }
        tally.tiers.finite_difference.instances += 1;
    }
    tally.tiers.finite_difference.points += 1;
    Ok(())
}

/// Compares the links of the instances with 256 bits.
pub(super) fn precisely(
    ev: &mut HighEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<()> {
    for frame in frames {
        let sides = sides(ev, chain, frame)?;
        for (at, link) in chain.links.iter().enumerate() {
            let error = excess(&sides[at].value, &sides[at + 1].value, link.relation);
            tally.links[at].high_compared = true;
            if error > TOLERANCE {
                tally.links[at].high_failed = true;
            } else {
                let tier = &mut tally.tiers.high_precision;
                tier.max_error = tier.max_error.max(error);
            }
        }
        tally.tiers.high_precision.instances += 1;
    }
    tally.tiers.high_precision.points += 1;
    Ok(())
}

/// By how much the relation is missed, relative to the larger of both sides and one.
pub(super) fn excess(left: &High, right: &High, relation: Relation) -> f64 {
    let scale = left.to_f64().abs().max(right.to_f64().abs()).max(1.0);
    let gap = left.sub(right);
    let gap = match relation {
        Relation::Equal => gap.abs().to_f64(),
        Relation::LessEqual => gap.to_f64(),
        Relation::GreaterEqual => -gap.to_f64(),
    };
    gap.max(0.0) / scale
}
