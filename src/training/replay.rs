//! The learner of environments: a network that acts, a critic of action values, a buffer of the
//! last transitions.
//!
//! ```text
//! every step:   a ~ π(s);  the transition goes to the buffer
//! every 10th:   critic   one step on (Q(s,a) − y)²,  y = r + γ·Σ_a π_a(s')·Q(s',a)·[not over]
//!               A = Q(s,a) − Σ_a π_a(s)·Q(s,a), with the critic from before its step
//!               network  so many times: infer q of the whole buffer, one step of the rule
//! ```
//!
//! An episode that the last step cuts off goes on in `y`: its last state is worth what the critic
//! says. Source: Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936.

use super::actor::{Activity, Actor, Samples};
use super::best::Best;
use super::buffer::{Buffer, Transition};
use super::config::{AT_LEAST_1, Baseline, Config, Selection, require};
use super::{Learner, MetricsRow, Selected};
use crate::Error;
use crate::agent::Network;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::network::Circuits;
use crate::perceptron::{Pass, Perceptron};
use crate::rule::action_stats;
use crate::run::{Flat, Snapshot};
use crate::task::{Environment, Episodes, FIRST_TEST_EPISODE, reset};
use serde::{Deserialize, Serialize};

/// The critic's hidden neurons.
const CRITIC_HIDDEN: usize = 64;

/// Most transitions of a buffer.
const MAX_TRANSITIONS: usize = 1_000_000;

/// Most episodes: each takes up to 200 steps and 20 updates of several inferences each, whose
/// numbers have 31 bits.
pub const MAX_EPISODES: u64 = 1_000_000;

/// What the learner needs beside its [`Config`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayConfig {
    /// γ, in `[0,1)`.
    pub gamma: f32,
    /// Transitions that are kept.
    pub capacity: usize,
    /// Steps of the environment between updates.
    pub update_interval: u64,
    /// Episodes of a validation.
    pub validation_episodes: u32,
}

impl ReplayConfig {
    /// Checks every number beside a configuration that was checked.
    fn check(&self, config: &Config) -> Result<(), Error> {
        require((0.0..1.0).contains(&self.gamma), "gamma", self.gamma, "give a number from 0 to below 1")?;
        let remedy = format_args!("give a number from 1 to {MAX_TRANSITIONS}");
        require((1..=MAX_TRANSITIONS).contains(&self.capacity), "capacity", self.capacity, remedy)?;
        require(self.update_interval > 0, "update_interval", 0, AT_LEAST_1)?;
        require(self.validation_episodes > 0, "validation_episodes", 0, AT_LEAST_1)?;
        let remedy = format_args!("give a number from 1 to {MAX_EPISODES}");
        require(config.length <= MAX_EPISODES, "length", config.length, remedy)?;
        let refuse = |place: &str, what: &str, remedy: &str| Err(Error::bad_input(place, what, remedy));
        if config.votes > 1 {
            return refuse("votes", "the environment takes one action", "give one action circuit");
        }
        if config.selection != Selection::Validation {
            return refuse("selection", "validation episodes select", "give validation");
        }
        match config.baseline {
            Baseline::Critic { .. } => Ok(()),
            _ => refuse("baseline", "the replay learner has a critic", "give critic"),
        }
    }
}

/// A training between two episodes.
#[derive(Debug)]
pub struct ReplayLearner<E> {
    config: Config,
    replay: ReplayConfig,
    seed: u32,
    environment: E,
    actor: Actor,
    critic: Perceptron,
    buffer: Buffer,
    counters: Counters,
    best: Best,
    acting: Activity,
    batch: Batch,
}

/// Working memory for a buffer with this many transitions.
#[derive(Debug)]
struct Batch {
    activity: Activity,
    pass: Pass,
    values: AlignedMatrix,
    cotangent: AlignedMatrix,
}

