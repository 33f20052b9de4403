//! Evaluation of the resolved trees, for any kind of number.

pub(crate) mod analytic;
pub(crate) mod difference;
pub(crate) mod domain;
pub(crate) mod exact;
pub(crate) mod fine_difference;
pub(crate) mod fixed_point;
pub(crate) mod fractions;
pub(crate) mod geometry;
pub(crate) mod high;
pub(crate) mod observations;
pub(crate) mod point;
pub(crate) mod settle;

use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::domain::{Argument, Domain, Mode, Phase};
use self::geometry::Shape;
use self::observations::Observations;
use crate::language::ast::{CompareOp, FoldKind};
use crate::number::random::Random;
use crate::number::{Number, linear};
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};

/// Why an expression has no value at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum EvalError {
    DivisionByZero(NodeId),
    NotPositive(NodeId),
    NoFixedPoint(NodeId),
    NoSolution(NodeId),
    Budget(NodeId),
    /// A derivative where two branches meet with different slopes.
    Kink(NodeId),
    /// The tier has no value for this construct.
    Unsupported(NodeId),
    /// The exact tier does not know which of two numbers is the larger: that depends on the values.
    Open(NodeId),
    /// Too few bits to tell: evaluate with more.
    Imprecise(NodeId),
    /// Evaluate the point once more: it has learned something about its unknowns.
    Again,
}

pub(crate) type Outcome<T> = Result<T, EvalError>;

/// What stands in a slot of a frame.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    Unset,
    Index(u32),
    /// A number or a family, evaluated where it is used, with the frame in which it was written.
    Thunk(Rc<Thunk>),
    /// The unknowns of a linear system, while its coefficients are read off.
    Solved(u32),
}

#[derive(Debug)]
pub(crate) struct Thunk {
    pub(crate) node: NodeId,
    pub(crate) frame: Frame,
}

pub(crate) type Frame = Vec<SlotValue>;

/// The indices of an entry.
pub(crate) type EntryIndices = SmallVec<[usize; 4]>;

/// A node, the mode, and the values of all that it depends on.
pub(crate) type Key = (NodeId, Mode, SmallVec<[u32; 8]>);

/// Evaluates expressions of one document on one network.
pub(crate) struct Evaluator<'a, D: Domain> {
    pub(crate) document: &'a Document,
    pub(crate) shape: &'a Shape,
    pub(crate) domain: D,
    pub(crate) observations: Observations,
    constants: FxHashMap<NodeId, D::Number>,
    base: Memory<D::Number>,
    moved: Memory<D::Number>,
    assigned: Vec<Vec<D::Number>>,
    work: u64,
    budget: u64,
}

/// What has been evaluated already.
#[derive(Debug)]
struct Memory<N> {
    numbers: FxHashMap<Key, N>,
    vectors: FxHashMap<Key, Rc<Vec<N>>>,
}

impl<N> Default for Memory<N> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), vectors: FxHashMap::default() }
    }
}

/// Numbers of up to so many words cost nothing extra.
const SHORT: u64 = 256;

/// The steps that a number of so many words counts for: fractions are reduced, in a time that grows
/// with the square of their length.
fn effort(size: u64) -> u64 {
    if size > SHORT { size.saturating_mul(size) / SHORT } else { 0 }
}

/// Marks in memo keys, beyond any index.
const THUNK: u32 = u32::MAX;
const SOLVED: u32 = u32::MAX - 1;
const DENOMINATOR: u32 = u32::MAX - 2;
const EXPONENTIAL: u32 = u32::MAX - 3;

impl<'a, D: Domain> Evaluator<'a, D> {
    pub(crate) fn new(document: &'a Document, shape: &'a Shape, domain: D, budget: u64) -> Self {
        Self {
            document,
            shape,
            domain,
            observations: Observations::default(),
            constants: FxHashMap::default(),
            base: Memory::default(),
            moved: Memory::default(),
            assigned: Vec::new(),
            work: 0,
            budget,
        }
    }

