//! The order of operations of a sum of outer products.

use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::mul_add::mul_add;

/// `Σ_b x[b][k]·e[b][u]` over the samples with `x[b][k] ≠ 0`, in ascending order.
pub fn outer(x: &AlignedMatrix, e: &AlignedMatrix) -> AlignedMatrix {
    AlignedMatrix::from_fn(x.columns(), e.columns(), |k, u| {
        (0..x.rows())
            .filter(|&b| x.row(b)[k] != 0.0)
            .fold(0.0, |sum, b| mul_add(x.row(b)[k], e.row(b)[u], sum))
    })
}
