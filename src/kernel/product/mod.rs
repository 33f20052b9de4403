//! Matrix product with accumulation: `out[b][u] ← out[b][u] + Σ_k x[b][k]·w[k][u]` over the `k`
//! with `x[b][k] ≠ 0`.
//!
//! ```text
//! for 128 samples, panels of units that fit the registers, blocks of inputs:
//!     copy the block's part of w to adjacent memory
//!     for samples:  load the sums;  for inputs k with x[b][k] ≠ 0:  one multiply-add a vector;  store the sums
//! ```
//!
//! `x` is samples × inputs, `w` inputs × units, `out` samples × units.
//! 1. Each vector contains several units. Every result is one chain of fused multiply-adds over `k`
//!    from 0 upwards, so its bits do not depend on the block sizes or on the width of vectors.
//!    Storing and loading sums between blocks is exact.
//! 2. An input that is ±0 is skipped, for all weights. With clamped noise and rectified activities,
//!    two of five inputs or more are zero. A NaN is not zero.
//! 3. Block sizes are in `Blocks`. The copy of a block stays in the first-level cache while all
//!    samples use it. Without the copy, rows of `w` that are a power of two apart compete for the
//!    same places of the cache.
//! 4. The sums of a panel are independent chains, enough to hide the latency of two multiply-add
//!    pipelines. With few units, the sums of several samples are computed together for the same
//!    purpose.
//! 5. A block of inputs without any zero needs no search for the next one. Two samples with such
//!    blocks share the loads of `w`, in one or two passes over the panel, so that the registers
//!    hold the sums of both. Each sample keeps its own chains.

#[cfg(test)]
mod tests;
pub mod twin;

mod chains;
mod narrow;

use super::matrix::{AlignedMatrix, WIDTH, padded};
use super::panels::panels;
use super::simd::{Level, Simd, Work, run};
use super::tile::Tile;
use chains::{add_block, add_rows, nonzero};
use narrow::samples_at_once;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Sizes of blocks. Results do not depend on them.
///
/// | block of | size | reason |
/// | --- | --- | --- |
/// | units | 16 vectors of AVX-512 at most, 12 of AVX2 | their sums, or those of two samples for half of them, fit the registers |
/// | inputs | 32 with AVX-512, 64 else | 32 and 24 KiB of `w` with these units, which fit a first-level cache; with fewer inputs, sums are loaded and stored more often |
/// | samples | 128 | the copy of `w` costs less than 2 % of the multiply-adds; the sums of the panel, 128 KiB at most, stay in the second-level cache |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Inputs of a block: a multiple of 16 up to 64, the bits of a word.
    pub(super) inputs: usize,
    /// Samples that use a block.
    pub(super) samples: usize,
}

/// Most inputs of a block.
const MAX_INPUTS: usize = u64::BITS as usize;

/// Numbers of the largest block of `w`.
const MAX_BLOCK: usize = 8192;

/// Fewer samples use a block where it is, because a copy would cost more than it saves. So do all
/// samples if the panel has all units, because the block's rows are adjacent already.
const WORTH_A_COPY: usize = 8;

/// A larger `w`, in numbers, comes from memory that is too far away to wait for: while a block is
/// used, the next one is asked for.
const WORTH_ASKING: usize = 1 << 20;

impl Blocks {
    const fn of<S: Simd>() -> Self {
        let inputs = 512 / S::LANES;
        Self { inputs: if inputs < MAX_INPUTS { inputs } else { MAX_INPUTS }, samples: 128 }
    }

    pub(super) fn are_valid(self) -> bool {
        (WIDTH..=MAX_INPUTS).contains(&self.inputs) && self.inputs.is_multiple_of(WIDTH) && self.samples > 0
    }
}

/// A product with operands that were measured. The kernel [`outer`](super::outer) is one too, with
/// inputs in the place of samples.
pub(super) struct Product<'a> {
    /// Samples × inputs, padded.
    pub(super) x: &'a [f32],
    pub(super) x_stride: usize,
    pub(super) weights: Weights<'a>,
    /// Distance of rows of `w`.
    pub(super) stride: usize,
    pub(super) inputs: usize,
    /// Samples × units.
    pub(super) out: Tile<'a>,
    /// Do the sums start from zero, and not from `out`?
    pub(super) from_zero: bool,
    pub(super) blocks: Option<Blocks>,
}

