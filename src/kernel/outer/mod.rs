//! Sums of outer products over a batch: `out[k][u] = Σ_b x[b][k]·e[b][u]`.
//!
//! ```text
//! for panels of 8 vectors of units:  for inputs k:  for samples b with x[b][k] ≠ 0, in order:  8 multiply-adds
//! ```
//!
//! `x` is samples × inputs, given by its entries that are not zero ([`Columns`]); `e` samples × units. Every result is one chain of fused multiply-adds over those samples in
//! ascending order, from 0. A sample whose entry is zero is left out of the chain, whatever its `e`.

#[cfg(test)]
mod tests;
pub mod twin;

use super::rows::Rows;
use super::simd::{Level, Simd, Work, run};

/// The entries of a matrix that are not zero, column by column, by ascending row.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    starts: Vec<u32>,
    entries: Vec<(u32, f32)>,
    next: Vec<u32>,
}

impl Columns {
    /// The columns of those rows of `x` for which `wanted` holds. Reuses memory.
    pub fn gather(&mut self, x: &Rows, wanted: impl Fn(usize) -> bool) {
        let columns = x.columns();
        self.starts.clear();
        self.starts.resize(columns + 1, 0);
        for b in (0..x.rows()).filter(|&b| wanted(b)) {
            for (count, &entry) in self.starts[1..].iter_mut().zip(x.row(b)) {
                *count += u32::from(entry != 0.0);
            }
        }
        for k in 0..columns {
            self.starts[k + 1] += self.starts[k];
        }
        self.next.clear();
        self.next.extend_from_slice(&self.starts[..columns]);
        self.entries.resize(self.starts[columns] as usize, (0, 0.0));
        for b in (0..x.rows()).filter(|&b| wanted(b)) {
            for (next, &entry) in self.next.iter_mut().zip(x.row(b)) {
                if entry != 0.0 {
                    self.entries[*next as usize] = (b as u32, entry);
                    *next += 1;
                }
            }
        }
    }

    /// Number of columns.
    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn column(&self, k: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[k] as usize..self.starts[k + 1] as usize]
    }
}

struct Outer<'a> {
    columns: &'a Columns,
    first: usize,
    e: &'a Rows,
    out: &'a mut [f32],
}

/// Fills `out`, padded rows, with the results of inputs `first`, `first + 1`, …
///
/// # Panics
/// Where `out` holds no whole rows, more rows than there are inputs, or an entry's sample has no row in `e`.
pub fn outer(level: Level, columns: &Columns, first: usize, e: &Rows, out: &mut [f32]) {
    let inputs = out.len() / e.stride();
    assert!(out.len() == inputs * e.stride() && first + inputs <= columns.count());
    assert!((first..first + inputs).all(|k| columns.column(k).iter().all(|&(b, _)| (b as usize) < e.rows())));
    run(level, Outer { columns, first, e, out });
}

/// Vectors of a panel: enough independent chains for two multiply-add pipes.
const PANEL: usize = 8;

impl Work for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let stride = self.e.stride();
        let vectors = self.e.columns().div_ceil(S::LANES);
        let mut vector = 0;
        while vector < vectors {
            let at = vector * S::LANES;
            let wide = PANEL.min(vectors - vector);
            for (k, row) in self.out.chunks_exact_mut(stride).enumerate() {
                let column = self.columns.column(self.first + k);
                // SAFETY: `at + wide·LANES <= stride`, since LANES divides the stride; every sample has a row in `e`, as `outer` has checked.
                unsafe {
                    let (e, out) = (self.e.all().as_ptr().add(at), row.as_mut_ptr().add(at));
                    match wide {
                        8 => panel::<S, 8>(s, column, e, stride, out),
                        7 => panel::<S, 7>(s, column, e, stride, out),
                        6 => panel::<S, 6>(s, column, e, stride, out),
                        5 => panel::<S, 5>(s, column, e, stride, out),
                        4 => panel::<S, 4>(s, column, e, stride, out),
                        3 => panel::<S, 3>(s, column, e, stride, out),
                        2 => panel::<S, 2>(s, column, e, stride, out),
                        _ => panel::<S, 1>(s, column, e, stride, out),
                    }
                }
            }
            vector += wide;
        }
    }
}

/// # Safety
/// `V·LANES` numbers can be read at `e + b·stride` for every sample `b` of the column, and written at `out`.
#[inline(always)]
unsafe fn panel<S: Simd, const V: usize>(
    s: S,
    column: &[(u32, f32)],
    e: *const f32,
    stride: usize,
    out: *mut f32,
) {
    let mut sums = [s.splat(0.0); V];
    // SAFETY: the caller's promise.
    unsafe {
        for &(b, x) in column {
            let x = s.splat(x);
            let row = e.add(b as usize * stride);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.fused(x, s.load(row.add(v * S::LANES)), *sum);
            }
        }
        for (v, sum) in sums.iter().enumerate() {
            s.store(*sum, out.add(v * S::LANES));
        }
    }
}
