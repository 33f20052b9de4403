//! Linear systems: the construct `solve`.

use std::rc::Rc;

use dashu_ratio::RBig;

use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::{Frame, SlotValue};
use super::mode::Mode;
use crate::number::random::Random;
use crate::number::{Number, linear};
use crate::resolve::ir::{NodeId, Slot};
use crate::resolve::sort::Sort;

impl<D: Domain> Evaluator<'_, D> {
    /// Solves `V[x] = body(V, x)`, affine in `V`. The coefficients are the values at zero and at
    /// the unit vectors.
    pub(super) fn solve(
        &mut self,
        node: NodeId,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Rc<Vec<D::Number>>> {
        let key = self.key(node, frame, mode, &[]);
        if let Some(known) = self.cache(key.1).vectors.get(&key) {
            return Ok(Rc::clone(known));
        }
        let solution = Rc::new(self.solution(node, (unknown, index, sort), body, frame, mode)?);
        self.cache(key.1).vectors.insert(key, Rc::clone(&solution));
        Ok(solution)
    }

    fn solution(
        &mut self,
        node: NodeId,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Vec<D::Number>> {
        let range = self.shape.range(sort);
        let n = range.len();
        let constant = self.image(vec![D::Number::zero(); n], (unknown, index, sort), body, frame, mode)?;
        let mut matrix = vec![Vec::with_capacity(n); n];
        for column in 0..n {
            let mut unit = vec![D::Number::zero(); n];
            unit[column] = D::Number::one();
            let image = self.image(unit, (unknown, index, sort), body, frame, mode)?;
            for row in 0..n {
                let slope = image[row].sub(&constant[row]);
                let identity = if row == column { D::Number::one() } else { D::Number::zero() };
                matrix[row].push(identity.sub(&slope));
            }
        }
        let right = constant.into_iter().map(|entry| vec![entry]).collect();
        let solution = linear::solve(matrix, right).ok_or(EvalError::NoSolution(node))?;
        let solution: Vec<D::Number> = solution.into_iter().map(|mut row| row.remove(0)).collect();
        let image = self.image(solution.clone(), (unknown, index, sort), body, frame, mode)?;
        if !solution.iter().zip(&image).all(|(a, b)| D::agree(a, b)) {
            return Err(EvalError::NoSolution(node));
        }
        self.affine(node, (unknown, index, sort), body, &solution, frame, mode)?;
        Ok(solution)
    }

    /// Checks that the body is affine. A body that is not may still agree at zero, at the unit
    /// vectors and at the solution. So compare two points on a line from the solution in a random
    /// direction: at a quarter of the way, the change must be a quarter.
    fn affine(
        &mut self,
        node: NodeId,
        unknowns: (Slot, Slot, Sort),
        body: NodeId,
        solution: &[D::Number],
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<()> {
        let mut random = Random::new(&[17, node as u64]);
        let quarter = D::Number::rational(&RBig::from_parts(1.into(), 4u8.into()));
        let step: Vec<D::Number> =
            solution.iter().map(|_| D::Number::rational(&RBig::from(random.below(64) + 1))).collect();
        let shifted = |share: &D::Number| -> Vec<D::Number> {
            solution.iter().zip(&step).map(|(x, step)| x.add(&step.mul(share))).collect()
        };
        let whole = self.image(shifted(&D::Number::one()), unknowns, body, frame, mode)?;
        let part = self.image(shifted(&quarter), unknowns, body, frame, mode)?;
        let affine = solution
            .iter()
            .zip(whole.iter().zip(&part))
            .all(|(x, (whole, part))| D::agree(&whole.sub(x).mul(&quarter), &part.sub(x)));
        if affine { Ok(()) } else { Err(EvalError::NoSolution(node)) }
    }

    fn image(
        &mut self,
        values: Vec<D::Number>,
        (unknown, index, sort): (Slot, Slot, Sort),
        body: NodeId,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<Vec<D::Number>> {
        self.assigned.push(values);
        frame[unknown] = SlotValue::Solved(self.assigned.len() as u32 - 1);
        let mut image = Vec::new();
        for at in self.shape.range(sort) {
            frame[index] = SlotValue::Index(at as u32);
            image.push(self.eval(body, frame, mode)?);
        }
        frame[unknown] = SlotValue::Unset;
        frame[index] = SlotValue::Unset;
        Ok(image)
    }
}
