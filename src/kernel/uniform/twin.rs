//! The uniform draw of one unit.

use crate::kernel::philox::{Place, twin::word};

/// The unit's word as a multiple of 2⁻²⁴ in `[0,1)`.
pub fn uniform(place: &Place, unit: usize) -> f32 {
    (word(place, unit) >> 8) as f32 * (1.0 / 16_777_216.0)
}
