//! Finite differences with many bits and a small step, for derivatives that f64 cannot resolve:
//! large constants that cancel, fixed points with large curvature. As in [`super::difference`],
//! there is no rule of differentiation.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::Frame;
use super::high::{Equations, RealClamp, solve};
use super::mode::{Argument, Mode, Phase};
use super::point::Point;
use crate::number::Number;
use crate::number::real::Real;
use crate::resolve::ir::{NodeId, Param, ParamId, ParamKind};

/// Bits of every operation.
pub(crate) const PRECISION: usize = 384;

/// Half of the distance between the two points of a difference. The truncation error is
/// proportional to its square.
const STEP: f64 = 1.0 / (1u128 << 80) as f64;

struct Solved {
    states: Vec<Real>,
    clamp: RealClamp,
    mode: Mode,
    activity: Vec<Real>,
}

/// Numbers of many bits on a real network. One entry may be changed.
pub(crate) struct FineDifference {
    point: Point,
    change: (usize, f64),
    solved: Vec<Solved>,
    entries: FxHashMap<(ParamId, usize), Real>,
    /// A comparison took two numbers as equal that may differ.
    pub(crate) assumed: bool,
}

/// The evaluator of fine differences.
pub(crate) type FineEvaluator<'a> = Evaluator<'a, FineDifference>;

impl FineDifference {
    pub(crate) fn new(point: Point) -> Self {
        Self { point, change: (0, 0.0), solved: Vec::new(), entries: FxHashMap::default(), assumed: false }
    }
}

impl Domain for FineDifference {
    type Number = Real;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Real {
        if family.kind == ParamKind::Kappa {
            return Real::rational(&self.point.convention.kappa());
        }
        let point = &self.point;
        let draw = || Real::from_f64(point.real(family, param, flat, indices));
        self.entries.entry((param, flat)).or_insert_with(draw).clone()
    }

    fn moved(&mut self, value: Real, flat: usize) -> Real {
        let (moving, by) = self.change;
        if flat == moving { value.add(&Real::from_f64(by)) } else { value }
    }

    fn exp(ev: &mut Evaluator<'_, Self>, argument: Argument, frame: &mut Frame, mode: Mode) -> Outcome<Real> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        ev.argument(argument, frame, mode)?.exp().ok_or(EvalError::Unsupported(node))
    }

    fn ln(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Real> {
        ev.eval(argument, frame, mode)?.ln().ok_or(EvalError::NotPositive(node))
    }

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        phase: &Phase,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Real> {
        let states = (0..ev.shape.states)
            .map(|k| ev.entry(phase.states, &[k], frame, mode))
            .collect::<Outcome<Vec<Real>>>()?;
        let strength = match phase.strength {
            Some(strength) => Some(ev.eval(strength, frame, mode)?),
            None => None,
        };
        let clamp = phase.action.map(|action| (action, strength));
        let same = |a: &Real, b: &Real| a.order(b).is_eq();
        let alike = |known: &Solved| match (&known.clamp, &clamp) {
            (None, None) => true,
            (Some((a, None)), Some((b, None))) => a == b,
            (Some((a, Some(s))), Some((b, Some(t)))) => a == b && same(s, t),
            _ => false,
        };
        let known = ev.domain.solved.iter().find(|known| {
            known.mode == mode && alike(known) && known.states.iter().zip(&states).all(|(a, b)| same(a, b))
        });
        if let Some(known) = known {
            return Ok(known.activity[unit].clone());
        }
        let shape = *ev.shape;
        let kappa = Real::rational(&ev.domain.point.convention.kappa());
        let mut param = |param: ParamId, indices: &[usize]| ev.param(param, indices, mode);
        let equations = Equations::new(&shape, &kappa, &states, &clamp, &mut param);
        let base = ev.domain.solved.iter().find(|known| {
            known.mode == Mode::BASE && known.clamp.as_ref().map(|c| c.0) == clamp.as_ref().map(|c| c.0)
        });
        let near: Option<Vec<f64>> =
            base.filter(|_| mode != Mode::BASE).map(|base| base.activity.iter().map(Real::to_f64).collect());
        let activity = solve(&shape, &equations, near.as_deref(), phase.node)?.activity;
        let value = activity[unit].clone();
        ev.domain.solved.push(Solved { states, clamp, mode, activity });
        Ok(value)
    }

    fn derivative(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        body: NodeId,
        target: usize,
        flat: usize,
        frame: &mut Frame,
    ) -> Outcome<Real> {
        // Evaluate the base first: a change then starts from the fixed point of the base.
        ev.body(body, frame, Mode::BASE)?;
        let mut quotient = |step: f64| {
            let up = changed(ev, body, target, (flat, step), frame)?;
            let down = changed(ev, body, target, (flat, -step), frame)?;
            up.sub(&down).div(&Real::from_f64(2.0 * step)).ok_or(EvalError::DivisionByZero(node))
        };
        let (fine, coarse) = (quotient(STEP)?, quotient(2.0 * STEP)?);
        // The coarse quotient has four times the truncation error of the fine one.
        Ok(fine.widened(&fine.sub(&coarse)))
    }

    fn compare(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        (_, x): (NodeId, &Real),
        (_, y): (NodeId, &Real),
        _frame: &mut Frame,
    ) -> Outcome<Ordering> {
        if let Some(order) = x.compare(y) {
            return Ok(order);
        }
        ev.domain.assumed = true;
        if x.meets(y) { Ok(Ordering::Equal) } else { Err(EvalError::Imprecise(node)) }
    }

    fn agree(a: &Real, b: &Real) -> bool {
        a.sub(b).sign().is_none_or(Ordering::is_eq)
    }
}

fn changed(
    ev: &mut FineEvaluator<'_>,
    body: NodeId,
    target: usize,
    change: (usize, f64),
    frame: &mut Frame,
) -> Outcome<Real> {
    ev.forget_moved();
    ev.domain.solved.retain(|solved| solved.mode == Mode::BASE);
    ev.domain.change = change;
    ev.eval(body, frame, Mode::moving(target))
}
