//! Softmax of every circuit: `q_i = e^(z_i − m) / Σ e^(z_j − m)`, `m` the largest `z` of the circuit, sums over its units in order.
//!
//! Circuits are given by their sizes, any sizes from 1. A circuit of one unit has `q = 1` exactly. A NaN or an infinite `z` makes its circuit
//! NaN, except `−∞`, which gives that unit 0 where another is finite.

#[cfg(test)]
mod tests;
pub mod twin;

use super::exp::exp;
use super::rows::WIDTH;
use super::simd::{Level, Simd, Work, run};

struct Softmax<'a> {
    sizes: &'a [usize],
    row: &'a mut [f32],
    scratch: &'a mut [f32],
}

/// Replaces `z` by `q` in a padded row; `scratch` is a row of the same length.
///
/// # Panics
/// Where the circuits are longer than the row, the lengths differ, or they are no multiple of 16.
pub fn softmax(level: Level, sizes: &[usize], row: &mut [f32], scratch: &mut [f32]) {
    let length = row.len();
    assert!(sizes.iter().sum::<usize>() <= length && scratch.len() == length && length.is_multiple_of(WIDTH));
    run(level, Softmax { sizes, row, scratch });
}

impl Work for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut start = 0;
        for &size in self.sizes {
            let circuit = &mut self.row[start..start + size];
            let mut largest = f32::NEG_INFINITY;
            for &z in &*circuit {
                largest = if z > largest { z } else { largest };
            }
            for z in circuit {
                *z -= largest;
            }
            start += size;
        }
        let mut at = 0;
        while at < start {
            // SAFETY: the row's length is a multiple of 16 and so of LANES: LANES numbers follow `at`.
            unsafe {
                let place = self.row.as_mut_ptr().add(at);
                s.store(exp(s, s.load(place)), place);
            }
            at += S::LANES;
        }
        let mut start = 0;
        for &size in self.sizes {
            let mut sum = 0.0;
            for &e in &self.row[start..start + size] {
                sum += e;
            }
            self.scratch[start..start + size].fill(sum);
            start += size;
        }
        let mut at = 0;
        while at < start {
            // SAFETY: as above; the scratch row is as long.
            unsafe {
                let place = self.row.as_mut_ptr().add(at);
                s.store(s.div(s.load(place), s.load(self.scratch.as_ptr().add(at))), place);
            }
            at += S::LANES;
        }
    }
}
