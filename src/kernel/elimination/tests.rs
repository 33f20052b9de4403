use super::{BLOCK, Equations, twin};
use crate::kernel::simd::Level;
use proptest::prelude::*;

/// Solves the equations on every level, and compares with the twin.
fn agree(rows: &[Vec<f64>]) -> Option<Vec<f64>> {
    let bits = |found: &Option<Vec<f64>>| {
        found.as_ref().map(|all| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
    };
    let expected = twin::solve(rows.to_vec());
    for level in Level::all() {
        let mut equations = Equations::zeros(rows.len());
        for (i, row) in rows.iter().enumerate() {
            equations.row_mut(i).copy_from_slice(row);
        }
        assert_eq!(bits(&equations.solve(level)), bits(&expected), "{}", level.isa());
    }
    expected
}

/// Sizes around whole blocks.
fn any_count() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..3 * BLOCK,
        prop::sample::select(vec![BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, 5 * BLOCK + 3])
    ]
}

/// Zeros of both signs, equal entries, small and large ones, and now and then one that is not
/// finite.
fn any_entry() -> impl Strategy<Value = f64> {
    prop_oneof![
        200 => -2.0..2.0f64,
        40 => prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 0.5]),
        10 => (-300..300i32).prop_map(|exponent| 10f64.powi(exponent)),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -f64::INFINITY]),
    ]
}

fn any_rows(entry: impl Strategy<Value = f64> + Clone) -> impl Strategy<Value = Vec<Vec<f64>>> {
    any_count().prop_flat_map(move |count| {
        prop::collection::vec(prop::collection::vec(entry.clone(), count + 1), count)
    })
}

proptest! {
    #[test]
    fn blocks_agree_with_the_twin(rows in any_rows(-2.0..2.0f64)) {
        let solution = agree(&rows);
        // The solution solves the equations, unless they are nearly singular.
        if let Some(x) = solution.filter(|x| x.iter().all(|x| x.abs() < 1e3)) {
            for row in &rows {
                let sum = row.iter().zip(&x).fold(0.0, |sum, (a, x)| sum + a * x);
                prop_assert!((sum - row[rows.len()]).abs() < 1e-7, "{sum} {}", row[rows.len()]);
            }
        }
    }

    #[test]
    fn blocks_agree_with_the_twin_at_the_edges(rows in any_rows(any_entry().boxed())) {
        agree(&rows);
    }

    /// A column of zeros has no pivot.
    #[test]
    fn singular_equations_have_no_solution(rows in any_rows(-2.0..2.0f64), at in 0..100usize) {
        if !rows.is_empty() {
            let mut zero = rows.clone();
            let column = at % rows.len();
            zero.iter_mut().for_each(|row| row[column] = 0.0);
            prop_assert_eq!(agree(&zero), None);
        }
    }
}

/// The size of a published network, with pivots far below the diagonal and zeros in between.
#[test]
fn many_equations_agree_with_the_twin() {
    let mut random = crate::random::SplitMix64::new(3);
    let mut number = || random.below(2001) as f64 / 1000.0 - 1.0;
    let rows: Vec<Vec<f64>> =
        (0..211).map(|i| (0..212).map(|j| if (i * j) % 7 == 3 { 0.0 } else { number() }).collect()).collect();
    assert!(agree(&rows).is_some());
}
