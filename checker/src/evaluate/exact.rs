//! The exact tier: fractions at random rational points, with an unknown for every independent exponential.
//!
//! A fixed point is made rational by choosing the exponentials of its net inputs: `exp(z_i)` is an unknown, `q` is
//! the softmax of those unknowns, and the polynomial `z(q)` is registered as the argument whose exponential
//! they are. Solving `z` for the bias would give the network that has this fixed point.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use dashu_ratio::RBig;

use super::analytic::{Analytic, Backend};
use super::domain::{Argument, Domain, Mode};
use super::point::{BIAS, Convention, Point, RECURRENT, STATE};
use super::{Evaluator, Frame, Outcome, Trouble};
use crate::number::Number;
use crate::number::exact::Exact;
use crate::number::polynomial::{PolynomialNumber, Symbol};
use crate::number::unknowns::{Exponential, NoExponential, Unknowns};
use crate::resolve::ir::{NodeId, Param, ParamId, ParamKind};

/// How large the random numbers are, and how they are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    /// Integers of so many bits: to verify.
    Bits(u32),
    /// Small fractions, states in [0,1]: to show a counterexample.
    Readable(u32),
    /// The entries of the point itself, which has a scale; exponentials are primes of so many bits, or their inverses.
    Scaled(u32),
}

impl Size {
    fn bits(self) -> u32 {
        match self {
            Size::Bits(bits) => bits,
            Size::Readable(bits) | Size::Scaled(bits) => bits.max(3),
        }
    }

    /// Every unknown is drawn from a set of at least so many numbers.
    pub(crate) fn sample_size(self) -> f64 {
        // Primes below 2^bits and above half of that: more than 2^bits / (2 * 0.7 * bits) for bits >= 8
        // (Rosser and Schoenfeld 1962, doi 10.1215/ijm/1255631807); integers are more.
        f64::from(self.bits()).exp2() / (1.5 * f64::from(self.bits()))
    }
}

/// A fixed point: its state, as values and as polynomials.
#[derive(Debug)]
struct FixedPoint {
    states: Vec<RBig>,
    action: Option<usize>,
    activity: Vec<Exact>,
    symbols: Vec<PolynomialNumber>,
    /// Exponentials that were chosen for it.
    chosen: usize,
}

/// What the values and the polynomials of a point share.
#[derive(Debug)]
struct Shared {
    point: Point,
    size: Size,
    unknowns: Unknowns,
    fixed_points: Vec<FixedPoint>,
}

impl Shared {
    /// The value of an entry.
    fn entry(&self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Exact {
        match family.kind {
            ParamKind::Kappa => Exact::constant(self.point.convention.kappa()),
            ParamKind::Mask => {
                Exact::constant(RBig::from(u8::from(self.point.unmasked(indices[0], indices[1]))))
            }
            kind if self.point.is_zero(kind, indices) => Exact::zero(),
            kind => self.unknown(kind, param, self.point.canonical(kind, flat, indices)),
        }
    }

    fn unknown(&self, kind: ParamKind, param: ParamId, entry: usize) -> Exact {
        let mut random = self.point.random(&[12, param as u64, entry as u64]);
        let positive = kind.is_positive();
        let value = match self.size {
            Size::Scaled(_) => self.point.scaled_entry(kind, param, entry),
            Size::Bits(bits) => {
                let magnitude = RBig::from(random.below(1 << bits) + 1);
                if positive || random.word() & 1 == 0 { magnitude } else { -magnitude }
            }
            Size::Readable(bits) => {
                let top = random.below(1 << bits) + 1;
                let value = if kind == ParamKind::States {
                    RBig::from_parts(top.into(), (1u64 << bits).into())
                } else {
                    RBig::from(top)
                };
                if positive || random.word() & 1 == 0 { value } else { -value }
            }
        };
        Exact::unknown(value)
    }

    fn exp(&mut self, argument: &PolynomialNumber) -> Result<Exact, NoExponential> {
        let Exponential { value, fresh } = self.unknowns.exp(&argument.polynomial)?;
        if let Some(fresh) = fresh
            && !self.unknowns.set_logarithm(fresh, &argument.value)
        {
            return Err(NoExponential::TooLarge);
        }
        Ok(value)
    }
}

/// The polynomials that arguments of `exp` are.
pub(crate) struct Symbolic {
    shared: Rc<RefCell<Shared>>,
}

impl Symbolic {
    fn exponential(&self, node: NodeId, argument: &PolynomialNumber) -> Outcome<Exact> {
        self.shared.borrow_mut().exp(argument).map_err(|none| match none {
            NoExponential::Again => Trouble::Again,
            NoExponential::TooLarge => Trouble::Unsupported(node),
        })
    }

