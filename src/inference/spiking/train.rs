//! All time steps of one sample.

use super::layout::Layout;
use super::states::{CHUNK, States};
use super::{SampleDraws, SpikeKernel, Spiking};
use crate::kernel::activity::{self, Change, DoubleExponential, Sums, event};
use crate::kernel::categorical;
use crate::kernel::matrix::{AlignedMatrix, padded};
use crate::kernel::philox::Stream;
use crate::kernel::product::add_product;
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::kernel::uniform::uniform;
use crate::network::Parameters;

/// The working memory of a thread, which processes samples one after another.
#[derive(Debug)]
pub(super) struct Train {
    spiking: Spiking,
    states: States,
    /// 0, 1, …, one per circuit.
    circuits: Vec<u32>,
    /// Uniform draws of four time steps.
    uniform: Vec<f32>,
    /// Places of the winners of this time step and of earlier ones for the comparison, in a ring.
    winners: Vec<u32>,
    past: Vec<u32>,
    /// Events of the winners. The first `count` entries are valid.
    events: Vec<u32>,
    count: usize,
    /// Net inputs by place, and the cumulative sums from which winners are drawn.
    z: AlignedMatrix,
    sums: Vec<f32>,
    /// Fractions of the first window in which each input spiked, and the net inputs of the first
    /// window or of constant inputs.
    x: AlignedMatrix,
    base: AlignedMatrix,
    filter: Filter,
}

/// Additional working memory of a kernel.
#[derive(Debug)]
enum Filter {
    /// The change since the first window.
    Rectangle { change: AlignedMatrix },
    /// Three rows of sums, and a ring of the sums of spikes in the window.
    Double { kernel: DoubleExponential, sums: AlignedMatrix, window: AlignedMatrix },
}

impl Train {
    pub(super) fn new(layout: &Layout, spiking: Spiking) -> Self {
        let (shape, window) = (layout.shape, spiking.window as usize);
        let rows = |count| AlignedMatrix::zeros(count, shape.row());
        let lines = padded(shape.circuits);
        let (filter, memory) = match spiking.kernel {
            SpikeKernel::Rectangle => (Filter::Rectangle { change: rows(1) }, window),
            SpikeKernel::DoubleExponential => {
                let kernel = DoubleExponential::new(spiking.window);
                (Filter::Double { kernel, sums: rows(3), window: rows(window) }, 1)
            }
        };
        Self {
            spiking,
            states: States::new(layout, memory),
            circuits: (0..lines as u32).collect(),
            uniform: vec![0.0; categorical::TIMES * lines],
            winners: vec![0; lines],
            past: vec![0; memory * lines],
            events: vec![0; 2 * shape.circuits],
            count: 0,
            z: rows(1),
            sums: vec![0.0; shape.sums()],
            x: AlignedMatrix::zeros(1, layout.weights.rows()),
            base: rows(1),
            filter,
        }
    }

    /// Infers `q`, a padded row, of one sample. Calls `see` with the places of the winners of every
    /// time step, one for each circuit.
    pub(super) fn run(
        &mut self,
        level: Level,
        (parameters, layout): (&Parameters, &Layout),
        states: &[f32],
        draws: SampleDraws,
        q: &mut [f32],
        mut see: impl FnMut(&[u32]),
    ) {
        let (steps, window) = (self.spiking.steps as usize, self.spiking.window as usize);
        self.start(level, layout, draws, q);
        if steps >= window {
            self.begin(level, layout, states);
            // The first time step whose events count.
            let first = match self.filter {
                Filter::Rectangle { .. } => window,
                Filter::Double { .. } => 0,
            };
            for t in 0..steps {
                if t.is_multiple_of(CHUNK) {
                    self.states.chunk(level, draws, t, steps, first);
                }
                self.draw_winners(level, layout, draws, t);
                see(&self.winners[..layout.shape.circuits]);
                if t >= first {
                    let row = t - first.max(t / CHUNK * CHUNK);
                    self.advance(level, layout, t, row);
                } else if t + 1 == first {
                    self.fill_window(level, layout);
                }
                if t + 1 >= window && t + 1 < steps {
                    categorical::cumulate(level, layout.shape, self.z.row(0), &mut self.sums);
                }
            }
        }
        let z = self.z.row(0);
        layout.places.iter().zip(&mut *q).for_each(|(&place, q)| *q = z[place as usize]);
        softmax(level, parameters.circuits.sizes(), q);
    }