    /// Gives the next claim its whole budget; what is known already stays known.
    pub(crate) fn renew_budget(&mut self) {
        self.work = 0;
    }

    /// Forgets everything that was evaluated under a derivative.
    pub(crate) fn forget_moved(&mut self) {
        self.moved = Memory::default();
    }

    fn spend(&mut self, node: NodeId, work: u64) -> Outcome<()> {
        self.work += work;
        if self.work > self.budget { Err(EvalError::Budget(node)) } else { Ok(()) }
    }

    /// The mode in which a node must be evaluated: where the target cannot move it, the base.
    fn effective(&self, node: NodeId, mode: Mode) -> Mode {
        match mode.target() {
            Some(target) if self.document.moved_by[node] >> target & 1 == 1 => mode,
            _ => Mode::BASE,
        }
    }

    // ---- memory ----

    fn memory(&mut self, mode: Mode) -> &mut Memory<D::Number> {
        if mode == Mode::BASE { &mut self.base } else { &mut self.moved }
    }

    pub(crate) fn key(&self, node: NodeId, frame: &Frame, mode: Mode, extra: &[u32]) -> Key {
        let mut key = SmallVec::new();
        self.push_key(node, frame, &mut key);
        key.extend_from_slice(extra);
        (node, mode, key)
    }

    fn push_key(&self, node: NodeId, frame: &Frame, key: &mut SmallVec<[u32; 8]>) {
        for &slot in &self.document.nodes[node].free {
            match &frame[slot] {
                SlotValue::Index(index) => key.push(*index),
                SlotValue::Thunk(thunk) => {
                    key.extend([THUNK, thunk.node as u32]);
                    self.push_key(thunk.node, &thunk.frame, key);
                }
                SlotValue::Solved(id) => key.extend([SOLVED, *id]),
                SlotValue::Unset => key.push(0),
            }
        }
    }

    fn remember(
        &mut self,
        key: Key,
        compute: impl FnOnce(&mut Self) -> Outcome<D::Number>,
    ) -> Outcome<D::Number> {
        if let Some(known) = self.memory(key.1).numbers.get(&key) {
            return Ok(known.clone());
        }
        let value = compute(self)?;
        self.memory(key.1).numbers.insert(key, value.clone());
        Ok(value)
    }

    // ---- indices and conditions ----

