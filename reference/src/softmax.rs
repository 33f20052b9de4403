//! The softmax of each circuit (claims M2, M4, L1).

use crate::network::Shape;
use crate::number::{Real, Scalar};

/// `softmax(z)_i = exp(z_i) / Σ_j exp(z_j)` over one circuit. The largest `z` is subtracted first, so that no `exp` overflows.
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

/// `J x` with the softmax Jacobian `J = diag(q) - qqᵀ` of every circuit (M4), for `q` and `x` of `N` entries.
pub fn jacobian_times<T: Scalar>(shape: Shape, q: &[T], x: &[T]) -> Vec<T> {
    let mut product = Vec::with_capacity(x.len());
    for circuit in shape.circuits() {
        let mean = circuit.clone().fold(T::zero(), |mean, j| mean + q[j].clone() * x[j].clone());
        product.extend(circuit.map(|i| q[i].clone() * (x[i].clone() - mean.clone())));
    }
    product
}
