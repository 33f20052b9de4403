//! The finite-difference tier: plain f64 with error bounds, without any rule of differentiation.
//!
//! A derivative is the Richardson extrapolation of central differences of its body (Richardson
//! 1911, doi 10.1098/rsta.1911.0009). The body is evaluated again on the changed network, with its
//! fixed points, enumerations and linear systems. The bound is the distance between the last two
//! extrapolations, which estimates the error of the coarser one, plus the propagated rounding
//! errors.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::fixed_point::{Clamp, Equation, Solution};
use super::frame::Frame;
use super::mode::{Argument, Mode, Phase};
use super::point::{BIAS, Point, RECURRENT, STATE};
use crate::number::Number;
use crate::number::ball::Ball;
use crate::resolve::ir::{NodeId, Param, ParamId};

/// A change of one entry of the target.
#[derive(Clone, Copy, Debug)]
struct Change {
    flat: usize,
    by: f64,
}

struct Solved {
    states: Vec<f64>,
    clamp: Option<Clamp>,
    mode: Mode,
    solution: Solution,
}

/// Plain numbers on a real network. One entry may be changed.
pub(crate) struct Difference {
    point: Point,
    change: Change,
    solved: Vec<Solved>,
    kappa: f64,
    entries: FxHashMap<(ParamId, usize), f64>,
    /// A comparison took two numbers as equal that may differ.
    pub(crate) assumed: bool,
}

/// The evaluator of the finite-difference tier.
pub(crate) type DifferenceEvaluator<'a> = Evaluator<'a, Difference>;

impl Difference {
    pub(crate) fn new(point: Point) -> Self {
        let kappa = if point.convention == super::point::Convention::Full { 1.0 } else { 0.5 };
        Self {
            point,
            change: Change { flat: 0, by: 0.0 },
            solved: Vec::new(),
            kappa,
            entries: FxHashMap::default(),
            assumed: false,
        }
    }
}

/// Step of the first difference.
const FIRST_STEP: f64 = 0.125;
/// Largest number of halvings of the step, plus one.
const LEVELS: usize = 6;
/// Relative error at which the step is not halved further.
const GOOD: f64 = 1e-12;

impl Domain for Difference {
    type Number = Ball;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Ball {
        let point = &self.point;
        let draw = || point.real(family, param, flat, indices);
        Ball::exact(*self.entries.entry((param, flat)).or_insert_with(draw))
    }

    fn moved(&mut self, value: Ball, flat: usize) -> Ball {
        if flat == self.change.flat { value.add(&Ball::exact(self.change.by)) } else { value }
    }

    fn exp(ev: &mut Evaluator<'_, Self>, argument: Argument, frame: &mut Frame, mode: Mode) -> Outcome<Ball> {
        Ok(ev.argument(argument, frame, mode)?.exp())
    }

