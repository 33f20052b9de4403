//! The exact tier: rational functions of the unknowns, evaluated at random points modulo random
//! primes.
//!
//! Each entry of the network, each independent exponential and each independent logarithm is an
//! unknown ([`crate::number::unknowns`]). Two sides that are the same function of the unknowns
//! agree at every point; two that are not agree at a random one with a small probability, which
//! every number carries with it (Schwartz–Zippel).
//!
//! A fixed point is made rational by choosing the exponentials of its net inputs: `exp(z_i)` is an
//! unknown, `q` is the softmax of those, and `z(q)` is made known as the argument whose exponential
//! they are. Solving `z` for the bias would give the network that has this fixed point.
//!
//! Sides are evaluated in two lanes. The arguments of exponentials and logarithms are evaluated
//! once more, in all lanes, by an evaluator of their own: that tells which of them depend on each
//! other.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::{FxHashMap, FxHashSet};

use super::analytic::{Analytic, Backend, Settled};
use super::domain::{Argument, Mode, Phase};
use super::geometry::Shape;
use super::observations::Observations;
use super::point::{BIAS, Point, RECURRENT, STATE};
use super::{EvalError, Evaluator, Frame, Outcome, SlotValue, settle};
use crate::number::Number;
use crate::number::lanes::{Bound, Lanes, Residue, all_inverse, enter};
use crate::number::random::Random;
use crate::number::unknowns::{Learned, Missing, Primes, Product, Unknowns};
use crate::resolve::ir::{Document, NodeId, Op, Param, ParamId};

/// A fixed point in all lanes.
#[derive(Debug)]
struct FixedPoint {
    states: Vec<Lanes>,
    /// The action that it is clamped to, and how strongly.
    clamp: Option<(usize, Lanes)>,
    settled: Settled<Lanes>,
    /// Its softmax is that of the net inputs in the clamped circuit too.
    relaxed: bool,
    /// The exponential of the net input of each unit, as a product of unknowns.
    products: Vec<Option<Product>>,
}

/// What both evaluators of a point share.
#[derive(Debug)]
struct Shared<'a> {
    point: Point,
    unknowns: Unknowns<'a>,
    fixed_points: Vec<FixedPoint>,
    /// Logarithms of which the argument may be negative, as far as this shows.
    signed: FxHashSet<NodeId>,
}

impl Shared<'_> {
    /// The value of an entry.
    fn entry(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Lanes {
        if let Some(fixed) = self.point.fixed(family, param, indices) {
            return Lanes::rational(&fixed);
        }
        let entry = self.point.canonical(family.kind, flat, indices);
        let purpose = [12, param as u64, entry as u64];
        let mut common = self.point.random(&purpose);
        let learned = &self.unknowns.learned;
        let values =
            self.unknowns.fields().iter().zip(&learned.salts).enumerate().map(|(lane, (field, &salt))| {
                let value = match salt {
                    0 => field.draw(&mut common),
                    _ => field.draw(&mut self.point.random(&[&purpose[..], &[salt, common.word()]].concat())),
                };
                // Squares stand for positive numbers. What need not be positive is none but a
                // square at every second point.
                let everything = || self.point.random(&[21, lane as u64, salt]).word() & 1 == 0;
                let square = learned.squares && (family.kind.is_positive() || everything());
                if square { field.mul(value, value) } else { value }
            });
        Lanes::new(values.collect(), Bound::UNKNOWN)
    }
}

fn trouble(missing: Missing, node: NodeId) -> EvalError {
    match missing {
        Missing::Again => EvalError::Again,
        Missing::Zero => EvalError::NotPositive(node),
        Missing::TooLarge => EvalError::Unsupported(node),
    }
}

/// A constant that is not positive has no logarithm; of anything else the sign is not known here.
fn has_logarithm(of: &Lanes, shared: &Shared<'_>) -> bool {
    if !of.is_constant() {
        return true;
    }
    let field = &shared.unknowns.fields()[0];
    field.fraction(of.values[0], 1 << 29).is_none_or(|(top, _)| top > 0)
}

