//! The exact tier: rational functions of the unknowns, evaluated at random points modulo random
//! primes.
//!
//! Each entry of the network, each independent exponential and each independent logarithm is an
//! unknown ([`crate::number::unknowns`]). Two sides that are the same function of the unknowns
//! agree at every point. Two different functions agree at a random point with a small probability,
//! and every number carries a bound on it (Schwartz–Zippel).
//!
//! The exponentials of the net inputs are chosen, so a fixed point is rational: `exp(z_i)` is an
//! unknown, `q` is the softmax of these unknowns, and `z(q)` is recorded as the argument of the
//! exponential. Solving `z` for the bias would give the network with this fixed point.
//!
//! Sides are evaluated in two lanes. A second evaluator evaluates the arguments of exponentials and
//! logarithms in all lanes, to find which of them depend on each other.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::{FxHashMap, FxHashSet};

use super::analytic::{Analytic, Backend, Settled};
use super::chosen_fixed_point::fixed_point;
use super::domain::Evaluator;
use super::error::{EvalError, Outcome};
use super::frame::{Frame, SlotValue};
use super::geometry::Shape;
use super::mode::{Argument, Mode, Phase};
use super::observations::Observations;
use super::point::Point;
use super::probe::{Probe, Shared, eval_error};
use super::settle;
use crate::number::Number;
use crate::number::lanes::{Lanes, Residue, enter};
use crate::number::primes::{Learned, Primes};
use crate::number::random::Random;
use crate::number::unknowns::{Product, Unknowns};
use crate::resolve::ir::{Document, NodeId, Op, Param, ParamId};

/// False for a constant that is not positive. The sign of other values is not known here.
fn has_logarithm(of: &Lanes, shared: &Shared<'_>) -> bool {
    if !of.is_constant() {
        return true;
    }
    let field = &shared.unknowns.fields()[0];
    field.fraction(of.values[0], 1 << 29).is_none_or(|(top, _)| top > 0)
}

/// An even power of a base that is positive for all values of the unknowns: base, its frame,
/// exponent. Its logarithm is the exponent times the logarithm of the base. The value alone does
/// not distinguish the base from its negative.
fn power_of_positive(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    node: NodeId,
    frame: &Frame,
) -> Outcome<Option<(NodeId, Frame, i32)>> {
    let document = ev.document;
    match &document.nodes[node].op {
        Op::Variable(slot) => match &frame[*slot] {
            SlotValue::Thunk(thunk) => power_of_positive(ev, thunk.node, &thunk.frame),
            _ => Ok(None),
        },
        Op::Call(id, arguments) => {
            let (inner, _) = ev.enter(*id, arguments, &[], frame);
            power_of_positive(ev, document.lets[*id].body, &inner)
        }
        &Op::Power(base, exponent) if exponent % 2 == 0 && exponent != 0 => {
            let positive = settle::is_positive(ev, base, &mut frame.clone())?;
            Ok(positive.then(|| (base, frame.clone(), exponent)))
        }
        _ => Ok(None),
    }
}

impl Backend for Probe<'_> {
    type Scalar = Lanes;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Lanes {
        let shared = &self.shared;
        let draw = || shared.borrow_mut().entry(family, param, flat, indices);
        self.entries.entry((param, flat)).or_insert_with(draw).clone()
    }

    fn exp(ev: &mut Evaluator<'_, Analytic<Self>>, argument: Argument, frame: &mut Frame) -> Outcome<Lanes> {
        let product = product(ev, argument, frame)?;
        Ok(ev.domain.backend.shared.borrow().unknowns.product(&product))
    }

    fn ln(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
    ) -> Outcome<Lanes> {
        if let Some((base, mut inner, exponent)) = power_of_positive(ev, argument, frame)? {
            let logarithm = Self::ln(ev, node, base, &mut inner)?;
            return Ok(logarithm.mul(&Lanes::rational(&RBig::from(exponent))));
        }
        let of = ev.eval(argument, frame, Mode::BASE)?.value;
        let known = ev.domain.backend.shared.borrow().signed.contains(&node);
        if !known && !settle::is_positive(ev, argument, frame)? {
            ev.domain.backend.shared.borrow_mut().signed.insert(node);
        }
        let mut shared = ev.domain.backend.shared.borrow_mut();
        if !has_logarithm(&of, &shared) {
            return Err(EvalError::NotPositive(node));
        }
        shared.unknowns.ln(&of).map_err(|missing| eval_error(missing, node))
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        phase: &Phase,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let states = (0..ev.shape.states)
            .map(|k| Ok(ev.entry(phase.states, &[k], frame, Mode::BASE)?.value))
            .collect::<Outcome<Vec<Lanes>>>()?;
        let clamp = match (phase.action, phase.strength) {
            (None, _) => None,
            (Some(action), None) => Some((action, Lanes::one())),
            (Some(action), Some(strength)) => Some((action, ev.eval(strength, frame, Mode::BASE)?.value)),
        };
        let id = fixed_point(ev, phase, &states, clamp)?;
        let backend = &mut ev.domain.backend;
        let shared = backend.shared.borrow();
        for fixed in &shared.fixed_points[backend.settled.len()..] {
            backend.settled.push(fixed.settled.clone());
        }
        Ok(id)
    }

    fn settled(&self, fixed_point: usize) -> &Settled<Lanes> {
        &self.settled[fixed_point]
    }

    fn compare(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        (a, _): (NodeId, &Lanes),
        (b, _): (NodeId, &Lanes),
        frame: &mut Frame,
    ) -> Outcome<Ordering> {
        settle::order(ev, a, b, frame)?.ok_or(EvalError::Open(node))
    }

    fn fixed_entry(ev: &Evaluator<'_, Analytic<Self>>, param: ParamId, indices: &[usize]) -> Option<RBig> {
        ev.domain.backend.shared.borrow().point.fixed(&ev.document.params[param], param, indices)
    }

    fn agree(a: &Lanes, b: &Lanes) -> bool {
        a.values == b.values
    }
}

