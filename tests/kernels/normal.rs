use crate::error;
use crate::tolerance::{Twin, judge};
use std::f64::consts::TAU;
use svpg::kernel::normal::twin;
use svpg::random::SplitMix64;

/// 2⁻³².
const UNIT: f64 = 1.0 / 4_294_967_296.0;

/// The formula in f64, with the two roundings to f32 that the documentation states.
fn exact(w0: u32, w1: u32) -> (f64, f64) {
    let word = f64::from(w0 as f32);
    let u = f64::from(((word + 0.5) * UNIT) as f32);
    let radius = (-2.0 * u.ln()).sqrt();
    // The quarter turns are taken off exactly, so that a zero of sine or cosine keeps its relative precision.
    let quarter = w1.wrapping_add(1 << 29) >> 30;
    let rest = f64::from(w1.wrapping_sub(quarter << 30).cast_signed()) * (TAU * UNIT);
    let (s, c) = rest.sin_cos();
    let (c, s) = [(c, s), (-s, c), (-c, -s), (s, -c)][quarter as usize];
    (radius * c, radius * s)
}

#[test]
fn is_box_and_mullers_formula() {
    let mut random = SplitMix64::new(3);
    let mut largest = 0.0f64;
    for turn in 0..500_000u32 {
        let word = random.bits();
        // Some at the ends of the range of the first word, where the radius is largest or close to zero.
        let w0 = match turn % 8 {
            0 => word as u32 % 1000,
            1 => u32::MAX - word as u32 % 100_000,
            _ => word as u32,
        };
        let w1 = (word >> 32) as u32;
        let (found, expected) = (twin::pair(w0, w1), exact(w0, w1));
        for (found, expected) in [(found.0, expected.0), (found.1, expected.1)] {
            if expected == 0.0 {
                assert_eq!(found, 0.0);
            } else {
                largest = largest.max(error(found, expected, expected.abs()));
            }
        }
    }
    judge(Twin::Normal, largest);
}
