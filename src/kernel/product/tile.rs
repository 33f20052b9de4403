//! The innermost block.

use crate::kernel::simd::Simd;

/// Adds `depth` inputs to `R × V` accumulators that begin with what stands in `out`.
///
/// # Safety
/// With strides `xs`, `ws` and `ws`: `R × depth` numbers can be read at `x`, `depth × V·LANES` at `w`, and `R × V·LANES` read and written at `out`.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const R: usize, const V: usize>(
    s: S,
    x: *const f32,
    xs: usize,
    w: *const f32,
    ws: usize,
    depth: usize,
    out: *mut f32,
) {
    let mut sums = [[s.splat(0.0); V]; R];
    // SAFETY: every offset is one that the caller allows.
    unsafe {
        for (r, row) in sums.iter_mut().enumerate() {
            for (v, sum) in row.iter_mut().enumerate() {
                *sum = s.load(out.add(r * ws + v * S::LANES));
            }
        }
        let mut k = 0;
        while k < depth {
            let mut columns = [s.splat(0.0); V];
            for (v, column) in columns.iter_mut().enumerate() {
                *column = s.load(w.add(k * ws + v * S::LANES));
            }
            for (r, row) in sums.iter_mut().enumerate() {
                let input = s.splat(*x.add(r * xs + k));
                for (sum, column) in row.iter_mut().zip(columns) {
                    *sum = s.fused(input, column, *sum);
                }
            }
            k += 1;
        }
        for (r, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                s.store(*sum, out.add(r * ws + v * S::LANES));
            }
        }
    }
}
