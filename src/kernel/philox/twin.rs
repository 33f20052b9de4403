//! The function itself, one block at a time.

use super::{A, B, GROUP, Place, WEYL_A, WEYL_B};

/// Ten rounds.
pub fn block(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut c0, mut c1, mut c2, mut c3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..10 {
        let (first, second) = (u64::from(A) * u64::from(c0), u64::from(B) * u64::from(c2));
        (c0, c1, c2, c3) =
            ((second >> 32) as u32 ^ c1 ^ k0, second as u32, (first >> 32) as u32 ^ c3 ^ k1, first as u32);
        (k0, k1) = (k0.wrapping_add(WEYL_A), k1.wrapping_add(WEYL_B));
    }
    [c0, c1, c2, c3]
}

/// The word of a unit.
pub fn word(place: &Place, unit: usize) -> u32 {
    let (group, word, lane) = (unit / GROUP, unit % GROUP / 16, unit % 16);
    let counter = [(16 * group + lane) as u32, place.sample, place.iteration, place.step];
    block(counter, [place.seed, place.stream as u32])[word]
}

/// The four words of a neuron's series.
pub fn series(place: &Place, neuron: u32) -> [u32; 4] {
    block([neuron, place.sample, place.iteration, place.step], [place.seed, place.stream as u32])
}
