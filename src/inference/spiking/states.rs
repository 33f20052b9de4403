//! The contribution of the state neurons to the net inputs.

use super::SampleDraws;
use super::layout::Layout;
use crate::kernel::activity::{Lists, Panels, changes};
use crate::kernel::bernoulli::{self, NEURONS, threshold};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::philox::Stream;
use crate::kernel::simd::Level;

/// Number of time steps that are drawn and summed together.
pub(super) const CHUNK: usize = 32;

/// The state neurons of a sample, their spikes, and the changes that these cause.
#[derive(Debug)]
pub(super) struct States {
    /// The neurons that spike at random, padded to complete lines.
    neurons: Vec<u32>,
    thresholds: Vec<f32>,
    /// The rows of `neurons`, and of the neurons that always spike.
    rows: Vec<usize>,
    always: Vec<usize>,
    panels: Panels,
    /// Spikes of a chunk of time steps.
    spikes: Vec<u64>,
    /// Spikes of the last `memory` time steps, in a ring, for the comparison.
    past: Vec<u64>,
    memory: usize,
    /// Number of spikes of each neuron in the first window.
    counts: Vec<f32>,
    lists: Lists,
    /// σ of the time steps of the chunk.
    pub(super) changes: AlignedMatrix,
}

impl States {
    /// Spikes are compared with those of `memory` time steps before.
    pub(super) fn new(layout: &Layout, memory: usize) -> Self {
        Self {
            neurons: Vec::new(),
            thresholds: Vec::new(),
            rows: Vec::new(),
            always: Vec::new(),
            panels: Panels::new(),
            spikes: Vec::new(),
            past: Vec::new(),
            memory,
            counts: Vec::new(),
            lists: Lists::default(),
            changes: AlignedMatrix::zeros(CHUNK, layout.shape.row()),
        }
    }

    /// Starts a sample without spikes.
    pub(super) fn begin(&mut self, layout: &Layout, states: &[f32]) {
        self.neurons.clear();
        self.thresholds.clear();
        self.rows.clear();
        self.always.clear();
        for ((neuron, row), &s) in (0..).zip(layout.first_state()..).zip(states) {
            let threshold = threshold(s);
            // A half word is at least 0 and at most 65535.
            if threshold > 65_535.0 {
                self.always.push(row);
            } else if threshold > 0.0 {
                self.neurons.push(neuron);
                self.thresholds.push(threshold);
                self.rows.push(row);
            }
        }
        let length = self.rows.len().next_multiple_of(WIDTH);
        self.neurons.resize(length, 0);
        self.thresholds.resize(length, 0.0);
        self.panels.gather(&layout.weights, &self.rows);
        let words = self.words();
        self.spikes.resize(CHUNK * words, 0);
        self.past.clear();
        self.past.resize(self.memory * words, 0);
    }

    /// Number of words for the spikes of one time step.
    fn words(&self) -> usize {
        self.neurons.len().div_ceil(NEURONS)
    }

    /// Draws the spikes of the chunk that begins at `t`, a multiple of its length. From time step
    /// `first` on, writes their changes to `changes`. The first row of `changes` is for the larger
    /// of `t` and `first`. Earlier spikes are only stored.
    pub(super) fn chunk(&mut self, level: Level, draws: SampleDraws, t: usize, steps: usize, first: usize) {
        let words = self.words();
        let end = steps.min(t + CHUNK);
        let eights = self.spikes.chunks_exact_mut((bernoulli::TIMES * words).max(1));
        for (eight, spikes) in (t / bernoulli::TIMES..end.div_ceil(bernoulli::TIMES)).zip(eights) {
            let place = draws.place(Stream::StateSpikes, eight);
            bernoulli::spikes(level, place, &self.neurons, &self.thresholds, spikes);
        }
        self.lists.clear(self.rows.len());
        for now in t..end {
            let spikes = &self.spikes[(now - t) * words..][..words];
            let before = &mut self.past[now % self.memory * words..][..words];
            if now >= first {
                self.lists.push(spikes, before);
            } else {
                before.copy_from_slice(spikes);
                if now + 1 == first {
                    self.count();
                }
            }
        }
        changes(level, &self.panels, &mut self.lists, &mut self.changes);
    }

    /// Counts the stored spikes of each neuron.
    fn count(&mut self) {
        let words = self.words();
        self.counts.clear();
        // Binary counters: each word has one bit of 64 counters.
        let mut counters: Vec<u64> = Vec::new();
        for word in 0..words {
            counters.clear();
            for spikes in self.past.chunks_exact(words) {
                let mut carry = spikes[word];
                for bit in &mut counters {
                    (*bit, carry) = (*bit ^ carry, *bit & carry);
                }
                if carry != 0 {
                    counters.push(carry);
                }
            }
            self.counts
                .extend((0..NEURONS.min(self.rows.len() - word * NEURONS)).map(|at| {
                    counters.iter().rev().fold(0, |count, bit| 2 * count + (bit >> at & 1)) as f32
                }));
        }
    }

    /// Writes the number of spikes of each neuron in the first window to `x`, at the row of the
    /// neuron.
    pub(super) fn window(&self, x: &mut [f32]) {
        self.rows.iter().zip(&self.counts).for_each(|(&row, &count)| x[row] = count);
        self.always.iter().for_each(|&row| x[row] = self.memory as f32);
    }

    /// The rows of the neurons that always spike. These neurons have no events.
    pub(super) fn always(&self) -> &[usize] {
        &self.always
    }
}
