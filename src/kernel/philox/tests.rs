use super::simd::{ABREAST, Keys, words};
use super::{GROUP, Place, Stream, twin};
use crate::kernel::matrix::WIDTH;
use crate::kernel::simd::{Level, Simd, Work, run};
use proptest::prelude::*;

/// The four words of blocks `first..first + 2·16`.
struct Blocks {
    place: Place,
    first: u32,
}

impl Work for Blocks {
    type Output = Vec<[u32; 4]>;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Vec<[u32; 4]> {
        let keys = Keys::new(&self.place);
        let numbers: Vec<u32> = (0..(ABREAST * WIDTH) as u32).map(|n| self.first.wrapping_add(n)).collect();
        let mut all = Vec::new();
        for two in numbers.chunks_exact(ABREAST * S::LANES) {
            // SAFETY: `two` holds two vectors; `lanes` has room for one.
            let blocks = [0, 1].map(|v| unsafe { s.load_bits(two.as_ptr().add(v * S::LANES)) });
            for vector in words(s, &keys, &self.place, blocks) {
                let mut lanes = [[0; WIDTH]; 4];
                for (lanes, word) in lanes.iter_mut().zip(vector) {
                    // SAFETY: as above.
                    unsafe { s.store(s.float(word), lanes.as_mut_ptr().cast()) }
                }
                all.extend((0..S::LANES).map(|lane| lanes.map(|word| word[lane])));
            }
        }
        all
    }
}

proptest! {
    #[test]
    fn vectors_agree(seed: u32, step: u32, iteration: u32, sample: u32, first: u32) {
        let place = Place { seed, stream: Stream::Order, step, iteration, sample };
        let key = [seed, Stream::Order as u32];
        let expected: Vec<_> =
            (0..32).map(|n| twin::block([first.wrapping_add(n), sample, iteration, step], key)).collect();
        for level in Level::all() {
            prop_assert_eq!(&run(level, Blocks { place, first }), &expected, "{}", level.isa());
        }
    }

    /// Each word is used by only one unit.
    #[test]
    fn units_of_a_group_share_no_word(seed: u32, group in 0..1000usize) {
        let place = Place { seed, stream: Stream::Start, step: 1, iteration: 2, sample: 3 };
        let mut found: Vec<u32> = (0..GROUP).map(|u| twin::word(&place, GROUP * group + u)).collect();
        let mut blocks: Vec<u32> = (0..16)
            .flat_map(|lane| twin::block([(16 * group + lane) as u32, 3, 2, 1], [seed, Stream::Start as u32]))
            .collect();
        found.sort_unstable();
        blocks.sort_unstable();
        prop_assert_eq!(found, blocks);
    }
}
