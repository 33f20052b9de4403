//! What a claim asks of the shapes that it is tried on.
//!
//! A difference between two sides shows on a shape with as many indices of each set as a monomial
//! of the claim can hold, and beyond every size and place at which a comparison may turn.
//! Definitions are looked through with their arguments: what a definition does to a size counts
//! where it is used.

use std::cell::RefCell;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::degrees::{Degrees, UNBOUNDED};
use super::reachable;
use crate::evaluate::geometry::Shape;
use crate::language::ast::{FoldKind, Relation};
use crate::number::modular::{MAX_CONSTANT_BITS, heights, power};
use crate::resolve::for_each_child;
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};

/// The index sets whose sizes make up a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Set {
    States,
    Hidden,
    Actions,
    Circuits,
    Situations,
    Window,
}

pub(super) const SETS: [Set; 6] =
    [Set::States, Set::Hidden, Set::Actions, Set::Circuits, Set::Situations, Set::Window];

impl Set {
    pub(super) fn name(self) -> &'static str {
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
    pub(super) fn size(self, shape: &Shape) -> usize {
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
    pub(super) fn largest(self) -> usize {
        match self {
            Set::States | Set::Situations => 10,
            Set::Hidden => 8,
            Set::Actions | Set::Window => 9,
            Set::Circuits => 8,
        }
    }
}

/// A polynomial of a degree has as many zeros, and the smallest set of actions, or of circuits with
/// that of the actions, has two members.
fn least(set: Set) -> usize {
    if matches!(set, Set::Actions | Set::Circuits) { 2 } else { 1 }
}

/// A number for each set.
pub(super) type PerSet = [usize; SETS.len()];

pub(super) fn each(of: impl Fn(usize) -> usize) -> PerSet {
    std::array::from_fn(of)
}

pub(super) fn larger(a: PerSet, b: PerSet) -> PerSet {
    each(|at| a[at].max(b[at]))
}

/// More indices than this in one monomial count as this many.
pub(super) const MANY: usize = 64;

/// Comparisons that reach as far as this reach any size.
const BEYOND: usize = 1 << 20;

pub(super) fn both(a: PerSet, b: PerSet) -> PerSet {
    each(|at| (a[at] + b[at]).min(BEYOND))
}

/// Sets that an index of this sort is of.
pub(super) fn sets_of(sort: Sort) -> PerSet {
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
    /// Indices that are bound together.
    bound: PerSet,
    /// How far the comparisons of sizes and places reach: beyond, they come out alike.
    reach: PerSet,
    /// Indices of a chain's own binders.
    own: PerSet,
    /// Degrees in sizes and places, and in connections.
    pub(super) degrees: Degrees,
}

impl Needs {
    pub(super) fn of(document: &Document, given: &Given, chains: &[ChainNode]) -> Self {
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
        let none = [0; SETS.len()];
        let mut needs = Self {
            uses: [false; SETS.len()],
            wiring: false,
            convention: false,
            named: false,
            indices: none,
            bound: none,
            reach: none,
            own: none,
            degrees: Degrees::of(document, given, chains),
        };
        for binder in &binders {
            needs.use_sets(sets_of(analysis.sort(&binder.set)));
        }
        for &node in &nodes {
            needs.node(document, &analysis, node);
        }
        for chain in chains {
            let own = chain.binders.iter().fold(none, |sum, b| both(sum, sets_of(analysis.sort(&b.set))));
            // A configuration has a winner in each circuit, however many there are.
            let singly = chain.binders.iter().map(|binder| analysis.sort(&binder.set));
            let singly = singly.filter(|&sort| sort != Sort::Configuration);
            needs.own = larger(needs.own, singly.fold(none, |sum, sort| both(sum, sets_of(sort))));
            let sides: Vec<Rc<Facts>> =
                chain.sides.iter().map(|&side| analysis.facts(side, &Env::default())).collect();
            let filter = chain.filter.map(|filter| analysis.facts(filter, &Env::default()));
            let filtered = filter.map_or(none, |filter| filter.reach);
            for (link, pair) in chain.links.iter().zip(sides.windows(2)) {
                let compared = match link.relation {
                    Relation::Equal => larger(pair[0].reach, pair[1].reach),
                    _ => compared(&pair[0], &pair[1]),
                };
                needs.reach = larger(needs.reach, both(filtered, compared));
            }
            for side in &sides {
                needs.bound = larger(needs.bound, both(own, side.bound));
                needs.indices = larger(needs.indices, side.indices);
            }
        }
        needs.indices = larger(needs.indices, needs.bound);
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
                // Configurations are numbered by the places of their winners.
                if let Type::Index(Sort::Unit | Sort::Hidden | Sort::Circuit | Sort::Configuration) =
                    document.nodes[*index].kind
                {
                    self.named = true;
                }
            }
            _ => {}
        }
    }

    /// Every set as large as it should be, and six at least.
    pub(super) fn generous(&self) -> Shape {
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
    pub(super) fn wanted(&self, at: usize) -> usize {
        let wanted = self.indices[at] + least(SETS[at]) + self.reach[at];
        let sizes = self.sized(SETS[at]);
        if sizes < UNBOUNDED { wanted.max(sizes) } else { wanted }
    }

    /// How large a set must be for sizes and places to have shown all that they can; zero where the
    /// claim depends on none.
    pub(super) fn sized(&self, set: Set) -> usize {
        let degree = self.degrees.size(set);
        if degree == 0 { 0 } else { degree.saturating_add(self.own[set as usize].max(least(set))) }
    }

    /// Indices that a monomial can hold, of a set; at [`MANY`], any number.
    pub(super) fn degree(&self, set: Set) -> usize {
        self.indices[set as usize]
    }

    /// The claim binds so many circuits, or units of them, at once: it may speak of how they are
    /// wired.
    pub(super) fn circuits_at_once(&self) -> usize {
        self.bound[Set::Circuits as usize]
    }

    /// How far the comparisons of sizes and places of a set reach.
    pub(super) fn reach(&self, set: Set) -> usize {
        self.reach[set as usize]
    }

    /// The set occurs in the claim.
    pub(super) fn uses(&self, set: Set) -> bool {
        self.uses[set as usize]
    }
}