/// `w` in memory, from the first of the units on, in padded rows.
#[derive(Clone, Copy)]
pub(super) enum Weights<'a> {
    /// Inputs × units: the first rows, in order.
    Rows(&'a [f32]),
    /// Inputs × units: the listed rows, one for each input.
    Listed(&'a [f32], &'a [u32]),
    /// Units × inputs.
    Transposed(&'a [f32]),
}

/// Adds the products to `out`, one row per sample, from the same number of rows of `x`. `inputs`
/// are rows of `w`. Only the columns of `out` are computed, rounded up to complete lines.
///
/// `x` is padded rows, `x_stride` apart.
///
/// # Panics
/// If `x` is too short, or if `w` does not have these rows or columns.
pub fn add_product(level: Level, x: (&[f32], usize), w: (&AlignedMatrix, Range<usize>), out: Tile<'_>) {
    add_product_in(level, None, x, w, out);
}

/// [`add_product`] in blocks of other sizes than those of the level.
fn add_product_in(
    level: Level,
    blocks: Option<Blocks>,
    (x, x_stride): (&[f32], usize),
    (w, inputs): (&AlignedMatrix, Range<usize>),
    out: Tile<'_>,
) {
    let (stride, units) = (w.stride(), out.columns());
    assert!(units.end <= w.columns() && inputs.end <= w.rows());
    assert_samples(x, x_stride, inputs.len(), &out);
    assert!(blocks.is_none_or(|blocks| blocks.are_valid()));
    if inputs.is_empty() {
        return;
    }
    let weights = Weights::Rows(&w.all()[inputs.start * stride + units.start..inputs.end * stride]);
    run(level, Product { x, x_stride, weights, stride, inputs: inputs.len(), out, from_zero: false, blocks });
}

/// Fills `out`, samples × units, with the products from zero of `x`, samples × inputs, and the
/// transpose of `w`, units × inputs. The columns of `out` are as many as `w` has rows, `stride`
/// apart.
///
/// # Panics
/// If the shapes do not agree, or if `x` is too short.
pub fn transposed_product(
    level: Level,
    (x, x_stride): (&[f32], usize),
    (w, stride, inputs): (&[f32], usize, usize),
    mut out: Tile<'_>,
) {
    assert!(inputs <= stride && padded(inputs) <= stride);
    assert!(out.columns().len().checked_mul(stride) == Some(w.len()));
    assert_samples(x, x_stride, inputs, &out);
    if inputs == 0 {
        return out.for_each_row(|_, row| row.fill(0.0));
    }
    let weights = Weights::Transposed(w);
    run(level, Product { x, x_stride, weights, stride, inputs, out, from_zero: true, blocks: None });
}

/// Does `x` have a padded row of inputs for each row of `out`?
fn assert_samples(x: &[f32], x_stride: usize, inputs: usize, out: &Tile<'_>) {
    let before = out.rows().len().saturating_sub(1).saturating_mul(x_stride);
    assert!(inputs <= x_stride && padded(inputs) <= x_stride);
    assert!(out.rows().is_empty() || x.len().checked_sub(before).is_some_and(|last| last >= padded(inputs)));
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let Blocks { inputs: deep, samples: many } = self.blocks.unwrap_or(Blocks::of::<S>());
        let vectors = 0..self.out.columns().len().div_ceil(S::LANES);
        let all = self.out.rows().len();
        let is_transposed = matches!(self.weights, Weights::Transposed(_));
        let mut copy = Copy([MaybeUninit::uninit(); MAX_BLOCK]);
        let mut nonzeros = Vec::new();
        let mut first = 0;
        while first < all {
            let samples = first..all.min(first + many);
            if is_transposed || samples_at_once(vectors.len()) == 1 {
                self.find_nonzeros(s, samples.clone(), deep, &mut nonzeros);
            }
            panels!(S, most_vectors::<S>(), vectors.clone(), |column, WIDE| match samples_at_once(WIDE) {
                count if count == 1 || is_transposed => {
                    let panel = Panel { column, samples: samples.clone(), deep, nonzeros: &nonzeros };
                    self.wide::<S, WIDE, { WIDE.div_ceil(2) }, { WIDE / 2 }>(s, panel, &mut copy);
                }
                _ => self.narrow::<S, WIDE, { samples_at_once(WIDE) }>(s, column, samples.clone()),
            });
            first += many;
        }
    }
}

