//! Compares spikes, winners and filtered activity with their definitions in f64.

use super::{Comparison, Exact};
use crate::kernel::activity::{self, Change, DoubleExponential, Lists, Panels, Sums, changes, event};
use crate::kernel::bernoulli::{self, NEURONS, TIMES, spikes, threshold};
use crate::kernel::categorical::{self, Interleaved, cumulate, pick};
use crate::kernel::edges::EDGES;
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::philox::{self, Place, Stream};
use crate::kernel::simd::Level;
use crate::random::SplitMix64;

const PLACE: Place = Place { seed: 3, stream: Stream::StateSpikes, step: 9, iteration: 1, sample: 4 };

/// Neurons with edges and drawn numbers as rates. Their number does not fill a word of spikes. The
/// result is 1 if a neuron spikes.
pub(super) fn bernoulli(random: &mut SplitMix64) -> Comparison {
    let mut rates = EDGES.to_vec();
    rates.extend(std::iter::repeat_with(|| random.unit() as f32).take(3 * WIDTH));
    let all = || (0..TIMES).flat_map(|time| (0..rates.len() as u32).map(move |neuron| (time, neuron)));
    let exact = |(time, neuron): (usize, u32)| {
        let word = philox::twin::series(&PLACE, neuron)[time / 2];
        let half = (word >> (16 * (time % 2))) & 0xffff;
        let is_below = (f64::from(half) + 0.5) / 65_536.0 < f64::from(rates[neuron as usize]);
        Some(Exact { value: f64::from(u8::from(is_below)), scale: 1.0 })
    };
    let twin = |(time, neuron): (usize, u32)| {
        f32::from(u8::from(bernoulli::twin::spike(&PLACE, neuron, time, rates[neuron as usize])))
    };
    Comparison {
        twin: all().map(twin).collect(),
        exact: all().map(exact).collect(),
        vector: Box::new({
            let rates = rates.clone();
            move |level| {
                let length = padded(rates.len());
                let neurons: Vec<u32> = (0..length as u32).collect();
                let mut thresholds: Vec<f32> = rates.iter().map(|&rate| threshold(rate)).collect();
                thresholds.resize(length, 0.0);
                let words = length.div_ceil(NEURONS);
                let mut out = vec![0; TIMES * words];
                spikes(level, PLACE, &neurons, &thresholds, &mut out);
                let bit = |time: usize, n: usize| out[time * words + n / NEURONS] >> (n % NEURONS) & 1;
                let of_time = |time| rates.iter().enumerate().map(move |(n, _)| (time, n));
                (0..TIMES).flat_map(of_time).map(|(time, n)| bit(time, n) as f32).collect()
            }
        }),
    }
}

/// Seventeen circuits of seven units, three of them shorter, and circuits of one unit: cumulative
/// probabilities, and winners whose draws are not close to a border.
pub(super) fn categorical(random: &mut SplitMix64) -> Comparison {
    let shapes = [Interleaved { circuits: 17, members: 7 }, Interleaved { circuits: 3, members: 1 }];
    let mut operands = Vec::new();
    let (mut twin, mut exact) = (Vec::new(), Vec::new());
    for shape in shapes {
        let missing = |c: usize, d: usize| c < 3 && d + c >= shape.members && d > 0;
        let mut z = vec![0.0; shape.row()];
        let mut draws = vec![0.0; padded(shape.circuits)];
        for c in 0..shape.circuits {
            for d in 0..shape.members {
                z[d * shape.circuits + c] =
                    if missing(c, d) { f32::NEG_INFINITY } else { random.symmetric(8.0) as f32 };
            }
            draws[c] = random.below(1 << 24) as f32 / 16_777_216.0;
            let own: Vec<f32> = (0..shape.members).map(|d| z[d * shape.circuits + c]).collect();
            let sums = categorical::twin::cumulate(&own);
            let largest = own.iter().fold(f32::NEG_INFINITY, |largest, &z| largest.max(z));
            let mut sum = 0.0;
            let powers = own.iter().map(|&z| {
                sum += libm::exp(f64::from(z) - f64::from(largest));
                sum
            });
            let powers: Vec<f64> = powers.collect();
            // Fractions of the total, which do not depend on common factors.
            let whole = powers[shape.members - 1];
            let share = f64::from(sums[shape.members - 1]) / whole;
            exact.extend(powers.iter().map(|sum| Some(Exact { value: sum * share, scale: whole * share })));
            twin.extend_from_slice(&sums);
            twin.push(categorical::twin::pick(&sums, draws[c]) as f32);
            let is_near = powers.iter().any(|sum| (sum / whole - f64::from(draws[c])).abs() < 1e-6);
            let winner = powers[..shape.members - 1].iter().filter(|&&s| s / whole <= f64::from(draws[c]));
            exact.push((!is_near).then_some(Exact { value: winner.count() as f64, scale: 1.0 }));
        }
        operands.push((shape, z, draws));
    }
    let vector = move |level: Level| {
        let mut all = Vec::new();
        for (shape, z, draws) in &operands {
            let (mut sums, mut winners) = (vec![0.0; shape.sums()], vec![0; padded(shape.circuits)]);
            cumulate(level, *shape, z, &mut sums);
            pick(level, *shape, &sums, draws, &mut winners);
            let stride = padded(shape.circuits);
            for (c, winner) in winners[..shape.circuits].iter().enumerate() {
                all.extend((0..shape.members).map(|d| sums[d * stride + c]));
                all.push(((*winner as usize - c) / shape.circuits) as f32);
            }
        }
        all
    };
    Comparison { twin, exact, vector: Box::new(vector) }
}

