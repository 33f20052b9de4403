use super::{twin, uniform};
use crate::kernel::matrix::padded;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::testing::{any_length, on_every_level};
use proptest::prelude::*;

proptest! {
    #[test]
    fn vectors_agree(seed: u32, step: u32, iteration: u32, sample: u32, length in any_length()) {
        let place = Place { seed, stream: Stream::Start, step, iteration, sample };
        let length = padded(length);
        let expected: Vec<f32> = (0..length).map(|unit| twin::uniform(&place, unit)).collect();
        on_every_level(&expected, |level| {
            let mut out = vec![f32::NAN; length];
            uniform(level, place, &mut out);
            out
        });
    }
}
