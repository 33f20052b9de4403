//! How exact the update of a run is: on examples, against the gradient of what the run maximises.
//!
//! The objective is the mean over the examples of `Σ_a π(a|s) R(a) + η·H(π(·|s))`, `π` being the
//! policy that acts and `η` the entropy weight of the run. Its gradient is in f64 by the reference,
//! at fixed points, with expectations over actions by enumeration. Beside it stand
//!
//! | row | update |
//! | --- | --- |
//! | `rule` | expected update of the run's rule by the reference, the advantage centred in every state |
//! | `baseline` | the same with the baseline of the run |
//! | `converged` | as trained, in f32; no noise, phases to rest, every action weighted by its probability |
//! | `configured` | the same with noise, tolerance and iterations of the run |
//! | `sampled` | the same with sampled actions: the mean of several updates, and their noise |
//!
//! The baselines `batch-mean` and `leave-one-out` are the mean reward of the examples, and a critic
//! is taken to know the value of every state. PPO is measured at a ratio of 1, the first epoch of
//! an update.

use super::actor::{Activity, Samples};
use super::config::require;
use super::one_step::without_critic;
use super::{Baseline, Config, ImageOptions, Setup, TaskSetup};
use crate::Error;
use crate::agent::Network;
use crate::exactness::{Acting, BLOCKS, SolvedPolicy, State, angle, entries, length};
use crate::inference::{ActionPolicy, Draws, Inference, Rate};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::network::Parameters;
use crate::rule::{CaseOptions, Gradient};
use crate::task::EVALUATION;
use crate::task::mnist::Labelled;
use serde::Serialize;
use svpg_reference::network::{Parameters as Plain, Shape, Update};
use svpg_reference::number::Matrix;
use svpg_reference::rule::Rule;

/// Updates of sampled actions whose mean and noise are measured.
const UPDATES: u32 = 256;

/// Iterations of a phase that is to come to rest in f32.
const TO_REST: u32 = 2000;

/// The outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exactness {
    /// Number of examples.
    pub examples: usize,
    /// The policy that acts: `mean-field` or `free-energy`.
    pub policy: &'static str,
    /// The rule of the run.
    pub rule: &'static str,
    /// Length of the gradient of the objective. One entry a block, in the order of [`BLOCKS`].
    pub gradient: Vec<f64>,
    /// Length of the gradient of the expected reward alone.
    pub reward_gradient: Vec<f64>,
    /// One a kind of update.
    pub updates: Vec<UpdateExactness>,
}

/// One kind of update beside the gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpdateExactness {
    /// `rule`, `baseline`, `converged`, `configured` or `sampled`.
    pub update: &'static str,
    /// One entry a block, in the order of [`BLOCKS`]; none where the rule is not defined: a
    /// negative strength of a clamp takes an unlikely action below 0.
    pub blocks: Option<Vec<BlockExactness>>,
}

/// One block of an update.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockExactness {
    /// `hh`, `ha`, `sh`, `sa`, `b_H` or `b_A`.
    pub block: &'static str,
    /// Angle to the gradient, in degrees; none where one of both is zero.
    pub angle: Option<f64>,
    /// Length relative to the gradient; none where that is zero.
    pub length: Option<f64>,
    /// Of sampled actions: standard deviation of an update of this many examples over the length of
    /// the mean update.
    pub noise: Option<f64>,
}

/// Measures the network of a run of images on the first `examples` of `images`.
///
/// # Errors
/// Bad input: another task, images that do not fit the network, no example or more than there are,
/// spikes, or several action circuits. No fixed point: one was not found.
pub fn measure(
    compute: &Compute,
    setup: &Setup,
    network: &Network,
    images: &Labelled,
    examples: usize,
) -> Result<Exactness, Error> {
    let TaskSetup::Mnist(options) = setup.task else {
        return Err(Error::bad_input("gradient", "it is for images", "give a run of the task mnist"));
    };
    let Inference::Rate(rate) = setup.config.inference else {
        let remedy = "give a run that infers by rates";
        return Err(Error::bad_input("gradient", "it does not support spikes", remedy).option("gradient"));
    };
    let parameters = network.rwta()?;
    let count = images.images.count();
    let remedy = format_args!("give a number from 1 to {count}");
    require((1..=count).contains(&examples), "gradient", examples, remedy)
        .map_err(|error| error.option("gradient"))?;
    if images.images.pixels_per_image() != parameters.states {
        let what =
            format_args!("{} pixels, {} expected", images.images.pixels_per_image(), parameters.states);
        return Err(Error::bad_input("data", what, "give images as the network was trained on"));
    }
    let config = Config { dropped: None, ..setup.config };
    let labels: Vec<usize> = images.labels[..examples].iter().map(|&label| label.into()).collect();
    let states = images.images.states(0..examples);
    let measured =
        Measured { compute, config, options, network, parameters, labels, states, seed: setup.seed };
    measured.all(rate)
}

