//! Bounds on expressions: the number of indices in their monomials, and the sizes at which their
//! comparisons turn.

use std::cell::RefCell;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::sets::{BEYOND, MANY, PerSet, SETS, both, each, larger, sets_of};
use crate::language::ast::FoldKind;
use crate::number::modular::{MAX_CONSTANT_BITS, heights, power};
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};
use crate::resolve::walk::for_each_child;

/// A number made of sizes of sets, positions of indices and numerals.
#[derive(Clone, Debug)]
struct Extent {
    /// The sets of these sizes and positions.
    of: [bool; SETS.len()],
    /// An upper bound on the sum of the magnitudes of its numerals.
    numeral: f64,
    /// The smallest and the largest magnitude of a coefficient of a size or position. `None`: it is
    /// not linear.
    factors: Option<(f64, f64)>,
    /// It contains a size, not only positions.
    sized: bool,
    /// Its value if it is a constant.
    constant: Option<RBig>,
}

/// Bounds on an expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// By set: number of different indices that a monomial can contain.
    pub(super) indices: PerSet,
    /// By set: number of indices bound together inside.
    pub(super) bound: PerSet,
    /// By set: the size from which comparisons inside no longer change.
    pub(super) reach: PerSet,
    extent: Option<Extent>,
    /// The sizes and positions that it contains among other terms.
    parts: Option<Extent>,
}

/// An expression and the values of its variables.
pub(super) type Argument = (NodeId, Bindings);

/// Expressions for number and family variables, by slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings(Option<Rc<Vec<Option<Argument>>>>);

impl Bindings {
    pub(super) fn get(&self, slot: Slot) -> Option<Argument> {
        self.0.as_ref()?.get(slot)?.clone()
    }

    /// The bindings that a node depends on: none if it contains no bound variable.
    fn seen_by(&self, node: &Node) -> Self {
        if node.free.iter().any(|&slot| self.get(slot).is_some()) { self.clone() } else { Self::default() }
    }

    /// The address as a key. Each call makes one environment, so there are few.
    fn identity(&self) -> usize {
        self.0.as_ref().map_or(0, |bound| Rc::as_ptr(bound) as usize)
    }
}

/// Most expressions that are analysed, with arguments counted in each definition that uses them.
/// Beyond this, nothing is assumed.
const MAX_EXPRESSIONS: usize = 200_000;

/// Results by expression and bindings. An entry keeps its bindings alive, so that no others get the
/// same address.
pub(super) struct Cache<T>(RefCell<FxHashMap<(NodeId, usize), (Bindings, T)>>);

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self(RefCell::default())
    }

    /// The cached result of a node, or a new one. `beyond`: the result after too many expressions.
    pub(super) fn of(
        &self,
        document: &Document,
        (node, env): (NodeId, &Bindings),
        beyond: impl FnOnce() -> T,
        compute: impl FnOnce(&Bindings) -> T,
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

/// Analyses expressions of a document, through definitions.
pub(super) struct Analysis<'a> {
    document: &'a Document,
    known: Cache<Rc<Facts>>,
}

fn magnitude(value: &RBig) -> f64 {
    value.to_f64().value().abs()
}

/// A product that is zero if `number` is, however large the other factor is.
fn scaled(number: f64, by: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number * by }
}

/// The reach of a comparison of two expressions, with the comparisons inside them.
pub(super) fn compared(a: &Facts, b: &Facts) -> PerSet {
    let inside = both(a.reach, b.reach);
    let (of, reach) = match (&a.extent, &b.extent) {
        (Some(a), Some(b)) => (merged_sets(a, b), reach(a, b)),
        _ => {
            // Sizes and positions inside a number may decide its sign.
            let parts = [&a.parts, &b.parts].into_iter().flatten();
            let parts = parts.fold(Extent::none(), |sum, part| sum.with(part));
            (parts.of, parts.numeral)
        }
    };
    let reach = if reach > 0.0 { (reach.ceil() as usize).saturating_add(1).min(BEYOND) } else { 0 };
    each(|at| if of[at] { (inside[at] + reach).min(BEYOND) } else { inside[at] })
}

fn merged_sets(a: &Extent, b: &Extent) -> [bool; SETS.len()] {
    std::array::from_fn(|at| a.of[at] || b.of[at])
}

