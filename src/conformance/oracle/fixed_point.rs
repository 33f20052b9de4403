//! Fixed points in double-double: the reference's search in f64, then Newton steps whose residual
//! is double-double.
//!
//! The search decides *which* fixed point (the one reached from the uniform state) and needs
//! hundreds of iterations; f64 is enough for it. A step with a factorisation in f64 then gains
//! about 15 digits, so that one or two reach the precision of the number type. Where they do not (a
//! nearly degenerate fixed point), the reference searches in double-double itself.

use super::DoubleDouble;
use nalgebra::{DMatrix, DVector};
use svpg_reference::last_step::policy;
use svpg_reference::mean_field::{self, FixedPoint};
use svpg_reference::network::Observed;
use svpg_reference::number::Scalar;
use svpg_reference::softmax::jacobian_times;

/// Largest residual after the steps: far below the last digit of an f64, even times a condition of
/// 10⁶.
const RESIDUAL: f64 = 1e-26;
const STEPS: usize = 6;

/// One network and state in both precisions.
pub(super) struct Both<'a> {
    pub(super) fast: Observed<'a, f64>,
    pub(super) precise: Observed<'a, DoubleDouble>,
}

impl Both<'_> {
    /// The fixed point given the state, and the action if one is given; else the best residual met.
    pub(super) fn fixed_point(&self, action: Option<usize>) -> Result<Vec<DoubleDouble>, f64> {
        let found = match action {
            None => mean_field::free(&self.fast),
            Some(action) => {
                mean_field::clamped(&self.fast, action).expect("a validated case names its actions")
            }
        };
        if found.converged
            && let Some(q) = self.refine(&found.q, action)
        {
            return Ok(q);
        }
        let FixedPoint { q, residual, converged, .. } = match action {
            None => mean_field::free(&self.precise),
            Some(action) => {
                mean_field::clamped(&self.precise, action).expect("a validated case names its actions")
            }
        };
        if converged { Ok(q) } else { Err(residual.to_f64()) }
    }

    /// Newton's method from `start`; `None` where it does not come within [`RESIDUAL`].
    fn refine(&self, start: &[f64], action: Option<usize>) -> Option<Vec<DoubleDouble>> {
        let shape = self.fast.shape();
        // A clamped circuit answers with itself: its gap is 0, and so is its Jacobian at a one-hot.
        let mut q: Vec<DoubleDouble> = start.iter().map(|&q| DoubleDouble::new(q)).collect();
        let mut factors = None;
        for _ in 0..=STEPS {
            let mut response = policy(&self.precise, &q);
            for i in shape.action_units().filter(|_| action.is_some()) {
                response[i] = q[i];
            }
            let gap: Vec<DoubleDouble> =
                response.iter().zip(&q).map(|(&response, &q)| response - q).collect();
            if gap.iter().all(|gap| gap.hi().abs() <= RESIDUAL) {
                // A step can leave an entry slightly below 0; a response never does.
                return Some(response);
            }
            let factors = factors.get_or_insert_with(|| self.linearisation(start).lu());
            let step = factors.solve(&DVector::from_iterator(q.len(), gap.iter().map(|gap| gap.hi())))?;
            for (q, &step) in q.iter_mut().zip(step.iter()) {
                *q += DoubleDouble::new(step);
            }
        }
        None
    }

    /// `I − J c W` at `q`: how `q − softmax_c(z(q))` answers a small change of `q`.
    fn linearisation(&self, q: &[f64]) -> DMatrix<f64> {
        let coupling = self.fast.coupling();
        let mut matrix = DMatrix::identity(q.len(), q.len());
        for j in 0..q.len() {
            // Column j of W is its row j, as W is symmetric.
            let column = jacobian_times(self.fast.shape(), q, self.fast.parameters().recurrent().row(j));
            for (i, entry) in column.into_iter().enumerate() {
                matrix[(i, j)] -= coupling * entry;
            }
        }
        matrix
    }
}
