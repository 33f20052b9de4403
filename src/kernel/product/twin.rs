//! The order of operations of the matrix product.

use crate::kernel::fused::fused;
use crate::kernel::rows::Rows;

/// `start[u] + Σ_k x[b][k]·w[k][u]`, over `k` from 0 upwards.
pub fn product(start: &[f32], x: &Rows, w: &Rows) -> Rows {
    Rows::from_fn(x.rows(), w.columns(), |b, u| {
        x.row(b).iter().enumerate().fold(start[u], |sum, (k, &input)| fused(input, w.row(k)[u], sum))
    })
}