/// A number made of sizes, places and numerals.
#[derive(Clone, Debug)]
struct Place {
    /// The sets that the sizes and places are of.
    of: [bool; SETS.len()],
    /// At least the sum of the magnitudes of its numerals.
    numeral: f64,
    /// Magnitudes of the factors of sizes and places: the least and the greatest. `None`: it is not
    /// linear in them.
    factors: Option<(f64, f64)>,
    /// A size is in it, not only places.
    sized: bool,
    /// Its value, where it is a constant.
    constant: Option<RBig>,
}

/// What is known of an expression.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// Different indices that a monomial can hold.
    indices: PerSet,
    /// Indices bound together inside.
    bound: PerSet,
    /// How far the comparisons inside reach.
    reach: PerSet,
    place: Option<Place>,
    /// Sizes and places that it is made of, among other things.
    parts: Option<Place>,
}

/// An expression and what its variables stand for.
pub(super) type Argument = (NodeId, Env);

/// What number and family variables stand for, by slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Env(Option<Rc<Vec<Option<Argument>>>>);

impl Env {
    pub(super) fn get(&self, slot: Slot) -> Option<Argument> {
        self.0.as_ref()?.get(slot)?.clone()
    }

    /// What does not see the variables does not depend on what they stand for.
    fn seen_by(&self, node: &Node) -> Self {
        if node.free.iter().any(|&slot| self.get(slot).is_some()) { self.clone() } else { Self::default() }
    }

    /// Environments are few: each call makes one.
    fn identity(&self) -> usize {
        self.0.as_ref().map_or(0, |bound| Rc::as_ptr(bound) as usize)
    }
}

/// Expressions that are looked at, arguments once in each definition that uses them. What is larger
/// could be anything.
const MAX_EXPRESSIONS: usize = 200_000;

/// What is known of expressions, each in its environment: while that is kept, no other one has its
/// address.
pub(super) struct Memory<T>(RefCell<FxHashMap<(NodeId, usize), (Env, T)>>);

impl<T: Clone> Memory<T> {
    pub(super) fn new() -> Self {
        Self(RefCell::default())
    }

    /// What is known of a node, or computed now; `beyond`, where too many expressions were looked
    /// at.
    pub(super) fn of(
        &self,
        document: &Document,
        (node, env): (NodeId, &Env),
        beyond: impl FnOnce() -> T,
        compute: impl FnOnce(&Env) -> T,
    ) -> T {
        let env = env.seen_by(&document.nodes[node]);
        let key = (node, env.identity());
        if let Some((_, known)) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let full = self.0.borrow().len() > MAX_EXPRESSIONS;
        let value = if full { beyond() } else { compute(&env) };
        self.0.borrow_mut().insert(key, (env, value.clone()));
        value
    }
}

