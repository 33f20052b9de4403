//! The mean-field fixed point `q = softmax_c(z(q))`, free or with the action circuit clamped to a
//! one-hot (N6, M2, M3, M7i).
//!
//! From the uniform state, and again from there where a method has not come near:
//!
//! 1. plain iteration `q ← softmax_c(z(q))`: the published inference without its noise, but it can
//!    oscillate;
//! 2. damped iteration, half a step each time;
//! 3. sweeps circuit by circuit: each lowers the free energy F or leaves it (M3), hence no cycles.
//!
//! Each is continued until its change is within the tolerance and stops shrinking; one that comes
//! near, but not down to rounding, is polished by Newton steps on `q - softmax_c(z(q))`, as long as
//! the residual falls. A network with strong weights has several fixed points; this is the one
//! reached from the uniform state. Newton follows residuals and not F, so it may leave the basin
//! that the iteration was in: [`FixedPoint::newton_distance`] says how far it moved.

use crate::Error;
use crate::configuration::action_unit;
use crate::network::{Observed, Shape};
use crate::number::{Matrix, Real, Scalar};
use crate::softmax::{jacobian_times, softmax, softmax_circuits};

const PLAIN: usize = 200;
const DAMPED: usize = 400;
const SWEEPS: usize = 2000;
const NEWTON: usize = 40;

/// How many iterations of each method were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iterations {
    /// Plain iterations.
    pub plain: usize,
    /// Damped iterations.
    pub damped: usize,
    /// Sweeps over all circuits.
    pub sweeps: usize,
    /// Newton steps taken.
    pub newton: usize,
}

/// What the search for a fixed point came to.
#[derive(Clone, Debug)]
pub struct FixedPoint<T> {
    /// The best state found, `N` long.
    pub q: Vec<T>,
    /// `max_i |q_i - softmax_c(z(q))_i|`.
    pub residual: T,
    /// Whether the residual is at most 450 epsilons of the number type: 1e-13 for `f64`.
    pub converged: bool,
    /// The work done.
    pub iterations: Iterations,
    /// Largest change of an entry between where Newton's method began and where it ended; 0 where
    /// it was not used.
    pub newton_distance: T,
}

impl<T: Scalar> FixedPoint<T> {
    /// That this did not converge.
    pub(crate) fn not_converged(&self, place: &str) -> Error {
        let message = format!(
            "no mean-field fixed point found, the residual stays at {:e}; use smaller weights",
            self.residual.to_f64()
        );
        Error::not_converged(place, message)
    }

    /// This, or an error at `place` where it did not converge.
    pub(crate) fn required(self, place: &str) -> Result<Self, Error> {
        if self.converged { Ok(self) } else { Err(self.not_converged(place)) }
    }
}

/// The fixed point `q*` given the state.
pub fn free<T: Real>(observed: &Observed<'_, T>) -> FixedPoint<T> {
    search(&Response { observed, clamp: None })
}

/// The fixed point `q|a` given the state and the action, in `0..A`.
///
/// # Errors
/// `action` is not in `0..A`.
pub fn clamped<T: Real>(observed: &Observed<'_, T>, action: usize) -> Result<FixedPoint<T>, Error> {
    Ok(search(&Response { observed, clamp: Some(action_unit(observed.shape(), action)?) }))
}

/// `max_i |q_i - softmax_c(z(q))_i|` of any `q` of `N` entries.
pub fn residual<T: Real>(observed: &Observed<'_, T>, q: &[T]) -> T {
    Response { observed, clamp: None }.residual(q)
}

/// The largest residual that counts as converged.
pub(crate) fn tolerance<T: Real>() -> T {
    T::ratio(450, 1) * T::epsilon()
}

/// The map `q ↦ softmax_c(z(q))`, with the action circuit one-hot where an action unit is clamped.
struct Response<'a, T> {
    observed: &'a Observed<'a, T>,
    clamp: Option<usize>,
}

