//! Degrees of a claim in sizes and places, and in connections.
//!
//! As the entries vary, a claim is the same for all its coefficients. What is left varies with the
//! shape: sizes of sets, places of indices, and which circuits are connected. A polynomial in
//! sizes and places of a degree is zero everywhere where it is zero on more sizes than that. A
//! polynomial in connections is zero on all graphs where it is zero on those with as many
//! connections as a monomial holds. What is no such polynomial has no bound.

use std::collections::BTreeSet;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::analysis::{Analysis, Bindings, Cache};
use super::sets::{PerSet, SETS, Set, both, each, larger, sets_of};
use crate::language::ast::{FoldKind, Parameter};
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};
use crate::resolve::walk::{for_each_child, reachable};

/// A degree without a bound.
pub(super) const UNBOUNDED: usize = 1 << 20;

const NONE: PerSet = [0; SETS.len()];

/// Numbers up to this are counted to.
const MOST_COUNTED: usize = 3;

/// Terms of a product of two sums, each of which has so many beside one.
fn product(a: usize, b: usize) -> usize {
    ((a + 1).saturating_mul(b + 1) - 1).min(UNBOUNDED)
}

/// Stands for the action circuit among slots.
const ACTIONS: Slot = Slot::MAX;

/// How often a claim connects circuits.
#[derive(Clone, Debug, Default, PartialEq)]
struct Links {
    /// Circuits of slots that a monomial connects.
    pairs: BTreeSet<(Slot, Slot)>,
    /// Further connections of a monomial.
    others: usize,
    /// Some that a sum over circuits adds up.
    wide: bool,
}

impl Links {
    fn one(a: Option<Slot>, b: Option<Slot>) -> Self {
        let mut links = Links::default();
        match (a, b) {
            (Some(a), Some(b)) => {
                links.pairs.insert((a.min(b), a.max(b)));
            }
            _ => links.others = 1,
        }
        links
    }

    /// A sum; `others`: how the rest of two monomials counts.
    fn merged(&self, other: &Self, others: usize) -> Self {
        Links {
            pairs: self.pairs.union(&other.pairs).copied().collect(),
            others: others.min(UNBOUNDED),
            wide: self.wide || other.wide,
        }
    }

    fn plus(&self, other: &Self) -> Self {
        self.merged(other, self.others.max(other.others))
    }

    fn times(&self, other: &Self) -> Self {
        self.merged(other, self.others + other.others)
    }

    /// Something that is no polynomial in them. Of a few connections it is one all the same.
    fn bent(&self) -> Self {
        let others = if self.wide { UNBOUNDED } else { self.others };
        Links { others, ..self.clone() }
    }

    /// Seen from another frame.
    fn seen_through(&self, slot: impl Fn(Slot) -> Option<Slot>) -> Self {
        let mut seen = Links { pairs: BTreeSet::new(), ..self.clone() };
        for &(a, b) in &self.pairs {
            let here = |of: Slot| if of == ACTIONS { Some(ACTIONS) } else { slot(of) };
            match (here(a), here(b)) {
                (Some(a), Some(b)) => {
                    seen.pairs.insert((a.min(b), a.max(b)));
                }
                _ => seen.others = (seen.others + 1).min(UNBOUNDED),
            }
        }
        seen
    }

    /// Circuits that a monomial connects, beside that of the actions.
    fn circuits(&self) -> usize {
        let named: BTreeSet<Slot> = self.pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        (named.iter().filter(|&&slot| slot != ACTIONS).count() + 2 * self.others).min(UNBOUNDED)
    }
}

/// What is known of an expression.
#[derive(Clone, Debug, Default)]
struct Degree {
    /// Degrees in sizes and places, of the numerator and of the denominator.
    top: PerSet,
    bottom: PerSet,
    /// Slots that denominators made of sizes or places depend on.
    hung: BTreeSet<Slot>,
    /// Terms with a size as an exponent of a number, such as the powers of two.
    powers: PerSet,
    /// A position is read, in the expression or in a filter.
    placed: bool,
    /// Sets that sums inside run over.
    summed: PerSet,
    /// An entry that may have any value is in it.
    free: bool,
    /// A numeral other than 0, 1 and -1 is in it, outside of exponents.
    numerals: bool,
    logarithms: bool,
    links: Links,
}