/// Most vectors of a panel.
const fn most_vectors<S: Simd>() -> usize {
    // The registers hold the sums of two samples, two inputs and a weight.
    let of_two_passes = 2 * ((S::REGISTERS - 3) / 2);
    if of_two_passes < S::SUMS { of_two_passes } else { S::SUMS }
}

/// Room for a block of `w`.
#[repr(align(64))]
struct Copy([MaybeUninit<f32>; MAX_BLOCK]);

/// The units from `column` on, for these samples, in blocks of `deep` inputs.
struct Panel<'a> {
    column: usize,
    samples: Range<usize>,
    deep: usize,
    /// Block by block, the inputs of each sample that are not ±0.
    nonzeros: &'a [u64],
}

impl Product<'_> {
    /// Fills `found`, block by block, with the inputs of each sample that are not ±0.
    #[inline(always)]
    fn find_nonzeros<S: Simd>(&self, s: S, samples: Range<usize>, deep: usize, found: &mut Vec<u64>) {
        found.clear();
        for depth in (0..self.inputs).step_by(deep) {
            let deep = deep.min(self.inputs - depth);
            for sample in samples.clone() {
                // SAFETY: `depth` is a multiple of 16, so `depth + deep`, at most `inputs`, rounded
                // up to whole vectors is at most `x_stride` and, in the last row, what there is of
                // `x`.
                found.push(unsafe { nonzero(s, self.x.as_ptr().add(sample * self.x_stride + depth), deep) });
            }
        }
    }

    /// All inputs for the `V` vectors of a panel. Two samples share loads of `H` vectors, then of
    /// `REST`, which is `V - H`, or of all `V` where the registers hold their sums.
    #[inline(always)]
    fn wide<S: Simd, const V: usize, const H: usize, const REST: usize>(
        &mut self,
        s: S,
        Panel { column, samples, deep, nonzeros }: Panel<'_>,
        copy: &mut Copy,
    ) {
        let (stride, out_stride, many) = (self.stride, self.out.stride(), samples.len());
        assert!(deep * V * S::LANES <= MAX_BLOCK && nonzeros.len() == self.inputs.div_ceil(deep) * many);
        for (depth, nonzeros) in (0..self.inputs).step_by(deep).zip(nonzeros.chunks_exact(many)) {
            let deep = deep.min(self.inputs - depth);
            let full = u64::MAX >> (MAX_INPUTS - deep);
            let from_zero = self.from_zero && depth == 0;
            let mut next_block = NextBlock::new(self, depth + deep, deep, column, V * S::LANES, many);
            // SAFETY: `depth + deep <= inputs`, `sample < samples`, and `column + V·LANES` is at
            // most the number of units rounded up to a line. So reads and writes stay inside the
            // slices that `add_product` and `outer` have measured, inside the tile, and inside
            // `copy`, whose first `deep·V·LANES` numbers are written before they are read.
            unsafe {
                let to = copy.0.as_mut_ptr().cast::<f32>();
                let copied = (to.cast_const(), V * S::LANES);
                let block = match self.weights {
                    Weights::Rows(w) if many < WORTH_A_COPY || V * S::LANES == stride => {
                        (w.as_ptr().add(depth * stride + column), stride)
                    }
                    Weights::Rows(w) => {
                        let rows = depth..depth + deep;
                        copy_rows::<S, V>(s, rows.map(|row| w.as_ptr().add(row * stride + column)), to);
                        copied
                    }
                    Weights::Listed(w, rows) => {
                        let rows = rows[depth..depth + deep].iter();
                        let row = |&row: &u32| w.as_ptr().add(row as usize * stride + column);
                        copy_rows::<S, V>(s, rows.map(row), to);
                        copied
                    }
                    Weights::Transposed(w) => {
                        copy_transposed::<S, V>(s, (w, stride), column, depth..depth + deep, to);
                        copied
                    }
                };
                let x = self.x.as_ptr().add(samples.start * self.x_stride + depth);
                let out = self.out.as_mut_ptr().add(samples.start * out_stride + column);
                let mut b = 0;
                while b < many {
                    let (x, out) = (x.add(b * self.x_stride), out.add(b * out_stride));
                    next_block.ask(s);
                    if nonzeros[b] != full {
                        add_rows::<S, V>(s, x, nonzeros[b], block, out, from_zero);
                        b += 1;
                    } else if b + 1 < many && nonzeros[b + 1] == full {
                        let (x, out) = ([x, x.add(self.x_stride)], [out, out.add(out_stride)]);
                        if 2 * V + 3 <= S::REGISTERS {
                            add_block::<S, V, 2>(s, x, deep, block, out, from_zero);
                        } else {
                            add_block::<S, H, 2>(s, x, deep, block, out, from_zero);
                            let behind = H * S::LANES;
                            let block = (block.0.add(behind), block.1);
                            let out = out.map(|out| out.add(behind));
                            add_block::<S, REST, 2>(s, x, deep, block, out, from_zero);
                        }
                        b += 2;
                    } else {
                        add_block::<S, V, 1>(s, [x], deep, block, [out], from_zero);
                        b += 1;
                    }
                }
            }
        }
    }
}