/// An even power of what is positive for all values of the unknowns: base, its frame, exponent. Its
/// logarithm is that of the base times the exponent; its value alone would not tell the base from
/// its opposite.
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

/// Values in all lanes.
pub(crate) struct Probe<'a> {
    shared: Rc<RefCell<Shared<'a>>>,
    entries: FxHashMap<(ParamId, usize), Lanes>,
    settled: Vec<Settled<Lanes>>,
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
        shared.unknowns.ln(&of).map_err(|missing| trouble(missing, node))
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
    shared.unknowns.exp(&inner).map_err(|missing| trouble(missing, node))
}

/// Finds the fixed point of a phase with these states, or makes it.
fn fixed_point(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    clamp: Option<(usize, Lanes)>,
) -> Outcome<usize> {
    let same = |a: &[Lanes], b: &[Lanes]| a.iter().zip(b).all(|(a, b)| a.values == b.values);
    let clamped_alike = |a: &Option<(usize, Lanes)>, b: &Option<(usize, Lanes)>| match (a, b) {
        (None, None) => true,
        (Some((a, s)), Some((b, t))) => a == b && s.values == t.values,
        _ => false,
    };
    let shared = Rc::clone(&ev.domain.backend.shared);
    let relaxed = phase.strength.is_some() || clamp.is_none();
    let find = |relaxed: bool| {
        shared.borrow().fixed_points.iter().position(|fixed| {
            same(&fixed.states, states) && clamped_alike(&fixed.clamp, &clamp) && (fixed.relaxed || !relaxed)
        })
    };
    if let Some(known) = find(relaxed) {
        return Ok(known);
    }
    let unrelaxed = find(false);
    let (settled, products) = match &clamp {
        Some((_, strength)) if strength.is_zero() => {
            let free = fixed_point(ev, phase, states, None)?;
            let shared = shared.borrow();
            let free = &shared.fixed_points[free];
            (Settled { strength: Some(strength.clone()), ..free.settled.clone() }, free.products.clone())
        }
        // The strength of a clamped phase may move, and with it the action units: see where they
        // would go.
        Some((_, strength)) if strength.values == Lanes::one().values && relaxed => {
            let strong = Phase { strength: None, ..*phase };
            let id = match unrelaxed {
                Some(known) => known,
                None => fixed_point(ev, &strong, states, clamp.clone())?,
            };
            let (settled, products) = {
                let shared = shared.borrow();
                (shared.fixed_points[id].settled.clone(), shared.fixed_points[id].products.clone())
            };
            (Settled { softmax: relaxation(ev, phase, states, &settled.activity)?, ..settled }, products)
        }
        _ => choose(ev, phase, states, &clamp)?,
    };
    let mut shared = shared.borrow_mut();
    shared.fixed_points.push(FixedPoint { states: states.to_vec(), clamp, settled, relaxed, products });
    Ok(shared.fixed_points.len() - 1)
}

fn kappa(ev: &Evaluator<'_, Analytic<Probe<'_>>>) -> Lanes {
    Lanes::rational(&ev.domain.backend.shared.borrow().point.convention.kappa())
}

/// `z_i = κ Σ_j (W_ij + W_ji) q_j + Σ_k U_ki s_k + b_i`.
fn net_input(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    states: &[Lanes],
    activity: &[Lanes],
    kappa: &Lanes,
    i: usize,
) -> Lanes {
    let mut z = ev.param(BIAS, &[i], Mode::BASE).value;
    for (k, state) in states.iter().enumerate() {
        z = z.add(&ev.param(STATE, &[k, i], Mode::BASE).value.mul(state));
    }
    for (j, q) in activity.iter().enumerate() {
        let there = ev.param(RECURRENT, &[i, j], Mode::BASE).value;
        let back = ev.param(RECURRENT, &[j, i], Mode::BASE).value;
        z = z.add(&kappa.mul(&there.add(&back)).mul(q));
    }
    z
}

