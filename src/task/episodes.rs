//! Episodes without learning: the most probable action at every step.

use super::{EVALUATION, Environment, Policy, first_largest};
use crate::agent::Activity;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::threads::pieces;
use crate::kernel::uniform::uniform;
use std::ops::Range;

/// The number of the first test episode. Validation uses lower numbers.
pub(crate) const FIRST_TEST_EPISODE: u32 = 1 << 22;

/// Number of draws of an episode, at least its number of steps.
const DRAWS: u32 = 256;

/// A policy in an environment.
#[derive(Clone, Copy, Debug)]
pub struct Episodes<'a, E> {
    /// The environment.
    pub environment: &'a E,
    /// The policy.
    pub policy: Policy<'a>,
}

impl<E: Environment> Episodes<'_, E> {
    /// The lengths, in steps, of the episodes with these numbers. An episode depends only on its
    /// number and the seed of the policy. `perturb` changes the observation. Its arguments are the
    /// number of the draws of the step, and the observation as a batch of one.
    ///
    /// # Panics
    /// If a number is 2²³ or more, or the network does not fit the environment.
    pub fn lengths(
        &self,
        episodes: Range<u32>,
        perturb: &(dyn Fn(u32, &mut AlignedMatrix) + Sync),
    ) -> Vec<u32> {
        let Policy { compute, network, .. } = self.policy;
        assert!(episodes.end <= (1 << 31) / DRAWS);
        assert!(network.circuits().actions() == self.environment.actions());
        assert!(network.states() == self.environment.states());
        let mut lengths = vec![0; episodes.len()];
        let ranges = compute.threads.split(lengths.len(), 1);
        let parts = ranges
            .iter()
            .map(|range| episodes.start + range.start as u32)
            .zip(pieces(&mut lengths, ranges.iter().map(|range| range.len())));
        compute.threads.each(parts.collect(), |(first, lengths)| {
            let alone = compute.alone();
            let mut activity = self.policy.activity(1);
            for (episode, length) in (first..).zip(lengths) {
                *length = self.play(&alone, &mut activity, episode, perturb, &mut |_, _| ());
            }
        });
        lengths
    }

    /// The states of an episode, the last one included, and the actions between them.
    pub(crate) fn states(&self, episode: u32) -> (Vec<E::State>, Vec<usize>) {
        let alone = self.policy.compute.alone();
        let (mut states, mut actions) = (vec![self.first_state(&alone, episode)], Vec::new());
        self.play(&alone, &mut self.policy.activity(1), episode, &|_, _| (), &mut |action, state| {
            actions.push(action);
            states.push(state);
        });
        (states, actions)
    }

    fn first_state(&self, alone: &Compute, episode: u32) -> E::State {
        reset(self.environment, alone.level, self.policy.seed, EVALUATION | episode)
    }

    /// Plays an episode and returns its length. Calls `see` with every action and the state after
    /// it.
    fn play(
        &self,
        alone: &Compute,
        activity: &mut Activity,
        episode: u32,
        perturb: &(dyn Fn(u32, &mut AlignedMatrix) + Sync),
        see: &mut dyn FnMut(usize, E::State),
    ) -> u32 {
        let Policy { network, seed, .. } = self.policy;
        let environment = self.environment;
        let most = environment.max_steps() as u32;
        let mut state = self.first_state(alone, episode);
        for step in 0..most {
            let mut observed = AlignedMatrix::zeros(1, environment.states());
            environment.observe(&state, observed.row_mut(0));
            let number = episode * DRAWS + step;
            perturb(number, &mut observed);
            activity.run(alone, network, &observed, Draws { seed, step: EVALUATION | number });
            let circuits = network.circuits();
            let action = first_largest(&activity.acting().row(0)[circuits.members(circuits.hidden())]);
            let next = environment.step(&state, action);
            see(action, next.state);
            if next.over {
                return step + 1;
            }
            state = next.state;
        }
        most
    }
}

/// The initial state of an episode. `step` is the number of its draws.
pub fn reset<E: Environment>(environment: &E, level: Level, seed: u32, step: u32) -> E::State {
    let mut draws = [0.0; WIDTH];
    uniform(level, Place { seed, stream: Stream::Reset, step, iteration: 0, sample: 0 }, &mut draws);
    environment.reset(&draws)
}

#[cfg(test)]
mod tests {
    use super::{Episodes, FIRST_TEST_EPISODE, first_largest, reset};
    use crate::agent::Network;
    use crate::inference::{ActionPolicy, Inference, Rate};
    use crate::kernel::compute::Compute;
    use crate::kernel::simd::Level;
    use crate::network::{Circuits, Convention, Mask, Parameters};
    use crate::task::Policy;
    use crate::task::pendulum::Pendulum;

    #[test]
    fn of_equals_the_first_is_taken() {
        assert_eq!(first_largest(&[0.25, 0.5, 0.25]), 1);
        assert_eq!(first_largest(&[0.4, 0.2, 0.4]), 0);
        assert_eq!(first_largest(&[0.1, 0.45, 0.45]), 1);
    }

    #[test]
    fn initial_states_differ_by_episode_and_seed() {
        let (level, pendulum) = (Level::best(None), Pendulum::new(1.5, 0.05).unwrap());
        let first = reset(&pendulum, level, 1, 0);
        assert!(first != reset(&pendulum, level, 1, 1) && first != reset(&pendulum, level, 2, 0));
        assert!(first == reset(&pendulum, Level::all().next().unwrap(), 1, 0));
        let coordinates = [first.x, first.theta, first.x_dot, first.theta_dot];
        assert!(coordinates.iter().all(|x| x.abs() <= 0.01));
        assert!(coordinates.windows(2).all(|pair| pair[0] != pair[1]));
    }

    /// A network that pushes in the direction of the pole's lean balances the pole longer than one
    /// with a constant action.
    #[test]
    fn a_policy_that_follows_the_pole_lasts_longer() {
        let circuits = Circuits::new(0, 0, 1, 5).unwrap();
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, 4, Convention::Full, mask);
        let pendulum = Pendulum::new(1.5, 0.05).unwrap();
        let inference = Inference::Rate(Rate { sigma: 0.0, ..Rate::PUBLISHED });
        let lengths = |parameters: &Parameters, threads| {
            let compute = &Compute::new(Level::best(None), threads).unwrap();
            let (network, action_policy) = (&Network::Rwta(parameters.clone()), ActionPolicy::MeanField);
            let policy = Policy { compute, network, inference, action_policy, seed: 3 };
            let episodes = Episodes { environment: &pendulum, policy };
            episodes.lengths(FIRST_TEST_EPISODE..FIRST_TEST_EPISODE + 12, &|_, _| {})
        };
        let still = lengths(&parameters, 1);
        assert!(still.iter().all(|&length| length < 100));
        // Weights of full push, no push and full pull, for angle and angular velocity relative to
        // their middle, 1/2.
        let (row, velocity) = (parameters.state_row(1), parameters.state_row(3));
        for (action, side) in [(0, -1.0), (4, 1.0)] {
            parameters.weights.row_mut(row)[action] = 40.0 * side;
            parameters.weights.row_mut(velocity)[action] = 20.0 * side;
            parameters.bias.row_mut(0)[action] = -30.0 * side;
        }
        let following = lengths(&parameters, 1);
        let sum = |lengths: &[u32]| lengths.iter().sum::<u32>();
        assert!(sum(&following) > 2 * sum(&still), "{following:?} and {still:?}");
        assert_eq!(following, lengths(&parameters, 3));
    }
}
