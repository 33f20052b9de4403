//! One update from the whole buffer.

use super::buffer::STATES;
use super::{EpisodeReport, PendulumAlgorithm, PendulumConfig, PendulumRule, PendulumTrainer};
use crate::inference::{FreeInference, Inference, Phase, RateInference, Threads};
use crate::kernel::matrix::AlignedMatrix;
use crate::learn::{Critic, Factors, Gradient, Pass, Target};
use crate::network::{Circuits, Parameters};
use crate::rule::action_stats::{action_stats, clipped, ratios};
use crate::rule::svpg_tpami::{self, Algorithm, Sampled};
use crate::rule::two_phase;

/// Working memory for a buffer that holds so many transitions.
#[derive(Debug)]
pub(super) struct Batch {
    size: usize,
    free: FreeInference,
    /// Rule `two-phase` alone has a second phase.
    clamped: Option<RateInference>,
    pass: Pass,
    values: AlignedMatrix,
    cotangent: AlignedMatrix,
    factors: Factors,
    gradient: Gradient,
}

impl Batch {
    pub(super) fn new(
        parameters: &Parameters,
        critic: &Critic,
        size: usize,
        config: &PendulumConfig,
    ) -> Self {
        let zeros = || AlignedMatrix::zeros(size, parameters.units());
        let actions = parameters.circuits.actions();
        Self {
            size,
            free: FreeInference::new(parameters, size, config.inference),
            clamped: match (config.rule, config.inference) {
                (PendulumRule::TwoPhase, Inference::Rate(rate)) => {
                    Some(RateInference::new(parameters, size, rate))
                }
                _ => None,
            },
            pass: Pass::new(critic, size),
            values: AlignedMatrix::zeros(size, actions),
            cotangent: AlignedMatrix::zeros(size, actions),
            factors: Factors { pre: zeros(), error: zeros(), bias_error: None, recurrent_factor: 1.0 },
            gradient: Gradient::new(parameters),
        }
    }
}

impl PendulumTrainer {
    /// Critic and network learn from the whole buffer; adds to the report's sums.
    pub(super) fn update(&mut self, threads: &Threads, report: &mut EpisodeReport) {
        if self.batch.size != self.buffer.len() {
            self.batch = Batch::new(&self.parameters, &self.critic, self.buffer.len(), &self.config);
        }
        let (states, nexts) = self.buffer.observations();
        debug_assert_eq!(states.columns(), STATES);
        let actions = self.actions();
        report.critic_error += self.teach_critic(threads, (&states, &nexts), &actions);
        let mut advantages = Vec::new();
        for epoch in 0..self.config.epochs {
            let draws = (self.seed, self.draws());
            let level = self.level;
            let free = &mut self.batch.free;
            let iterations = free.run(level, threads, &self.parameters, &states, draws);
            if epoch == 0 {
                advantages = self.advantages(&actions);
                report.iterations += f64::from(iterations);
            }
            let entropy = self.factors(threads, &states, draws, &actions, &advantages);
            let batch = &mut self.batch;
            batch.gradient.fill(level, threads, &self.parameters, &states, &batch.factors);
            let targets = vec![
                Target { parameters: &mut self.parameters.weights, gradient: &batch.gradient.weights },
                Target { parameters: &mut self.parameters.bias, gradient: &batch.gradient.bias },
            ];
            self.optimiser.step(level, threads, self.config.learning_rate, targets);
            report.entropy += entropy / f64::from(self.config.epochs);
        }
        report.updates += 1;
    }

    /// The action of every sample.
    fn actions(&self) -> Vec<usize> {
        let circuits = &self.parameters.circuits;
        let all = self.buffer.winners().chunks_exact(circuits.count());
        all.map(|winners| winners[circuits.hidden()] as usize - circuits.hidden_units()).collect()
    }