impl<T: Real> Response<'_, T> {
    fn shape(&self) -> Shape {
        self.observed.shape()
    }

    fn clamp(&self, mut q: Vec<T>) -> Vec<T> {
        if let Some(winner) = self.clamp {
            for i in self.shape().action_units() {
                q[i] = if i == winner { T::one() } else { T::zero() };
            }
        }
        q
    }

    fn uniform(&self) -> Vec<T> {
        self.clamp(softmax_circuits(self.shape(), &vec![T::zero(); self.shape().units()]))
    }

    fn of(&self, q: &[T]) -> Vec<T> {
        self.clamp(softmax_circuits(self.shape(), &self.observed.net_input(q)))
    }

    fn residual(&self, q: &[T]) -> T {
        distance(q, &self.of(q))
    }

    fn damp(&self, q: &[T]) -> Vec<T> {
        self.of(q).into_iter().zip(q).map(|(new, old)| (new + old.clone()) * T::ratio(1, 2)).collect()
    }

    fn sweep(&self, q: &[T]) -> Vec<T> {
        let mut q = q.to_vec();
        for (c, circuit) in self.shape().circuits().enumerate() {
            if self.clamp.is_some() && c == self.shape().hidden_circuits() {
                continue;
            }
            let z: Vec<T> = circuit.clone().map(|i| self.observed.net_input_of(i, &q)).collect();
            q.splice(circuit, softmax(&z));
        }
        q
    }

    /// The Newton step at `q`: the `δ` with `(I - J c W) δ = softmax_c(z(q)) - q`.
    fn newton_step(&self, q: &[T]) -> Option<Vec<T>> {
        let response = self.of(q);
        let gap = Matrix::from_fn(q.len(), 1, |i, _| response[i].clone() - q[i].clone());
        let step = T::solve(&linearisation(self.observed, &response), &gap)?;
        Some(step.entries().to_vec())
    }
}

/// `I - J c W` with the softmax Jacobian `J` at `q`: how `q - softmax_c(z(q))` answers a small
/// change of `q`, `N × N`.
pub(super) fn linearisation<T: Scalar>(observed: &Observed<'_, T>, q: &[T]) -> Matrix<T> {
    let n = q.len();
    let (recurrent, coupling) = (observed.parameters().recurrent(), observed.coupling());
    let mut matrix = Matrix::zeros(n, n);
    for j in 0..n {
        // Column j of W is its row j, as W is symmetric.
        let column = jacobian_times(observed.shape(), q, recurrent.row(j));
        for (i, entry) in column.into_iter().enumerate() {
            let identity = if i == j { T::one() } else { T::zero() };
            matrix[(i, j)] = identity - coupling.clone() * entry;
        }
    }
    matrix
}

fn search<T: Real>(response: &Response<'_, T>) -> FixedPoint<T> {
    let mut best = point(response, response.uniform());
    let mut iterations = Iterations::default();
    for stage in 0..3 {
        let q = match stage {
            0 => iterate(response.uniform(), PLAIN, &mut iterations.plain, |q| response.of(q)),
            1 => iterate(response.uniform(), DAMPED, &mut iterations.damped, |q| response.damp(q)),
            _ => iterate(response.uniform(), SWEEPS, &mut iterations.sweeps, |q| response.sweep(q)),
        };
        let mut found = point(response, q);
        let (near, at_rounding) = (T::ratio(1, 1000), T::ratio(4, 1) * T::epsilon());
        if found.residual > at_rounding && (found.residual <= near || stage == 2) {
            found = polish(response, found, &mut iterations.newton);
        }
        if found.residual <= best.residual {
            best = found;
        }
        if best.converged {
            break;
        }
    }
    FixedPoint { iterations, ..best }
}

fn point<T: Real>(response: &Response<'_, T>, q: Vec<T>) -> FixedPoint<T> {
    let residual = response.residual(&q);
    let converged = residual <= tolerance();
    FixedPoint { q, residual, converged, iterations: Iterations::default(), newton_distance: T::zero() }
}

/// Repeats `step` until its change is within tolerance and no longer shrinks, at most `limit`
/// times.
fn iterate<T: Real>(mut q: Vec<T>, limit: usize, count: &mut usize, step: impl Fn(&[T]) -> Vec<T>) -> Vec<T> {
    let mut previous: Option<T> = None;
    for _ in 0..limit {
        let next = step(&q);
        let change = distance(&q, &next);
        *count += 1;
        q = next;
        if change <= tolerance() && previous.is_some_and(|previous| change >= previous) {
            break;
        }
        previous = Some(change);
    }
    q
}

fn polish<T: Real>(response: &Response<'_, T>, start: FixedPoint<T>, count: &mut usize) -> FixedPoint<T> {
    let mut best = start.clone();
    for _ in 0..NEWTON {
        let Some(step) = response.newton_step(&best.q) else { break };
        let q = best.q.iter().zip(step).map(|(q, step)| q.clone() + step).collect();
        let candidate = point(response, q);
        if candidate.residual >= best.residual {
            break;
        }
        *count += 1;
        best = candidate;
    }
    // A Newton step can leave an entry slightly negative; a response never does.
    let answered = point(response, response.of(&best.q));
    if answered.converged == best.converged {
        best = answered;
    }
    best.newton_distance = distance(&start.q, &best.q);
    best
}

/// The largest difference of two entries, or one that is not finite.
fn distance<T: Scalar>(left: &[T], right: &[T]) -> T {
    left.iter().zip(right).fold(T::zero(), |most, (a, b)| {
        let difference = (a.clone() - b.clone()).abs();
        // NaN compares false with everything and would pass unseen.
        if !most.is_finite() || difference <= most { most } else { difference }
    })
}

#[cfg(test)]
mod tests;
