//! Matrix product with a start row: `out[b][u] = start[u] + Σ_k x[b][k]·w[k][u]`.
//!
//! ```text
//! for blocks of 336 inputs, 2 vectors of units, 6 samples:  12 accumulators, loaded, 336 × 12 multiply-adds, stored
//! ```
//!
//! `x` is samples × inputs, `w` inputs × units, `out` samples × units; `start` a padded row of units.
//! 1. Vectors run across units; every result is one chain of fused multiply-adds over `k` from 0 upwards, so that its bits depend neither on the block
//!    sizes nor on the width of vectors.
//! 2. A block of `w` (16 units of AVX2 × 336 inputs, 21 KiB) stays in the first-level cache while all samples pass over it. Storing and
//!    loading accumulators between blocks is exact.
//! 3. Twelve accumulators hide the latency of two multiply-add pipes of four cycles each.

#[cfg(test)]
mod tests;
mod tile;
pub mod twin;

use super::rows::Rows;
use super::simd::{Level, Simd, Work, run};
use tile::tile;

/// Inputs of a block.
const DEPTH: usize = 336;
/// Samples of a block.
pub(crate) const HEIGHT: usize = 6;

struct Product<'a> {
    start: &'a [f32],
    x: &'a [f32],
    x_stride: usize,
    w: &'a Rows,
    out: &'a mut [f32],
    samples: usize,
}

/// Fills `out`, of which `samples` rows are given, from as many rows of `x`.
///
/// `x` and `out` are padded rows, `x_stride` and `w.stride()` apart.
///
/// # Panics
/// Where a slice is too short.
pub fn product(level: Level, start: &[f32], x: &[f32], x_stride: usize, w: &Rows, out: &mut [f32]) {
    assert!(x_stride >= w.rows() && start.len() == w.stride());
    let samples = out.len() / w.stride();
    assert!(out.len() == samples * w.stride() && x.len() >= samples * x_stride);
    run(level, Product { start, x, x_stride, w, out, samples });
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (stride, inputs) = (self.w.stride(), self.w.rows());
        for row in self.out.chunks_exact_mut(stride) {
            row.copy_from_slice(self.start);
        }
        let vectors = self.w.columns().div_ceil(S::LANES);
        let mut depth = 0;
        while depth < inputs {
            let deep = DEPTH.min(inputs - depth);
            let mut column = 0;
            while column < vectors {
                let wide = 2.min(vectors - column);
                let mut sample = 0;
                while sample < self.samples {
                    let high = HEIGHT.min(self.samples - sample);
                    // SAFETY: `sample + high <= samples`, `depth + deep <= inputs <= x_stride`, and `(column + wide)·LANES <= stride` because
                    // LANES divides the stride: all reads and writes of the tile stay inside the slices that `product` has measured.
                    unsafe {
                        let x = self.x.as_ptr().add(sample * self.x_stride + depth);
                        let w = self.w.all().as_ptr().add(depth * stride + column * S::LANES);
                        let out = self.out.as_mut_ptr().add(sample * stride + column * S::LANES);
                        let (xs, ws) = (self.x_stride, stride);
                        match (high, wide) {
                            (6, 2) => tile::<S, 6, 2>(s, x, xs, w, ws, deep, out),
                            (6, _) => tile::<S, 6, 1>(s, x, xs, w, ws, deep, out),
                            (5, 2) => tile::<S, 5, 2>(s, x, xs, w, ws, deep, out),
                            (5, _) => tile::<S, 5, 1>(s, x, xs, w, ws, deep, out),
                            (4, 2) => tile::<S, 4, 2>(s, x, xs, w, ws, deep, out),
                            (4, _) => tile::<S, 4, 1>(s, x, xs, w, ws, deep, out),
                            (3, 2) => tile::<S, 3, 2>(s, x, xs, w, ws, deep, out),
                            (3, _) => tile::<S, 3, 1>(s, x, xs, w, ws, deep, out),
                            (2, 2) => tile::<S, 2, 2>(s, x, xs, w, ws, deep, out),
                            (2, _) => tile::<S, 2, 1>(s, x, xs, w, ws, deep, out),
                            (_, 2) => tile::<S, 1, 2>(s, x, xs, w, ws, deep, out),
                            (_, _) => tile::<S, 1, 1>(s, x, xs, w, ws, deep, out),
                        }
                    }
                    sample += high;
                }
                column += wide;
            }
            depth += deep;
        }
    }
}
