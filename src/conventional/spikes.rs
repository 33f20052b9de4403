//! Spikes of state neurons, drawn at each time step with the state as probability.

use crate::kernel::bernoulli::{NEURONS, TIMES, spikes, threshold};
use crate::kernel::matrix::WIDTH;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::simd::Level;

/// Working memory for the spikes of one sample at a time.
#[derive(Debug, Default)]
pub(super) struct StateSpikes {
    neurons: Vec<u32>,
    thresholds: Vec<f32>,
    words: Vec<u64>,
}

impl StateSpikes {
    /// Fills `out`, padded rows of `stride`, one for each time step, with the spikes of a sample:
    /// 1 with probability `s`, else 0. The draws are those of [`Stream::StateSpikes`], eight time
    /// steps per iteration, so a neuron's spikes do not depend on other neurons.
    pub(super) fn fill(
        &mut self,
        level: Level,
        (draws, sample): (Draws, u32),
        states: &[f32],
        (out, stride): (&mut [f32], usize),
    ) {
        let Self { neurons, thresholds, words } = self;
        neurons.clear();
        thresholds.clear();
        for (neuron, &s) in (0..).zip(states) {
            if threshold(s) > 0.0 {
                neurons.push(neuron);
                thresholds.push(threshold(s));
            }
        }
        let length = neurons.len().next_multiple_of(WIDTH);
        neurons.resize(length, 0);
        thresholds.resize(length, 0.0);
        let each = length.div_ceil(NEURONS);
        words.resize(TIMES * each, 0);
        out.fill(0.0);
        for (iteration, out) in (0..).zip(out.chunks_mut(TIMES * stride)) {
            let Draws { seed, step } = draws;
            let place = Place { seed, stream: Stream::StateSpikes, step, iteration, sample };
            spikes(level, place, neurons, thresholds, words);
            for (words, row) in words.chunks_exact(each.max(1)).zip(out.chunks_exact_mut(stride)) {
                for (first, &word) in (0..).step_by(NEURONS).zip(words) {
                    let mut left = word;
                    while left != 0 {
                        row[neurons[first + left.trailing_zeros() as usize] as usize] = 1.0;
                        left &= left - 1;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StateSpikes;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::philox::Draws;
    use crate::kernel::simd::Level;

    #[test]
    fn rates_are_the_states() {
        let states: Vec<f32> = (0..150).map(|k| (k % 11) as f32 / 10.0).collect();
        let (mut spikes, steps, samples) = (StateSpikes::default(), 13, 400);
        let mut counts = vec![0.0; 150];
        let mut first = Vec::new();
        for sample in 0..samples {
            let mut out = AlignedMatrix::zeros(steps, 150);
            out.all_mut().fill(f32::NAN);
            let (stride, draws) = (out.stride(), Draws { seed: 1, step: 2 });
            spikes.fill(Level::best(None), (draws, sample), &states, (out.all_mut(), stride));
            assert!(out.all().iter().all(|&spike| spike == 0.0 || spike == 1.0));
            for t in 0..steps {
                out.row(t).iter().zip(&mut counts).for_each(|(spike, count)| *count += spike);
            }
            if sample == 0 {
                first = out.entries().collect();
            }
        }
        // Five standard deviations of a mean of 5200 draws are at most 0.035: for 150 neurons, a
        // false alarm has a probability below 1e-4. A rate that is wrong by 0.1 is found.
        for (count, s) in counts.iter().zip(&states) {
            assert!((count / (steps as f32 * samples as f32) - s).abs() < 0.035, "{count} for {s}");
        }
        // A neuron's spikes do not depend on the others.
        let alone: Vec<f32> =
            states.iter().enumerate().map(|(k, &s)| if k == 97 { s } else { 0.0 }).collect();
        let mut out = AlignedMatrix::zeros(steps, 150);
        let stride = out.stride();
        spikes.fill(Level::best(None), (Draws { seed: 1, step: 2 }, 0), &alone, (out.all_mut(), stride));
        assert!((0..steps).all(|t| out.row(t)[97] == first[t * 150 + 97]));
    }
}
