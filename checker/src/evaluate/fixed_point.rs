//! Mean-field fixed points in f64: plain iteration, damped iteration, then Newton.

use super::geometry::Shape;

/// `q = softmax_c(coupling q + input)`, the action circuit free or clamped.
#[derive(Clone, Debug)]
pub(crate) struct Equation {
    /// `κ (W + Wᵀ)`, units × units.
    pub(crate) coupling: Vec<Vec<f64>>,
    /// `Uᵀ s + b`.
    pub(crate) input: Vec<f64>,
    pub(crate) action: Option<usize>,
}

/// A state at which the residual cannot be made smaller.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub(crate) activity: Vec<f64>,
    /// A bound on the distance to the true fixed point, from the residual and the inverse of the Jacobian.
    pub(crate) radius: f64,
}

const ITERATIONS: usize = 200;
const NEWTON_STEPS: usize = 20;

impl Equation {
    fn free(&self, shape: &Shape) -> usize {
        if self.action.is_some() { shape.hidden_units() } else { shape.units() }
    }

    fn net_input(&self, q: &[f64], i: usize) -> f64 {
        self.coupling[i].iter().zip(q).fold(self.input[i], |sum, (w, q)| sum + w * q)
    }

    fn image(&self, shape: &Shape, q: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; shape.units()];
        for circuit in 0..shape.circuits() {
            let members = shape.members(circuit);
            if let Some(action) = self.action.filter(|_| circuit == shape.hidden_circuits) {
                image[action] = 1.0;
                continue;
            }
            let z: Vec<f64> = members.clone().map(|i| self.net_input(q, i)).collect();
            let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = z.iter().map(|z| (z - top).exp()).sum();
            for (i, z) in members.zip(z) {
                image[i] = (z - top).exp() / sum;
            }
        }
        image
    }

    fn residual(&self, shape: &Shape, q: &[f64]) -> (f64, Vec<f64>) {
        let image = self.image(shape, q);
        let residual = q.iter().zip(&image).fold(0.0, |most: f64, (q, g)| most.max((q - g).abs()));
        (residual, image)
    }

    /// From `start`, or from the uniform state. `None` where no fixed point is found.
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
            .map(|i| match self.action {
                Some(action) if i >= shape.hidden_units() => f64::from(u8::from(i == action)),
                _ => share(i),
            })
            .collect()
    }

    fn newton(&self, shape: &Shape, start: &[f64]) -> Option<Solution> {
        let mut q = start.to_vec();
        let (mut best, mut image) = self.residual(shape, &q);
        for _ in 0..NEWTON_STEPS {
            let inverse = self.inverse_jacobian(shape, &image)?;
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
        if best > 1e-13 || q.iter().any(|q| !(0.0..=1.0).contains(q)) {
            return None;
        }
        let inverse = self.inverse_jacobian(shape, &q)?;
        let norm = inverse.iter().map(|row| row.iter().map(|m| m.abs()).sum()).fold(1.0, f64::max);
        let terms = (shape.units() + 4) as f64;
        let rounding = 4.0 * terms * f64::EPSILON * (1.0 + self.size());
        Some(Solution { activity: q, radius: 2.0 * norm * (best + rounding) })
    }

    /// Largest sum of magnitudes in a net input: what its rounding errors are relative to.
    fn size(&self) -> f64 {
        self.coupling
            .iter()
            .zip(&self.input)
            .map(|(row, input)| row.iter().fold(input.abs(), |sum, w| sum + w.abs()))
            .fold(0.0, f64::max)
    }

    /// `(I − J K)⁻¹` over the free units, at activities `q`.
    fn inverse_jacobian(&self, shape: &Shape, q: &[f64]) -> Option<Vec<Vec<f64>>> {
        let n = self.free(shape);
        let mut augmented: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let members = shape.members(shape.circuit_of(i));
                let mut row = vec![0.0; 2 * n];
                for (j, entry) in row.iter_mut().enumerate().take(n) {
                    let mean: f64 = members.clone().map(|l| q[l] * self.coupling[l][j]).sum();
                    *entry = f64::from(u8::from(i == j)) - q[i] * (self.coupling[i][j] - mean);
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
}

#[cfg(test)]
mod tests {
    use super::{Equation, Shape};

    /// Strong mutual inhibition: the plain iteration alternates between two states for ever.
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
        let equation = Equation { coupling, input: vec![0.3, 0.0, 0.1, 0.0], action: None };
        let mut q = equation.uniform(&shape);
        for _ in 0..1000 {
            q = equation.image(&shape, &q);
        }
        let solution = equation.solve(&shape, None).unwrap();
        let (residual, _) = equation.residual(&shape, &solution.activity);
        assert!(residual < 1e-14 && solution.radius < 1e-12);
    }
}