    /// Finds the fixed point with these states and this clamped action, or makes it.
    fn fixed_point(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let states = (0..ev.shape.states)
            .map(|k| ev.entry(states, &[k], frame, Mode::BASE))
            .collect::<Outcome<Vec<_>>>()?;
        let values: Vec<RBig> = states.iter().map(|state| state.value.value.clone()).collect();
        let shared = Rc::clone(&ev.domain.shared);
        let known =
            shared.borrow().fixed_points.iter().position(|f| f.states == values && f.action == action);
        if let Some(known) = known {
            return Ok(known);
        }
        let id = shared.borrow().fixed_points.len();
        let symbols = activity_symbols(ev.shape, id, action);
        let inputs = net_inputs(ev, &states, &symbols);
        let before = shared.borrow().unknowns.arguments();
        let (activity, symbols) = choose(ev, node, &inputs, &symbols, action)?;
        let mut shared = shared.borrow_mut();
        let chosen = shared.unknowns.arguments() - before;
        shared.fixed_points.push(FixedPoint { states: values, action, activity, symbols, chosen });
        Ok(id)
    }
}

/// The activities as symbols; in every circuit the last is one minus the others.
fn activity_symbols(
    shape: &super::geometry::Shape,
    id: usize,
    action: Option<usize>,
) -> Vec<PolynomialNumber> {
    let mut symbols = Vec::with_capacity(shape.units());
    for circuit in 0..shape.circuits() {
        let members = shape.members(circuit);
        let clamped = action.filter(|_| circuit == shape.hidden_circuits);
        let mut last = PolynomialNumber::one();
        for unit in members.clone() {
            let symbol = match clamped {
                Some(action) if unit == action => PolynomialNumber::one(),
                Some(_) => PolynomialNumber::zero(),
                None if unit + 1 == members.end => last.clone(),
                None => PolynomialNumber::symbol(Symbol::Activity(id, unit), Exact::zero()),
            };
            last = last.sub(&symbol);
            symbols.push(symbol);
        }
    }
    symbols
}

/// `z_i = κ Σ_j (W_ij + W_ji) q_j + Σ_k U_ki s_k + b_i`, of every unit.
fn net_inputs(
    ev: &mut Evaluator<'_, Symbolic>,
    states: &[PolynomialNumber],
    symbols: &[PolynomialNumber],
) -> Vec<PolynomialNumber> {
    let kappa = PolynomialNumber::constant(&ev.domain.shared.borrow().point.convention.kappa());
    (0..ev.shape.units())
        .map(|i| {
            let mut z = ev.param(BIAS, &[i], Mode::BASE);
            for (k, state) in states.iter().enumerate() {
                z = z.add(&ev.param(STATE, &[k, i], Mode::BASE).mul(state));
            }
            for (j, q) in symbols.iter().enumerate() {
                let there = ev.param(RECURRENT, &[i, j], Mode::BASE);
                let back = ev.param(RECURRENT, &[j, i], Mode::BASE);
                z = z.add(&kappa.mul(&there.add(&back)).mul(q));
            }
            z
        })
        .collect()
}

/// Chooses `exp(z_i)`, normalises, and tells the logarithm what each `z_i` is worth.
fn choose(
    ev: &mut Evaluator<'_, Symbolic>,
    node: NodeId,
    inputs: &[PolynomialNumber],
    symbols: &[PolynomialNumber],
    action: Option<usize>,
) -> Outcome<(Vec<Exact>, Vec<PolynomialNumber>)> {
    let shape = *ev.shape;
    let shared = Rc::clone(&ev.domain.shared);
    let mut activity = vec![Exact::zero(); shape.units()];
    let mut fresh = Vec::new();
    for circuit in 0..shape.circuits() {
        if let Some(action) = action.filter(|_| circuit == shape.hidden_circuits) {
            activity[action] = Exact::one();
            continue;
        }
        let mut sum = Exact::zero();
        for unit in shape.members(circuit) {
            let chosen =
                shared.borrow_mut().unknowns.exp(&inputs[unit].polynomial).map_err(|none| match none {
                    NoExponential::Again => Trouble::Again,
                    NoExponential::TooLarge => Trouble::Unsupported(node),
                })?;
            fresh.extend(chosen.fresh.map(|at| (at, unit)));
            sum = sum.add(&chosen.value);
            activity[unit] = chosen.value;
        }
        for unit in shape.members(circuit) {
            activity[unit] = activity[unit].div(&sum).ok_or(Trouble::DivisionByZero(node))?;
        }
    }
    let valued: Vec<PolynomialNumber> = symbols
        .iter()
        .zip(&activity)
        .map(|(symbol, value)| PolynomialNumber {
            polynomial: Rc::clone(&symbol.polynomial),
            value: value.clone(),
        })
        .collect();
    if !fresh.is_empty() {
        // The symbols have values now, so the net inputs have too.
        let states: Vec<PolynomialNumber> = Vec::new();
        let recurrent = net_inputs(ev, &states, &valued);
        let without = net_inputs(ev, &states, symbols);
        for (at, unit) in fresh {
            // `inputs` took the activities as zero; the recurrent part is what that left out.
            let left_out = recurrent[unit].value.sub(&without[unit].value);
            let worth = inputs[unit].value.add(&left_out);
            if !shared.borrow_mut().unknowns.set_logarithm(at, &worth) {
                return Err(Trouble::Unsupported(node));
            }
        }
    }
    Ok((activity, valued))
}

impl Domain for Symbolic {
    type Number = PolynomialNumber;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Number {
        let shared = self.shared.borrow();
        let value = shared.entry(family, param, flat, indices);
        if value.degree() == 0.0 {
            return PolynomialNumber::constant(&value.value);
        }
        let entry = shared.point.canonical(family.kind, flat, indices);
        PolynomialNumber::symbol(Symbol::Entry(param, entry, family.kind.is_positive()), value)
    }

