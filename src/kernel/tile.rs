//! Rectangles of a matrix that several threads fill at the same time.

use super::matrix::{AlignedMatrix, WIDTH, padded};
use std::marker::PhantomData;
use std::ops::Range;

/// Some columns of some rows of a matrix, in complete lines. A tile is the only access to its
/// numbers, like a mutable slice.
#[derive(Debug)]
pub struct Tile<'a> {
    /// The first column of the tile in its first row.
    start: *mut f32,
    stride: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    matrix: PhantomData<&'a mut [f32]>,
}

// SAFETY: no other access to the numbers of a tile exists while it lives.
unsafe impl Send for Tile<'_> {}

impl<'a> Tile<'a> {
    /// The `columns` of all rows of `all`, which are `stride` apart.
    ///
    /// # Panics
    /// If `all` does not consist of complete rows, if `columns` starts inside a line, or if a row
    /// does not have these columns.
    pub fn new(all: &'a mut [f32], stride: usize, columns: Range<usize>) -> Self {
        let rows = all.len() / stride.max(1);
        assert!(all.len() == rows * stride);
        // SAFETY: there are `rows` rows.
        unsafe { Self::inside(all.as_mut_ptr(), stride, 0..rows, columns) }
    }

    /// # Safety
    /// `all` has these rows, `stride` apart, and nothing else accesses these columns of them during
    /// `'a`.
    unsafe fn inside(all: *mut f32, stride: usize, rows: Range<usize>, columns: Range<usize>) -> Self {
        assert!(columns.start.is_multiple_of(WIDTH) && columns.start <= columns.end);
        assert!(padded(columns.end) <= stride);
        let start = all.wrapping_add(rows.start * stride + columns.start);
        Self { start, stride, rows, columns, matrix: PhantomData }
    }

    /// The rows of the matrix.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// The columns of the matrix.
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// Distance from a row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The first number. The numbers of a row follow up to a complete line, and rows are
    /// [`Tile::stride`] apart.
    pub fn as_mut_ptr(&mut self) -> *mut f32 {
        self.start
    }

    /// The columns of the `row`-th row of the tile, with the padding of the matrix behind the last.
    ///
    /// # Panics
    /// If the tile has fewer rows.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows.len());
        // SAFETY: the row is one of the tile, whose columns fit the stride.
        unsafe {
            std::slice::from_raw_parts_mut(self.start.add(row * self.stride), padded(self.columns.len()))
        }
    }

    /// All rows, from the first.
    pub fn for_each_row(&mut self, mut work: impl FnMut(usize, &mut [f32])) {
        (0..self.rows.len()).for_each(|row| work(row, self.row_mut(row)));
    }

    /// The part of the tile with these columns of the matrix.
    ///
    /// # Panics
    /// If `columns` starts inside a line or the tile does not have them.
    pub fn part(&mut self, columns: Range<usize>) -> Tile<'_> {
        assert!(self.columns.start <= columns.start && columns.end <= self.columns.end);
        assert!(columns.start.is_multiple_of(WIDTH) && columns.start <= columns.end);
        let start = self.start.wrapping_add(columns.start - self.columns.start);
        Tile { start, stride: self.stride, rows: self.rows(), columns, matrix: PhantomData }
    }
}

impl AlignedMatrix {
    /// The whole matrix as one tile.
    pub fn tile(&mut self) -> Tile<'_> {
        let (stride, columns) = (self.stride(), self.columns());
        Tile::new(self.all_mut(), stride, 0..columns)
    }

    /// The tiles of these ranges of rows and of columns, row by row of tiles.
    ///
    /// # Panics
    /// If the ranges are not in ascending order, if they overlap or are too long, or if a range of
    /// columns starts inside a line.
    pub fn tiles(&mut self, rows: &[Range<usize>], columns: &[Range<usize>]) -> Vec<Tile<'_>> {
        let in_order = |ranges: &[Range<usize>], end: usize| {
            let ends = ranges.iter().flat_map(|range| [range.start, range.end]);
            ends.chain([end]).is_sorted()
        };
        assert!(in_order(rows, self.rows()) && in_order(columns, self.columns()));
        let (all, stride) = (self.all_mut().as_mut_ptr(), self.stride());
        let tile = |(rows, columns): (&Range<usize>, &Range<usize>)| {
            // SAFETY: the matrix, which is borrowed for as long as the tiles live, has these rows.
            // Its tiles do not overlap, because the ranges do not, and each range of columns
            // starts with a line.
            unsafe { Tile::inside(all, stride, rows.clone(), columns.clone()) }
        };
        rows.iter().flat_map(|rows| columns.iter().map(move |columns| (rows, columns))).map(tile).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AlignedMatrix, Tile};

    #[test]
    fn tiles_cover_a_matrix_once() {
        let mut matrix = AlignedMatrix::zeros(5, 37);
        let (rows, columns) = ([0..2, 2..2, 2..5], [0..16, 16..32, 32..37]);
        let mut tiles = matrix.tiles(&rows, &columns);
        assert_eq!(tiles.len(), 9);
        std::thread::scope(|scope| {
            for (number, tile) in tiles.iter_mut().enumerate() {
                scope.spawn(move || {
                    let columns = tile.columns();
                    tile.for_each_row(|_, row| {
                        row[..columns.len()].iter_mut().for_each(|entry| *entry += (number + 1) as f32);
                    });
                });
            }
        });
        assert_eq!((tiles[8].rows(), tiles[8].columns(), tiles[8].stride()), (2..5, 32..37, 48));
        let mut last = tiles.pop().unwrap();
        last.part(32..33).row_mut(2)[0] = 0.5;
        for row in 0..5 {
            for column in 0..37 {
                let of_rows = if row < 2 { 0 } else { 6 };
                let expected =
                    if (row, column) == (4, 32) { 0.5 } else { (of_rows + column / 16 + 1) as f32 };
                assert_eq!(matrix.row(row)[column], expected);
            }
        }
        assert!(matrix.all().chunks(48).all(|row| row[37..].iter().all(|&padding| padding == 0.0)));
    }

    #[test]
    fn a_tile_that_shares_a_line_or_leaves_the_matrix_is_refused() {
        let refused = |rows: &[[usize; 2]], columns: &[[usize; 2]]| {
            let [rows, columns] =
                [rows, columns].map(|all| all.iter().map(|&[start, end]| start..end).collect::<Vec<_>>());
            std::panic::catch_unwind(move || {
                AlignedMatrix::zeros(4, 40).tiles(&rows, &columns);
            })
            .is_err()
        };
        assert!(!refused(&[[0, 4]], &[[0, 16], [16, 40]]));
        assert!(refused(&[[0, 4]], &[[0, 8], [8, 40]]));
        assert!(refused(&[[0, 4]], &[[0, 17], [16, 40]]));
        assert!(refused(&[[0, 4]], &[[0, 41]]));
        assert!(refused(&[[0, 5]], &[[0, 40]]));
        assert!(refused(&[[0, 2], [1, 4]], &[[0, 40]]));
        assert!(refused(&[[2, 4], [0, 2]], &[[0, 40]]));
        let wrong = |stride: usize, end: usize| {
            std::panic::catch_unwind(move || {
                Tile::new(&mut [0.0; 96], stride, 0..end);
            })
            .is_err()
        };
        assert!(!wrong(32, 20) && wrong(32, 33) && wrong(64, 20));
    }
}
