//! Which shapes a claim is tried on.
//!
//! A difference between two sides shows on a shape with as many indices of each set as a monomial of the claim can hold, and
//! with sizes on both sides of every number that a size or a place is compared with. The shapes go up to one more than that, as
//! far as the work allows, and with each shape all smaller ones are tried.

use std::collections::BTreeSet;

use dashu_ratio::RBig;

use super::plan::Plan;
use super::reachable;
use super::work::Estimate;
use crate::evaluate::geometry::Shape;
use crate::language::ast::{FoldKind, Relation};
use crate::resolve::for_each_child;
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};

/// The index sets whose sizes make up a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Set {
    States,
    Hidden,
    Actions,
    Circuits,
    Situations,
    Window,
}

const SETS: [Set; 6] = [Set::States, Set::Hidden, Set::Actions, Set::Circuits, Set::Situations, Set::Window];

impl Set {
    fn name(self) -> &'static str {
        match self {
            Set::States => "states",
            Set::Hidden => "hidden units",
            Set::Actions => "actions",
            Set::Circuits => "circuits",
            Set::Situations => "situations",
            Set::Window => "time steps",
        }
    }

    /// The size of the largest set of this kind in a shape.
    fn size(self, shape: &Shape) -> usize {
        match self {
            Set::States => shape.states,
            Set::Hidden => shape.hidden_units(),
            Set::Actions => shape.actions,
            Set::Circuits => shape.circuits(),
            Set::Situations => shape.situations,
            Set::Window => shape.window,
        }
    }

    /// A larger one is never tried.
    fn largest(self) -> usize {
        match self {
            Set::States | Set::Situations => 10,
            Set::Hidden => 8,
            Set::Actions | Set::Window => 9,
            Set::Circuits => 8,
        }
    }
}

/// A number for each set.
type PerSet = [usize; SETS.len()];

fn each(of: impl Fn(usize) -> usize) -> PerSet {
    std::array::from_fn(of)
}

fn larger(a: PerSet, b: PerSet) -> PerSet {
    each(|at| a[at].max(b[at]))
}

/// More indices than this in one monomial count as this many.
const MANY: usize = 64;

fn both(a: PerSet, b: PerSet) -> PerSet {
    each(|at| (a[at] + b[at]).min(MANY))
}

/// Sets that an index of this sort is of.
fn sets_of(sort: Sort) -> PerSet {
    let sets: &[Set] = match sort {
        Sort::Unit => &[Set::Hidden, Set::Actions, Set::Circuits],
        Sort::Hidden => &[Set::Hidden, Set::Circuits],
        Sort::Action => &[Set::Actions],
        Sort::State => &[Set::States],
        Sort::Circuit => &[Set::Circuits],
        Sort::Situation => &[Set::Situations],
        Sort::Lag | Sort::Train => &[Set::Window],
        Sort::Configuration => &[Set::Hidden, Set::Actions, Set::Circuits],
    };
    each(|at| usize::from(sets.contains(&SETS[at])))
}

/// What a claim depends on, and how large it wants the sets to be.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// The sets that occur in it.
    uses: [bool; SETS.len()],
    /// Values of the recurrent weights or of the mask matter.
    pub(super) wiring: bool,
    pub(super) convention: bool,
    /// Circuits or units are told apart by their places.
    pub(super) named: bool,
    /// Different indices that a monomial can hold, or that are bound together.
    indices: PerSet,
    /// Numbers that a size or a place is compared with.
    numerals: PerSet,
}

