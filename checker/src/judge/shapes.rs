//! The shapes that a claim is tried on.
//!
//! The shapes go up to the sizes that the claim needs, as far as the work allows. With each shape,
//! all smaller shapes are tried.

use std::collections::BTreeSet;

use super::needs::Needs;
use super::reasons;
use super::sets::{MANY, SETS, Set};
use super::work::Estimate;
use crate::evaluate::geometry::Shape;
use crate::plan::Plan;
use crate::resolve::ir::*;

/// The shapes of a claim, and the sizes that it needs but that are not tried.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// From small to large, with all smaller shapes of each.
    pub(super) shapes: Vec<Shape>,
    /// Sets that are smaller than the claim needs: see [`short_of`].
    pub(super) short: Vec<String>,
    /// Sets that are smaller than the reach of a comparison, in words.
    pub(super) beyond: Vec<String>,
    /// Sizes and wirings that the claim depends on and that are not tried, in words.
    pub(super) unproved: Vec<String>,
    /// The evaluation steps of a required shape, if they are too many.
    pub(super) too_much: Option<f64>,
}

impl Chosen {
    /// Adds the shapes of another choice.
    pub(super) fn include(&mut self, other: &Chosen) {
        let more = other.shapes.iter().filter(|shape| !self.shapes.contains(shape)).copied();
        let more: Vec<Shape> = more.collect();
        self.shapes.extend(more);
        self.shapes.sort_by_key(Shape::bulk);
    }
}

const fn shape(states: usize, hidden_circuits: usize, hidden_size: usize, actions: usize) -> Shape {
    Shape { states, hidden_circuits, hidden_size, actions, situations: 1, window: 2 }
}

/// The smallest shape. An action circuit with one unit has no choice, and the double-exponential
/// kernel is zero at its first step, so there are two of each.
const SMALLEST: Shape = shape(1, 1, 1, 2);

/// The smallest network with four hidden circuits.
const FOUR_CIRCUITS: Shape = shape(1, 4, 1, 2);

/// Four hidden circuits with a choice in each.
const FOUR_CHOICES: Shape = shape(1, 4, 2, 2);

/// A claim with fewer evaluation steps than this on every usual shape is tried on all combinations
/// of sizes.
const CHEAP: f64 = 2000.0;

/// A claim that takes too many steps on one of these is refused: smaller shapes alone say little.
const REQUIRED: [Shape; 2] = [shape(1, 2, 2, 2), shape(1, 1, 2, 3)];

/// The shapes that every claim is tried on, with all smaller shapes.
const USUAL: [Shape; 6] = [
    shape(2, 2, 2, 2),
    shape(1, 1, 3, 3),
    shape(1, 2, 2, 3),
    shape(1, 2, 3, 2),
    shape(1, 3, 2, 2),
    shape(3, 1, 1, 3),
];

/// Tried before other large shapes if the work allows: two circuits of three units with three
/// actions.
const JOINT: Shape = shape(1, 2, 3, 3);

/// The shapes with `--thorough`, with all smaller shapes.
const THOROUGH: [Shape; 8] = [
    shape(4, 2, 2, 2),
    shape(2, 2, 2, 3),
    shape(1, 1, 4, 4),
    shape(1, 2, 2, 4),
    shape(1, 2, 3, 3),
    shape(1, 3, 2, 3),
    shape(1, 3, 3, 2),
    shape(1, 4, 1, 2),
];

impl Shape {
    fn fits(&self, other: &Shape) -> bool {
        self.states <= other.states
            && self.hidden_circuits <= other.hidden_circuits
            && self.hidden_size <= other.hidden_size
            && self.actions <= other.actions
            && self.situations <= other.situations
            && self.window <= other.window
    }

    /// Every claim is tried on this shape, apart from its situations and window.
    pub(super) fn is_usual(&self) -> bool {
        let network = Shape { situations: 1, window: 2, ..*self };
        USUAL.iter().any(|corner| network.fits(corner))
    }

    pub(super) fn bulk(&self) -> usize {
        self.units() * self.states * self.situations * self.window * self.configurations()
    }
}

