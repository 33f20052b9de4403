//! Points of other sizes than the usual ones, for links whose truth may depend on how large the entries are: those in which
//! a comparison of numbers chooses a branch, and inequalities.

use std::sync::Arc;

use dashu_ratio::RBig;

use super::classes::Class;
use super::needs::constants;
use super::precisely::{Found, Precisely};
use super::tally::{ChainTally, Indices};
use super::{Keyed, Setting, chosen, instances, reachable};
use crate::evaluate::observations::Observations;
use crate::evaluate::point::{Point, Scale};
use crate::language::ast::Relation;
use crate::resolve::ir::{ChainNode, Document, Given};

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

/// Points of other sizes that a claim is tried at, over all its classes.
const SAMPLES: usize = 64 * SCALES.len();

/// How many of them fall to each class.
pub(super) fn share(classes: usize) -> usize {
    SAMPLES.div_ceil(classes.max(1))
}

/// Points of other sizes in a class, so many, for chains with these landmarks.
pub(super) fn points(
    setting: &Setting<'_>,
    class: &Class,
    given: &Given,
    landmarks: &Arc<[f64]>,
    count: usize,
) -> impl Iterator<Item = Point> {
    // Another class begins with another size.
    let first = class.wiring.0 as usize + class.shape.bulk();
    (0..count).map(move |number| {
        let scale = SCALES[(first + number) % SCALES.len()];
        setting.point(given, class, number).scaled(number, scale, Arc::clone(landmarks))
    })
}

/// The numerals that chains name, their opposites, zero, what lies halfway from each to the next, and what lies beyond them all,
/// in order.
pub(super) fn landmarks<'a>(document: &Document, chains: impl Iterator<Item = &'a ChainNode>) -> Arc<[f64]> {
    let roots = chains.flat_map(|chain| chain.sides.iter().copied().chain(chain.filter)).collect();
    let mut named: Vec<RBig> = constants(document, &reachable(document, roots))
        .into_iter()
        .flat_map(|value| [-value.clone(), value])
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

/// Instances that are tried at a point.
const INSTANCES: usize = 2;

/// Tries a chain at all these points. An instance without a value is left out: large entries often have none.
pub(super) fn compare(
    setting: &Setting<'_>,
    class: &Class,
    given: &Given,
    keyed: &Keyed<'_>,
    tally: &mut ChainTally,
    observations: &mut Observations,
) {
    let landmarks = landmarks(setting.document, std::iter::once(keyed.chain));
    for point in points(setting, class, given, &landmarks, keyed.samples) {
        let mut precise = Precisely::new(setting, class, point.clone());
        let all = instances(precise.evaluator(), keyed.chain).unwrap_or_default();
        let mut compared = false;
        tally.instances = tally.instances.max(all.len());
        for frame in chosen(all, INSTANCES, &point, &keyed.key) {
            for (at, link) in keyed.chain.links.iter().enumerate() {
                if link.relation == Relation::Equal && !tally.links[at].open
                    || tally.links[at].refuted.is_some()
                {
                    continue;
                }
                match precise.link(keyed.chain, at, &frame, false) {
                    Found::Apart(..) => {
                        let found = &mut tally.links[at];
                        found.high_apart = true;
                        found.refuted.get_or_insert((*class, Indices::of(&frame)));
                    }
                    Found::Agreed(_) => {
                        tally.links[at].high_agreed = true;
                        compared = true;
                    }
                    Found::Undecided(..) | Found::NoValue(_) => {}
                }
            }
        }
        tally.samples += usize::from(compared);
        observations.merge(precise.observations());
    }
}
