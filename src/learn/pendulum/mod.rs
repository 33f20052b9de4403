//! The learner of the task [`pendulum`](crate::task::pendulum): a network that acts, a critic of
//! action values, a buffer of the last transitions.
//!
//! ```text
//! every step:   a ~ q_a(s);  the transition goes to the buffer
//! every 10th:   critic   one step on (Q(s,a) − y)²,  y = r + γ·Σ_a q_a(s')·Q(s',a)·[not fallen]
//!               A = Q(s,a) − Σ_a q_a(s)·Q(s,a), with the critic from before its step
//!               network  so many times: infer q of the whole buffer, one step of the rule
//! ```
//!
//! An episode that the 200th step cuts off goes on in `y`: its last state is worth what the critic
//! says. A training is a function of configuration and seed: it may be stored after any episode
//! ([`PendulumTrainer::state`]) and continued to the same bits, on any number of threads. Source:
//! Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936.

mod buffer;
mod config;
mod evaluate;
mod update;

pub use config::{PendulumAlgorithm, PendulumConfig, PendulumRule};
pub use evaluate::{Evaluation, FIRST_TEST_EPISODE};

use super::best::Best;
use super::{Critic, Flat, Optimiser, Selected, State};
use crate::Error;
use crate::inference::{FreeInference, Threads, winners};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::network::{Circuits, Mask, Parameters};
use crate::rule::action_stats::action_stats;
use crate::task::pendulum::{ACTIONS, CONTROLS, MAX_STEPS, Pendulum, REWARD};
use buffer::{Buffer, STATES, Transition};
use evaluate::{observation, reset};
use update::Batch;

/// The critic's hidden neurons.
const CRITIC_HIDDEN: usize = 64;

/// A training between two episodes.
#[derive(Debug)]
pub struct PendulumTrainer {
    config: PendulumConfig,
    seed: u32,
    level: Level,
    pendulum: Pendulum,
    parameters: Parameters,
    optimiser: Optimiser,
    critic: Critic,
    buffer: Buffer,
    counters: Counters,
    best: Best,
    acting: FreeInference,
    batch: Batch,
}

/// How far the training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counters {
    episodes: u64,
    steps: u64,
    /// Runs of inference so far: each has draws of its own.
    inferences: u64,
    validations: u64,
}

impl PendulumConfig {
    /// The network before the first step.
    ///
    /// # Errors
    /// Bad input: a circuit without a unit, or too many units.
    pub fn network(&self, level: Level, seed: u32) -> Result<Parameters, Error> {
        let circuits = Circuits::new(self.hidden.0, self.hidden.1, 1, ACTIONS)?;
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, STATES, self.convention, mask);
        if self.start > 0.0 {
            parameters.randomise(level, seed, (-self.start, self.start));
        }
        Ok(parameters)
    }
}

/// What happened in an episode; means over its updates, zero where it had none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EpisodeReport {
    /// Number of the episode, from 0.
    pub episode: u64,
    /// Its length in steps, which is its return.
    pub length: u32,
    /// Updates that took place.
    pub updates: u32,
    /// Mean squared error of the critic.
    pub critic_error: f64,
    /// Entropy of the action circuit, in nats.
    pub entropy: f64,
    /// Iterations of an inference of the buffer.
    pub iterations: f64,
}

