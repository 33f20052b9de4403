//! Fixed points in double-double: the search of the reference in f64, then Newton steps with
//! residuals in double-double.
//!
//! The search determines *which* fixed point is the answer (the one reached from the uniform
//! state). It needs hundreds of iterations, and f64 is sufficient for it. A Newton step with a
//! factorisation in f64 then gains about 15 digits, so one or two steps reach the precision of the
//! number type. If they do not (for a nearly degenerate fixed point), the search of the reference
//! runs in double-double.

use super::{DoubleDouble, number};
use nalgebra::{DMatrix, DVector};
use svpg_reference::last_step::policy;
use svpg_reference::mean_field::{self, FixedPoint};
use svpg_reference::network::Observed;
use svpg_reference::number::{Real, Scalar};
use svpg_reference::softmax::jacobian_times;

/// Largest residual after the steps: far below f64 precision, even for a condition number of 10⁶.
const RESIDUAL: f64 = 1e-26;
const STEPS: usize = 6;

/// One network and state in both precisions.
pub(super) struct Both<'a> {
    pub(super) fast: Observed<'a, f64>,
    pub(super) precise: Observed<'a, DoubleDouble>,
}

/// A clamp of the action circuit: at `(1−β)·softmax(z_A) + β·[action]`, where β is the strength.
#[derive(Clone, Copy)]
pub(super) struct Clamp {
    pub(super) action: usize,
    pub(super) strength: f64,
}

/// The reason why there is no fixed point.
pub(super) enum NoFixedPoint {
    /// None was found; has the best residual.
    NotFound(f64),
    /// The fixed point does not exist for this strength of the clamp.
    Refused(svpg_reference::Error),
}

impl Both<'_> {
    /// The fixed point given the state, and the clamp if there is one.
    pub(super) fn fixed_point(&self, clamp: Option<Clamp>) -> Result<Vec<DoubleDouble>, NoFixedPoint> {
        let found = search(&self.fast, clamp)?;
        if found.converged
            && let Some(q) = self.refine(&found.q, clamp)
        {
            return Ok(q);
        }
        let FixedPoint { q, residual, converged, .. } = search(&self.precise, clamp)?;
        if converged { Ok(q) } else { Err(NoFixedPoint::NotFound(residual.to_f64())) }
    }

    /// Newton's method from `start`; `None` if its residual stays above [`RESIDUAL`].
    fn refine(&self, start: &[f64], clamp: Option<Clamp>) -> Option<Vec<DoubleDouble>> {
        let mut q: Vec<DoubleDouble> = start.iter().map(|&q| DoubleDouble::new(q)).collect();
        let mut factors = None;
        for _ in 0..=STEPS {
            let response = self.response(&q, clamp);
            let gap: Vec<DoubleDouble> =
                response.iter().zip(&q).map(|(&response, &q)| response - q).collect();
            if gap.iter().all(|gap| gap.hi().abs() <= RESIDUAL) {
                // After a step, an entry can be slightly below 0; an entry of a response cannot.
                return Some(response);
            }
            let factors = factors.get_or_insert_with(|| self.linearisation(start, clamp).lu());
            let step = factors.solve(&DVector::from_iterator(q.len(), gap.iter().map(|gap| gap.hi())))?;
            for (q, &step) in q.iter_mut().zip(step.iter()) {
                *q += DoubleDouble::new(step);
            }
        }
        None
    }

    /// `softmax_c(z(q))` with the clamped action circuit.
    fn response(&self, q: &[DoubleDouble], clamp: Option<Clamp>) -> Vec<DoubleDouble> {
        let mut response = policy(&self.precise, q);
        let Some(Clamp { action, strength }) = clamp else { return response };
        let actions = self.fast.shape().action_units();
        let strength = DoubleDouble::new(strength);
        let freedom = DoubleDouble::one() - strength;
        for i in actions.clone() {
            // A full clamp does not use the net input, which may have overflowed.
            let own = if freedom.is_zero() { freedom } else { freedom * response[i] };
            response[i] = if i == actions.start + action { own + strength } else { own };
        }
        response
    }

    /// `I − 2κJW` with the Jacobian `J` of the response with respect to the net input. This is the
    /// derivative of `q` minus its response with respect to `q`. A clamp multiplies the part of the
    /// action circuit by `1−β`.
    fn linearisation(&self, q: &[f64], clamp: Option<Clamp>) -> DMatrix<f64> {
        let (shape, coupling) = (self.fast.shape(), self.fast.coupling());
        let freedom = clamp.map_or(1.0, |clamp| 1.0 - clamp.strength);
        let own = policy(&self.fast, q);
        let mut matrix = DMatrix::identity(q.len(), q.len());
        for j in 0..q.len() {
            // Column j of W is its row j, as W is symmetric.
            let column = jacobian_times(shape, &own, self.fast.parameters().recurrent().row(j));
            for (i, entry) in column.into_iter().enumerate() {
                let share = if shape.action_units().contains(&i) { freedom } else { 1.0 };
                if share != 0.0 {
                    matrix[(i, j)] -= share * coupling * entry;
                }
            }
        }
        matrix
    }
}

/// The reference's search, in either precision.
fn search<T: Real>(observed: &Observed<'_, T>, clamp: Option<Clamp>) -> Result<FixedPoint<T>, NoFixedPoint> {
    match clamp {
        None => Ok(mean_field::free(observed)),
        Some(Clamp { action, strength }) => {
            mean_field::weakly_clamped(observed, action, &number(strength)).map_err(NoFixedPoint::Refused)
        }
    }
}
