//! A small generator for test material, the same on every machine.
//!
//! SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2660193.2660195): a counter with an odd
//! step, finished by a bijective mix. It needs no state but 64 bits and is a dozen lines in any
//! language, so that a reader in another language can make the same cases. It is for cases and
//! coordinates, not for training.

/// SplitMix64, seeded by its initial counter.
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

#[cfg(test)]
mod tests {
    use super::SplitMix64;

    /// The outputs for seed 1234567 that the algorithm's description gives.
    #[test]
    fn known_answers() {
        let mut random = SplitMix64::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423u64];
        assert_eq!([random.bits(), random.bits(), random.bits()], expected);
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