/// What is measured.
struct Measured<'a> {
    compute: &'a Compute,
    config: Config,
    options: ImageOptions,
    network: &'a Network,
    /// Those of the network.
    parameters: &'a Parameters,
    labels: Vec<usize>,
    /// Examples × states.
    states: AlignedMatrix,
    seed: u32,
}

/// Sums over the examples, by the reference.
struct Sums {
    objective: Update<f64>,
    reward: Update<f64>,
    /// Advantage centred in every state; none where the rule is not defined.
    rule: Option<Update<f64>>,
    /// With the run's baseline.
    baseline: Option<Update<f64>>,
}

impl Measured<'_> {
    fn all(&self, rate: Rate) -> Result<Exactness, Error> {
        let plain = self.parameters.reference()?;
        let shape = plain.shape();
        let Sums { objective, reward, rule, baseline } = self.by_reference(&plain)?;
        let beside = |update: &Update<f64>| beside(shape, update, &objective);
        let rest = Rate { sigma: 0.0, tolerance: 0.0, max_iterations: TO_REST, ..Rate::PUBLISHED };
        let converged =
            self.enumerated(shape, Config { inference: Inference::Rate(rest), ..self.config }, 1)?;
        let draws = if rate.sigma > 0.0 || self.reference_rule().sees_hidden_winners() { UPDATES } else { 1 };
        let configured = self.enumerated(shape, self.config, draws)?;
        let (mean, noise) = self.sampled(shape)?;
        let mut sampled = beside(&mean);
        for (block, variance) in sampled.iter_mut().zip(noise) {
            let full = length(&entries(shape, &mean, block.block));
            block.noise = (full > 0.0).then(|| variance.sqrt() / full);
        }
        let updates = vec![
            ("rule", rule.as_ref().map(beside)),
            ("baseline", baseline.as_ref().map(beside)),
            ("converged", Some(beside(&converged))),
            ("configured", Some(beside(&configured))),
            ("sampled", Some(sampled)),
        ];
        let lengths = |update| BLOCKS.iter().map(|block| length(&entries(shape, update, block))).collect();
        Ok(Exactness {
            examples: self.labels.len(),
            policy: self.config.policy.name(),
            rule: self.config.rule.name(),
            gradient: lengths(&objective),
            reward_gradient: lengths(&reward),
            updates: updates.into_iter().map(|(update, blocks)| UpdateExactness { update, blocks }).collect(),
        })
    }

    /// What action `action` earns in example `b`.
    fn reward(&self, b: usize, action: usize) -> f64 {
        let rewards = self.options.rewards;
        f64::from(if self.labels[b] == action { rewards.right } else { rewards.wrong })
    }

    fn reference_rule(&self) -> Rule<f64> {
        let Config { rule, rule_options, entropy, .. } = self.config;
        let entropy = rule.options().contains(&"entropy").then_some(f64::from(entropy));
        rule.reference(&CaseOptions { entropy, ..rule_options.into() }, 0..1)
    }

    /// `η(−ln p − H)` of every action: what the entropy term adds to a reward.
    fn bonuses(&self, policy: &[f64]) -> Vec<f64> {
        let entropy: f64 = policy.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
        let bonus = |&p: &f64| if p > 0.0 { -p.ln() - entropy } else { 0.0 };
        policy.iter().map(|p| f64::from(self.config.entropy) * bonus(p)).collect()
    }

    /// The baseline for every example, under the policies of all.
    fn baselines(&self, policies: &[Vec<f64>]) -> Vec<f64> {
        let value = |(b, policy): (usize, &Vec<f64>)| -> f64 {
            policy.iter().enumerate().map(|(action, p)| p * self.reward(b, action)).sum()
        };
        let values: Vec<f64> = policies.iter().enumerate().map(value).collect();
        match self.config.baseline {
            Baseline::Constant(constant) => vec![f64::from(constant); values.len()],
            Baseline::BatchMean | Baseline::LeaveOneOut => {
                vec![values.iter().sum::<f64>() / values.len() as f64; values.len()]
            }
            Baseline::Critic { .. } => values,
        }
    }

    fn by_reference(&self, plain: &Plain<f64>) -> Result<Sums, Error> {
        let wrong = |error: svpg_reference::Error| {
            Error::no_fixed_point("an example", error.message(), "evaluate fewer examples, or another run")
        };
        let acting = match self.config.policy {
            ActionPolicy::MeanField => Acting::MeanField,
            ActionPolicy::FreeEnergy => Acting::FreeEnergy,
        };
        let state = |b| {
            let numbers: Vec<f64> = self.states.row(b).iter().map(|&s| f64::from(s)).collect();
            State::new(plain, &numbers).map_err(wrong)
        };
        let states: Vec<State<'_>> = (0..self.labels.len()).map(state).collect::<Result<_, _>>()?;
        if let Some(b) = states.iter().position(|state| !state.converged()) {
            let what = "no mean-field fixed point found";
            return Err(Error::no_fixed_point(format_args!("example {b}"), what, "evaluate another run"));
        }
        let solved: Vec<SolvedPolicy<'_>> =
            states.iter().map(|state| state.solve(acting).map_err(wrong)).collect::<Result<_, _>>()?;
        let policies: Vec<Vec<f64>> = solved.iter().map(|policy| policy.probabilities().to_vec()).collect();
        let baselines = self.baselines(&policies);
        let (shape, rule) = (plain.shape(), self.reference_rule());
        let share = 1.0 / states.len() as f64;
        let zeros = || Update::zeros(shape);
        let mut sums =
            Sums { objective: zeros(), reward: zeros(), rule: Some(zeros()), baseline: Some(zeros()) };
        for (b, ((state, solved), policy)) in states.iter().zip(&solved).zip(&policies).enumerate() {
            let bonuses = self.bonuses(policy);
            let rewards: Vec<f64> = (0..policy.len()).map(|action| self.reward(b, action)).collect();
            let value: f64 = policy.iter().zip(&rewards).map(|(p, reward)| p * reward).sum();
            for (action, p) in policy.iter().enumerate() {
                let score = solved.ln_gradient(action).map_err(wrong)?;
                let weight = share * p * (rewards[action] - value);
                sums.reward.add_scaled(&weight, &score);
                sums.objective.add_scaled(&(weight + share * p * bonuses[action]), &score);
            }
            // Else the rule has its own entropy term.
            let own = if self.config.rule.options().contains(&"entropy") { 0.0 } else { 1.0 };
            for (sum, baseline) in [(&mut sums.rule, value), (&mut sums.baseline, baselines[b])] {
                let Some(total) = sum else { continue };
                let each = rewards.iter().zip(&bonuses);
                let advantages: Vec<f64> =
                    each.map(|(reward, bonus)| reward - baseline + own * bonus).collect();
                match state.expected(&rule, policy, &advantages) {
                    Ok(update) => total.add_scaled(&share, &update),
                    Err(error) if error.is_invalid() => *sum = None,
                    Err(error) => return Err(wrong(error)),
                }
            }
        }
        Ok(sums)
    }

    /// The expected update as trained: every action weighted by its probability, mean over so many
    /// draws of inference and hidden winners.
    fn enumerated(&self, shape: Shape, config: Config, draws: u32) -> Result<Update<f64>, Error> {
        let mut training = Training::new(self, config);
        let mut sum = Update::zeros(shape);
        for draw in 0..draws {
            let (mut winners, policies) = training.infer(draw);
            let baselines = self.baselines(&policies);
            let (count, circuits) = (self.parameters.circuits.count(), &self.parameters.circuits);
            let first = circuits.hidden_units();
            for action in 0..circuits.actions() {
                winners.chunks_exact_mut(count).for_each(|own| own[count - 1] = (first + action) as u32);
                let advantages: Vec<f32> = (baselines.iter().enumerate())
                    .flat_map(|(b, baseline)| {
                        let advantage = (self.reward(b, action) - baseline) as f32;
                        std::iter::repeat_n(advantage, count)
                    })
                    .collect();
                let weights: Vec<f32> = policies.iter().map(|policy| policy[action] as f32).collect();
                let update = training.update(draw, &winners, &advantages, Some(&weights))?;
                sum.add_scaled(&(1.0 / f64::from(draws)), &update);
            }
        }
        Ok(sum)
    }

    /// The mean of several updates of sampled actions, and the variance of one of them, block by
    /// block: the mean squared distance to the mean.
    fn sampled(&self, shape: Shape) -> Result<(Update<f64>, Vec<f64>), Error> {
        let mut training = Training::new(self, self.config);
        let (mut mean, mut squares) = (Update::zeros(shape), vec![0.0; BLOCKS.len()]);
        let count = self.parameters.circuits.count();
        let first = self.parameters.circuits.hidden_units();
        for draw in 0..UPDATES {
            let (winners, policies) = training.infer(draw);
            let rewards: Vec<f32> = (winners.chunks_exact(count).enumerate())
                .flat_map(|(b, own)| {
                    let reward = self.reward(b, own[count - 1] as usize - first) as f32;
                    std::iter::repeat_n(reward, count)
                })
                .collect();
            let advantages = without_critic(self.config.baseline, &rewards, count).unwrap_or_else(|| {
                let baselines = self.baselines(&policies);
                rewards.iter().enumerate().map(|(at, r)| r - baselines[at / count] as f32).collect()
            });
            let update = training.update(draw, &winners, &advantages, None)?;
            mean.add_scaled(&(1.0 / f64::from(UPDATES)), &update);
            for (square, block) in squares.iter_mut().zip(BLOCKS) {
                *square += length(&entries(shape, &update, block)).powi(2) / f64::from(UPDATES);
            }
        }
        let unbiased = f64::from(UPDATES) / f64::from(UPDATES - 1);
        let variance = |(square, block): (f64, &str)| {
            unbiased * (square - length(&entries(shape, &mean, block)).powi(2)).max(0.0)
        };
        let variances = squares.into_iter().zip(BLOCKS).map(variance).collect();
        Ok((mean, variances))
    }
}