/// The size up to which a comparison of `a` and `b` may change.
fn reach(a: &Extent, b: &Extent) -> f64 {
    let open = |extent: &Extent| extent.of.contains(&true);
    let numerals = a.numeral + b.numeral;
    match (open(a), open(b)) {
        (false, false) => 0.0,
        (true, true) => match (a.factors, b.factors) {
            (Some(first), Some(second)) => {
                let (least, greatest) = (first.0.min(second.0), first.1.max(second.1));
                // A size is at least two, so the other side may have to be larger by that.
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

/// The size at which an extent may reach a number.
fn quotient(numerals: f64, extent: &Extent) -> f64 {
    let reach = numerals / extent.factors.map_or(1.0, |factors| factors.0);
    if reach.is_nan() { f64::INFINITY } else { reach }
}

impl Extent {
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

    /// A constant whose value is not known.
    fn unknown() -> Self {
        Self { numeral: f64::INFINITY, ..Self::none() }
    }

    fn is_open(&self) -> bool {
        self.of.contains(&true)
    }

    /// The sum, or another function that is linear if both are.
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

    /// The product, or another function that is not linear.
    fn times(&self, other: &Self) -> Self {
        for (constant, extent) in [(self, other), (other, self)] {
            if let Some(value) = &constant.constant {
                let by = magnitude(value);
                let factors = extent.factors.map(|(least, greatest)| (least * by, greatest * by));
                return Self {
                    numeral: scaled(extent.numeral, by),
                    factors,
                    constant: None,
                    ..extent.clone()
                };
            }
        }
        Self { factors: None, ..self.with(other) }
    }

    /// The same number, if its comparisons may change at any size.
    fn unbounded(&self) -> Self {
        Self { factors: None, numeral: f64::INFINITY, constant: None, ..self.clone() }
    }
}

impl<'a> Analysis<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, known: Cache::new() }
    }

    /// It is made only of sizes, positions and numerals.
    pub(super) fn is_extent(&self, node: NodeId, env: &Bindings) -> bool {
        self.facts(node, env).extent.is_some()
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

    pub(super) fn facts(&self, node: NodeId, env: &Bindings) -> Rc<Facts> {
        let beyond = || {
            let any = [MANY; SETS.len()];
            Rc::new(Facts { indices: any, reach: [BEYOND; SETS.len()], ..Facts::default() })
        };
        self.known.of(self.document, (node, env), beyond, |env| Rc::new(self.new_facts(node, env)))
    }

    /// The bindings for the body of a definition.
    pub(super) fn enter(&self, id: LetId, arguments: &[NodeId], env: &Bindings) -> Bindings {
        let formals = &self.document.lets[id].formals;
        let bound = arguments.iter().zip(formals).map(|(&argument, formal)| match formal {
            Type::Index(_) => None,
            // A variable that is passed on keeps its value.
            _ => match self.document.nodes[argument].op {
                Op::Variable(slot) | Op::VariableFamily(slot) => env.get(slot),
                _ => Some((argument, env.clone())),
            },
        });
        let bound: Vec<_> = bound.collect();
        Bindings(bound.iter().any(Option::is_some).then(|| Rc::new(bound)))
    }

    fn new_facts(&self, node: NodeId, env: &Bindings) -> Facts {
        let op = &self.document.nodes[node].op;
        let of = |node: NodeId| self.facts(node, env);
        let all = |join: fn(PerSet, PerSet) -> PerSet, of_child: &dyn Fn(&Facts) -> PerSet| {
            let mut sum = [0; SETS.len()];
            for_each_child(op, |child| sum = join(sum, of_child(&of(child))));
            sum
        };
        // By default, each child counts separately.
        let mut facts = Facts {
            indices: all(larger, &|child| child.indices),
            bound: all(larger, &|child| child.bound),
            reach: all(larger, &|child| child.reach),
            ..Facts::default()
        };
        let mut parts = None;
        for_each_child(op, |child| {
            let child = of(child);
            if let Some(more) =
                child.extent.as_ref().filter(|extent| extent.is_open()).or(child.parts.as_ref())
            {
                parts = Some(parts.take().map_or_else(|| more.clone(), |parts: Extent| parts.with(more)));
            }
        });
        match op {
            Op::Constant(value) => facts.extent = Some(Extent::constant(value.clone())),
            Op::Variable(slot) | Op::VariableFamily(slot) => {
                return env.get(*slot).map_or(facts, |(node, env)| (*self.facts(node, &env)).clone());
            }
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                let body = self.facts(self.document.lets[*id].body, &self.enter(*id, arguments, env));
                facts.indices = body.indices;
                facts.reach = body.reach;
                facts.bound = larger(facts.bound, body.bound);
                facts.extent = body.extent.clone();
                parts = body.parts.clone();
            }
            Op::Param(_, indices) => facts.indices = self.sorts(indices),
            Op::Entry(family, indices) => {
                facts.indices = larger(of(*family).indices, self.sorts(indices));
                facts.extent = of(*family).extent.clone();
            }
            Op::Ordinal(index) => {
                facts.indices = self.sorts(&[*index]);
                let of = facts.indices.map(|set| set > 0);
                facts.extent = Some(Extent { of, factors: Some((1.0, 1.0)), ..Extent::none() });
            }
            Op::Bracket(_) => {
                facts.extent = Some(Extent { numeral: 1.0, ..Extent::none() });
                parts = None;
            }
            Op::Negate(a) | Op::Hold(a) => {
                let negative = matches!(op, Op::Negate(_));
                facts.extent = of(*a).extent.clone();
                if let Some(Extent { constant: Some(value), .. }) = &mut facts.extent
                    && negative
                {
                    *value = -value.clone();
                }
            }
            Op::Add(a, b) | Op::Sub(a, b) => {
                let (a, b) = (of(*a), of(*b));
                if let (Some(x), Some(y)) = (&a.extent, &b.extent) {
                    facts.extent = Some(match (&x.constant, &y.constant) {
                        (Some(x), Some(y)) if matches!(op, Op::Add(..)) => Extent::constant(x + y),
                        (Some(x), Some(y)) => Extent::constant(x - y),
                        _ => x.with(y),
                    });
                }
            }
            Op::Mul(a, b) | Op::Div(a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.indices = both(a.indices, b.indices);
                facts.reach = both(a.reach, b.reach);
                if let (Some(x), Some(y)) = (&a.extent, &b.extent) {
                    facts.extent = match (op, &x.constant, &y.constant) {
                        (Op::Mul(..), Some(x), Some(y)) => Some(Extent::constant(x * y)),
                        (Op::Mul(..), ..) => Some(x.times(y)),
                        (_, _, Some(y)) if y.is_zero() => None,
                        (_, Some(x), Some(y)) => Some(Extent::constant(x / y)),
                        (_, _, Some(y)) => Some(x.times(&Extent::constant(RBig::ONE / y))),
                        _ => Some(x.with(y).unbounded()),
                    };
                }
            }
            Op::Power(a, exponent) => {
                let a = of(*a);
                let times = exponent.unsigned_abs() as usize;
                facts.indices = a.indices.map(|count| (count * times).min(MANY));
                facts.extent = a.extent.as_ref().and_then(|extent| match &extent.constant {
                    Some(value) if value.is_zero() && *exponent < 0 => None,
                    Some(value) => {
                        Some(power(value, *exponent).map_or_else(Extent::unknown, Extent::constant))
                    }
                    None if *exponent >= 0 => Some(Extent { factors: None, ..extent.clone() }),
                    None => Some(extent.unbounded()),
                });
            }
            Op::Exp(a) | Op::Ln(a) => {
                facts.extent =
                    of(*a).extent.as_ref().filter(|extent| extent.is_open()).map(Extent::unbounded);
            }
            Op::Min(a, b) | Op::Max(a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.reach = compared(&a, &b);
                facts.extent = a.extent.as_ref().zip(b.extent.as_ref()).map(|(a, b)| a.with(b));
            }
            Op::Compare(_, a, b) => {
                facts.reach = compared(&of(*a), &of(*b));
                parts = None;
            }
            Op::And(a, b) | Op::Or(a, b) => facts.reach = both(of(*a).reach, of(*b).reach),
            Op::If(condition, a, b) => {
                let (a, b) = (of(*a), of(*b));
                facts.reach = both(of(*condition).reach, larger(a.reach, b.reach));
                facts.extent = a.extent.as_ref().zip(b.extent.as_ref()).map(|(a, b)| a.with(b));
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
                facts.extent = term.extent.as_ref().map(|extent| self.size(*fold, own, extent, filtered));
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
        if facts.extent.is_none() {
            facts.parts = parts;
        }
        facts
    }

    /// A sum or a product of `term` over some sets.
    fn size(&self, fold: FoldKind, own: PerSet, term: &Extent, filtered: PerSet) -> Extent {
        // A product of brackets is a bracket.
        if fold == FoldKind::Product && !term.is_open() && term.constant.is_none() {
            return term.clone();
        }
        let over = Extent { of: own.map(|set| set > 0), sized: true, ..Extent::none() };
        let filter = filtered.into_iter().max().unwrap_or(0) as f64;
        let linear = fold == FoldKind::Sum && !term.is_open();
        let factor = term.constant.as_ref().map_or(1.0, magnitude);
        let size = Extent { factors: linear.then_some((factor, factor)), ..term.with(&over) };
        let numeral = if linear { scaled(filter, factor) } else { term.numeral + filter };
        // A product may decrease or oscillate as the set grows.
        let falls =
            fold == FoldKind::Product && term.constant.as_ref().is_none_or(|value| *value <= RBig::ONE);
        let size = Extent { numeral, ..size };
        if falls { size.unbounded() } else { size }
    }
}

/// The values of all nodes that are constants.
pub(super) fn constants(document: &Document, nodes: &[NodeId]) -> Vec<RBig> {
    let analysis = Analysis::new(document);
    let constant =
        |&node: &NodeId| analysis.facts(node, &Bindings::default()).extent.as_ref()?.constant.clone();
    nodes.iter().filter_map(constant).collect()
}