    /// Polynomials are taken of values alone.
    fn moved(&mut self, value: Self::Number, _flat: usize) -> Self::Number {
        value
    }

    fn exp(
        ev: &mut Evaluator<'_, Self>,
        argument: Argument,
        frame: &mut Frame,
        _mode: Mode,
    ) -> Outcome<Self::Number> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        let inner = ev.argument(argument, frame, Mode::BASE)?;
        let value = ev.domain.exponential(node, &inner)?;
        if value.degree() == 0.0 {
            return Ok(PolynomialNumber::constant(&value.value));
        }
        Ok(PolynomialNumber::opaque(value, true))
    }

    fn ln(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
        _mode: Mode,
    ) -> Outcome<Self::Number> {
        let inner = ev.eval(argument, frame, Mode::BASE)?.value;
        let logarithm = ev.domain.shared.borrow_mut().unknowns.logarithm.of(&inner.value);
        let logarithm = logarithm.ok_or(Trouble::NotPositive(node))?;
        let degree = inner.degree().min(f64::from(u32::MAX)) as u32;
        Ok(PolynomialNumber::symbol(Symbol::Logarithm(Rc::new(inner.value), degree), logarithm))
    }

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        unit: usize,
        frame: &mut Frame,
        _mode: Mode,
    ) -> Outcome<Self::Number> {
        let id = Self::fixed_point(ev, node, states, action, frame)?;
        Ok(ev.domain.shared.borrow().fixed_points[id].symbols[unit].clone())
    }

    fn derivative(
        _ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        _body: NodeId,
        _target: usize,
        _flat: usize,
        _frame: &mut Frame,
    ) -> Outcome<Self::Number> {
        Err(Trouble::Unsupported(node))
    }

    fn settled(
        _ev: &mut Evaluator<'_, Self>,
        (_, a): (NodeId, &Self::Number),
        (_, b): (NodeId, &Self::Number),
        _frame: &mut Frame,
    ) -> Outcome<bool> {
        Ok(a.sub(b).sign().is_some())
    }

    fn agree(a: &Self::Number, b: &Self::Number) -> bool {
        a.value.value == b.value.value
    }
}

/// Values as fractions.
pub(crate) struct Fractions<'a> {
    symbolic: Evaluator<'a, Symbolic>,
    shared: Rc<RefCell<Shared>>,
    entries: BTreeMap<(ParamId, usize), Exact>,
    activities: Vec<Vec<Exact>>,
}

/// The evaluator of the exact tier.
pub(crate) type ExactEvaluator<'a> = Evaluator<'a, Analytic<Fractions<'a>>>;

