//! A step of training with presets `bmvc2022` and `bmvc2022-spike-rect`, on images with four of
//! five pixels black, as in MNIST. It starts after twenty steps, because rate inference then needs
//! more iterations than with zero weights.

use super::{INPUTS, Kernel, Run, UNITS, numbers_with_zeros};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::task::mnist::{ImageData, ImageTask, Images, Labelled};
use svpg::training::{Learner, OneStepLearner, Overrides, Preset, Setup, TaskName, TaskSetup};

pub(super) const RATE: Kernel = Kernel {
    name: "training_step",
    covers: &[],
    throughput: |samples| Throughput::Elements(samples as u64),
    prepare: |level, samples| prepare(level, samples, Preset::Bmvc2022),
};

pub(super) const SPIKING: Kernel = Kernel {
    name: "spiking_training_step",
    covers: &[],
    throughput: |samples| Throughput::Elements(samples as u64),
    prepare: |level, samples| prepare(level, samples, Preset::Bmvc2022SpikeRect),
};

const PIXELS: usize = INPUTS - UNITS;
const STEPS_BEFORE: usize = 20;
const CLASSES: usize = 10;

/// Images of ten kinds, by label. Each pixel has the brightness of its kind or is black.
fn images(count: usize) -> Labelled {
    let (kinds, seen) = (numbers_with_zeros(CLASSES * PIXELS, 0.7), numbers_with_zeros(count * PIXELS, 0.3));
    let pixel = |image: usize, k: usize| {
        let kind = kinds[image % CLASSES * PIXELS + k];
        if seen[image * PIXELS + k] == 0.0 { 0 } else { (255.0 * kind) as u8 }
    };
    let pixels = (0..count * PIXELS).map(|at| pixel(at / PIXELS, at % PIXELS));
    Labelled {
        images: Images::new(PIXELS, pixels.collect()),
        labels: (0..count).map(|image| (image % CLASSES) as u16).collect(),
    }
}

fn prepare(level: Level, samples: usize, preset: Preset) -> Run {
    let data = ImageData { train: images(10 * samples), test: images(CLASSES) };
    let (config, mut task) = preset.setup(TaskName::Mnist, &Overrides::default()).expect("a preset");
    if let TaskSetup::Mnist(options) = &mut task {
        options.batch = samples;
    }
    let setup = Setup { preset, seed: 1, data_sha256: None, config, task };
    let learner = |level| setup.image_learner(level, data.clone()).expect("a preset");
    let step = |learner: &mut OneStepLearner<ImageTask>, compute: &Compute| {
        black_box(learner.step(compute).expect("a rule without a fixed point"));
    };
    // The bits are the same on every instruction set: use the widest, which is the fastest.
    let widest = Compute::single(Level::best(None));
    let mut before = learner(widest.level);
    (0..STEPS_BEFORE).for_each(|_| step(&mut before, &widest));
    let (mut learner, compute) = (learner(level), Compute::single(level));
    learner.restore(&before.snapshot()).expect("its own state");
    Box::new(move || step(&mut learner, &compute))
}