/// The softmax, circuit by circuit, of these exponentials.
fn normalised(shape: &Shape, exponentials: &[Lanes], node: NodeId) -> Outcome<Vec<Lanes>> {
    let sum = |circuit| shape.members(circuit).fold(Lanes::zero(), |sum, i| sum.add(&exponentials[i]));
    let sums: Vec<Lanes> = (0..shape.circuits()).map(sum).collect();
    let factors = all_inverse(&sums).ok_or(EvalError::DivisionByZero(node))?;
    Ok(exponentials.iter().enumerate().map(|(i, own)| own.mul(&factors[shape.circuit_of(i)])).collect())
}

/// What the units do at these probabilities when the action circuit is clamped.
fn activity(shape: &Shape, softmax: &[Lanes], clamp: &Option<(usize, Lanes)>) -> Vec<Lanes> {
    let Some((action, strength)) = clamp else { return softmax.to_vec() };
    let freedom = Lanes::one().sub(strength);
    let share = |(i, share): (usize, &Lanes)| {
        if i < shape.hidden_units() {
            return share.clone();
        }
        let relaxed = freedom.mul(share);
        if i == *action { relaxed.add(strength) } else { relaxed }
    };
    softmax.iter().enumerate().map(share).collect()
}

/// A product of powers of exponentials: of earlier unknowns, and of other units of the same fixed
/// point.
#[derive(Clone, Debug, Default, PartialEq)]
struct Determined {
    earlier: Product,
    units: Vec<(usize, i64)>,
}

/// What no weights connect with the action circuit settles alike, however that is clamped: the
/// exponentials of such units at an earlier fixed point with the same states.
fn settled_alike(
    shared: &Shared<'_>,
    shape: &Shape,
    states: &[Lanes],
    free: usize,
) -> Vec<Option<Determined>> {
    let same = |a: &[Lanes], b: &[Lanes]| a.iter().zip(b).all(|(a, b)| a.values == b.values);
    let Some(known) = shared.fixed_points.iter().find(|fixed| same(&fixed.states, states)) else {
        return vec![None; free];
    };
    let reaches = shared.point.reaches_action();
    let alike = |i: usize| {
        let product = known.products[i].clone().filter(|_| !reaches[shape.circuit_of(i)])?;
        Some(Determined { earlier: product, units: vec![] })
    };
    (0..free).map(alike).collect()
}