impl Degree {
    fn sized(&self) -> bool {
        self.top != NONE || self.bottom != NONE || self.powers != NONE
    }

    fn with(&self, other: &Self, top: PerSet, bottom: PerSet, links: Links) -> Self {
        Degree {
            top,
            bottom,
            powers: both(self.powers, other.powers),
            placed: self.placed || other.placed,
            hung: self.hung.union(&other.hung).copied().collect(),
            summed: larger(self.summed, other.summed),
            free: self.free || other.free,
            numerals: self.numerals || other.numerals,
            logarithms: self.logarithms || other.logarithms,
            links,
        }
    }

    fn plus(&self, other: &Self) -> Self {
        let top = if self.bottom == other.bottom && self.bottom == NONE {
            larger(self.top, other.top)
        } else {
            larger(both(self.top, other.bottom), both(other.top, self.bottom))
        };
        self.with(other, top, both(self.bottom, other.bottom), self.links.plus(&other.links))
    }

    fn times(&self, other: &Self) -> Self {
        let (top, bottom) = (both(self.top, other.top), both(self.bottom, other.bottom));
        let powers = each(|at| product(self.powers[at], other.powers[at]));
        Degree { powers, ..self.with(other, top, bottom, self.links.times(&other.links)) }
    }

    /// One of the two.
    fn or(&self, other: &Self) -> Self {
        let links = self.links.times(&other.links);
        self.with(other, larger(self.top, other.top), larger(self.bottom, other.bottom), links)
    }

    /// An exponential, a logarithm, a solution: a number for each size.
    fn bent(&self) -> Self {
        let sizes = |at: usize| self.top[at] + self.bottom[at] + self.powers[at];
        let unbounded = each(|at| if sizes(at) > 0 { UNBOUNDED } else { 0 });
        Degree { top: unbounded, bottom: NONE, powers: NONE, links: self.links.bent(), ..self.clone() }
    }

    /// A condition on values counts as 0 or 1; [`super::needs`] looks at what it compares.
    fn compared(&self) -> Self {
        Degree { placed: self.placed, links: self.links.bent(), ..Degree::default() }
    }
}

/// What a claim's degrees ask of its shapes.
#[derive(Clone, Debug)]
pub(super) struct Degrees {
    /// In sizes and places of each set.
    pub(super) sizes: PerSet,
    /// Circuits that a monomial connects by masks.
    pub(super) circuits: usize,
}

impl Degrees {
    pub(super) fn of(document: &Document, given: &Given, chains: &[ChainNode]) -> Self {
        let walk = Walk {
            document,
            given,
            analysis: Analysis::new(document),
            known: Cache::new(),
            carried: std::cell::RefCell::default(),
        };
        let mut degrees = Self { sizes: NONE, circuits: 0 };
        for chain in chains {
            let of = |&node: &NodeId| walk.degree(node, &Bindings::default());
            let filter = chain.filter.as_ref().map_or_else(Links::default, |node| of(node).links.clone());
            let sides: Vec<Rc<Degree>> = chain.sides.iter().map(of).collect();
            for pair in sides.windows(2) {
                let difference = pair[0].plus(&pair[1]);
                // Each power goes with a polynomial of its own.
                let zeros = |at: usize| match difference.powers[at] {
                    0 => difference.top[at],
                    powers => product(powers, difference.top[at]),
                };
                degrees.sizes = larger(degrees.sizes, each(zeros));
                let links = walk.home(&difference.links.times(&filter), &chain.binders);
                degrees.circuits = degrees.circuits.max(links.circuits());
            }
        }
        degrees
    }

    pub(super) fn size(&self, set: Set) -> usize {
        self.sizes[set as usize]
    }
}