impl Needs {
    pub(super) fn of(document: &Document, chains: &[ChainNode]) -> Self {
        let mut roots: Vec<NodeId> = Vec::new();
        let mut binders: Vec<&BinderNode> = Vec::new();
        for chain in chains {
            roots.extend(chain.sides.iter().chain(&chain.filter));
            binders.extend(&chain.binders);
        }
        let sets = binders.iter().filter_map(|binder| match binder.set {
            SetNode::CircuitOf(unit) => Some(unit),
            SetNode::All(_) => None,
        });
        roots.extend(sets);
        let nodes = reachable(document, roots);
        let analysis = Analysis::new(document);
        let mut needs = Self {
            uses: [false; SETS.len()],
            wiring: false,
            convention: false,
            named: false,
            indices: [0; SETS.len()],
            numerals: [0; SETS.len()],
        };
        for binder in &binders {
            needs.use_sets(sets_of(analysis.sort(&binder.set)));
        }
        for &node in &nodes {
            needs.node(document, &analysis, node);
        }
        for chain in chains {
            let own = chain
                .binders
                .iter()
                .fold([0; SETS.len()], |sum, b| both(sum, sets_of(analysis.sort(&b.set))));
            for (link, pair) in chain.links.iter().zip(chain.sides.windows(2)) {
                if link.relation != Relation::Equal {
                    needs.compared(&analysis, pair[0], pair[1]);
                }
            }
            for &side in &chain.sides {
                needs.indices = larger(needs.indices, both(own, analysis.bound[side]));
                needs.indices = larger(needs.indices, analysis.indices[side]);
            }
        }
        // A unit lies in a circuit, and every network has an action circuit.
        for (set, implied) in
            [(Set::Hidden, Set::Circuits), (Set::Circuits, Set::Hidden), (Set::Hidden, Set::Actions)]
        {
            needs.uses[implied as usize] |= needs.uses[set as usize];
        }
        needs
    }

    fn use_sets(&mut self, sets: PerSet) {
        for (uses, set) in self.uses.iter_mut().zip(sets) {
            *uses |= set > 0;
        }
    }

    fn node(&mut self, document: &Document, analysis: &Analysis<'_>, node: NodeId) {
        let found = &document.nodes[node];
        match &found.kind {
            Type::Index(sort) => self.use_sets(sets_of(*sort)),
            Type::Family(sorts) => sorts.iter().for_each(|&sort| self.use_sets(sets_of(sort))),
            _ => {}
        }
        match &found.op {
            Op::Param(param, _) | Op::ParamFamily(param) => {
                let family = &document.params[*param];
                family.sorts.iter().for_each(|&sort| self.use_sets(sets_of(sort)));
                let recurrent = matches!(
                    family.kind,
                    ParamKind::Weights(crate::language::ast::Parameter::Recurrent) | ParamKind::Mask
                );
                self.wiring |= recurrent;
                self.convention |= family.kind == ParamKind::Kappa;
            }
            Op::MeanField { .. } => {
                self.wiring = true;
                self.convention = true;
                self.use_sets(sets_of(Sort::Unit));
                self.use_sets(sets_of(Sort::State));
            }
            Op::Fold(_, binders, ..) => {
                binders.iter().for_each(|binder| self.use_sets(sets_of(analysis.sort(&binder.set))));
            }
            Op::Expectation { sort, .. } | Op::Solve { sort, .. } => self.use_sets(sets_of(*sort)),
            Op::Ordinal(index) => {
                if let Type::Index(Sort::Unit | Sort::Hidden | Sort::Circuit) = document.nodes[*index].kind {
                    self.named = true;
                }
            }
            Op::Compare(_, a, b) => {
                self.compared(analysis, *a, *b);
            }
            _ => {}
        }
    }

    /// Numerals that a size or a place is compared with.
    fn compared(&mut self, analysis: &Analysis<'_>, a: NodeId, b: NodeId) {
        let (Some(a), Some(b)) = (&analysis.places[a], &analysis.places[b]) else { return };
        for at in (0..SETS.len()).filter(|&at| a.of[at] || b.of[at]) {
            self.numerals[at] = self.numerals[at].max(a.numeral.max(b.numeral));
        }
    }

    /// Every set as large as it should be, and six at least.
    fn generous(&self) -> Shape {
        let wanted = |set: Set| self.wanted(set as usize).max(6).min(set.largest());
        let network = self.uses[Set::Hidden as usize];
        Shape {
            states: wanted(Set::States),
            hidden_circuits: if network { wanted(Set::Circuits).min(5) - 1 } else { 1 },
            hidden_size: if network { wanted(Set::Hidden).min(4) } else { 1 },
            actions: wanted(Set::Actions),
            situations: wanted(Set::Situations),
            window: wanted(Set::Window),
        }
    }

