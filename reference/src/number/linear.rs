//! Gaussian elimination over any field.

use super::{Matrix, Scalar};

/// The `X` with `AX = B` by Gauss-Jordan elimination, or `None` if `A` is singular. `A` is `n × n`,
/// `B` and `X` are `n × m`.
///
/// The pivot is the largest entry of the column: exact numbers need only a pivot that is not zero;
/// rounded numbers need a large one.
pub fn eliminate<T: Scalar>(a: &Matrix<T>, b: &Matrix<T>) -> Option<Matrix<T>> {
    let n = a.rows();
    let width = n + b.cols();
    let mut rows: Vec<Vec<T>> = (0..n).map(|i| a.row(i).iter().chain(b.row(i)).cloned().collect()).collect();
    for column in 0..n {
        let mut best = column;
        for candidate in column..n {
            if rows[candidate][column].abs() > rows[best][column].abs() {
                best = candidate;
            }
        }
        rows.swap(column, best);
        let pivot_row = rows[column].clone();
        if pivot_row[column].is_zero() {
            return None;
        }
        for (i, row) in rows.iter_mut().enumerate() {
            let factor = row[column].clone() / pivot_row[column].clone();
            if i != column && !factor.is_zero() {
                for k in column..width {
                    row[k] = row[k].clone() - factor.clone() * pivot_row[k].clone();
                }
            }
        }
    }
    Some(Matrix::from_fn(n, b.cols(), |i, j| rows[i][n + j].clone() / rows[i][i].clone()))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use quickcheck::quickcheck;

    use super::*;
    use crate::number::Float256;

    fn system<T: Scalar>(entries: &[i8], n: usize) -> (Matrix<T>, Matrix<T>) {
        let entry = |k: usize| T::ratio(entries.get(k).copied().unwrap_or(k as i8 % 5).into(), 3);
        (Matrix::from_fn(n, n, |i, j| entry(i * n + j)), Matrix::from_fn(n, 2, |i, j| entry(40 + 2 * i + j)))
    }

    fn product<T: Scalar>(a: &Matrix<T>, x: &Matrix<T>) -> Matrix<T> {
        Matrix::from_fn(a.rows(), x.cols(), |i, j| {
            (0..a.cols()).fold(T::zero(), |sum, k| sum + a[(i, k)].clone() * x[(k, j)].clone())
        })
    }

    quickcheck! {
        fn a_solution_solves_and_every_type_finds_it(entries: Vec<i8>) -> bool {
            let (a, b) = system::<BigRational>(&entries, 4);
            let Some(exact) = BigRational::solve(&a, &b) else { return true };
            let (wide_a, wide_b) = system::<Float256>(&entries, 4);
            let (double_a, double_b) = system::<f64>(&entries, 4);
            let wide = Float256::solve(&wide_a, &wide_b).unwrap();
            let double = f64::solve(&double_a, &double_b).unwrap();
            let scale = exact.entries().iter().fold(1.0, |most: f64, x| most.max(x.abs().to_f64()));
            product(&a, &exact) == b
                && exact.entries().iter().zip(wide.entries()).zip(double.entries()).all(|((exact, wide), double)| {
                    (wide.to_f64() - exact.to_f64()).abs() <= 1e-15 * scale
                        && (double - exact.to_f64()).abs() <= 1e-9 * scale * scale
                })
        }
    }

    #[test]
    fn a_zero_on_the_diagonal_is_no_obstacle_and_a_singular_matrix_has_no_solution() {
        let matrix = |rows: [[i64; 2]; 2]| Matrix::from_fn(2, 2, |i, j| BigRational::ratio(rows[i][j], 1));
        let swap = matrix([[0, 1], [2, 0]]);
        assert_eq!(eliminate(&swap, &matrix([[1, 0], [0, 2]])), Some(matrix([[0, 1], [1, 0]])));
        assert_eq!(eliminate(&matrix([[1, 2], [2, 4]]), &swap), None);
        assert_eq!(f64::solve(&Matrix::zeros(2, 2), &Matrix::zeros(2, 1)), None);
    }

    #[test]
    fn the_largest_pivot_is_taken() {
        // Without the choice of a pivot, the pivot 1e-20 would lose the other equation.
        let a = Matrix::from_rows(vec![vec![1e-20, 1.0], vec![1.0, 1.0]]).unwrap();
        let b = Matrix::from_rows(vec![vec![1.0], vec![2.0]]).unwrap();
        let x = eliminate(&a, &b).unwrap();
        assert!((x[(0, 0)] - 1.0).abs() < 1e-15 && (x[(1, 0)] - 1.0).abs() < 1e-15, "{x:?}");
    }
}
