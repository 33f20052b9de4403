//! A dense row-major matrix over any number type.

use std::ops::{Index, IndexMut};

/// Dense `rows × cols` matrix, indexed by `(row, column)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    cols: usize,
    entries: Vec<T>,
}

impl<T> Matrix<T> {
    /// The matrix whose entry `(i, j)` is `entry(i, j)`.
    pub fn from_fn(rows: usize, cols: usize, mut entry: impl FnMut(usize, usize) -> T) -> Self {
        let mut entries = Vec::with_capacity(rows * cols);
        for i in 0..rows {
            for j in 0..cols {
                entries.push(entry(i, j));
            }
        }
        Self { rows, cols, entries }
    }

    /// A matrix from its rows, or `None` if they differ in length. Without rows, it is a `0 × 0`
    /// matrix.
    pub fn from_rows(rows: Vec<Vec<T>>) -> Option<Self> {
        let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
        let uniform = rows.iter().all(|row| row.len() == width);
        uniform.then(|| Self { rows: height, cols: width, entries: rows.into_iter().flatten().collect() })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `i`, `cols` long.
    pub fn row(&self, i: usize) -> &[T] {
        &self.entries[i * self.cols..][..self.cols]
    }

    /// All entries, row by row.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// All entries, row by row, mutable.
    pub fn entries_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }
}

impl<T: super::Scalar> Matrix<T> {
    /// The `rows × cols` matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self::from_fn(rows, cols, |_, _| T::zero())
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    fn index(&self, (i, j): (usize, usize)) -> &T {
        &self.row(i)[j]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        &mut self.entries[i * self.cols..][..self.cols][j]
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    #[test]
    fn rows_and_entries_agree() {
        let mut matrix = Matrix::from_fn(2, 3, |i, j| 10 * i + j);
        assert_eq!((matrix.rows(), matrix.cols()), (2, 3));
        assert_eq!(matrix.row(1), [10, 11, 12]);
        assert_eq!(matrix.entries(), [0, 1, 2, 10, 11, 12]);
        assert_eq!(Matrix::from_rows(vec![vec![0, 1, 2], vec![10, 11, 12]]), Some(matrix.clone()));
        assert_eq!(Matrix::from_rows(vec![vec![0, 1], vec![2]]), None);
        matrix[(1, 0)] = 7;
        matrix.entries_mut()[1] = 8;
        assert_eq!((matrix[(1, 0)], matrix[(0, 1)]), (7, 8));
    }
}