impl Batch {
    fn new(config: &Config, network: &Network, critic: &Perceptron, size: usize) -> Self {
        let actions = network.circuits().actions();
        Self {
            activity: Activity::new(config, network, size),
            pass: Pass::new(critic, size),
            values: AlignedMatrix::zeros(size, actions),
            cotangent: AlignedMatrix::zeros(size, actions),
        }
    }
}

/// How far the training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counters {
    episodes: u64,
    steps: u64,
    /// Runs of inference so far: each has its own draws.
    inferences: u64,
    validations: u64,
}

/// What happened in an episode; means over its updates, zero where it had none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EpisodeReport {
    /// Its length in steps.
    pub length: u32,
    /// Sum of its rewards.
    pub total_reward: f64,
    /// Updates that took place.
    pub updates: u32,
    /// Mean squared error of the critic.
    pub critic_error: f64,
    /// Entropy of the action circuit, in nats.
    pub entropy: f64,
    /// Iterations of an inference of the buffer.
    pub iterations: f64,
}

impl<E: Environment + Send> ReplayLearner<E> {
    /// A training before its first episode.
    ///
    /// # Errors
    /// Bad input: a number of the configuration outside its domain.
    pub fn new(
        config: Config,
        replay: ReplayConfig,
        level: Level,
        seed: u32,
        environment: E,
    ) -> Result<Self, Error> {
        config.check()?;
        replay.check(&config)?;
        let (states, actions) = (environment.states(), environment.actions());
        let network = config.network(level, (states, actions), seed)?;
        let critic = Perceptron::new(level, &[states, CRITIC_HIDDEN, CRITIC_HIDDEN, actions], seed);
        Ok(Self {
            seed,
            environment,
            buffer: Buffer::new(replay.capacity, states, network.circuits().count()),
            counters: Counters::default(),
            best: Best::none(&network),
            acting: Activity::new(&config, &network, 1),
            batch: Batch::new(&config, &network, &critic, 0),
            actor: Actor::new(&config, network),
            config,
            replay,
            critic,
        })
    }

    /// One episode of training, without validations.
    ///
    /// # Errors
    /// No fixed point: as [`Learner::advance`].
    pub fn episode(&mut self, compute: &Compute) -> Result<EpisodeReport, Error> {
        compute.threads.within(|| self.episode_within(compute))
    }

    fn episode_within(&mut self, compute: &Compute) -> Result<EpisodeReport, Error> {
        // The draws of an evaluation have the upper half of the steps.
        let number = self.counters.episodes as u32 & (u32::MAX >> 1);
        let mut state = reset(&self.environment, compute.level, self.seed, number);
        let mut report = EpisodeReport::default();
        let mut over = false;
        while !over {
            let observed = self.observation(&state);
            let (winners, log_prob) = self.act(compute, &observed);
            let action = winners[winners.len() - 1] as usize - self.actor.circuits().hidden_units();
            let step = self.environment.step(&state, action);
            state = step.state;
            report.length += 1;
            report.total_reward += f64::from(step.reward);
            self.buffer.push(&Transition {
                state: observed.row(0),
                next: self.observation(&state).row(0),
                winners: &winners,
                log_prob,
                reward: step.reward,
                over: step.over,
            });
            self.counters.steps += 1;
            if self.counters.steps.is_multiple_of(self.replay.update_interval) {
                self.update(compute, &mut report)?;
            }
            over = step.over || report.length as usize == self.environment.max_steps();
        }
        self.counters.episodes += 1;
        let updates = f64::from(report.updates.max(1));
        report.critic_error /= updates;
        report.entropy /= updates;
        report.iterations /= updates;
        Ok(report)
    }

    fn observation(&self, state: &E::State) -> AlignedMatrix {
        let mut observed = AlignedMatrix::zeros(1, self.environment.states());
        self.environment.observe(state, observed.row_mut(0));
        observed
    }

