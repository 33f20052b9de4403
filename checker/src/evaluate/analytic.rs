//! Domains whose derivatives come from differentiation rules: forward duals, and the implicit function
//! theorem at fixed points.

use std::collections::HashMap;
use std::rc::Rc;

use super::domain::{Argument, Domain, Mode};
use super::point::{BIAS, RECURRENT, STATE};
use super::{Evaluator, Frame, Key, Outcome, Trouble};
use crate::number::dual::{Dual, Gradient, merged, scaled};
use crate::number::{Number, linear};
use crate::resolve::ir::{NodeId, Param, ParamId};

/// Values without derivatives: what differs between fractions and 256-bit numbers.
pub(crate) trait Backend: Sized {
    type Scalar: Number;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Self::Scalar;

    fn exp(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        argument: Argument,
        frame: &mut Frame,
    ) -> Outcome<Self::Scalar>;

    fn ln(&mut self, node: NodeId, value: &Self::Scalar) -> Outcome<Self::Scalar>;

    /// The number of a fixed point, solved when it is met first.
    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        frame: &mut Frame,
    ) -> Outcome<usize>;

    /// The state `q` of a fixed point.
    fn activity(&self, fixed_point: usize) -> &[Self::Scalar];

    fn agree(a: &Self::Scalar, b: &Self::Scalar) -> bool;

    /// See [`Domain::settled`].
    fn settled(
        _ev: &mut Evaluator<'_, Analytic<Self>>,
        _a: NodeId,
        _b: NodeId,
        _frame: &mut Frame,
    ) -> Outcome<bool> {
        Ok(true)
    }
}

/// The gradient of every unit's activity.
type Gradients<N> = Rc<Vec<Gradient<N>>>;

/// Differentiates over a backend.
pub(crate) struct Analytic<B: Backend> {
    pub(crate) backend: B,
    /// `(I − J·2W)⁻¹ J` of a fixed point, over its free units.
    responses: HashMap<usize, Rc<Vec<Vec<B::Scalar>>>>,
    /// By fixed point and by what its states are: two families of states may have the same values and move differently.
    gradients: HashMap<(usize, Key), Gradients<B::Scalar>>,
}

impl<B: Backend> Analytic<B> {
    pub(crate) fn new(backend: B) -> Self {
        Self { backend, responses: HashMap::new(), gradients: HashMap::new() }
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
        let inner = ev.eval(argument, frame, mode)?;
        let value = ev.domain.backend.ln(node, &inner.value)?;
        let slope = B::Scalar::one().div(&inner.value).ok_or(Trouble::NotPositive(node))?;
        Ok(inner.chain(value, &slope))
    }

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Self::Number> {
        let id = B::fixed_point(ev, node, states, action, frame)?;
        let value = ev.domain.backend.activity(id)[unit].clone();
        if mode == Mode::BASE {
            return Ok(Dual::constant(value));
        }
        let key = (id, ev.key(states, frame, mode, &[]));
        if !ev.domain.gradients.contains_key(&key) {
            let gradient = gradient(ev, node, id, states, action, frame, mode)?;
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
        let whole = ev.body(body, frame, Mode::moving(target))?;
        let zero = B::Scalar::zero();
        let moves = whole
            .gradient
            .as_ref()
            .is_some_and(|all| all.iter().any(|(_, partial)| !B::agree(partial, &zero)));
        ev.observations.differentiated(node, moves);
        Ok(Dual::constant(whole.partial(flat as u32)))
    }

    fn settled(
        ev: &mut Evaluator<'_, Self>,
        (a, _): (NodeId, &Self::Number),
        (b, _): (NodeId, &Self::Number),
        frame: &mut Frame,
    ) -> Outcome<bool> {
        B::settled(ev, a, b, frame)
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

/// The gradient of every unit's activity at a fixed point: `dq = (I − J·2W)⁻¹ J dz`, with `dz` at fixed `q`
/// (claim M5). A unit of a clamped circuit does not move.
fn gradient<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    id: usize,
    states: NodeId,
    action: Option<usize>,
    frame: &mut Frame,
    mode: Mode,
) -> Outcome<Vec<Gradient<B::Scalar>>> {
    let shape = *ev.shape;
    let free = if action.is_some() { shape.hidden_units() } else { shape.units() };
    let q: Vec<Dual<B::Scalar>> =
        ev.domain.backend.activity(id).iter().map(|q| Dual::constant(q.clone())).collect();
    let kappa = kappa(ev);
    let mut direct: Vec<Gradient<B::Scalar>> = Vec::with_capacity(free);
    for unit in 0..free {
        let mut z = ev.param(BIAS, &[unit], mode);
        for k in 0..shape.states {
            let weight = ev.param(STATE, &[k, unit], mode);
            let state = ev.entry(states, &[k], frame, mode)?;
            z = z.add(&weight.mul(&state));
        }
        for (other, q) in q.iter().enumerate() {
            let there = ev.param(RECURRENT, &[unit, other], mode);
            let back = ev.param(RECURRENT, &[other, unit], mode);
            z = z.add(&kappa.mul(&there.add(&back)).mul(q));
        }
        direct.push(z.gradient.map(|gradient| (*gradient).clone()).unwrap_or_default());
    }
    let response = response(ev, node, id, free)?;
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

fn kappa<B: Backend>(ev: &mut Evaluator<'_, Analytic<B>>) -> Dual<B::Scalar> {
    let at = ev.document.params.iter().position(|param| param.name == "kappa").unwrap_or_default();
    ev.param(at, &[], Mode::BASE)
}

fn response<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    id: usize,
    free: usize,
) -> Outcome<Rc<Vec<Vec<B::Scalar>>>> {
    if let Some(known) = ev.domain.responses.get(&id) {
        return Ok(Rc::clone(known));
    }
    let shape = *ev.shape;
    let kappa = kappa(ev).value;
    let q = ev.domain.backend.activity(id).to_vec();
    let zero = B::Scalar::zero();
    let jacobian: Vec<Vec<B::Scalar>> = (0..free)
        .map(|i| {
            (0..free)
                .map(|j| {
                    if shape.circuit_of(i) != shape.circuit_of(j) {
                        return zero.clone();
                    }
                    let own = if i == j { q[i].clone() } else { zero.clone() };
                    own.sub(&q[i].mul(&q[j]))
                })
                .collect()
        })
        .collect();
    let mut matrix = Vec::with_capacity(free);
    for (i, row) in jacobian.iter().enumerate() {
        let mut line = Vec::with_capacity(free);
        for j in 0..free {
            let mut sum = if i == j { B::Scalar::one() } else { B::Scalar::zero() };
            for (l, slope) in row.iter().enumerate().filter(|(_, slope)| !slope.is_zero()) {
                let there = ev.param(RECURRENT, &[l, j], Mode::BASE).value;
                let back = ev.param(RECURRENT, &[j, l], Mode::BASE).value;
                sum = sum.sub(&slope.mul(&kappa.mul(&there.add(&back))));
            }
            line.push(sum);
        }
        matrix.push(line);
    }
    let response = Rc::new(linear::solve(matrix, jacobian).ok_or(Trouble::NoSolution(node))?);
    ev.domain.responses.insert(id, Rc::clone(&response));
    Ok(response)
}
