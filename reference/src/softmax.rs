//! The softmax of each circuit (claims M2, M4, L1).

use crate::network::Shape;
use crate::number::{Real, Scalar};

/// `softmax(z)_i = exp(z_i) / Σ_j exp(z_j)` over one circuit. The largest `z` is subtracted first,
/// so `exp` does not overflow.
pub fn softmax<T: Real>(z: &[T]) -> Vec<T> {
    let Some(peak) = z.iter().cloned().reduce(Scalar::max) else { return Vec::new() };
    let powers: Vec<T> = z.iter().map(|z| (z.clone() - peak.clone()).exp()).collect();
    let total = powers.iter().fold(T::zero(), |total, power| total + power.clone());
    powers.into_iter().map(|power| power / total.clone()).collect()
}

/// `softmax_c(z)`: the softmax of every circuit of `shape`, for `z` of `N` entries.
pub fn softmax_circuits<T: Real>(shape: Shape, z: &[T]) -> Vec<T> {
    shape.circuits().flat_map(|circuit| softmax(&z[circuit])).collect()
}

/// `J x` with the softmax Jacobian `J = diag(q) - qqᵀ` of every circuit (M4), for `q` and `x` of
/// `N` entries.
pub fn jacobian_times<T: Scalar>(shape: Shape, q: &[T], x: &[T]) -> Vec<T> {
    let mut product = Vec::with_capacity(x.len());
    for circuit in shape.circuits() {
        let mean = circuit.clone().fold(T::zero(), |mean, j| mean + q[j].clone() * x[j].clone());
        product.extend(circuit.map(|i| q[i].clone() * (x[i].clone() - mean.clone())));
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite_difference::derivative;
    use crate::number::Float256;

    const Z: [f64; 5] = [0.5, -1.25, 2.0, 0.25, 3.5];

    #[test]
    fn every_circuit_has_its_own_softmax() {
        let shape = Shape::new(0, 1, 2, 3).unwrap();
        let q = softmax_circuits(shape, &Z);
        let powers: Vec<f64> = Z.iter().map(|z| z.exp()).collect();
        for circuit in [0..2, 2..5] {
            let total: f64 = powers[circuit.clone()].iter().sum();
            for i in circuit {
                assert!((q[i] - powers[i] / total).abs() < 4e-16);
            }
        }
        let wide: Vec<Float256> = Z.iter().map(|z| Float256::from_f64(*z).unwrap()).collect();
        for (wide, q) in softmax_circuits(shape, &wide).iter().zip(&q) {
            assert!((wide.to_f64() - q).abs() < 4e-16);
        }
    }

    #[test]
    fn large_inputs_neither_overflow_nor_vanish() {
        assert_eq!(softmax(&[1e4, 1e4, -1e4]), [0.5, 0.5, 0.0]);
        assert_eq!(softmax(&[-1e4, -1e4]), [0.5, 0.5]);
        assert!(softmax::<f64>(&[]).is_empty());
    }

    #[test]
    fn the_jacobian_is_the_derivative_of_the_softmax() {
        // M4, with a cotangent that is not constant on a circuit.
        let shape = Shape::new(0, 1, 2, 3).unwrap();
        let (q, cotangent) = (softmax_circuits(shape, &Z), [0.75, -0.5, 0.125, 1.5, -2.0]);
        let product = jacobian_times(shape, &q, &cotangent);
        for i in 0..5 {
            let objective = |h: &f64| {
                let mut z = Z;
                z[i] += h;
                softmax_circuits(shape, &z).iter().zip(cotangent).map(|(q, r)| q * r).sum()
            };
            let estimate = derivative(objective, &0.0, &0.25, 8, &1e-15);
            assert!(estimate.bound < 1e-10 && estimate.admits(&product[i]), "{estimate:?} {}", product[i]);
        }
    }
}
