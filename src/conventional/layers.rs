//! The parameters of a conventional network, and its size.

use super::ConventionalMethod;
use crate::Error;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Stream;
use crate::kernel::simd::Level;
use crate::perceptron::Layer;
use crate::run::Snapshot;

/// The size of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// State neurons.
    pub states: usize,
    /// Groups of hidden units, and units of a group. Only some methods use the groups.
    pub hidden: (usize, usize),
    /// Actions.
    pub actions: usize,
    /// Time steps of a method with spiking units. Published: 25, for the pendulum 15.
    pub steps: usize,
}

impl Size {
    /// Hidden units.
    pub fn hidden_units(&self) -> usize {
        self.hidden.0 * self.hidden.1
    }

    /// The size of every group.
    pub(super) fn groups(&self) -> Vec<usize> {
        vec![self.hidden.1; self.hidden.0]
    }

    /// The sizes of the groups, then the number of actions.
    pub(super) fn circuits(&self) -> Vec<usize> {
        [self.groups(), vec![self.actions]].concat()
    }
}

/// The parameters of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Weights (inputs × outputs) and biases, inputs first.
    pub layers: Vec<Layer>,
    /// β of each layer of spiking units, one row; empty for other units.
    pub decays: AlignedMatrix,
    /// The size of the network.
    pub size: Size,
}

impl Layers {
    /// Parameters that are all zero. `widths` are the numbers of neurons, inputs first.
    pub fn zeros(widths: &[usize], decays: usize, size: Size) -> Self {
        Self {
            layers: widths.windows(2).map(|pair| Layer::zeros(pair[0], pair[1])).collect(),
            decays: AlignedMatrix::zeros(decays.min(1), decays),
            size,
        }
    }

    /// Weights and biases uniform on ±1/√inputs, without decays.
    pub fn uniform(level: Level, widths: &[usize], size: Size, seed: u32) -> Self {
        assert!(widths.iter().all(|&width| width > 0), "a layer has no neuron: {widths:?}");
        let draw = |(step, pair): (u32, &[usize])| {
            Layer::uniform(level, (pair[0], pair[1]), seed, (Stream::Weights, step))
        };
        let layers = (0..).zip(widths.windows(2)).map(draw).collect();
        Self { layers, ..Self::zeros(&[], 0, size) }
    }

    /// The same shape, all zero.
    pub fn zeros_like(&self) -> Self {
        let zeros = |layer: &Layer| Layer::zeros(layer.weights.rows(), layer.weights.columns());
        Self {
            layers: self.layers.iter().map(zeros).collect(),
            decays: AlignedMatrix::zeros(self.decays.rows(), self.decays.columns()),
            ..*self
        }
    }

    /// The layers of a network that has two.
    pub(super) fn two(&self) -> [&Layer; 2] {
        let [first, second] = &self.layers[..] else { unreachable!("there are two layers") };
        [first, second]
    }

    /// Number of parameters.
    pub fn count(&self) -> usize {
        let of = |layer: &Layer| (layer.weights.rows() + 1) * layer.weights.columns();
        self.layers.iter().map(of).sum::<usize>() + self.decays.columns()
    }

    /// The matrices that `method` trains: weights and bias of each layer, then the decays.
    pub fn trained(&self, method: &dyn ConventionalMethod) -> Vec<&AlignedMatrix> {
        let layers = self.layers.iter().enumerate().filter(|&(at, _)| method.trains(at));
        let decays = (method.trains_decays() && self.decays.rows() > 0).then_some(&self.decays);
        layers.flat_map(|(_, layer)| [&layer.weights, &layer.bias]).chain(decays).collect()
    }

    /// As [`Layers::trained`].
    pub fn trained_mut(&mut self, method: &dyn ConventionalMethod) -> Vec<&mut AlignedMatrix> {
        let layers = self.layers.iter_mut().enumerate().filter(|(at, _)| method.trains(*at));
        let decays = (method.trains_decays() && self.decays.rows() > 0).then_some(&mut self.decays);
        layers.flat_map(|(_, layer)| [&mut layer.weights, &mut layer.bias]).chain(decays).collect()
    }

    /// Is every parameter finite?
    pub fn is_finite(&self) -> bool {
        let matrices = self.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]);
        matrices.chain([&self.decays]).all(|matrix| matrix.entries().all(f32::is_finite))
    }

    /// The parameters.
    pub fn state(&self) -> Snapshot {
        let mut state = Snapshot::default();
        for (at, layer) in self.layers.iter().enumerate() {
            state.put_rows(format!("{at}/weights"), &layer.weights);
            state.put_rows(format!("{at}/bias"), &layer.bias);
        }
        if self.decays.rows() > 0 {
            state.put_rows("decays", &self.decays);
        }
        state
    }

    /// Restores a state from [`Layers::state`].
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        for (at, layer) in self.layers.iter_mut().enumerate() {
            state.read_rows(&format!("{at}/weights"), &mut layer.weights)?;
            state.read_rows(&format!("{at}/bias"), &mut layer.bias)?;
        }
        match self.decays.rows() {
            0 => Ok(()),
            _ => state.read_rows("decays", &mut self.decays),
        }
    }
}
