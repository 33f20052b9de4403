//! The results for a chain, in one class or merged over classes.

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

/// Number of classes, small ones first, in which balls may confirm a difference.
const MAX_DIFFERING: usize = 8;

/// The results of all tiers for one link.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTally {
    /// An instance had equal sides in the exact tier; an instance had different sides.
    pub(super) exact_agreed: bool,
    pub(super) exact_differed: bool,
    /// A comparison of values chooses a branch of a side or the instances.
    pub(super) open: bool,
    /// Balls of both sides agreed to the required depth; balls of both sides did not meet.
    pub(super) high_agreed: bool,
    pub(super) high_apart: bool,
    /// The error bound of a finite difference was narrow enough to detect a wrong result.
    pub(super) difference_sharp: bool,
    /// The smallest class and the indices for which the exact tier and balls agree that the sides
    /// differ.
    pub(super) refuted: Option<(Class, Indices)>,
    /// A contradiction of two tiers, with both numbers.
    pub(super) conflict: Option<String>,
}

/// The results of all tiers for one chain.
#[derive(Clone, Debug, Default)]
pub(super) struct ChainTally {
    pub(super) links: Vec<LinkTally>,
    pub(super) tiers: Tiers,
    /// Number of classes tried.
    pub(super) classes: usize,
    pub(super) instances: usize,
    /// Number of points of other sizes in each class.
    pub(super) share: usize,
    /// Number of points at which an open link or an inequality held.
    pub(super) samples: usize,
    /// A side has no value at some real point tried: the argument of a logarithm is not positive,
    /// or a divisor is zero.
    pub(super) partly: bool,
    /// Instances that differ in the exact tier, small classes first.
    pub(super) differing: Vec<(Class, Indices)>,
    /// Number of these instances that balls have checked.
    pub(super) asked: usize,
    /// Why a side has no value for some instance, and the class.
    pub(super) uncovered: Option<(EvalError, Class)>,
    /// The error, if the evaluation took too many steps.
    pub(super) exhausted: Option<EvalError>,
}

impl ChainTally {
    pub(super) fn new(chain: &ChainNode) -> Self {
        Self { links: vec![LinkTally::default(); chain.links.len()], ..Self::default() }
    }

    /// A link that is not refuted may be true only at some sizes of the entries.
    pub(super) fn depends_on_size(&self, chain: &ChainNode) -> bool {
        let mut links = self.links.iter().zip(&chain.links);
        links.any(|(found, link)| (found.open || link.relation != Relation::Equal) && found.refuted.is_none())
    }

    /// Records that a side has no value at a real point.
    pub(super) fn without_value(&mut self, error: EvalError) {
        self.partly |= matches!(error, EvalError::NotPositive(_) | EvalError::DivisionByZero(_));
    }

    /// A link that holds at the usual points may be false for other signs.
    pub(super) fn depends_on_sign(&self) -> bool {
        let undecided = |link: &LinkTally| link.refuted.is_none() && !link.exact_differed;
        self.uncovered.is_none() && self.links.iter().any(undecided)
    }

    pub(super) fn uncover(&mut self, error: EvalError, class: &Class) {
        if matches!(error, EvalError::Budget(_)) {
            self.exhausted.get_or_insert(error);
        } else {
            // A specific reason is better than a tier without a value. Otherwise the smallest class
            // counts.
            let vague = |error: &EvalError| matches!(error, EvalError::Unsupported(_));
            if self.uncovered.is_none_or(|(known, _)| vague(&known) && !vague(&error)) {
                self.uncovered = Some((error, *class));
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
        if let Some((error, class)) = &other.uncovered {
            self.uncover(*error, class);
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
