//! Mean-field fixed points in f64: plain iteration, damped iteration, then Newton.

use super::geometry::Shape;
use crate::number::Number;
use crate::number::ball::Ball;

/// `q = softmax_c(coupling q + input)`, the action circuit free or clamped.
#[derive(Clone, Debug)]
pub(crate) struct Equation {
    /// `κ (W + Wᵀ)`, units × units.
    pub(crate) coupling: Vec<Vec<f64>>,
    /// `Uᵀ s + b`.
    pub(crate) input: Vec<f64>,
    pub(crate) clamp: Option<Clamp>,
}

/// A clamp of the action circuit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clamp {
    pub(crate) action: usize,
    /// Strength, 0 to 1; `None` means 1.
    pub(crate) strength: Option<f64>,
}

/// An approximate fixed point whose residual cannot be made smaller.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub(crate) activity: Vec<f64>,
    /// A bound on the distance of each activity to the true fixed point, from the residual and the
    /// inverse of the Jacobian.
    pub(crate) radius: f64,
}

const ITERATIONS: usize = 200;
const NEWTON_STEPS: usize = 20;

impl Equation {
    /// Number of units that are not fully clamped.
    pub(crate) fn free(&self, shape: &Shape) -> usize {
        match self.clamp {
            Some(Clamp { strength: None, .. }) => shape.hidden_units(),
            _ => shape.units(),
        }
    }

    fn net_input(&self, q: &[f64], i: usize) -> f64 {
        self.coupling[i].iter().zip(q).fold(self.input[i], |sum, (w, q)| sum + w * q)
    }

    /// The softmax of the net inputs at `q`.
    fn softmax(&self, shape: &Shape, q: &[f64]) -> Vec<f64> {
        let mut softmax = vec![0.0; shape.units()];
        for circuit in 0..shape.circuits() {
            let members = shape.members(circuit);
            let z: Vec<f64> = members.clone().map(|i| self.net_input(q, i)).collect();
            let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = z.iter().map(|z| (z - top).exp()).sum();
            for (i, z) in members.zip(z) {
                softmax[i] = (z - top).exp() / sum;
            }
        }
        softmax
    }

    fn image(&self, shape: &Shape, q: &[f64]) -> Vec<f64> {
        let mut image = self.softmax(shape, q);
        if let Some(Clamp { action, strength }) = self.clamp {
            let strength = strength.unwrap_or(1.0);
            for (i, q) in image.iter_mut().enumerate().skip(shape.hidden_units()) {
                *q = (1.0 - strength) * *q + if i == action { strength } else { 0.0 };
            }
        }
        image
    }

    fn residual(&self, shape: &Shape, q: &[f64]) -> (f64, Vec<f64>) {
        let image = self.image(shape, q);
        let residual = q.iter().zip(&image).fold(0.0, |most: f64, (q, g)| most.max((q - g).abs()));
        (residual, image)
    }

    /// Solves from `start`, or from the uniform state. `None` if no fixed point is found.
    pub(crate) fn solve(&self, shape: &Shape, start: Option<&[f64]>) -> Option<Solution> {
        let mut q = match start {
            Some(start) => start.to_vec(),
            None => self.uniform(shape),
        };
        for damping in [1.0, 0.5, 0.2, 0.05] {
            for _ in 0..ITERATIONS {
                let (residual, image) = self.residual(shape, &q);
                if residual < 1e-6 {
                    break;
                }
                for (q, g) in q.iter_mut().zip(&image) {
                    *q += damping * (g - *q);
                }
            }
            if let Some(solution) = self.newton(shape, &q) {
                return Some(solution);
            }
        }
        None
    }

    fn uniform(&self, shape: &Shape) -> Vec<f64> {
        let share = |i: usize| 1.0 / shape.members(shape.circuit_of(i)).len() as f64;
        (0..shape.units())
            .map(|i| match self.clamp {
                Some(Clamp { action, strength: None }) if i >= shape.hidden_units() => {
                    f64::from(u8::from(i == action))
                }
                _ => share(i),
            })
            .collect()
    }

    fn newton(&self, shape: &Shape, start: &[f64]) -> Option<Solution> {
        let mut q = start.to_vec();
        let (mut best, mut image) = self.residual(shape, &q);
        for _ in 0..NEWTON_STEPS {
            let inverse = self.inverse_jacobian(shape, &q)?;
            let mut next = q.clone();
            for (i, row) in inverse.iter().enumerate() {
                next[i] += row.iter().enumerate().fold(0.0, |sum, (j, m)| sum + m * (image[j] - q[j]));
            }
            let (residual, next_image) = self.residual(shape, &next);
            if residual >= best {
                break;
            }
            (q, best, image) = (next, residual, next_image);
        }
        // A difference quotient may use a small negative strength, which leads a little out of the
        // simplex.
        let range =
            if self.clamp.is_some_and(|clamp| clamp.strength.is_some()) { -1.0..=2.0 } else { 0.0..=1.0 };
        if best > 1e-13 || q.iter().any(|q| !range.contains(q)) {
            return None;
        }
        let inverse = self.inverse_jacobian(shape, &q)?;
        let norm = inverse.iter().map(|row| row.iter().map(|m| m.abs()).sum()).fold(1.0, f64::max);
        let terms = (shape.units() + 4) as f64;
        let rounding = 4.0 * terms * f64::EPSILON * (1.0 + self.size());
        Some(Solution { activity: q, radius: 2.0 * norm * (best + rounding) })
    }

    /// Largest sum of magnitudes in a net input. Rounding errors are relative to it.
    fn size(&self) -> f64 {
        self.coupling
            .iter()
            .zip(&self.input)
            .map(|(row, input)| row.iter().fold(input.abs(), |sum, w| sum + w.abs()))
            .fold(0.0, f64::max)
    }

