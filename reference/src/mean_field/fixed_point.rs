//! The mean-field fixed point `q = softmax_c(z(q))`: free, with the action circuit clamped to a
//! one-hot, or clamped weakly, at a mixture of both (N6, M2, M3, M7i, W2a).
//!
//! The search starts at the uniform state (for a weak clamp: at the free fixed point). The next
//! method starts there again if a method does not converge:
//!
//! 1. plain iteration `q ← softmax_c(z(q))`: the published inference without noise; it can
//!    oscillate;
//! 2. damped iteration, half a step each time;
//! 3. sweeps circuit by circuit: each sweep does not increase the free energy F (M3), so there are
//!    no cycles; for a weak clamp there is no such guarantee.
//!
//! Each method continues until its change is within the tolerance and does not decrease further. If
//! the result is close, but not accurate to rounding, Newton steps on `q - softmax_c(z(q))` refine
//! it while the residual decreases. A network with strong weights can have several fixed points;
//! the result is the one that this search reaches. Newton's method decreases residuals and not F,
//! so it can leave the basin of the iteration: [`FixedPoint::newton_distance`] is the distance that
//! it moved.

use crate::Error;
use crate::configuration::action_unit;
use crate::network::{Observed, Shape};
use crate::number::{Matrix, Real, Scalar};
use crate::softmax::{jacobian_times, softmax, softmax_circuits};

const PLAIN: usize = 200;
const DAMPED: usize = 400;
const SWEEPS: usize = 2000;
const NEWTON: usize = 40;

/// The number of iterations of each method.
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

/// The result of the search for a fixed point.
#[derive(Clone, Debug)]
pub struct FixedPoint<T> {
    /// The best state found, `N` long.
    pub q: Vec<T>,
    /// `max_i |q_i - softmax_c(z(q))_i|`.
    pub residual: T,
    /// Whether the residual is at most 450 epsilons of the number type: 1e-13 for `f64`.
    pub converged: bool,
    /// The number of iterations.
    pub iterations: Iterations,
    /// Largest change of an entry by Newton's method; 0 if it was not used.
    pub newton_distance: T,
}

impl<T: Scalar> FixedPoint<T> {
    /// The error that the search did not converge.
    pub(crate) fn not_converged(&self, place: &str) -> Error {
        let message = format!(
            "no mean-field fixed point found, the residual stays at {:e}; use smaller weights",
            self.residual.to_f64()
        );
        Error::not_converged(place, message)
    }

    /// The result, or an error at `place` if the search did not converge.
    pub(crate) fn required(self, place: &str) -> Result<Self, Error> {
        if self.converged { Ok(self) } else { Err(self.not_converged(place)) }
    }
}

/// The fixed point `q*` given the state.
///
/// ```
/// use svpg_reference::mean_field::free;
/// use svpg_reference::network::{Convention, Mask, Parameters, Shape};
/// use svpg_reference::number::{Float256, Matrix, Scalar};
/// use svpg_reference::softmax::softmax_circuits;
///
/// // The same small network in any number type: unit k of a circuit supports unit k of another.
/// fn network<T: Scalar>() -> Result<Parameters<T>, svpg_reference::Error> {
///     let shape = Shape::new(1, 2, 2, 2)?;
///     let supports = |i: usize, j: usize| i / 2 != j / 2 && i % 2 == j % 2;
///     let weight = |i, j| if supports(i, j) { T::ratio(1, 4) } else { T::zero() };
///     let state = Matrix::from_fn(1, 6, |_, i| T::ratio(i as i64, 8));
///     Parameters::new(shape, Convention::Full, Mask::all(shape), Matrix::from_fn(6, 6, weight), state,
///         vec![T::zero(); 6])
/// }
///
/// let parameters = network::<f64>()?;
/// let observed = parameters.observe(&[0.5])?;
/// let found = free(&observed);
/// assert!(found.converged && found.residual < 1e-15);
/// // It is the fixed point: one more iteration stays where it is.
/// let again = softmax_circuits(observed.shape(), &observed.net_input(&found.q));
/// assert!(found.q.iter().zip(&again).all(|(q, p)| (q - p).abs() < 1e-15));
///
/// // In 256 bits the same formulas give the same number, and more digits.
/// let wide = network::<Float256>()?;
/// let precise = free(&wide.observe(&[Float256::ratio(1, 2)])?);
/// assert!(precise.residual.to_f64() < 1e-70);
/// assert!((precise.q[0].to_f64() - found.q[0]).abs() < 1e-15);
/// # Ok::<(), svpg_reference::Error>(())
/// ```
pub fn free<T: Real>(observed: &Observed<'_, T>) -> FixedPoint<T> {
    let response = Response { observed, clamp: None };
    search(&response, &response.uniform())
}

