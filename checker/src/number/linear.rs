//! Gaussian elimination, for fractions and floating-point numbers alike.

use super::Number;

/// Solves `matrix · X = right`, row by row: `matrix` is n×n, `right` n×m. `None` if it is singular.
pub(crate) fn solve<N: Number>(mut matrix: Vec<Vec<N>>, mut right: Vec<Vec<N>>) -> Option<Vec<Vec<N>>> {
    let n = matrix.len();
    let degree = cramer(&matrix, &right, N::degree);
    let height = cramer(&matrix, &right, N::height) + 8.0 * (n * n) as f64;
    for column in 0..n {
        let pivot = (column..n)
            .map(|row| (row, matrix[row][column].pivot_quality()))
            .filter(|&(_, quality)| quality > 0.0)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?
            .0;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let inverse = N::one().div(&matrix[column][column])?;
        for entry in matrix[column][column..].iter_mut().chain(right[column].iter_mut()) {
            *entry = entry.mul(&inverse);
        }
        let (pivot_row, pivot_right) = (matrix[column].clone(), right[column].clone());
        for row in (0..n).filter(|&row| row != column) {
            let factor = matrix[row][column].clone();
            if factor.is_zero() {
                continue;
            }
            for (entry, pivot) in matrix[row][column..].iter_mut().zip(&pivot_row[column..]) {
                *entry = entry.sub(&factor.mul(pivot));
            }
            for (entry, pivot) in right[row].iter_mut().zip(&pivot_right) {
                *entry = entry.sub(&factor.mul(pivot));
            }
        }
    }
    Some(
        right
            .into_iter()
            .map(|row| row.into_iter().map(|x| x.after_solving(degree, height)).collect())
            .collect(),
    )
}

/// Cramer's rule bounds the degrees and the coefficients of a solution. These bounds are much
/// smaller than those of the operations of the elimination: with a common denominator in every row,
/// both determinants have at most the sum of the degrees of the rows.
fn cramer<N: Number>(matrix: &[Vec<N>], right: &[Vec<N>], of: fn(&N) -> f64) -> f64 {
    let rows = matrix.iter().zip(right).map(|(row, right)| row.iter().chain(right).map(of).sum::<f64>());
    rows.map(|denominators| 2.0 * denominators).sum()
}

#[cfg(test)]
mod tests {
    use super::solve;
    use crate::number::{Number, exact::Exact};
    use dashu_ratio::RBig;

    fn integers(rows: &[&[i64]]) -> Vec<Vec<Exact>> {
        rows.iter().map(|row| row.iter().map(|&n| Exact(RBig::from(n))).collect()).collect()
    }

    #[test]
    fn a_solution_solves() {
        let matrix = integers(&[&[0, 2, 1], &[3, -1, 5], &[4, 4, 7]]);
        let right = integers(&[&[1, 0], &[2, 1], &[3, 9]]);
        let x = solve(matrix.clone(), right.clone()).unwrap();
        for row in 0..3 {
            for column in 0..2 {
                let product =
                    (0..3).fold(Exact::zero(), |sum, k| sum.add(&matrix[row][k].mul(&x[k][column])));
                assert_eq!(product, right[row][column]);
            }
        }
    }

    #[test]
    fn a_singular_matrix_has_none() {
        assert!(solve(integers(&[&[1, 2], &[2, 4]]), integers(&[&[1], &[1]])).is_none());
    }
}
