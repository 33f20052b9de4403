//! The learner of tasks of one step.
//!
//! ```text
//! step:  a batch of examples → inference → a sampled configuration each
//!        → rewards − baseline → epochs of the rule
//! ```

use super::actor::{Activity, Actor, Samples, log_probs};
use super::best::Best;
use super::config::{Baseline, Config, Selection, require};
use super::order::Order;
use super::{Learner, MetricsRow, Selected};
use crate::Error;
use crate::agent::Network;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::perceptron::{Pass, Perceptron, minus_squared_error};
use crate::run::{Flat, Snapshot};
use crate::task::OneStepTask;
use std::ops::Range;

/// Hidden neurons of the published critic. Source: doi 10.1109/TPAMI.2024.3511936.
pub const CRITIC_HIDDEN: [usize; 3] = [2048, 1024, 1024];

/// Most examples of a batch.
pub const MAX_BATCH: usize = 100_000;

/// A training between two steps.
#[derive(Debug)]
pub struct OneStepLearner<T> {
    config: Config,
    seed: u32,
    task: T,
    actor: Actor,
    critic: Option<Critic>,
    order: Order,
    steps: u64,
    best: Best,
    batch: Batch,
    window: Window,
}

/// Working memory of a step.
#[derive(Debug)]
struct Batch {
    which: Vec<usize>,
    states: AlignedMatrix,
    activity: Activity,
    winners: Vec<u32>,
    rewards: Vec<f32>,
}

/// A critic of states, with its working memory.
#[derive(Debug)]
struct Critic {
    perceptron: Perceptron,
    pass: Pass,
    wanted: AlignedMatrix,
    cotangent: AlignedMatrix,
}

/// What happened in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepReport {
    /// Share of right answers among those that were sampled.
    pub accuracy: f64,
    /// Iterations of the first inference.
    pub iterations: u32,
    /// Mean squared error of the critic; 0 without one.
    pub critic_error: f64,
}

/// Sums over the steps since the last evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Window {
    steps: u64,
    iterations: u64,
    accuracy: f64,
    critic_error: f64,
}

impl<T: OneStepTask> OneStepLearner<T> {
    /// A training before its first step.
    ///
    /// # Errors
    /// Bad input: a number of the configuration outside its domain, or fewer examples than a batch
    /// has.
    pub fn new(config: Config, batch: usize, level: Level, seed: u32, task: T) -> Result<Self, Error> {
        config.check()?;
        let remedy = format_args!("give a number from 1 to {MAX_BATCH}");
        require((1..=MAX_BATCH).contains(&batch), "batch", batch, remedy)?;
        if batch == 1 && matches!(config.baseline, Baseline::BatchMean | Baseline::LeaveOneOut) {
            let what = "a batch of one has no other sample: every update would be zero, or undefined";
            return Err(Error::bad_input("baseline", what, "give a larger batch, or a constant baseline"));
        }
        let examples = training_range(&config, &task);
        if examples.len() < batch {
            return Err(Error::bad_input(
                "training images",
                format_args!("{} are fewer than a batch of {batch}", examples.len()),
                "give a smaller batch, or a folder with more images",
            ));
        }
        let network = config.network(level, (task.states(), task.actions()), seed)?;
        let critic = matches!(config.baseline, Baseline::Critic { .. }).then(|| {
            let [a, b, c] = CRITIC_HIDDEN;
            let perceptron = Perceptron::new(level, &[task.states(), a, b, c, 1], seed);
            let pass = Pass::new(&perceptron, batch);
            let column = || AlignedMatrix::zeros(batch, 1);
            Critic { perceptron, pass, wanted: column(), cotangent: column() }
        });
        Ok(Self {
            seed,
            critic,
            order: Order::new(seed, batch, examples),
            steps: 0,
            best: Best::none(&network),
            batch: Batch {
                which: Vec::with_capacity(batch),
                states: AlignedMatrix::zeros(batch, network.states()),
                activity: Activity::new(&config, &network, batch),
                winners: vec![0; batch * network.circuits().count()],
                rewards: Vec::new(),
            },
            actor: Actor::new(&config, network),
            window: Window::default(),
            config,
            task,
        })
    }

    /// The task.
    pub fn task(&self) -> &T {
        &self.task
    }