    pub(crate) fn index(&mut self, node: NodeId, frame: &Frame) -> usize {
        match self.document.nodes[node].op {
            Op::Index(slot) => match frame[slot] {
                SlotValue::Index(index) => index as usize,
                _ => unreachable!("an index slot holds an index"),
            },
            Op::ActionOf(configuration) => {
                let configuration = self.index(configuration, frame);
                self.shape.winner(configuration, self.shape.hidden_circuits)
            }
            Op::CircuitOf(unit) => {
                let unit = self.index(unit, frame);
                self.shape.circuit_of(unit)
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    fn indices(&mut self, nodes: &[NodeId], frame: &Frame) -> EntryIndices {
        nodes.iter().map(|&node| self.index(node, frame)).collect()
    }

    pub(crate) fn truth(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<bool> {
        match self.document.nodes[node].op {
            Op::SameIndex(same, a, b) => Ok((self.index(a, frame) == self.index(b, frame)) == same),
            Op::Compare(op, a, b) => {
                let (order, ..) = self.order(node, a, b, frame, mode)?;
                Ok(match op {
                    CompareOp::Equal => order.is_eq(),
                    CompareOp::NotEqual => order.is_ne(),
                    CompareOp::LessEqual => order.is_le(),
                    CompareOp::GreaterEqual => order.is_ge(),
                    CompareOp::Less => order.is_lt(),
                    CompareOp::Greater => order.is_gt(),
                })
            }
            Op::And(a, b) => Ok(self.truth(a, frame, mode)? && self.truth(b, frame, mode)?),
            Op::Or(a, b) => Ok(self.truth(a, frame, mode)? || self.truth(b, frame, mode)?),
            Op::Not(a) => Ok(!self.truth(a, frame, mode)?),
            _ => unreachable!("kinds were checked"),
        }
    }

    /// Which of two numbers is the smaller, and their values, at the base: a derivative stays
    /// within the branch that its base is in, so that a finite difference does not step over a
    /// kink.
    fn order(
        &mut self,
        node: NodeId,
        a: NodeId,
        b: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<(Ordering, D::Number, D::Number)> {
        let (x, y) = (self.eval(a, frame, Mode::BASE)?, self.eval(b, frame, Mode::BASE)?);
        let order = D::compare(self, node, (a, &x), (b, &y), frame)?;
        if order.is_eq() && mode != Mode::BASE {
            let (x, y) = (self.eval(a, frame, mode)?, self.eval(b, frame, mode)?);
            if D::part(&x, &y) {
                return Err(EvalError::Kink(node));
            }
        }
        Ok((order, x, y))
    }

    fn set(&mut self, set: &SetNode, frame: &Frame) -> std::ops::Range<usize> {
        match *set {
            SetNode::All(sort) => self.shape.range(sort),
            SetNode::CircuitOf(unit) => {
                let unit = self.index(unit, frame);
                self.shape.members(self.shape.circuit_of(unit))
            }
        }
    }

    /// Calls `visit` for every choice of the bound names that passes the filter.
    pub(crate) fn each(
        &mut self,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        (frame, mode): (&mut Frame, Mode),
        at: NodeId,
        visit: &mut dyn FnMut(&mut Self, &mut Frame) -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((first, rest)) = binders.split_first() else {
            self.spend(at, 1)?;
            let passes = match filter {
                Some(filter) => self.truth(filter, frame, mode)?,
                None => true,
            };
            return if passes { visit(self, frame) } else { Ok(()) };
        };
        for index in self.set(&first.set, frame) {
            frame[first.slot] = SlotValue::Index(index as u32);
            self.each(rest, filter, (frame, mode), at, visit)?;
        }
        frame[first.slot] = SlotValue::Unset;
        Ok(())
    }

    // ---- numbers ----

    pub(crate) fn argument(
        &mut self,
        argument: Argument,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        match argument {
            Argument::Node(node) => self.eval(node, frame, mode),
            Argument::Entry(family, unit) => self.entry(family, &[unit], frame, mode),
        }
    }

    pub(crate) fn eval(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        let value = self.value(node, frame, mode)?;
        self.spend(node, effort(value.size()))?;
        Ok(value)
    }

    fn value(&mut self, node: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        self.spend(node, 1)?;
        let mode = self.effective(node, mode);
        let document = self.document;
        match &document.nodes[node].op {
            Op::Constant(value) => {
                Ok(self.constants.entry(node).or_insert_with(|| D::Number::rational(value)).clone())
            }
            Op::Param(param, indices) => {
                let indices = self.indices(indices, frame);
                Ok(self.param(*param, &indices, mode))
            }
            Op::Call(id, arguments) => {
                let key = self.key(node, frame, mode, &[]);
                self.remember(key, |ev| {
                    let (inner, arguments) = ev.enter(*id, arguments, &[], frame);
                    ev.call(*id, inner, &arguments, mode)
                })
            }
            Op::Variable(slot) => match frame[*slot].clone() {
                SlotValue::Thunk(thunk) => self.eval(thunk.node, &mut thunk.frame.clone(), mode),
                _ => unreachable!("a number slot holds a thunk"),
            },
            Op::Entry(family, indices) => {
                let indices = self.indices(indices, frame);
                self.entry(*family, &indices, frame, mode)
            }
            Op::Negate(a) => Ok(self.eval(*a, frame, mode)?.neg()),
            Op::Add(a, b) => Ok(self.eval(*a, frame, mode)?.add(&self.eval(*b, frame, mode)?)),
            Op::Sub(a, b) => Ok(self.eval(*a, frame, mode)?.sub(&self.eval(*b, frame, mode)?)),
            Op::Mul(a, b) => {
                let left = self.eval(*a, frame, mode)?;
                // Indicators make most products vanish. What else is zero does not excuse a right
                // factor without a value.
                if document.indicators[*a] && left.is_zero() {
                    return Ok(left);
                }
                Ok(left.mul(&self.eval(*b, frame, mode)?))
            }
            Op::Div(a, b) => {
                let (a, b) = (self.eval(*a, frame, mode)?, self.eval(*b, frame, mode)?);
                self.quotient(&a, &b, node)
            }
            Op::Power(a, exponent) => {
                let a = self.eval(*a, frame, mode)?;
                self.spend(node, effort(u64::from(exponent.unsigned_abs()) * a.size()))?;
                a.power(*exponent).ok_or(EvalError::DivisionByZero(node))
            }
            Op::Exp(a) => D::exp(self, Argument::Node(*a), frame, mode),
            Op::Ln(a) => D::ln(self, node, *a, frame, mode),
            Op::Hold(a) => self.eval(*a, frame, Mode::BASE),
            Op::Min(a, b) | Op::Max(a, b) => {
                let (order, x, y) = self.order(node, *a, *b, frame, mode)?;
                let smaller = matches!(document.nodes[node].op, Op::Min(..));
                let (branch, value) = match order {
                    Ordering::Equal => (*a, x.either(&y)),
                    _ if order.is_lt() == smaller => (*a, x),
                    _ => (*b, y),
                };
                if mode == Mode::BASE { Ok(value) } else { self.eval(branch, frame, mode) }
            }
            Op::If(condition, yes, no) => {
                let branch = if self.truth(*condition, frame, mode)? { *yes } else { *no };
                self.eval(branch, frame, mode)
            }
            Op::Bracket(a) => {
                Ok(if self.truth(*a, frame, mode)? { D::Number::one() } else { D::Number::zero() })
            }
            Op::Ordinal(index) => {
                let place = self.index(*index, frame) - self.start_of(*index);
                Ok(D::Number::rational(&RBig::from(place)))
            }
            Op::Fold(fold, binders, filter, body) => {
                let key = self.key(node, frame, mode, &[]);
                self.remember(key, |ev| ev.fold(node, *fold, binders, *filter, *body, frame, mode))
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let key = self.key(node, frame, mode, &[]);
                self.remember(key, |ev| {
                    ev.expectation(node, (*slot, *sort), weight, *condition, *body, frame, mode)
                })
            }
            Op::Derivative { body, target, indices } => {
                let indices = self.indices(indices, frame);
                let sorts = self.target_sorts(*target);
                let flat = self.shape.flat(&sorts, &indices);
                let target = document.targets.iter().position(|known| known == target);
                D::derivative(self, node, *body, target.unwrap_or(usize::MAX), flat, frame)
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    pub(crate) fn target_sorts(&self, target: Target) -> Vec<Sort> {
        match target {
            Target::Param(param) => self.document.params[param].sorts.clone(),
            Target::Let(id) => self.document.lets[id]
                .formals
                .iter()
                .filter_map(|formal| match formal {
                    Type::Index(sort) => Some(*sort),
                    _ => None,
                })
                .collect(),
        }
    }

    pub(crate) fn quotient(&self, a: &D::Number, b: &D::Number, node: NodeId) -> Outcome<D::Number> {
        a.div(b).ok_or(EvalError::DivisionByZero(node))
    }

    /// Remembers the numbers of a derivative's body in its own mode.
    pub(crate) fn body(&mut self, body: NodeId, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        let key = self.key(body, frame, mode, &[]);
        self.remember(key, |ev| ev.eval(body, frame, mode))
    }

    pub(crate) fn param(&mut self, param: ParamId, indices: &[usize], mode: Mode) -> D::Number {
        let family = &self.document.params[param];
        let flat = self.shape.flat(&family.sorts, indices);
        let value = self.domain.param(family, param, flat, indices);
        self.seed(value, Target::Param(param), flat, mode)
    }

    fn seed(&mut self, value: D::Number, target: Target, flat: usize, mode: Mode) -> D::Number {
        match mode.target() {
            Some(at) if self.document.targets[at] == target => self.domain.moved(value, flat),
            _ => value,
        }
    }

    /// A frame for a definition, its formals filled.
    pub(crate) fn enter(
        &mut self,
        id: LetId,
        arguments: &[NodeId],
        indices: &[usize],
        frame: &Frame,
    ) -> (Frame, EntryIndices) {
        let definition = &self.document.lets[id];
        let mut inner = vec![SlotValue::Unset; definition.frame];
        let mut integers = EntryIndices::new();
        for (slot, &argument) in arguments.iter().enumerate() {
            inner[slot] = match definition.formals[slot] {
                Type::Index(_) => {
                    let index = self.index(argument, frame);
                    integers.push(index);
                    SlotValue::Index(index as u32)
                }
                _ => self.thunk(argument, frame),
            };
        }
        for (offset, &index) in indices.iter().enumerate() {
            integers.push(index);
            inner[arguments.len() + offset] = SlotValue::Index(index as u32);
        }
        (inner, integers)
    }

    fn thunk(&self, node: NodeId, frame: &Frame) -> SlotValue {
        if let Op::Variable(slot) | Op::VariableFamily(slot) = self.document.nodes[node].op {
            return frame[slot].clone();
        }
        SlotValue::Thunk(Rc::new(Thunk { node, frame: frame.clone() }))
    }

    /// The body of a definition; one that is the target of the derivative is an independent
    /// variable.
    fn call(&mut self, id: LetId, mut inner: Frame, integers: &[usize], mode: Mode) -> Outcome<D::Number> {
        let body = self.document.lets[id].body;
        if mode.target().is_some_and(|at| self.document.targets[at] == Target::Let(id)) {
            let value = self.eval(body, &mut inner, Mode::BASE)?;
            let sorts = self.target_sorts(Target::Let(id));
            let flat = self.shape.flat(&sorts, integers);
            return Ok(self.seed(value, Target::Let(id), flat, mode));
        }
        self.eval(body, &mut inner, mode)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, used here alone")]
    fn fold(
        &mut self,
        node: NodeId,
        fold: FoldKind,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let mut total = match fold {
            FoldKind::Sum => D::Number::zero(),
            FoldKind::Product => D::Number::one(),
        };
        let mut count = 0;
        self.each(binders, filter, (frame, mode), node, &mut |ev, frame| {
            count += 1;
            let term = ev.eval(body, frame, mode)?;
            total = match fold {
                FoldKind::Sum => total.add(&term),
                FoldKind::Product => total.mul(&term),
            };
            Ok(())
        })?;
        self.observations.folded(node, count > 0);
        Ok(total)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, used here alone")]
    fn expectation(
        &mut self,
        node: NodeId,
        (slot, sort): (Slot, Sort),
        weight: &Weight,
        condition: Option<NodeId>,
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let mut sum = D::Number::zero();
        let mut mass = D::Number::zero();
        let mut count = 0;
        for index in self.shape.range(sort) {
            frame[slot] = SlotValue::Index(index as u32);
            if let Some(condition) = condition
                && !self.truth(condition, frame, mode)?
            {
                continue;
            }
            count += 1;
            let weight = self.weight(weight, index, frame, mode)?;
            let term = self.eval(body, frame, mode)?;
            sum = sum.add(&weight.mul(&term));
            if condition.is_some() {
                mass = mass.add(&weight);
            }
        }
        frame[slot] = SlotValue::Unset;
        self.observations.folded(node, count > 0);
        if condition.is_some() { self.quotient(&sum, &mass, node) } else { Ok(sum) }
    }

    fn weight(&mut self, weight: &Weight, index: usize, frame: &mut Frame, mode: Mode) -> Outcome<D::Number> {
        match *weight {
            Weight::Number(node) => self.eval(node, frame, mode),
            Weight::Circuits(family) => {
                let mut product = D::Number::one();
                for circuit in 0..self.shape.circuits() {
                    let unit = self.shape.winner(index, circuit);
                    product = product.mul(&self.entry(family, &[unit], frame, mode)?);
                }
                Ok(product)
            }
            Weight::Spikes(rate) => {
                let rate = self.eval(rate, frame, mode)?;
                let silence = D::Number::one().sub(&rate);
                let factors =
                    (0..self.shape.window).map(|t| if index >> t & 1 == 1 { &rate } else { &silence });
                Ok(factors.fold(D::Number::one(), |product, factor| product.mul(factor)))
            }
        }
    }

    // ---- families ----

    pub(crate) fn entry(
        &mut self,
        family: NodeId,
        indices: &[usize],
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        self.spend(family, 1)?;
        let mode = self.effective(family, mode);
        let document = self.document;
        match &document.nodes[family].op {
            Op::ParamFamily(param) => Ok(self.param(*param, indices, mode)),
            Op::LetFamily(id, arguments) => {
                let own = document.lets[*id].formals.len() > arguments.len();
                let given: SmallVec<[u32; 4]> = indices.iter().map(|&index| index as u32).collect();
                let key = self.key(family, frame, mode, &given);
                self.remember(key, |ev| {
                    if own {
                        let (inner, integers) = ev.enter(*id, arguments, indices, frame);
                        ev.call(*id, inner, &integers, mode)
                    } else {
                        let (mut inner, _) = ev.enter(*id, arguments, &[], frame);
                        ev.entry(document.lets[*id].body, indices, &mut inner, mode)
                    }
                })
            }
            Op::VariableFamily(slot) => match frame[*slot].clone() {
                SlotValue::Thunk(thunk) => self.entry(thunk.node, indices, &mut thunk.frame.clone(), mode),
                SlotValue::Solved(id) => {
                    let position = indices[0] - self.solved_start(family);
                    // Another domain's evaluator has no values for the unknowns of this one.
                    let values = self.assigned.get(id as usize).ok_or(EvalError::Unsupported(family))?;
                    Ok(values[position].clone())
                }
                _ => unreachable!("a family slot holds a family"),
            },
            Op::Winners(configuration) => {
                let configuration = self.index(*configuration, frame);
                let wins = self.shape.winner(configuration, self.shape.circuit_of(indices[0])) == indices[0];
                Ok(if wins { D::Number::one() } else { D::Number::zero() })
            }
            Op::TrainFamily(train) => {
                let spikes = self.index(*train, frame) >> indices[0] & 1 == 1;
                Ok(if spikes { D::Number::one() } else { D::Number::zero() })
            }
            Op::Softmax(inner) => self.softmax(family, *inner, indices[0], frame, mode),
            Op::MeanField { states, action, strength } => {
                let action = action.map(|action| self.index(action, frame));
                let phase = Phase { node: family, states: *states, action, strength: *strength };
                D::mean_field(self, &phase, indices[0], frame, mode)
            }
            Op::Solve { unknown, index, sort, body } => {
                let position = indices[0] - self.shape.range(*sort).start;
                let solution = self.solve(family, (*unknown, *index, *sort), *body, frame, mode)?;
                Ok(solution[position].clone())
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    pub(crate) fn start_of(&self, index: NodeId) -> usize {
        match self.document.nodes[index].kind {
            Type::Index(sort) => self.shape.range(sort).start,
            _ => 0,
        }
    }

    fn solved_start(&self, family: NodeId) -> usize {
        match &self.document.nodes[family].kind {
            Type::Family(sorts) => self.shape.range(sorts[0]).start,
            _ => 0,
        }
    }

    fn softmax(
        &mut self,
        node: NodeId,
        inner: NodeId,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let circuit = self.shape.circuit_of(unit);
        let key = self.key(node, frame, mode, &[DENOMINATOR, circuit as u32]);
        let denominator = self.remember(key, |ev| {
            ev.shape.members(circuit).try_fold(D::Number::zero(), |sum, member| {
                Ok(sum.add(&ev.exponential(node, inner, member, frame, mode)?))
            })
        })?;
        let numerator = self.exponential(node, inner, unit, frame, mode)?;
        self.quotient(&numerator, &denominator, node)
    }

    fn exponential(
        &mut self,
        node: NodeId,
        inner: NodeId,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let key = self.key(node, frame, mode, &[EXPONENTIAL, unit as u32]);
        self.remember(key, |ev| D::exp(ev, Argument::Entry(inner, unit), frame, mode))
    }

    /// `V[x] = body(V, x)`, affine in `V`: its coefficients are read off at zero and at the unit
    /// vectors.
    fn solve(
        &mut self,
        node: NodeId,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Rc<Vec<D::Number>>> {
        let key = self.key(node, frame, mode, &[]);
        if let Some(known) = self.memory(key.1).vectors.get(&key) {
            return Ok(Rc::clone(known));
        }
        let solution = Rc::new(self.solution(node, (unknown, index, sort), body, frame, mode)?);
        self.memory(key.1).vectors.insert(key, Rc::clone(&solution));
        Ok(solution)
    }

    fn solution(
        &mut self,
        node: NodeId,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Vec<D::Number>> {
        let range = self.shape.range(sort);
        let n = range.len();
        let constant = self.image(vec![D::Number::zero(); n], (unknown, index, sort), body, frame, mode)?;
        let mut matrix = vec![Vec::with_capacity(n); n];
        for column in 0..n {
            let mut unit = vec![D::Number::zero(); n];
            unit[column] = D::Number::one();
            let image = self.image(unit, (unknown, index, sort), body, frame, mode)?;
            for row in 0..n {
                let slope = image[row].sub(&constant[row]);
                let identity = if row == column { D::Number::one() } else { D::Number::zero() };
                matrix[row].push(identity.sub(&slope));
            }
        }
        let right = constant.into_iter().map(|entry| vec![entry]).collect();
        let solution = linear::solve(matrix, right).ok_or(EvalError::NoSolution(node))?;
        let solution: Vec<D::Number> = solution.into_iter().map(|mut row| row.remove(0)).collect();
        let image = self.image(solution.clone(), (unknown, index, sort), body, frame, mode)?;
        if !solution.iter().zip(&image).all(|(a, b)| D::agree(a, b)) {
            return Err(EvalError::NoSolution(node));
        }
        self.affine(node, (unknown, index, sort), body, &solution, frame, mode)?;
        Ok(solution)
    }

    /// What is not affine may agree at zero, at the unit vectors and at its solution. On the line
    /// from the solution to a random place, a quarter of the way lies at a quarter of the
    /// difference only where the body is affine.
    fn affine(
        &mut self,
        node: NodeId,
        unknowns: (Slot, Slot, Sort),
        body: NodeId,
        solution: &[D::Number],
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<()> {
        let mut random = Random::new(&[17, node as u64]);
        let quarter = D::Number::rational(&RBig::from_parts(1.into(), 4u8.into()));
        let step: Vec<D::Number> =
            solution.iter().map(|_| D::Number::rational(&RBig::from(random.below(64) + 1))).collect();
        let shifted = |share: &D::Number| -> Vec<D::Number> {
            solution.iter().zip(&step).map(|(x, step)| x.add(&step.mul(share))).collect()
        };
        let whole = self.image(shifted(&D::Number::one()), unknowns, body, frame, mode)?;
        let part = self.image(shifted(&quarter), unknowns, body, frame, mode)?;
        let affine = solution
            .iter()
            .zip(whole.iter().zip(&part))
            .all(|(x, (whole, part))| D::agree(&whole.sub(x).mul(&quarter), &part.sub(x)));
        if affine { Ok(()) } else { Err(EvalError::NoSolution(node)) }
    }

    fn image(
        &mut self,
        values: Vec<D::Number>,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Vec<D::Number>> {
        self.assigned.push(values);
        frame[unknown] = SlotValue::Solved(self.assigned.len() as u32 - 1);
        let mut image = Vec::new();
        for at in self.shape.range(sort) {
            frame[index] = SlotValue::Index(at as u32);
            image.push(self.eval(body, frame, mode)?);
        }
        frame[unknown] = SlotValue::Unset;
        frame[index] = SlotValue::Unset;
        Ok(image)
    }
}
