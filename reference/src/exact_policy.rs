//! The exact policy by enumeration: `p(v|s) ∝ exp(-E(v|s))`, `π(a|s) = Σ_h p(h,a|s)`, and moments under both (claims E1 to E3).
//!
//! `exp(-E)` is a product of one factor a winner and one a pair of winners. The enumeration chooses the action first, then
//! circuit by circuit, and books each subtree's weight where its last winner is chosen, so that the cost is about
//! configurations × circuits. It asks only how weights join: real networks add logarithms and subtract the largest before `exp`, in a
//! first pass; [`Factors`] multiplies given factors and stays exact over rationals.

use crate::Error;
use crate::configuration::{action_unit, count};
use crate::network::{Observed, Shape, Update};
use crate::number::{Matrix, Real, Scalar};

/// The most configurations that are enumerated.
pub const MAX_CONFIGURATIONS: u64 = 1_000_000;

/// How the weight `exp(-E)` of a configuration is put together.
pub trait Boltzmann<T: Scalar> {
    /// The network's shape.
    fn shape(&self) -> Shape;
    /// The contribution of winner `i`.
    fn unit(&self, i: usize) -> T;
    /// The contribution of winners `i` and `j` together, of different circuits.
    fn pair(&self, i: usize, j: usize) -> T;
    /// Two contributions together.
    fn join(&self, left: &T, right: &T) -> T;
    /// The weight that joined contributions stand for, up to a factor that depends on `peak` alone.
    fn weight(&self, joined: &T, peak: &T) -> T;
}

impl<T: Real> Boltzmann<T> for Observed<'_, T> {
    fn shape(&self) -> Shape {
        self.shape()
    }

    fn unit(&self, i: usize) -> T {
        self.drive()[i].clone()
    }

    fn pair(&self, i: usize, j: usize) -> T {
        self.coupling() * self.parameters().recurrent()[(i, j)].clone()
    }

    fn join(&self, left: &T, right: &T) -> T {
        left.clone() + right.clone()
    }

    fn weight(&self, joined: &T, peak: &T) -> T {
        (joined.clone() - peak.clone()).exp()
    }
}

/// Given factors: `exp(z_i)` of each unit's drive as `unit[i]`, `exp(c W_ij)` as `pair[(i, j)]`, symmetric. All positive.
#[derive(Clone, Debug)]
pub struct Factors<T> {
    /// The shape.
    pub shape: Shape,
    /// `N` factors of single winners.
    pub unit: Vec<T>,
    /// `N × N` factors of pairs of winners.
    pub pair: Matrix<T>,
}

impl<T: Scalar> Boltzmann<T> for Factors<T> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn unit(&self, i: usize) -> T {
        self.unit[i].clone()
    }

    fn pair(&self, i: usize, j: usize) -> T {
        self.pair[(i, j)].clone()
    }

    fn join(&self, left: &T, right: &T) -> T {
        left.clone() * right.clone()
    }

    fn weight(&self, joined: &T, _peak: &T) -> T {
        joined.clone()
    }
}

/// Moments of a distribution over configurations.
#[derive(Clone, Debug)]
pub struct Moments<T> {
    weight: T,
    peak: T,
    /// `E[v_i]`, `N` long.
    pub first: Vec<T>,
    /// `E[v_i v_j]`, `N × N`, symmetric, with `E[v_i]` on the diagonal.
    pub second: Matrix<T>,
}

/// The exact policy of one network at one state.
#[derive(Clone, Debug)]
pub struct ExactPolicy<'a, T, B> {
    boltzmann: &'a B,
    policy: Vec<T>,
    free: Moments<T>,
}

impl<'a, T: Scalar, B: Boltzmann<T>> ExactPolicy<'a, T, B> {
    /// Enumerates every configuration.
    ///
    /// # Errors
    /// There are more than [`MAX_CONFIGURATIONS`] ([`Error::is_too_large`]).
    pub fn new(boltzmann: &'a B) -> Result<Self, Error> {
        let shape = boltzmann.shape();
        if count(shape).is_none_or(|configurations| configurations > MAX_CONFIGURATIONS) {
            let message = format!(
                "has more than {MAX_CONFIGURATIONS} configurations; enumerate a network with fewer or smaller circuits"
            );
            return Err(Error::too_large("shape", message));
        }
        let (weights, free) = enumerate(boltzmann, shape.action_units().collect());
        let policy = weights.into_iter().map(|weight| weight / free.weight.clone()).collect();
        Ok(Self { boltzmann, policy, free })
    }

    /// `π(a|s)` for every action, `A` long.
    pub fn policy(&self) -> &[T] {
        &self.policy
    }

    /// Moments under `p(v|s)`.
    pub fn free(&self) -> &Moments<T> {
        &self.free
    }

    /// Moments under `p(v|s,a)`.
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    pub fn given(&self, action: usize) -> Result<Moments<T>, Error> {
        let unit = action_unit(self.boltzmann.shape(), action)?;
        Ok(enumerate(self.boltzmann, vec![unit]).1)
    }
}

impl<T: Real> ExactPolicy<'_, T, Observed<'_, T>> {
    /// `ln Z`, the logarithm of `Σ_v exp(-E(v|s))`.
    pub fn ln_partition(&self) -> T {
        self.free.weight.ln() + self.free.peak.clone()
    }

