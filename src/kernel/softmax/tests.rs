use super::{softmax, twin};
use crate::kernel::testing::{any_number, moderate, on_every_level, poisoned_row};
use proptest::prelude::*;

fn agree(sizes: &[usize], z: &[f32]) {
    let mut rest = z;
    let mut expected = Vec::new();
    for &size in sizes {
        let (circuit, behind) = rest.split_at(size);
        expected.extend(twin::softmax(circuit));
        rest = behind;
    }
    on_every_level(&expected, |level| {
        let mut row = poisoned_row(z);
        softmax(level, sizes, &mut row);
        row
    });
}

/// Circuits of any sizes, and numbers for all their units.
fn circuits(number: impl Strategy<Value = f32> + Clone) -> impl Strategy<Value = (Vec<usize>, Vec<f32>)> {
    prop::collection::vec(prop_oneof![Just(1usize), 2..6usize, 7..40usize], 0..12).prop_flat_map(
        move |sizes| {
            let units = sizes.iter().sum::<usize>();
            (Just(sizes), prop::collection::vec(number.clone(), units))
        },
    )
}

proptest! {
    #[test]
    fn vectors_agree((sizes, z) in circuits((-30.0f32..30.0).boxed())) {
        agree(&sizes, &z);
    }

    #[test]
    fn vectors_agree_on_any_numbers((sizes, z) in circuits(prop_oneof![3 => moderate(), 1 => any_number()].boxed())) {
        agree(&sizes, &z);
    }
}

/// Rows of any length, with and without heap memory.
#[test]
fn vectors_agree_on_long_rows() {
    let z: Vec<f32> = (0..1400).map(|n| (n * n % 389) as f32 / 20.0 - 9.0).collect();
    for sizes in [&[500, 12][..], &[500, 13], &[513], &[3, 1397], &[10; 140]] {
        agree(sizes, &z[..sizes.iter().sum()]);
    }
}

/// Special values, as in the module's documentation.
#[test]
fn special_values() {
    for alone in [0.0, -7.5, f32::MAX, f32::MIN] {
        assert_eq!(twin::softmax(&[alone]), [1.0]);
    }
    assert_eq!(twin::softmax(&[f32::NEG_INFINITY, 3.0, f32::MIN]), [0.0, 1.0, 0.0]);
    assert_eq!(twin::softmax(&[-0.0, 0.0]), [0.5, 0.5]);
    for broken in [f32::NAN, f32::INFINITY] {
        assert!(twin::softmax(&[1.0, broken, 2.0]).iter().all(|q| q.is_nan()));
    }
    assert!(twin::softmax(&[f32::NEG_INFINITY; 2]).iter().all(|q| q.is_nan()));
    assert_eq!(twin::softmax(&[]), [0.0; 0]);
}