    /// The random logits from which the first winners are drawn.
    fn start(&mut self, level: Level, layout: &Layout, draws: SampleDraws, q: &mut [f32]) {
        uniform(level, draws.place(Stream::Start, 0), q);
        let z = self.z.row_mut(0);
        z.copy_from_slice(layout.bias.row(0));
        layout.places.iter().zip(&*q).for_each(|(&place, &u)| z[place as usize] = u);
        categorical::cumulate(level, layout.shape, z, &mut self.sums);
    }

    /// Starts a sample without spikes.
    fn begin(&mut self, level: Level, layout: &Layout, states: &[f32]) {
        self.states.begin(layout, states);
        self.x.all_mut().fill(0.0);
        match &mut self.filter {
            Filter::Rectangle { change } => change.all_mut().fill(0.0),
            Filter::Double { sums, window, .. } => {
                sums.all_mut().fill(0.0);
                window.all_mut().fill(0.0);
                // The activity of a neuron that always spikes is 1 when the window is full.
                self.states.always().iter().for_each(|&row| self.x.row_mut(0)[row] = 1.0);
                self.fill_base(level, layout);
            }
        }
    }

    /// Draws the winners of time `t`. The events are the differences from the winners of the
    /// earlier time step.
    fn draw_winners(&mut self, level: Level, layout: &Layout, draws: SampleDraws, t: usize) {
        let (lines, circuits) = (self.circuits.len(), layout.shape.circuits);
        if t.is_multiple_of(categorical::TIMES) {
            let place = draws.place(Stream::UnitSpikes, t / categorical::TIMES);
            categorical::draws(level, place, &self.circuits, &mut self.uniform);
        }
        let uniform = &self.uniform[t % categorical::TIMES * lines..][..lines];
        categorical::pick(level, layout.shape, &self.sums, uniform, &mut self.winners);
        let memory = self.past.len() / lines;
        let past = &mut self.past[t % memory * lines..][..circuits];
        let mut count = 0;
        for (&winner, past) in self.winners.iter().zip(past) {
            if t == 0 {
                self.events[count] = event(winner as usize, false);
                count += 1;
            } else {
                // Always written, without a branch, because the circuits that differ are not
                // predictable.
                self.events[count..count + 2]
                    .copy_from_slice(&[event(winner as usize, false), event(*past as usize, true)]);
                count += 2 * usize::from(winner != *past);
            }
            *past = winner;
        }
        self.count = count;
    }

    /// The net inputs of the first window.
    fn fill_window(&mut self, level: Level, layout: &Layout) {
        let (lines, length) = (self.circuits.len(), self.spiking.window as f32);
        let x = self.x.row_mut(0);
        for winners in self.past.chunks_exact(lines) {
            winners[..layout.shape.circuits].iter().for_each(|&place| x[place as usize] += 1.0);
        }
        self.states.window(x);
        x.iter_mut().for_each(|x| *x /= length);
        self.fill_base(level, layout);
        self.z.row_mut(0).copy_from_slice(self.base.row(0));
    }

    /// `base` from the inputs `x`.
    fn fill_base(&mut self, level: Level, layout: &Layout) {
        let weights = &layout.weights;
        self.base.all_mut().copy_from_slice(layout.bias.all());
        let x = (self.x.all(), self.x.stride());
        add_product(level, x, (weights, 0..weights.rows()), self.base.tile());
    }

    /// Updates the net inputs by the events of time `t`. The events of the states are in row `row`
    /// of the chunk.
    fn advance(&mut self, level: Level, layout: &Layout, t: usize, row: usize) {
        let states = self.states.changes.row(row);
        let change = Change { states, weights: &layout.weights, events: &self.events[..self.count] };
        let (base, z) = (self.base.row(0), self.z.row_mut(0));
        match &mut self.filter {
            Filter::Rectangle { change: sum } => {
                let scale = 1.0 / self.spiking.window as f32;
                activity::rectangle(level, change, scale, base, sum.row_mut(0), z);
            }
            Filter::Double { kernel, sums, window } => {
                let (now, others) = sums.all_mut().split_at_mut(layout.shape.row());
                let (slow, fast) = others.split_at_mut(layout.shape.row());
                let old = window.row_mut(t % self.spiking.window as usize);
                activity::double_exponential(level, change, *kernel, base, Sums { now, old, slow, fast }, z);
            }
        }
    }
}
