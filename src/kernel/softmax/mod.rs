//! Softmax of every circuit: `q_i = e^(z_i − m) / Σ e^(z_j − m)`, `m` the largest `z` of the
//! circuit, sums over its units in order.
//!
//! Circuits are given by their sizes, any sizes from 1. A circuit of one unit has `q = 1` exactly.
//! A NaN or an infinite `z` makes its circuit NaN. The exception is `−∞`: the unit gets 0 if
//! another unit is finite.

#[cfg(test)]
mod tests;
pub mod twin;

use super::exp::exp;
use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

struct Softmax<'a> {
    sizes: &'a [usize],
    row: &'a mut [f32],
}

/// Rows up to this length need no heap memory.
const MAX_STACK: usize = 512;

/// Replaces `z` by `q` in a padded row.
///
/// # Panics
/// If the circuits are longer than the row, or if its length is not a multiple of 16.
pub fn softmax(level: Level, sizes: &[usize], row: &mut [f32]) {
    assert!(sizes.iter().sum::<usize>() <= row.len() && row.len().is_multiple_of(WIDTH));
    run(level, Softmax { sizes, row });
}

impl Work for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let length = self.row.len() + WIDTH;
        let mut stack = [0.0; MAX_STACK + WIDTH];
        match stack.get_mut(..length) {
            Some(scratch) => self.with(s, scratch),
            None => self.with(s, &mut vec![0.0; length]),
        }
    }
}

impl Softmax<'_> {
    /// As `run`; `scratch` is a line longer than the row.
    #[inline(always)]
    fn with<S: Simd>(self, s: S, scratch: &mut [f32]) {
        let Self { sizes, row } = self;
        assert!(scratch.len() == row.len() + WIDTH);
        let units = spread(s, sizes, row, scratch, largest);
        let mut at = 0;
        while at < units {
            // SAFETY: `at` is a multiple of LANES below the row's length, a multiple of 16 and so
            // of LANES: LANES numbers follow `at`, in `scratch` too.
            unsafe {
                let place = row.as_mut_ptr().add(at);
                s.store(exp(s, s.sub(s.load(place), s.load(scratch.as_ptr().add(at)))), place);
            }
            at += S::LANES;
        }
        spread(s, sizes, row, scratch, sum);
        at = 0;
        while at < units {
            // SAFETY: as above.
            unsafe {
                let place = row.as_mut_ptr().add(at);
                s.store(s.div(s.load(place), s.load(scratch.as_ptr().add(at))), place);
            }
            at += S::LANES;
        }
    }
}

/// The largest number; a NaN is ignored.
#[inline(always)]
fn largest(circuit: &[f32]) -> f32 {
    circuit.iter().fold(f32::NEG_INFINITY, |largest, &z| if z > largest { z } else { largest })
}

#[inline(always)]
fn sum(circuit: &[f32]) -> f32 {
    circuit.iter().fold(0.0, |sum, &e| sum + e)
}

/// Writes one number per circuit to all places of the circuit in `scratch`, which is a line longer
/// than `row`. Returns the number of units.
#[inline(always)]
fn spread<S: Simd>(
    s: S,
    sizes: &[usize],
    row: &[f32],
    scratch: &mut [f32],
    number: impl Fn(&[f32]) -> f32,
) -> usize {
    let mut start = 0;
    for &size in sizes {
        let of_circuit = s.splat(number(&row[start..start + size]));
        let mut at = 0;
        while at < size {
            // SAFETY: `start + at` is below the length of the row, and `scratch` is at least LANES
            // longer. What is written behind a circuit is the next one's to write again, or
            // padding.
            unsafe { s.store(of_circuit, scratch.as_mut_ptr().add(start + at)) }
            at += S::LANES;
        }
        start += size;
    }
    start
}