impl PendulumTrainer {
    /// A training before its first episode.
    ///
    /// # Errors
    /// Bad input: a number of the configuration outside its domain.
    pub fn new(config: PendulumConfig, level: Level, seed: u32) -> Result<Self, Error> {
        config.check()?;
        let pendulum = Pendulum::new(config.pole.0, config.pole.1)?;
        let parameters = config.network(level, seed)?;
        let critic = Critic::new(level, &[STATES, CRITIC_HIDDEN, CRITIC_HIDDEN, ACTIONS], seed);
        Ok(Self {
            seed,
            level,
            pendulum,
            optimiser: Optimiser::for_parameters(config.method, &parameters),
            buffer: Buffer::new(config.capacity, parameters.circuits.count()),
            counters: Counters::default(),
            best: Best::none(&parameters),
            acting: FreeInference::new(&parameters, 1, config.inference),
            batch: Batch::new(&parameters, &critic, 0, &config),
            config,
            critic,
            parameters,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &PendulumConfig {
        &self.config
    }

    /// The network.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Episodes so far.
    pub fn episodes(&self) -> u64 {
        self.counters.episodes
    }

    /// The network of the best validation, its score the mean length of its episodes, if there was
    /// a validation.
    pub fn best(&self) -> Option<Selected> {
        self.best.selected(&self.parameters)
    }

    /// One episode of training.
    pub fn episode(&mut self, threads: &Threads) -> EpisodeReport {
        threads.within(|| self.episode_within(threads))
    }

    fn episode_within(&mut self, threads: &Threads) -> EpisodeReport {
        // The draws of an evaluation have the upper half of the steps.
        let mut state = reset(self.level, self.seed, self.counters.episodes as u32 & (u32::MAX >> 1));
        let mut report = EpisodeReport { episode: self.counters.episodes, ..EpisodeReport::default() };
        let mut over = false;
        while !over {
            let observed = observation(&state);
            let (winners, log_prob) = self.act(&observed);
            let action = winners[winners.len() - 1] as usize - self.parameters.circuits.hidden_units();
            state = self.pendulum.step(&state, CONTROLS[action]);
            report.length += 1;
            let fallen = state.is_over();
            let row = |rows: &AlignedMatrix| std::array::from_fn(|k| rows.row(0)[k]);
            self.buffer.push(&Transition {
                state: row(&observed),
                next: row(&observation(&state)),
                winners,
                log_prob,
                reward: REWARD as f32,
                fallen,
            });
            self.counters.steps += 1;
            if self.counters.steps.is_multiple_of(self.config.interval) {
                self.update(threads, &mut report);
            }
            over = fallen || report.length as usize == MAX_STEPS;
        }
        self.counters.episodes += 1;
        let updates = f64::from(report.updates.max(1));
        report.critic_error /= updates;
        report.entropy /= updates;
        report.iterations /= updates;
        report
    }

    /// Samples a configuration; also `ln p` of its action.
    fn act(&mut self, observed: &AlignedMatrix) -> (Vec<u32>, f32) {
        let step = self.draws();
        let draws = (self.seed, step);
        let (level, parameters) = (self.level, &self.parameters);
        let alone = Threads::single();
        self.acting.run(level, &alone, parameters, observed, draws);
        let mut all = vec![0; parameters.circuits.count()];
        let place = Place { seed: self.seed, stream: Stream::Sample, step, iteration: 0, sample: 0 };
        winners(level, &parameters.circuits, self.acting.q().row(0), place, &mut all);
        let log_prob = action_stats(level, &parameters.circuits, self.acting.q(), &all)[0].log_prob;
        (all, log_prob)
    }

    /// Number of a run of inference, with draws of its own: in the lower half of the steps.
    fn draws(&mut self) -> u32 {
        let number = self.counters.inferences;
        self.counters.inferences += 1;
        number as u32 & (u32::MAX >> 1)
    }

    /// Plays validation episodes, and keeps the parameters if no validation before was as good.
    /// Returns the mean length.
    pub fn validate(&mut self, threads: &Threads) -> f64 {
        let count = self.config.validation_episodes;
        let first = self.counters.validations as u32 * count % FIRST_TEST_EPISODE;
        self.counters.validations += 1;
        let lengths = self.evaluation(&self.parameters).lengths(self.level, threads, first, count);
        let score = f64::from(lengths.iter().sum::<u32>()) / f64::from(count);
        self.best.offer(&self.parameters, score, self.counters.episodes);
        score
    }

    /// Episodes of a network of this training's shape in its environment.
    pub fn evaluation<'a>(&'a self, parameters: &'a Parameters) -> Evaluation<'a> {
        Evaluation { pendulum: &self.pendulum, parameters, inference: self.config.inference, seed: self.seed }
    }

    /// Everything that configuration and seed do not say.
    pub fn state(&self) -> State {
        let mut state = State::default();
        state.put_rows("weights", &self.parameters.weights);
        state.put_rows("bias", &self.parameters.bias);
        state.put_all("best", self.best.state());
        let Counters { episodes, steps, inferences, validations } = self.counters;
        state.put("counters", Flat::U64(vec![episodes, steps, inferences, validations]));
        state.put_all("optimiser", self.optimiser.state());
        state.put_all("critic", self.critic.state());
        state.put_all("buffer", self.buffer.state());
        state
    }

    /// Takes back what [`PendulumTrainer::state`] gave, in a training of the same configuration and
    /// seed.
    ///
    /// # Errors
    /// Bad input: a tensor is missing, has another size, or holds what it cannot.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        state.read_rows("weights", &mut self.parameters.weights)?;
        state.read_rows("bias", &mut self.parameters.bias)?;
        self.best.restore(&state.within("best"))?;
        let all = state.u64("counters", 4)?;
        self.counters = Counters { episodes: all[0], steps: all[1], inferences: all[2], validations: all[3] };
        self.optimiser.restore(&state.within("optimiser"))?;
        self.critic.restore(&state.within("critic"))?;
        let units = (self.parameters.circuits.hidden_units(), self.parameters.units());
        self.buffer.restore(&state.within("buffer"), units)
    }
}

#[cfg(test)]
mod tests;