/// The fixed point `q|βa` given the state, with the action circuit at
/// `(1-β)·softmax(z_A) + β·[a]`: `[a]` is 1 at the action `a` in `0..A` and 0 at the others.
///
/// `strength` is β, at most 1. 0 gives `q*` and 1 gives `q|a`. A negative β moves the action
/// circuit away from `a`; every entry of the state must stay positive. The search starts at `q*`,
/// so for small β it stays on the branch of fixed points through `q*`. The rule `nudged`
/// approximates the derivative of this branch with respect to β (W2).
///
/// # Errors
/// `action` is not in `0..A`; `strength` is above 1 or not finite; the strength is negative and the
/// fixed point has an entry that is not positive ([`Error::is_invalid`]).
pub fn weakly_clamped<T: Real>(
    observed: &Observed<'_, T>,
    action: usize,
    strength: &T,
) -> Result<FixedPoint<T>, Error> {
    let unit = action_unit(observed.shape(), action)?;
    if !(strength.is_finite() && *strength <= T::one()) {
        return Err(Error::invalid("beta", "is not a number of at most 1; use a number such as 0.1"));
    }
    if strength.is_zero() {
        return Ok(free(observed));
    }
    if *strength == T::one() {
        return clamped(observed, action);
    }
    let response = Response { observed, clamp: Some(Clamp { unit, strength: strength.clone() }) };
    let found = search(&response, &free(observed).q);
    // A positive strength mixes probabilities: an entry that underflows to 0 is not an error.
    if *strength < T::zero() && found.q[unit] <= T::zero() {
        let message = format!(
            "is {:e}, which takes the probability of action {action} to {:e}; every entry must stay \
             positive, use a beta nearer to 0",
            strength.to_f64(),
            found.q[unit].to_f64()
        );
        return Err(Error::invalid("beta", message));
    }
    Ok(found)
}

/// The fixed point `q|a` given the state and the action, in `0..A`.
///
/// # Errors
/// `action` is not in `0..A`.
pub fn clamped<T: Real>(observed: &Observed<'_, T>, action: usize) -> Result<FixedPoint<T>, Error> {
    let unit = action_unit(observed.shape(), action)?;
    let response = Response { observed, clamp: Some(Clamp { unit, strength: T::one() }) };
    Ok(search(&response, &response.uniform()))
}

/// `max_i |q_i - softmax_c(z(q))_i|` of any `q` of `N` entries.
pub fn residual<T: Real>(observed: &Observed<'_, T>, q: &[T]) -> T {
    Response { observed, clamp: None }.residual(q)
}

/// The largest residual that counts as converged.
pub(crate) fn tolerance<T: Real>() -> T {
    T::ratio(450, 1) * T::epsilon()
}

/// An action unit, and the strength β with which the action circuit is clamped to it.
struct Clamp<T> {
    unit: usize,
    strength: T,
}

impl<T: Scalar> Clamp<T> {
    /// `1-β`, the weight of the unclamped response of the action circuit.
    fn freedom(&self) -> T {
        T::one() - self.strength.clone()
    }
}

/// The map `q ↦ softmax_c(z(q))`, with a clamp: the action circuit is mixed with a one-hot.
struct Response<'a, T> {
    observed: &'a Observed<'a, T>,
    clamp: Option<Clamp<T>>,
}

