//! The networks, in the form of both programs.

use std::collections::BTreeMap;

use svpg::random::SplitMix64;
use svpg_check::{Convention as Written, Network, Shape as WrittenShape};
use svpg_reference::configuration::Configuration;
use svpg_reference::network::{Convention, Mask, Observed, Parameters, Shape};
use svpg_reference::number::Matrix;
use svpg_reference::rule::{self, Batch, Rule, Sample};

/// The advantage `A`.
pub(crate) const ADVANTAGE: f64 = 0.625;
/// Situations of a decision process or a batch.
pub(crate) const SITUATIONS: usize = 2;
/// Steps of a window.
pub(crate) const WINDOW: usize = 4;

/// One network for both programs.
pub(crate) struct Both {
    pub(crate) parameters: Parameters<f64>,
    pub(crate) state: Vec<f64>,
    pub(crate) rewards: Vec<f64>,
    pub(crate) written: Network,
}

/// 2 states, 2 circuits of 2 units, 3 actions; without synapses between the hidden circuits if
/// `gap` is true.
fn network(convention: Convention, gap: bool, seed: u64) -> Both {
    let mut random = SplitMix64::new(seed);
    let shape = Shape::new(2, 2, 2, 3).unwrap();
    let n = shape.units();
    let connected = |i: usize, j: usize| {
        let (c, d) = (shape.circuit_of(i), shape.circuit_of(j));
        c != d && !(gap && c.max(d) == 1)
    };
    let mut recurrent: Matrix<f64> = Matrix::zeros(n, n);
    for i in 0..n {
        for j in (0..i).filter(|&j| connected(i, j)) {
            recurrent[(i, j)] = random.symmetric(0.7);
            recurrent[(j, i)] = recurrent[(i, j)];
        }
    }
    let state_weights = Matrix::from_fn(2, n, |_, _| random.symmetric(0.7));
    let bias: Vec<f64> = (0..n).map(|_| random.symmetric(0.7)).collect();
    let state: Vec<f64> = (0..2).map(|_| random.unit()).collect();
    let rewards: Vec<f64> = (0..3).map(|_| random.symmetric(1.0)).collect();
    let families = BTreeMap::from([
        ("W".to_owned(), recurrent.entries().to_vec()),
        ("U".to_owned(), state_weights.entries().to_vec()),
        ("b".to_owned(), bias.clone()),
        ("s".to_owned(), state.clone()),
        ("R".to_owned(), rewards.clone()),
        ("A".to_owned(), vec![ADVANTAGE]),
    ]);
    let written = Network {
        shape: WrittenShape {
            states: 2,
            hidden_circuits: 2,
            hidden_size: 2,
            actions: 3,
            situations: SITUATIONS,
            window: WINDOW,
        },
        convention: if convention == Convention::Full { Written::Full } else { Written::Half },
        connected: (0..n).map(|i| (0..n).map(|j| connected(i, j)).collect()).collect(),
        families,
    };
    let mask =
        Mask::new(shape, &Matrix::from_fn(n, n, connected), &Matrix::from_fn(2, n, |_, _| true)).unwrap();
    let parameters = Parameters::new(shape, convention, mask, recurrent, state_weights, bias).unwrap();
    Both { parameters, state, rewards, written }
}

/// Both conventions, with and without synapses between the hidden circuits.
pub(crate) fn networks() -> impl Iterator<Item = Both> {
    [(Convention::Full, false), (Convention::Full, true), (Convention::Half, false), (Convention::Half, true)]
        .into_iter()
        .zip(1..)
        .map(|((convention, gap), seed)| network(convention, gap, seed))
}

impl Both {
    pub(crate) fn shape(&self) -> Shape {
        self.parameters.shape()
    }

    pub(crate) fn observed(&self) -> Observed<'_, f64> {
        self.parameters.observe(&self.state).unwrap()
    }

    /// The action of a unit of the action circuit: the checker numbers actions as units.
    pub(crate) fn action(&self, unit: usize) -> usize {
        unit - self.shape().action_units().start
    }

    /// Configuration `v` of the checker: the action is the lowest digit, then the first hidden
    /// circuit.
    pub(crate) fn configuration(&self, v: usize) -> Configuration {
        let shape = self.shape();
        let (hidden, action) = (v / shape.actions(), v % shape.actions());
        let winners: Vec<usize> = (0..shape.hidden_circuits())
            .map(|circuit| hidden / shape.hidden_size().pow(circuit as u32) % shape.hidden_size())
            .collect();
        Configuration::new(shape, &winners, action).unwrap()
    }

    /// The batch of configurations `configurations`, all at this state, with the advantages `A`,
    /// `-2A`, `4A`, …
    pub(crate) fn batch(&self, configurations: Vec<Configuration>) -> Batch<'_, f64> {
        let samples =
            configurations.into_iter().zip(std::iter::successors(Some(ADVANTAGE), |a| Some(-2.0 * a)));
        let samples = samples.map(|(configuration, advantage)| Sample {
            state: self.state.clone(),
            q: None,
            configuration,
            advantage,
        });
        Batch::with_fixed_points(&self.parameters, samples.collect()).unwrap()
    }

    /// The batch of the checker's configurations `v`.
    pub(crate) fn batch_of(&self, v: &[usize]) -> Batch<'_, f64> {
        self.batch(v.iter().map(|&v| self.configuration(v)).collect())
    }

    /// The batch of the actions `units`; the hidden winners differ from sample to sample.
    pub(crate) fn batch_acting(&self, units: &[usize]) -> Batch<'_, f64> {
        let sample = |(b, &unit): (usize, &usize)| {
            Configuration::new(self.shape(), &[b % 2, 0], self.action(unit)).unwrap()
        };
        self.batch(units.iter().enumerate().map(sample).collect())
    }
}

/// `rule` on `batch`.
pub(crate) fn updated(rule: Rule<f64>, batch: &Batch<'_, f64>) -> svpg_reference::network::Update<f64> {
    rule::update(&rule, batch).unwrap()
}