impl<'a> Fractions<'a> {
    /// An evaluator at a point; `powers` as [`Unknowns::new`] takes them.
    pub(crate) fn evaluator(
        document: &'a crate::resolve::ir::Document,
        shape: &'a super::geometry::Shape,
        point: Point,
        size: Size,
        powers: Vec<u32>,
        budget: u64,
    ) -> ExactEvaluator<'a> {
        let inverses = matches!(size, Size::Scaled(_));
        let unknowns = Unknowns::new(&[point.key(), &[13]].concat(), size.bits(), inverses, powers);
        let shared = Rc::new(RefCell::new(Shared { point, size, unknowns, fixed_points: Vec::new() }));
        let symbolic = Evaluator::new(document, shape, Symbolic { shared: Rc::clone(&shared) }, budget);
        let backend = Self { symbolic, shared, entries: BTreeMap::new(), activities: Vec::new() };
        Evaluator::new(document, shape, Analytic::new(backend), budget)
    }

    /// Evaluates polynomials; a comparison that they depend on counts as one of the evaluator's own.
    fn symbolically<T>(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        evaluate: impl FnOnce(&mut Evaluator<'a, Symbolic>) -> Outcome<T>,
    ) -> Outcome<T> {
        let symbolic = &mut ev.domain.backend.symbolic;
        symbolic.unsettled = false;
        let result = evaluate(symbolic);
        ev.unsettled |= symbolic.unsettled;
        result
    }

    /// See [`Evaluator::renew_budget`].
    pub(crate) fn renew_budget(&mut self) {
        self.symbolic.renew_budget();
    }

    /// See [`Unknowns::powers`].
    pub(crate) fn powers(&self) -> Vec<u32> {
        self.shared.borrow().unknowns.powers().to_vec()
    }

    /// The states and activities of the fixed points that were met.
    pub(crate) fn fixed_points(&self) -> Vec<(Option<usize>, Vec<RBig>)> {
        let shared = self.shared.borrow();
        shared
            .fixed_points
            .iter()
            .map(|fixed| (fixed.action, fixed.activity.iter().map(|q| q.value.clone()).collect()))
            .collect()
    }

    /// Independent exponentials that are not those of a fixed point's net inputs.
    pub(crate) fn other_exponentials(&self) -> usize {
        let shared = self.shared.borrow();
        shared.unknowns.arguments() - shared.fixed_points.iter().map(|fixed| fixed.chosen).sum::<usize>()
    }

    /// The value of an entry at this point, as a fraction.
    pub(crate) fn entry(&self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> RBig {
        self.shared.borrow().entry(family, param, flat, indices).value
    }

    pub(crate) fn convention(&self) -> Convention {
        self.shared.borrow().point.convention
    }
}

impl Backend for Fractions<'_> {
    type Scalar = Exact;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Exact {
        if let Some(known) = self.entries.get(&(param, flat)) {
            return known.clone();
        }
        let value = self.shared.borrow().entry(family, param, flat, indices);
        self.entries.insert((param, flat), value.clone());
        value
    }

    fn exp(ev: &mut Evaluator<'_, Analytic<Self>>, argument: Argument, frame: &mut Frame) -> Outcome<Exact> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        let inner = Self::symbolically(ev, |symbolic| symbolic.argument(argument, frame, Mode::BASE))?;
        ev.domain.backend.symbolic.domain.exponential(node, &inner)
    }

    /// A side that is no polynomial for any reason leaves the comparison open.
    fn settled(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        a: NodeId,
        b: NodeId,
        frame: &mut Frame,
    ) -> Outcome<bool> {
        let gap = Self::symbolically(ev, |symbolic| {
            Ok(symbolic.eval(a, frame, Mode::BASE)?.sub(&symbolic.eval(b, frame, Mode::BASE)?))
        });
        match gap {
            Ok(gap) => Ok(gap.sign().is_some()),
            Err(Trouble::Again) => Err(Trouble::Again),
            Err(_) => Ok(false),
        }
    }

    fn ln(&mut self, node: NodeId, value: &Exact) -> Outcome<Exact> {
        self.shared.borrow_mut().unknowns.logarithm.of(&value.value).ok_or(Trouble::NotPositive(node))
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let id =
            Self::symbolically(ev, |symbolic| Symbolic::fixed_point(symbolic, node, states, action, frame))?;
        let backend = &mut ev.domain.backend;
        let shared = backend.shared.borrow();
        for fixed in &shared.fixed_points[backend.activities.len()..] {
            backend.activities.push(fixed.activity.clone());
        }
        drop(shared);
        Ok(id)
    }

    fn activity(&self, fixed_point: usize) -> &[Exact] {
        &self.activities[fixed_point]
    }

    fn agree(a: &Exact, b: &Exact) -> bool {
        a.value == b.value
    }
}
