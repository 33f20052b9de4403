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
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::outer::outer;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::product::{add_product, transposed_product};
use crate::kernel::simd::Level;
use crate::kernel::tile::Tile;
use crate::kernel::uniform::uniform;
use crate::optimiser::{Method, Optimiser, Part};
use crate::run::Snapshot;
use std::ops::Range;
use std::slice;

/// Weights and bias between two layers of neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Inputs × outputs.
    pub weights: AlignedMatrix,
    /// One row of outputs.
    pub bias: AlignedMatrix,
}

impl Layer {
    /// Weights and bias that are all zero.
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        Self { weights: AlignedMatrix::zeros(inputs, outputs), bias: AlignedMatrix::zeros(1, outputs) }
    }

    /// Uniform on ±1/√inputs, as in PyTorch. The draw of the weight from input `k` to output `u` is
    /// that of unit `u`, sample `k`. A bias is drawn in iteration 1.
    pub(crate) fn uniform(
        level: Level,
        (inputs, outputs): (usize, usize),
        seed: u32,
        (stream, step): (Stream, u32),
    ) -> Self {
        let mut layer = Self::zeros(inputs, outputs);
        let bound = (1.0 / (inputs as f64).sqrt()) as f32;
        let place = |iteration, sample| Place { seed, stream, step, iteration, sample };
        for input in 0..inputs {
            draw(level, place(0, input as u32), bound, &mut layer.weights, input);
        }
        draw(level, place(1, 0), bound, &mut layer.bias, 0);
        layer
    }

    /// Fills `out`, samples × outputs, with `b + x·W`, and gives every part of a row to `after`.
    /// `x` is padded rows with their stride.
    ///
    /// # Panics
    /// If `x` is too short or has too few columns, or `out` another number of columns.
    pub(crate) fn apply(
        &self,
        compute: &Compute,
        (x, stride): (&[f32], usize),
        out: &mut AlignedMatrix,
        after: impl Fn(&mut [f32]) + Sync,
    ) {
        let Self { weights, bias } = self;
        assert!(out.columns() == weights.columns());
        let (rows, columns) = compute.threads.split_matrix(out.rows(), out.columns());
        compute.threads.each(out.tiles(&rows, &columns), |mut tile| {
            let (rows, columns) = (tile.rows(), tile.columns());
            let bias = &bias.padded_row(0)[columns.start..padded(columns.end)];
            tile.for_each_row(|_, row| row.copy_from_slice(bias));
            let x = &x[rows.start * stride..rows.end * stride];
            add_product(compute.level, (x, stride), (weights, 0..weights.rows()), tile.part(columns));
            tile.for_each_row(|_, row| after(row));
        });
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
    /// `∂J/∂b` of every layer, a row each.
    biases: Vec<AlignedMatrix>,
    /// `∂J/∂W` of some rows of a layer, a row for each thread.
    gradients: AlignedMatrix,
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
        let draw = |(step, pair): (u32, &[usize])| {
            Layer::uniform(level, (pair[0], pair[1]), seed, (Stream::Critic, step))
        };
        let layers: Vec<Layer> = (0..).zip(sizes.windows(2)).map(draw).collect();
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
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            let (before, rest) = pass.activities.split_at_mut(at);
            let (x, out) = (before.last().unwrap_or(x), &mut rest[0]);
            assert!(x.columns() == layer.weights.rows() && x.rows() == out.rows());
            let after = if at < last { rectify } else { |_: &mut [f32]| () };
            layer.apply(compute, (x.all(), x.stride()), out, after);
        }
        &pass.activities[last]
    }

    /// Takes a step along `∂J/∂W` and `∂J/∂b` for `cotangent` = `∂J/∂aᴸ`, samples × outputs,
    /// with the learning rate `rate`. `pass` must have the activities of [`Perceptron::forward`]
    /// for this `x`.
    ///
    /// The weights are divided among the threads by rows. Some rows are processed at a time: the
    /// errors below them, their gradient, their step. So the gradient stays in the cache, and every
    /// weight comes from memory once.
    pub fn ascend(
        &mut self,
        compute: &Compute,
        rate: f64,
        x: &AlignedMatrix,
        cotangent: &AlignedMatrix,
        pass: &mut Pass,
    ) {
        let level = compute.level;
        let step = self.optimiser.begin(rate);
        let Pass { activities, errors, biases, gradients, samples } = pass;
        if gradients.rows() < compute.threads.count() {
            *gradients = AlignedMatrix::zeros(compute.threads.count(), gradients.columns());
        }
        sum_rows(cotangent, biases.last_mut().expect("there is a layer").row_mut(0));
        for (at, Layer { weights, bias }) in self.layers.iter_mut().enumerate().rev() {
            let (below, above) = errors.split_at_mut(at);
            let error = above.first().unwrap_or(cotangent);
            let (stride, units, many) = (weights.stride(), weights.columns(), rows_at_once(weights));
            let ranges = compute.threads.split(weights.rows(), WIDTH);
            let below = below.last_mut().map(|below| below.tiles(slice::from_ref(&(0..x.rows())), &ranges));
            let mut below = below.into_iter().flatten();
            let scratch = gradients.stride();
            let mut scratch = gradients.all_mut().chunks_exact_mut(scratch);
            let mut whole = self.optimiser.part(2 * at, weights);
            let parts = ranges.iter().map(|range| Rows {
                range: range.clone(),
                part: whole.cut(range.len() * stride),
                below: below.next(),
                gradient: scratch.next().expect("a row for each thread"),
            });
            compute.threads.each(parts.collect(), |Rows { range, mut part, mut below, gradient }| {
                for first in range.clone().step_by(many) {
                    let rows = first..range.end.min(first + many);
                    let part = part.cut(rows.len() * stride);
                    let gradient = &mut gradient[..rows.len() * stride];
                    let input = match &mut below {
                        None => x,
                        Some(below) => {
                            let weights = (&*part.parameters, stride, units);
                            let activity = &activities[at - 1];
                            errors_below(level, weights, error, activity, below.part(rows));
                            activity
                        }
                    };
                    outer(level, (input, samples, first), (error, 0..units), gradient);
                    step.take(level, gradient, part);
                }
            });
            step.take(level, biases[at].all(), self.optimiser.part(2 * at + 1, bias));
            if at > 0 {
                sum_rows(&errors[at - 1], biases[at - 1].row_mut(0));
            }
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
            let (weights, activity) = (&self.layers[at].weights, &pass.activities[at - 1]);
            let (rows, columns) = compute.threads.split_matrix(out.rows(), out.columns());
            compute.threads.each(out.tiles(&rows, &columns), |tile| {
                let (stride, of) = (weights.stride(), tile.columns());
                let weights = (&weights.all()[of.start * stride..of.end * stride], stride, weights.columns());
                errors_below(compute.level, weights, error, activity, tile);
            });
        }
        pass.errors.first().unwrap_or(cotangent)
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
        let layers = &perceptron.layers;
        let of_gradient = |layer: &Layer| rows_at_once(&layer.weights) * layer.weights.stride();
        let of_gradient = layers.iter().map(of_gradient).max().expect("there is a layer");
        let matrices = |layers: &[Layer], rows, columns: fn(&Layer) -> usize| {
            layers.iter().map(|layer| AlignedMatrix::zeros(rows, columns(layer))).collect()
        };
        Self {
            activities: matrices(layers, samples, |layer| layer.weights.columns()),
            errors: matrices(&layers[1..], samples, |layer| layer.weights.rows()),
            biases: matrices(layers, 1, |layer| layer.weights.columns()),
            gradients: AlignedMatrix::zeros(1, of_gradient),
            samples: (0..samples as u32).collect(),
        }
    }
}

