//! Optimised inference of any network.

use crate::call::{detached, level, reserve};
use crate::error::{Error, raised};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use svpg::inference::{Draws, FreeInference, Inference, Rate, RateDraws};
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::network::{Circuits, Convention, Family, Mask, Parameters};

/// A network as Python gives it. Numbers are f32 in native order.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Network {
    hidden: (usize, usize),
    actions: usize,
    states: usize,
    is_full: bool,
    /// units × units
    recurrent: Vec<u8>,
    /// states × units
    state: Vec<u8>,
    bias: Vec<u8>,
    /// Pairs of circuits that are not connected.
    dropped: Vec<(usize, usize)>,
    /// Whether hidden and action units see the states.
    sees: (bool, bool),
}

/// The activity, samples × units, for states, samples × states; both f32 in native order.
/// `inference` is JSON, as in `config.toml`.
#[pyfunction]
pub(crate) fn infer<'py>(
    py: Python<'py>,
    network: Network,
    inference: &str,
    states: &[u8],
    samples: usize,
    seed: u32,
    number: u32,
) -> PyResult<Bound<'py, PyBytes>> {
    let level = level()?;
    let inference: Inference = serde_json::from_str(inference)
        .map_err(|error| Error::new_err(format!("inference: {error}; give numbers in their range")))?;
    reserve("states", network.bytes(samples))?;
    let states = matrix(states, samples, network.states)?;
    let draws = Draws { seed, step: number };
    let activity = detached(py, move || computed(level, &network, inference, &states, draws))?;
    activity.map(|activity| PyBytes::new(py, &activity)).map_err(|error| raised(&error))
}

/// The activity after 1, 2, … iterations of rate inference with noise of standard deviation
/// `sigma`: iterations × samples × units, as [`infer`] gives and takes numbers.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn rate_trajectory<'py>(
    py: Python<'py>,
    network: Network,
    states: &[u8],
    samples: usize,
    sigma: f32,
    iterations: u32,
    seed: u32,
    number: u32,
) -> PyResult<Bound<'py, PyBytes>> {
    let level = level()?;
    reserve("states", network.bytes(samples))?;
    let states = matrix(states, samples, network.states)?;
    let draws = Draws { seed, step: number };
    let after = move |max_iterations| {
        // It stops by its number of iterations alone.
        let rate = Rate { sigma, max_iterations, tolerance: 0.0, unclamped: false };
        computed(level, &network, Inference::Rate(rate), &states, draws)
    };
    let all = detached(py, move || (1..=iterations).map(after).collect::<Result<Vec<_>, _>>())?;
    all.map(|all| PyBytes::new(py, &all.concat())).map_err(|error| raised(&error))
}

/// The random numbers of [`rate_trajectory`], as f32 in native order: the uniform numbers of the
/// start, samples × units; the standard normal noise of the states and of the units, iterations ×
/// samples × states or units.
#[pyfunction]
pub(crate) fn rate_draws<'py>(
    py: Python<'py>,
    network: Network,
    samples: usize,
    iterations: u32,
    seed: u32,
    number: u32,
) -> PyResult<[Bound<'py, PyBytes>; 3]> {
    let draws = Draws { seed, step: number };
    let drawn = detached(py, move || {
        let parameters = network.parameters()?;
        Ok(RateDraws::new(&parameters, samples, iterations, draws))
    })?;
    let RateDraws { start, states, units } = drawn.map_err(|error: svpg::Error| raised(&error))?;
    let bytes = |numbers: Vec<f32>| {
        let all: Vec<u8> = numbers.into_iter().flat_map(f32::to_ne_bytes).collect();
        PyBytes::new(py, &all)
    };
    Ok([start, states, units].map(bytes))
}

fn computed(
    level: Level,
    network: &Network,
    inference: Inference,
    states: &AlignedMatrix,
    draws: Draws,
) -> Result<Vec<u8>, svpg::Error> {
    inference.check()?;
    let parameters = network.parameters()?;
    let mut free = FreeInference::new(&parameters, states.rows(), inference);
    free.run(&Compute::single(level), &parameters, states, draws);
    Ok(free.q().entries().flat_map(f32::to_ne_bytes).collect())
}

/// The memory of an inference, in bytes, from above.
pub(crate) fn inference_bytes(samples: usize, states: usize, units: usize) -> Option<usize> {
    let inputs = units.checked_add(states)?.checked_add(64)?;
    let network = inputs.checked_mul(units.checked_add(16)?)?.checked_mul(16)?;
    samples.checked_mul(inputs)?.checked_mul(40)?.checked_add(network)
}

impl Network {
    fn bytes(&self, samples: usize) -> Option<usize> {
        let units = self.hidden.0.checked_mul(self.hidden.1)?.checked_add(self.actions)?;
        inference_bytes(samples, self.states, units)
    }

    fn parameters(&self) -> Result<Parameters, svpg::Error> {
        let circuits = Circuits::new(self.hidden.0, self.hidden.1, 1, self.actions)?;
        let mut mask = Mask::full(&circuits);
        self.dropped.iter().for_each(|&(c, d)| mask.drop_block(c, d));
        let families = [(self.sees.0, Family::StateHidden), (self.sees.1, Family::StateAction)];
        families
            .into_iter()
            .filter(|(is_seen, _)| !is_seen)
            .for_each(|(_, family)| mask.drop_family(&circuits, family));
        let convention = if self.is_full { Convention::Full } else { Convention::Half };
        let mut parameters = Parameters::zeros(circuits, self.states, convention, mask);
        let (units, first) = (parameters.units(), parameters.state_row(0));
        let mut fill = |first: usize, bytes: &[u8]| {
            for (row, numbers) in (first..).zip(numbers(bytes).chunks_exact(units)) {
                parameters.weights.row_mut(row).copy_from_slice(numbers);
            }
        };
        fill(0, &self.recurrent);
        fill(first, &self.state);
        parameters.bias.row_mut(0).copy_from_slice(&numbers(&self.bias));
        Ok(parameters)
    }
}

/// States of a batch.
pub(crate) fn matrix(bytes: &[u8], samples: usize, columns: usize) -> PyResult<AlignedMatrix> {
    let all = numbers(bytes);
    if samples.checked_mul(columns) != Some(all.len()) {
        return Err(Error::new_err("states: the length does not fit the network; give samples × states"));
    }
    Ok(AlignedMatrix::from_fn(samples, columns, |row, column| all[row * columns + column]))
}

/// The numbers of these bytes.
fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|number: &[u8; 4]| f32::from_ne_bytes(*number)).collect()
}
