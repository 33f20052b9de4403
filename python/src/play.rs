//! Trained networks, and the inverted pendulum.

use crate::call::{detached, level, reserve};
use crate::error::{Error, raised};
use crate::infer::{inference_bytes, matrix};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use std::sync::Arc;
use svpg::agent::Activity;
use svpg::inference::Draws;
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::task::Environment;
use svpg::task::pendulum::{Pendulum as Poles, State};
use svpg::training::{StoredNetwork as Stored, TaskSetup};

/// The network of a run, and what it runs on.
struct Trained {
    level: Level,
    stored: Stored,
}

/// A trained network: `svpg.load` makes a policy of it.
#[pyclass(frozen, module = "svpg._core")]
pub(crate) struct StoredNetwork(Arc<Trained>);

#[pymethods]
impl StoredNetwork {
    /// Reads the best network of a run folder, or the last one.
    #[new]
    fn new(py: Python<'_>, folder: PathBuf, last: bool) -> PyResult<Self> {
        let level = level()?;
        let trained = detached(py, move || Stored::open(level, &folder, last))?;
        trained.map(|stored| Self(Arc::new(Trained { level, stored }))).map_err(|error| raised(&error))
    }

    /// `mnist` or `pendulum`.
    #[getter]
    fn task(&self) -> &'static str {
        self.0.stored.setup.task.name().name()
    }

    #[getter]
    fn preset(&self) -> &'static str {
        self.0.stored.setup.preset.name()
    }

    /// The learning rule, or the conventional method.
    #[getter]
    fn rule(&self) -> &'static str {
        let config = &self.0.stored.setup.config;
        config.method.map_or(config.rule.name(), |method| method.name())
    }

    /// `best` or `last`.
    #[getter]
    fn network(&self) -> &'static str {
        self.0.stored.which
    }

    /// Batches or episodes of its training.
    #[getter]
    fn step(&self) -> u64 {
        self.0.stored.step
    }

    #[getter]
    fn seed(&self) -> u32 {
        self.0.stored.setup.seed
    }

    #[getter]
    fn states(&self) -> usize {
        self.0.stored.network.states()
    }

    #[getter]
    fn actions(&self) -> usize {
        self.0.stored.network.circuits().actions()
    }

    /// Number of action circuits.
    #[getter]
    fn votes(&self) -> usize {
        self.0.stored.network.circuits().votes()
    }

    /// Length and radius of the pole, if the task has one.
    #[getter]
    fn pole(&self) -> Option<(f64, f64)> {
        match self.0.stored.setup.task {
            TaskSetup::Pendulum(options) => Some(options.pole),
            TaskSetup::Mnist(_) => None,
        }
    }

    /// The activity of the action circuits, samples × action units, for states, samples × states,
    /// both as f32 in native order. `number` is that of the draws.
    fn infer<'py>(
        &self,
        py: Python<'py>,
        states: &[u8],
        samples: usize,
        seed: u32,
        number: u32,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let network = &self.0.stored.network;
        let hidden = self.0.stored.setup.config.hidden;
        let units =
            network.circuits().units().max(hidden.circuits * hidden.units + network.circuits().actions());
        reserve("observation", inference_bytes(samples, network.states(), units))?;
        let states = matrix(states, samples, network.states())?;
        let trained = Arc::clone(&self.0);
        let draws = Draws { seed, step: number };
        let acting = detached(py, move || trained.infer(&states, draws))?;
        Ok(PyBytes::new(py, &acting))
    }
}

impl Trained {
    fn infer(&self, states: &AlignedMatrix, draws: Draws) -> Vec<u8> {
        let (network, config) = (&self.stored.network, &self.stored.setup.config);
        let mut activity = Activity::new(network, states.rows(), config.inference, config.policy);
        activity.run(&Compute::single(self.level), network, states, draws);
        let first = network.circuits().hidden_units();
        let acting = activity.acting();
        (0..states.rows()).flat_map(|row| &acting.row(row)[first..]).flat_map(|q| q.to_ne_bytes()).collect()
    }
}

/// Cart and pole.
#[pyclass(frozen, module = "svpg._core")]
pub(crate) struct Pendulum(Poles);

/// x, θ, ẋ, θ̇ in m, rad and s.
type Coordinates = [f64; 4];

fn read([x, theta, x_dot, theta_dot]: Coordinates) -> State {
    State { x, theta, x_dot, theta_dot }
}

fn coordinates(state: &State) -> Coordinates {
    [state.x, state.theta, state.x_dot, state.theta_dot]
}

#[pymethods]
impl Pendulum {
    /// A pole of this length and radius, in metres.
    #[new]
    fn new(length: f64, radius: f64) -> PyResult<Self> {
        Poles::new(length, radius).map(Self).map_err(|error| raised(&error))
    }

    /// Number of actions.
    #[getter]
    fn actions(&self) -> usize {
        self.0.actions()
    }

    /// Steps after which an episode is truncated.
    #[getter]
    fn max_steps(&self) -> usize {
        self.0.max_steps()
    }

    /// The initial state for four uniform numbers in `[0,1)`.
    #[staticmethod]
    fn reset(units: Coordinates) -> Coordinates {
        coordinates(&State::reset(units))
    }

    /// The initial state of an episode in evaluations of a run with this seed.
    fn reset_of(&self, seed: u32, number: u32) -> PyResult<Coordinates> {
        Ok(coordinates(&svpg::task::reset(&self.0, level()?, seed, number)))
    }

    /// The observation of a state: four numbers in `[0,1]`.
    fn observe(&self, state: Coordinates) -> [f32; 4] {
        let mut observation = [0.0; 4];
        self.0.observe(&read(state), &mut observation);
        observation
    }

    /// The next state, the reward, and whether the pole fell.
    fn step(&self, state: Coordinates, action: usize) -> PyResult<(Coordinates, f32, bool)> {
        if action >= self.0.actions() {
            let most = self.0.actions() - 1;
            return Err(Error::new_err(format!("action: found {action}; give a whole number, 0 to {most}")));
        }
        let next = Environment::step(&self.0, &read(state), action);
        Ok((coordinates(&next.state), next.reward, next.over))
    }
}
