//! Matrix product with accumulation: `out[b][u] ← out[b][u] + Σ_k x[b][k]·w[k][u]` over the `k`
//! with `x[b][k] ≠ 0`.
//!
//! ```text
//! for panels of units that fit the registers, 32 inputs, samples:
//!     load the panel's sums;  for inputs k with x[b][k] ≠ 0:  one multiply-add a vector;  store the sums
//! ```
//!
//! `x` is samples × inputs, `w` inputs × units, `out` samples × units.
//! 1. Each vector contains several units. Every result is one chain of fused multiply-adds over `k`
//!    from 0 upwards, so its bits do not depend on the block sizes or on the width of vectors.
//! 2. An input that is ±0 is skipped, for all weights. With clamped noise and rectified activities,
//!    two of five inputs or more are zero. A NaN is not zero.
//! 3. A block of `w` (14 vectors of AVX-512 × 32 inputs, 28 KiB) stays in the first-level cache
//!    while all samples use it. Storing and loading sums between blocks is exact.
//! 4. The sums of a panel are independent chains, enough to hide the latency of two multiply-add
//!    pipelines. With few units, the sums of several samples are computed together for the same
//!    purpose.
//! 5. A block of inputs without any zero needs no search for the next one. Two samples with such
//!    blocks share the loads of `w` if the registers can hold the sums of both panels. Each sample
//!    keeps its own chains.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::{AlignedMatrix, WIDTH, padded};
use super::panels::panels;
use super::simd::{Level, Simd, Work, run};
use std::ops::Range;

/// Number of inputs of a block: the bits of a word.
const DEPTH: usize = 32;

struct Product<'a> {
    x: &'a [f32],
    x_stride: usize,
    w: &'a [f32],
    inputs: usize,
    stride: usize,
    units: Range<usize>,
    out: &'a mut [f32],
    samples: usize,
}

/// Adds the products to `out`, one row per sample, from the same number of rows of `x`. `inputs`
/// are rows of `w`. Only `units` are computed, rounded up to complete lines.
///
/// `x` and `out` are padded rows, `x_stride` and `w.stride()` apart.
///
/// # Panics
/// If `units` starts inside a line, if a slice is too short, or if `w` does not have these rows or
/// columns.
pub fn add_product(
    level: Level,
    (x, x_stride): (&[f32], usize),
    (w, inputs, units): (&AlignedMatrix, Range<usize>, Range<usize>),
    out: &mut [f32],
) {
    let stride = w.stride();
    assert!(units.end <= w.columns() && units.start.is_multiple_of(WIDTH));
    let w = &w.all()[inputs.start * stride..inputs.end * stride];
    let (inputs, samples) = (inputs.len(), out.len() / stride);
    assert!(out.len() == samples * stride && padded(inputs) <= x_stride);
    assert!(samples == 0 || x.len() >= (samples - 1) * x_stride + padded(inputs));
    run(level, Product { x, x_stride, w, inputs, stride, units, out, samples });
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let vectors = self.units.start / S::LANES..self.units.end.div_ceil(S::LANES);
        panels!(S, vectors, |column, WIDE| match abreast(WIDE) {
            1 => self.blocks::<S, WIDE>(s, column),
            _ => self.narrow::<S, WIDE, { abreast(WIDE) }>(s, column),
        });
    }
}

/// Number of samples whose chains are computed together in a panel of `wide` vectors.
const fn abreast(wide: usize) -> usize {
    match wide {
        1 => 8,
        2 => 4,
        3 => 2,
        _ => 1,
    }
}

