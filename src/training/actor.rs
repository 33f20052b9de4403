//! The network that acts and learns: inference, the learning rule, the optimiser.

use super::config::{Algorithm, Config};
use crate::Error;
use crate::inference::{Inference, Phase, PolicyInference, RateInference, winners};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::threads::pieces;
use crate::network::Parameters;
use crate::optimiser::Optimiser;
use crate::rule::{ActionStats, Factors, Gradient, RuleBatch, Weighting, action_stats};
use crate::run::Snapshot;

/// A network with its optimiser.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) parameters: Parameters,
    optimiser: Optimiser,
    gradient: Gradient,
}

/// Working memory for batches of one size.
#[derive(Debug)]
pub(super) struct Activity {
    pub(super) policy: PolicyInference,
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
    pub(super) fn new(config: &Config, parameters: &Parameters, size: usize) -> Self {
        let zeros = || AlignedMatrix::zeros(size, parameters.units());
        let clamped = match config.inference {
            Inference::Rate(rate) => (config.rule.clamped_phases(config.rule_options).into_iter())
                .map(|beta| (beta, RateInference::new(parameters, size, rate)))
                .collect(),
            Inference::Spiking(_) => Vec::new(),
        };
        Self {
            policy: PolicyInference::new(parameters, size, config.inference, config.policy),
            clamped,
            factors: Factors { pre: zeros(), error: zeros(), bias_error: None, recurrent_factor: 1.0 },
        }
    }

    /// Number of samples.
    pub(super) fn size(&self) -> usize {
        self.policy.q().rows()
    }

    /// Samples a configuration for every sample, hidden winners from the free activity and actions
    /// from the policy; `winners` is samples × circuits.
    pub(super) fn sample(
        &self,
        compute: &Compute,
        parameters: &Parameters,
        Draws { seed, step }: Draws,
        all: &mut [u32],
    ) {
        let (q, circuits) = (self.policy.acting(), &parameters.circuits);
        let count = circuits.count();
        let ranges = compute.threads.split(q.rows(), 1);
        let all = pieces(all, ranges.iter().map(|range| range.len() * count));
        compute.threads.each(ranges.iter().zip(all).collect(), |(range, all)| {
            for (sample, own) in range.clone().zip(all.chunks_exact_mut(count)) {
                let place = Place { seed, stream: Stream::Sample, step, iteration: 0, sample: sample as u32 };
                winners(compute.level, circuits, q.row(sample), place, own);
            }
        });
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
        let present: Vec<f32>;
        let weighting = match (config.algorithm, old_log_prob) {
            (Algorithm::Reinforce, _) => Weighting::Reinforce,
            (Algorithm::Ppo { clip_range }, Some(old_log_prob)) => {
                Weighting::Ppo { clip_range, old_log_prob }
            }
            (Algorithm::Ppo { clip_range }, None) => {
                present = stats.iter().map(|action| action.log_prob).collect();
                Weighting::Ppo { clip_range, old_log_prob: &present }
            }
        };
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

impl Actor {
    pub(super) fn new(config: &Config, parameters: Parameters) -> Self {
        let optimiser = Optimiser::for_parameters(config.optimiser, &parameters);
        Self { optimiser, gradient: Gradient::new(&parameters), parameters }
    }

    /// One step of the optimiser along the rule's update; free activity and policy of the samples
    /// stand in `activity`. Returns the policy at the sampled actions, as it was before the step.
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
        let Self { parameters, optimiser, gradient } = self;
        let stats = activity.fill_factors(compute, config, parameters, samples, draws)?;
        gradient.fill(compute, parameters, samples.states, &activity.factors);
        let targets =
            vec![(&mut parameters.weights, &gradient.weights), (&mut parameters.bias, &gradient.bias)];
        optimiser.step(compute, rate, targets);
        Ok(stats)
    }

    /// Parameters and what the optimiser remembers.
    pub(super) fn save(&self, snapshot: &mut Snapshot) {
        snapshot.put_rows("weights", &self.parameters.weights);
        snapshot.put_rows("bias", &self.parameters.bias);
        snapshot.put_all("optimiser", self.optimiser.state());
    }

    /// Takes back what [`Actor::save`] put there.
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        snapshot.read_rows("weights", &mut self.parameters.weights)?;
        snapshot.read_rows("bias", &mut self.parameters.bias)?;
        self.optimiser.restore(&snapshot.within("optimiser"))
    }
}
