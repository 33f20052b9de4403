//! A network of integrate-and-fire units, converted from a trained network of rectified units.
//!
//! ```text
//! conversion   λ⁰ = 1,  λˡ = a high percentile of the activations of layer l over given states
//!              Wˡ ← Wˡ·λˡ⁻¹/λˡ,   bˡ ← bˡ/λˡ          so that activations are at most 1, nearly
//! T time steps, u₀ = 0:
//!   states     x_t = 1 with probability s, else 0
//!   each layer u_t = u_{t−1} + b + x_t W;   y_t = [u_t ≥ 1];   u_t ← u_t − y_t;   y_t is the next x_t
//! logits       Σ_t y_t of the last layer: numbers of spikes
//! ```
//!
//! [`convert`] normalises by data. At the percentile 100, `λ` is the largest activation, as in the
//! source; a lower one ignores outliers, so that typical units spike more often within `T`. The
//! network does not learn. Source: Diehl et al. 2015, doi 10.1109/IJCNN.2015.7280696. Percentiles:
//! Rueckauer et al. 2017, doi 10.3389/fnins.2017.00682.

use super::batches::{in_batches, sum_time_steps};
use super::spikes::StateSpikes;
use super::{ConventionalMethod, Feedforward, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::{Level, Simd, Work, run};
use crate::perceptron::rectify;

/// Most states that a conversion uses. Source: doi 10.1109/TPAMI.2024.3511936.
pub const MAX_STATES: usize = 20_000;

/// Rows, one for each sample and time step, that are multiplied at once: a block of the product.
const ROWS: usize = 128;

/// Integrate-and-fire units with the weights of a trained network.
#[derive(Debug)]
pub struct Converted;

/// Normalises the parameters of a trained [`Feedforward::BP`] by its activations for `states`,
/// samples × state neurons, of which at most [`MAX_STATES`] are used. `percentile` is above 0 and
/// at most 100.
///
/// A layer without a positive activation keeps its scale.
///
/// # Panics
/// If there is no state, if the shapes do not agree, or if the percentile is out of range.
pub fn convert(compute: &Compute, trained: &Layers, states: &AlignedMatrix, percentile: f64) -> Layers {
    assert!(percentile > 0.0 && percentile <= 100.0 && states.rows() > 0);
    let used = states.rows().min(MAX_STATES);
    let mut converted = trained.clone();
    let mut below = AlignedMatrix::zeros(used, states.columns());
    below.all_mut().copy_from_slice(&states.all()[..used * states.stride()]);
    let mut scale_below = 1.0;
    for (layer, converted) in trained.layers.iter().zip(&mut converted.layers) {
        let mut activations = AlignedMatrix::zeros(used, layer.weights.columns());
        layer.apply(compute, (below.all(), below.stride()), &mut activations, rectify);
        let scale = match percentile_of(&activations, percentile) {
            found if found > 0.0 => found,
            _ => scale_below,
        };
        let factor = scale_below / scale;
        converted.weights.all_mut().iter_mut().for_each(|weight| *weight *= factor);
        converted.bias.all_mut().iter_mut().for_each(|bias| *bias /= scale);
        (below, scale_below) = (activations, scale);
    }
    converted
}

/// The smallest entry that at least `percentile` of a hundred entries do not exceed.
fn percentile_of(matrix: &AlignedMatrix, percentile: f64) -> f32 {
    let mut entries: Vec<f32> = matrix.entries().collect();
    let rank = (entries.len() as f64 * percentile / 100.0).ceil() as usize;
    let at = rank.clamp(1, entries.len()) - 1;
    *entries.select_nth_unstable_by(at, f32::total_cmp).1
}

impl ConventionalMethod for Converted {
    fn name(&self) -> &'static str {
        "ann2snn"
    }

    fn summary(&self) -> &'static str {
        "integrate-and-fire units with the weights of a trained bp network; does not learn"
    }

    fn learns(&self) -> bool {
        false
    }

    fn spikes(&self) -> bool {
        true
    }

    fn has_state_gradient(&self) -> bool {
        false
    }

    fn start(&self, level: Level, size: Size, seed: u32) -> Layers {
        assert!(size.steps > 0, "there is no time step");
        Feedforward::BP.start(level, size, seed)
    }

    fn trains(&self, _: usize) -> bool {
        false
    }

    fn logits(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        draws: Draws,
        logits: &mut AlignedMatrix,
    ) {
        assert!(states.rows() == logits.rows() && states.columns() == layers.size.states);
        assert!(logits.columns() == layers.size.actions);
        let at_once = (ROWS / layers.size.steps).max(1);
        let steps = layers.size.steps;
        in_batches(compute, logits, at_once, |compute, samples, logits| {
            let mut spikes = StateSpikes::default();
            let mut x = AlignedMatrix::zeros(samples.len() * steps, states.columns());
            let stride = x.stride();
            let rows = x.all_mut().chunks_exact_mut((steps * stride).max(1));
            for (sample, rows) in samples.zip(rows) {
                spikes.fill(compute.level, (draws, sample as u32), states.row(sample), (rows, stride));
            }
            for layer in &layers.layers {
                let mut out = AlignedMatrix::zeros(x.rows(), layer.weights.columns());
                layer.apply(compute, (x.all(), x.stride()), &mut out, |_| ());
                fire(compute.level, steps, &mut out);
                x = out;
            }
            sum_time_steps(steps, &x, logits);
        });
    }

    fn direction(&self, _: &Compute, layers: &Layers, _: &Update<'_>, direction: &mut Layers) {
        direction.clone_from(&layers.zeros_like());
    }

    fn state_gradient(
        &self,
        _: &Compute,
        _: &Layers,
        _: &AlignedMatrix,
        _: Draws,
        _: &AlignedMatrix,
    ) -> Option<AlignedMatrix> {
        None
    }
}

/// Replaces the currents of a layer by its spikes. The rows of a sample, one for each of `steps`
/// time steps, are adjacent.
fn fire(level: Level, steps: usize, currents: &mut AlignedMatrix) {
    let stride = currents.stride();
    run(level, Fire { steps, stride, rows: currents.all_mut() });
}

struct Fire<'a> {
    steps: usize,
    stride: usize,
    rows: &'a mut [f32],
}

impl Work for Fire<'_> {
    type Output = ();

    /// Plain code, which the compiler turns into vectors of the instruction set.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let mut membranes = vec![0.0f32; self.stride];
        for sample in self.rows.chunks_exact_mut(self.steps * self.stride) {
            membranes.fill(0.0);
            for row in sample.chunks_exact_mut(self.stride) {
                for (current, membrane) in row.iter_mut().zip(&mut membranes) {
                    let before = *membrane + *current;
                    let spike = if before >= 1.0 { 1.0 } else { 0.0 };
                    *membrane = before - spike;
                    *current = spike;
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "converted_tests.rs"]
mod tests;