impl Product<'_> {
    /// As `blocks`, for few vectors: the chains of several samples are computed together. An input
    /// of ±0 does not change its sum.
    #[inline(always)]
    fn narrow<S: Simd, const V: usize, const SAMPLES: usize>(&mut self, s: S, column: usize) {
        let mut sample = 0;
        while sample + SAMPLES <= self.samples {
            self.side_by_side::<S, V, SAMPLES>(s, column, sample);
            sample += SAMPLES;
        }
        while sample < self.samples {
            self.side_by_side::<S, V, 1>(s, column, sample);
            sample += 1;
        }
    }

    #[inline(always)]
    fn side_by_side<S: Simd, const V: usize, const SAMPLES: usize>(
        &mut self,
        s: S,
        column: usize,
        sample: usize,
    ) {
        // SAFETY: `sample + SAMPLES <= samples`, inputs are fewer than `x_stride`, and
        // `column + V·LANES <= stride`, as in `blocks`.
        unsafe {
            let x = self.x.as_ptr().add(sample * self.x_stride);
            let w = self.w.as_ptr().add(column);
            let out = self.out.as_mut_ptr().add(sample * self.stride + column);
            let mut sums = [[s.splat(0.0); V]; SAMPLES];
            for (b, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = s.load(out.add(b * self.stride + v * S::LANES));
                }
            }
            let mut k = 0;
            while k < self.inputs {
                let mut row = [s.splat(0.0); V];
                for (v, weights) in row.iter_mut().enumerate() {
                    *weights = s.load(w.add(k * self.stride + v * S::LANES));
                }
                for (b, sums) in sums.iter_mut().enumerate() {
                    let input = s.splat(*x.add(b * self.x_stride + k));
                    let magnitude = s.and(s.bits(input), s.splat_bits(0x7fff_ffff));
                    let zero = s.same_bits(magnitude, s.splat_bits(0));
                    for (sum, weights) in sums.iter_mut().zip(&row) {
                        *sum = s.select(zero, *sum, s.mul_add(input, *weights, *sum));
                    }
                }
                k += 1;
            }
            for (b, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    s.store(*sum, out.add(b * self.stride + v * S::LANES));
                }
            }
        }
    }

    /// All samples and inputs for `V` vectors of units from `column` on.
    #[inline(always)]
    fn blocks<S: Simd, const V: usize>(&mut self, s: S, column: usize) {
        let (stride, inputs) = (self.stride, self.inputs);
        let mut depth = 0;
        while depth < inputs {
            let deep = DEPTH.min(inputs - depth);
            let mut sample = 0;
            while sample < self.samples {
                // SAFETY: `depth + deep <= inputs`, rounded up to whole vectors at most `x_stride`
                // and, in the last row, what there is of `x`, `sample < samples`, and
                // `column + V·LANES <= stride` because LANES divides the stride: all reads and
                // writes stay inside the slices that `product` has measured.
                unsafe {
                    let x = self.x.as_ptr().add(sample * self.x_stride + depth);
                    let w = self.w.as_ptr().add(depth * stride + column);
                    let out = self.out.as_mut_ptr().add(sample * stride + column);
                    let inputs = nonzero(s, x, deep);
                    if inputs == u32::MAX {
                        let pair = 2 * V + 3 <= S::REGISTERS && sample + 1 < self.samples;
                        let next = x.wrapping_add(self.x_stride);
                        if pair && nonzero(s, next, deep) == u32::MAX {
                            add_block::<S, V, 2>(s, [x, next], w, stride, [out, out.add(stride)]);
                            sample += 2;
                            continue;
                        }
                        add_block::<S, V, 1>(s, [x], w, stride, [out]);
                    } else {
                        add_rows::<S, V>(s, x, inputs, w, stride, out);
                    }
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

/// Adds `x[k]` times row `k` of `w`, for every `k` whose bit is set, in order, to the `V` vectors
/// at `out`.
///
/// # Safety
/// For those `k`, one number can be read at `x + k` and `V·LANES` at `w + k·stride`; as many can be
/// read and written at `out`.
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
/// `DEPTH` numbers can be read at each `x`, `V·LANES` at `w + k·stride`; as many can be read and
/// written at each `out`, apart from each other.
#[inline(always)]
unsafe fn add_block<S: Simd, const V: usize, const B: usize>(
    s: S,
    x: [*const f32; B],
    w: *const f32,
    stride: usize,
    out: [*mut f32; B],
) {
    let mut sums = [[s.splat(0.0); V]; B];
    // SAFETY: every offset is one that the caller allows.
    unsafe {
        for (sums, out) in sums.iter_mut().zip(out) {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.load(out.add(v * S::LANES));
            }
        }
        let mut k = 0;
        while k < DEPTH {
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
