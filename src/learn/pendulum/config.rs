//! How the pendulum's learner is set up.

use crate::Error;
use crate::inference::{Inference, Rate, Spiking};
use crate::learn::Method;
use crate::network::Convention;
use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS};
use serde::{Deserialize, Serialize};

/// Which rule changes the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendulumRule {
    /// [`svpg_tpami`](crate::rule::svpg_tpami), with `A (1−p)` weighed by the entropy term as
    /// published.
    SvpgTpami,
    /// [`two_phase`](crate::rule::two_phase), with the advantage `A + η(−ln p − Hn)`, weighed as
    /// the algorithm says: in expectation the entropy's gradient.
    TwoPhase,
}

/// How a sample that an earlier policy took is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendulumAlgorithm {
    /// Not at all.
    Reinforce,
    /// By PPO's clipped ratio.
    Ppo {
        /// ε, positive.
        epsilon: f32,
    },
}

/// Everything but the seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendulumConfig {
    /// Hidden circuits and units of each.
    pub hidden: (usize, usize),
    /// Convention of the energy.
    pub convention: Convention,
    /// Initial weights and biases are uniform on ± this; 0 for none.
    pub start: f32,
    /// How activity is inferred. Rule `two-phase` needs rates.
    pub inference: Inference,
    /// The rule.
    pub rule: PendulumRule,
    /// The algorithm.
    pub algorithm: PendulumAlgorithm,
    /// η, the weight of the entropy term.
    pub entropy: f32,
    /// Optimiser of the network.
    pub method: Method,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Learning rate of the critic's Adam.
    pub critic_rate: f64,
    /// γ.
    pub discount: f32,
    /// Transitions that are kept.
    pub capacity: usize,
    /// Steps of the environment between updates.
    pub interval: u64,
    /// Steps of the network's optimiser in an update; the critic takes one.
    pub epochs: u32,
    /// The pole's length and radius in metres.
    pub pole: (f64, f64),
    /// Episodes of a whole training.
    pub episodes: u64,
    /// Episodes between validations.
    pub validation_interval: u64,
    /// Episodes of a validation.
    pub validation_episodes: u32,
}

impl PendulumConfig {
    /// PPO as published. Source: doi 10.1109/TPAMI.2024.3511936.
    pub const PUBLISHED_PPO: Self = Self {
        hidden: (8, 8),
        convention: Convention::Full,
        start: 0.0,
        inference: Inference::Rate(Rate::PUBLISHED),
        rule: PendulumRule::SvpgTpami,
        algorithm: PendulumAlgorithm::Ppo { epsilon: 0.2 },
        entropy: 5.0,
        method: Method::RMSPROP,
        learning_rate: 1e-3,
        critic_rate: 1e-3,
        discount: 0.97,
        capacity: 1000,
        interval: 10,
        epochs: 5,
        pole: (PUBLISHED_LENGTH, PUBLISHED_RADIUS),
        episodes: 2000,
        validation_interval: 100,
        validation_episodes: 10,
    };

    /// REINFORCE as published.
    pub const PUBLISHED_REINFORCE: Self =
        Self { algorithm: PendulumAlgorithm::Reinforce, epochs: 1, episodes: 5000, ..Self::PUBLISHED_PPO };

    /// PPO by spikes as published: 42 time steps, a window of 40, the forward pass without the 2 in
    /// front of recurrent activity, as in the convention half, and `svpg-tpami` with the factors of
    /// full (L7 of the derivations).
    pub const PUBLISHED_SPIKE: Self = Self {
        convention: Convention::Half,
        inference: Inference::Spiking(Spiking { steps: 42, window: 40, ..Spiking::PUBLISHED }),
        ..Self::PUBLISHED_PPO
    };

    /// What works best here.
    pub const BEST: Self = Self {
        start: 0.05,
        inference: Inference::Rate(Rate { sigma: 0.0, tolerance: 1e-5, most_iterations: 20 }),
        rule: PendulumRule::TwoPhase,
        entropy: 1.0,
        ..Self::PUBLISHED_PPO
    };

    /// Checks every number.
    ///
    /// # Errors
    /// Bad input: a number outside its domain.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |place: &str, value: &dyn std::fmt::Display, remedy: &str| {
            Err(Error::bad_input(place, format_args!("{value} cannot be used"), remedy))
        };
        self.inference.check()?;
        if matches!(self.inference, Inference::Spiking(_)) && self.rule == PendulumRule::TwoPhase {
            return wrong("rule", &"two-phase with spikes", "take svpg-tpami, or rates");
        }
        let positive = |x: f64| x.is_finite() && x > 0.0;
        if let PendulumAlgorithm::Ppo { epsilon } = self.algorithm
            && !(epsilon > 0.0 && epsilon < 1.0)
        {
            return wrong("epsilon", &epsilon, "give a number between 0 and 1, such as 0.2");
        }
        if !self.entropy.is_finite() || self.entropy < 0.0 {
            return wrong("entropy", &self.entropy, "give a number of at least 0");
        }
        if !self.start.is_finite() || self.start < 0.0 {
            return wrong("start", &self.start, "give a number of at least 0");
        }
        for (place, rate) in [("learning_rate", self.learning_rate), ("critic_rate", self.critic_rate)] {
            if !positive(rate) {
                return wrong(place, &rate, "give a positive number, such as 0.001");
            }
        }
        if !(0.0..1.0).contains(&self.discount) {
            return wrong("discount", &self.discount, "give a number from 0 to below 1");
        }
        if self.capacity == 0 || self.capacity > MAX_TRANSITIONS {
            return wrong("capacity", &self.capacity, "give a number from 1 to 1000000");
        }
        let counts = [
            ("interval", self.interval),
            ("epochs", self.epochs.into()),
            ("validation_interval", self.validation_interval),
            ("validation_episodes", self.validation_episodes.into()),
        ];
        if let Some((place, _)) = counts.into_iter().find(|&(_, count)| count == 0) {
            return wrong(place, &0, "give a number of at least 1");
        }
        if self.episodes == 0 || self.episodes > MAX_EPISODES {
            return wrong("episodes", &self.episodes, "give a number from 1 to 1000000");
        }
        Ok(())
    }
}

/// An episode takes up to 200 steps and 20 updates of several inferences each, whose numbers have
/// 31 bits.
const MAX_EPISODES: u64 = 1_000_000;

const MAX_TRANSITIONS: usize = 1_000_000;
