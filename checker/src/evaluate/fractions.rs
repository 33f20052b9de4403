//! Small fractions, to show a counterexample. The exponentials of net inputs are chosen, so the
//! fixed point is rational; the biases follow from the equation. Other exponentials and all
//! logarithms have no value here.

use std::cmp::Ordering;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::analytic::{Analytic, Backend, Settled};
use super::domain::Evaluator;
use super::error::{EvalError, Outcome};
use super::exact::{ExactEvaluator, Modular};
use super::frame::Frame;
use super::geometry::Shape;
use super::mode::{Argument, Mode, Phase};
use super::point::Point;
use crate::number::Number;
use crate::number::exact::Exact;
use crate::number::primes::{Learned, Primes};
use crate::number::random::Random;
use crate::number::unknowns::Product;
use crate::resolve::ir::{Document, NodeId, Param, ParamId};

/// Values as fractions.
pub(crate) struct Fractions<'a> {
    /// Knows which exponentials depend on each other.
    modular: ExactEvaluator<'a>,
    point: Point,
    random: Random,
    /// Values of the unknowns that are exponentials of net inputs.
    chosen: FxHashMap<usize, RBig>,
    settled: FxHashMap<usize, Settled<Exact>>,
    /// The fixed points, in the order of their first use.
    pub(crate) met: Vec<(Phase, usize)>,
}

/// The evaluator of fractions.
pub(crate) type FractionEvaluator<'a> = Evaluator<'a, Analytic<Fractions<'a>>>;

/// The exponentials of net inputs are integers from 1 to this.
const MAX_EXPONENTIAL: u64 = 9;

impl<'a> Fractions<'a> {
    pub(crate) fn evaluator(
        document: &'a Document,
        shape: &'a Shape,
        point: Point,
        primes: &'a Primes,
        learned: Learned,
        budget: u64,
    ) -> FractionEvaluator<'a> {
        let modular = Modular::evaluator(document, shape, point.clone(), primes, learned, budget);
        let random = point.random(&[19]);
        let backend = Self {
            modular,
            point,
            random,
            chosen: FxHashMap::default(),
            settled: FxHashMap::default(),
            met: Vec::new(),
        };
        Evaluator::new(document, shape, Analytic::new(backend), budget)
    }

    pub(crate) fn learned(&self) -> Learned {
        self.modular.domain.backend.learned()
    }

    pub(crate) fn point(&self) -> &Point {
        &self.point
    }

    /// The activity of a fixed point, by unit.
    pub(crate) fn activity(&self, fixed_point: usize) -> &[Exact] {
        &self.settled[&fixed_point].activity
    }

    /// The value of a product of unknowns; `None` if one of them is not an exponential of a net
    /// input.
    fn product(&self, product: &Product) -> Option<Exact> {
        product.iter().try_fold(Exact::one(), |value, &(unknown, power)| {
            let power = i32::try_from(power).ok()?;
            Some(value.mul(&Exact(self.chosen.get(&unknown)?.clone()).power(power)?))
        })
    }
}

impl Backend for Fractions<'_> {
    type Scalar = Exact;

    fn param(&mut self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> Exact {
        let fixed = self.point.fixed(family, param, indices);
        let value = || RBig::try_from(self.point.real(family, param, flat, indices)).unwrap_or(RBig::ZERO);
        Exact(fixed.unwrap_or_else(value))
    }

    fn exp(ev: &mut Evaluator<'_, Analytic<Self>>, argument: Argument, frame: &mut Frame) -> Outcome<Exact> {
        let (Argument::Node(node) | Argument::Entry(node, _)) = argument;
        let backend = &mut ev.domain.backend;
        let product = backend.modular.domain.backend.product(argument, frame)?;
        backend.product(&product).ok_or(EvalError::Unsupported(node))
    }

    fn ln(
        _ev: &mut Evaluator<'_, Analytic<Self>>,
        node: NodeId,
        _argument: NodeId,
        _frame: &mut Frame,
    ) -> Outcome<Exact> {
        Err(EvalError::Unsupported(node))
    }

    fn fixed_point(
        ev: &mut Evaluator<'_, Analytic<Self>>,
        phase: &Phase,
        frame: &mut Frame,
    ) -> Outcome<usize> {
        let id = Modular::fixed_point(&mut ev.domain.backend.modular, phase, frame)?;
        if ev.domain.backend.settled.contains_key(&id) {
            return Ok(id);
        }
        let strength = match (phase.action, phase.strength) {
            (None, _) => None,
            (Some(_), None) => Some(Exact::one()),
            (Some(_), Some(strength)) => Some(ev.eval(strength, frame, Mode::BASE)?.value),
        };
        let shape = *ev.shape;
        let backend = &mut ev.domain.backend;
        let products = backend.modular.domain.backend.products(id);
        for (unknown, _) in products.iter().flatten().flatten() {
            let random = &mut backend.random;
            let draw = || RBig::from(random.below(MAX_EXPONENTIAL) + 1);
            backend.chosen.entry(*unknown).or_insert_with(draw);
        }
        let exponentials: Option<Vec<Exact>> = products
            .iter()
            .map(|product| product.as_ref().map_or(Some(Exact::one()), |product| backend.product(product)))
            .collect();
        let exponentials = exponentials.ok_or(EvalError::Unsupported(phase.node))?;
        let mut softmax = Vec::with_capacity(shape.units());
        for i in 0..shape.units() {
            let members = shape.members(shape.circuit_of(i));
            let sum = members.fold(Exact::zero(), |sum, l| sum.add(&exponentials[l]));
            softmax.push(exponentials[i].div(&sum).ok_or(EvalError::DivisionByZero(phase.node))?);
        }
        let mut activity = softmax.clone();
        if let (Some(action), Some(strength)) = (phase.action, &strength) {
            let freedom = Exact::one().sub(strength);
            for (i, q) in activity.iter_mut().enumerate().skip(shape.hidden_units()) {
                *q = freedom.mul(q);
                if i == action {
                    *q = q.add(strength);
                }
            }
        }
        backend.settled.insert(id, Settled { activity, softmax, strength });
        backend.met.push((*phase, id));
        Ok(id)
    }

    fn settled(&self, fixed_point: usize) -> &Settled<Exact> {
        &self.settled[&fixed_point]
    }

    fn agree(a: &Exact, b: &Exact) -> bool {
        a == b
    }

    fn compare(
        _ev: &mut Evaluator<'_, Analytic<Self>>,
        _node: NodeId,
        (_, x): (NodeId, &Exact),
        (_, y): (NodeId, &Exact),
        _frame: &mut Frame,
    ) -> Outcome<Ordering> {
        Ok(x.order(y))
    }
}