/// Looks through the definitions of a document.
pub(super) struct Analysis<'a> {
    document: &'a Document,
    known: Memory<Rc<Facts>>,
}

fn magnitude(value: &RBig) -> f64 {
    value.to_f64().value().abs()
}

/// A product in which zero counts, however large the other factor is.
fn scaled(number: f64, by: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number * by }
}

/// How far comparing two expressions reaches, the comparisons inside them included.
fn compared(a: &Facts, b: &Facts) -> PerSet {
    let inside = both(a.reach, b.reach);
    let (of, reach) = match (&a.place, &b.place) {
        (Some(a), Some(b)) => (merged_sets(a, b), reach(a, b)),
        _ => {
            // Sizes and places inside a number may decide its sign.
            let parts = [&a.parts, &b.parts].into_iter().flatten();
            let parts = parts.fold(Place::none(), |sum, part| sum.with(part));
            (parts.of, parts.numeral)
        }
    };
    let reach = if reach > 0.0 { (reach.ceil() as usize).saturating_add(1).min(BEYOND) } else { 0 };
    each(|at| if of[at] { (inside[at] + reach).min(BEYOND) } else { inside[at] })
}

fn merged_sets(a: &Place, b: &Place) -> [bool; SETS.len()] {
    std::array::from_fn(|at| a.of[at] || b.of[at])
}

/// The size up to which a comparison of two places may come out in different ways.
fn reach(a: &Place, b: &Place) -> f64 {
    let open = |place: &Place| place.of.contains(&true);
    let numerals = a.numeral + b.numeral;
    match (open(a), open(b)) {
        (false, false) => 0.0,
        (true, true) => match (a.factors, b.factors) {
            (Some(first), Some(second)) => {
                let (least, greatest) = (first.0.min(second.0), first.1.max(second.1));
                // A size is at least two: the other may have to be larger by as much.
                let sizes = if a.sized || b.sized { 2.0 * greatest } else { 0.0 };
                let reach = (numerals + sizes) / least * greatest;
                if reach.is_nan() { f64::INFINITY } else { reach }
            }
            _ => f64::INFINITY,
        },
        (true, false) => quotient(numerals, a),
        (false, true) => quotient(numerals, b),
    }
}

/// The size at which a place may reach a number.
fn quotient(numerals: f64, place: &Place) -> f64 {
    let reach = numerals / place.factors.map_or(1.0, |factors| factors.0);
    if reach.is_nan() { f64::INFINITY } else { reach }
}

impl Place {
    fn none() -> Self {
        Self { of: [false; SETS.len()], numeral: 0.0, factors: None, sized: false, constant: None }
    }

    fn constant(value: RBig) -> Self {
        let (top, bottom) = heights(&value);
        if top.max(bottom) > MAX_CONSTANT_BITS {
            return Self::unknown();
        }
        Self { numeral: magnitude(&value), constant: Some(value), ..Self::none() }
    }

    /// A constant that is not known.
    fn unknown() -> Self {
        Self { numeral: f64::INFINITY, ..Self::none() }
    }

    fn is_open(&self) -> bool {
        self.of.contains(&true)
    }

    /// A sum of the two, or what else is linear where both are.
    fn with(&self, other: &Self) -> Self {
        let factors = match (self.factors, other.factors) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (factors, None) if !other.is_open() => factors,
            (None, factors) if !self.is_open() => factors,
            _ => None,
        };
        Self {
            of: merged_sets(self, other),
            numeral: self.numeral + other.numeral,
            factors,
            sized: self.sized || other.sized,
            constant: None,
        }
    }

    /// A product, or what else is not linear.
    fn times(&self, other: &Self) -> Self {
        for (constant, place) in [(self, other), (other, self)] {
            if let Some(value) = &constant.constant {
                let by = magnitude(value);
                let factors = place.factors.map(|(least, greatest)| (least * by, greatest * by));
                return Self { numeral: scaled(place.numeral, by), factors, constant: None, ..place.clone() };
            }
        }
        Self { factors: None, ..self.with(other) }
    }

    /// Comparisons of it could come out in different ways for sets of any size.
    fn unbounded(&self) -> Self {
        Self { factors: None, numeral: f64::INFINITY, constant: None, ..self.clone() }
    }
}

