//! What was found about a chain in one class, and what adds up over classes.

use super::classes::Class;
use super::report::{DifferenceTier, ExactTier, HighTier, Tiers};
use crate::evaluate::{EvalError, Frame, SlotValue};
use crate::language::ast::Relation;
use crate::resolve::ir::ChainNode;

/// The indices of an instance, by slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Indices(Vec<Option<u32>>);

impl Indices {
    pub(super) fn of(frame: &Frame) -> Self {
        let index = |slot: &SlotValue| match slot {
            SlotValue::Index(index) => Some(*index),
            _ => None,
        };
        Self(frame.iter().map(index).collect())
    }

    /// The frame of a chain with these indices.
    pub(super) fn frame(&self) -> Frame {
        self.0.iter().map(|slot| slot.map_or(SlotValue::Unset, SlotValue::Index)).collect()
    }
}

/// Classes, from the smallest on, in which balls are asked to confirm a difference.
const MAX_DIFFERING: usize = 8;

/// What all tiers have to say about one link.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTally {
    /// Both sides had a value in the exact tier, and were the same; and were not.
    pub(super) exact_agreed: bool,
    pub(super) exact_differed: bool,
    /// A comparison of values chooses a branch of a side, or which instances there are.
    pub(super) open: bool,
    /// Balls of both sides agreed to the depth that is asked for; and did not meet.
    pub(super) high_agreed: bool,
    pub(super) high_apart: bool,
    /// Some bound of a finite difference was narrow enough to tell a wrong result from a right one.
    pub(super) difference_sharp: bool,
    /// Where the two tiers that refute agree that the sides differ: the smallest class found, and
    /// the indices.
    pub(super) refuted: Option<(Class, Indices)>,
    /// Two tiers that contradict each other, with both numbers.
    pub(super) conflict: Option<String>,
}

/// Everything found about one chain.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainTally {
    pub(super) links: Vec<LinkTally>,
    pub(super) tiers: Tiers,
    /// Classes in which something was tried.
    pub(super) classes: usize,
    pub(super) instances: usize,
    /// Points of other sizes that fell to each class.
    pub(super) share: usize,
    /// Points at which an open link or an inequality held.
    pub(super) samples: usize,
    /// At some real point that was tried, a side has no value: the argument of a logarithm is not
    /// positive, or a divisor zero.
    pub(super) partly: bool,
    /// Instances that differ in the exact tier, in the smallest classes.
    pub(super) differing: Vec<(Class, Indices)>,
    /// How many of these balls were asked about.
    pub(super) asked: usize,
    /// A side has no value for some instance in a class: why, and where.
    pub(super) uncovered: Option<(EvalError, Class)>,
    /// The same, where it is too much work.
    pub(super) exhausted: Option<EvalError>,
}

impl ChainTally {
    pub(super) fn new(chain: &ChainNode) -> Self {
        Self { links: vec![LinkTally::default(); chain.links.len()], ..Self::default() }
    }

    /// Some link may be true at some sizes of the entries only, and is not refuted yet.
    pub(super) fn depends_on_size(&self, chain: &ChainNode) -> bool {
        let mut links = self.links.iter().zip(&chain.links);
        links.any(|(found, link)| (found.open || link.relation != Relation::Equal) && found.refuted.is_none())
    }

    /// Remembers a real point at which a side has no value.
    pub(super) fn without_value(&mut self, trouble: EvalError) {
        self.partly |= matches!(trouble, EvalError::NotPositive(_) | EvalError::DivisionByZero(_));
    }

    /// Some link that holds at the usual points may be false for other signs.
    pub(super) fn depends_on_sign(&self) -> bool {
        let undecided = |link: &LinkTally| link.refuted.is_none() && !link.exact_differed;
        self.uncovered.is_none() && self.links.iter().any(undecided)
    }

    pub(super) fn uncover(&mut self, trouble: EvalError, class: &Class) {
        if matches!(trouble, EvalError::Budget(_)) {
            self.exhausted.get_or_insert(trouble);
        } else {
            // Why a value is missing says more than that a tier has none. Else the smallest class
            // counts.
            let vague = |trouble: &EvalError| matches!(trouble, EvalError::Unsupported(_));
            if self.uncovered.is_none_or(|(known, _)| vague(&known) && !vague(&trouble)) {
                self.uncovered = Some((trouble, *class));
            }
        }
    }

    pub(super) fn merge(&mut self, other: &ChainTally) {
        for (mine, theirs) in self.links.iter_mut().zip(&other.links) {
            mine.exact_agreed |= theirs.exact_agreed;
            mine.exact_differed |= theirs.exact_differed;
            mine.open |= theirs.open;
            mine.high_agreed |= theirs.high_agreed;
            mine.high_apart |= theirs.high_apart;
            mine.difference_sharp |= theirs.difference_sharp;
            if mine.refuted.is_none() {
                mine.refuted.clone_from(&theirs.refuted);
            }
            if mine.conflict.is_none() {
                mine.conflict.clone_from(&theirs.conflict);
            }
        }
        self.share = self.share.max(other.share);
        self.classes += other.classes;
        self.instances += other.instances;
        self.samples += other.samples;
        self.partly |= other.partly;
        let more = MAX_DIFFERING.saturating_sub(self.differing.len());
        self.differing.extend(other.differing.iter().take(more).cloned());
        if let Some((trouble, class)) = &other.uncovered {
            self.uncover(*trouble, class);
        }
        if self.exhausted.is_none() {
            self.exhausted = other.exhausted;
        }
        merge_tiers(&mut self.tiers, &other.tiers);
    }
}

pub(super) fn merge_tiers(mine: &mut Tiers, theirs: &Tiers) {
    let ExactTier { shapes, classes, points, instances, error_probability } = theirs.exact;
    mine.exact.shapes += shapes;
    mine.exact.classes += classes;
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
    let HighTier { points, instances, bits, max_error } = theirs.high_precision;
    mine.high_precision.points += points;
    mine.high_precision.instances += instances;
    mine.high_precision.bits = mine.high_precision.bits.max(bits);
    mine.high_precision.max_error = mine.high_precision.max_error.max(max_error);
}
