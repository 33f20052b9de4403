//! Transposes of squares of sixteen rows and columns.

use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::simd::{Level, Simd, Work, run};

/// Sixteen rows of sixteen numbers, in cache lines.
#[repr(C, align(64))]
struct Square([[f32; WIDTH]; WIDTH]);

/// The sixteen numbers from `column` on, a multiple of 16, of sixteen rows from `row` on; zeros for
/// missing rows.
fn lines(from: &AlignedMatrix, row: usize, column: usize) -> [&[f32; WIDTH]; WIDTH] {
    std::array::from_fn(|r| match row + r < from.rows() {
        true => from.padded_row(row + r)[column..].first_chunk().expect("rows have whole lines"),
        false => &[0.0; WIDTH],
    })
}

/// `out[r][c] = factor·(from[row + r][column + c] + from[column + c][row + r])`, two roundings, for
/// the up to sixteen rows of `out`, which begin at `column` and are `stride` apart. `row` and
/// `column` are multiples of 16.
///
/// # Panics
/// If there are no such rows or columns, or if a row of `out` has fewer than sixteen numbers.
pub(crate) fn symmetric_square(
    level: Level,
    factor: f32,
    from: &AlignedMatrix,
    (row, column): (usize, usize),
    out: &mut [f32],
    stride: usize,
) {
    let (own, other) = (lines(from, row, column), lines(from, column, row));
    run(level, Symmetric { factor, own, other, out, stride });
}

struct Symmetric<'a> {
    factor: f32,
    own: [&'a [f32; WIDTH]; WIDTH],
    other: [&'a [f32; WIDTH]; WIDTH],
    out: &'a mut [f32],
    stride: usize,
}

impl Work for Symmetric<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut square = Square([[0.0; WIDTH]; WIDTH]);
        // SAFETY: the square has sixteen rows of sixteen numbers.
        unsafe { transpose_lines(s, self.other, square.0.as_mut_ptr().cast(), WIDTH) };
        let factor = s.splat(self.factor);
        let rows = self.out.chunks_mut(self.stride).zip(self.own).zip(&square.0);
        for ((line, own), other) in rows {
            let line = &mut line[..WIDTH];
            for at in (0..WIDTH).step_by(S::LANES) {
                // SAFETY: all three have sixteen numbers, and LANES divides sixteen.
                unsafe {
                    let sum = s.add(s.load(own.as_ptr().add(at)), s.load(other.as_ptr().add(at)));
                    s.store(s.mul(factor, sum), line.as_mut_ptr().add(at));
                }
            }
        }
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
    use super::{WIDTH, symmetric_square};
    use crate::kernel::edges::poisoned;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::simd::Level;

    #[test]
    fn squares_are_symmetrised() {
        let size = 37;
        let from = AlignedMatrix::from_fn(size, size, |r, c| (r * r + 3 * c) as f32 / 7.0 - 20.0);
        let expected = AlignedMatrix::from_fn(size, size, |r, c| 0.7 * (from.row(r)[c] + from.row(c)[r]));
        let from = poisoned(from);
        for level in Level::all() {
            let mut out = AlignedMatrix::zeros(size, size);
            let stride = out.stride();
            for (row, column) in [0, 16, 32].into_iter().flat_map(|row| [0, 16, 32].map(|c| (row, c))) {
                let rows = row * stride..size.min(row + WIDTH) * stride;
                symmetric_square(
                    level,
                    0.7,
                    &from,
                    (row, column),
                    &mut out.all_mut()[rows][column..],
                    stride,
                );
            }
            assert_eq!(out, expected, "{level:?}");
        }
    }
}
