//! The last transitions, in a ring.

use crate::Error;
use crate::kernel::matrix::AlignedMatrix;
use crate::run::{Flat, Snapshot};

/// One step of an episode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transition<'a> {
    /// What was observed.
    pub(super) state: &'a [f32],
    /// What was observed next.
    pub(super) next: &'a [f32],
    /// The winner of every circuit, the action's last.
    pub(super) winners: &'a [u32],
    /// `ln p` of the action when it was taken.
    pub(super) log_prob: f32,
    /// The reward.
    pub(super) reward: f32,
    /// Has the episode ended?
    pub(super) over: bool,
}

/// The last `capacity` transitions. A sample's number is its place in the ring.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Buffer {
    circuits: usize,
    neurons: usize,
    states: Vec<f32>,
    nexts: Vec<f32>,
    winners: Vec<u32>,
    log_probs: Vec<f32>,
    rewards: Vec<f32>,
    /// 1 where the episode goes on.
    continues: Vec<f32>,
    pushed: u64,
}

/// Names of the stored f32, in the order of the fields.
const TENSORS: [&str; 5] = ["states", "nexts", "log_probs", "rewards", "continues"];

impl Buffer {
    /// Room for `capacity` transitions of a network with these numbers of state neurons and
    /// circuits.
    pub(super) fn new(capacity: usize, neurons: usize, circuits: usize) -> Self {
        Self {
            circuits,
            neurons,
            states: vec![0.0; capacity * neurons],
            nexts: vec![0.0; capacity * neurons],
            winners: vec![0; capacity * circuits],
            log_probs: vec![0.0; capacity],
            rewards: vec![0.0; capacity],
            continues: vec![0.0; capacity],
            pushed: 0,
        }
    }

    fn capacity(&self) -> usize {
        self.rewards.len()
    }

    /// Number of transitions it holds.
    pub(super) fn len(&self) -> usize {
        // Less than the capacity, a usize, or the capacity.
        self.pushed.min(self.capacity() as u64) as usize
    }

    /// Adds one in place of the oldest.
    pub(super) fn push(&mut self, transition: &Transition<'_>) {
        let neurons = self.neurons;
        let at = (self.pushed % self.capacity() as u64) as usize;
        self.states[at * neurons..][..neurons].copy_from_slice(transition.state);
        self.nexts[at * neurons..][..neurons].copy_from_slice(transition.next);
        self.winners[at * self.circuits..][..self.circuits].copy_from_slice(transition.winners);
        self.log_probs[at] = transition.log_prob;
        self.rewards[at] = transition.reward;
        self.continues[at] = if transition.over { 0.0 } else { 1.0 };
        self.pushed += 1;
    }

    /// States and next states, samples × states.
    pub(super) fn observations(&self) -> (AlignedMatrix, AlignedMatrix) {
        let neurons = self.neurons;
        let rows = |all: &[f32]| AlignedMatrix::from_fn(self.len(), neurons, |b, k| all[b * neurons + k]);
        (rows(&self.states), rows(&self.nexts))
    }

    /// The winners, samples × circuits.
    pub(super) fn winners(&self) -> &[u32] {
        &self.winners[..self.len() * self.circuits]
    }

    /// `ln p` of every sample's action when it was taken.
    pub(super) fn log_probs(&self) -> &[f32] {
        &self.log_probs[..self.len()]
    }

    /// Every sample's reward, and 1 where the episode goes on.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (f32, f32)> + '_ {
        self.rewards[..self.len()].iter().copied().zip(self.continues[..self.len()].iter().copied())
    }

    pub(super) fn state(&self) -> Snapshot {
        let mut state = Snapshot::default();
        let Self { states, nexts, log_probs, rewards, continues, .. } = self;
        for (name, all) in TENSORS.into_iter().zip([states, nexts, log_probs, rewards, continues]) {
            state.put(name, Flat::F32(all.clone()));
        }
        state.put("winners", Flat::U64(self.winners.iter().map(|&winner| u64::from(winner)).collect()));
        state.put("pushed", Flat::U64(vec![self.pushed]));
        state
    }

    /// Takes back what [`Buffer::state`] gave; `first..units` are the action units.
    pub(super) fn restore(&mut self, state: &Snapshot, (first, units): (usize, usize)) -> Result<(), Error> {
        let Self { states, nexts, log_probs, rewards, continues, .. } = &mut *self;
        for (name, all) in TENSORS.into_iter().zip([states, nexts, log_probs, rewards, continues]) {
            let stored = state.f32(name, all.len())?;
            all.copy_from_slice(stored);
        }
        let winners = state.u64("winners", self.winners.len())?;
        self.pushed = state.u64("pushed", 1)?[0];
        for (at, (own, &winner)) in self.winners.iter_mut().zip(winners).enumerate() {
            let action = at % self.circuits == self.circuits - 1;
            let used = ((at / self.circuits) as u64) < self.pushed;
            if used && (winner >= units as u64 || (action && winner < first as u64)) {
                return Err(Error::bad_input(
                    format_args!("tensor `winners`, entry {at}"),
                    format_args!("unit {winner} is not in this circuit"),
                    "use a checkpoint of the same configuration",
                ));
            }
            *own = winner as u32;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Transition};

    /// What [`Transition`] borrows.
    struct Own([f32; 4], [f32; 4], [u32; 2]);

    fn own(number: u32) -> Own {
        let x = number as f32;
        Own([x, 0.0, 0.0, -x], [x + 1.0, 0.0, 0.0, 0.5], [number % 3, 3 + number % 2])
    }

    fn transition(number: u32, Own(state, next, winners): &Own) -> Transition<'_> {
        let x = number as f32;
        Transition { state, next, winners, log_prob: -x, reward: x, over: number % 4 == 3 }
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut buffer = Buffer::new(5, 4, 2);
        for number in 0..3 {
            buffer.push(&transition(number, &own(number)));
        }
        assert_eq!((buffer.len(), buffer.observations().0.rows(), buffer.winners().len()), (3, 3, 6));
        for number in 3..7 {
            buffer.push(&transition(number, &own(number)));
        }
        assert_eq!(buffer.len(), 5);
        // 5 and 6 stand where 0 and 1 stood.
        let kept = [5, 6, 2, 3, 4];
        let (states, nexts) = buffer.observations();
        for (b, number) in kept.into_iter().enumerate() {
            let own = own(number);
            let expected = transition(number, &own);
            assert_eq!((states.row(b), nexts.row(b)), (expected.state, expected.next));
            assert_eq!(&buffer.winners()[2 * b..][..2], expected.winners);
            assert_eq!(buffer.log_probs()[b], expected.log_prob);
            let outcome = (expected.reward, if expected.over { 0.0 } else { 1.0 });
            assert_eq!(buffer.outcomes().nth(b), Some(outcome));
        }
        let mut other = Buffer::new(5, 4, 2);
        other.restore(&buffer.state(), (3, 5)).unwrap();
        assert_eq!(other, buffer);
    }

    #[test]
    fn winners_that_are_no_units_are_refused() {
        let mut buffer = Buffer::new(2, 4, 2);
        buffer.push(&transition(2, &own(2)));
        let state = buffer.state();
        assert!(Buffer::new(2, 4, 2).restore(&state, (3, 5)).is_ok());
        assert!(Buffer::new(2, 4, 2).restore(&state, (4, 5)).unwrap_err().is_bad_input());
        assert!(Buffer::new(2, 4, 2).restore(&state, (2, 3)).unwrap_err().is_bad_input());
        assert!(Buffer::new(3, 4, 2).restore(&state, (3, 5)).unwrap_err().is_bad_input());
    }
}