    /// How large a set should be.
    fn wanted(&self, at: usize) -> usize {
        let numeral = if self.numerals[at] > 0 { self.numerals[at].saturating_add(2) } else { 0 };
        let indices = self.indices[at] + 1;
        // There is an action circuit beside the hidden ones.
        let indices = if SETS[at] == Set::Circuits { indices + 1 } else { indices };
        indices.max(numeral)
    }
}

/// A number made of sizes, places and numerals.
#[derive(Clone, Debug)]
struct Place {
    /// The sets that the sizes and places are of.
    of: [bool; SETS.len()],
    /// The largest magnitude of a numeral in it, rounded up.
    numeral: usize,
    /// Its value, where it is a constant.
    constant: Option<RBig>,
}

/// What is known of every node of a document.
struct Analysis<'a> {
    document: &'a Document,
    /// Different indices that a monomial can hold.
    indices: Vec<PerSet>,
    /// Indices bound together inside.
    bound: Vec<PerSet>,
    places: Vec<Option<Place>>,
}

fn rounded_up(value: &RBig) -> usize {
    let magnitude = if *value < RBig::ZERO { -value.clone() } else { value.clone() };
    usize::try_from(magnitude.ceil()).unwrap_or(usize::MAX / 4).min(usize::MAX / 4)
}

impl<'a> Analysis<'a> {
    fn new(document: &'a Document) -> Self {
        let count = document.nodes.len();
        let mut analysis = Self {
            document,
            indices: Vec::with_capacity(count),
            bound: Vec::with_capacity(count),
            places: Vec::with_capacity(count),
        };
        for node in 0..count {
            let indices = analysis.indices_of(node);
            let bound = analysis.bound_of(node);
            let place = analysis.place_of(node);
            analysis.indices.push(indices);
            analysis.bound.push(bound);
            analysis.places.push(place);
        }
        analysis
    }

    fn sort(&self, set: &SetNode) -> Sort {
        match set {
            SetNode::All(sort) => *sort,
            SetNode::CircuitOf(unit) => match self.document.nodes[*unit].kind {
                Type::Index(sort) => sort,
                _ => Sort::Unit,
            },
        }
    }

    fn sorts(&self, nodes: &[NodeId]) -> PerSet {
        nodes.iter().fold([0; SETS.len()], |sum, &node| match self.document.nodes[node].kind {
            Type::Index(sort) => both(sum, sets_of(sort)),
            _ => sum,
        })
    }

