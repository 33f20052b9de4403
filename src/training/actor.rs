//! The network that acts and learns: inference, the learning rule or the conventional method, the
//! optimiser.

use super::config::{Algorithm, Config};
use crate::Error;
use crate::agent::{self, ConventionalNetwork, Network};
use crate::conventional::{Layers, Update};
use crate::inference::{Inference, Phase, RateInference};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::network::{Circuits, Parameters};
use crate::optimiser::Optimiser;
use crate::rule::{ActionStats, Factors, Gradient, RuleBatch, Weighting, action_stats, signals};
use crate::run::Snapshot;

/// A network with its optimiser.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) network: Network,
    optimiser: Optimiser,
    direction: Direction,
}

/// The direction of a step.
#[derive(Debug)]
enum Direction {
    /// Of a rule.
    Rule(Gradient),
    /// Of a conventional method.
    Conventional(Layers),
}

/// Working memory for batches of one size.
#[derive(Debug)]
pub(super) struct Activity {
    pub(super) policy: agent::Activity,
    /// One for each of the rule's clamped phases, with its β.
    clamped: Vec<(f32, RateInference)>,
    /// What the rule gives each neuron.
    pub(super) factors: Factors,
}

/// The samples that an update learns from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples<'a> {
    /// Samples × states.
    pub(super) states: &'a AlignedMatrix,
    /// The sampled winner of every circuit, as unit numbers, samples × circuits.
    pub(super) winners: &'a [u32],
    /// Samples × circuits.
    pub(super) advantages: &'a [f32],
    /// `ln p` of each sample's action under the policy that sampled it; `None`: the present one.
    pub(super) old_log_prob: Option<&'a [f32]>,
}

impl Activity {
    /// For this many samples.
    pub(super) fn new(config: &Config, network: &Network, size: usize) -> Self {
        let zeros = || match network {
            Network::Rwta(parameters) => AlignedMatrix::zeros(size, parameters.units()),
            Network::Conventional(_) => AlignedMatrix::zeros(0, 0),
        };
        let clamped = match (network, config.inference) {
            (Network::Rwta(parameters), Inference::Rate(rate)) => {
                (config.rule.clamped_phases(config.rule_options).into_iter())
                    .map(|beta| (beta, RateInference::new(parameters, size, rate)))
                    .collect()
            }
            _ => Vec::new(),
        };
        Self {
            policy: agent::Activity::new(network, size, config.inference, config.policy),
            clamped,
            factors: Factors { pre: zeros(), error: zeros(), bias_error: None, recurrent_factor: 1.0 },
        }
    }

    /// Number of samples.
    pub(super) fn size(&self) -> usize {
        self.policy.size()
    }

    /// Fills the factors of the rule; free activity and policy of the samples stand here. Returns
    /// the policy at the sampled actions.
    ///
    /// # Errors
    /// No fixed point: as [`LearningRule::fill`](crate::rule::LearningRule::fill).
    pub(super) fn fill_factors(
        &mut self,
        compute: &Compute,
        config: &Config,
        parameters: &Parameters,
        samples: Samples<'_>,
        draws: Draws,
    ) -> Result<Vec<ActionStats>, Error> {
        let Samples { states, winners, advantages, old_log_prob } = samples;
        let Self { policy, clamped, factors } = self;
        let agent::Activity::Rwta(policy) = policy else { panic!("a rule has a winner-take-all network") };
        let q = policy.q();
        let stats = action_stats(compute.level, &parameters.circuits, policy.acting(), winners);
        if !clamped.is_empty() {
            let actions = &parameters.circuits.first_actions(winners);
            for (beta, phase) in &mut *clamped {
                phase.q.all_mut().copy_from_slice(q.all());
                phase.run(compute, parameters, states, draws, Phase::Clamped { actions, beta: *beta });
            }
        }
        let clamped: Vec<&AlignedMatrix> = clamped.iter().map(|(_, phase)| &phase.q).collect();
        let present = log_probs(&stats);
        let weighting = weighting(config, old_log_prob.unwrap_or(&present));
        let batch = RuleBatch {
            parameters,
            q,
            clamped: &clamped,
            winners,
            advantages,
            stats: &stats,
            weighting,
            entropy: config.entropy,
            options: config.rule_options,
        };
        config.rule.fill(compute, &batch, factors)?;
        Ok(stats)
    }
}

