//! All of one sample's spikes.

use super::layout::Layout;
use super::{SpikeKernel, Spiking};
use crate::kernel::activity::{self, DoubleExponential, Events, Sums};
use crate::kernel::bernoulli::{self, NEURONS, threshold};
use crate::kernel::categorical;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::product::add_product;
use crate::kernel::rows::{Rows, WIDTH, padded};
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::kernel::uniform::uniform;
use crate::network::Parameters;

/// Which draws a sample takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    pub(super) seed: u32,
    pub(super) step: u32,
    pub(super) sample: u32,
}

impl Draws {
    fn place(self, stream: Stream, iteration: usize) -> Place {
        let Self { seed, step, sample } = self;
        Place { seed, stream, step, iteration: iteration as u32, sample }
    }
}

/// The working memory of a thread, for one sample after the other.
#[derive(Debug)]
pub(super) struct Train {
    spiking: Spiking,
    neurons: Neurons,
    /// 0, 1, … one a circuit.
    circuits: Vec<u32>,
    /// Uniform draws of four time steps.
    uniform: Vec<f32>,
    /// Spikes of the listed neurons at eight time steps.
    spikes: Vec<u64>,
    /// Places of the winners at the present time step.
    winners: Vec<u32>,
    past: Past,
    events: Lists,
    /// Net inputs by place, and the cumulated sums that winners are drawn from.
    z: Rows,
    sums: Vec<f32>,
    scratch: Vec<f32>,
    filter: Filter,
}

/// The state neurons that matter for a sample.
#[derive(Debug, Default)]
struct Neurons {
    /// Those that may spike or not, padded to whole lines.
    list: Vec<u32>,
    thresholds: Vec<f32>,
    /// Those that always spike.
    always: Vec<u32>,
}

/// The spikes that the present ones are compared with: of the last step, or of a whole window as a ring.
#[derive(Debug)]
struct Past {
    winners: Vec<u32>,
    spikes: Vec<u64>,
    length: usize,
}

/// Inputs whose spikes begin and end to count, as rows of weights: winners, then state neurons.
#[derive(Debug)]
struct Lists {
    entering: Vec<u32>,
    leaving: Vec<u32>,
}

/// What a kernel needs beside.
#[derive(Debug)]
enum Filter {
    /// One input row for the product of the first window, its result, and the change since.
    Rectangle { x: Rows, base: Rows, change: Rows },
    /// Three rows of sums, and a ring of the sums of spikes in the window.
    Double { kernel: DoubleExponential, sums: Rows, window: Rows },
}

impl Train {
    pub(super) fn new(layout: &Layout, states: usize, spiking: Spiking) -> Self {
        let (shape, window) = (layout.shape, spiking.window as usize);
        let row = || Rows::zeros(1, shape.row());
        let lines = padded(shape.circuits);
        let (filter, length) = match spiking.kernel {
            SpikeKernel::Rectangle => {
                let x = Rows::zeros(1, layout.weights.rows());
                (Filter::Rectangle { x, base: row(), change: row() }, window)
            }
            SpikeKernel::DoubleExponential => {
                let kernel = DoubleExponential::new(spiking.window);
                let (sums, window) = (Rows::zeros(3, shape.row()), Rows::zeros(window, shape.row()));
                (Filter::Double { kernel, sums, window }, 1)
            }
        };
        let words = padded(states).div_ceil(NEURONS);
        let inputs = shape.circuits + states;
        Self {
            spiking,
            neurons: Neurons::default(),
            circuits: (0..lines as u32).collect(),
            uniform: vec![0.0; categorical::TIMES * lines],
            spikes: Vec::with_capacity(bernoulli::TIMES * words),
            winners: vec![0; lines],
            past: Past {
                winners: vec![0; length * lines],
                spikes: Vec::with_capacity(length * words),
                length,
            },
            events: Lists { entering: Vec::with_capacity(inputs), leaving: Vec::with_capacity(inputs) },
            z: row(),
            sums: vec![0.0; shape.sums()],
            scratch: vec![0.0; padded(layout.places.len())],
            filter,
        }
    }

