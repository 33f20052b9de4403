//! Matrix product with start rows: `out[b][u] = start[b][u] + Σ_k x[b][k]·w[k][u]` over the `k` with `x[b][k] ≠ 0`.
//!
//! ```text
//! for panels of units that fit the registers, 32 inputs, samples:
//!     load the panel's sums;  for inputs k with x[b][k] ≠ 0:  one multiply-add a vector;  store the sums
//! ```
//!
//! `x` is samples × inputs, `w` inputs × units, `out` samples × units; `start` is as large as `out`, or one padded row for all samples.
//! 1. Vectors run across units; every result is one chain of fused multiply-adds over `k` from 0 upwards, so that its bits depend neither on the block
//!    sizes nor on the width of vectors.
//! 2. An input that is ±0 is left out of the chain, whatever its weights. Clamped noise and rectified activities are zero in two of five inputs and more; a NaN is not
//!    zero.
//! 3. A block of `w` (14 vectors of AVX-512 × 32 inputs, 28 KiB) stays in the first-level cache while all samples pass over it. Storing and
//!    loading sums between blocks is exact.
//! 4. The panel's sums are independent chains, enough to hide the latency of two multiply-add pipes.

#[cfg(test)]
mod tests;
pub mod twin;

use super::rows::{Rows, padded};
use super::simd::{Level, Simd, Work, run};
use std::ops::Range;

/// Inputs of a block: the bits of a word.
const DEPTH: usize = 32;

struct Product<'a> {
    start: &'a [f32],
    x: &'a [f32],
    x_stride: usize,
    w: &'a [f32],
    inputs: usize,
    stride: usize,
    units: usize,
    out: &'a mut [f32],
    samples: usize,
}

/// Fills `out`, rows of as many samples as it has, from as many rows of `x`; the inputs are those rows of `w`.
///
/// `x` and `out` are padded rows, `x_stride` and `w.stride()` apart.
///
/// # Panics
/// Where a slice is too short or `w` has no such rows.
pub fn product(
    level: Level,
    start: &[f32],
    (x, x_stride): (&[f32], usize),
    (w, inputs): (&Rows, Range<usize>),
    out: &mut [f32],
) {
    let (stride, units) = (w.stride(), w.columns());
    let w = &w.all()[inputs.start * stride..inputs.end * stride];
    let inputs = inputs.len();
    let samples = out.len() / stride;
    assert!(out.len() == samples * stride && (start.len() == stride || start.len() == out.len()));
    assert!(padded(inputs) <= x_stride && x.len() >= samples * x_stride);
    run(level, Product { start, x, x_stride, w, inputs, stride, units, out, samples });
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        for rows in self.out.chunks_exact_mut(self.start.len().max(1)) {
            rows.copy_from_slice(self.start);
        }
        let vectors = self.units.div_ceil(S::LANES);
        let mut first = 0;
        while first < vectors {
            let left = vectors - first;
            let wide = left.div_ceil(left.div_ceil(S::SUMS));
            self.panel(s, first * S::LANES, wide);
            first += wide;
        }
    }
}

impl Product<'_> {
    /// All samples and inputs for `wide` vectors of units, at most 16, from `column` on.
    #[inline(always)]
    fn panel<S: Simd>(&mut self, s: S, column: usize, wide: usize) {
        match wide {
            16 => self.blocks::<S, 16>(s, column),
            15 => self.blocks::<S, 15>(s, column),
            14 => self.blocks::<S, 14>(s, column),
            13 => self.blocks::<S, 13>(s, column),
            12 => self.blocks::<S, 12>(s, column),
            11 => self.blocks::<S, 11>(s, column),
            10 => self.blocks::<S, 10>(s, column),
            9 => self.blocks::<S, 9>(s, column),
            8 => self.blocks::<S, 8>(s, column),
            7 => self.blocks::<S, 7>(s, column),
            6 => self.blocks::<S, 6>(s, column),
            5 => self.blocks::<S, 5>(s, column),
            4 => self.blocks::<S, 4>(s, column),
            3 => self.blocks::<S, 3>(s, column),
            2 => self.blocks::<S, 2>(s, column),
            _ => self.blocks::<S, 1>(s, column),
        }
    }

    #[inline(always)]
    fn blocks<S: Simd, const V: usize>(&mut self, s: S, column: usize) {
        let (stride, inputs) = (self.stride, self.inputs);
        let mut depth = 0;
        while depth < inputs {
            let deep = DEPTH.min(inputs - depth);
            let mut sample = 0;
            while sample < self.samples {
                // SAFETY: `depth + deep <= inputs`, which `x_stride` holds rounded up to whole vectors, `sample < samples`, and `column + V·LANES <= stride`
                // because LANES divides the stride: all reads and writes stay inside the slices that `product` has measured.
                unsafe {
                    let x = self.x.as_ptr().add(sample * self.x_stride + depth);
                    let w = self.w.as_ptr().add(depth * stride + column);
                    let out = self.out.as_mut_ptr().add(sample * stride + column);
                    let inputs = nonzero(s, x, deep);
                    add_rows::<S, V>(s, x, inputs, w, stride, out);
                }
                sample += 1;
            }
            depth += deep;
        }
    }
}

/// Bit `k` is set where `x[k]` is not ±0, for `k` below `count`.
///
/// # Safety
/// `count`, at most 32, numbers can be read at `x`, rounded up to whole vectors.
#[inline(always)]
pub(in crate::kernel) unsafe fn nonzero<S: Simd>(s: S, x: *const f32, count: usize) -> u32 {
    let mut bits = 0;
    let mut at = 0;
    while at < count {
        // SAFETY: the caller's promise.
        bits |= unsafe { s.nonzero(s.load(x.add(at))) } << at;
        at += S::LANES;
    }
    bits & (u32::MAX >> (32 - count))
}

/// Adds `x[k]` times row `k` of `w`, for every `k` whose bit is set, in order, to the `V` vectors at `out`.
///
/// # Safety
/// For those `k`, one number can be read at `x + k` and `V·LANES` at `w + k·stride`; as many can be read and written at `out`.
#[inline(always)]
unsafe fn add_rows<S: Simd, const V: usize>(
    s: S,
    x: *const f32,
    mut inputs: u32,
    w: *const f32,
    stride: usize,
    out: *mut f32,
) {
    let mut sums = [s.splat(0.0); V];
    // SAFETY: every offset is one that the caller allows.
    unsafe {
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = s.load(out.add(v * S::LANES));
        }
        while inputs != 0 {
            let k = inputs.trailing_zeros() as usize;
            inputs &= inputs - 1;
            let input = s.splat(*x.add(k));
            let row = w.add(k * stride);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.fused(input, s.load(row.add(v * S::LANES)), *sum);
            }
        }
        for (v, sum) in sums.iter().enumerate() {
            s.store(*sum, out.add(v * S::LANES));
        }
    }
}
