//! Sums of outer products over a batch: `out[k][u] = Σ_b x[b][k]·e[b][u]` over the `b` with
//! `x[b][k] ≠ 0`.
//!
//! ```text
//! for 128 inputs:  transpose their part of x;  the product of that part and e, from zero
//! ```
//!
//! `x` is samples × inputs, `e` samples × units; only the given units of `out` are filled. Every
//! result is one chain of fused multiply-adds over those samples in ascending order, from 0. A
//! sample whose entry is ±0 is skipped, for every `e`. Samples that the caller does not list are
//! skipped too. The chains are those of the kernel [`product`](super::product), with samples in the
//! place of inputs: the transposed part of `x` makes their entries adjacent.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::{AlignedMatrix, WIDTH, padded};
use super::product::{Blocks, Product, Weights};
use super::simd::{Level, Simd, Work, run};
use super::tile::Tile;
use super::transpose::transpose_lines;
use std::ops::Range;

struct Outer<'a> {
    x: &'a AlignedMatrix,
    samples: &'a [u32],
    first: usize,
    e: &'a AlignedMatrix,
    units: Range<usize>,
    out: &'a mut [f32],
    blocks: Option<Blocks>,
}

/// Fills `out`, padded rows, with the results of inputs `first`, `first + 1`, … over `samples`,
/// which are in ascending order, for those units of `e`, rounded up to whole lines.
///
/// # Panics
/// If `first` or the start of `units` is not a multiple of 16, if `out` does not consist of
/// complete rows or has more rows than there are inputs, or if a sample has no row in `x` or `e`.
pub fn outer(
    level: Level,
    x: (&AlignedMatrix, &[u32], usize),
    e: (&AlignedMatrix, Range<usize>),
    out: &mut [f32],
) {
    outer_in(level, None, x, e, out);
}

/// [`outer`] in blocks of other sizes than those of the level.
fn outer_in(
    level: Level,
    blocks: Option<Blocks>,
    (x, samples, first): (&AlignedMatrix, &[u32], usize),
    (e, units): (&AlignedMatrix, Range<usize>),
    out: &mut [f32],
) {
    let inputs = out.len() / e.stride();
    assert!(out.len() == inputs * e.stride() && first + inputs <= x.columns() && first.is_multiple_of(WIDTH));
    assert!(units.end <= e.columns() && units.start.is_multiple_of(WIDTH));
    assert!(samples.iter().all(|&b| (b as usize) < x.rows().min(e.rows())));
    if samples.is_empty() {
        let units = units.start..padded(units.end);
        return out.chunks_exact_mut(e.stride()).for_each(|row| row[units.clone()].fill(0.0));
    }
    run(level, Outer { x, samples, first, e, units, out, blocks });
}

/// Inputs whose part of `x` is transposed at once.
const INPUTS: usize = 128;

impl Work for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { x, samples, first, e, units, out, blocks } = self;
        let (stride, x_stride) = (e.stride(), padded(samples.len()));
        let mut part = vec![0.0; padded(out.len() / stride).min(INPUTS) * x_stride];
        for (first, out) in (first..).step_by(INPUTS).zip(out.chunks_mut(INPUTS * stride)) {
            let inputs = out.len() / stride;
            for line in (0..inputs).step_by(WIDTH) {
                for (b, samples) in (0..).step_by(WIDTH).zip(samples.chunks(WIDTH)) {
                    let mut rows = [&[0.0; WIDTH]; WIDTH];
                    for (row, &sample) in rows.iter_mut().zip(samples) {
                        let from = &x.padded_row(sample as usize)[first + line..];
                        *row = from.first_chunk().expect("rows are padded to whole lines");
                    }
                    let to = &mut part[line * x_stride + b..];
                    assert!(to.len() >= (WIDTH - 1) * x_stride + WIDTH);
                    // SAFETY: as asserted.
                    unsafe { transpose_lines(s, rows, to.as_mut_ptr(), x_stride) };
                }
            }
            let product = Product {
                x: &part,
                x_stride,
                weights: Weights::Listed(&e.all()[units.start..], samples),
                stride,
                inputs: samples.len(),
                out: Tile::new(out, stride, units.clone()),
                from_zero: true,
                blocks,
            };
            product.run(s);
        }
    }
}
