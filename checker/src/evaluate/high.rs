//! The high-precision tier: a real network, 256 bits, derivatives from differentiation rules.

use rustc_hash::FxHashMap;

use super::analytic::{Analytic, Backend};
use super::domain::{Argument, Mode};
use super::fixed_point::Equation;
use super::point::{BIAS, Point, RECURRENT, STATE};
use super::{Evaluator, Frame, Outcome, Trouble};
use crate::number::high::High;
use crate::number::{Number, linear};
use crate::resolve::ir::{NodeId, Param, ParamId, ParamKind};

/// Two 256-bit results of the same quantity differ by far less than this, relative to the larger of them and one.
pub(crate) const TOLERANCE: f64 = 1e-50;

struct Solved {
    states: Vec<f64>,
    action: Option<usize>,
    activity: Vec<High>,
}

/// Values with 256 bits.
pub(crate) struct Precise {
    point: Point,
    solved: Vec<Solved>,
    entries: FxHashMap<(ParamId, usize), High>,
}

/// The evaluator of the high-precision tier.
pub(crate) type HighEvaluator<'a> = Evaluator<'a, Analytic<Precise>>;

impl Precise {
    pub(crate) fn domain(point: Point) -> Analytic<Self> {
        Analytic::new(Self { point, solved: Vec::new(), entries: FxHashMap::default() })
    }
}

/// An error of a fixed point that counts beside the activity itself.
const SMALL: f64 = 1e-65;

/// Newton steps at 256 bits from an f64 solution: each doubles the digits.
const STEPS: usize = 6;

impl Backend for Precise {
    type Scalar = High;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> High {
        if family.kind == ParamKind::Kappa {
            return High::rational(&self.point.convention.kappa());
        }
        let point = &self.point;
        let draw = || High::from_f64(point.real(family, param, flat, indices));
        self.entries.entry((param, flat)).or_insert_with(draw).clone()
    }

    fn exp(ev: &mut Evaluator<'_, Analytic<Self>>, argument: Argument, frame: &mut Frame) -> Outcome<High> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        ev.argument(argument, frame, Mode::BASE)?.value.exp().ok_or(Trouble::Unsupported(node))
    }

    fn ln(&mut self, node: NodeId, value: &High) -> Outcome<High> {
        value.ln().ok_or(Trouble::NotPositive(node))
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        states: NodeId,
        action: Option<usize>,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let states = (0..ev.shape.states)
            .map(|k| Ok(ev.entry(states, &[k], frame, Mode::BASE)?.value))
            .collect::<Outcome<Vec<High>>>()?;
        let rounded: Vec<f64> = states.iter().map(High::to_f64).collect();
        let known = ev.domain.backend.solved.iter().position(|s| s.states == rounded && s.action == action);
        if let Some(known) = known {
            return Ok(known);
        }
        let activity = solve(ev, node, &states, action)?;
        ev.domain.backend.solved.push(Solved { states: rounded, action, activity });
        Ok(ev.domain.backend.solved.len() - 1)
    }

    fn activity(&self, fixed_point: usize) -> &[High] {
        &self.solved[fixed_point].activity
    }

    fn agree(a: &High, b: &High) -> bool {
        excess(&a.sub(b).abs(), a, b) <= TOLERANCE
    }
}

/// A difference of two numbers, relative to the larger of both and one; also where none of them fits an f64.
pub(crate) fn excess(gap: &High, a: &High, b: &High) -> f64 {
    let scale = [a.abs(), b.abs()]
        .into_iter()
        .fold(High::one(), |most, number| if number.order(&most).is_gt() { number } else { most });
    gap.div(&scale).map_or(f64::INFINITY, |share| share.to_f64())
}

fn solve(
    ev: &mut HighEvaluator<'_>,
    node: NodeId,
    states: &[High],
    action: Option<usize>,
) -> Outcome<Vec<High>> {
    let shape = *ev.shape;
    let units = shape.units();
    let kappa = High::rational(&ev.domain.backend.point.convention.kappa());
    let mut coupling = Vec::with_capacity(units);
    let mut input = Vec::with_capacity(units);
    for i in 0..units {
        let mut row = Vec::with_capacity(units);
        for j in 0..units {
            let there = ev.param(RECURRENT, &[i, j], Mode::BASE).value;
            let back = ev.param(RECURRENT, &[j, i], Mode::BASE).value;
            row.push(kappa.mul(&there.add(&back)));
        }
        coupling.push(row);
        let mut z = ev.param(BIAS, &[i], Mode::BASE).value;
        for (k, state) in states.iter().enumerate() {
            z = z.add(&ev.param(STATE, &[k, i], Mode::BASE).value.mul(state));
        }
        input.push(z);
    }
    let equation = Equation {
        coupling: coupling.iter().map(|row| row.iter().map(High::to_f64).collect()).collect(),
        input: input.iter().map(High::to_f64).collect(),
        action,
    };
    let start = equation.solve(&shape, None).ok_or(Trouble::NoFixedPoint(node))?;
    let mut q: Vec<High> = start.activity.iter().map(|&q| High::from_f64(q)).collect();
    let free = if action.is_some() { shape.hidden_units() } else { units };
    for _ in 0..STEPS {
        let image = image(&shape, &coupling, &input, &q, free, node)?;
        let gap: Vec<Vec<High>> = (0..free).map(|i| vec![image[i].sub(&q[i])]).collect();
        let size = gap.iter().fold(0.0, |most: f64, gap| most.max(gap[0].to_f64().abs()));
        if size < 1e-75 {
            // What is small beside the error is right in its places alone; its image is right in its digits.
            let small = High::from_f64(SMALL);
            for ((q, gap), image) in q.iter_mut().zip(&gap).zip(&image) {
                if gap[0].abs().order(&image.mul(&small)).is_gt() {
                    q.clone_from(image);
                }
            }
            return Ok(q);
        }
        let matrix = (0..free)
            .map(|i| {
                let members = shape.members(shape.circuit_of(i));
                (0..free)
                    .map(|j| {
                        let mean = members
                            .clone()
                            .fold(High::zero(), |sum, l| sum.add(&image[l].mul(&coupling[l][j])));
                        let one = if i == j { High::one() } else { High::zero() };
                        one.sub(&image[i].mul(&coupling[i][j].sub(&mean)))
                    })
                    .collect()
            })
            .collect();
        let step = linear::solve(matrix, gap).ok_or(Trouble::NoFixedPoint(node))?;
        for (q, step) in q.iter_mut().zip(&step) {
            *q = q.add(&step[0]);
        }
    }
    Err(Trouble::NoFixedPoint(node))
}

fn image(
    shape: &super::geometry::Shape,
    coupling: &[Vec<High>],
    input: &[High],
    q: &[High],
    free: usize,
    node: NodeId,
) -> Outcome<Vec<High>> {
    let exponentials: Vec<High> = (0..free)
        .map(|i| {
            let z = coupling[i].iter().zip(q).fold(input[i].clone(), |sum, (w, q)| sum.add(&w.mul(q)));
            z.exp().ok_or(Trouble::NoFixedPoint(node))
        })
        .collect::<Outcome<_>>()?;
    (0..free)
        .map(|i| {
            let sum =
                shape.members(shape.circuit_of(i)).fold(High::zero(), |sum, l| sum.add(&exponentials[l]));
            exponentials[i].div(&sum).ok_or(Trouble::NoFixedPoint(node))
        })
        .collect()
}
