//! One step of training.

use super::data::load;
use super::signal::Rewards;
use super::{Baseline, MnistAlgorithm, MnistConfig, MnistRule, MnistTrainer, StepReport};
use crate::Error;
use crate::inference::{FreeInference, Inference, Phase, RateInference, Threads, pieces, winners};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Place, Stream};
use crate::learn::{Critic, Factors, Gradient, Pass, Target, minus_squared_error};
use crate::network::{Circuits, Parameters};
use crate::rule::action_stats::{ActionStats, action_stats, clipped, ratios};
use crate::rule::svpg::{self, BiasRule};
use crate::rule::svpg_tpami::{self, Algorithm, Sampled};
use crate::rule::{implicit, two_phase};

/// Working memory of a step.
#[derive(Debug)]
pub(super) struct Batch {
    which: Vec<usize>,
    labels: Vec<u8>,
    states: AlignedMatrix,
    free: FreeInference,
    /// Rule `two-phase` alone has a second phase.
    clamped: Option<RateInference>,
    winners: Vec<u32>,
    rewards: Rewards,
    factors: Factors,
    gradient: Gradient,
    critic: Option<CriticBatch>,
}

/// Working memory of the critic.
#[derive(Debug)]
struct CriticBatch {
    pass: Pass,
    wanted: AlignedMatrix,
    cotangent: AlignedMatrix,
}

impl Batch {
    pub(super) fn new(config: &MnistConfig, parameters: &Parameters, critic: Option<&Critic>) -> Self {
        let size = config.batch;
        let zeros = || AlignedMatrix::zeros(size, parameters.units());
        Self {
            which: Vec::with_capacity(size),
            labels: Vec::with_capacity(size),
            states: AlignedMatrix::zeros(size, parameters.states),
            free: FreeInference::new(parameters, size, config.inference),
            clamped: match (config.rule, config.inference) {
                (MnistRule::TwoPhase, Inference::Rate(rate)) => {
                    Some(RateInference::new(parameters, size, rate))
                }
                _ => None,
            },
            winners: vec![0; size * parameters.circuits.count()],
            rewards: Rewards::default(),
            factors: Factors { pre: zeros(), error: zeros(), bias_error: None, recurrent_factor: 1.0 },
            gradient: Gradient::new(parameters),
            critic: critic.map(|critic| CriticBatch {
                pass: Pass::new(critic, size),
                wanted: AlignedMatrix::zeros(size, 1),
                cotangent: AlignedMatrix::zeros(size, 1),
            }),
        }
    }
}

impl MnistTrainer {
    /// One step of training.
    ///
    /// # Errors
    /// No fixed point: rule `implicit` met a sample whose fixed point has no gradient.
    pub fn step(&mut self, threads: &Threads) -> Result<StepReport, Error> {
        threads.within(|| self.step_within(threads))
    }

    fn step_within(&mut self, threads: &Threads) -> Result<StepReport, Error> {
        let (level, config) = (self.level, self.config);
        let batch = &mut self.batch;
        batch.which.clear();
        batch.which.extend(self.order.batch(level, self.steps));
        batch.labels.clear();
        batch.labels.extend(batch.which.iter().map(|&image| self.data.train.labels[image]));
        load(threads, &self.data.train.images, &batch.which, &mut batch.states);
        let epochs = match config.algorithm {
            MnistAlgorithm::Reinforce => 1,
            MnistAlgorithm::Ppo { epochs, .. } => epochs,
        };
        let mut report = StepReport::default();
        let mut old_log_prob = Vec::new();
        let mut advantages = Vec::new();
        let rate = self.rate();
        for epoch in 0..epochs {
            let step = self.steps as u32 * epochs + epoch;
            let draws = (self.seed, step);
            let batch = &mut self.batch;
            let iterations = batch.free.run(level, threads, &self.parameters, &batch.states, draws);
            if epoch == 0 {
                report.iterations = iterations;
                self.sample(threads, step);
                report.accuracy = self.batch.rewards.right as f64 / config.batch as f64;
                (advantages, report.critic_error) = self.advantages(threads);
            }
            let all =
                action_stats(level, &self.parameters.circuits, self.batch.free.q(), &self.batch.winners);
            if epoch == 0 {
                old_log_prob = all.iter().map(|taken| taken.log_prob).collect();
            }
            self.fill_factors(threads, draws, &all, &advantages, &old_log_prob)?;
            let batch = &mut self.batch;
            batch.gradient.fill(level, threads, &self.parameters, &batch.states, &batch.factors);
            let targets = vec![
                Target { parameters: &mut self.parameters.weights, gradient: &batch.gradient.weights },
                Target { parameters: &mut self.parameters.bias, gradient: &batch.gradient.bias },
            ];
            self.optimiser.step(level, threads, rate, targets);
        }
        self.steps += 1;
        Ok(report)
    }

    /// Samples a configuration for every image and judges it.
    fn sample(&mut self, threads: &Threads, step: u32) {
        let (level, seed, circuits) = (self.level, self.seed, &self.parameters.circuits);
        let batch = &mut self.batch;
        let q = batch.free.q();
        let count = circuits.count();
        let ranges = threads.split(q.rows(), 1);
        let all = pieces(&mut batch.winners, ranges.iter().map(|range| range.len() * count));
        threads.each(ranges.iter().zip(all).collect(), |(range, all)| {
            for (sample, own) in range.clone().zip(all.chunks_exact_mut(count)) {
                let place = Place { seed, stream: Stream::Sample, step, iteration: 0, sample: sample as u32 };
                winners(level, circuits, q.row(sample), place, own);
            }
        });
        batch.rewards.fill(&self.config, circuits, &batch.winners, &batch.labels);
    }

