//! The state neurons' part in the net inputs.

use super::SampleDraws;
use super::layout::Layout;
use crate::kernel::activity::{Lists, Panels, changes};
use crate::kernel::bernoulli::{self, NEURONS, threshold};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::philox::Stream;
use crate::kernel::simd::Level;

/// Time steps that are drawn and summed up together.
pub(super) const CHUNK: usize = 32;

/// The state neurons of a sample, their spikes and what these change.
#[derive(Debug)]
pub(super) struct States {
    /// Those that may spike or not, padded to whole lines.
    neurons: Vec<u32>,
    thresholds: Vec<f32>,
    /// The rows of those, and of those that always spike.
    rows: Vec<usize>,
    always: Vec<usize>,
    panels: Panels,
    /// Spikes of a chunk of time steps.
    spikes: Vec<u64>,
    /// Those that they are compared with: `memory` time steps back, in a ring.
    past: Vec<u64>,
    memory: usize,
    /// At how many time steps of the first window each neuron spiked.
    counts: Vec<f32>,
    lists: Lists,
    /// σ of the chunk's time steps.
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

    /// Begins a sample, silent so far.
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

    /// Words of the spikes of one time step.
    fn words(&self) -> usize {
        self.neurons.len().div_ceil(NEURONS)
    }

    /// Draws the spikes of the chunk that begins at `t`, a multiple of its length. From time step
    /// `first` on their changes go to `changes`, whose first row is that of the larger of both;
    /// earlier ones are remembered alone.
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

    /// Counts the remembered spikes of each neuron.
    fn count(&mut self) {
        let words = self.words();
        self.counts.clear();
        // Binary counters, a bit of 64 of them in a word.
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

    /// Writes at how many time steps of the first window each neuron spiked to the entries of `x`
    /// at its row.
    pub(super) fn window(&self, x: &mut [f32]) {
        self.rows.iter().zip(&self.counts).for_each(|(&row, &count)| x[row] = count);
        self.always.iter().for_each(|&row| x[row] = self.memory as f32);
    }

    /// The rows of the neurons that always spike: they have no events.
    pub(super) fn always(&self) -> &[usize] {
        &self.always
    }
}