    /// One step of the critic; its values of the states before that step stay in the batch. Returns
    /// the mean squared error.
    fn teach_critic(
        &mut self,
        threads: &Threads,
        (states, nexts): (&AlignedMatrix, &AlignedMatrix),
        actions: &[usize],
    ) -> f64 {
        let draws = (self.seed, self.draws());
        let (level, config, batch) = (self.level, &self.config, &mut self.batch);
        batch.free.run(level, threads, &self.parameters, nexts, draws);
        let values = self.critic.forward(level, threads, nexts, &mut batch.pass);
        let circuits = &self.parameters.circuits;
        let targets: Vec<f32> = (self.buffer.outcomes().enumerate())
            .map(|(b, (reward, continues))| {
                reward + config.discount * expected(circuits, batch.free.q(), values, b) * continues
            })
            .collect();
        let values = self.critic.forward(level, threads, states, &mut batch.pass);
        batch.values.all_mut().copy_from_slice(values.all());
        let scale = 2.0 / batch.size as f32;
        let mut sum = 0.0;
        for (b, (&action, target)) in actions.iter().zip(targets).enumerate() {
            let difference = target - batch.values.row(b)[action];
            sum += f64::from(difference) * f64::from(difference);
            batch.cotangent.row_mut(b).fill(0.0);
            batch.cotangent.row_mut(b)[action] = scale * difference;
        }
        self.critic.backward(level, threads, states, &batch.cotangent, &mut batch.pass);
        self.critic.step(level, threads, config.critic_rate, &batch.pass);
        sum / batch.size as f64
    }

    /// `Q(s,a) − Σ_a q_a(s) Q(s,a)` under the activity that stands in the batch.
    fn advantages(&self, actions: &[usize]) -> Vec<f32> {
        let Batch { free, values, .. } = &self.batch;
        let circuits = &self.parameters.circuits;
        let of =
            |(b, &action): (usize, &usize)| values.row(b)[action] - expected(circuits, free.q(), values, b);
        actions.iter().enumerate().map(of).collect()
    }

    /// Fills the factors of the rule; returns the mean entropy of the action circuit.
    fn factors(
        &mut self,
        threads: &Threads,
        states: &AlignedMatrix,
        draws: (u32, u32),
        actions: &[usize],
        advantages: &[f32],
    ) -> f64 {
        let Self { level, config, parameters, buffer, batch, .. } = self;
        let (level, circuits) = (*level, &parameters.circuits);
        let all = action_stats(level, circuits, batch.free.q(), buffer.winners());
        let sampled = Sampled { q: batch.free.q(), winners: buffer.winners(), advantages };
        match config.rule {
            PendulumRule::SvpgTpami => {
                let algorithm = match config.algorithm {
                    PendulumAlgorithm::Reinforce => Algorithm::Reinforce,
                    PendulumAlgorithm::Ppo { epsilon } => {
                        Algorithm::Ppo { epsilon, old_log_prob: buffer.log_probs() }
                    }
                };
                svpg_tpami::fill(level, circuits, sampled, algorithm, config.entropy, &mut batch.factors);
            }
            PendulumRule::TwoPhase => {
                let ratios = match config.algorithm {
                    PendulumAlgorithm::Reinforce => vec![1.0; batch.size],
                    PendulumAlgorithm::Ppo { .. } => ratios(level, &all, buffer.log_probs()),
                };
                let mean = advantages.iter().fold(0.0, |sum, &a| sum + f64::from(a)) / batch.size as f64;
                let signals = all.iter().zip(advantages).zip(ratios).map(|((taken, advantage), ratio)| {
                    if taken.probability == 0.0 {
                        return 0.0;
                    }
                    let bonus = config.entropy * (-taken.log_prob - taken.entropy);
                    let whole = advantage - mean as f32 + bonus;
                    match config.algorithm {
                        PendulumAlgorithm::Reinforce => whole,
                        PendulumAlgorithm::Ppo { epsilon } => clipped(whole, ratio, epsilon),
                    }
                });
                let signals: Vec<f32> = signals.collect();
                let Batch { free, clamped, factors, .. } = batch;
                let clamped = clamped.as_mut().expect("a trainer with this rule infers by rates");
                clamped.q.all_mut().copy_from_slice(free.q().all());
                let phase = Phase::Clamped(actions);
                clamped.run(level, threads, parameters, states, draws, phase);
                two_phase::fill(free.q(), &clamped.q, &signals, parameters.convention, factors);
            }
        }
        all.iter().fold(0.0, |sum, taken| sum + f64::from(taken.entropy)) / batch.size as f64
    }
}

/// `Σ_a q_a Q_a` of sample `b`, in order.
fn expected(circuits: &Circuits, q: &AlignedMatrix, values: &AlignedMatrix, b: usize) -> f32 {
    let q = &q.row(b)[circuits.members(circuits.hidden())];
    q.iter().zip(values.row(b)).fold(0.0, |sum, (q, value)| sum + q * value)
}
