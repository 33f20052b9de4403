use super::{pairs, twin};
use crate::kernel::edges::WORDS;
use crate::kernel::matrix::WIDTH;
use crate::kernel::testing::on_every_level;
use proptest::prelude::*;

fn agree(w0: &[[u32; WIDTH]], w1: &[[u32; WIDTH]]) {
    let draws = w0.as_flattened().iter().zip(w1.as_flattened()).map(|(&a, &b)| twin::pair(a, b));
    let (mut expected, second): (Vec<f32>, Vec<f32>) = draws.unzip();
    expected.extend(second);
    assert!(expected.iter().all(|draw| draw.is_finite()));
    on_every_level(&expected, |level| {
        let (mut cosines, mut sines) = (vec![[0.0; WIDTH]; w0.len()], vec![[0.0; WIDTH]; w0.len()]);
        pairs(level, w0, w1, &mut cosines, &mut sines);
        [cosines, sines].concat().concat()
    });
}

#[test]
fn vectors_agree_at_the_edges() {
    for w0 in WORDS {
        agree(&[[w0; WIDTH]], &[WORDS]);
    }
}

/// The largest draw in the documentation.
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
