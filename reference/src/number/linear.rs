//! Gaussian elimination over any field.

use super::{Matrix, Scalar};

/// The `X` with `AX = B` by Gauss-Jordan elimination, or `None` where `A` is singular. `A` is `n × n`, `B` and `X` are `n × m`.
///
/// The pivot is the largest entry of the column: exact numbers need only one that is not zero, rounded ones a large one.
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
