//! Philox as a generator with the traits of `rand`.

use super::{Place, twin};
use rand::{SeedableRng, TryRng};
use std::convert::Infallible;

/// Philox4x32-10 as a generator that is read word by word.
///
/// The words of block 0 come first, then those of block 1, and so on; the 128-bit counter is the
/// number of the block. The sequence has 2¹³⁰ words, and [`PhiloxRng::seek`] jumps to any block. A
/// `u64` uses two words, the lower half first. [`fill_bytes`] uses complete words in little-endian
/// order and discards the rest of the last one.
///
/// The seed is the key: 8 bytes, little-endian. [`seed_from_u64`] uses its argument as the key
/// without further mixing, which a counter-based generator does not need. The output is the same on
/// every machine and will not change. Do not use the generator for cryptography.
///
/// Training never reads a generator in sequence: each draw is a function of its [`Place`].
/// [`PhiloxRng::at`] reads the same words in sequence.
///
/// ```
/// use rand::{Rng, RngExt, SeedableRng};
/// use rand::distr::{Distribution, weighted::WeightedIndex};
/// use svpg::kernel::philox::PhiloxRng;
///
/// // The first known answer of Random123: key 0, counter 0.
/// let mut rng = PhiloxRng::seed_from_u64(0);
/// assert_eq!(rng.next_u32(), 0x6627_e8d5);
///
/// // Any distribution of `rand` or `rand_distr` draws from it.
/// let weights = WeightedIndex::new([1.0, 2.0, 1.0])?;
/// let counts = (0..4000).fold([0; 3], |mut counts, _| {
///     counts[weights.sample(&mut rng)] += 1;
///     counts
/// });
/// assert!(counts[1] > 1800 && counts[1] < 2200);
///
/// // A sequence can be read again from any block.
/// rng.seek(1 << 100);
/// let first: f64 = rng.random();
/// rng.seek(1 << 100);
/// assert_eq!(rng.random::<f64>(), first);
/// # Ok::<(), rand::distr::weighted::Error>(())
/// ```
///
/// [`fill_bytes`]: rand::Rng::fill_bytes
/// [`seed_from_u64`]: SeedableRng::seed_from_u64
#[derive(Clone, Debug)]
pub struct PhiloxRng {
    key: [u32; 2],
    /// The next block.
    block: u128,
    words: [u32; 4],
    /// Number of used `words`.
    used: usize,
}

impl PhiloxRng {
    /// The generator for a key, at block 0.
    pub fn new(key: [u32; 2]) -> Self {
        Self { key, block: 0, words: [0; 4], used: 4 }
    }

    /// The generator that reads the words of a place: first the four words of block 0, then those
    /// of block 1. After 2³² blocks, it continues with the next sample.
    ///
    /// ```
    /// use rand::Rng;
    /// use svpg::kernel::philox::{PhiloxRng, Place, Stream, twin};
    ///
    /// let place = Place { seed: 7, stream: Stream::StateSpikes, step: 3, iteration: 1, sample: 4 };
    /// let mut rng = PhiloxRng::at(place);
    /// let words = [rng.next_u32(), rng.next_u32(), rng.next_u32(), rng.next_u32()];
    /// assert_eq!(words, twin::series(&place, 0));
    /// ```
    pub fn at(place: Place) -> Self {
        let mut generator = Self::new([place.seed, place.stream as u32]);
        let words = [0, place.sample, place.iteration, place.step];
        generator.seek(words.iter().rev().fold(0, |block, &word| block << 32 | u128::from(word)));
        generator
    }

    /// Continues with the first word of a block.
    pub fn seek(&mut self, block: u128) {
        self.block = block;
        self.used = self.words.len();
    }

    fn word(&mut self) -> u32 {
        if self.used == self.words.len() {
            let counter = [0, 32, 64, 96].map(|shift| (self.block >> shift) as u32);
            self.words = twin::block(counter, self.key);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }
}

impl SeedableRng for PhiloxRng {
    type Seed = [u8; 8];

    fn from_seed(seed: Self::Seed) -> Self {
        Self::seed_from_u64(u64::from_le_bytes(seed))
    }