    /// `ln π(a|s)`, also where `π(a|s)` underflows.
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    pub fn ln_policy(&self, action: usize) -> Result<T, Error> {
        let clamped = self.given(action)?;
        Ok(clamped.weight.ln() + clamped.peak - self.ln_partition())
    }

    /// The entry-wise gradient of `ln π(a|s)`: `E[-∂E|s,a] - E[-∂E|s]` (E1).
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    pub fn ln_policy_gradient(&self, action: usize) -> Result<Update<T>, Error> {
        let (clamped, free) = (self.given(action)?, &self.free);
        let pair = |i: usize, j: usize| clamped.second[(i, j)].clone() - free.second[(i, j)].clone();
        let unit: Vec<T> =
            clamped.first.iter().zip(&free.first).map(|(a, b)| a.clone() - b.clone()).collect();
        Ok(Update::from_statistics(self.boltzmann, pair, &unit))
    }
}

/// The weight of each of `actions` and the normalised moments under their union.
fn enumerate<T: Scalar, B: Boltzmann<T>>(boltzmann: &B, actions: Vec<usize>) -> (Vec<T>, Moments<T>) {
    let shape = boltzmann.shape();
    let n = shape.units();
    let fields: Vec<T> = (0..n).map(|i| boltzmann.unit(i)).collect();
    let roots: Vec<(T, Vec<T>)> = actions
        .iter()
        .map(|&a| {
            (fields[a].clone(), joined_fields(boltzmann, a, shape.hidden().start, &fields[shape.hidden()]))
        })
        .collect();
    // The largest joined contribution, first: no weight then exceeds 1, and the largest is 1.
    let peak = roots
        .iter()
        .map(|(joined, fields)| largest(boltzmann, 0, joined, fields))
        .reduce(Scalar::max)
        .unwrap_or_else(T::zero);
    let moments = Moments { weight: T::zero(), peak, first: vec![T::zero(); n], second: Matrix::zeros(n, n) };
    let mut walk = Walk { boltzmann, chosen: Vec::new(), moments };
    let mut weights = Vec::with_capacity(actions.len());
    for (&action, (joined, fields)) in actions.iter().zip(&roots) {
        let weight = walk.choose(action, joined, fields);
        walk.moments.weight += weight.clone();
        weights.push(weight);
    }
    let Moments { weight, peak, mut first, mut second } = walk.moments;
    for i in 0..n {
        first[i] = first[i].clone() / weight.clone();
        second[(i, i)] = first[i].clone();
        // Pairs were booked with the later choice second; actions are chosen first.
        for j in 0..i {
            let sum = second[(i, j)].clone() + second[(j, i)].clone();
            second[(i, j)] = sum / weight.clone();
            second[(j, i)] = second[(i, j)].clone();
        }
    }
    (weights, Moments { weight, peak, first, second })
}

/// The fields of the units from `start` on, once `winner` is chosen.
fn joined_fields<T: Scalar, B: Boltzmann<T>>(
    boltzmann: &B,
    winner: usize,
    start: usize,
    fields: &[T],
) -> Vec<T> {
    fields
        .iter()
        .enumerate()
        .map(|(k, field)| boltzmann.join(field, &boltzmann.pair(winner, start + k)))
        .collect()
}

/// The largest joined contribution below a node: circuits before `circuit` are chosen, `fields` are those of its units and all later ones.
fn largest<T: Scalar, B: Boltzmann<T>>(boltzmann: &B, circuit: usize, joined: &T, fields: &[T]) -> T {
    let shape = boltzmann.shape();
    if circuit == shape.hidden_circuits() {
        return joined.clone();
    }
    let (units, size) = (shape.circuit(circuit), shape.hidden_size());
    let candidates = units.clone().zip(fields).map(|(unit, field)| {
        let later = joined_fields(boltzmann, unit, units.end, &fields[size..]);
        largest(boltzmann, circuit + 1, &boltzmann.join(joined, field), &later)
    });
    candidates.reduce(Scalar::max).unwrap_or_else(|| joined.clone())
}

struct Walk<'a, T, B> {
    boltzmann: &'a B,
    chosen: Vec<usize>,
    moments: Moments<T>,
}

impl<T: Scalar, B: Boltzmann<T>> Walk<'_, T, B> {
    /// Chooses `winner`, weighs the subtree and books its weight under the winner and its pairs with earlier choices.
    fn choose(&mut self, winner: usize, joined: &T, fields: &[T]) -> T {
        self.chosen.push(winner);
        let weight = self.descend(joined, fields);
        self.chosen.pop();
        self.moments.first[winner] += weight.clone();
        for &earlier in &self.chosen {
            self.moments.second[(earlier, winner)] += weight.clone();
        }
        weight
    }

    /// The weight of every configuration that extends the choices made.
    fn descend(&mut self, joined: &T, fields: &[T]) -> T {
        let shape = self.boltzmann.shape();
        // The action and every hidden circuit before this one are chosen.
        let circuit = self.chosen.len() - 1;
        if circuit == shape.hidden_circuits() {
            return self.boltzmann.weight(joined, &self.moments.peak);
        }
        let (units, size) = (shape.circuit(circuit), shape.hidden_size());
        let mut total = T::zero();
        for (unit, field) in units.clone().zip(fields) {
            let later = joined_fields(self.boltzmann, unit, units.end, &fields[size..]);
            let joined = self.boltzmann.join(joined, field);
            total += self.choose(unit, &joined, &later);
        }
        total
    }
}