/// The updates of training, without an optimiser.
struct Training<'a> {
    measured: &'a Measured<'a>,
    config: Config,
    activity: Activity,
    gradient: Gradient,
}

impl<'a> Training<'a> {
    fn new(measured: &'a Measured<'a>, config: Config) -> Self {
        let (parameters, size) = (measured.parameters, measured.labels.len());
        let activity = Activity::new(&config, measured.network, size);
        Self { measured, config, activity, gradient: Gradient::new(parameters) }
    }

    /// Seed and number of a draw, apart from those of training.
    fn draws(&self, draw: u32) -> Draws {
        Draws { seed: self.measured.seed, step: EVALUATION | draw }
    }

    /// Infers; returns sampled winners, samples × circuits, and the policy of every sample.
    fn infer(&mut self, draw: u32) -> (Vec<u32>, Vec<Vec<f64>>) {
        let Measured { compute, network, parameters, states, .. } = self.measured;
        let draws = self.draws(draw);
        self.activity.policy.run(compute, network, states, draws);
        let circuits = &parameters.circuits;
        let mut winners = vec![0; states.rows() * circuits.count()];
        self.activity.policy.sample(compute, circuits, draws, &mut winners);
        let acting = self.activity.policy.acting();
        let of = |b| acting.row(b)[circuits.members(circuits.hidden())].iter().map(|&p| f64::from(p));
        (winners, (0..states.rows()).map(|b| of(b).collect()).collect())
    }

