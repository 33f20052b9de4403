//! The spike of one neuron at one time.

use super::threshold;
use crate::kernel::philox::Place;
use crate::kernel::philox::twin::series;

/// Does the neuron spike at time `time` of the eight times of the place's iteration?
pub fn spike(place: &Place, neuron: u32, time: usize, s: f32) -> bool {
    let word = series(place, neuron)[time / 2];
    let half = if time.is_multiple_of(2) { word & 0xffff } else { word >> 16 };
    (half as f32) < threshold(s)
}