    /// Infers `q`, a padded row, of one sample.
    pub(super) fn run(
        &mut self,
        level: Level,
        parameters: &Parameters,
        layout: &Layout,
        states: &[f32],
        draws: Draws,
        q: &mut [f32],
    ) {
        let (steps, window) = (self.spiking.steps as usize, self.spiking.window as usize);
        self.start(level, layout, draws, q);
        if steps >= window {
            self.neurons.choose(states);
            let words = self.words();
            self.spikes.resize(bernoulli::TIMES * words, 0);
            self.past.spikes.clear();
            self.past.spikes.resize(self.past.length * words, 0);
            for t in 0..steps {
                self.draw(level, draws, t);
                self.advance(level, layout, t);
                if t + 1 >= window && t + 1 < steps {
                    categorical::cumulate(level, layout.shape, self.z.row(0), &mut self.sums);
                }
            }
        }
        let z = self.z.row(0);
        layout.places.iter().zip(&mut *q).for_each(|(&place, q)| *q = z[place as usize]);
        softmax(level, parameters.circuits.sizes(), q, &mut self.scratch);
    }

    /// The random logits that the first winners are drawn from.
    fn start(&mut self, level: Level, layout: &Layout, draws: Draws, q: &mut [f32]) {
        uniform(level, draws.place(Stream::Start, 0), q);
        let z = self.z.row_mut(0);
        z.copy_from_slice(layout.bias.row(0));
        layout.places.iter().zip(&*q).for_each(|(&place, &u)| z[place as usize] = u);
        categorical::cumulate(level, layout.shape, z, &mut self.sums);
    }

    /// Words of the listed neurons' spikes at one time.
    fn words(&self) -> usize {
        self.neurons.list.len().div_ceil(NEURONS)
    }

    /// Draws the spikes of time `t`, or finds them among those drawn before.
    fn draw(&mut self, level: Level, draws: Draws, t: usize) {
        if t.is_multiple_of(categorical::TIMES) {
            let place = draws.place(Stream::UnitSpikes, t / categorical::TIMES);
            categorical::draws(level, place, &self.circuits, &mut self.uniform);
        }
        if t.is_multiple_of(bernoulli::TIMES) {
            let place = draws.place(Stream::StateSpikes, t / bernoulli::TIMES);
            let Neurons { list, thresholds, .. } = &self.neurons;
            bernoulli::spikes(level, place, list, thresholds, &mut self.spikes);
        }
    }

    /// Takes the winners of time `t`, and moves the net inputs on.
    fn advance(&mut self, level: Level, layout: &Layout, t: usize) {
        let (lines, words, shape) = (self.circuits.len(), self.words(), layout.shape);
        let uniform = &self.uniform[t % categorical::TIMES * lines..][..lines];
        categorical::pick(level, shape, &self.sums, uniform, &mut self.winners);
        let (winners, first) = (&self.winners[..shape.circuits], layout.first_state());
        let spikes = &self.spikes[t % bernoulli::TIMES * words..][..words];
        let (before, spikes_before) = self.past.at(t, lines, words);
        let (z, window) = (self.z.row_mut(0), self.spiking.window as usize);
        match &mut self.filter {
            Filter::Rectangle { x, base, change } => {
                if t < window {
                    before[..shape.circuits].copy_from_slice(winners);
                    spikes_before.copy_from_slice(spikes);
                    if t + 1 == window {
                        self.past.count(&self.neurons, (lines, words), (shape.circuits, first), x.row_mut(0));
                        base.all_mut().copy_from_slice(layout.bias.all());
                        let whole = (&layout.weights, 0..layout.weights.rows(), 0..layout.weights.columns());
                        add_product(level, (x.all(), x.stride()), whole, base.all_mut());
                        change.all_mut().fill(0.0);
                        z.copy_from_slice(base.row(0));
                    }
                } else {
                    self.events.fill_winners(winners, before);
                    self.events.fill_spikes(&self.neurons.list, first as u32, spikes, spikes_before);
                    let scale = 1.0 / window as f32;
                    let events = self.events.of(&layout.weights);
                    activity::rectangle(level, events, scale, base.row(0), change.row_mut(0), z);
                }
            }
            Filter::Double { kernel, sums, window: ring } => {
                if t == 0 {
                    sums.all_mut().fill(0.0);
                    ring.all_mut().fill(0.0);
                    self.events.begin(winners, &self.neurons.always, first as u32);
                    before[..shape.circuits].copy_from_slice(winners);
                } else {
                    self.events.fill_winners(winners, before);
                }
                self.events.fill_spikes(&self.neurons.list, first as u32, spikes, spikes_before);
                let events = self.events.of(&layout.weights);
                let (now, others) = sums.all_mut().split_at_mut(shape.row());
                let (slow, fast) = others.split_at_mut(shape.row());
                let old = ring.row_mut(t % window);
                let sums = Sums { now, old, slow, fast };
                activity::double_exponential(level, events, *kernel, layout.bias.row(0), sums, z);
            }
        }
    }
}