/// Rows of a layer's weights for one thread.
struct Rows<'a> {
    range: Range<usize>,
    part: Part<'a>,
    /// The errors of these neurons, except where the rows belong to inputs.
    below: Option<Tile<'a>>,
    /// Room for the gradient.
    gradient: &'a mut [f32],
}

/// Numbers of a gradient that are computed at once: 512 KiB, which fit a second-level cache.
const GRADIENT: usize = 1 << 17;

/// Rows of `weights` whose gradient is computed at once. More than 128 would not be faster.
fn rows_at_once(weights: &AlignedMatrix) -> usize {
    let most = padded(weights.rows()).min(128);
    (GRADIENT / weights.stride() / WIDTH * WIDTH).clamp(WIDTH, most)
}

/// Fills `out`, samples × neurons below a layer, with their errors `(δ Wᵀ)·[a > 0]`. `weights` are
/// the rows of these neurons, their stride and the number of outputs; `activity` is that of all
/// neurons below the layer.
fn errors_below(
    level: Level,
    weights: (&[f32], usize, usize),
    error: &AlignedMatrix,
    activity: &AlignedMatrix,
    mut out: Tile<'_>,
) {
    let (samples, neurons) = (out.rows(), out.columns());
    transposed_product(level, rows_of(error, samples.clone()), weights, out.part(neurons.clone()));
    out.for_each_row(|b, row| {
        let activity = &activity.row(samples.start + b)[neurons.clone()];
        for (error, &activity) in row.iter_mut().zip(activity) {
            *error = if activity > 0.0 { *error } else { 0.0 };
        }
    });
}

/// Padded rows with their stride.
fn rows_of(matrix: &AlignedMatrix, rows: Range<usize>) -> (&[f32], usize) {
    let stride = matrix.stride();
    (&matrix.all()[rows.start * stride..rows.end * stride], stride)
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

pub(crate) fn rectify(row: &mut [f32]) {
    for entry in row {
        *entry = if 0.0 > *entry { 0.0 } else { *entry };
    }
}

/// The sum of all rows, in order.
pub(crate) fn sum_rows(rows: &AlignedMatrix, out: &mut [f32]) {
    out.fill(0.0);
    for row in 0..rows.rows() {
        for (sum, entry) in out.iter_mut().zip(rows.row(row)) {
            *sum += entry;
        }
    }
}

#[cfg(test)]
mod tests;
