//! The spike of one neuron at one time.

use super::threshold;
use crate::kernel::philox::Place;
use crate::kernel::philox::twin::series;

/// Does the neuron spike at time `time` of the eight times of the place's iteration?
pub fn spike(place: &Place, neuron: u32, time: usize, s: f32) -> bool {
    (half(place, neuron, time) as f32) < threshold(s)
}

/// The 16 random bits of the neuron at time `time` of the eight times of the place's iteration.
pub fn half(place: &Place, neuron: u32, time: usize) -> u32 {
    let word = series(place, neuron)[time / 2];
    if time.is_multiple_of(2) { word & 0xffff } else { word >> 16 }
}
