//! Expected updates: level 2.
//!
//! A question (`svpg-expectation/1`) is a network, a rule, a state and a reward for every action.
//! Its answer is the expectation of the rule's update over configurations `v ~ q`, where `q` is the
//! mean-field state and the advantage is the reward of the action minus the baseline:
//! `Σ_v Π_c q(v_c) · update(v, R(action of v) − baseline)`.
//! A program gives its own expectation (by enumeration), or the statistics of sampled updates.
//!
//! # Format
//!
//! `shape`, `convention`, `weights`, `mask`, `rule` and `options` are those of a
//! [`case`](super::case).
//!
//! | key | content |
//! | --- | --- |
//! | `schema` | `"svpg-expectation/1"` |
//! | `state` | S numbers in `[0,1]` |
//! | `rewards` | A numbers: the reward of every action |
//! | `baseline` | a number |
//! | `effect` | the bias of an entry of the update that samples must show, above 0 |
//! | `false_alarm`, `missed` | the error rates of the test of samples: a right program fails; a bias of `effect` passes |
//!
//! The answer, `svpg-expectation-answer/1`, has one of two keys:
//!
//! | key | content |
//! | --- | --- |
//! | `expected` | `recurrent` N×N, `state` S×N, `bias` N: compared as a block of level 0 |
//! | `samples` | `count` of the sampled updates, and their `mean` |
//!
//! The test of samples is Bernstein's inequality (Boucheron, Lugosi, Massart 2013, *Concentration
//! Inequalities*, theorem 2.10) with the variance and the range of the right samples, which the
//! enumeration gives. It holds for every number of samples, also if an entry is rarely different
//! from 0, where the mean of thousands of samples is not normal. All entries share the rate of
//! false alarms (Bonferroni). The number of samples follows from the effect and both rates. The
//! rate of misses is that of a program whose samples spread at most as the right ones do.

mod document;
mod judge;
mod statistics;

pub use document::{Expectation, ExpectationAnswer, Samples};
pub use judge::{expected, judge, needed_samples};
pub use statistics::Test;