/// Chooses the exponentials of the net inputs of all units that are not clamped entirely. One whose
/// net input depends on earlier exponents is not free: it is set to the product that it must be,
/// and the others are tried again.
fn choose(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    clamp: &Option<(usize, Lanes)>,
) -> Outcome<(Settled<Lanes>, Vec<Option<Product>>)> {
    let shape = *ev.shape;
    let entirely = clamp.as_ref().is_some_and(|(_, strength)| strength.values == Lanes::one().values);
    let free = if entirely { shape.hidden_units() } else { shape.units() };
    let missing = |missing| trouble(missing, phase.node);
    let unsupported = || EvalError::Unsupported(phase.node);
    let shared = Rc::clone(&ev.domain.backend.shared);
    let drawn: Vec<Lanes> = (0..free).map(|_| shared.borrow_mut().unknowns.draw()).collect();
    let (mark, first) = (shared.borrow().unknowns.mark(), shared.borrow().unknowns.count());
    let mut determined = settled_alike(&shared.borrow(), &shape, states, free);
    let kappa = kappa(ev);
    'again: for _ in 0..=free {
        let mut exponentials = vec![Lanes::one(); shape.units()];
        let mut ahead = 0;
        for i in 0..free {
            let unknowns = &shared.borrow().unknowns;
            exponentials[i] = if let Some(Determined { earlier, units }) = &determined[i] {
                let mut powers = units.iter().map(|&(unit, power)| drawn[unit].power(power.try_into().ok()?));
                powers
                    .try_fold(unknowns.product(earlier), |product, power| Some(product.mul(&power?)))
                    .ok_or_else(unsupported)?
            } else {
                let order = unknowns.order(unknowns.count() + ahead);
                ahead += 1;
                drawn[i].power(order as i32).ok_or_else(unsupported)?
            };
        }
        let softmax = normalised(&shape, &exponentials, phase.node)?;
        let activity = activity(&shape, &softmax, clamp);
        let mut products = vec![None; shape.units()];
        // The units that the unknowns from `first` on belong to.
        let mut owners = Vec::with_capacity(free);
        for i in 0..free {
            let z = net_input(ev, states, &activity, &kappa, i);
            let unknowns = &mut shared.borrow_mut().unknowns;
            let index = unknowns.count();
            let Some(product) = unknowns.exp_as(&z, &drawn[i]).map_err(missing)? else {
                products[i] = Some(vec![(index, unknowns.order(index) as i64)]);
                owners.push(i);
                if determined[i].take().is_some() {
                    unknowns.reset(&mark);
                    continue 'again;
                }
                continue;
            };
            let mut found = Determined::default();
            for &(unknown, power) in &product {
                match unknown.checked_sub(first) {
                    None => found.earlier.push((unknown, power)),
                    Some(own) => found.units.push((owners[own], power)),
                }
            }
            products[i] = Some(product);
            if determined[i].as_ref() != Some(&found) {
                determined[i] = Some(found);
                unknowns.reset(&mark);
                continue 'again;
            }
        }
        let strength = clamp.as_ref().map(|(_, strength)| strength.clone());
        return Ok((Settled { activity, softmax, strength }, products));
    }
    Err(EvalError::NoFixedPoint(phase.node))
}

/// The softmax of all net inputs at these activities.
fn relaxation(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    activity: &[Lanes],
) -> Outcome<Vec<Lanes>> {
    let shape = *ev.shape;
    let mut exponentials = Vec::with_capacity(shape.units());
    let kappa = kappa(ev);
    for i in 0..shape.units() {
        let z = net_input(ev, states, activity, &kappa, i);
        let unknowns = &mut ev.domain.backend.shared.borrow_mut().unknowns;
        let product = unknowns.exp(&z).map_err(|missing| trouble(missing, phase.node))?;
        exponentials.push(unknowns.product(&product));
    }
    normalised(&shape, &exponentials, phase.node)
}

/// Values in the main lanes.
pub(crate) struct Modular<'a> {
    probe: Evaluator<'a, Analytic<Probe<'a>>>,
    shared: Rc<RefCell<Shared<'a>>>,
    entries: FxHashMap<(ParamId, usize), Residue>,
    settled: Vec<Settled<Residue>>,
}

/// The evaluator of the exact tier.
pub(crate) type ExactEvaluator<'a> = Evaluator<'a, Analytic<Modular<'a>>>;

impl<'a> Modular<'a> {
    /// What was seen in exponents, in arguments of logarithms and in states of fixed points.
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

    /// See [`Evaluator::renew_budget`].
    pub(crate) fn renew_budget(&mut self) {
        self.probe.renew_budget();
    }

    /// What the point has learned about its unknowns.
    pub(crate) fn learned(&self) -> Learned {
        self.shared.borrow().unknowns.learned()
    }

    /// See [`Unknowns::slack`].
    pub(crate) fn slack(&self) -> f64 {
        self.shared.borrow().unknowns.slack()
    }

    /// Logarithms that were met of which the argument may be negative.
    pub(crate) fn signed(&self) -> FxHashSet<NodeId> {
        self.shared.borrow().signed.clone()
    }

    /// The exponential of an argument as a product of unknowns.
    pub(crate) fn product(&mut self, argument: Argument, frame: &mut Frame) -> Outcome<Product> {
        product(&mut self.probe, argument, frame)
    }

    /// By fixed point and unit, the product of unknowns that the exponential of the net input is;
    /// `None` where it is clamped.
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
