//! `two-phase`: clamped minus free phase.
//!
//! ```text
//! x = (q⁺ + q⁻)/2,   e = β = A/B·(q⁺ − q⁻),   recurrent factor κ
//! ```
//!
//! `q⁻` is the free activity, `q⁺` that with the action circuit held at the sampled action, `A` the
//! advantage, centred by the caller, B the number of samples. The sum over the batch is the average
//! update (M7 of the derivations).

use crate::kernel::matrix::AlignedMatrix;
use crate::learn::Factors;
use crate::network::Convention;

/// Fills `factors`, whose matrices are samples × units.
///
/// # Panics
/// Where the number of samples or units differs.
pub fn fill(
    free: &AlignedMatrix,
    clamped: &AlignedMatrix,
    advantages: &[f32],
    convention: Convention,
    factors: &mut Factors,
) {
    let batch = free.rows();
    assert!(clamped.rows() == batch && advantages.len() == batch && factors.error.rows() == batch);
    for (b, advantage) in advantages.iter().enumerate() {
        let scale = advantage / batch as f32;
        let rates = free.row(b).iter().zip(clamped.row(b));
        let own = factors.pre.row_mut(b).iter_mut().zip(factors.error.row_mut(b));
        for ((minus, plus), (pre, error)) in rates.zip(own) {
            *pre = 0.5 * (plus + minus);
            *error = scale * (plus - minus);
        }
    }
    factors.bias_error = None;
    factors.recurrent_factor = convention.kappa();
}