/// Chooses the shapes of a claim.
pub(super) fn choose(document: &Document, plan: &Plan, chains: &[ChainNode], needs: &Needs) -> Chosen {
    let mut corners = corners(plan, needs);
    let cheap = USUAL.iter().all(|shape| Estimate::of(document, shape, chains) < CHEAP);
    if cheap {
        corners.push(needs.generous());
    }
    let all = below(&corners, needs);
    let required = all.iter().filter(|shape| {
        let beside = Shape { situations: 1, window: 2, ..**shape };
        REQUIRED.iter().any(|corner| beside.fits(corner)) && shape.situations <= 2 && shape.window <= 3
    });
    let most = required.map(|shape| Estimate::of(document, shape, chains)).fold(0.0, f64::max);
    if most > plan.budget as f64 {
        return Chosen {
            shapes: vec![],
            short: vec![],
            beyond: vec![],
            unproved: vec![],
            too_much: Some(most),
        };
    }
    let mut shapes: Vec<Shape> = Vec::new();
    let mut left: Vec<Shape> = Vec::new();
    let mut spent = 0.0;
    for shape in all {
        let classes = classes(needs, &shape) as f64;
        let work = Estimate::of(document, &shape, chains);
        let usual = shape.is_usual();
        // These shapes show what other large shapes do not.
        let own = shape.fits(&JOINT)
            || shape.fits(&FOUR_CHOICES) && needs.circuits_at_once() >= 3
            || shape.fits(&FOUR_CIRCUITS) && connected(needs) >= 4;
        let fits = if usual {
            work <= plan.budget as f64
        } else {
            work <= plan.largest_work as f64 && (own || spent + work * classes <= plan.claim_work as f64)
        };
        if left.iter().any(|other| other.fits(&shape)) || !(fits || shape == SMALLEST) {
            left.push(shape);
            continue;
        }
        if !usual && !own {
            spent += work * classes;
        }
        shapes.push(shape);
    }
    let (mut short, mut beyond, mut unproved) = (Vec::new(), Vec::new(), Vec::new());
    for set in SETS.into_iter().filter(|&set| needs.uses(set)) {
        let reached = shapes.iter().map(|shape| set.size(shape)).max().unwrap_or(0);
        let name = set.name();
        if needs.degree(set) > reached {
            short.push(short_of(needs, set, reached));
        }
        if needs.reach(set) > reached {
            beyond.push(format!(
                "the claim compares sizes or positions of {name}; the comparison may change beyond the {reached} that were tried"
            ));
        }
    }
    for set in SETS {
        let reached = shapes.iter().map(|shape| set.size(shape)).max().unwrap_or(0);
        if needs.sized(set) > reached {
            unproved.push(reasons::too_small(set.name(), needs.degrees.size(set), needs.sized(set), reached));
        }
    }
    let circuits = needs.circuits_at_once();
    let wired = if shapes.iter().any(|shape| *shape == FOUR_CIRCUITS && has_every_wiring(needs, shape)) {
        4
    } else {
        3
    };
    if connected(needs) > wired {
        unproved.push(reasons::not_every_wiring(needs.degrees.circuits, wired));
    }
    if needs.wiring && circuits > wired {
        short.push(format!("not every wiring of more than {wired} hidden circuits was tried"));
    }
    Chosen { shapes, short, beyond, unproved, too_much: None }
}

/// All wirings of the shape are tried: on the usual shapes, and with four hidden circuits for
/// claims that bind or connect four circuits and do not read their positions.
pub(super) fn has_every_wiring(needs: &Needs, shape: &Shape) -> bool {
    let four = needs.circuits_at_once() >= 4 || connected(needs) >= 4;
    shape.is_usual() || *shape == FOUR_CIRCUITS && four && !needs.named
}

/// Number of hidden circuits of which every wiring must be tried: those that a monomial connects,
/// and more if the number of circuits counts. A single connection exists on every shape.
fn connected(needs: &Needs) -> usize {
    let circuits = needs.degrees.circuits;
    if circuits > 2 { circuits.saturating_add(needs.degrees.size(Set::Circuits)) } else { 0 }
}

/// The size of a set beyond which the claim is not proved, in words.
fn short_of(needs: &Needs, set: Set, reached: usize) -> String {
    let (name, degree) = (set.name(), needs.degree(set));
    if degree >= MANY {
        return format!("not proved beyond {reached} {name}: no number of them is known to suffice");
    }
    let wanted = needs.wanted(set as usize);
    format!(
        "not proved beyond {reached} {name}: the claim has degree {degree} in them, so {wanted} would be needed"
    )
}

