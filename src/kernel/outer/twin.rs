//! The order of operations of a sum of outer products.

use crate::kernel::fused::fused;
use crate::kernel::rows::Rows;

/// `Σ_b x[b][k]·e[b][u]` over the samples with `x[b][k] ≠ 0`, in ascending order.
pub fn outer(x: &Rows, e: &Rows) -> Rows {
    Rows::from_fn(x.columns(), e.columns(), |k, u| {
        (0..x.rows()).filter(|&b| x.row(b)[k] != 0.0).fold(0.0, |sum, b| fused(x.row(b)[k], e.row(b)[u], sum))
    })
}
