//! The transpose of a matrix.

use crate::inference::{Threads, pieces};
use crate::kernel::rows::Rows;

/// Rows and columns of a block that stays in the first-level cache while it is read along rows and written along columns.
const BLOCK: usize = 32;

/// Fills `out`, columns × rows of `from`, with its transpose; the padding of `out` stays.
///
/// # Panics
/// Where the shapes do not fit.
pub(super) fn transpose(threads: &Threads, from: &Rows, out: &mut Rows) {
    assert!(out.rows() == from.columns() && out.columns() == from.rows());
    let (stride, rows) = (out.stride(), from.rows());
    let ranges = threads.split(from.columns(), BLOCK);
    let outs = pieces(out.all_mut(), ranges.iter().map(|range| range.len() * stride));
    threads.each(ranges.iter().cloned().zip(outs).collect(), |(range, out)| {
        for first in (0..rows).step_by(BLOCK) {
            let last = rows.min(first + BLOCK);
            for row in first..last {
                let line = &from.row(row)[range.clone()];
                for (&entry, out) in line.iter().zip(out[row..].iter_mut().step_by(stride)) {
                    *out = entry;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::transpose;
    use crate::inference::Threads;
    use crate::kernel::rows::Rows;

    #[test]
    fn rows_become_columns() {
        for (rows, columns) in [(1, 1), (33, 70), (64, 3), (3, 64), (0, 5), (5, 0)] {
            let from = Rows::from_fn(rows, columns, |r, c| (100 * r + c) as f32);
            for threads in [1, 2, 3] {
                let mut out = Rows::zeros(columns, rows);
                transpose(&Threads::new(threads).unwrap(), &from, &mut out);
                assert_eq!(out, Rows::from_fn(columns, rows, |c, r| (100 * r + c) as f32));
            }
        }
    }
}
