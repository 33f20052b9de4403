//! Sums of the weight rows of events at many time steps.

use super::{event, sign};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::simd::{Level, Simd, Work, run};

/// Number of units of a panel: four vectors of the widest instruction set. The panel's parts of the
/// hundred rows that change most fit in the first-level cache.
const PANEL: usize = 64;

/// Some rows of weights, panel by panel.
#[derive(Debug)]
pub struct Panels {
    count: usize,
    /// Each panel has all rows, then a row of zeros.
    parts: AlignedMatrix,
    stride: usize,
}

impl Panels {
    /// No rows.
    pub fn new() -> Self {
        Self { count: 0, parts: AlignedMatrix::zeros(1, PANEL), stride: 0 }
    }

    /// Copies the rows of weights with the numbers `rows`.
    pub fn gather(&mut self, weights: &AlignedMatrix, rows: &[usize]) {
        (self.count, self.stride) = (rows.len(), weights.stride());
        let panels = self.stride.div_ceil(PANEL);
        let needed = panels * (self.count + 1);
        if self.parts.rows() < needed {
            self.parts = AlignedMatrix::zeros(needed, PANEL);
        }
        let parts = self.parts.all_mut().chunks_exact_mut((self.count + 1) * PANEL);
        for (panel, parts) in parts.take(panels).enumerate() {
            let columns = panel * PANEL..self.stride.min((panel + 1) * PANEL);
            let (own, zeros) = parts.split_at_mut(self.count * PANEL);
            for (&row, part) in rows.iter().zip(own.chunks_exact_mut(PANEL)) {
                let from = weights.padded_row(row)[columns.clone()].chunks_exact(WIDTH);
                from.zip(part.chunks_exact_mut(WIDTH)).for_each(|(from, part)| part.copy_from_slice(from));
            }
            zeros.fill(0.0);
        }
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self::new()
    }
}

/// Events of rows of [`Panels`] by time step.
#[derive(Debug, Default)]
pub struct Lists {
    /// Number of rows. No list is longer.
    rows: usize,
    /// One list per time step, `rows` apart.
    events: Vec<u32>,
    lengths: Vec<usize>,
}

impl Lists {
    /// Removes all time steps and sets the number of rows to `rows`.
    pub fn clear(&mut self, rows: usize) {
        self.rows = rows;
        self.lengths.clear();
    }

    /// Number of time steps.
    pub fn times(&self) -> usize {
        self.lengths.len()
    }

    /// Adds a time step: the rows whose bits differ between `now` and `before` enter or leave, in
    /// order. Copies `now` to `before`.
    ///
    /// # Panics
    /// If a bit is set for which there is no row.
    pub fn push(&mut self, now: &[u64], before: &mut [u64]) {
        let from = self.times() * self.rows;
        if self.events.len() < from + self.rows {
            self.events.resize(from + self.rows, 0);
        }
        let list = &mut self.events[from..from + self.rows];
        let mut length = 0;
        for (at, (&now, before)) in now.iter().zip(before).enumerate() {
            let mut changed = now ^ *before;
            while changed != 0 {
                let bit = changed.trailing_zeros();
                list[length] = event(64 * at + bit as usize, *before >> bit & 1 == 1);
                changed &= changed - 1;
                length += 1;
            }
            *before = now;
        }
        assert!(length == 0 || ((list[length - 1] >> 1) as usize) < self.rows);
        self.lengths.push(length);
    }

    /// Pads the lists of every two time steps to the same length with events of the row of zeros.
    /// Returns the number of pairs.
    fn pair_up(&mut self) -> usize {
        let times = self.times().next_multiple_of(2);
        self.lengths.resize(times, 0);
        self.events.resize(self.events.len().max(times * self.rows), 0);
        let lists = self.events.chunks_exact_mut(2 * self.rows.max(1));
        for (lengths, lists) in self.lengths.chunks_exact_mut(2).zip(lists) {
            let (first, second) = lists.split_at_mut(self.rows);
            let length = lengths[0].max(lengths[1]);
            for (own, list) in lengths.iter_mut().zip([first, second]) {
                list[*own..length].fill(event(self.rows, false));
                *own = length;
            }
        }
        times / 2
    }
}

struct Changes<'a> {
    panels: &'a Panels,
    lists: &'a Lists,
    pairs: usize,
    out: &'a mut AlignedMatrix,
}

/// Fills one row of `out` per time step with `σ`. The lists are padded and must be cleared before
/// the next use.
///
/// # Panics
/// If the lists and the panels have different numbers of rows, or if `out` has fewer rows than the
/// number of time steps rounded up to an even number, or rows of another length.
pub fn changes(level: Level, panels: &Panels, lists: &mut Lists, out: &mut AlignedMatrix) {
    assert!(lists.rows == panels.count && out.stride() == panels.stride);
    let pairs = lists.pair_up();
    assert!(out.rows() >= 2 * pairs);
    run(level, Changes { panels, lists, pairs, out });
}

impl Work for Changes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let stride = self.panels.stride;
        let mut column = 0;
        while column < stride {
            // SAFETY: rows of weights are padded to whole vectors, and a panel to four vectors or a
            // multiple.
            unsafe {
                match (stride - column) / S::LANES {
                    1 => self.columns::<S, 1>(s, column),
                    2 => self.columns::<S, 2>(s, column),
                    3 => self.columns::<S, 3>(s, column),
                    _ => self.columns::<S, 4>(s, column),
                }
            }
            column += 4 * S::LANES;
        }
    }
}

impl Changes<'_> {
    /// All time steps of `V` vectors of units.
    ///
    /// # Safety
    /// `column` is a multiple of `4·LANES`, and `column + V·LANES` at most the length of a row.
    #[inline(always)]
    unsafe fn columns<S: Simd, const V: usize>(&mut self, s: S, column: usize) {
        let (rows, stride) = (self.lists.rows, self.panels.stride);
        let mut pair = 0;
        while pair < self.pairs {
            let mut sums = [[s.splat(0.0); V]; 2];
            let length = self.lists.lengths[2 * pair];
            // SAFETY: a panel has `rows + 1` parts of PANEL numbers, a multiple of `4·LANES`; every
            // event is one of these parts, as `push` and `pair_up` see to; both lists of the pair
            // have `length <= rows` events and are `rows` apart; `out` has two rows for each pair,
            // which are `stride` apart.
            unsafe {
                let parts = (self.panels.parts.all().as_ptr())
                    .add(column / PANEL * (rows + 1) * PANEL + column % PANEL);
                let lists = self.lists.events.as_ptr().add(2 * pair * rows);
                let mut at = 0;
                while at < length {
                    let mut which = 0;
                    while which < 2 {
                        let event = *lists.add(which * rows + at);
                        let part = parts.add((event >> 1) as usize * PANEL);
                        let sign = s.splat_bits(sign(event));
                        for (v, sum) in sums[which].iter_mut().enumerate() {
                            *sum = s.add(*sum, s.float(s.xor(s.bits(s.load(part.add(v * S::LANES))), sign)));
                        }
                        which += 1;
                    }
                    at += 1;
                }
                let mut which = 0;
                while which < 2 {
                    let out = self.out.all_mut().as_mut_ptr().add((2 * pair + which) * stride + column);
                    for (v, sum) in sums[which].iter().enumerate() {
                        s.store(*sum, out.add(v * S::LANES));
                    }
                    which += 1;
                }
            }
            pair += 1;
        }
    }
}
