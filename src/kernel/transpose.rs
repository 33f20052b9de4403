//! The transpose of a matrix, in square tiles that are read and written along rows.

use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::threads::{Threads, pieces};

/// Fills `out`, columns × rows of `from`, with its transpose; the padding of `out` becomes zero.
///
/// # Panics
/// If the shapes do not agree.
pub(crate) fn transpose(threads: &Threads, from: &AlignedMatrix, out: &mut AlignedMatrix) {
    assert!(out.rows() == from.columns() && out.columns() == from.rows());
    let stride = out.stride();
    let ranges = threads.split(from.columns(), WIDTH);
    let outs = pieces(out.all_mut(), ranges.iter().map(|range| range.len() * stride));
    threads.each(ranges.iter().zip(outs).collect(), |(range, out)| {
        for (column, lines) in range.clone().step_by(WIDTH).zip(out.chunks_mut((WIDTH * stride).max(1))) {
            for row in (0..from.rows()).step_by(WIDTH) {
                for (line, entries) in lines.chunks_exact_mut(stride).zip(tile(from, row, column)) {
                    line[row..row + WIDTH].copy_from_slice(&entries);
                }
            }
        }
    });
}

/// `tile[c][r] = from[row + r][column + c]`, zero for missing rows; `column` is a multiple of 16.
pub(crate) fn tile(from: &AlignedMatrix, row: usize, column: usize) -> [[f32; WIDTH]; WIDTH] {
    let mut tile = [[0.0; WIDTH]; WIDTH];
    for (r, row) in (row..from.rows().min(row + WIDTH)).enumerate() {
        let line: &[f32; WIDTH] =
            from.padded_row(row)[column..].first_chunk().expect("rows are padded to whole lines");
        for (entry, of_column) in line.iter().zip(&mut tile) {
            of_column[r] = *entry;
        }
    }
    tile
}

#[cfg(test)]
mod tests {
    use super::transpose;
    use crate::kernel::edges::poisoned;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::threads::Threads;

    #[test]
    fn rows_become_columns() {
        for (rows, columns) in [(1, 1), (33, 70), (64, 3), (3, 64), (0, 5), (5, 0)] {
            let from = poisoned(AlignedMatrix::from_fn(rows, columns, |r, c| (100 * r + c) as f32));
            for threads in [1, 2, 3] {
                let mut out = poisoned(AlignedMatrix::zeros(columns, rows));
                transpose(&Threads::new(threads).unwrap(), &from, &mut out);
                assert_eq!(out, AlignedMatrix::from_fn(columns, rows, |c, r| (100 * r + c) as f32));
            }
        }
    }
}