const INPUTS: usize = 23;
/// Number of units, a multiple of a line.
const UNITS: usize = 3 * WIDTH;

/// Spikes of a few neurons, and their weights.
struct Train {
    window: usize,
    weights: AlignedMatrix,
    base: AlignedMatrix,
    spikes: Vec<[bool; INPUTS]>,
}

impl Train {
    fn new(random: &mut SplitMix64, steps: usize, window: usize) -> Self {
        Self {
            window,
            weights: AlignedMatrix::from_fn(INPUTS, UNITS, |_, _| random.symmetric(1.0) as f32),
            base: AlignedMatrix::from_fn(1, UNITS, |_, _| random.symmetric(1.0) as f32),
            spikes: (0..steps).map(|_| std::array::from_fn(|_| random.chance(0.4))).collect(),
        }
    }

    /// The inputs that enter and leave at time `t`, compared with `memory` steps before. There are
    /// no spikes before the start.
    fn events(&self, t: usize, memory: usize) -> Vec<(usize, bool)> {
        let before = t.checked_sub(memory).map_or([false; INPUTS], |t| self.spikes[t]);
        (0..INPUTS).filter(|&k| self.spikes[t][k] != before[k]).map(|k| (k, before[k])).collect()
    }

    /// `Σ_k w_ku Σ_τ κ_τ·spikes_{t−τ}`, and the same of absolute values.
    fn activity(&self, kernel: impl Fn(usize) -> f64, t: usize, unit: usize) -> Exact {
        let (mut value, mut scale) = (0.0, f64::from(self.base.row(0)[unit]).abs());
        for k in 0..INPUTS {
            let rate: f64 =
                (0..self.window.min(t + 1)).filter(|&tau| self.spikes[t - tau][k]).map(&kernel).sum();
            let term = f64::from(self.weights.row(k)[unit]) * rate;
            value += term;
            scale += term.abs();
        }
        Exact { value: value + f64::from(self.base.row(0)[unit]), scale }
    }

    /// The first ten inputs are states. Their change is summed separately from the other events.
    fn split(&self, t: usize, memory: usize) -> [Vec<(usize, bool)>; 2] {
        let (states, units) = self.events(t, memory).into_iter().partition(|&(k, _)| k < 10);
        [states, units]
    }

    fn of_unit(&self, events: &[(usize, bool)], unit: usize) -> Vec<(f32, bool)> {
        events.iter().map(|&(k, leaves)| (self.weights.row(k)[unit], leaves)).collect()
    }

    /// δ of a unit.
    fn change(&self, t: usize, memory: usize, unit: usize) -> f32 {
        let [states, units] = self.split(t, memory).map(|events| self.of_unit(&events, unit));
        activity::twin::change(activity::twin::change(0.0, &states), &units)
    }

