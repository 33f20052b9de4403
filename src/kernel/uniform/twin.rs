//! The uniform draw of one unit.

use crate::kernel::philox::{Place, twin::word};

/// The upper 24 bits of a word, as a multiple of 2⁻²⁴ in `[0,1)`.
pub fn of_word(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The draw of a unit.
pub fn uniform(place: &Place, unit: usize) -> f32 {
    of_word(word(place, unit))
}