    /// The weight of the softmax in the activity of a unit.
    fn freedom(&self, shape: &Shape, unit: usize) -> f64 {
        match self.clamp {
            Some(Clamp { strength: Some(strength), .. }) if unit >= shape.hidden_units() => 1.0 - strength,
            _ => 1.0,
        }
    }

    /// `(I − J K)⁻¹` over the free units, at activities `q`.
    pub(crate) fn inverse_jacobian(&self, shape: &Shape, q: &[f64]) -> Option<Vec<Vec<f64>>> {
        let n = self.free(shape);
        let softmax = self.softmax(shape, q);
        let mut augmented: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let members = shape.members(shape.circuit_of(i));
                let freedom = self.freedom(shape, i);
                let mut row = vec![0.0; 2 * n];
                for (j, entry) in row.iter_mut().enumerate().take(n) {
                    let mean: f64 = members.clone().map(|l| softmax[l] * self.coupling[l][j]).sum();
                    let slope = freedom * softmax[i] * (self.coupling[i][j] - mean);
                    *entry = f64::from(u8::from(i == j)) - slope;
                }
                row[n + i] = 1.0;
                row
            })
            .collect();
        for column in 0..n {
            let pivot = (column..n)
                .max_by(|&a, &b| augmented[a][column].abs().total_cmp(&augmented[b][column].abs()))?;
            if augmented[pivot][column].abs() < 1e-12 {
                return None;
            }
            augmented.swap(column, pivot);
            let scale = augmented[column][column];
            augmented[column].iter_mut().for_each(|entry| *entry /= scale);
            let pivot_row = augmented[column].clone();
            for (row, line) in augmented.iter_mut().enumerate() {
                let factor = line[column];
                if row != column && factor != 0.0 {
                    line.iter_mut().zip(&pivot_row).for_each(|(entry, pivot)| *entry -= factor * pivot);
                }
            }
        }
        Some(augmented.into_iter().map(|row| row[n..].to_vec()).collect())
    }

    /// A bound on `‖I − Y (I − J K)‖` over all activities within `radius` of `q`, where `Y` is an
    /// approximate inverse. If it is below one, at most one of them is a fixed point (Krawczyk
    /// 1969, doi 10.1007/BF02234767).
    pub(crate) fn contraction(&self, shape: &Shape, q: &[f64], radius: f64, inverse: &[Vec<f64>]) -> f64 {
        let n = self.free(shape);
        let coupling =
            |i: usize, j: usize| Ball::new(self.coupling[i][j], f64::EPSILON * self.coupling[i][j].abs());
        let around: Vec<Ball> =
            q.iter().enumerate().map(|(i, &q)| Ball::new(q, if i < n { radius } else { 0.0 })).collect();
        let exponentials: Vec<Ball> = (0..shape.units())
            .map(|i| {
                let input = Ball::new(self.input[i], f64::EPSILON * self.input[i].abs());
                let z = around.iter().enumerate().fold(input, |z, (j, q)| z.add(&coupling(i, j).mul(q)));
                z.exp()
            })
            .collect();
        let softmax: Option<Vec<Ball>> = (0..shape.units())
            .map(|i| {
                let members = shape.members(shape.circuit_of(i));
                exponentials[i].div(&members.fold(Ball::zero(), |sum, l| sum.add(&exponentials[l])))
            })
            .collect();
        let Some(softmax) = softmax else { return f64::INFINITY };
        let identity = |i: usize, j: usize| if i == j { Ball::one() } else { Ball::zero() };
        let slope = |i: usize, j: usize| {
            let members = shape.members(shape.circuit_of(i));
            let mean = members.fold(Ball::zero(), |sum, l| sum.add(&softmax[l].mul(&coupling(l, j))));
            let freedom = Ball::new(self.freedom(shape, i), f64::EPSILON);
            identity(i, j).sub(&freedom.mul(&softmax[i]).mul(&coupling(i, j).sub(&mean)))
        };
        let slopes: Vec<Vec<Ball>> = (0..n).map(|i| (0..n).map(|j| slope(i, j)).collect()).collect();
        let row = |i: usize| {
            let entry = |j: usize| {
                let product = (0..n)
                    .fold(Ball::zero(), |sum, l| sum.add(&Ball::exact(inverse[i][l]).mul(&slopes[l][j])));
                let left = identity(i, j).sub(&product);
                left.middle.abs() + left.radius
            };
            (0..n).map(entry).sum::<f64>()
        };
        (0..n).map(row).fold(0.0, f64::max) * (1.0 + 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::{Equation, Shape};

    /// With strong mutual inhibition, the plain iteration alternates between two states.
    #[test]
    fn an_oscillating_iteration_is_damped() {
        let shape =
            Shape { states: 1, hidden_circuits: 1, hidden_size: 2, actions: 2, situations: 1, window: 1 };
        let w = -4.0;
        let coupling = vec![
            vec![0.0, 0.0, w, 0.0],
            vec![0.0, 0.0, 0.0, w],
            vec![w, 0.0, 0.0, 0.0],
            vec![0.0, w, 0.0, 0.0],
        ];
        let equation = Equation { coupling, input: vec![0.3, 0.0, 0.1, 0.0], clamp: None };
        let mut q = equation.uniform(&shape);
        for _ in 0..1000 {
            q = equation.image(&shape, &q);
        }
        let solution = equation.solve(&shape, None).unwrap();
        let (residual, _) = equation.residual(&shape, &solution.activity);
        assert!(residual < 1e-14 && solution.radius < 1e-12);
    }
}
