//! The order of operations of the matrix product.

use crate::kernel::fused::fused;
use crate::kernel::rows::Rows;

/// `start[b][u] + Σ_k x[b][k]·w[k][u]`, over the `k` with `x[b][k] ≠ 0` from 0 upwards.
pub fn product(start: &Rows, x: &Rows, w: &Rows) -> Rows {
    Rows::from_fn(x.rows(), w.columns(), |b, u| {
        let inputs = x.row(b).iter().enumerate().filter(|(_, input)| **input != 0.0);
        inputs.fold(start.row(b)[u], |sum, (k, &input)| fused(input, w.row(k)[u], sum))
    })
}
