//! The chains of one sample, or of two, in a block of inputs and a panel of units.

use super::MAX_INPUTS;
use crate::kernel::simd::Simd;

/// Bit `k` is set where `x[k]` is not ±0, for `k` below `count`.
///
/// # Safety
/// `count`, from 1 to 64, numbers can be read at `x`, rounded up to whole vectors.
#[inline(always)]
pub(super) unsafe fn nonzero<S: Simd>(s: S, x: *const f32, count: usize) -> u64 {
    let mut bits = 0;
    let mut at = 0;
    while at < count {
        // SAFETY: the caller's promise.
        bits |= u64::from(unsafe { s.nonzero(s.load(x.add(at))) }) << at;
        at += S::LANES;
    }
    bits & (u64::MAX >> (MAX_INPUTS - count))
}

/// Adds `x[k]` times row `k` of `w`, for every `k` whose bit is set, in order, to the `V` vectors
/// at `out`.
///
/// # Safety
/// For those `k`, one number can be read at `x + k` and `V·LANES` at `w + k·stride`; as many can be
/// read and written at `out`.
#[inline(always)]
pub(super) unsafe fn add_rows<S: Simd, const V: usize>(
    s: S,
    x: *const f32,
    mut inputs: u64,
    (w, stride): (*const f32, usize),
    out: *mut f32,
    from_zero: bool,
) {
    let mut sums = [s.splat(0.0); V];
    // SAFETY: every offset is one that the caller allows.
    unsafe {
        if !from_zero {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.load(out.add(v * S::LANES));
            }
        }
        while inputs != 0 {
            let k = inputs.trailing_zeros() as usize;
            inputs &= inputs - 1;
            let input = s.splat(*x.add(k));
            let row = w.add(k * stride);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.mul_add(input, s.load(row.add(v * S::LANES)), *sum);
            }
        }
        for (v, sum) in sums.iter().enumerate() {
            s.store(*sum, out.add(v * S::LANES));
        }
    }
}

/// Adds `x[b][k]` times row `k` of `w`, for all `k` of a block, in order, to the `V` vectors at
/// `out[b]`.
///
/// # Safety
/// `deep` numbers can be read at each `x`, `V·LANES` at `w + k·stride`; as many can be read and
/// written at each `out`, apart from each other.
#[inline(always)]
pub(super) unsafe fn add_block<S: Simd, const V: usize, const B: usize>(
    s: S,
    x: [*const f32; B],
    deep: usize,
    (w, stride): (*const f32, usize),
    out: [*mut f32; B],
    from_zero: bool,
) {
    let mut sums = [[s.splat(0.0); V]; B];
    // SAFETY: every offset is one that the caller allows.
    unsafe {
        if !from_zero {
            for (sums, out) in sums.iter_mut().zip(out) {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = s.load(out.add(v * S::LANES));
                }
            }
        }
        let mut k = 0;
        while k < deep {
            let mut inputs = [s.splat(0.0); B];
            for (input, x) in inputs.iter_mut().zip(x) {
                *input = s.splat(*x.add(k));
            }
            let row = w.add(k * stride);
            let mut v = 0;
            while v < V {
                let weights = s.load(row.add(v * S::LANES));
                for (sums, &input) in sums.iter_mut().zip(&inputs) {
                    sums[v] = s.mul_add(input, weights, sums[v]);
                }
                v += 1;
            }
            k += 1;
        }
        for (sums, out) in sums.iter().zip(out) {
            for (v, sum) in sums.iter().enumerate() {
                s.store(*sum, out.add(v * S::LANES));
            }
        }
    }
}