struct Walk<'a> {
    document: &'a Document,
    given: &'a Given,
    analysis: Analysis<'a>,
    known: Cache<Rc<Degree>>,
    carried: std::cell::RefCell<FxHashMap<(NodeId, Slot, bool), bool>>,
}

impl Walk<'_> {
    fn op(&self, node: NodeId) -> &Op {
        &self.document.nodes[node].op
    }

    fn degree(&self, node: NodeId, env: &Bindings) -> Rc<Degree> {
        let beyond = || {
            let links = Links { others: UNBOUNDED, ..Links::default() };
            Rc::new(Degree { top: [UNBOUNDED; SETS.len()], links, ..Degree::default() })
        };
        self.known.of(self.document, (node, env), beyond, |env| Rc::new(self.fresh(node, env)))
    }

    fn slot(&self, index: NodeId) -> Option<Slot> {
        match (self.op(index), &self.document.nodes[index].kind) {
            (_, Type::Index(Sort::Action)) => Some(ACTIONS),
            (Op::Index(slot), _) => Some(*slot),
            _ => None,
        }
    }

    fn parameter(&self, param: ParamId, indices: &[NodeId]) -> Degree {
        let slot = |at: usize| indices.get(at).and_then(|&index| self.slot(index));
        match self.document.params[param].kind {
            ParamKind::Kappa => Degree { numerals: true, ..Degree::default() },
            // A weight is zero without a connection; that says no more than its value does.
            ParamKind::Mask => Degree { links: Links::one(slot(0), slot(1)), ..Degree::default() },
            _ => Degree { free: true, ..Degree::default() },
        }
    }

    /// The degree of a definition's body with these arguments and indices.
    fn body(&self, id: LetId, arguments: &[NodeId], indices: &[NodeId], env: &Bindings) -> Degree {
        let definition = &self.document.lets[id];
        let body = self.degree(definition.body, &self.analysis.enter(id, arguments, env));
        let given: Vec<NodeId> = arguments.iter().chain(indices).copied().collect();
        let links = body.links.seen_through(|slot| self.slot(*given.get(slot)?));
        let here = |slot: &Slot| given.get(*slot).map(|&node| self.document.nodes[node].free.clone());
        let hung = body.hung.iter().filter_map(here).flatten().collect();
        Degree { links, hung, ..(*body).clone() }
    }

    fn fresh(&self, node: NodeId, env: &Bindings) -> Degree {
        let of = |node: &NodeId| self.degree(*node, env);
        match self.op(node) {
            Op::Constant(value) => {
                let plain = value.is_int() && value.numerator().clone().pow(2) <= 1.into();
                Degree { numerals: !plain, ..Degree::default() }
            }
            Op::Ordinal(index) => {
                let Type::Index(sort) = self.document.nodes[*index].kind else { return Degree::default() };
                let by = if matches!(sort, Sort::Configuration | Sort::Train) { UNBOUNDED } else { 1 };
                Degree { top: sets_of(sort).map(|set| set * by), placed: true, ..Degree::default() }
            }
            Op::Param(param, indices) => self.parameter(*param, indices),
            Op::ParamFamily(param) => self.parameter(*param, &[]),
            Op::Variable(slot) | Op::VariableFamily(slot) => env.get(*slot).map_or_else(
                || Degree { free: true, ..Degree::default() },
                |(node, env)| {
                    let found = self.degree(node, &env);
                    let hung = BTreeSet::new();
                    Degree { links: found.links.seen_through(|_| None), hung, ..(*found).clone() }
                },
            ),
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => self.body(*id, arguments, &[], env),
            Op::Entry(family, indices) => match self.op(*family) {
                Op::ParamFamily(param) => self.parameter(*param, indices),
                Op::LetFamily(id, arguments) => self.body(*id, arguments, indices, env),
                _ => (*of(family)).clone(),
            },
            Op::Negate(a) | Op::Hold(a) => (*of(a)).clone(),
            Op::Add(a, b) | Op::Sub(a, b) => of(a).plus(&of(b)),
            Op::Mul(a, b) => of(a).times(&of(b)),
            Op::Div(a, b) => self.quotient(&of(a), &of(b), *b),
            Op::Power(a, exponent) => {
                let base = of(a);
                let times = exponent.unsigned_abs() as usize;
                let by = |degree: PerSet| degree.map(|degree| (degree * times).min(UNBOUNDED));
                let others = (base.links.others * times).min(UNBOUNDED);
                let links = Links { others, ..base.links.clone() };
                let powers = base.powers.map(|powers| (0..times).fold(0, |all, _| product(all, powers)));
                let power =
                    Degree { top: by(base.top), bottom: by(base.bottom), powers, links, ..(*base).clone() };
                if *exponent < 0 { self.quotient(&Degree::default(), &power, *a) } else { power }
            }
            // No polynomial has a fraction's exponential as a zero: it is like an entry. Only
            // logarithms make it a number such as a power of two.
            Op::Exp(a) if !of(a).logarithms => {
                let of = of(a).bent();
                Degree { top: NONE, free: true, numerals: false, ..of }
            }
            Op::Exp(a) => Degree { numerals: false, ..of(a).bent() },
            Op::Ln(a) => {
                let found = of(a);
                let whole = if found.free { larger(found.top, found.bottom) } else { found.bent().top };
                Degree { top: whole, numerals: false, logarithms: true, ..found.bent() }
            }
            Op::Min(a, b) | Op::Max(a, b) => {
                Degree { links: of(a).or(&of(b)).links.bent(), ..of(a).or(&of(b)) }
            }
            Op::If(condition, a, b) => {
                let condition = of(condition);
                let either = of(a).or(&of(b));
                let links = either.links.times(&condition.links);
                Degree { links, placed: either.placed || condition.placed, ..either }
            }
            Op::Bracket(a) | Op::Not(a) => (*of(a)).clone(),
            Op::Compare(_, a, b) => {
                let compared = of(a).times(&of(b)).compared();
                let links = self.counted(*a, &of(a), *b).or_else(|| self.counted(*b, &of(b), *a));
                Degree { links: links.unwrap_or_else(|| compared.links.clone()), ..compared }
            }
            Op::And(a, b) | Op::Or(a, b) => of(a).or(&of(b)),
            Op::Fold(fold, binders, filter, body) => {
                let filter = filter.map_or_else(Degree::default, |filter| (*of(&filter)).clone());
                let term = of(body);
                let links = term.links.times(&filter.links);
                let term = Degree { links, placed: term.placed || filter.placed, ..(*term).clone() };
                self.fold(*fold, binders, *body, &term)
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let (Weight::Circuits(drawn) | Weight::Spikes(drawn) | Weight::Number(drawn)) = weight;
                let by = of(drawn);
                let condition_links = condition.map_or_else(Links::default, |node| of(&node).links.clone());
                let body = of(body);
                let mut all = by.times(&body);
                // Independent steps are weighed by one in all.
                let weighed = match weight {
                    Weight::Number(node) => self.carries(*node, *slot),
                    Weight::Circuits(_) => by.free,
                    Weight::Spikes(_) => true,
                };
                if !weighed {
                    all.top = both(all.top, self.count(*sort));
                }
                if condition.is_some() {
                    all.top = both(all.top, larger(by.top, by.bottom));
                }
                if !matches!(weight, Weight::Number(_)) && by.links != Links::default() {
                    all.links.others = UNBOUNDED;
                }
                all.links = all.links.times(&condition_links);
                Degree { links: all.links.seen_through(|of| (of != *slot).then_some(of)), ..all }
            }
            Op::Derivative { body, target, indices } => {
                let found = of(body);
                let recurrent = matches!(target, Target::Param(param)
                    if self.document.params[*param].kind == ParamKind::Weights(Parameter::Recurrent));
                if !recurrent {
                    return (*found).clone();
                }
                let moved = Links::one(self.slot(indices[0]), self.slot(indices[1]));
                Degree { links: found.links.times(&moved), ..(*found).clone() }
            }
            Op::Softmax(family) => {
                let found = of(family).bent();
                let handed = match self.op(*family) {
                    Op::VariableFamily(slot) => env.get(*slot).map(|(node, _)| node),
                    _ => None,
                };
                let even = if self.is_free(handed.unwrap_or(*family)) { NONE } else { sets_of(Sort::Unit) };
                Degree { top: larger(found.top, even), bottom: even, free: true, ..found }
            }
            Op::MeanField { states, action, strength } => {
                let mut found = of(states).bent();
                for part in action.iter().chain(strength) {
                    let other = of(part).bent();
                    found = found.or(&other);
                }
                let Given { state_hidden, state_action, bias_hidden, bias_action, .. } = self.given;
                let even = *state_hidden && *bias_hidden || *state_action && *bias_action;
                let even = if even { sets_of(Sort::Unit) } else { NONE };
                Degree { top: larger(found.top, even), bottom: even, free: true, ..found }
            }
            Op::Solve { body, .. } => {
                let found = of(body);
                Degree { top: larger(found.top, found.bottom), ..found.bent() }
            }
            op => {
                let mut all = Degree::default();
                for_each_child(op, |child| all = all.or(&of(&child)));
                all
            }
        }
    }

    /// A sum of connections that is compared with a numeral: as many as it, and one more, decide.
    fn counted(&self, sum: NodeId, degree: &Degree, with: NodeId) -> Option<Links> {
        let Op::Constant(value) = self.op(with) else { return None };
        let most = (0..=MOST_COUNTED).find(|&most| *value == RBig::from(most))?;
        let single = degree.links.wide && degree.links.others == 1 && degree.links.pairs.is_empty();
        let summed = matches!(self.op(sum), Op::Fold(FoldKind::Sum, ..) | Op::Call(..) | Op::Entry(..));
        (single && summed).then(|| Links { others: most + 1, ..degree.links.clone() })
    }

    fn quotient(&self, a: &Degree, b: &Degree, divisor: NodeId) -> Degree {
        let turned = Degree { top: b.bottom, bottom: b.top, links: b.links.bent(), ..b.clone() };
        let mut quotient = a.times(&turned);
        if b.powers != NONE {
            quotient.top = each(|at| if b.powers[at] > 0 { UNBOUNDED } else { quotient.top[at] });
        }
        // Circuits have two sizes; only places make many denominators.
        if b.sized() && b.placed {
            quotient.hung.extend(&self.document.nodes[divisor].free);
        }
        quotient
    }

    /// How the number of indices of a set grows.
    fn count(&self, sort: Sort) -> PerSet {
        let by = if matches!(sort, Sort::Configuration | Sort::Train) { UNBOUNDED } else { 1 };
        sets_of(sort).map(|set| set * by)
    }

    fn fold(&self, fold: FoldKind, binders: &[BinderNode], body: NodeId, term: &Degree) -> Degree {
        let mut found = Degree { links: self.home(&term.links, binders), ..term.clone() };
        let own = binders.iter().fold(NONE, |sum, b| both(sum, sets_of(self.analysis.sort(&b.set))));
        match fold {
            FoldKind::Sum => {
                for binder in binders {
                    let sort = self.analysis.sort(&binder.set);
                    if !self.carries(body, binder.slot) {
                        found.top = both(found.top, self.count(sort));
                    }
                    if found.hung.remove(&binder.slot) && found.bottom != NONE {
                        found.top = each(|at| if found.bottom[at] > 0 { UNBOUNDED } else { found.top[at] });
                    }
                    found.links = self.summed(&found.links, binder);
                }
                found.summed = larger(found.summed, own);
            }
            FoldKind::Product => {
                for binder in binders {
                    if self.document.indicators[body] {
                        continue;
                    }
                    // The number of indices is the exponent of a number, or of what entries make.
                    let count = self.count(self.analysis.sort(&binder.set));
                    let every = self.carries(body, binder.slot);
                    let some = self.carried(body, binder.slot, false);
                    if term.numerals && some == every || !term.free && !every {
                        found.powers = both(found.powers, count);
                    } else if !every {
                        found.top = both(found.top, count);
                    }
                }
                let overlap = (0..SETS.len()).any(|at| own[at] > 0 && found.summed[at] > 0);
                let counted = found.top;
                found.top = each(|at| {
                    let sized = term.top[at] + term.bottom[at] + term.powers[at] > 0;
                    let sums = found.summed[at] > 0 && !overlap;
                    if sized || sums { UNBOUNDED } else { counted[at] }
                });
                found.bottom = NONE;
                let links = &mut found.links;
                if *links != Links::default() {
                    links.others = UNBOUNDED;
                }
            }
        }
        found
    }

    /// Indices in the circuit of another one count as that one; actions share a circuit.
    fn home(&self, links: &Links, binders: &[BinderNode]) -> Links {
        binders.iter().rev().fold(links.clone(), |links, binder| {
            let stands_for = match binder.set {
                SetNode::CircuitOf(unit) => self.slot(unit),
                SetNode::All(Sort::Action) => Some(ACTIONS),
                SetNode::All(_) => Some(binder.slot),
            };
            links.seen_through(|slot| if slot == binder.slot { stands_for } else { Some(slot) })
        })
    }

    /// A sum over an index that stands for circuits adds connections up.
    fn summed(&self, links: &Links, binder: &BinderNode) -> Links {
        let within = |&(a, b): &(Slot, Slot)| a == binder.slot || b == binder.slot;
        let wide = links.wide || links.pairs.iter().any(within);
        Links { wide, ..links.seen_through(|slot| (slot != binder.slot).then_some(slot)) }
    }

    /// Every entry of the family has a parameter of its own, so that no two are the same.
    fn is_free(&self, family: NodeId) -> bool {
        match self.op(family) {
            Op::ParamFamily(param) => self.document.params[*param].kind != ParamKind::Mask,
            Op::LetFamily(id, arguments) => {
                let definition = &self.document.lets[*id];
                let own = arguments.len();
                if definition.formals.len() > own {
                    self.has_own(definition.body, own, definition.body)
                } else {
                    self.is_free(definition.body)
                }
            }
            Op::VariableFamily(_) => true,
            Op::Softmax(inner) => self.is_free(*inner),
            Op::MeanField { .. } => true,
            _ => false,
        }
    }

    /// A summand is a parameter of this index, and nothing else in the whole is made of it.
    fn has_own(&self, node: NodeId, slot: Slot, whole: NodeId) -> bool {
        match self.op(node) {
            Op::Add(a, b) | Op::Sub(a, b) => self.has_own(*a, slot, whole) || self.has_own(*b, slot, whole),
            Op::Negate(a) | Op::Hold(a) => self.has_own(*a, slot, whole),
            Op::Mul(a, b) => {
                let constant =
                    |node: &NodeId| matches!(self.op(*node), Op::Constant(value) if !value.is_zero());
                constant(a) && self.has_own(*b, slot, whole) || constant(b) && self.has_own(*a, slot, whole)
            }
            Op::Div(a, b) => matches!(self.op(*b), Op::Constant(_)) && self.has_own(*a, slot, whole),
            Op::Param(param, indices) => {
                let own = indices.iter().any(|&index| matches!(self.op(index), Op::Index(of) if *of == slot));
                own && self.occurrences(whole, *param) == 1
            }
            Op::Call(id, arguments) => arguments.iter().enumerate().any(|(at, &argument)| {
                matches!(self.op(argument), Op::Index(of) if *of == slot)
                    && self.has_own(self.document.lets[*id].body, at, self.document.lets[*id].body)
            }),
            Op::Entry(family, indices) => {
                matches!(self.op(indices[0]), Op::Index(of) if *of == slot) && self.is_free(*family)
            }
            Op::Fold(FoldKind::Sum, _, _, body) => self.has_own(*body, slot, whole),
            _ => false,
        }
    }

    /// How often a parameter is written in an expression and in what it uses.
    fn occurrences(&self, node: NodeId, param: ParamId) -> usize {
        let mut found = 0;
        for node in reachable(self.document, vec![node]) {
            found += match self.op(node) {
                Op::Param(other, _) | Op::ParamFamily(other) => usize::from(*other == param),
                _ => 0,
            };
        }
        found
    }

    /// Every monomial of the expression has an entry of this index: a sum over it counts nothing.
    fn carries(&self, node: NodeId, slot: Slot) -> bool {
        self.carried(node, slot, true)
    }

    fn is_zero(&self, node: NodeId) -> bool {
        matches!(self.op(node), Op::Constant(value) if value.is_zero())
    }

    /// `every`: in every summand, or in some.
    fn carried(&self, node: NodeId, slot: Slot, every: bool) -> bool {
        let key = (node, slot, every);
        if let Some(&known) = self.carried.borrow().get(&key) {
            return known;
        }
        let value = self.is_carried(node, slot, every);
        self.carried.borrow_mut().insert(key, value);
        value
    }

    fn is_carried(&self, node: NodeId, slot: Slot, every: bool) -> bool {
        let has = |node: &NodeId| self.carried(*node, slot, every);
        let some = |node: &NodeId| self.carried(*node, slot, false);
        let is = |node: &NodeId| match self.op(*node) {
            Op::Index(of) => *of == slot,
            Op::ActionOf(inner) if !every => matches!(self.op(*inner), Op::Index(of) if *of == slot),
            _ => false,
        };
        // A definition has it where it has what the index, or what depends on it, was handed to.
        let handed = |id: LetId, nodes: &[NodeId]| {
            let formals = &self.document.lets[id].formals;
            nodes.iter().zip(formals).enumerate().any(|(at, (node, formal))| {
                let passed = match formal {
                    Type::Index(_) => is(node),
                    _ => some(node),
                };
                passed && self.carried(self.document.lets[id].body, at, every)
            })
        };
        match self.op(node) {
            Op::Variable(of) | Op::VariableFamily(of) => *of == slot,
            Op::Mul(a, b) if [a, b].iter().any(|&node| self.is_zero(*node)) => false,
            Op::Param(param, indices) => {
                !matches!(self.document.params[*param].kind, ParamKind::Mask | ParamKind::Kappa)
                    && indices.iter().any(is)
            }
            Op::Call(id, nodes) | Op::LetFamily(id, nodes) => handed(*id, nodes),
            Op::Entry(family, indices) => {
                let indexed = indices.iter().any(is);
                match self.op(*family) {
                    Op::ParamFamily(param) => indexed && self.document.params[*param].kind != ParamKind::Mask,
                    Op::LetFamily(id, arguments) => {
                        let given: Vec<NodeId> = arguments.iter().chain(indices).copied().collect();
                        let formals = self.document.lets[*id].formals.len();
                        let whole = formals == arguments.len();
                        handed(*id, &given[..formals.min(given.len())])
                            || whole && indexed && self.is_free(*family)
                    }
                    Op::Winners(_) | Op::TrainFamily(_) => !every && (indexed || some(family)),
                    Op::VariableFamily(_) => false,
                    _ => indexed || some(family),
                }
            }
            Op::Winners(index) | Op::TrainFamily(index) => !every && is(index),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Min(a, b) | Op::Max(a, b) | Op::If(_, a, b) if every => {
                has(a) && has(b)
            }
            Op::Power(a, exponent) => *exponent != 0 && has(a),
            Op::Exp(a) | Op::Ln(a) => some(a),
            Op::Ordinal(index) => !every && is(index),
            Op::Bracket(_) | Op::Constant(_) => false,
            Op::Compare(..) | Op::And(..) | Op::Or(..) | Op::Not(_) | Op::SameIndex(..) => false,
            Op::Fold(_, _, _, body) => has(body),
            Op::Expectation { weight, body, .. } => {
                let (Weight::Circuits(drawn) | Weight::Spikes(drawn) | Weight::Number(drawn)) = weight;
                has(body) || has(drawn)
            }
            Op::Derivative { body, .. } => has(body),
            op => {
                let mut found = false;
                for_each_child(op, |child| found |= has(&child) || is(&child));
                found
            }
        }
    }
}
