//! The high-precision tier: balls that contain the true values on a real network, derivatives from
//! differentiation rules.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::analytic::{Analytic, Backend, Settled};
use super::domain::Evaluator;
use super::error::{EvalError, Outcome};
use super::fixed_point::{Clamp, Equation};
use super::frame::Frame;
use super::geometry::Shape;
use super::mode::{Argument, Mode, Phase};
use super::point::{BIAS, Point, RECURRENT, STATE};
use crate::number::Number;
use crate::number::real::Real;
use crate::resolve::ir::{NodeId, Op, Param, ParamId, ParamKind};

struct Known {
    states: Vec<Real>,
    clamp: RealClamp,
    settled: Settled<Real>,
}

/// Values as balls.
pub(crate) struct Precise {
    point: Point,
    ties: Ties,
    solved: Vec<Known>,
    entries: FxHashMap<(ParamId, usize), Real>,
}

/// How to compare numbers whose balls meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ties {
    /// An error: too few bits to compare them.
    Open,
    /// With the largest number of bits, they count as equal.
    Allowed,
    /// Two such numbers have counted as equal.
    Assumed,
}

/// The evaluator of the high-precision tier.
pub(crate) type HighEvaluator<'a> = Evaluator<'a, Analytic<Precise>>;

impl Precise {
    pub(crate) fn domain(point: Point, ties: Ties) -> Analytic<Self> {
        Self::with_entries(point, ties, FxHashMap::default())
    }

    /// The point with other values of some entries, by family and position.
    pub(crate) fn with_entries(
        point: Point,
        ties: Ties,
        entries: FxHashMap<(ParamId, usize), Real>,
    ) -> Analytic<Self> {
        Analytic::new(Self { point, ties, solved: Vec::new(), entries })
    }

    /// A comparison took two numbers as equal that may differ, so sides that differ may be equal.
    pub(crate) fn has_assumed(&self) -> bool {
        self.ties == Ties::Assumed
    }
}

/// Largest number of steps towards a fixed point. Each adds about ten digits.
const STEPS: usize = 400;

/// Radius around an f64 solution in which the fixed point must be unique.
const NEIGHBOURHOOD: f64 = 1e-9;

impl Backend for Precise {
    type Scalar = Real;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Real {
        if family.kind == ParamKind::Kappa {
            return Real::rational(&self.point.convention.kappa());
        }
        let point = &self.point;
        let draw = || Real::from_f64(point.real(family, param, flat, indices));
        self.entries.entry((param, flat)).or_insert_with(draw).clone()
    }

    fn exp(ev: &mut Evaluator<'_, Analytic<Self>>, argument: Argument, frame: &mut Frame) -> Outcome<Real> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        ev.argument(argument, frame, Mode::BASE)?.value.exp().ok_or(EvalError::Unsupported(node))
    }

