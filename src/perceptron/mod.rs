//! A multi-layer perceptron with rectified hidden layers, trained by backpropagation.
//!
//! ```text
//! a⁰ = x,   aˡ⁺¹ = relu(bˡ + aˡ Wˡ)   (no relu behind the last layer)
//! given δᴸ = ∂J/∂aᴸ:   ∂J/∂Wˡ = Σ_b aˡ_b δˡ⁺¹_b,   ∂J/∂bˡ = Σ_b δˡ⁺¹_b,   δˡ = (δˡ⁺¹ Wˡᵀ)·[aˡ > 0]
//! ```
//!
//! `J` is the objective to maximise. For a mean squared error, `J` is minus the error
//! (`minus_squared_error`). `[a > 0]` at 0 is 0, and the relu of a NaN is that NaN. Sums over
//! inputs, samples and units have the order of the kernels `product` and `outer`, so the bits are
//! the same for any number of threads. Every matrix is inputs × outputs. Sizes and learning rate of
//! the published critics: Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936.

use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::outer::outer;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::product::{add_product, transposed_product};
use crate::kernel::simd::Level;
use crate::kernel::threads::pieces;
use crate::kernel::uniform::uniform;
use crate::optimiser::{Method, Optimiser, Target};
use crate::run::Snapshot;

/// Weights and bias between two layers of neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Inputs × outputs.
    pub weights: AlignedMatrix,
    /// One row of outputs.
    pub bias: AlignedMatrix,
}

impl Layer {
    fn zeros(inputs: usize, outputs: usize) -> Self {
        Self { weights: AlignedMatrix::zeros(inputs, outputs), bias: AlignedMatrix::zeros(1, outputs) }
    }
}

/// A multi-layer perceptron with its optimiser.
#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    layers: Vec<Layer>,
    optimiser: Optimiser,
}

/// Working memory for batches of one size.
#[derive(Clone, Debug)]
pub struct Pass {
    /// `a¹ … aᴸ`, samples × neurons.
    activities: Vec<AlignedMatrix>,
    /// `δ¹ … δᴸ⁻¹`.
    errors: Vec<AlignedMatrix>,
    gradients: Vec<Layer>,
    samples: Vec<u32>,
}

