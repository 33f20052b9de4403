//! Products for few units: their chains are too few for the pipelines, so those of several samples
//! are computed together, from one load of the weights.

use super::{Product, Weights};
use crate::kernel::simd::Simd;
use std::ops::Range;

/// Number of samples whose chains are computed together in a panel of `wide` vectors.
pub(super) const fn samples_at_once(wide: usize) -> usize {
    match wide {
        1 => 8,
        2 => 4,
        3 => 2,
        _ => 1,
    }
}

impl Product<'_> {
    /// All inputs for `V` vectors of units from `column` on.
    #[inline(always)]
    pub(super) fn narrow<S: Simd, const V: usize, const SAMPLES: usize>(
        &mut self,
        s: S,
        column: usize,
        samples: Range<usize>,
    ) {
        let mut sample = samples.start;
        while sample + SAMPLES <= samples.end {
            self.side_by_side::<S, V, SAMPLES>(s, column, sample);
            sample += SAMPLES;
        }
        while sample < samples.end {
            self.side_by_side::<S, V, 1>(s, column, sample);
            sample += 1;
        }
    }

    /// An input of ±0 does not change its sum.
    #[inline(always)]
    fn side_by_side<S: Simd, const V: usize, const SAMPLES: usize>(
        &mut self,
        s: S,
        column: usize,
        sample: usize,
    ) {
        let out_stride = self.out.stride();
        // SAFETY: `sample + SAMPLES <= samples`, inputs are fewer than `x_stride`, and
        // `column + V·LANES` is at most the rounded number of units, as in `wide`.
        unsafe {
            let x = self.x.as_ptr().add(sample * self.x_stride);
            let (w, rows) = match self.weights {
                Weights::Rows(w) => (w, None),
                Weights::Listed(w, rows) => (w, Some(rows)),
                Weights::Transposed(_) => unreachable!("transposed weights have wide panels"),
            };
            let w = w.as_ptr().add(column);
            let out = self.out.as_mut_ptr().add(sample * out_stride + column);
            let mut sums = [[s.splat(0.0); V]; SAMPLES];
            if !self.from_zero {
                for (b, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = s.load(out.add(b * out_stride + v * S::LANES));
                    }
                }
            }
            let mut k = 0;
            while k < self.inputs {
                let of_input = rows.map_or(k, |rows| rows[k] as usize);
                let mut row = [s.splat(0.0); V];
                for (v, weights) in row.iter_mut().enumerate() {
                    *weights = s.load(w.add(of_input * self.stride + v * S::LANES));
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
                    s.store(*sum, out.add(b * out_stride + v * S::LANES));
                }
            }
        }
    }
}
