//! The order of operations of noisy inputs.

use super::Bounds;
use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;

/// The noisy input of one unit, clamped to `[0,1]`. Without noise there is no draw.
pub fn noisy(place: &Place, unit: usize, sigma: f32, gain: f32, clean: f32) -> f32 {
    noisy_within(Bounds::UNIT, place, unit, sigma, gain, clean)
}

/// The noisy input of one unit. Without noise there is no draw.
pub fn noisy_within(bounds: Bounds, place: &Place, unit: usize, sigma: f32, gain: f32, clean: f32) -> f32 {
    let Bounds { low, high } = bounds;
    let x = if sigma == 0.0 { clean } else { mul_add(sigma, normal(place, unit), clean) };
    let x = if low > x { low } else { x };
    let x = if high < x { high } else { x };
    gain * x
}
