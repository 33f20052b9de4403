//! Networks as graphs of `candle_core`, which propagates derivatives from the logits back to the
//! parameters or to the states.
//!
//! ```text
//! tensor        the padded rows of a matrix, samples × stride; padding is zero on the way back too
//! Affine        b + x W by the kernel `product`; the way back by `product` (transposed) and `outer`
//! GroupSoftmax  the kernel `softmax`; back: q·(g − Σ q g) in each group
//! the rest      elementwise operations of candle that are exact to the last bit: +, ·, relu
//! ```
//!
//! 1. The kernels define the order of all sums, so bits depend on neither the instruction set nor
//!    the threads. An operation adds the gradient of its parameters to matrices of its own: candle
//!    would add large tensors with threads of its own.
//! 2. Samples are processed in chunks, whose tensors are too small for candle's threads. The size
//!    of a chunk depends only on the network. Gradients of chunks are added in order.
//! 3. The derivative of candle's relu at 0 is 1.

use super::{ConventionalMethod, Layers, Size};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::outer::outer;
use crate::kernel::product::transposed_product;
use crate::kernel::softmax::softmax;
use crate::kernel::threads::pieces;
use crate::perceptron::{Layer, sum_rows};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Result, Shape, Storage, Tensor, Var};
use std::sync::{Arc, Mutex};

/// From this number of elements on, candle divides an elementwise operation among its own threads.
const TOO_LARGE: usize = 1 << 16;

/// Why no operation of a graph can fail.
const SHAPES: &str = "the shapes of a graph agree";

/// Why no lock is poisoned.
const ALONE: &str = "one thread follows the graph";

/// A method whose logits are a function on tensors.
pub(super) trait Differentiable: ConventionalMethod {
    /// Logits, samples × padded actions, for states, samples × stride.
    fn graph(&self, network: &Network, states: &Tensor) -> Result<Tensor>;
}

/// The parameters of a network in a graph.
pub(super) struct Network {
    pub(super) compute: Compute,
    pub(super) layers: Vec<Affine>,
    /// β of each layer of spiking units.
    pub(super) decays: Vec<Tensor>,
    pub(super) size: Size,
}

/// A layer in a graph.
#[derive(Clone)]
pub(super) struct Affine {
    compute: Compute,
    layer: Arc<Layer>,
    /// The sum of the gradients so far, if there is one.
    gradient: Arc<Mutex<Option<Layer>>>,
    /// Its only purpose is that candle follows the graph back to here if it is a variable.
    leaf: Tensor,
}

impl Network {
    /// The parameters that `method` trains are variables; without one, none are.
    fn new(compute: &Compute, layers: &Layers, method: Option<&dyn ConventionalMethod>) -> Self {
        let affine = |(at, layer): (usize, &Layer)| Affine {
            compute: compute.clone(),
            layer: Arc::new(layer.clone()),
            gradient: Arc::default(),
            leaf: number(0.0, method.is_some_and(|method| method.trains(at))),
        };
        let decay = |beta| number(beta, method.is_some_and(|method| method.trains_decays()));
        Self {
            compute: compute.clone(),
            layers: layers.layers.iter().enumerate().map(affine).collect(),
            decays: layers.decays.entries().map(decay).collect(),
            size: layers.size,
        }
    }
}

/// A tensor of one number, which may be a variable.
fn number(x: f32, is_variable: bool) -> Tensor {
    let tensor = Tensor::from_slice(&[x], 1, &Device::Cpu).expect(SHAPES);
    if is_variable { Var::from_tensor(&tensor).expect(SHAPES).into_inner() } else { tensor }
}

/// Fills `direction` with the derivative of `Σ logits·cotangent` with respect to the parameters
/// that train, and with zeros.
pub(super) fn gradient(
    method: &impl Differentiable,
    compute: &Compute,
    layers: &Layers,
    (states, cotangent): (&AlignedMatrix, &AlignedMatrix),
    direction: &mut Layers,
) {
    let network = Network::new(compute, layers, Some(method));
    direction.decays.all_mut().fill(0.0);
    for rows in chunks(states.rows(), widest(layers)) {
        let states = tensor(states, rows.clone());
        let grads = backward(method, &network, &states, &tensor(cotangent, rows)).expect(SHAPES);
        for (at, decay) in network.decays.iter().enumerate() {
            if let Some(found) = grads.get(decay) {
                direction.decays.row_mut(0)[at] += numbers(found, |found| found[0]).expect(SHAPES);
            }
        }
    }
    for (out, affine) in direction.layers.iter_mut().zip(network.layers) {
        *out = match affine.gradient.lock().expect(ALONE).take() {
            Some(found) => found,
            None => Layer::zeros(out.weights.rows(), out.weights.columns()),
        };
    }
}

