//! Points with entries of other sizes, for links that may depend on the size or the sign of
//! entries: inequalities, links in which a comparison of numbers chooses a branch, and links with
//! logarithms of numbers that may be negative. `exp((ln x)/2)` is positive, but residues have no
//! sign.

use std::sync::Arc;

use dashu_ratio::RBig;

use super::analysis::constants;
use super::classes::Class;
use super::instances::{chosen, instances};
use super::precisely::{Found, Precisely};
use super::setting::{Keyed, Setting};
use super::tally::{ChainTally, Indices};
use crate::evaluate::Frame;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::{Point, Scale};
use crate::language::ast::Relation;
use crate::resolve::ir::{ChainNode, Document, Given};
use crate::resolve::walk::reachable;

/// Integers of `bits` bits times a power of two.
const fn scale(bits: u32, power: i32) -> Scale {
    Scale { bits, lowest: power, highest: power, near: false }
}

/// Every entry has its own order of magnitude, or lies at, between or beyond the numerals of the
/// claim.
const MIXED: Scale = Scale { bits: 4, lowest: -14, highest: 16, near: true };

/// The scales of the points, in order. Small integers first: they often tie, and they are easy to
/// read in a counterexample.
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

/// Number of points of other sizes of a claim, over all its classes.
const SAMPLES: usize = 64 * SCALES.len();

/// Number of these points in each class.
pub(super) fn share(classes: usize) -> usize {
    SAMPLES.div_ceil(classes.max(1))
}

/// Number of points that are searched for one at which signs separate two sides.
pub(super) const SIGNED: usize = 2 * SCALES.len();

/// Number of points in each class for links that depend on signs.
pub(super) fn signed_share(classes: usize) -> usize {
    (SAMPLES / 4).div_ceil(classes.max(1)).max(2)
}

/// Number of points that are searched for one at which an instance has a value.
pub(super) const ELSEWHERE: usize = 12;

/// The points that are searched for one at which an instance has a value.
pub(super) fn elsewhere(
    setting: &Setting<'_>,
    class: &Class,
    given: &Given,
    chain: &ChainNode,
) -> Vec<Point> {
    let landmarks = landmarks(setting.document, std::iter::once(chain));
    points(setting, class, given, &landmarks, ELSEWHERE).collect()
}

/// `count` points of other sizes in a class, for chains with these landmarks.
pub(super) fn points(
    setting: &Setting<'_>,
    class: &Class,
    given: &Given,
    landmarks: &Arc<[f64]>,
    count: usize,
) -> impl Iterator<Item = Point> {
    // Each class begins with another size.
    let first = class.wiring.0 as usize + class.shape.bulk();
    (0..count).map(move |number| {
        let scale = SCALES[(first + number) % SCALES.len()];
        setting.point(given, class, number).scaled(number, scale, Arc::clone(landmarks))
    })
}

/// The numerals of chains, their negatives, zero, the midpoints between neighbours, and twice the
/// largest with both signs; sorted.
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

/// The result at a point of another size at which the balls of a link do not meet.
pub(super) fn apart(
    setting: &Setting<'_>,
    (class, given): (&Class, &Given),
    (chain, link): (&ChainNode, usize),
    frame: &Frame,
) -> Option<Found> {
    let landmarks = landmarks(setting.document, std::iter::once(chain));
    points(setting, class, given, &landmarks, SIGNED).find_map(|point| {
        let mut precise = Precisely::new(setting, class, point);
        if !has_instance(&mut precise, chain, frame) {
            return None;
        }
        let found = precise.link(chain, link, frame, false);
        matches!(found, Found::Apart(..)).then_some(found)
    })
}

/// The chain has this instance at this point. Values may choose the instances.
pub(super) fn has_instance(precise: &mut Precisely<'_>, chain: &ChainNode, frame: &Frame) -> bool {
    let all = instances(precise.evaluator(), chain).unwrap_or_default();
    all.iter().any(|other| Indices::of(other) == Indices::of(frame))
}

/// Tries a chain at `tally.share` of these points. An instance without a value is left out: this is
/// frequent for large entries.
///
/// `signed`: all its links may depend on signs.
pub(super) fn compare(
    setting: &Setting<'_>,
    class: &Class,
    given: &Given,
    (keyed, signed): (&Keyed<'_>, bool),
    tally: &mut ChainTally,
    observations: &mut Observations,
) {
    let landmarks = landmarks(setting.document, std::iter::once(keyed.chain));
    for point in points(setting, class, given, &landmarks, tally.share) {
        let mut precise = Precisely::new(setting, class, point.clone());
        let all = instances(precise.evaluator(), keyed.chain).unwrap_or_default();
        let mut compared = false;
        tally.instances = tally.instances.max(all.len());
        for frame in chosen(all, INSTANCES, &point, &keyed.key) {
            for (at, link) in keyed.chain.links.iter().enumerate() {
                let by_size = link.relation != Relation::Equal || tally.links[at].open;
                let by_sign = signed && !tally.links[at].exact_differed;
                if !(by_size || by_sign) || tally.links[at].refuted.is_some() {
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
                    Found::NoValue(error) => tally.without_value(error),
                    Found::Undecided(..) => {}
                }
            }
        }
        tally.samples += usize::from(compared);
        observations.merge(precise.observations());
    }
}