    /// The update after [`Training::infer`], each sample weighted.
    fn update(
        &mut self,
        draw: u32,
        winners: &[u32],
        advantages: &[f32],
        weights: Option<&[f32]>,
    ) -> Result<Update<f64>, Error> {
        let Measured { compute, parameters, states, .. } = self.measured;
        let samples = Samples { states, winners, advantages, old_log_prob: None };
        let draws = self.draws(draw);
        self.activity.fill_factors(compute, &self.config, parameters, samples, draws)?;
        let factors = &mut self.activity.factors;
        for (b, weight) in weights.into_iter().flatten().enumerate() {
            let rows = [Some(&mut factors.error), factors.bias_error.as_mut()];
            rows.into_iter().flatten().for_each(|rows| rows.row_mut(b).iter_mut().for_each(|e| *e *= weight));
        }
        self.gradient.fill(compute, parameters, states, factors);
        let Gradient { weights, bias, .. } = &self.gradient;
        let (units, entry) = (parameters.units(), |row, unit| f64::from(weights.row(row)[unit]));
        Ok(Update {
            recurrent: Matrix::from_fn(units, units, entry),
            state: Matrix::from_fn(parameters.states, units, |k, i| entry(parameters.state_row(k), i)),
            bias: bias.row(0).iter().map(|&b| f64::from(b)).collect(),
        })
    }
}

/// An update beside the gradient, block by block.
fn beside(shape: Shape, update: &Update<f64>, gradient: &Update<f64>) -> Vec<BlockExactness> {
    let of = |block| {
        let (update, gradient) = (entries(shape, update, block), entries(shape, gradient, block));
        let full = length(&gradient);
        let relative = (full > 0.0).then(|| length(&update) / full);
        BlockExactness { block, angle: angle(&update, &gradient), length: relative, noise: None }
    };
    BLOCKS.into_iter().map(of).collect()
}