/// The derivative of `Σ logits·cotangent` with respect to the states, samples × state neurons.
pub(super) fn state_gradient(
    method: &impl Differentiable,
    compute: &Compute,
    layers: &Layers,
    (states, cotangent): (&AlignedMatrix, &AlignedMatrix),
) -> AlignedMatrix {
    let (network, stride) = (Network::new(compute, layers, None), states.stride());
    let mut out = AlignedMatrix::zeros(states.rows(), states.columns());
    for rows in chunks(states.rows(), widest(layers).max(stride)) {
        let variable = Var::from_tensor(&tensor(states, rows.clone())).expect(SHAPES);
        let grads = backward(method, &network, &variable, &tensor(cotangent, rows.clone())).expect(SHAPES);
        let found = grads.get(&variable).expect("the logits are a function of the states");
        let to = &mut out.all_mut()[rows.start * stride..rows.end * stride];
        numbers(found, |from| to.copy_from_slice(from)).expect(SHAPES);
    }
    out
}

/// The longest padded row of a layer's outputs.
fn widest(layers: &Layers) -> usize {
    layers.layers.iter().map(|layer| layer.weights.stride()).max().expect("there is a layer")
}

fn backward(
    method: &impl Differentiable,
    network: &Network,
    states: &Tensor,
    cotangent: &Tensor,
) -> Result<candle_core::backprop::GradStore> {
    (method.graph(network, states)? * cotangent)?.sum_all()?.backward()
}

/// Ranges of samples whose tensors candle does not divide.
fn chunks(samples: usize, widest: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let size = ((TOO_LARGE - 1) / widest).max(1);
    (0..samples).step_by(size).map(move |first| first..samples.min(first + size))
}

/// Rows of a matrix as a tensor, rows × stride.
pub(super) fn tensor(matrix: &AlignedMatrix, rows: std::ops::Range<usize>) -> Tensor {
    let stride = matrix.stride();
    let all = &matrix.all()[rows.start * stride..rows.end * stride];
    Tensor::from_slice(all, (rows.len(), stride), &Device::Cpu).expect(SHAPES)
}

/// Gives the numbers of a tensor, row by row, to `work`.
pub(super) fn numbers<T>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(work(slice(storage, layout)?)),
        _ => candle_core::bail!("the tensor is not on the CPU"),
    }
}

/// The numbers of a contiguous tensor.
pub(super) fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("the tensor is not contiguous"),
    }
}

/// The numbers of a tensor as a matrix with this number of columns.
fn matrix(numbers: &[f32], columns: usize) -> AlignedMatrix {
    let mut matrix = AlignedMatrix::zeros(numbers.len() / padded(columns), columns);
    matrix.all_mut().copy_from_slice(numbers);
    matrix
}

/// A tensor of padded rows.
fn rows(matrix: &AlignedMatrix) -> (CpuStorage, Shape) {
    (CpuStorage::F32(matrix.all().to_vec()), Shape::from((matrix.rows(), matrix.stride())))
}

impl Affine {
    /// `b + x W`.
    pub(super) fn apply(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op2(&self.leaf, self.clone())
    }

    /// Adds the gradients for the inputs `x` and the errors `e` of the outputs.
    fn add_gradient(&self, x: &AlignedMatrix, e: &AlignedMatrix) {
        let mut found = Layer::zeros(x.columns(), e.columns());
        let samples: Vec<u32> = (0..x.rows() as u32).collect();
        let inputs = self.compute.threads.split(x.columns(), WIDTH);
        let lengths = inputs.iter().map(|inputs| inputs.len() * e.stride());
        let parts: Vec<_> = inputs.iter().zip(pieces(found.weights.all_mut(), lengths)).collect();
        self.compute.threads.each(parts, |(inputs, out)| {
            outer(self.compute.level, (x, &samples, inputs.start), (e, 0..e.columns()), out);
        });
        sum_rows(e, found.bias.row_mut(0));
        let mut gradient = self.gradient.lock().expect(ALONE);
        let Some(Layer { weights, bias }) = &mut *gradient else {
            *gradient = Some(found);
            return;
        };
        for (sum, found) in [(weights, found.weights), (bias, found.bias)] {
            sum.all_mut().iter_mut().zip(found.all()).for_each(|(sum, found)| *sum += found);
        }
    }