impl<T: Real> Response<'_, T> {
    fn shape(&self) -> Shape {
        self.observed.shape()
    }

    fn clamp(&self, mut q: Vec<T>) -> Vec<T> {
        if let Some(clamp) = &self.clamp {
            let freedom = clamp.freedom();
            for i in self.shape().action_units() {
                // A full clamp does not use the net input, which may have overflowed.
                let own = if freedom.is_zero() { T::zero() } else { freedom.clone() * q[i].clone() };
                q[i] = if i == clamp.unit { own + clamp.strength.clone() } else { own };
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
        for circuit in self.shape().circuits() {
            let z: Vec<T> = circuit.clone().map(|i| self.observed.net_input_of(i, &q)).collect();
            q.splice(circuit, softmax(&z));
        }
        // The action circuit is the last one, so no circuit used its unclamped state.
        self.clamp(q)
    }

    /// The Newton step at `q`: the `δ` with `(I - 2κJW) δ = r(q) - q`, where `r` is the response
    /// and `J` its Jacobian with respect to the net input.
    fn newton_step(&self, q: &[T]) -> Option<Vec<T>> {
        let own = softmax_circuits(self.shape(), &self.observed.net_input(q));
        let freedom = self.clamp.as_ref().map_or_else(T::one, Clamp::freedom);
        let matrix = linearisation(self.observed, &own, &freedom);
        let response = self.clamp(own);
        let gap = Matrix::from_fn(q.len(), 1, |i, _| response[i].clone() - q[i].clone());
        Some(T::solve(&matrix, &gap)?.entries().to_vec())
    }
}

/// `I - 2κJW` with the softmax Jacobian `J` at `q`, with the action circuit multiplied by
/// `freedom`, `N × N`. This is the derivative of `q` minus its response with respect to `q`.
/// `freedom` is 1 for a free action circuit and `1-β` for a clamp of strength β.
pub(super) fn linearisation<T: Scalar>(observed: &Observed<'_, T>, q: &[T], freedom: &T) -> Matrix<T> {
    let (n, actions) = (q.len(), observed.shape().action_units());
    let (recurrent, coupling) = (observed.parameters().recurrent(), observed.coupling());
    let mut matrix = Matrix::zeros(n, n);
    for j in 0..n {
        // Column j of W is its row j, as W is symmetric.
        let column = jacobian_times(observed.shape(), q, recurrent.row(j));
        for (i, entry) in column.into_iter().enumerate() {
            let identity = if i == j { T::one() } else { T::zero() };
            let is_action = actions.contains(&i);
            // A full clamp does not use the net input, which may have overflowed.
            let entry = match is_action && freedom.is_zero() {
                true => T::zero(),
                false if is_action => freedom.clone() * coupling.clone() * entry,
                false => coupling.clone() * entry,
            };
            matrix[(i, j)] = identity - entry;
        }
    }
    matrix
}

/// The fixed point that the search reaches from `start`, `N` long.
fn search<T: Real>(response: &Response<'_, T>, start: &[T]) -> FixedPoint<T> {
    let mut best = point(response, start.to_vec());
    let mut iterations = Iterations::default();
    for stage in 0..3 {
        let q = match stage {
            0 => iterate(start.to_vec(), PLAIN, &mut iterations.plain, |q| response.of(q)),
            1 => iterate(start.to_vec(), DAMPED, &mut iterations.damped, |q| response.damp(q)),
            _ => iterate(start.to_vec(), SWEEPS, &mut iterations.sweeps, |q| response.sweep(q)),
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

/// Repeats `step` until its change is within the tolerance and does not decrease further, at most
/// `limit` times.
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
    // After a Newton step, an entry can be slightly negative; an entry of a response cannot.
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
        // A comparison with NaN is false, so NaN would not be noticed.
        if !most.is_finite() || difference <= most { most } else { difference }
    })
}

#[cfg(test)]
mod tests;