    /// Samples a configuration; also `ln p` of its action.
    fn act(&mut self, compute: &Compute, observed: &AlignedMatrix) -> (Vec<u32>, f32) {
        let draws = Draws { seed: self.seed, step: self.draws() };
        let (alone, network) = (compute.alone(), &self.actor.network);
        self.acting.policy.run(&alone, network, observed, draws);
        let circuits = network.circuits();
        let mut all = vec![0; circuits.count()];
        self.acting.policy.sample(&alone, circuits, draws, &mut all);
        let stats = action_stats(alone.level, circuits, self.acting.policy.acting(), &all);
        (all, stats[0].log_prob)
    }

    /// Number of a run of inference, with draws of its own: in the lower half of the steps.
    fn draws(&mut self) -> u32 {
        let number = self.counters.inferences;
        self.counters.inferences += 1;
        number as u32 & (u32::MAX >> 1)
    }

    /// Critic and network learn from the whole buffer; adds to the report's sums.
    fn update(&mut self, compute: &Compute, report: &mut EpisodeReport) -> Result<(), Error> {
        let size = self.buffer.len();
        if self.batch.activity.size() != size {
            self.batch = Batch::new(&self.config, &self.actor.network, &self.critic, size);
        }
        let (states, nexts) = self.buffer.observations();
        let actions = self.actor.circuits().first_actions(self.buffer.winners());
        report.critic_error += self.teach_critic(compute, (&states, &nexts), &actions);
        let mut advantages = Vec::new();
        for epoch in 0..self.config.epochs {
            let draws = Draws { seed: self.seed, step: self.draws() };
            let policy = &mut self.batch.activity.policy;
            let iterations = policy.run(compute, &self.actor.network, &states, draws);
            if epoch == 0 {
                advantages = self.advantages(&actions);
                report.iterations += f64::from(iterations);
            }
            let samples = Samples {
                states: &states,
                winners: self.buffer.winners(),
                advantages: &advantages,
                old_log_prob: Some(self.buffer.log_probs()),
            };
            let rate = self.config.rate(self.counters.episodes);
            let activity = &mut self.batch.activity;
            let stats = self.actor.learn(compute, &self.config, rate, activity, samples, draws)?;
            let entropy = stats.iter().fold(0.0, |sum, action| sum + f64::from(action.entropy)) / size as f64;
            report.entropy += entropy / f64::from(self.config.epochs);
        }
        report.updates += 1;
        Ok(())
    }

    /// One step of the critic; its values of the states before that step stay in the batch. Returns
    /// the mean squared error.
    fn teach_critic(
        &mut self,
        compute: &Compute,
        (states, nexts): (&AlignedMatrix, &AlignedMatrix),
        actions: &[usize],
    ) -> f64 {
        let Baseline::Critic { learning_rate, .. } = self.config.baseline else {
            unreachable!("a checked configuration has a critic")
        };
        let draws = Draws { seed: self.seed, step: self.draws() };
        let (gamma, batch) = (self.replay.gamma, &mut self.batch);
        batch.activity.policy.run(compute, &self.actor.network, nexts, draws);
        let values = self.critic.forward(compute, nexts, &mut batch.pass);
        let circuits = self.actor.circuits();
        let targets: Vec<f32> = (self.buffer.outcomes().enumerate())
            .map(|(b, (reward, continues))| {
                reward + gamma * expected(circuits, batch.activity.policy.acting(), values, b) * continues
            })
            .collect();
        let values = self.critic.forward(compute, states, &mut batch.pass);
        batch.values.all_mut().copy_from_slice(values.all());
        let size = batch.activity.size();
        let scale = 2.0 / size as f32;
        let mut sum = 0.0;
        for (b, (&action, target)) in actions.iter().zip(targets).enumerate() {
            let difference = target - batch.values.row(b)[action];
            sum += f64::from(difference) * f64::from(difference);
            batch.cotangent.row_mut(b).fill(0.0);
            batch.cotangent.row_mut(b)[action] = scale * difference;
        }
        self.critic.ascend(compute, learning_rate, states, &batch.cotangent, &mut batch.pass);
        sum / size as f64
    }

