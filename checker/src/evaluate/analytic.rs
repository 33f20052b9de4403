//! Domains with derivatives from differentiation rules: forward duals, and the implicit function
//! theorem at fixed points.

use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::cache::Key;
use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::Frame;
use super::geometry::Shape;
use super::mode::{Argument, Mode, Phase};
use super::point::{BIAS, RECURRENT, STATE};
use crate::number::dual::{Dual, Gradient, merged, scaled};
use crate::number::polynomial::Polynomial;
use crate::number::{Number, linear};
use crate::resolve::ir::{NodeId, Op, Param, ParamId};

/// The fixed point of a phase.
#[derive(Clone, Debug)]
pub(crate) struct Settled<N> {
    /// The activity `q`, by unit.
    pub(crate) activity: Vec<N>,
    /// The softmax of the net inputs, by unit. It differs from `q` in a clamped action circuit.
    pub(crate) softmax: Vec<N>,
    /// Strength of the clamp, 0 to 1; `None` in the free phase.
    pub(crate) strength: Option<N>,
}

impl<N> Settled<N> {
    pub(crate) fn map<M>(&self, with: impl Fn(&N) -> M) -> Settled<M> {
        Settled {
            activity: self.activity.iter().map(&with).collect(),
            softmax: self.softmax.iter().map(&with).collect(),
            strength: self.strength.as_ref().map(&with),
        }
    }
}

/// Values without derivatives, for residues, fractions and balls.
pub(crate) trait Backend: Sized {
    type Scalar: Number;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Scalar;

    fn exp(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        argument: Argument,
        frame: &mut Frame,
    ) -> Outcome<Self::Scalar>;

    fn ln(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
    ) -> Outcome<Self::Scalar>;

    /// The number of a fixed point. It is solved at its first use.
    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        phase: &Phase,
        frame: &mut Frame,
    ) -> Outcome<usize>;

    fn settled(&self, fixed_point: usize) -> &Settled<Self::Scalar>;

    fn agree(a: &Self::Scalar, b: &Self::Scalar) -> bool;

    /// The value of an entry that is the same at all points of a class, if the backend uses it.
    fn fixed_entry(_ev: &Evaluator<'_, Analytic<Self>>, _param: ParamId, _indices: &[usize]) -> Option<RBig> {
        None
    }

    /// See [`Domain::compare`].
    fn compare(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        a: (NodeId, &Self::Scalar),
        b: (NodeId, &Self::Scalar),
        frame: &mut Frame,
    ) -> Outcome<Ordering>;
}

/// The gradient of every unit's activity.
type Gradients<N> = Rc<Vec<Gradient<N>>>;

/// Differentiates over a backend.
pub(crate) struct Analytic<B: Backend> {
    pub(crate) backend: B,
    /// By fixed point, `(I − J·2W)⁻¹` times `J` and times the effect of the strength, over its free
    /// units.
    responses: FxHashMap<usize, Rc<Vec<Vec<B::Scalar>>>>,
    /// By fixed point and by the keys of its states and its strength: equal values may have
    /// different gradients.
    gradients: FxHashMap<(usize, Key, Option<Key>), Gradients<B::Scalar>>,
    /// The polynomials of compared numbers: see [`super::settle`].
    pub(super) polynomials: FxHashMap<Key, Polynomial>,
}

impl<B: Backend> Analytic<B> {
    pub(crate) fn new(backend: B) -> Self {
        Self {
            backend,
            responses: FxHashMap::default(),
            gradients: FxHashMap::default(),
            polynomials: FxHashMap::default(),
        }
    }
}

impl<B: Backend> Domain for Analytic<B> {
    type Number = Dual<B::Scalar>;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Number {
        Dual::constant(self.backend.param(family, param, flat, indices))
    }

    fn moved(&mut self, value: Self::Number, flat: usize) -> Self::Number {
        Dual::new(value.value, vec![(flat as u32, B::Scalar::one())])
    }