    /// `e Wᵀ`, samples × inputs.
    fn errors_below(&self, e: &AlignedMatrix) -> AlignedMatrix {
        let weights = &self.layer.weights;
        let mut out = AlignedMatrix::zeros(e.rows(), weights.rows());
        let (rows, columns) = self.compute.threads.split_matrix(out.rows(), out.columns());
        self.compute.threads.each(out.tiles(&rows, &columns), |tile| {
            let (stride, rows, of) = (weights.stride(), tile.rows(), tile.columns());
            let weights = (&weights.all()[of.start * stride..of.end * stride], stride, weights.columns());
            let e = (&e.all()[rows.start * e.stride()..rows.end * e.stride()], e.stride());
            transposed_product(self.compute.level, e, weights, tile);
        });
        zero_padding(&mut out);
        out
    }
}

impl CustomOp2 for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        of: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, stride) = (slice(x, of)?, padded(self.layer.weights.rows()));
        let mut out = AlignedMatrix::zeros(x.len() / stride, self.layer.weights.columns());
        self.layer.apply(&self.compute, (x, stride), &mut out, |_| ());
        Ok(rows(&out))
    }

    fn bwd(
        &self,
        x: &Tensor,
        leaf: &Tensor,
        _: &Tensor,
        errors: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (inputs, outputs) = (self.layer.weights.rows(), self.layer.weights.columns());
        let errors = numbers(errors, |errors| matrix(errors, outputs))?;
        if leaf.is_variable() {
            self.add_gradient(&numbers(x, |x| matrix(x, inputs))?, &errors);
        }
        let below = x.track_op().then(|| self.errors_below(&errors));
        Ok((below.map(|below| tensor(&below, 0..below.rows())), None))
    }
}

/// Softmax in groups of adjacent units.
pub(super) struct GroupSoftmax {
    compute: Compute,
    sizes: Vec<usize>,
}

impl GroupSoftmax {
    /// The softmax of every group of units of `x`. `sizes` are the numbers of their units.
    pub(super) fn apply(network: &Network, sizes: &[usize], x: &Tensor) -> Result<Tensor> {
        x.apply_op1(Self { compute: network.compute.clone(), sizes: sizes.to_vec() })
    }

    fn units(&self) -> usize {
        self.sizes.iter().sum()
    }
}

/// Replaces padded rows by the softmax of their groups, whose sizes are given; the padding is zero.
pub(super) fn group_softmax(compute: &Compute, sizes: &[usize], rows: &mut AlignedMatrix) {
    let (units, stride) = (rows.columns(), rows.stride());
    let parts = compute.threads.split(rows.rows(), 1);
    let lengths = parts.iter().map(|part| part.len() * stride);
    let parts = pieces(rows.all_mut(), lengths);
    compute.threads.each(parts, |rows| {
        for row in rows.chunks_exact_mut(stride) {
            softmax(compute.level, sizes, row);
            row[units..].fill(0.0);
        }
    });
}

impl CustomOp1 for GroupSoftmax {
    fn name(&self) -> &'static str {
        "group softmax"
    }

    fn cpu_fwd(&self, z: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut out = matrix(slice(z, layout)?, self.units());
        group_softmax(&self.compute, &self.sizes, &mut out);
        Ok(rows(&out))
    }

    fn bwd(&self, _: &Tensor, q: &Tensor, errors: &Tensor) -> Result<Option<Tensor>> {
        let mut out = numbers(errors, |errors| matrix(errors, self.units()))?;
        let q = numbers(q, |q| matrix(q, self.units()))?;
        for row in 0..out.rows() {
            let (mut errors, mut q) = (out.row_mut(row), q.row(row));
            for &size in &self.sizes {
                let (of_errors, of_q) = (errors.split_off_mut(..size).expect(SHAPES), &q[..size]);
                q = &q[size..];
                let mean = of_errors.iter().zip(of_q).fold(0.0, |sum, (error, q)| sum + error * q);
                of_errors.iter_mut().zip(of_q).for_each(|(error, q)| *error = q * (*error - mean));
            }
        }
        Ok(Some(tensor(&out, 0..out.rows())))
    }
}

fn zero_padding(matrix: &mut AlignedMatrix) {
    let columns = matrix.columns();
    matrix.all_mut().chunks_exact_mut(padded(columns).max(1)).for_each(|row| row[columns..].fill(0.0));
}

/// The logits of a method by its graph, samples × actions.
#[cfg(test)]
pub(super) fn forward(
    method: &impl Differentiable,
    compute: &Compute,
    layers: &Layers,
    states: &AlignedMatrix,
) -> AlignedMatrix {
    let network = Network::new(compute, layers, None);
    let found = method.graph(&network, &tensor(states, 0..states.rows())).expect(SHAPES);
    numbers(&found, |found| matrix(found, layers.size.actions)).expect(SHAPES)
}