    /// `Q(s,a) − Σ_a π_a(s) Q(s,a)` under the policy that stands in the batch, samples ×
    /// circuits; less its mean where the baseline is centred.
    fn advantages(&self, actions: &[usize]) -> Vec<f32> {
        let Batch { activity, values, .. } = &self.batch;
        let circuits = self.actor.circuits();
        let of = |(b, &action): (usize, &usize)| {
            values.row(b)[action] - expected(circuits, activity.policy.acting(), values, b)
        };
        let mut advantages: Vec<f32> = actions.iter().enumerate().map(of).collect();
        if let Baseline::Critic { centred: true, .. } = self.config.baseline {
            let sum = advantages.iter().fold(0.0, |sum, &a| sum + f64::from(a));
            let mean = (sum / advantages.len() as f64) as f32;
            advantages.iter_mut().for_each(|advantage| *advantage -= mean);
        }
        let count = circuits.count();
        advantages.into_iter().flat_map(|advantage| std::iter::repeat_n(advantage, count)).collect()
    }

    /// Plays validation episodes, and keeps the parameters if no validation before was as good.
    /// Returns the mean length.
    pub fn validate(&mut self, compute: &Compute) -> f64 {
        let count = self.replay.validation_episodes;
        let first = self.counters.validations as u32 * count % FIRST_TEST_EPISODE;
        self.counters.validations += 1;
        let policy = self.config.acting(compute, &self.actor.network, self.seed);
        let episodes = Episodes { environment: &self.environment, policy };
        let lengths = episodes.lengths(first..first + count, &|_, _| {});
        let score = f64::from(lengths.iter().sum::<u32>()) / f64::from(count);
        self.best.offer(&self.actor.network, score, self.counters.episodes);
        score
    }
}

impl<E: Environment + Send> Learner for ReplayLearner<E> {
    fn done(&self) -> u64 {
        self.counters.episodes
    }

    fn total(&self) -> u64 {
        self.config.length
    }

    fn network(&self) -> &Network {
        &self.actor.network
    }

    fn best(&self) -> Option<Selected> {
        self.best.selected()
    }

    fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.actor.snapshot();
        snapshot.put_all("best", self.best.state());
        let Counters { episodes, steps, inferences, validations } = self.counters;
        snapshot.put("counters", Flat::U64(vec![episodes, steps, inferences, validations]));
        snapshot.put_all("critic", self.critic.state());
        snapshot.put_all("buffer", self.buffer.state());
        snapshot
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.actor.restore(snapshot)?;
        self.best.restore(&snapshot.within("best"))?;
        let all = snapshot.u64("counters", 4)?;
        self.counters = Counters { episodes: all[0], steps: all[1], inferences: all[2], validations: all[3] };
        self.critic.restore(&snapshot.within("critic"))?;
        let circuits = self.actor.circuits();
        let units = (circuits.hidden_units(), circuits.units());
        self.buffer.restore(&snapshot.within("buffer"), units)
    }

    fn advance(&mut self, compute: &Compute) -> Result<Option<MetricsRow>, Error> {
        let number = self.counters.episodes + 1;
        let report = self.episode(compute).map_err(|error| error.within(format_args!("episode {number}")))?;
        let mut values = vec![("return", report.total_reward)];
        if number.is_multiple_of(self.config.eval_interval) || number == self.total() {
            values.push(("validation_return", self.validate(compute)));
        }
        if report.updates > 0 {
            values.push(("critic_error", report.critic_error));
            values.push(("entropy", report.entropy));
            values.push(("iterations", report.iterations));
        }
        Ok(Some(MetricsRow::new("episode", number, values)))
    }
}

/// `Σ_a π_a Q_a` of sample `b`, in order; `acting` is samples × units.
fn expected(circuits: &Circuits, acting: &AlignedMatrix, values: &AlignedMatrix, b: usize) -> f32 {
    let policy = &acting.row(b)[circuits.members(circuits.hidden())];
    policy.iter().zip(values.row(b)).fold(0.0, |sum, (p, value)| sum + p * value)
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
