//! A step of training with presets `bmvc2022` and `bmvc2022-spike-rect`, on images of which four
//! pixels in five are black, as in MNIST. It begins after twenty steps, where rate inference needs
//! more iterations than from zero.

use super::{INPUTS, Kernel, Run, UNITS, numbers_with_zeros};
use criterion::Throughput;
use std::hint::black_box;
use svpg::inference::Threads;
use svpg::kernel::simd::Level;
use svpg::learn::mnist::{ACTIONS, MnistConfig, MnistData, MnistTrainer};
use svpg::task::mnist::{Images, Labelled};

pub(super) const RATE: Kernel = Kernel {
    name: "training_step",
    covers: &[],
    throughput: |samples| Throughput::Elements(samples as u64),
    prepare: |level, samples| prepare(level, samples, MnistConfig::BMVC_2022),
};

pub(super) const SPIKING: Kernel = Kernel {
    name: "spiking_training_step",
    covers: &[],
    throughput: |samples| Throughput::Elements(samples as u64),
    prepare: |level, samples| prepare(level, samples, MnistConfig::BMVC_2022_SPIKE_RECT),
};

const PIXELS: usize = INPUTS - UNITS;
const STEPS_BEFORE: usize = 20;

/// Images of ten kinds, by label, each pixel of its kind's brightness or black.
fn images(count: usize) -> Labelled {
    let (kinds, seen) = (numbers_with_zeros(ACTIONS * PIXELS, 0.7), numbers_with_zeros(count * PIXELS, 0.3));
    let pixel = |image: usize, k: usize| {
        let kind = kinds[image % ACTIONS * PIXELS + k];
        if seen[image * PIXELS + k] == 0.0 { 0 } else { (255.0 * kind) as u8 }
    };
    let pixels = (0..count * PIXELS).map(|at| pixel(at / PIXELS, at % PIXELS));
    Labelled {
        images: Images::new(PIXELS, pixels.collect()),
        labels: (0..count).map(|image| (image % ACTIONS) as u8).collect(),
    }
}

fn prepare(level: Level, samples: usize, preset: MnistConfig) -> Run {
    let data = MnistData { train: images(10 * samples), test: images(ACTIONS) };
    let config = MnistConfig { batch: samples, ..preset };
    let trainer = |level| MnistTrainer::new(config, level, 1, data.clone()).expect("a preset");
    let step = |trainer: &mut MnistTrainer| {
        black_box(trainer.step(&Threads::single()).expect("a rule without a fixed point"));
    };
    // Whatever the instruction set, the bits are the same: the widest is there first.
    let mut before = trainer(Level::best(None));
    (0..STEPS_BEFORE).for_each(|_| step(&mut before));
    let mut trainer = trainer(level);
    trainer.restore(&before.state()).expect("its own state");
    Box::new(move || step(&mut trainer))
}