fn product(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    argument: Argument,
    frame: &mut Frame,
) -> Outcome<Product> {
    let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
    let inner = ev.argument(argument, frame, Mode::BASE)?.value;
    let mut shared = ev.domain.backend.shared.borrow_mut();
    shared.unknowns.exp(&inner).map_err(|missing| eval_error(missing, node))
}

/// Values in the main lanes, the ones in which sides are compared.
pub(crate) struct Modular<'a> {
    probe: Evaluator<'a, Analytic<Probe<'a>>>,
    shared: Rc<RefCell<Shared<'a>>>,
    entries: FxHashMap<(ParamId, usize), Residue>,
    settled: Vec<Settled<Residue>>,
}

/// The evaluator of the exact tier.
pub(crate) type ExactEvaluator<'a> = Evaluator<'a, Analytic<Modular<'a>>>;

impl<'a> Modular<'a> {
    /// Observations in exponents, in arguments of logarithms and in states of fixed points.
    pub(crate) fn seen_below(&self) -> &Observations {
        &self.probe.observations
    }

    /// An evaluator at a point. Numbers made on this thread have its moduli until the next
    /// evaluator is made.
    pub(crate) fn evaluator(
        document: &'a Document,
        shape: &'a Shape,
        point: Point,
        primes: &'a Primes,
        learned: Learned,
        budget: u64,
    ) -> ExactEvaluator<'a> {
        let unknowns = Unknowns::new(primes, learned, Random::new(&[point.key(), &[13]].concat()));
        enter(unknowns.fields());
        let (fixed_points, signed) = (Vec::new(), FxHashSet::default());
        let shared = Rc::new(RefCell::new(Shared { point, unknowns, fixed_points, signed }));
        let probe = Probe { shared: Rc::clone(&shared), entries: FxHashMap::default(), settled: Vec::new() };
        let probe = Evaluator::new(document, shape, Analytic::new(probe), budget);
        let backend = Self { probe, shared, entries: FxHashMap::default(), settled: Vec::new() };
        Evaluator::new(document, shape, Analytic::new(backend), budget)
    }

    /// Resets the budget of the second evaluator: see [`Evaluator::renew_budget`].
    pub(crate) fn renew_budget(&mut self) {
        self.probe.renew_budget();
    }

    /// What the point has learned about its unknowns.
    pub(crate) fn learned(&self) -> Learned {
        self.shared.borrow().unknowns.learned()
    }

    /// The extra error probability of roots: see [`Unknowns::slack`].
    pub(crate) fn slack(&self) -> f64 {
        self.shared.borrow().unknowns.slack()
    }

    /// Logarithms whose argument may be negative.
    pub(crate) fn signed(&self) -> FxHashSet<NodeId> {
        self.shared.borrow().signed.clone()
    }

    /// The exponential of an argument as a product of unknowns.
    pub(crate) fn product(&mut self, argument: Argument, frame: &mut Frame) -> Outcome<Product> {
        product(&mut self.probe, argument, frame)
    }

    /// By unit, the exponential of the net input at a fixed point as a product of unknowns; `None`
    /// if the unit is clamped.
    pub(crate) fn products(&self, fixed_point: usize) -> Vec<Option<Product>> {
        self.shared.borrow().fixed_points[fixed_point].products.clone()
    }
}

impl<'a> Backend for Modular<'a> {
    type Scalar = Residue;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Residue {
        if let Some(known) = self.entries.get(&(param, flat)) {
            return *known;
        }
        let value = self.probe.domain.backend.param(family, param, flat, indices).main();
        self.entries.insert((param, flat), value);
        value
    }

    fn exp(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        argument: Argument,
        frame: &mut Frame,
    ) -> Outcome<Residue> {
        let backend = &mut ev.domain.backend;
        let product = product(&mut backend.probe, argument, frame)?;
        Ok(backend.shared.borrow().unknowns.main_product(&product).main())
    }

    fn ln(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
    ) -> Outcome<Residue> {
        Ok(Probe::ln(&mut ev.domain.backend.probe, node, argument, frame)?.main())
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        phase: &Phase,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let backend = &mut ev.domain.backend;
        let id = Probe::fixed_point(&mut backend.probe, phase, frame)?;
        let known = &backend.probe.domain.backend.settled;
        for settled in &known[backend.settled.len()..] {
            backend.settled.push(settled.map(Lanes::main));
        }
        Ok(id)
    }

    fn settled(&self, fixed_point: usize) -> &Settled<Residue> {
        &self.settled[fixed_point]
    }

    fn compare(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        (a, _): (NodeId, &Residue),
        (b, _): (NodeId, &Residue),
        frame: &mut Frame,
    ) -> Outcome<Ordering> {
        settle::order(ev, a, b, frame)?.ok_or(EvalError::Open(node))
    }

    fn fixed_entry(ev: &Evaluator<'_, Analytic<Self>>, param: ParamId, indices: &[usize]) -> Option<RBig> {
        ev.domain.backend.shared.borrow().point.fixed(&ev.document.params[param], param, indices)
    }

    fn agree(a: &Residue, b: &Residue) -> bool {
        a.value == b.value
    }
}