    /// One step of training, without evaluations.
    ///
    /// ```
    /// use svpg::kernel::compute::Compute;
    /// use svpg::kernel::simd::Level;
    /// use svpg::random::SplitMix64;
    /// use svpg::task::mnist::{ImageData, ImageTask, Images, Labelled};
    /// use svpg::training::{Config, OneStepLearner, Overrides, Preset, TaskName, TaskSetup};
    ///
    /// // Images of 4 pixels and 2 classes: one half of the pixels is bright.
    /// let images = |count: usize, seed: u64| {
    ///     let mut random = SplitMix64::new(seed);
    ///     let labels: Vec<u16> = (0..count).map(|_| random.below(2) as u16).collect();
    ///     let pixels = labels.iter().flat_map(|&label| if label == 0 { [255, 255, 0, 0] } else { [0, 0, 255, 255] });
    ///     Labelled { images: Images::new(4, pixels.collect()), labels: labels.clone() }
    /// };
    /// let (config, setup) = Preset::Best.setup(TaskName::Mnist, &Overrides::default())?;
    /// let TaskSetup::Mnist(options) = setup else { unreachable!("images were asked for") };
    /// let config = Config { hidden: (2, 4).into(), length: 100, ..config };
    /// let task = ImageTask { data: ImageData { train: images(200, 1), test: images(50, 2) }, rewards: options.rewards };
    ///
    /// let compute = Compute::new(Level::best(None), 2)?;
    /// let mut learner = OneStepLearner::new(config, 20, compute.level, 7, task)?;
    /// for _ in 0..100 {
    ///     learner.step(&compute)?;
    /// }
    /// // Chance is one half. The same bits on any number of threads.
    /// assert!(learner.test(&compute) > 0.9);
    /// # Ok::<(), svpg::Error>(())
    /// ```
    ///
    /// # Errors
    /// No fixed point: as [`Learner::advance`].
    pub fn step(&mut self, compute: &Compute) -> Result<StepReport, Error>
    where
        T: Send + Sync,
    {
        compute.threads.within(|| self.step_within(compute))
    }

    fn step_within(&mut self, compute: &Compute) -> Result<StepReport, Error> {
        let config = self.config;
        self.batch.which.clear();
        self.batch.which.extend(self.order.batch(compute.level, self.steps));
        self.task.load(compute, &self.batch.which, &mut self.batch.states);
        let mut report = StepReport::default();
        let mut advantages = Vec::new();
        let mut old_log_prob: Option<Vec<f32>> = None;
        for epoch in 0..config.epochs {
            let draws = Draws { seed: self.seed, step: self.steps as u32 * config.epochs + epoch };
            let (batch, network) = (&mut self.batch, &self.actor.network);
            let iterations = batch.activity.policy.run(compute, network, &batch.states, draws);
            if epoch == 0 {
                report.iterations = iterations;
                let circuits = network.circuits();
                batch.activity.policy.sample(compute, circuits, draws, &mut batch.winners);
                let right = self.task.judge(circuits, &batch.which, &batch.winners, &mut batch.rewards);
                report.accuracy = right as f64 / batch.which.len() as f64;
                (advantages, report.critic_error) = self.advantages(compute);
            }
            let Batch { states, activity, winners, .. } = &mut self.batch;
            let (advantages, before) = (&advantages, old_log_prob.as_deref());
            let samples = Samples { states, winners, advantages, old_log_prob: before };
            let rate = config.rate(self.steps);
            let stats = self.actor.learn(compute, &config, rate, activity, samples, draws)?;
            old_log_prob.get_or_insert_with(|| log_probs(&stats));
        }
        self.steps += 1;
        Ok(report)
    }

    /// The advantage of every circuit, samples × circuits, and the critic's error; the critic
    /// learns.
    fn advantages(&mut self, compute: &Compute) -> (Vec<f32>, f64) {
        let rewards = &self.batch.rewards;
        let count = self.actor.circuits().count();
        match (self.config.baseline, &mut self.critic) {
            (Baseline::Critic { learning_rate, centred }, Some(critic)) => {
                let Critic { perceptron, pass, wanted, cotangent } = critic;
                let states = &self.batch.states;
                let values = perceptron.forward(compute, states, pass);
                let mut advantages: Vec<f32> = (rewards.iter().enumerate())
                    .map(|(at, reward)| reward - values.row(at / count)[0])
                    .collect();
                for b in 0..wanted.rows() {
                    wanted.row_mut(b)[0] = rewards[b * count];
                }
                let error = minus_squared_error(values, wanted, cotangent);
                perceptron.ascend(compute, learning_rate, states, cotangent, pass);
                if centred {
                    advantages = less_the_mean(&advantages, count);
                }
                (advantages, error)
            }
            (baseline, _) => {
                let advantages = without_critic(baseline, rewards, count);
                (advantages.expect("a learner with a critic as its baseline has one"), 0.0)
            }
        }
    }

    /// What is due after the last step of a window.
    fn evaluate(&mut self, compute: &Compute) -> MetricsRow {
        let Window { steps, iterations, accuracy, critic_error } = std::mem::take(&mut self.window);
        let mean = |sum: f64| sum / steps as f64;
        let mut values = vec![("train_accuracy", mean(accuracy))];
        let selected = self.select(compute);
        match (self.config.selection, selected) {
            (Selection::Test, Some(test)) => values.push(("test_accuracy", test)),
            (_, validation) => {
                values.push(("test_accuracy", self.test(compute)));
                values.extend(validation.map(|accuracy| ("validation_accuracy", accuracy)));
            }
        }
        values.push(("iterations", mean(iterations as f64)));
        if self.critic.is_some() {
            values.push(("critic_error", mean(critic_error)));
        }
        MetricsRow::new("step", self.steps, values)
    }