    /// The advantage of every circuit, samples × circuits, and the critic's error; the critic
    /// learns.
    fn advantages(&mut self, threads: &Threads) -> (Vec<f32>, f64) {
        let count = self.parameters.circuits.count();
        let rewards = &self.batch.rewards.circuits;
        match (self.config.baseline, &mut self.critic, &mut self.batch.critic) {
            (Baseline::Critic { rate }, Some(critic), Some(CriticBatch { pass, wanted, cotangent })) => {
                let states = &self.batch.states;
                let values = critic.forward(self.level, threads, states, pass);
                let advantages = rewards
                    .iter()
                    .enumerate()
                    .map(|(at, reward)| reward - values.row(at / count)[0])
                    .collect();
                for b in 0..wanted.rows() {
                    wanted.row_mut(b)[0] = rewards[b * count];
                }
                let error = minus_squared_error(values, wanted, cotangent);
                critic.backward(self.level, threads, states, cotangent, pass);
                critic.step(self.level, threads, rate, pass);
                (advantages, error)
            }
            (Baseline::Constant(value), ..) => (rewards.iter().map(|reward| reward - value).collect(), 0.0),
            (Baseline::Critic { .. }, ..) => unreachable!("a trainer with this baseline has a critic"),
        }
    }

    /// Fills the factors of the rule.
    fn fill_factors(
        &mut self,
        threads: &Threads,
        draws: (u32, u32),
        all: &[ActionStats],
        advantages: &[f32],
        old_log_prob: &[f32],
    ) -> Result<(), Error> {
        let Self { level, config, parameters, batch, .. } = self;
        let (level, circuits) = (*level, &parameters.circuits);
        let Batch { free, clamped, winners, states, factors, .. } = batch;
        let (count, q) = (circuits.count(), free.q());
        let of_sample = || advantages.iter().skip(count - 1).step_by(count).copied();
        match config.rule {
            MnistRule::Svpg | MnistRule::SvpgBmvc => {
                let bias = if config.rule == MnistRule::Svpg { BiasRule::Score } else { BiasRule::Winner };
                let bonus = bonuses(config.entropy, all);
                let advantages: Vec<f32> =
                    (advantages.iter().enumerate()).map(|(at, a)| a + bonus[at / count]).collect();
                svpg::fill(threads, parameters, q, (winners, &advantages), bias, factors);
            }
            MnistRule::SvpgTpami => {
                let advantages: Vec<f32> = of_sample().collect();
                let sampled = Sampled { q, winners, advantages: &advantages };
                let algorithm = match config.algorithm {
                    MnistAlgorithm::Reinforce => Algorithm::Reinforce,
                    MnistAlgorithm::Ppo { epsilon, .. } => Algorithm::Ppo { epsilon, old_log_prob },
                };
                svpg_tpami::fill(level, circuits, sampled, algorithm, config.entropy, factors);
            }
            MnistRule::Implicit => {
                let bonus = bonuses(config.entropy, all);
                let signals: Vec<f32> = of_sample().zip(&bonus).map(|(a, bonus)| a + bonus).collect();
                let actions = actions(circuits, winners);
                implicit::fill(threads, parameters, q, &actions, &signals, factors)?;
            }
            MnistRule::TwoPhase => {
                let mean = of_sample().fold(0.0, |sum, a| sum + f64::from(a)) / q.rows() as f64;
                let bonus = bonuses(config.entropy, all);
                let mut signals: Vec<f32> = of_sample()
                    .zip(&bonus)
                    .map(|(advantage, bonus)| advantage - mean as f32 + bonus)
                    .collect();
                if let MnistAlgorithm::Ppo { epsilon, .. } = config.algorithm {
                    for (signal, ratio) in signals.iter_mut().zip(ratios(level, all, old_log_prob)) {
                        *signal = clipped(*signal, ratio, epsilon);
                    }
                }
                let clamped = clamped.as_mut().expect("a trainer with this rule infers by rates");
                clamped.q.all_mut().copy_from_slice(q.all());
                let actions = actions(circuits, winners);
                clamped.run(level, threads, parameters, states, draws, Phase::Clamped(&actions));
                two_phase::fill(q, &clamped.q, &signals, parameters.convention, factors);
            }
        }
        Ok(())
    }
}

/// `η (−ln p − Hn)`, in expectation the entropy's gradient; nothing where `p` is 0, which no sample
/// has.
fn bonuses(entropy: f32, all: &[ActionStats]) -> Vec<f32> {
    let of = |taken: &ActionStats| {
        if entropy == 0.0 || taken.probability == 0.0 {
            0.0
        } else {
            entropy * (-taken.log_prob - taken.entropy)
        }
    };
    all.iter().map(of).collect()
}

/// The action of every sample's first action circuit.
fn actions(circuits: &Circuits, winners: &[u32]) -> Vec<usize> {
    winners
        .chunks_exact(circuits.count())
        .map(|own| own[circuits.hidden()] as usize - circuits.hidden_units())
        .collect()
}
