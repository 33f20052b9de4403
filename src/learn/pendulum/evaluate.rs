//! Episodes without learning: the most likely action at every step.

use super::buffer::STATES;
use crate::inference::{FreeInference, Inference, Threads, pieces};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;
use crate::network::Parameters;
use crate::task::pendulum::{ACTIONS, CONTROLS, MAX_STEPS, Pendulum, State};

/// The first of the episodes that are for tests: validations take those before it.
pub const FIRST_TEST_EPISODE: u32 = 1 << 22;

/// Steps of draws from here are those of evaluations.
const EVALUATION: u32 = 1 << 31;

/// Draws of an episode: no fewer than it has steps.
const DRAWS: u32 = 256;

/// A policy in its environment.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// The environment.
    pub pendulum: &'a Pendulum,
    /// The network.
    pub parameters: &'a Parameters,
    /// Its inference.
    pub inference: Inference,
    /// The run's seed.
    pub seed: u32,
}

impl Evaluation<'_> {
    /// The lengths in steps, at most 200, of `count` episodes from number `first`. An episode
    /// depends on its number and the seed alone.
    ///
    /// # Panics
    /// Where a number is 2²³ or more, or the network is not one for the pendulum.
    pub fn lengths(&self, level: Level, threads: &Threads, first: u32, count: u32) -> Vec<u32> {
        self.lengths_under(level, threads, (first, count), &|_, _| {})
    }

    /// The same where `perturb` changes what is observed: it is given the number of the step's
    /// draws, and the observation as a batch of one.
    ///
    /// # Panics
    /// As [`Evaluation::lengths`].
    pub fn lengths_under(
        &self,
        level: Level,
        threads: &Threads,
        (first, count): (u32, u32),
        perturb: &(dyn Fn(u32, &mut AlignedMatrix) + Sync),
    ) -> Vec<u32> {
        assert!(u64::from(first) + u64::from(count) <= u64::from((1u32 << 31) / DRAWS));
        assert!(self.parameters.circuits.actions() == ACTIONS && self.parameters.states == STATES);
        let mut lengths = vec![0; count as usize];
        let ranges = threads.split(lengths.len(), 1);
        let parts = ranges
            .iter()
            .map(|range| first + range.start as u32)
            .zip(pieces(&mut lengths, ranges.iter().map(|range| range.len())));
        threads.each(parts.collect(), |(first, lengths)| {
            let mut free = FreeInference::new(self.parameters, 1, self.inference);
            for (episode, length) in (first..).zip(lengths) {
                *length = self.length(level, &mut free, episode, perturb);
            }
        });
        lengths
    }

    fn length(
        &self,
        level: Level,
        free: &mut FreeInference,
        episode: u32,
        perturb: &(dyn Fn(u32, &mut AlignedMatrix) + Sync),
    ) -> u32 {
        let alone = Threads::single();
        let mut state = reset(level, self.seed, EVALUATION | episode);
        for step in 0..MAX_STEPS as u32 {
            let mut observed = observation(&state);
            let number = episode * DRAWS + step;
            perturb(number, &mut observed);
            free.run(level, &alone, self.parameters, &observed, (self.seed, EVALUATION | number));
            let circuits = &self.parameters.circuits;
            let action = most_likely(&free.q().row(0)[circuits.members(circuits.hidden())]);
            state = self.pendulum.step(&state, CONTROLS[action]);
            if state.is_over() {
                return step + 1;
            }
        }
        MAX_STEPS as u32
    }
}

/// The initial state of an episode.
pub(super) fn reset(level: Level, seed: u32, step: u32) -> State {
    let mut draws = [0.0; WIDTH];
    uniform(level, Place { seed, stream: Stream::Reset, step, iteration: 0, sample: 0 }, &mut draws);
    State::reset(std::array::from_fn(|k| f64::from(draws[k])))
}

/// What is observed of a state, as a batch of one.
pub(super) fn observation(state: &State) -> AlignedMatrix {
    let observed = state.observation();
    AlignedMatrix::from_fn(1, STATES, |_, k| observed[k] as f32)
}

/// The first of the largest.
fn most_likely(q: &[f32]) -> usize {
    (1..q.len()).fold(0, |best, at| if q[at] > q[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::{Evaluation, FIRST_TEST_EPISODE, most_likely, reset};
    use crate::inference::{Inference, Rate, Threads};
    use crate::kernel::simd::Level;
    use crate::network::{Circuits, Convention, Mask, Parameters};
    use crate::task::pendulum::Pendulum;

    #[test]
    fn of_equals_the_first_is_taken() {
        assert_eq!(most_likely(&[0.25, 0.5, 0.25]), 1);
        assert_eq!(most_likely(&[0.4, 0.2, 0.4]), 0);
        assert_eq!(most_likely(&[0.1, 0.45, 0.45]), 1);
    }

    #[test]
    fn initial_states_differ_by_episode_and_seed() {
        let level = Level::best(None);
        let first = reset(level, 1, 0);
        assert!(first != reset(level, 1, 1) && first != reset(level, 2, 0));
        assert!(first == reset(Level::all().next().unwrap(), 1, 0));
        let coordinates = [first.x, first.theta, first.x_dot, first.theta_dot];
        assert!(coordinates.iter().all(|x| x.abs() <= 0.01));
        assert!(coordinates.windows(2).all(|pair| pair[0] != pair[1]));
    }

    /// A network that pushes towards where the pole leans holds it up for longer than one that
    /// always does the same.
    #[test]
    fn a_policy_that_follows_the_pole_lasts_longer() {
        let circuits = Circuits::new(0, 0, 1, 5).unwrap();
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, 4, Convention::Full, mask);
        let pendulum = Pendulum::new(1.5, 0.05).unwrap();
        let (level, inference) = (Level::best(None), Inference::Rate(Rate { sigma: 0.0, ..Rate::PUBLISHED }));
        let lengths = |parameters: &Parameters, threads| {
            let evaluation = Evaluation { pendulum: &pendulum, parameters, inference, seed: 3 };
            evaluation.lengths(level, &Threads::new(threads).unwrap(), FIRST_TEST_EPISODE, 12)
        };
        let still = lengths(&parameters, 1);
        assert!(still.iter().all(|&length| length < 100));
        // Ratings of full push, rest and full pull, of angle and angular velocity around their
        // middle, 1/2.
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
