//! A small generator for test material, the same on every machine.
//!
//! SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2660193.2660195): a counter with an odd
//! step, followed by a bijective mix. Its state has only 64 bits, and it needs a dozen lines in any
//! language, so programs in other languages can generate the same cases. It is for cases and
//! coordinates, not for training. Both it and [`PhiloxRng`](crate::kernel::philox::PhiloxRng)
//! implement the traits of `rand`, so they can be used as any [`rand::Rng`].

use rand::{SeedableRng, TryRng};
use std::convert::Infallible;

/// SplitMix64, seeded by its initial counter.
///
/// As a [`rand::Rng`], a `u64` is one output, a `u32` the upper half of one, and bytes are outputs
/// in little-endian order.
///
/// ```
/// use rand::{Rng, RngExt, SeedableRng};
/// use svpg::random::SplitMix64;
///
/// let (mut own, mut rng) = (SplitMix64::new(7), SplitMix64::seed_from_u64(7));
/// assert_eq!(own.bits(), rng.next_u64());
/// // Both have 53 bits: the own method and `rand`'s standard distribution agree.
/// assert_eq!(own.unit(), rng.random::<f64>());
/// ```
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    counter: u64,
}

impl SplitMix64 {
    /// The generator whose counter starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { counter: seed }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.counter;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform on the multiples of 2⁻⁵³ in `[0, 1)`: the upper 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform on `[-scale, scale)`.
    pub fn symmetric(&mut self, scale: f64) -> f64 {
        (2.0 * self.unit() - 1.0) * scale
    }

    /// Uniform on `0..bound`: the high half of a 64×64-bit product. The bias is below `bound`·2⁻⁶⁴.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "no integer lies below 0");
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

impl SeedableRng for SplitMix64 {
    type Seed = [u8; 8];

    fn from_seed(seed: Self::Seed) -> Self {
        Self::new(u64::from_le_bytes(seed))
    }

    fn seed_from_u64(state: u64) -> Self {
        Self::new(state)
    }
}

impl TryRng for SplitMix64 {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix64;
    use rand::{Rng, SeedableRng};

    /// The outputs for seed 1234567 in the description of the algorithm.
    #[test]
    fn known_answers() {
        let mut random = SplitMix64::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423u64];
        assert_eq!([random.bits(), random.bits(), random.bits()], expected);
    }

    /// The same outputs through the traits of `rand`.
    #[test]
    fn known_answers_by_the_traits() {
        let mut random = SplitMix64::seed_from_u64(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(u64::from(random.next_u32()), 3_203_168_211_198_807_973 >> 32);
        let mut bytes = [0; 11];
        random.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], 9_817_491_932_198_370_423u64.to_le_bytes());
        let mut other = SplitMix64::from_seed(1_234_567u64.to_le_bytes());
        other.next_u64();
        other.next_u64();
        other.next_u64();
        assert_eq!(bytes[8..], other.next_u64().to_le_bytes()[..3]);
        assert_eq!(random.next_u64(), other.next_u64());
    }

    #[test]
    fn ranges() {
        let mut random = SplitMix64::new(7);
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&random.unit()));
            assert!(random.below(3) < 3);
            assert!(random.symmetric(2.0).abs() <= 2.0);
        }
    }
}
