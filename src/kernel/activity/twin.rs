//! The order of operations of one unit's sums.

use super::DoubleExponential;
use crate::kernel::mul_add::mul_add;

/// `start` plus the weights of entering events minus those of leaving events, in order. σ starts
/// from 0, δ from σ.
pub fn change(start: f32, events: &[(f32, bool)]) -> f32 {
    events.iter().fold(start, |sum, &(weight, leaves)| if leaves { sum - weight } else { sum + weight })
}

/// Updates `D` and returns `z`.
pub fn rectangle(change: f32, scale: f32, base: f32, sum: &mut f32) -> f32 {
    *sum += change;
    mul_add(*sum, scale, base)
}

/// One unit's sums with the double exponential.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// `I`.
    pub now: f32,
    /// `A`.
    pub slow: f32,
    /// `B`.
    pub fast: f32,
}

/// Updates the sums and returns `z`. `old` is `I_old` before and `I` afterwards.
pub fn double_exponential(
    change: f32,
    kernel: &DoubleExponential,
    base: f32,
    sums: &mut Sums,
    old: &mut f32,
) -> f32 {
    sums.now += change;
    let filtered = |decay: f32, end: f32, sum: f32| mul_add(-end, *old, mul_add(decay, sum, sums.now));
    sums.slow = filtered(kernel.decays[0], kernel.ends[0], sums.slow);
    sums.fast = filtered(kernel.decays[1], kernel.ends[1], sums.fast);
    *old = sums.now;
    mul_add(kernel.scale, sums.slow - sums.fast, base)
}