    /// Accuracy on the test examples.
    pub fn test(&self, compute: &Compute) -> f64 {
        self.accuracy(compute, None)
    }

    /// Tests as the selection says, and keeps the parameters if none before were as good. Returns
    /// that accuracy; nothing where the last parameters are selected.
    pub fn select(&mut self, compute: &Compute) -> Option<f64> {
        let of = match self.config.selection {
            Selection::Last => return None,
            Selection::Test => None,
            Selection::Validation => {
                let first = training_range(&self.config, &self.task).end;
                Some(first..self.task.training_examples())
            }
        };
        let found = self.accuracy(compute, of);
        self.best.offer(&self.actor.network, found, self.steps);
        Some(found)
    }

    fn accuracy(&self, compute: &Compute, of: Option<Range<usize>>) -> f64 {
        let policy = self.config.acting(compute, &self.actor.network, self.seed);
        self.task.accuracy(policy, 0, of, &mut |_, _, _| {})
    }
}

impl<T: OneStepTask + Send + Sync> Learner for OneStepLearner<T> {
    fn done(&self) -> u64 {
        self.steps
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
        snapshot.put("steps", Flat::U64(vec![self.steps]));
        if let Some(critic) = &self.critic {
            snapshot.put_all("critic", critic.perceptron.state());
        }
        let Window { steps, iterations, accuracy, critic_error } = self.window;
        snapshot.put("window/counts", Flat::U64(vec![steps, iterations]));
        snapshot.put("window/sums", Flat::F64(vec![accuracy, critic_error]));
        snapshot
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.actor.restore(snapshot)?;
        self.best.restore(&snapshot.within("best"))?;
        self.steps = snapshot.u64("steps", 1)?[0];
        if let Some(critic) = &mut self.critic {
            critic.perceptron.restore(&snapshot.within("critic"))?;
        }
        let (counts, sums) = (snapshot.u64("window/counts", 2)?, snapshot.f64("window/sums", 2)?);
        self.window =
            Window { steps: counts[0], iterations: counts[1], accuracy: sums[0], critic_error: sums[1] };
        Ok(())
    }

    fn advance(&mut self, compute: &Compute) -> Result<Option<MetricsRow>, Error> {
        let report =
            self.step(compute).map_err(|error| error.within(format_args!("step {}", self.steps + 1)))?;
        self.window.steps += 1;
        self.window.iterations += u64::from(report.iterations);
        self.window.accuracy += report.accuracy;
        self.window.critic_error += report.critic_error;
        let due = self.steps.is_multiple_of(self.config.eval_interval) || self.steps == self.total();
        Ok(due.then(|| self.evaluate(compute)))
    }
}

/// The examples that are trained on: all but the last tenth, where that is for validation.
fn training_range<T: OneStepTask>(config: &Config, task: &T) -> Range<usize> {
    let count = task.training_examples();
    match config.selection {
        Selection::Validation => 0..count - count / 10,
        Selection::Last | Selection::Test => 0..count,
    }
}

/// The advantages, samples × circuits, of a baseline that needs no critic.
pub(super) fn without_critic(baseline: Baseline, rewards: &[f32], count: usize) -> Option<Vec<f32>> {
    match baseline {
        Baseline::Constant(value) => Some(rewards.iter().map(|reward| reward - value).collect()),
        Baseline::BatchMean => Some(less_the_mean(rewards, count)),
        Baseline::LeaveOneOut => Some(less_the_others(rewards, count)),
        Baseline::Critic { .. } => None,
    }
}

/// The sum over the samples of every circuit's value, `values` being samples × circuits.
fn sums(values: &[f32], count: usize) -> Vec<f64> {
    let of = |circuit| values.iter().skip(circuit).step_by(count).fold(0.0, |sum, &x| sum + f64::from(x));
    (0..count).map(of).collect()
}

/// Values, samples × circuits, less the mean over the samples.
fn less_the_mean(values: &[f32], count: usize) -> Vec<f32> {
    let size = (values.len() / count) as f64;
    let means: Vec<f32> = sums(values, count).into_iter().map(|sum| (sum / size) as f32).collect();
    values.iter().enumerate().map(|(at, x)| x - means[at % count]).collect()
}

/// Values, samples × circuits, less the mean over the other samples.
fn less_the_others(values: &[f32], count: usize) -> Vec<f32> {
    let others = (values.len() / count - 1) as f64;
    let sums = sums(values, count);
    let of = |(at, &x): (usize, &f32)| x - ((sums[at % count] - f64::from(x)) / others) as f32;
    values.iter().enumerate().map(of).collect()
}

#[cfg(test)]
#[path = "one_step_tests.rs"]
mod tests;
