//! What holds for every learner: its bits do not depend on how it is run, and the best is kept.

use super::{Learner, Selected};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;

/// Runs `length` steps on every instruction set and on several threads. Each of these runs is
/// stored and continued in a new learner after one of the steps `stops`. All must equal a run on
/// one thread without a stop, whose reports are returned.
pub(super) fn assert_same_bits<L: Learner, R: PartialEq>(
    (length, stops): (u64, [u64; 3]),
    new: impl Fn(Level) -> L,
    step: impl Fn(&mut L, &Compute) -> R,
) -> Vec<R> {
    let run = |level, threads, stop: Option<u64>| {
        let compute = Compute::new(level, threads).unwrap();
        let mut learner = new(level);
        let mut reports = vec![];
        while learner.done() < length {
            reports.push(step(&mut learner, &compute));
            if stop == Some(learner.done()) {
                let state = learner.snapshot();
                learner = new(level);
                learner.restore(&state).unwrap();
                assert!(learner.snapshot() == state);
            }
        }
        (reports, learner.snapshot())
    };
    let expected = run(Level::best(None), 1, None);
    for level in Level::all() {
        assert!(run(level, 1, Some(stops[0])) == expected, "{level:?}");
    }
    for (threads, stop) in [(2, stops[1]), (3, stops[2])] {
        let found = run(Level::best(None), threads, Some(stop));
        assert!(found == expected, "{threads} threads, stopped after {stop}");
    }
    expected.0
}

/// `step` takes a step and returns the score of the network.
pub(super) fn assert_best_is_kept<L: Learner>(
    mut learner: L,
    steps: u32,
    step: impl Fn(&mut L, &Compute) -> f64,
) {
    let compute = Compute::single(Level::best(None));
    assert!(learner.best().is_none());
    let (mut best, mut kept) = (-1.0, None);
    for _ in 0..steps {
        let score = step(&mut learner, &compute);
        if score > best {
            best = score;
            let (network, step) = (learner.network().clone(), learner.done());
            kept = Some(Selected { network, score, step });
        }
        assert_eq!(learner.best(), kept);
    }
}