impl Perceptron {
    /// `sizes` are the numbers of neurons, inputs first. Weights and biases are uniform on
    /// ±1/√inputs, as in PyTorch. The draw of the weight from input `k` to output `u` of layer `l`
    /// is that of unit `u`, sample `k`, step `l`. A bias is drawn in iteration 1. The optimiser is
    /// Adam.
    ///
    /// # Panics
    /// If there are fewer than two sizes, or a size is zero.
    pub fn new(level: Level, sizes: &[usize], seed: u32) -> Self {
        assert!(sizes.len() >= 2 && sizes.iter().all(|&size| size > 0));
        let mut layers: Vec<Layer> = sizes.windows(2).map(|pair| Layer::zeros(pair[0], pair[1])).collect();
        for (step, layer) in layers.iter_mut().enumerate() {
            let bound = (1.0 / (layer.weights.rows() as f64).sqrt()) as f32;
            let place = |iteration, sample| Place {
                seed,
                stream: Stream::Critic,
                step: step as u32,
                iteration,
                sample,
            };
            for input in 0..layer.weights.rows() {
                draw(level, place(0, input as u32), bound, &mut layer.weights, input);
            }
            draw(level, place(1, 0), bound, &mut layer.bias, 0);
        }
        let shapes = layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]);
        let optimiser = Optimiser::new(Method::ADAM, shapes.map(|rows| (rows.rows(), rows.columns())));
        Self { layers, optimiser }
    }

    /// Weights and biases, inputs first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Fills `pass` with the activities for `x`, samples × inputs; returns those of the last layer.
    ///
    /// # Panics
    /// If `pass` is not for this perceptron and number of samples.
    pub fn forward<'a>(&self, compute: &Compute, x: &AlignedMatrix, pass: &'a mut Pass) -> &'a AlignedMatrix {
        for (at, layer) in self.layers.iter().enumerate() {
            let (before, rest) = pass.activities.split_at_mut(at);
            let (x, out) = (before.last().unwrap_or(x), &mut rest[0]);
            assert!(x.columns() == layer.weights.rows() && x.rows() == out.rows());
            times(compute, layer.bias.padded_row(0), x, &layer.weights, out);
            if at + 1 < self.layers.len() {
                rectify(out);
            }
        }
        &pass.activities[self.layers.len() - 1]
    }

    /// Fills `pass` with `∂J/∂W` and `∂J/∂b` of all layers for `cotangent` = `∂J/∂aᴸ`, samples ×
    /// outputs. `pass` must have the activities of [`Perceptron::forward`] for this `x`.
    pub fn backward(&self, compute: &Compute, x: &AlignedMatrix, cotangent: &AlignedMatrix, pass: &mut Pass) {
        self.propagate(compute, cotangent, pass);
        for at in 0..self.layers.len() {
            let error = pass.errors.get(at).unwrap_or(cotangent);
            let input = if at == 0 { x } else { &pass.activities[at - 1] };
            let gradient = &mut pass.gradients[at];
            let samples = &pass.samples;
            let stride = gradient.weights.stride();
            let ranges = compute.threads.split(gradient.weights.rows(), WIDTH);
            let outs = pieces(gradient.weights.all_mut(), ranges.iter().map(|range| range.len() * stride));
            compute.threads.each(
                ranges.iter().map(|range| range.start).zip(outs).collect(),
                |(first, out)| {
                    outer(compute.level, (input, samples, first), (error, 0..error.columns()), out);
                },
            );
            sum_rows(error, gradient.bias.row_mut(0));
        }
    }

    /// Fills `pass` with `δ¹ … δᴸ⁻¹` for `cotangent` = `δᴸ`; returns `δ¹`, samples × neurons.
    pub(crate) fn propagate<'a>(
        &self,
        compute: &Compute,
        cotangent: &'a AlignedMatrix,
        pass: &'a mut Pass,
    ) -> &'a AlignedMatrix {
        for at in (1..self.layers.len()).rev() {
            let (below, above) = pass.errors.split_at_mut(at);
            let (error, out) = (above.first().unwrap_or(cotangent), &mut below[at - 1]);
            let weights = &self.layers[at].weights;
            by_samples(compute, error, out, |level, x, (out, stride)| {
                transposed_product(level, x, weights, (out, stride));
            });
            for (error, &activity) in out.all_mut().iter_mut().zip(pass.activities[at - 1].all()) {
                *error = if activity > 0.0 { *error } else { 0.0 };
            }
        }
        pass.errors.first().unwrap_or(cotangent)
    }

    /// Takes a step along the gradients of [`Perceptron::backward`].
    pub fn step(&mut self, compute: &Compute, rate: f64, pass: &Pass) {
        let targets = self.layers.iter_mut().zip(&pass.gradients).flat_map(|(layer, gradient)| {
            [
                Target { parameters: &mut layer.weights, gradient: &gradient.weights },
                Target { parameters: &mut layer.bias, gradient: &gradient.bias },
            ]
        });
        self.optimiser.step(compute, rate, targets.collect());
    }

    /// The parameters and the state of the optimiser.
    pub(crate) fn state(&self) -> Snapshot {
        let mut state = Snapshot::default();
        for (at, layer) in self.layers.iter().enumerate() {
            state.put_rows(format!("{at}/weights"), &layer.weights);
            state.put_rows(format!("{at}/bias"), &layer.bias);
        }
        state.put_all("optimiser", self.optimiser.state());
        state
    }

    /// Restores a state from [`Perceptron::state`].
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub(crate) fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        for (at, layer) in self.layers.iter_mut().enumerate() {
            state.read_rows(&format!("{at}/weights"), &mut layer.weights)?;
            state.read_rows(&format!("{at}/bias"), &mut layer.bias)?;
        }
        self.optimiser.restore(&state.within("optimiser"))
    }
}