impl<'a> Analysis<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, known: Memory::new() }
    }

    /// It is made of sizes, places and numerals alone.
    pub(super) fn is_place(&self, node: NodeId, env: &Env) -> bool {
        self.facts(node, env).place.is_some()
    }

    pub(super) fn sort(&self, set: &SetNode) -> Sort {
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

    fn binders(&self, binders: &[BinderNode]) -> PerSet {
        binders.iter().fold([0; SETS.len()], |sum, b| both(sum, sets_of(self.sort(&b.set))))
    }

    fn facts(&self, node: NodeId, env: &Env) -> Rc<Facts> {
        let beyond = || {
            let any = [MANY; SETS.len()];
            Rc::new(Facts { indices: any, reach: [BEYOND; SETS.len()], ..Facts::default() })
        };
        self.known.of(self.document, (node, env), beyond, |env| Rc::new(self.new_facts(node, env)))
    }

    /// The environment of a definition's body.
    pub(super) fn enter(&self, id: LetId, arguments: &[NodeId], env: &Env) -> Env {
        let formals = &self.document.lets[id].formals;
        let bound = arguments.iter().zip(formals).map(|(&argument, formal)| match formal {
            Type::Index(_) => None,
            // A variable that is passed on stands for the same as before.
            _ => match self.document.nodes[argument].op {
                Op::Variable(slot) | Op::VariableFamily(slot) => env.get(slot),
                _ => Some((argument, env.clone())),
            },
        });
        let bound: Vec<_> = bound.collect();
        Env(bound.iter().any(Option::is_some).then(|| Rc::new(bound)))
    }

    fn new_facts(&self, node: NodeId, env: &Env) -> Facts {
        let op = &self.document.nodes[node].op;
        let of = |node: NodeId| self.facts(node, env);
        let all = |join: fn(PerSet, PerSet) -> PerSet, of_child: &dyn Fn(&Facts) -> PerSet| {
            let mut sum = [0; SETS.len()];
            for_each_child(op, |child| sum = join(sum, of_child(&of(child))));
            sum
        };
        // As a rule: each child on its own.
        let mut facts = Facts {
            indices: all(larger, &|child| child.indices),
            bound: all(larger, &|child| child.bound),
            reach: all(larger, &|child| child.reach),
            ..Facts::default()
        };
        let mut parts = None;
        for_each_child(op, |child| {
            let child = of(child);
            if let Some(more) = child.place.as_ref().filter(|place| place.is_open()).or(child.parts.as_ref())
            {
                parts = Some(parts.take().map_or_else(|| more.clone(), |parts: Place| parts.with(more)));
            }
        });
        match op {
            Op::Constant(value) => facts.place = Some(Place::constant(value.clone())),
            Op::Variable(slot) | Op::VariableFamily(slot) => {
                return env.get(*slot).map_or(facts, |(node, env)| (*self.facts(node, &env)).clone());
            }
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                let body = self.facts(self.document.lets[*id].body, &self.enter(*id, arguments, env));
                facts.indices = body.indices;
                facts.reach = body.reach;
                facts.bound = larger(facts.bound, body.bound);
                facts.place = body.place.clone();
                parts = body.parts.clone();
            }
            Op::Param(_, indices) => facts.indices = self.sorts(indices),
            Op::Entry(family, indices) => {
                facts.indices = larger(of(*family).indices, self.sorts(indices));
                facts.place = of(*family).place.clone();
            }
            Op::Ordinal(index) => {
                facts.indices = self.sorts(&[*index]);
                let of = facts.indices.map(|set| set > 0);
                facts.place = Some(Place { of, factors: Some((1.0, 1.0)), ..Place::none() });
            }
            Op::Bracket(_) => {
                facts.place = Some(Place { numeral: 1.0, ..Place::none() });
                parts = None;
            }
            Op::Negate(a) | Op::Hold(a) => {
                let negative = matches!(op, Op::Negate(_));
                facts.place = of(*a).place.clone();
                if let Some(Place { constant: Some(value), .. }) = &mut facts.place
                    && negative
                {
                    *value = -value.clone();
                }
            }
            Op::Add(a, b) | Op::Sub(a, b) => {
                let (a, b) = (of(*a), of(*b));
                if let (Some(x), Some(y)) = (&a.place, &b.place) {
                    facts.place = Some(match (&x.constant, &y.constant) {
                        (Some(x), Some(y)) if matches!(op, Op::Add(..)) => Place::constant(x + y),
                        (Some(x), Some(y)) => Place::constant(x - y),
                        _ => x.with(y),
                    });
                }
            }
            Op::Mul(a, b) | Op::Div(a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.indices = both(a.indices, b.indices);
                facts.reach = both(a.reach, b.reach);
                if let (Some(x), Some(y)) = (&a.place, &b.place) {
                    facts.place = match (op, &x.constant, &y.constant) {
                        (Op::Mul(..), Some(x), Some(y)) => Some(Place::constant(x * y)),
                        (Op::Mul(..), ..) => Some(x.times(y)),
                        (_, _, Some(y)) if y.is_zero() => None,
                        (_, Some(x), Some(y)) => Some(Place::constant(x / y)),
                        (_, _, Some(y)) => Some(x.times(&Place::constant(RBig::ONE / y))),
                        _ => Some(x.with(y).unbounded()),
                    };
                }
            }
            Op::Power(a, exponent) => {
                let a = of(*a);
                let times = exponent.unsigned_abs() as usize;
                facts.indices = a.indices.map(|count| (count * times).min(MANY));
                facts.place = a.place.as_ref().and_then(|place| match &place.constant {
                    Some(value) if value.is_zero() && *exponent < 0 => None,
                    Some(value) => Some(power(value, *exponent).map_or_else(Place::unknown, Place::constant)),
                    None if *exponent >= 0 => Some(Place { factors: None, ..place.clone() }),
                    None => Some(place.unbounded()),
                });
            }
            Op::Exp(a) | Op::Ln(a) => {
                facts.place = of(*a).place.as_ref().filter(|place| place.is_open()).map(Place::unbounded);
            }
            Op::Min(a, b) | Op::Max(a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.reach = compared(&a, &b);
                facts.place = a.place.as_ref().zip(b.place.as_ref()).map(|(a, b)| a.with(b));
            }
            Op::Compare(_, a, b) => {
                facts.reach = compared(&of(*a), &of(*b));
                parts = None;
            }
            Op::And(a, b) | Op::Or(a, b) => facts.reach = both(of(*a).reach, of(*b).reach),
            Op::If(condition, a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.reach = both(of(*condition).reach, larger(a.reach, b.reach));
                facts.place = a.place.as_ref().zip(b.place.as_ref()).map(|(a, b)| a.with(b));
            }
            Op::Fold(fold, binders, filter, body) => {
                let own = self.binders(binders);
                let term = of(*body);
                let filtered = filter.map_or([0; SETS.len()], |filter| of(filter).reach);
                facts.indices = match fold {
                    FoldKind::Sum => larger(own, term.indices),
                    FoldKind::Product => both(own, term.indices),
                };
                facts.bound = both(facts.bound, own);
                facts.reach = both(filtered, term.reach);
                facts.place = term.place.as_ref().map(|place| self.size(*fold, own, place, filtered));
            }
            Op::Expectation { weight, body, condition, .. } => {
                let (Weight::Circuits(node) | Weight::Spikes(node) | Weight::Number(node)) = weight;
                let (weight, body) = (of(*node), of(*body));
                facts.indices = larger(weight.indices, body.indices);
                let condition = condition.map_or([0; SETS.len()], |condition| of(condition).reach);
                facts.reach = both(condition, larger(weight.reach, body.reach));
            }
            Op::Solve { sort, .. } => facts.bound = both(facts.bound, sets_of(*sort)),
            _ => {}
        }
        if facts.place.is_none() {
            facts.parts = parts;
        }
        facts
    }

    /// A sum or a product of places over some sets.
    fn size(&self, fold: FoldKind, own: PerSet, term: &Place, filtered: PerSet) -> Place {
        // A product of brackets is one again.
        if fold == FoldKind::Product && !term.is_open() && term.constant.is_none() {
            return term.clone();
        }
        let over = Place { of: own.map(|set| set > 0), sized: true, ..Place::none() };
        let filter = filtered.into_iter().max().unwrap_or(0) as f64;
        let linear = fold == FoldKind::Sum && !term.is_open();
        let factor = term.constant.as_ref().map_or(1.0, magnitude);
        let size = Place { factors: linear.then_some((factor, factor)), ..term.with(&over) };
        let numeral = if linear { scaled(filter, factor) } else { term.numeral + filter };
        // A product may fall, or oscillate, as the set grows.
        let falls =
            fold == FoldKind::Product && term.constant.as_ref().is_none_or(|value| *value <= RBig::ONE);
        let size = Place { numeral, ..size };
        if falls { size.unbounded() } else { size }
    }
}

/// The constants that nodes amount to.
pub(super) fn constants(document: &Document, nodes: &[NodeId]) -> Vec<RBig> {
    let analysis = Analysis::new(document);
    let constant = |&node: &NodeId| analysis.facts(node, &Env::default()).place.as_ref()?.constant.clone();
    nodes.iter().filter_map(constant).collect()
}