/// Copies `V` vectors at each place, adjacently, to `to`.
///
/// # Safety
/// `V·LANES` numbers can be read at each place, and as many for each can be written at `to`.
#[inline(always)]
unsafe fn copy_rows<S: Simd, const V: usize>(s: S, rows: impl Iterator<Item = *const f32>, mut to: *mut f32) {
    for row in rows {
        // SAFETY: the caller's promise.
        unsafe {
            for v in 0..V {
                s.store(s.load(row.add(v * S::LANES)), to.add(v * S::LANES));
            }
            to = to.add(V * S::LANES);
        }
    }
}

/// Copies the `inputs`, whose start is a multiple of 16, of `V` vectors of units from `column` on,
/// input by input, to `to`; zero for missing units.
///
/// # Safety
/// `V·LANES` numbers for each of these inputs, rounded up to a multiple of 16, can be written at
/// `to`.
#[inline(always)]
unsafe fn copy_transposed<S: Simd, const V: usize>(
    s: S,
    (w, stride): (&[f32], usize),
    column: usize,
    inputs: Range<usize>,
    to: *mut f32,
) {
    let units = w.len() / stride;
    let zeros = [0.0; WIDTH];
    for v in 0..V {
        let first = column + v * S::LANES;
        for input in inputs.clone().step_by(S::LANES) {
            let mut rows = [zeros.as_ptr(); WIDTH];
            for (row, unit) in rows.iter_mut().zip(first..units.min(first + S::LANES)) {
                *row = w[unit * stride + input..][..S::LANES].as_ptr();
            }
            // SAFETY: LANES numbers follow at each row, and the caller promises the rest.
            unsafe {
                let to = to.add(((input - inputs.start) * V + v) * S::LANES);
                s.transpose(&rows[..S::LANES], to, V * S::LANES);
            }
        }
    }
}

/// The cache lines of the next block of `w`, of which each sample asks for some.
struct NextBlock {
    row: *const f32,
    stride: usize,
    lines: usize,
    line: usize,
    left: usize,
    each: usize,
}

impl NextBlock {
    /// The block of `deep` inputs from `depth` on, for `many` samples.
    #[inline(always)]
    fn new(
        product: &Product<'_>,
        depth: usize,
        deep: usize,
        column: usize,
        width: usize,
        many: usize,
    ) -> Self {
        let (stride, lines) = (product.stride, width / WIDTH);
        let (row, left) = match product.weights {
            Weights::Rows(w) if product.inputs * stride > WORTH_ASKING => {
                let row = w.as_ptr().wrapping_add(depth * stride + column);
                (row, lines * deep.min(product.inputs - depth))
            }
            _ => (std::ptr::null(), 0),
        };
        Self { row, stride, lines, line: 0, left, each: left.div_ceil(many) }
    }

    /// Asks for the lines of one sample.
    #[inline(always)]
    fn ask<S: Simd>(&mut self, s: S) {
        let count = self.each.min(self.left);
        self.left -= count;
        for _ in 0..count {
            s.prefetch(self.row.wrapping_add(self.line * WIDTH));
            self.line += 1;
            if self.line == self.lines {
                self.line = 0;
                self.row = self.row.wrapping_add(self.stride);
            }
        }
    }
}
