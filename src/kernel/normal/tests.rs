use super::{pair, twin};
use crate::kernel::rows::WIDTH;
use crate::kernel::simd::{Simd, Work, run};
use crate::kernel::testing::on_every_level;
use proptest::prelude::*;

/// Pairs of draws from as many words; one after the other.
struct Pairs<'a>(&'a [[u32; WIDTH]], &'a [[u32; WIDTH]]);

impl Work for Pairs<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Vec<f32> {
        let (mut first, mut second) = (vec![0.0; self.0.len() * WIDTH], vec![0.0; self.0.len() * WIDTH]);
        let (w0, w1) = (self.0.as_flattened(), self.1.as_flattened());
        for at in (0..first.len()).step_by(S::LANES) {
            // SAFETY: all four are a multiple of 16 and so of LANES long.
            unsafe {
                let (a, b) = pair(s, s.load_bits(w0.as_ptr().add(at)), s.load_bits(w1.as_ptr().add(at)));
                s.store(a, first.as_mut_ptr().add(at));
                s.store(b, second.as_mut_ptr().add(at));
            }
        }
        first.extend(second);
        first
    }
}

/// Words at which the radius is smallest and largest, and the angle changes its quarter.
const WORDS: [u32; 16] = [
    0,
    1,
    2,
    127,
    0xffff,
    0x1_0000,
    0x01ff_ffff,
    0x1fff_ffff,
    0x2000_0000,
    0x3fff_ffff,
    0x6000_0000,
    0x8000_0000,
    0xa000_0000,
    0xdfff_ffff,
    0xffff_ff7f,
    u32::MAX,
];

fn agree(w0: &[[u32; WIDTH]], w1: &[[u32; WIDTH]]) {
    let pairs = w0.as_flattened().iter().zip(w1.as_flattened()).map(|(&a, &b)| twin::pair(a, b));
    let (mut expected, second): (Vec<f32>, Vec<f32>) = pairs.unzip();
    expected.extend(second);
    assert!(expected.iter().all(|draw| draw.is_finite()));
    on_every_level(&expected, |level| run(level, Pairs(w0, w1)));
}

#[test]
fn vectors_agree_at_the_edges() {
    for w0 in WORDS {
        agree(&[[w0; WIDTH]], &[WORDS]);
    }
}

/// As the documentation says.
#[test]
fn largest_draw() {
    let largest = WORDS.iter().map(|&w1| twin::pair(0, w1).0.abs()).fold(0.0, f32::max);
    assert!((6.76..6.77).contains(&largest), "{largest}");
}

proptest! {
    #[test]
    fn vectors_agree(w0: [[u32; WIDTH]; 4], w1: [[u32; WIDTH]; 4]) {
        agree(&w0, &w1);
    }
}
