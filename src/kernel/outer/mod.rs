//! Sums of outer products over a batch: `out[k][u] = Σ_b x[b][k]·e[b][u]` over the `b` with
//! `x[b][k] ≠ 0`.
//!
//! ```text
//! for blocks of 32 inputs:
//!     list, for each input k, the samples b with x[b][k] ≠ 0
//!     for inputs k, panels of units that fit the registers:  sums from 0;  for listed b:  one multiply-add a vector;  store the sums
//! ```
//!
//! `x` is samples × inputs, `e` samples × units; only the given units of `out` are filled. Every
//! result is one chain of fused multiply-adds over those samples in ascending order, from 0. A
//! sample whose entry is ±0 is skipped, for every `e`. Samples that the caller does not list are
//! skipped too.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::{AlignedMatrix, WIDTH};
use super::panels::panels;
use super::product::nonzero;
use super::simd::{Level, Simd, Work, run};
use std::ops::Range;

/// Number of inputs of a block: the bits of a word.
const BLOCK: usize = 32;

struct Outer<'a> {
    x: &'a AlignedMatrix,
    samples: &'a [u32],
    first: usize,
    e: &'a AlignedMatrix,
    units: Range<usize>,
    out: &'a mut [f32],
    lists: Vec<u32>,
}

/// Fills `out`, padded rows, with the results of inputs `first`, `first + 1`, … over `samples`,
/// which are in ascending order, for those units of `e`, rounded up to whole lines.
///
/// # Panics
/// If `first` or the start of `units` is not a multiple of 16, if `out` does not consist of
/// complete rows or has more rows than there are inputs, or if a sample has no row in `x` or `e`.
pub fn outer(
    level: Level,
    (x, samples, first): (&AlignedMatrix, &[u32], usize),
    (e, units): (&AlignedMatrix, Range<usize>),
    out: &mut [f32],
) {
    let inputs = out.len() / e.stride();
    assert!(out.len() == inputs * e.stride() && first + inputs <= x.columns() && first.is_multiple_of(WIDTH));
    assert!(units.end <= e.columns() && units.start.is_multiple_of(WIDTH));
    assert!(samples.iter().all(|&b| (b as usize) < x.rows().min(e.rows())));
    run(level, Outer { x, samples, first, e, units, out, lists: vec![0; BLOCK * samples.len()] });
}

impl Work for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let stride = self.e.stride();
        let inputs = self.out.len() / stride;
        let vectors = self.units.start / S::LANES..self.units.end.div_ceil(S::LANES);
        let mut block = 0;
        while block < inputs {
            let count = BLOCK.min(inputs - block);
            let lengths = self.list(s, self.first + block, count);
            let mut k = 0;
            while k < count {
                panels!(S, vectors.clone(), |column, WIDE| {
                    self.sums::<S, WIDE>(s, block + k, k, lengths[k], column)
                });
                k += 1;
            }
            block += count;
        }
    }
}

impl Outer<'_> {
    /// Lists the samples of inputs `input`, …, `input + count - 1`, one list each; returns their
    /// lengths.
    #[inline(always)]
    fn list<S: Simd>(&mut self, s: S, input: usize, count: usize) -> [usize; BLOCK] {
        let most = self.samples.len();
        let mut lengths = [0; BLOCK];
        for &b in self.samples {
            // SAFETY: the row is padded to a multiple of 16, where `input` lies too, and
            // `input + count` is at most its length.
            let mut bits = unsafe { nonzero(s, self.x.padded_row(b as usize).as_ptr().add(input), count) };
            while bits != 0 {
                let k = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                self.lists[k * most + lengths[k]] = b;
                lengths[k] += 1;
            }
        }
        lengths
    }

    /// `V` vectors of units from `column` on, of the row `row` of `out`, from list `k`.
    #[inline(always)]
    fn sums<S: Simd, const V: usize>(&mut self, s: S, row: usize, k: usize, length: usize, column: usize) {
        let (stride, x_stride) = (self.e.stride(), self.x.stride());
        let most = self.samples.len();
        let mut sums = [s.splat(0.0); V];
        // SAFETY: listed samples have a row in `x` and `e`, as `outer` has checked; input and row
        // are below the number of inputs, and `column + V·LANES <= stride` because LANES divides
        // the stride.
        unsafe {
            let x = self.x.all().as_ptr().add(self.first + row);
            let e = self.e.all().as_ptr().add(column);
            for &b in &self.lists[k * most..k * most + length] {
                let input = s.splat(*x.add(b as usize * x_stride));
                let line = e.add(b as usize * stride);
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = s.mul_add(input, s.load(line.add(v * S::LANES)), *sum);
                }
            }
            let out = self.out.as_mut_ptr().add(row * stride + column);
            for (v, sum) in sums.iter().enumerate() {
                s.store(*sum, out.add(v * S::LANES));
            }
        }
    }
}