/// `ln p` of the sampled actions.
pub(super) fn log_probs(stats: &[ActionStats]) -> Vec<f32> {
    stats.iter().map(|action| action.log_prob).collect()
}

/// How the algorithm of the configuration weights an advantage.
fn weighting<'a>(config: &Config, old_log_prob: &'a [f32]) -> Weighting<'a> {
    match config.algorithm {
        Algorithm::Reinforce => Weighting::Reinforce,
        Algorithm::Ppo { clip_range } => Weighting::Ppo { clip_range, old_log_prob },
    }
}

impl Actor {
    pub(super) fn new(config: &Config, network: Network) -> Self {
        let (optimiser, direction) = match &network {
            Network::Rwta(parameters) => (
                Optimiser::for_parameters(config.optimiser, parameters),
                Direction::Rule(Gradient::new(parameters)),
            ),
            Network::Conventional(ConventionalNetwork { method, layers, .. }) => {
                let shapes = layers.trained(&**method).into_iter().map(|of| (of.rows(), of.columns()));
                (Optimiser::new(config.optimiser, shapes), Direction::Conventional(layers.zeros_like()))
            }
        };
        Self { network, optimiser, direction }
    }

    /// The circuits of the network.
    pub(super) fn circuits(&self) -> &Circuits {
        self.network.circuits()
    }

    /// One step of the optimiser along the update of the rule or the method; the policy of the
    /// samples stands in `activity`. Returns the policy at the sampled actions, as it was before
    /// the step.
    ///
    /// # Errors
    /// No fixed point: as [`LearningRule::fill`](crate::rule::LearningRule::fill).
    pub(super) fn learn(
        &mut self,
        compute: &Compute,
        config: &Config,
        rate: f64,
        activity: &mut Activity,
        samples: Samples<'_>,
        draws: Draws,
    ) -> Result<Vec<ActionStats>, Error> {
        let Self { network, optimiser, direction } = self;
        match (network, direction) {
            (Network::Rwta(parameters), Direction::Rule(gradient)) => {
                let stats = activity.fill_factors(compute, config, parameters, samples, draws)?;
                gradient.fill(compute, parameters, samples.states, &activity.factors);
                let targets = vec![
                    (&mut parameters.weights, &gradient.weights),
                    (&mut parameters.bias, &gradient.bias),
                ];
                optimiser.step(compute, rate, targets);
                Ok(stats)
            }
            (Network::Conventional(network), Direction::Conventional(direction)) => {
                let ConventionalNetwork { method, circuits, layers, .. } = network;
                let Samples { states, winners, advantages, old_log_prob } = samples;
                let probabilities = activity.policy.acting();
                let stats = action_stats(compute.level, circuits, probabilities, winners);
                let present = log_probs(&stats);
                let weighting = weighting(config, old_log_prob.unwrap_or(&present));
                let signals = &signals(compute.level, weighting, config.entropy, &stats, advantages);
                let actions = &circuits.first_actions(winners);
                let update = Update { states, draws, actions, signals, probabilities };
                method.direction(compute, layers, &update, direction);
                let method = &**method;
                let targets = layers.trained_mut(method).into_iter().zip(direction.trained(method));
                optimiser.step(compute, rate, targets.collect());
                Ok(stats)
            }
            _ => unreachable!("the direction is that of the network"),
        }
    }

    /// Parameters and what the optimiser remembers.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.network.state();
        snapshot.put_all("optimiser", self.optimiser.state());
        snapshot
    }

    /// Takes back what [`Actor::snapshot`] gave.
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.network.restore(snapshot)?;
        self.optimiser.restore(&snapshot.within("optimiser"))
    }
}