    fn indices_of(&self, node: NodeId) -> PerSet {
        let none = [0; SETS.len()];
        let of = |node: &NodeId| self.indices[*node];
        match &self.document.nodes[node].op {
            Op::Param(_, indices) => self.sorts(indices),
            Op::Entry(family, indices) => larger(of(family), self.sorts(indices)),
            Op::Ordinal(index) => self.sorts(&[*index]),
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                arguments.iter().map(of).fold(of(&self.document.lets[*id].body), both)
            }
            Op::Mul(a, b) | Op::Div(a, b) => both(of(a), of(b)),
            Op::Power(a, exponent) => {
                let times = exponent.unsigned_abs() as usize;
                of(a).map(|count| (count * times).min(MANY))
            }
            Op::Fold(fold, binders, _, body) => {
                let own = binders.iter().fold(none, |sum, b| both(sum, sets_of(self.sort(&b.set))));
                match fold {
                    FoldKind::Sum => larger(own, of(body)),
                    FoldKind::Product => both(own, of(body)),
                }
            }
            Op::Expectation { weight, body, .. } => {
                let (Weight::Circuits(node) | Weight::Spikes(node) | Weight::Number(node)) = weight;
                larger(of(node), of(body))
            }
            op => {
                let mut most = none;
                for_each_child(op, |child| most = larger(most, of(&child)));
                most
            }
        }
    }

    fn bound_of(&self, node: NodeId) -> PerSet {
        let op = &self.document.nodes[node].op;
        let mut most = [0; SETS.len()];
        for_each_child(op, |child| most = larger(most, self.bound[child]));
        match op {
            Op::Call(id, _) | Op::LetFamily(id, _) => larger(most, self.bound[self.document.lets[*id].body]),
            Op::Fold(_, binders, ..) => {
                binders.iter().fold(most, |sum, binder| both(sum, sets_of(self.sort(&binder.set))))
            }
            Op::Solve { sort, .. } => both(most, sets_of(*sort)),
            _ => most,
        }
    }

    fn place_of(&self, node: NodeId) -> Option<Place> {
        let none = [false; SETS.len()];
        let constant = |value: RBig| Place { of: none, numeral: rounded_up(&value), constant: Some(value) };
        let merged = |a: &Place, b: &Place, value: Option<RBig>| match value {
            Some(value) => constant(value),
            None => Place {
                of: std::array::from_fn(|at| a.of[at] || b.of[at]),
                numeral: a.numeral.max(b.numeral),
                constant: None,
            },
        };
        let place = |node: &NodeId| self.places[*node].as_ref();
        let with = |a: &Place, b: &Place, op: fn(RBig, RBig) -> RBig| {
            Some(op(a.constant.clone()?, b.constant.clone()?))
        };
        match &self.document.nodes[node].op {
            Op::Constant(value) => Some(constant(value.clone())),
            Op::Ordinal(index) => {
                let sets = self.sorts(&[*index]);
                Some(Place { of: sets.map(|set| set > 0), numeral: 0, constant: None })
            }
            // A sum whose terms do not know what is summed over is a size.
            Op::Fold(FoldKind::Sum, binders, _, body) => {
                let body = place(body)?;
                let own = binders
                    .iter()
                    .fold([0; SETS.len()], |sum, binder| both(sum, sets_of(self.sort(&binder.set))));
                Some(Place {
                    of: std::array::from_fn(|at| body.of[at] || own[at] > 0),
                    numeral: if body.constant.is_some() { 0 } else { body.numeral },
                    constant: None,
                })
            }
            Op::Call(id, _) => place(&self.document.lets[*id].body).cloned(),
            Op::Bracket(_) => Some(Place { of: none, numeral: 1, constant: None }),
            Op::Negate(a) | Op::Hold(a) => {
                let a = place(a)?;
                Some(match a.constant.clone() {
                    Some(value) => constant(-value),
                    None => a.clone(),
                })
            }
            Op::Add(a, b) => {
                let (a, b) = (place(a)?, place(b)?);
                Some(merged(a, b, with(a, b, |a, b| a + b)))
            }
            Op::Sub(a, b) => {
                let (a, b) = (place(a)?, place(b)?);
                Some(merged(a, b, with(a, b, |a, b| a - b)))
            }
            Op::Mul(a, b) => {
                let (a, b) = (place(a)?, place(b)?);
                Some(merged(a, b, with(a, b, |a, b| a * b)))
            }
            Op::Div(a, b) => {
                let (a, b) = (place(a)?, place(b)?);
                if b.constant.as_ref().is_some_and(RBig::is_zero) {
                    return None;
                }
                Some(merged(a, b, with(a, b, |a, b| a / b)))
            }
            Op::Power(a, exponent) => {
                let a = place(a)?;
                match a.constant.clone() {
                    Some(value) if *exponent >= 0 => Some(constant(value.pow(*exponent as isize))),
                    Some(_) => None,
                    None => Some(a.clone()),
                }
            }
            Op::Min(a, b) | Op::Max(a, b) | Op::If(_, a, b) => {
                let (a, b) = (place(a)?, place(b)?);
                Some(merged(a, b, None))
            }
            _ => None,
        }
    }
}

/// The constants that nodes amount to.
pub(super) fn constants(document: &Document, nodes: &[NodeId]) -> Vec<RBig> {
    let analysis = Analysis::new(document);
    let constant = |&node: &NodeId| analysis.places[node].as_ref()?.constant.clone();
    nodes.iter().filter_map(constant).collect()
}

/// The shapes of a claim, and where they stop short of what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// From small to large; with each, all smaller ones.
    pub(super) shapes: Vec<Shape>,
    /// Sets that are smaller than a monomial could fill: see [`short_of`].
    pub(super) short: Vec<String>,
    /// Sets that are smaller than a number they are compared with.
    pub(super) beyond: Vec<String>,
    /// A required shape is too much work: how many evaluation steps it takes.
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

/// An action circuit of one unit has nothing to choose, and the double-exponential kernel is zero at its first step.
const SMALLEST: Shape = shape(1, 1, 1, 2);

