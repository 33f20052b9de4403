//! The order of operations of a circuit's winner.

use super::{LOG2_E, P, ROUNDER, SMALLEST};
use crate::kernel::mul_add::mul_add;
use crate::kernel::philox::Place;
use crate::kernel::philox::twin::series;
use crate::kernel::uniform::twin::of_word;
use std::cmp::Ordering;

/// `e^x` up to a common factor, for x ≤ 0.
pub fn power(x: f32) -> f32 {
    let x = if SMALLEST > x { SMALLEST } else { x };
    let rounded = mul_add(x, LOG2_E, ROUNDER);
    let r = mul_add(x, LOG2_E, ROUNDER - rounded);
    let p = P[..5].iter().rev().fold(P[5], |p, &coefficient| mul_add(p, r, coefficient));
    f32::from_bits(p.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// The cumulative sums of one circuit.
pub fn cumulate(z: &[f32]) -> Vec<f32> {
    let largest = z.iter().fold(f32::NEG_INFINITY, |largest, &z| if z > largest { z } else { largest });
    let mut sum = 0.0;
    z.iter()
        .map(|&z| {
            sum += power(z - largest);
            sum
        })
        .collect()
}

/// The number of the winner in its circuit, which has at least one unit.
pub fn pick(sums: &[f32], draw: f32) -> usize {
    let (last, before) = sums.split_last().expect("a circuit has a unit");
    let limit = draw * last;
    // No number exceeds a NaN.
    before.iter().filter(|sum| limit.partial_cmp(sum) != Some(Ordering::Less)).count()
}

/// The draw of a circuit at time `time` of the four times of the place's iteration.
pub fn draw(place: &Place, circuit: u32, time: usize) -> f32 {
    of_word(series(place, circuit)[time])
}
