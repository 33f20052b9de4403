//! The solution of linear equations in f64 by Gaussian elimination with partial pivoting.
//!
//! ```text
//! for k:  swap row k with the row i ≥ k whose entry k is largest
//!         for rows i > k:  f = a[i][k]/a[k][k];  a[i][j] ← a[i][j] − f·a[k][j]
//! for k from the last:  x[k] = (b[k] − Σ_{j>k} a[k][j]·x[j])/a[k][k]
//! ```
//!
//! 1. The right side `b` is the last column of the matrix.
//! 2. Every entry is one chain of products and differences over `k` from 0 upwards, each rounded
//!    (no fused multiply-add); `f = 0` is skipped. The sum in the last line is one chain over `j`
//!    upwards.
//! 3. The vector code eliminates `BLOCK` columns at once: first in these columns alone, then in
//!    the rest of each row, which is loaded and stored once for all of them. Entries keep their
//!    chains, so the bits do not depend on the size of the block.
//! 4. Of two equal largest entries, the upper one is the pivot. A NaN is a pivot only in row `k`.

#[cfg(test)]
mod tests;
pub mod twin;

use super::simd::{Level, Simd, Work, run};

/// Columns that are eliminated at once: the numbers of a cache line.
const BLOCK: usize = 8;

/// Equations, which a solution destroys.
#[derive(Clone, Debug)]
pub struct Equations {
    count: usize,
    stride: usize,
    entries: Vec<f64>,
}

impl Equations {
    /// As many equations as unknowns; all coefficients are 0.
    pub fn zeros(count: usize) -> Self {
        let stride = (count + 1).next_multiple_of(BLOCK);
        Self { count, stride, entries: vec![0.0; count * stride] }
    }

    /// The coefficients of an equation, and behind them its right side.
    pub fn row_mut(&mut self, equation: usize) -> &mut [f64] {
        let Self { count, stride, .. } = *self;
        &mut self.entries[equation * stride..][..count + 1]
    }

    /// The solution; `None` if a pivot is 0 or a number of the solution is not finite.
    pub fn solve(mut self, level: Level) -> Option<Vec<f64>> {
        let mut factors = vec![[0.0; BLOCK]; self.count];
        let is_regular = run(level, Elimination { equations: &mut self, factors: &mut factors });
        if is_regular { self.substitute() } else { None }
    }

    /// The last line of the module's documentation.
    fn substitute(&self) -> Option<Vec<f64>> {
        let mut solution = vec![0.0; self.count];
        for k in (0..self.count).rev() {
            let row = &self.entries[k * self.stride..][..self.count + 1];
            let known = row[k + 1..self.count].iter().zip(&solution[k + 1..]);
            let rest = known.fold(row[self.count], |rest, (entry, x)| rest - entry * x);
            solution[k] = rest / row[k];
        }
        solution.iter().all(|x| x.is_finite()).then_some(solution)
    }
}

struct Elimination<'a> {
    equations: &'a mut Equations,
    /// `f` of each row for the columns of a block.
    factors: &'a mut [[f64; BLOCK]],
}

impl Work for Elimination<'_> {
    /// Is no pivot 0?
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(mut self, _: S) -> bool {
        let count = self.equations.count;
        let mut first = 0;
        while first < count {
            let last = count.min(first + BLOCK);
            if !self.eliminate(first, last) {
                return false;
            }
            self.finish_pivots(first, last);
            self.finish_others(first, last);
            first = last;
        }
        true
    }
}

impl Elimination<'_> {
    /// Eliminates these columns in themselves, and keeps the factors.
    #[inline(always)]
    fn eliminate(&mut self, first: usize, last: usize) -> bool {
        let Equations { count, stride, ref mut entries } = *self.equations;
        for k in first..last {
            let mut pivot = k;
            for i in k + 1..count {
                if entries[i * stride + k].abs() > entries[pivot * stride + k].abs() {
                    pivot = i;
                }
            }
            if entries[pivot * stride + k] == 0.0 {
                return false;
            }
            if pivot > k {
                let (above, below) = entries.split_at_mut(pivot * stride);
                above[k * stride..][..stride].swap_with_slice(&mut below[..stride]);
                self.factors.swap(k, pivot);
            }
            let (above, below) = entries.split_at_mut((k + 1) * stride);
            let top = &above[k * stride..][..last];
            for (row, factors) in below.chunks_exact_mut(stride).zip(&mut self.factors[k + 1..]) {
                let factor = row[k] / top[k];
                factors[k - first] = factor;
                if factor != 0.0 {
                    subtract(factor, &top[k + 1..], &mut row[k + 1..last]);
                }
            }
        }
        true
    }

    /// The rest of the rows of the pivots.
    #[inline(always)]
    fn finish_pivots(&mut self, first: usize, last: usize) {
        let Equations { count, stride, ref mut entries } = *self.equations;
        for k in first + 1..last {
            let (above, below) = entries.split_at_mut(k * stride);
            let row = &mut below[last..count + 1];
            for p in first..k {
                let factor = self.factors[k][p - first];
                if factor != 0.0 {
                    subtract(factor, &above[p * stride..][last..count + 1], row);
                }
            }
        }
    }

    /// The rest of the rows below them.
    #[inline(always)]
    fn finish_others(&mut self, first: usize, last: usize) {
        let Equations { count, stride, ref mut entries } = *self.equations;
        let (above, below) = entries.split_at_mut(last * stride);
        let tops = &above[first * stride..];
        for (row, factors) in below.chunks_exact_mut(stride).zip(&self.factors[last..]) {
            let row = &mut row[last..count + 1];
            let has_zero = factors.contains(&0.0);
            if last - first == BLOCK && !has_zero {
                subtract_all(factors, tops, stride, last, row);
                continue;
            }
            for (&factor, top) in factors[..last - first].iter().zip(tops.chunks_exact(stride)) {
                if factor != 0.0 {
                    subtract(factor, &top[last..count + 1], row);
                }
            }
        }
    }
}

/// `row[j] ← row[j] − factor·top[j]`.
#[inline(always)]
fn subtract(factor: f64, top: &[f64], row: &mut [f64]) {
    for (entry, top) in row.iter_mut().zip(top) {
        *entry -= factor * top;
    }
}

/// [`subtract`] for the rows of a block, in order.
#[inline(always)]
fn subtract_all(factors: &[f64; BLOCK], tops: &[f64], stride: usize, from: usize, row: &mut [f64]) {
    let width = row.len();
    let mut of = [&tops[..0]; BLOCK];
    for (p, top) in of.iter_mut().enumerate() {
        *top = &tops[p * stride + from..][..width];
    }
    for j in 0..width {
        let mut entry = row[j];
        for p in 0..BLOCK {
            entry -= factors[p] * of[p][j];
        }
        row[j] = entry;
    }
}
