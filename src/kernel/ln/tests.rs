use super::{ln_all, twin};
use crate::kernel::testing::{EDGES, any_number, lines, on_every_level};
use proptest::prelude::*;

fn agree(numbers: &[f32]) {
    let expected: Vec<f32> = numbers.iter().map(|&x| twin::ln(x)).collect();
    on_every_level(&expected, |level| {
        let mut lines = lines(numbers);
        ln_all(level, &mut lines);
        lines.concat()
    });
}

#[test]
fn vectors_agree_at_the_edges() {
    agree(&EDGES);
}

/// Every 65 521st of all inputs. The step is prime, so every bit of the input changes.
#[test]
fn vectors_agree_over_the_whole_range() {
    agree(&(0..=u32::MAX).step_by(65_521).map(f32::from_bits).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn vectors_agree(numbers in prop::collection::vec(any_number(), 0..70)) {
        agree(&numbers);
    }
}