/// Number of classes of a shape for a claim.
fn classes(needs: &Needs, shape: &Shape) -> usize {
    let wirings = if needs.wiring {
        super::classes::wirings(shape.hidden_circuits, needs.named, has_every_wiring(needs, shape)).len()
    } else {
        1
    };
    wirings * if needs.convention { 2 } else { 1 }
}

/// The largest shapes to try. With each, all smaller shapes are tried.
fn corners(plan: &Plan, needs: &Needs) -> Vec<Shape> {
    let mut corners: Vec<Shape> = USUAL.to_vec();
    if plan.thorough {
        corners.extend(THOROUGH);
    }
    if connected(needs) >= 4 {
        corners.push(FOUR_CIRCUITS);
    }
    let wanted = |set: Set| {
        let at = set as usize;
        needs.wanted(at).clamp(Set::size(set, &SMALLEST), set.largest())
    };
    let (states, hidden, actions) = (wanted(Set::States), wanted(Set::Hidden), wanted(Set::Actions));
    let circuits = wanted(Set::Circuits).max(2) - 1;
    let half = hidden.div_ceil(2);
    corners.extend([
        JOINT,
        shape(1, 1, hidden, actions),
        shape(1, circuits, 1, actions),
        shape(1, 2, half, actions),
        shape(1, circuits, 2, 2),
        shape(states, 1, 1, actions),
        shape(states, 1, hidden, 2),
        shape(states, circuits, 1, 2),
    ]);
    let (situations, window) = (wanted(Set::Situations).max(3), wanted(Set::Window).max(4));
    let beside = |shape: Shape, situations: usize, window: usize| Shape { situations, window, ..shape };
    // Situations and windows, with small networks.
    for (uses, situations, window) in
        [(needs.uses(Set::Situations), situations, 2), (needs.uses(Set::Window), 1, window)]
    {
        if uses {
            let few = |count: usize, least: usize| count.min(least + 1);
            corners.extend([
                beside(shape(1, 1, 1, actions.min(4)), situations, window),
                beside(shape(1, 1, 2, 2), few(situations, 2), few(window, 3)),
                beside(shape(1, 2, 1, 2), few(situations, 2), few(window, 3)),
                beside(shape(2, 1, 2, 2), few(situations, 1), few(window, 2)),
                beside(shape(1, 1, 2, 3), few(situations, 1), few(window, 2)),
                beside(shape(1, 2, 2, 2), few(situations, 1), few(window, 2)),
            ]);
        }
    }
    corners
}

/// All shapes that are not larger than a corner, from small to large. Sets that the claim does not
/// use have their smallest size.
fn below(corners: &[Shape], needs: &Needs) -> Vec<Shape> {
    let uses = |set: Set| needs.uses(set);
    let mut found: BTreeSet<(usize, [usize; 6])> = BTreeSet::new();
    for corner in corners {
        let up_to =
            |set: Set, least: usize, most: usize| least..=if uses(set) { most.max(least) } else { least };
        for states in up_to(Set::States, 1, corner.states) {
            for hidden_circuits in up_to(Set::Hidden, 1, corner.hidden_circuits) {
                for hidden_size in up_to(Set::Hidden, 1, corner.hidden_size) {
                    for actions in up_to(Set::Actions, 2, corner.actions) {
                        for situations in up_to(Set::Situations, 1, corner.situations) {
                            for window in up_to(Set::Window, 2, corner.window) {
                                let shape = Shape {
                                    states,
                                    hidden_circuits,
                                    hidden_size,
                                    actions,
                                    situations,
                                    window,
                                };
                                let sizes =
                                    [states, hidden_circuits, hidden_size, actions, situations, window];
                                found.insert((shape.bulk(), sizes));
                            }
                        }
                    }
                }
            }
        }
    }
    found
        .into_iter()
        .map(|(_, [states, hidden_circuits, hidden_size, actions, situations, window])| Shape {
            states,
            hidden_circuits,
            hidden_size,
            actions,
            situations,
            window,
        })
        .collect()
}