/// A claim of fewer steps on every usual shape is tried on all combinations of sizes.
const CHEAP: f64 = 2000.0;

/// A claim that is too much work here is refused: what holds on smaller shapes alone says little.
const REQUIRED: [Shape; 2] = [shape(1, 2, 2, 2), shape(1, 1, 2, 3)];

/// What every claim is tried on, with all smaller shapes.
const USUAL: [Shape; 6] = [
    shape(2, 2, 2, 2),
    shape(1, 1, 3, 3),
    shape(1, 2, 2, 3),
    shape(1, 2, 3, 2),
    shape(1, 3, 2, 2),
    shape(3, 1, 1, 3),
];

/// The same with `--thorough`.
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

    /// It is one that every claim is tried on, but for the sets that have nothing to do with the network.
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
        return Chosen { shapes: vec![], short: vec![], beyond: vec![], too_much: Some(most) };
    }
    let mut shapes: Vec<Shape> = Vec::new();
    let mut left: Vec<Shape> = Vec::new();
    let mut spent = 0.0;
    for shape in all {
        let classes = classes(needs, &shape) as f64;
        let work = Estimate::of(document, &shape, chains);
        let usual = shape.is_usual();
        let fits = if usual {
            work <= plan.budget as f64
        } else {
            work <= plan.largest_work as f64 && spent + work * classes <= plan.claim_work as f64
        };
        if left.iter().any(|other| other.fits(&shape)) || !(fits || shape == SMALLEST) {
            left.push(shape);
            continue;
        }
        if !usual {
            spent += work * classes;
        }
        shapes.push(shape);
    }
    let (mut short, mut beyond) = (Vec::new(), Vec::new());
    for (at, set) in SETS.into_iter().enumerate().filter(|&(at, _)| needs.uses[at]) {
        let reached = shapes.iter().map(|shape| set.size(shape)).max().unwrap_or(0);
        let name = set.name();
        if needs.indices[at] > reached {
            short.push(short_of(set, reached, needs.indices[at]));
        }
        if needs.numerals[at] >= reached {
            let numeral = needs.numerals[at];
            beyond.push(format!(
                "a size of {name} or a place among them is compared with {numeral}, and networks of at most {reached} were tried"
            ));
        }
    }
    Chosen { shapes, short, beyond, too_much: None }
}

/// What a claim of this degree in a set is not proved beyond.
fn short_of(set: Set, reached: usize, degree: usize) -> String {
    let name = set.name();
    if degree >= MANY {
        return format!("not proved beyond {reached} {name}: no number of them is known to suffice");
    }
    // As `Needs::wanted`.
    let wanted = if set == Set::Circuits { degree + 2 } else { degree + 1 };
    format!(
        "not proved beyond {reached} {name}: the claim has degree {degree} in them, so {wanted} would be needed"
    )
}

/// How many classes a shape has for a claim.
fn classes(needs: &Needs, shape: &Shape) -> usize {
    let wirings = if needs.wiring {
        super::classes::wirings(shape.hidden_circuits, needs.named, shape.is_usual()).len()
    } else {
        1
    };
    wirings * if needs.convention { 2 } else { 1 }
}

/// The largest shapes that a claim should be tried on.
fn corners(plan: &Plan, needs: &Needs) -> Vec<Shape> {
    let mut corners: Vec<Shape> = USUAL.to_vec();
    if plan.thorough {
        corners.extend(THOROUGH);
    }
    let wanted = |set: Set| {
        let at = set as usize;
        needs.wanted(at).clamp(Set::size(set, &SMALLEST), set.largest())
    };
    let (states, hidden, actions) = (wanted(Set::States), wanted(Set::Hidden), wanted(Set::Actions));
    let circuits = wanted(Set::Circuits).max(2) - 1;
    let half = hidden.div_ceil(2);
    corners.extend([
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
    // Sets that have nothing to do with the network, beside small networks.
    for (uses, situations, window) in
        [(needs.uses[Set::Situations as usize], situations, 2), (needs.uses[Set::Window as usize], 1, window)]
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

/// All shapes that fit into a corner, from small to large. Sets that a claim does not use have their smallest size.
fn below(corners: &[Shape], needs: &Needs) -> Vec<Shape> {
    let uses = |set: Set| needs.uses[set as usize];
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