    /// σ of all time steps.
    fn states(&self, level: Level, memory: usize) -> AlignedMatrix {
        let mut panels = Panels::new();
        panels.gather(&self.weights, &(0..10).collect::<Vec<_>>());
        let mut lists = Lists::default();
        lists.clear(10);
        let word = |t: usize| (0..10).fold(0u64, |word, k| word | u64::from(self.spikes[t][k]) << k);
        for t in 0..self.spikes.len() {
            lists.push(&[word(t)], &mut [t.checked_sub(memory).map_or(0, word)]);
        }
        let mut out = AlignedMatrix::zeros(self.spikes.len().next_multiple_of(2), UNITS);
        changes(level, &panels, &mut lists, &mut out);
        out
    }

    /// Time steps and units.
    fn all(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        (0..self.spikes.len()).flat_map(|t| (0..UNITS).map(move |unit| (t, unit)))
    }

    fn coded(&self, t: usize, memory: usize) -> Vec<u32> {
        self.split(t, memory)[1].iter().map(|&(k, leaves)| event(k, leaves)).collect()
    }
}

/// Net inputs at every time step, starting without spikes.
pub(super) fn rectangle(random: &mut SplitMix64) -> Comparison {
    const WINDOW: usize = 4;
    let train = Train::new(random, 9, WINDOW);
    let scale = 1.0 / WINDOW as f32;
    let mut sums = [0.0; UNITS];
    let twin = train.all().map(|(t, unit)| {
        let change = train.change(t, WINDOW, unit);
        activity::twin::rectangle(change, scale, train.base.row(0)[unit], &mut sums[unit])
    });
    let kernel = |_| 1.0 / WINDOW as f64;
    Comparison {
        twin: twin.collect(),
        exact: train.all().map(|(t, unit)| Some(train.activity(kernel, t, unit))).collect(),
        vector: Box::new(move |level| {
            let states = train.states(level, WINDOW);
            let (mut sum, mut z) = (vec![0.0; UNITS], AlignedMatrix::zeros(train.spikes.len(), UNITS));
            for t in 0..train.spikes.len() {
                let events = train.coded(t, WINDOW);
                let change = Change { states: states.row(t), weights: &train.weights, events: &events };
                activity::rectangle(level, change, scale, train.base.row(0), &mut sum, z.row_mut(t));
            }
            z.entries().collect()
        }),
    }
}

/// The same with the double exponential.
pub(super) fn double_exponential(random: &mut SplitMix64) -> Comparison {
    const WINDOW: usize = 50;
    let train = Train::new(random, 200, WINDOW);
    let own = DoubleExponential::new(WINDOW as u32);
    let mut sums = vec![(activity::twin::Sums::default(), [0.0; WINDOW]); UNITS];
    let twin = train.all().map(|(t, unit)| {
        let change = train.change(t, 1, unit);
        let (sums, ring) = &mut sums[unit];
        let base = train.base.row(0)[unit];
        activity::twin::double_exponential(change, &own, base, sums, &mut ring[t % WINDOW])
    });
    let shape = |tau: usize| libm::exp(-(tau as f64) / 8.0) - libm::exp(-(tau as f64) / 2.0);
    let norm: f64 = (0..WINDOW).map(shape).sum();
    let kernel = |tau: usize| shape(tau) / norm;
    // The rounding is that of two sums which are several times larger than their difference. The
    // scale is that of the larger sum.
    let gain = f64::from(own.scale) * (0..WINDOW).map(|tau| libm::exp(-(tau as f64) / 8.0)).sum::<f64>();
    let exact = train.all().map(|(t, unit)| {
        let exact = train.activity(kernel, t, unit);
        let spiking = (0..INPUTS).map(|k| f64::from(train.weights.row(k)[unit]).abs()).sum::<f64>();
        Some(Exact { scale: exact.scale + gain * spiking, ..exact })
    });
    Comparison {
        twin: twin.collect(),
        exact: exact.collect(),
        vector: Box::new(move |level| {
            let states = train.states(level, 1);
            let mut sums = [(); 3].map(|()| vec![0.0; UNITS]);
            let (mut ring, mut z) =
                (AlignedMatrix::zeros(WINDOW, UNITS), AlignedMatrix::zeros(train.spikes.len(), UNITS));
            for t in 0..train.spikes.len() {
                let events = train.coded(t, 1);
                let change = Change { states: states.row(t), weights: &train.weights, events: &events };
                let [now, slow, fast] = &mut sums;
                let sums = Sums { now, old: ring.row_mut(t % WINDOW), slow, fast };
                activity::double_exponential(level, change, own, train.base.row(0), sums, z.row_mut(t));
            }
            z.entries().collect()
        }),
    }
}