    fn seed_from_u64(state: u64) -> Self {
        Self::new([state as u32, (state >> 32) as u32])
    }
}

impl TryRng for PhiloxRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = self.word();
        Ok(u64::from(self.word()) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Place, Stream, twin};
    use super::PhiloxRng;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};

    fn block_of(counter: [u32; 4]) -> u128 {
        counter.iter().rev().fold(0, |block, &word| block << 32 | u128::from(word))
    }

    /// Counter, key and words of Random123's known answers for philox4x32-10.
    #[test]
    fn gives_the_known_answers() {
        for (counter, key, answer) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            let mut rng = PhiloxRng::new(key);
            rng.seek(block_of(counter));
            assert_eq!([(); 4].map(|()| rng.next_u32()), answer);
            let mut seeded = PhiloxRng::seed_from_u64(u64::from(key[1]) << 32 | u64::from(key[0]));
            seeded.seek(block_of(counter));
            assert_eq!(seeded.next_u32(), answer[0]);
        }
    }

    /// Exact outputs, from a program in another language. A change of this test changes output
    /// bits.
    #[test]
    fn values_are_stable() {
        let mut rng = PhiloxRng::from_seed([1, 2, 3, 4, 5, 6, 7, 8]);
        let words = [(); 6].map(|()| rng.next_u32());
        assert_eq!(words, [0xa54d_851f, 0xaaf8_75cb, 0x15b6_9036, 0x8a87_a6aa, 0x3f27_45c1, 0xff72_dbab]);
        let long = [(); 3].map(|()| rng.next_u64());
        assert_eq!(long, [0xaea0_0438_86a4_61f0, 0xdcc8_2188_ed56_3609, 0xb4d1_e69f_1d18_83cd]);
        let mut bytes = [0; 11];
        rng.fill_bytes(&mut bytes);
        assert_eq!(bytes, [0xe5, 0x80, 0xb0, 0x71, 0xf5, 0x4d, 0x46, 0xcb, 0xe0, 0xe0, 0x5b]);
        assert_eq!(rng.next_u32(), 0xe1a5_dfae);
    }

    /// After a jump, the rest of the block is not read.
    #[test]
    fn a_jump_begins_a_block() {
        let mut rng = PhiloxRng::new([3, 4]);
        rng.next_u32();
        rng.seek(5);
        assert_eq!([(); 4].map(|()| rng.next_u32()), twin::block([5, 0, 0, 0], [3, 4]));
        assert_eq!(rng.next_u32(), twin::block([6, 0, 0, 0], [3, 4])[0]);
    }

    /// The last block is followed by the first.
    #[test]
    fn the_counter_wraps() {
        let mut rng = PhiloxRng::new([3, 4]);
        rng.seek(u128::MAX);
        let last = [(); 4].map(|()| rng.next_u32());
        assert_eq!(last, twin::block([u32::MAX; 4], [3, 4]));
        assert_eq!(rng.next_u32(), twin::block([0; 4], [3, 4])[0]);
    }

    proptest! {
        /// Reads the words of the kernel, block by block, for all carries of the counter.
        #[test]
        fn reads_the_kernels_words(seed: u32, step: u32, iteration: u32, sample: u32, first: u32) {
            let place = Place { seed, stream: Stream::Evaluation, step, iteration, sample };
            let mut rng = PhiloxRng::at(place);
            for neuron in 0..3 {
                prop_assert_eq!([(); 4].map(|()| rng.next_u32()), twin::series(&place, neuron));
            }
            rng.seek(block_of([first, sample, iteration, step]));
            prop_assert_eq!([(); 4].map(|()| rng.next_u32()), twin::series(&place, first));
            let next = block_of([first, sample, iteration, step]).wrapping_add(1);
            let counter = [0, 32, 64, 96].map(|shift| (next >> shift) as u32);
            prop_assert_eq!(rng.next_u32(), twin::block(counter, [seed, Stream::Evaluation as u32])[0]);
        }

        /// One sequence of words, read as u32, u64 or bytes.
        #[test]
        fn all_readings_share_one_sequence(seed: u64, skipped in 0..6usize) {
            let start = || {
                let mut rng = PhiloxRng::seed_from_u64(seed);
                (0..skipped).for_each(|_| _ = rng.next_u32());
                rng
            };
            let (mut words, mut long, mut bytes) = (start(), start(), start());
            let mut found = [0; 16];
            bytes.fill_bytes(&mut found);
            let expected: Vec<u8> = (0..4).flat_map(|_| words.next_u32().to_le_bytes()).collect();
            prop_assert_eq!(&found[..], &expected);
            let expected: Vec<u8> = (0..2).flat_map(|_| long.next_u64().to_le_bytes()).collect();
            prop_assert_eq!(&found[..], &expected);
            prop_assert_eq!(words.next_u32(), long.next_u32());
        }
    }
}