impl Neurons {
    /// Sorts the state neurons of a sample by what their spikes can be.
    fn choose(&mut self, states: &[f32]) {
        self.list.clear();
        self.thresholds.clear();
        self.always.clear();
        for (k, &s) in (0..).zip(states) {
            let threshold = threshold(s);
            // A half word is at least 0 and at most 65535.
            if threshold > 65_535.0 {
                self.always.push(k);
            } else if threshold > 0.0 {
                self.list.push(k);
                self.thresholds.push(threshold);
            }
        }
        let length = self.list.len().next_multiple_of(WIDTH);
        self.list.resize(length, 0);
        self.thresholds.resize(length, 0.0);
    }
}

impl Past {
    /// The winners and spikes with which those of time `t` are compared.
    fn at(&mut self, t: usize, lines: usize, words: usize) -> (&mut [u32], &mut [u64]) {
        let slot = t % self.length;
        (&mut self.winners[slot * lines..][..lines], &mut self.spikes[slot * words..][..words])
    }

    /// Fills `x` with the share of the window's steps at which each input spiked.
    fn count(
        &self,
        neurons: &Neurons,
        (lines, words): (usize, usize),
        (circuits, first): (usize, usize),
        x: &mut [f32],
    ) {
        x.fill(0.0);
        for winners in self.winners.chunks_exact(lines) {
            winners[..circuits].iter().for_each(|&place| x[place as usize] += 1.0);
        }
        // Binary counters, a bit of 64 of them in a word.
        let mut counters: Vec<u64> = Vec::new();
        for word in 0..words {
            counters.clear();
            for spikes in self.spikes.chunks_exact(words) {
                let mut carry = spikes[word];
                for bit in &mut counters {
                    (*bit, carry) = (*bit ^ carry, *bit & carry);
                }
                if carry != 0 {
                    counters.push(carry);
                }
            }
            let listed = &neurons.list[word * NEURONS..];
            for (at, &k) in listed.iter().take(NEURONS).enumerate() {
                let count = counters.iter().rev().fold(0, |count, bit| 2 * count + (bit >> at & 1));
                x[first + k as usize] += count as f32;
            }
        }
        let length = self.length as f32;
        neurons.always.iter().for_each(|&k| x[first + k as usize] = length);
        x.iter_mut().for_each(|x| *x /= length);
    }
}

impl Lists {
    /// The events of the first time step of all.
    fn begin(&mut self, winners: &[u32], always: &[u32], first: u32) {
        self.leaving.clear();
        self.entering.clear();
        self.entering.extend(winners);
        self.entering.extend(always.iter().map(|k| first + k));
    }

    /// Begins with the winners that differ from those before, which they replace.
    fn fill_winners(&mut self, winners: &[u32], before: &mut [u32]) {
        self.entering.clear();
        self.leaving.clear();
        for (&winner, before) in winners.iter().zip(before) {
            if winner != *before {
                self.entering.push(winner);
                self.leaving.push(*before);
                *before = winner;
            }
        }
    }

    /// Adds the state neurons whose spikes differ from those before, which they replace.
    fn fill_spikes(&mut self, neurons: &[u32], first: u32, spikes: &[u64], before: &mut [u64]) {
        for ((&now, before), neurons) in spikes.iter().zip(before).zip(neurons.chunks(NEURONS)) {
            for (mut bits, list) in
                [(now & !*before, &mut self.entering), (*before & !now, &mut self.leaving)]
            {
                while bits != 0 {
                    list.push(first + neurons[bits.trailing_zeros() as usize]);
                    bits &= bits - 1;
                }
            }
            *before = now;
        }
    }

    fn of<'a>(&'a self, weights: &'a Rows) -> Events<'a> {
        Events { weights, entering: &self.entering, leaving: &self.leaving }
    }
}