    fn ln(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
    ) -> Outcome<Real> {
        let of = ev.eval(argument, frame, Mode::BASE)?.value;
        match of.sign() {
            Some(Ordering::Greater) => of.ln().ok_or(EvalError::Imprecise(node)),
            Some(_) => Err(EvalError::NotPositive(node)),
            None => Err(EvalError::Imprecise(node)),
        }
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        phase: &Phase,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let states = (0..ev.shape.states)
            .map(|k| Ok(ev.entry(phase.states, &[k], frame, Mode::BASE)?.value))
            .collect::<Outcome<Vec<Real>>>()?;
        let strength = match phase.strength {
            Some(strength) => Some(ev.eval(strength, frame, Mode::BASE)?.value),
            None => None,
        };
        let clamp = phase.action.map(|action| (action, strength));
        let known = ev.domain.backend.solved.iter().position(|known| {
            let clamped_alike = match (&known.clamp, &clamp) {
                (None, None) => true,
                (Some((a, None)), Some((b, None))) => a == b,
                (Some((a, Some(s))), Some((b, Some(t)))) => a == b && s.is(t),
                _ => false,
            };
            clamped_alike && known.states.iter().zip(&states).all(|(a, b)| a.is(b))
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let shape = *ev.shape;
        let kappa = Real::rational(&ev.domain.backend.point.convention.kappa());
        let mut param = |param: ParamId, indices: &[usize]| ev.param(param, indices, Mode::BASE).value;
        let equations = Equations::new(&shape, &kappa, &states, &clamp, &mut param);
        let settled = solve(&shape, &equations, None, phase.node)?;
        ev.domain.backend.solved.push(Known { states, clamp, settled });
        Ok(ev.domain.backend.solved.len() - 1)
    }

    fn settled(&self, fixed_point: usize) -> &Settled<Real> {
        &self.solved[fixed_point].settled
    }

    fn agree(a: &Real, b: &Real) -> bool {
        a.sub(b).sign().is_none_or(Ordering::is_eq)
    }

    fn compare(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        (_, x): (NodeId, &Real),
        (_, y): (NodeId, &Real),
        _frame: &mut Frame,
    ) -> Outcome<Ordering> {
        if let Some(order) = x.compare(y) {
            return Ok(order);
        }
        let ties = &mut ev.domain.backend.ties;
        if *ties == Ties::Open || !x.meets(y) {
            return Err(EvalError::Imprecise(node));
        }
        // For the minimum or maximum, the union of both balls is a valid enclosure: nothing is
        // assumed.
        if !matches!(ev.document.nodes[node].op, Op::Min(..) | Op::Max(..)) {
            *ties = Ties::Assumed;
        }
        Ok(Ordering::Equal)
    }
}

/// A clamped action and the strength of the clamp, 0 to 1; `None` means 1.
pub(crate) type RealClamp = Option<(usize, Option<Real>)>;

/// The equation of a fixed point, in balls.
pub(crate) struct Equations {
    coupling: Vec<Vec<Real>>,
    input: Vec<Real>,
    clamp: RealClamp,
}

impl Equations {
    /// `param`: the entry of a family of weights at these indices.
    pub(crate) fn new(
        shape: &Shape,
        kappa: &Real,
        states: &[Real],
        clamp: &RealClamp,
        param: &mut dyn FnMut(ParamId, &[usize]) -> Real,
    ) -> Self {
        let units = shape.units();
        let mut coupling = Vec::with_capacity(units);
        let mut input = Vec::with_capacity(units);
        for i in 0..units {
            let mut row = Vec::with_capacity(units);
            for j in 0..units {
                let both = param(RECURRENT, &[i, j]).add(&param(RECURRENT, &[j, i]));
                row.push(kappa.mul(&both));
            }
            coupling.push(row);
            let mut z = param(BIAS, &[i]);
            for (k, state) in states.iter().enumerate() {
                z = z.add(&param(STATE, &[k, i]).mul(state));
            }
            input.push(z);
        }
        Self { coupling, input, clamp: clamp.clone() }
    }

    fn rounded(&self) -> Equation {
        Equation {
            coupling: self.coupling.iter().map(|row| row.iter().map(Real::to_f64).collect()).collect(),
            input: self.input.iter().map(Real::to_f64).collect(),
            clamp: self.clamp.as_ref().map(|(action, strength)| Clamp {
                action: *action,
                strength: strength.as_ref().map(Real::to_f64),
            }),
        }
    }

    /// The softmax of the net inputs at `q`.
    fn softmax(&self, shape: &Shape, q: &[Real], node: NodeId) -> Outcome<Vec<Real>> {
        let exponentials = self
            .input
            .iter()
            .zip(&self.coupling)
            .map(|(input, row)| {
                let z = row.iter().zip(q).fold(input.clone(), |sum, (w, q)| sum.add(&w.mul(q)));
                z.exp().ok_or(EvalError::NoFixedPoint(node))
            })
            .collect::<Outcome<Vec<Real>>>()?;
        (0..shape.units())
            .map(|i| {
                let members = shape.members(shape.circuit_of(i));
                let sum = members.fold(Real::zero(), |sum, l| sum.add(&exponentials[l]));
                exponentials[i].div(&sum).ok_or(EvalError::NoFixedPoint(node))
            })
            .collect()
    }

    /// The activities of the units for this softmax.
    fn activity(&self, shape: &Shape, softmax: &[Real]) -> Vec<Real> {
        let Some((action, strength)) = &self.clamp else { return softmax.to_vec() };
        let one = Real::one();
        let strength = strength.as_ref().unwrap_or(&one);
        let freedom = one.sub(strength);
        let mut activity = softmax.to_vec();
        for (i, q) in activity.iter_mut().enumerate().skip(shape.hidden_units()) {
            *q = freedom.mul(q);
            if i == *action {
                *q = q.add(strength);
            }
        }
        activity
    }
}

/// Encloses a fixed point in balls: refines an f64 solution with its inverse Jacobian, then widens
/// it until it certainly contains the true fixed point.
///
/// `near`: the start of the search.
pub(crate) fn solve(
    shape: &Shape,
    equations: &Equations,
    near: Option<&[f64]>,
    node: NodeId,
) -> Outcome<Settled<Real>> {
    let none = || EvalError::NoFixedPoint(node);
    let rounded = equations.rounded();
    let start = rounded.solve(shape, near).ok_or_else(none)?.activity;
    let inverse = rounded.inverse_jacobian(shape, &start).ok_or_else(none)?;
    let contraction = rounded.contraction(shape, &start, NEIGHBOURHOOD, &inverse);
    if contraction.is_nan() || contraction > 0.5 {
        return Err(none());
    }
    let free = rounded.free(shape);
    let norm = inverse.iter().map(|row| row.iter().map(|m| m.abs()).sum()).fold(1.0, f64::max) * 1.001;
    let matrix: Vec<Vec<Real>> =
        inverse.iter().map(|row| row.iter().map(|&entry| Real::from_f64(entry)).collect()).collect();
    let mut q: Vec<Real> = start.iter().map(|&q| Real::from_f64(q)).collect();
    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let softmax = equations.softmax(shape, &q, node)?;
        let image = equations.activity(shape, &softmax);
        let gap: Vec<Real> = (0..free).map(|i| image[i].sub(&q[i])).collect();
        let size = gap.iter().fold(0.0, |most: f64, gap| most.max(gap.magnitude()));
        // The step is larger than half of the previous one: only rounding errors are left.
        if size == 0.0 || size > last / 2.0 {
            let widest = gap
                .iter()
                .fold(&gap[0], |widest, gap| if gap.magnitude() > widest.magnitude() { gap } else { widest });
            let away = q
                .iter()
                .zip(&start)
                .fold(0.0, |most: f64, (q, start)| most.max(q.sub(&Real::from_f64(*start)).magnitude()));
            if away + 4.0 * norm * size > NEIGHBOURHOOD {
                return Err(none());
            }
            let ball: Vec<Real> = q
                .iter()
                .enumerate()
                .map(|(i, q)| if i < free { q.with_radius(widest, 2.0 * norm) } else { q.clone() })
                .collect();
            // The image of a ball around the fixed point contains it too, and small activities keep
            // their digits.
            let softmax = equations.softmax(shape, &ball, node)?;
            let activity = equations.activity(shape, &softmax);
            let strength =
                equations.clamp.as_ref().map(|(_, strength)| strength.clone().unwrap_or_else(Real::one));
            if activity.iter().any(|q| q.sign() == Some(Ordering::Less)) {
                return Err(none());
            }
            return Ok(Settled { activity, softmax, strength });
        }
        last = size;
        for (i, row) in matrix.iter().enumerate() {
            let step = row.iter().zip(&gap).fold(Real::zero(), |sum, (m, gap)| sum.add(&m.mul(gap)));
            q[i] = q[i].add(&step).middle();
        }
    }
    Err(none())
}