    fn exp(
        ev: &mut Evaluator<'_, Self>,
        argument: Argument,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number> {
        let value = B::exp(ev, argument, frame)?;
        if mode == Mode::BASE {
            return Ok(Dual::constant(value));
        }
        let inner = ev.argument(argument, frame, mode)?;
        let slope = value.clone();
        Ok(inner.chain(value, &slope))
    }

    fn ln(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number> {
        let value = B::ln(ev, node, argument, frame)?;
        if mode == Mode::BASE {
            return Ok(Dual::constant(value));
        }
        let inner = ev.eval(argument, frame, mode)?;
        let slope = B::Scalar::one().div(&inner.value).ok_or(EvalError::NotPositive(node))?;
        Ok(inner.chain(value, &slope))
    }

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        phase: &Phase,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number> {
        let id = B::fixed_point(ev, phase, frame)?;
        let value = ev.domain.backend.settled(id).activity[unit].clone();
        if mode == Mode::BASE {
            return Ok(Dual::constant(value));
        }
        let strength = phase.strength.map(|strength| ev.key(strength, frame, mode, &[]));
        let key = (id, ev.key(phase.states, frame, mode, &[]), strength);
        if !ev.domain.gradients.contains_key(&key) {
            let gradient = gradient(ev, phase, id, frame, mode)?;
            ev.domain.gradients.insert(key.clone(), Rc::new(gradient));
        }
        Ok(Dual::new(value, ev.domain.gradients[&key][unit].clone()))
    }

    fn derivative(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        body: NodeId,
        target: usize,
        flat: usize,
        frame: &mut Frame,
    ) -> Outcome<Self::Number> {
        let moving = Mode::moving(target);
        // The derivative of a logarithm does not need its value.
        let (whole, factor) = match ev.document.nodes[body].op {
            Op::Ln(argument) => {
                let inner = ev.body(argument, frame, moving)?;
                let factor = B::Scalar::one().div(&inner.value).ok_or(EvalError::NotPositive(body))?;
                (inner, Some(factor))
            }
            _ => (ev.body(body, frame, moving)?, None),
        };
        let zero = B::Scalar::zero();
        let moves = whole
            .gradient
            .as_ref()
            .is_some_and(|all| all.iter().any(|(_, partial)| !B::agree(partial, &zero)));
        ev.observations.differentiated(node, moves);
        let partial = whole.partial(flat as u32);
        Ok(Dual::constant(match factor {
            Some(factor) => partial.mul(&factor),
            None => partial,
        }))
    }

    fn compare(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        (a, x): (NodeId, &Self::Number),
        (b, y): (NodeId, &Self::Number),
        frame: &mut Frame,
    ) -> Outcome<Ordering> {
        B::compare(ev, node, (a, &x.value), (b, &y.value), frame)
    }

    fn part(a: &Self::Number, b: &Self::Number) -> bool {
        let zero = B::Scalar::zero();
        let gap = a.sub(b).gradient;
        gap.is_some_and(|gap| gap.iter().any(|(_, partial)| !B::agree(partial, &zero)))
    }

    fn agree(a: &Self::Number, b: &Self::Number) -> bool {
        B::agree(&a.value, &b.value)
    }
}

/// The gradient of every unit's activity at a fixed point: `dq = (I − J·2W)⁻¹ (J dz + (a −
/// softmax(z)) dβ)`, with `dz` at fixed `q` (claim M5); `J` is the Jacobian of the softmax, times
/// `1 − β` in the action circuit. The units of a fully clamped circuit do not move.
fn gradient<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    phase: &Phase,
    id: usize,
    frame: &mut Frame,
    mode: Mode,
) -> Outcome<Vec<Gradient<B::Scalar>>> {
    let shape = *ev.shape;
    let free = free_units(&shape, phase);
    let activity = ev.domain.backend.settled(id).activity.clone();
    let q: Vec<Dual<B::Scalar>> = activity.into_iter().map(Dual::constant).collect();
    let kappa = kappa(ev);
    let mut direct: Vec<Gradient<B::Scalar>> = Vec::with_capacity(free + 1);
    for unit in 0..free {
        let mut z = ev.param(BIAS, &[unit], mode);
        for k in 0..shape.states {
            let weight = ev.param(STATE, &[k, unit], mode);
            let state = ev.entry(phase.states, &[k], frame, mode)?;
            z = z.add(&weight.mul(&state));
        }
        for (other, q) in q.iter().enumerate() {
            let there = ev.param(RECURRENT, &[unit, other], mode);
            let back = ev.param(RECURRENT, &[other, unit], mode);
            z = z.add(&kappa.mul(&there.add(&back)).mul(q));
        }
        direct.push(z.gradient.map(|gradient| (*gradient).clone()).unwrap_or_default());
    }
    if let Some(strength) = phase.strength {
        let strength = ev.eval(strength, frame, mode)?;
        direct.push(strength.gradient.map(|gradient| (*gradient).clone()).unwrap_or_default());
    }
    let response = response(ev, phase, id)?;
    let mut gradients: Vec<Gradient<B::Scalar>> = response
        .iter()
        .map(|row| {
            row.iter().zip(&direct).fold(Vec::new(), |sum, (factor, direct)| {
                if factor.is_zero() { sum } else { merged(&sum, &scaled(direct, factor)) }
            })
        })
        .collect();
    gradients.resize(shape.units(), Vec::new());
    Ok(gradients)
}

fn free_units(shape: &Shape, phase: &Phase) -> usize {
    let entirely = phase.action.is_some() && phase.strength.is_none();
    if entirely { shape.hidden_units() } else { shape.units() }
}

fn kappa<B: Backend>(ev: &mut Evaluator<'_, Analytic<B>>) -> Dual<B::Scalar> {
    let at = ev.document.params.iter().position(|param| param.name == "kappa").unwrap_or_default();
    ev.param(at, &[], Mode::BASE)
}

fn response<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    phase: &Phase,
    id: usize,
) -> Outcome<Rc<Vec<Vec<B::Scalar>>>> {
    if let Some(known) = ev.domain.responses.get(&id) {
        return Ok(Rc::clone(known));
    }
    let shape = *ev.shape;
    let free = free_units(&shape, phase);
    let kappa = kappa(ev).value;
    let Settled { softmax, strength, .. } = ev.domain.backend.settled(id).clone();
    let (zero, one) = (B::Scalar::zero(), B::Scalar::one());
    let freedom = match (&strength, phase.strength) {
        (Some(strength), Some(_)) => one.sub(strength),
        _ => one.clone(),
    };
    let jacobian: Vec<Vec<B::Scalar>> = (0..free)
        .map(|i| {
            (0..free)
                .map(|j| {
                    if shape.circuit_of(i) != shape.circuit_of(j) {
                        return zero.clone();
                    }
                    let own = if i == j { softmax[i].clone() } else { zero.clone() };
                    let slope = own.sub(&softmax[i].mul(&softmax[j]));
                    if i < shape.hidden_units() { slope } else { freedom.mul(&slope) }
                })
                .collect()
        })
        .collect();
    let mut matrix = Vec::with_capacity(free);
    for (i, row) in jacobian.iter().enumerate() {
        let mut line = Vec::with_capacity(free);
        for j in 0..free {
            let mut sum = if i == j { one.clone() } else { zero.clone() };
            for (l, slope) in row.iter().enumerate().filter(|(_, slope)| !slope.is_zero()) {
                let there = ev.param(RECURRENT, &[l, j], Mode::BASE).value;
                let back = ev.param(RECURRENT, &[j, l], Mode::BASE).value;
                sum = sum.sub(&slope.mul(&kappa.mul(&there.add(&back))));
            }
            line.push(sum);
        }
        matrix.push(line);
    }
    let mut right = jacobian;
    if let (Some(action), Some(_)) = (phase.action, phase.strength) {
        for (i, row) in right.iter_mut().enumerate() {
            row.push(match i {
                _ if i < shape.hidden_units() => zero.clone(),
                _ if i == action => one.sub(&softmax[i]),
                _ => softmax[i].neg(),
            });
        }
    }
    let response = Rc::new(linear::solve(matrix, right).ok_or(EvalError::NoSolution(phase.node))?);
    ev.domain.responses.insert(id, Rc::clone(&response));
    Ok(response)
}
