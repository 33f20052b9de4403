//! The comparison of the sides of a chain at one point, in each tier, and what adds up over points and shapes.

use super::report::{DifferenceTier, ExactTier, HighTier, Tiers};
use crate::evaluate::difference::{Difference, DifferenceEvaluator};
use crate::evaluate::domain::{Domain, Mode};
use crate::evaluate::exact::ExactEvaluator;
use crate::evaluate::high::{self, HighEvaluator, TOLERANCE};
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
    /// A comparison of numbers, in a side or in the chain's filter, does not come out alike for all values.
    pub(super) unsettled: bool,
}

/// Everything found about one chain, on some shapes.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainTally {
    pub(super) links: Vec<LinkTally>,
    pub(super) tiers: Tiers,
    pub(super) instances: usize,
    /// Points of other sizes at which the exact tier compared something.
    pub(super) scaled: usize,
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

    /// Some link may be true at some sizes of the entries only, and is not refuted yet.
    pub(super) fn depends_on_size(&self, chain: &ChainNode) -> bool {
        self.links.iter().zip(&chain.links).any(|(found, link)| match link.relation {
            Relation::Equal => found.unsettled && !(found.exact_failed && found.high_failed),
            _ => !found.high_failed,
        })
    }

    /// Some link is an equality that may be true at some sizes only.
    pub(super) fn is_compared_exactly_at_scale(&self, chain: &ChainNode) -> bool {
        let mut links = self.links.iter().zip(&chain.links);
        links.any(|(found, link)| link.relation == Relation::Equal && found.unsettled)
    }

    pub(super) fn merge(&mut self, other: &ChainTally) {
        for (mine, theirs) in self.links.iter_mut().zip(&other.links) {
            mine.exact_failed |= theirs.exact_failed;
            mine.exact_compared |= theirs.exact_compared;
            mine.difference_failed |= theirs.difference_failed;
            mine.difference_sharp |= theirs.difference_sharp;
            mine.high_failed |= theirs.high_failed;
            mine.high_compared |= theirs.high_compared;
            mine.unsettled |= theirs.unsettled;
        }
        self.instances += other.instances;
        self.scaled += other.scaled;
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

/// What two sides must differ by, relative to the larger of both and one, at a point of another size: large entries cancel
/// to many digits, and a wrong branch is no matter of digits.
pub(super) const COARSE: f64 = 1e-12;

/// Is told of a link: its place, its relation, both sides, and whether a comparison of values chose the branch of one.
type Visit<'a, N> = dyn FnMut(usize, Relation, &N, &N, bool) + 'a;

/// Visits the links of an instance with the values of their two sides.
fn links<D: Domain>(
    ev: &mut Evaluator<'_, D>,
    chain: &ChainNode,
    frame: &Frame,
    visit: &mut Visit<'_, D::Number>,
) -> Outcome<()> {
    let sides = chain
        .sides
        .iter()
        .map(|&side| ev.watched(|ev| ev.eval(side, &mut frame.clone(), Mode::BASE)))
        .collect::<Outcome<Vec<_>>>()?;
    for (at, (link, pair)) in chain.links.iter().zip(sides.windows(2)).enumerate() {
        visit(at, link.relation, &pair[0].0, &pair[1].0, pair[0].1 || pair[1].1);
    }
    Ok(())
}

/// Compares all links of the instances exactly. Returns the largest degree met, and which instances have a value.
pub(super) fn exactly(
    ev: &mut ExactEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<(f64, Vec<bool>)> {
    let mut degree: f64 = 0.0;
    let compared = each_instance(frames, Tier::Exact, tally, &mut |frame, tally| {
        links(ev, chain, frame, &mut |at, relation, left, right, unsettled| {
            if relation == Relation::Equal {
                let (left, right): (&Exact, &Exact) = (&left.value, &right.value);
                let link = &mut tally.links[at];
                link.exact_compared = true;
                link.exact_failed |= left.value != right.value;
                link.unsettled |= unsettled;
                degree = degree.max(left.difference_degree(right));
            }
        })
    })?;
    let count = compared.iter().filter(|&&compared| compared).count();
    tally.tiers.exact.instances += count;
    tally.tiers.exact.points += usize::from(count > 0);
    Ok((degree, compared))
}

/// Compares instances, and says which have a value. That one has none does not keep the others from being compared.
fn each_instance(
    frames: &[Frame],
    tier: Tier,
    tally: &mut ChainTally,
    compare: &mut dyn FnMut(&Frame, &mut ChainTally) -> Outcome<()>,
) -> Outcome<Vec<bool>> {
    let mut last = None;
    let mut compared = Vec::with_capacity(frames.len());
    for frame in frames {
        match compare(frame, tally) {
            Ok(()) => compared.push(true),
            Err(trouble) if trouble.is_of_one_instance() => {
                last = Some(trouble);
                compared.push(false);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    tally.troubles.extend(last.map(|trouble| (tier, trouble)));
    Ok(compared)
}

/// Compares the links that `known` says depend on the size of the entries, where they have a value. Returns what was found,
/// and the instances that differ.
pub(super) fn exactly_at_scale(
    ev: &mut ExactEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    known: &ChainTally,
) -> Outcome<(ChainTally, Vec<Frame>)> {
    let mut tally = ChainTally::new(chain);
    tally.instances = frames.len();
    let mut differing = Vec::new();
    let mut compared = false;
    for frame in frames {
        let mut differs = false;
        let outcome = links(ev, chain, frame, &mut |at, relation, left, right, _| {
            if relation == Relation::Equal && known.links[at].unsettled {
                let link = &mut tally.links[at];
                link.exact_compared = true;
                link.exact_failed |= left.value.value != right.value.value;
                differs |= left.value.value != right.value.value;
            }
        });
        match outcome {
            Err(Trouble::Again) => return Err(Trouble::Again),
            Err(_) => continue,
            Ok(()) => compared = true,
        }
        if differs {
            differing.push(frame.clone());
        }
    }
    tally.scaled = usize::from(compared);
    Ok((tally, differing))
}

/// Compares the links of the instances by finite differences, within the bounds that come with them.
pub(super) fn by_differences(
    ev: &mut DifferenceEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<()> {
    let compared = each_instance(frames, Tier::Difference, tally, &mut |frame, tally| {
        links(ev, chain, frame, &mut |at, relation, left, right, _| {
            let bound = left.radius + right.radius;
            let error = match relation {
                Relation::Equal => (left.middle - right.middle).abs(),
                Relation::LessEqual => left.middle - right.middle,
                Relation::GreaterEqual => right.middle - left.middle,
            };
            let failed = match relation {
                Relation::Equal => !Difference::agree(left, right),
                _ => error > bound,
            };
            tally.links[at].difference_failed |= failed;
            let scale = left.middle.abs().max(right.middle.abs()).max(1.0);
            tally.links[at].difference_sharp |= bound < SHARP * scale;
            let tier = &mut tally.tiers.finite_difference;
            if !failed && relation == Relation::Equal && error >= tier.max_error {
                tier.max_error = error;
                tier.bound = bound;
            }
        })
    })?;
    let count = compared.iter().filter(|&&compared| compared).count();
    tally.tiers.finite_difference.instances += count;
    tally.tiers.finite_difference.points += usize::from(count > 0);
    Ok(())
}

/// Compares the links of the instances with 256 bits.
pub(super) fn precisely(
    ev: &mut HighEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) -> Outcome<()> {
    let compared = each_instance(frames, Tier::High, tally, &mut |frame, tally| {
        links(ev, chain, frame, &mut |at, relation, left, right, _| {
            let error = excess(&left.value, &right.value, relation);
            tally.links[at].high_compared = true;
            if error > TOLERANCE {
                tally.links[at].high_failed = true;
            } else {
                let tier = &mut tally.tiers.high_precision;
                tier.max_error = tier.max_error.max(error);
            }
        })
    })?;
    let count = compared.iter().filter(|&&compared| compared).count();
    tally.tiers.high_precision.instances += count;
    tally.tiers.high_precision.points += usize::from(count > 0);
    Ok(())
}

/// As [`exactly_at_scale`], with 256 bits, and for inequalities too.
pub(super) fn precisely_at_scale(
    ev: &mut HighEvaluator<'_>,
    chain: &ChainNode,
    frames: &[Frame],
    tally: &mut ChainTally,
) {
    for frame in frames {
        // An instance without a value says nothing.
        let _ = links(ev, chain, frame, &mut |at, relation, left, right, _| {
            let link = &mut tally.links[at];
            if relation != Relation::Equal || link.unsettled {
                link.high_compared = true;
                link.high_failed |= excess(&left.value, &right.value, relation) > COARSE;
            }
        });
    }
}

/// By how much the relation is missed, relative to the larger of both sides and one.
pub(super) fn excess(left: &High, right: &High, relation: Relation) -> f64 {
    let gap = match relation {
        Relation::Equal => left.sub(right).abs(),
        Relation::LessEqual => left.sub(right),
        Relation::GreaterEqual => right.sub(left),
    };
    high::excess(&gap, left, right).max(0.0)
}