impl Pass {
    /// Working memory for this perceptron and number of samples.
    pub fn new(perceptron: &Perceptron, samples: usize) -> Self {
        let hidden = &perceptron.layers[1..];
        Self {
            activities: perceptron
                .layers
                .iter()
                .map(|l| AlignedMatrix::zeros(samples, l.weights.columns()))
                .collect(),
            errors: hidden.iter().map(|l| AlignedMatrix::zeros(samples, l.weights.rows())).collect(),
            gradients: perceptron
                .layers
                .iter()
                .map(|l| Layer::zeros(l.weights.rows(), l.weights.columns()))
                .collect(),
            samples: (0..samples as u32).collect(),
        }
    }

    /// `∂J/∂W` and `∂J/∂b`, layer by layer, inputs first.
    pub fn gradients(&self) -> &[Layer] {
        &self.gradients
    }
}

/// The mean squared error over all entries. Writes minus its derivative with respect to `found` to
/// `cotangent`.
///
/// # Panics
/// If the shapes differ.
pub fn minus_squared_error(
    found: &AlignedMatrix,
    wanted: &AlignedMatrix,
    cotangent: &mut AlignedMatrix,
) -> f64 {
    let shape = |rows: &AlignedMatrix| (rows.rows(), rows.columns());
    assert!(shape(found) == shape(wanted) && shape(found) == shape(cotangent));
    let count = (found.rows() * found.columns()) as f64;
    let factor = (2.0 / count) as f32;
    let mut sum = 0.0;
    for row in 0..found.rows() {
        let pairs = found.row(row).iter().zip(wanted.row(row));
        for ((found, wanted), out) in pairs.zip(cotangent.row_mut(row)) {
            let difference = wanted - found;
            sum += f64::from(difference) * f64::from(difference);
            *out = factor * difference;
        }
    }
    sum / count
}

/// Draws a row uniformly on ±bound.
fn draw(level: Level, place: Place, bound: f32, rows: &mut AlignedMatrix, row: usize) {
    uniform(level, place, rows.padded_row_mut(row));
    let columns = rows.columns();
    let (entries, padding) = rows.padded_row_mut(row).split_at_mut(columns);
    for entry in entries {
        *entry = (2.0 * *entry - 1.0) * bound;
    }
    padding.fill(0.0);
}

/// `start + x·w`.
fn times(compute: &Compute, start: &[f32], x: &AlignedMatrix, w: &AlignedMatrix, out: &mut AlignedMatrix) {
    by_samples(compute, x, out, |level, x, (out, stride)| {
        out.chunks_exact_mut(stride).for_each(|row| row.copy_from_slice(start));
        add_product(level, x, (w, 0..w.rows(), 0..w.columns()), out);
    });
}

/// Calls `product` with rows of `x` and of `out`, each with its stride. The samples are split among
/// the threads.
fn by_samples(
    compute: &Compute,
    x: &AlignedMatrix,
    out: &mut AlignedMatrix,
    product: impl Fn(Level, (&[f32], usize), (&mut [f32], usize)) + Sync + Send,
) {
    let (x_stride, stride) = (x.stride(), out.stride());
    let ranges = compute.threads.split(x.rows(), 1);
    let outs = pieces(out.all_mut(), ranges.iter().map(|range| range.len() * stride));
    let parts = ranges.iter().map(|range| &x.all()[range.start * x_stride..range.end * x_stride]).zip(outs);
    compute.threads.each(parts.collect(), |(x, out)| product(compute.level, (x, x_stride), (out, stride)));
}

fn rectify(rows: &mut AlignedMatrix) {
    for entry in rows.all_mut() {
        *entry = if 0.0 > *entry { 0.0 } else { *entry };
    }
}

/// The sum of all rows, in order.
fn sum_rows(rows: &AlignedMatrix, out: &mut [f32]) {
    out.fill(0.0);
    for row in 0..rows.rows() {
        for (sum, entry) in out.iter_mut().zip(rows.row(row)) {
            *sum += entry;
        }
    }
}

#[cfg(test)]
mod tests;
