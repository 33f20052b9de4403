//! The order of operations of noisy inputs.

use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;

/// The noisy input of one unit. Without noise there is no draw.
pub fn noisy(place: &Place, unit: usize, sigma: f32, gain: f32, clean: f32) -> f32 {
    let x = if sigma == 0.0 { clean } else { mul_add(sigma, normal(place, unit), clean) };
    let x = if 0.0 > x { 0.0 } else { x };
    let x = if 1.0 < x { 1.0 } else { x };
    gain * x
}
