//! The order of operations of the matrix product.

use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::mul_add::mul_add;

/// `start[b][u] + Σ_k x[b][k]·w[k][u]`, over the `k` with `x[b][k] ≠ 0` from 0 upwards.
pub fn product(start: &AlignedMatrix, x: &AlignedMatrix, w: &AlignedMatrix) -> AlignedMatrix {
    AlignedMatrix::from_fn(x.rows(), w.columns(), |b, u| {
        let inputs = x.row(b).iter().enumerate().filter(|(_, input)| **input != 0.0);
        inputs.fold(start.row(b)[u], |sum, (k, &input)| mul_add(input, w.row(k)[u], sum))
    })
}