    fn ln(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        argument: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Ball> {
        ev.eval(argument, frame, mode)?.ln().ok_or(EvalError::NotPositive(node))
    }

    fn mean_field(
        ev: &mut Evaluator<'_, Self>,
        phase: &Phase,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Ball> {
        let states = (0..ev.shape.states)
            .map(|k| Ok(ev.entry(phase.states, &[k], frame, mode)?.middle))
            .collect::<Outcome<Vec<f64>>>()?;
        let strength = match phase.strength {
            Some(strength) => Some(ev.eval(strength, frame, mode)?.middle),
            None => None,
        };
        let clamp = phase.action.map(|action| Clamp { action, strength });
        let find = |solved: &[Solved], mode: Mode| {
            solved.iter().position(|s| s.states == states && s.clamp == clamp && s.mode == mode)
        };
        if find(&ev.domain.solved, mode).is_none() {
            let equation = equation(ev, &states, clamp, mode);
            let action = phase.action;
            let start = ev
                .domain
                .solved
                .iter()
                .find(|s| s.clamp.map(|clamp| clamp.action) == action && s.mode == Mode::BASE)
                .filter(|_| mode != Mode::BASE)
                .map(|s| s.solution.activity.clone());
            let solution = equation.solve(ev.shape, start.as_deref());
            let solution = solution.ok_or(EvalError::NoFixedPoint(phase.node))?;
            ev.domain.solved.push(Solved { states: states.clone(), clamp, mode, solution });
        }
        let at = find(&ev.domain.solved, mode).ok_or(EvalError::NoFixedPoint(phase.node))?;
        let solution = &ev.domain.solved[at].solution;
        let held = phase.action.is_some() && phase.strength.is_none() && unit >= ev.shape.hidden_units();
        let radius = if held { 0.0 } else { solution.radius };
        Ok(Ball::new(solution.activity[unit], radius))
    }

    fn derivative(
        ev: &mut Evaluator<'_, Self>,
        node: NodeId,
        body: NodeId,
        target: usize,
        flat: usize,
        frame: &mut Frame,
    ) -> Outcome<Ball> {
        // Evaluate the base first: a change then starts from the fixed point of the base and stays
        // on its branch.
        ev.body(body, frame, Mode::BASE)?;
        let mut step = FIRST_STEP;
        let mut previous: Vec<Ball> = Vec::new();
        let mut best: Option<Ball> = None;
        for _ in 0..LEVELS {
            let up = changed(ev, body, target, Change { flat, by: step }, frame)?;
            let down = changed(ev, body, target, Change { flat, by: -step }, frame)?;
            let width = Ball::exact(2.0 * step);
            let mut row = vec![up.sub(&down).div(&width).ok_or(EvalError::DivisionByZero(node))?];
            let mut four = 1.0;
            for (column, cruder) in previous.iter().enumerate() {
                four *= 4.0;
                let gain = row[column].sub(cruder).div(&Ball::exact(four - 1.0));
                row.push(row[column].add(&gain.ok_or(EvalError::DivisionByZero(node))?));
            }
            if let (Some(last), Some(before)) = (row.last(), previous.last()) {
                let truncation = (last.middle - before.middle).abs();
                let estimate = Ball::new(last.middle, last.radius + truncation);
                if best.is_none_or(|best| estimate.radius < best.radius) {
                    best = Some(estimate);
                }
                if estimate.radius < GOOD * estimate.middle.abs().max(1.0) {
                    break;
                }
            }
            previous = row;
            step /= 2.0;
        }
        best.ok_or(EvalError::DivisionByZero(node))
    }

    fn compare(
        ev: &mut Evaluator<'_, Self>,
        _node: NodeId,
        (_, x): (NodeId, &Ball),
        (_, y): (NodeId, &Ball),
        _frame: &mut Frame,
    ) -> Outcome<Ordering> {
        if !x.ties(y) {
            return Ok(x.order(y));
        }
        ev.domain.assumed |= x.radius + y.radius > 0.0;
        Ok(Ordering::Equal)
    }

    fn agree(a: &Ball, b: &Ball) -> bool {
        (a.middle - b.middle).abs() <= a.radius + b.radius
    }
}

fn changed(
    ev: &mut DifferenceEvaluator<'_>,
    body: NodeId,
    target: usize,
    change: Change,
    frame: &mut Frame,
) -> Outcome<Ball> {
    ev.forget_moved();
    ev.domain.solved.retain(|solved| solved.mode == Mode::BASE);
    ev.domain.change = change;
    ev.eval(body, frame, Mode::moving(target))
}

fn equation(ev: &mut DifferenceEvaluator<'_>, states: &[f64], clamp: Option<Clamp>, mode: Mode) -> Equation {
    let units = ev.shape.units();
    let kappa = ev.domain.kappa;
    let mut coupling = vec![vec![0.0; units]; units];
    let mut input = Vec::with_capacity(units);
    for (i, row) in coupling.iter_mut().enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            let there = ev.param(RECURRENT, &[i, j], mode).middle;
            let back = ev.param(RECURRENT, &[j, i], mode).middle;
            *entry = kappa * (there + back);
        }
        let mut z = ev.param(BIAS, &[i], mode).middle;
        for (k, state) in states.iter().enumerate() {
            z += ev.param(STATE, &[k, i], mode).middle * state;
        }
        input.push(z);
    }
    Equation { coupling, input, clamp }
}
