//! Every kernel, the critic and a training step at the sizes of the published MNIST network: 784
//! states, 210 units in 21 circuits of 10. There is one file per kernel. To add one, add its line
//! to [`ALL`]. `tests/benches.rs` fails if a kernel has no bench.

mod activity;
mod bernoulli;
mod categorical;
mod critic;
mod exp;
mod ln;
mod noise;
mod optimiser;
mod outer;
mod product;
mod softmax;
mod training_step;
mod uniform;
mod winners;

use criterion::Throughput;
use svpg::kernel::simd::Level;
use svpg::random::SplitMix64;

/// One execution of a kernel on operands that it owns.
pub(crate) type Run = Box<dyn FnMut()>;

/// A measured kernel.
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    /// The folders of `src/kernel/` that it measures.
    pub(crate) covers: &'static [&'static str],
    /// Numbers, draws, multiply-adds or bytes of one execution, for this number of samples.
    pub(crate) throughput: fn(usize) -> Throughput,
    /// Prepares a run for an instruction set and a number of samples.
    pub(crate) prepare: fn(Level, usize) -> Run,
}

pub(crate) const ALL: [Kernel; 26] = [
    exp::KERNEL,
    ln::KERNEL,
    softmax::KERNEL,
    uniform::KERNEL,
    noise::KERNEL,
    winners::KERNEL,
    product::SMALL,
    product::MIDDLE,
    product::LARGE,
    product::NARROW,
    product::CRITIC,
    product::SPARSE,
    product::LARGE_SPARSE,
    outer::KERNEL,
    bernoulli::KERNEL,
    categorical::KERNEL,
    activity::CHANGES,
    activity::RECTANGLE,
    activity::DOUBLE_EXPONENTIAL,
    optimiser::SGD,
    optimiser::RMSPROP,
    optimiser::ADAM,
    critic::FORWARD,
    critic::ASCEND,
    training_step::RATE,
    training_step::SPIKING,
];

/// Units of the network.
const UNITS: usize = 210;

/// Units and states.
const INPUTS: usize = UNITS + 784;

/// `count` numbers uniform on `[low, high)`.
fn numbers(count: usize, low: f32, high: f32) -> Vec<f32> {
    let mut random = SplitMix64::new(1);
    (0..count).map(|_| low + (high - low) * random.unit() as f32).collect()
}

/// `count` numbers uniform on `(0, 1]`, each replaced by 0 with this probability.
fn numbers_with_zeros(count: usize, probability: f64) -> Vec<f32> {
    let mut random = SplitMix64::new(2);
    let mut next = || if random.chance(probability) { 0.0 } else { 1.0 - random.unit() as f32 };
    (0..count).map(|_| next()).collect()
}
