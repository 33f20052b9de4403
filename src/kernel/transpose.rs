//! The transpose of a matrix, in squares of sixteen rows and columns.

use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::simd::{Level, Simd, Work, run};
use crate::kernel::threads::pieces;

/// Sixteen rows of sixteen numbers, in cache lines.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Square(pub(crate) [[f32; WIDTH]; WIDTH]);

/// Fills `out`, columns × rows of `from`, with its transpose; the padding of `out` becomes zero.
///
/// # Panics
/// If the shapes do not agree.
pub(crate) fn transpose(compute: &Compute, from: &AlignedMatrix, out: &mut AlignedMatrix) {
    assert!(out.rows() == from.columns() && out.columns() == from.rows());
    let Compute { level, threads } = compute;
    let stride = out.stride();
    let ranges = threads.split(from.columns(), WIDTH);
    let outs = pieces(out.all_mut(), ranges.iter().map(|range| range.len() * stride));
    threads.each(ranges.iter().zip(outs).collect(), |(range, out)| {
        for (column, lines) in range.clone().step_by(WIDTH).zip(out.chunks_mut((WIDTH * stride).max(1))) {
            for row in (0..from.rows()).step_by(WIDTH) {
                let Square(square) = transposed_square(*level, from, row, column);
                for (line, entries) in lines.chunks_exact_mut(stride).zip(square) {
                    line[row..row + WIDTH].copy_from_slice(&entries);
                }
            }
        }
    });
}

/// `square[c][r] = from[row + r][column + c]`, zero for missing rows; `column` is a multiple of 16.
///
/// # Panics
/// If there are no such columns.
pub(crate) fn transposed_square(level: Level, from: &AlignedMatrix, row: usize, column: usize) -> Square {
    let rows = std::array::from_fn(|r| {
        let line = if row + r < from.rows() { from.padded_row(row + r) } else { &[0.0; WIDTH] };
        let column = if row + r < from.rows() { column } else { 0 };
        line[column..].first_chunk().expect("rows are padded to whole lines")
    });
    let mut out = Square([[0.0; WIDTH]; WIDTH]);
    run(level, OneSquare { rows, out: &mut out });
    out
}

struct OneSquare<'a> {
    rows: [&'a [f32; WIDTH]; WIDTH],
    out: &'a mut Square,
}

impl Work for OneSquare<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // SAFETY: every row and the square's rows have sixteen numbers.
        unsafe { transpose_lines(s, self.rows, self.out.0.as_mut_ptr().cast(), WIDTH) }
    }
}

/// Writes number `c` of the sixteen rows adjacently at `to + c·stride`.
///
/// # Safety
/// Sixteen numbers can be written at each of these places.
#[inline(always)]
pub(super) unsafe fn transpose_lines<S: Simd>(
    s: S,
    rows: [&[f32; WIDTH]; WIDTH],
    to: *mut f32,
    stride: usize,
) {
    let mut column = 0;
    while column < WIDTH {
        let mut row = 0;
        while row < WIDTH {
            let mut own = [std::ptr::null(); WIDTH];
            let mut r = 0;
            while r < S::LANES {
                own[r] = rows[row + r][column..].as_ptr();
                r += 1;
            }
            // SAFETY: LANES numbers follow in these LANES rows, and can be written at the places
            // that the caller promises.
            unsafe { s.transpose(&own[..S::LANES], to.add(column * stride + row), stride) };
            row += S::LANES;
        }
        column += S::LANES;
    }
}

#[cfg(test)]
mod tests {
    use super::transpose;
    use crate::kernel::compute::Compute;
    use crate::kernel::edges::poisoned;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::simd::Level;

    #[test]
    fn rows_become_columns() {
        for (rows, columns) in [(1, 1), (33, 70), (64, 3), (3, 64), (0, 5), (5, 0)] {
            let from = poisoned(AlignedMatrix::from_fn(rows, columns, |r, c| (100 * r + c) as f32));
            for (level, threads) in Level::all().flat_map(|level| [(level, 1), (level, 2), (level, 3)]) {
                let mut out = poisoned(AlignedMatrix::zeros(columns, rows));
                transpose(&Compute::new(level, threads).unwrap(), &from, &mut out);
                let expected = AlignedMatrix::from_fn(columns, rows, |c, r| (100 * r + c) as f32);
                assert_eq!((&out, out.all()), (&expected, expected.all()));
            }
        }
    }
}
