//! `svpg`: a formally tested reference implementation of spiking variational policy gradient
//! (SVPG), with a derivation checker.
//!
//! SVPG trains a recurrent winner-take-all network of spiking units with local learning rules. This
//! library checks derivations of such rules, judges updates that other programs computed, and
//! trains networks to the same bits on every machine. The command line is a thin layer above it.
//!
//! A rule of your own is checked in a few lines:
//!
//! ```
//! use svpg::verify::{Options, check};
//! use svpg_check::Source;
//!
//! let text = "# Mine\n```svpg\nnetwork rwta(S, G, D, A)\n\
//!     claim one \"a circuit's rates sum to one\" for c: sum(i where circuit(i) == c) q[i] = 1\n```\n";
//! let options = Options { thorough: false, seed: 0 };
//! let report = check(&[Source::new("mine.md", text)], &options, &|_, _| ()).expect("it parses");
//! assert!(report.ok && report.claims[0].report.id == "one");
//! ```
//!
//! # Map
//!
//! | module | holds |
//! | --- | --- |
//! | [`verify`], [`chapters`] | the report on derivations, rules and kernels; the built-in chapters |
//! | [`conformance`] | cases, answers by the reference, judging of other programs' answers |
//! | [`exactness`] | expected updates and gradients in f64, block by block |
//! | [`training`] | configurations, presets, learners, sessions, evaluation |
//! | [`rule`] | the learning rules, each a [`rule::LearningRule`] |
//! | [`task`], [`noise`], [`data`] | tasks, perturbations of evaluations, data sets by checksum |
//! | [`inference`], [`network`] | activity of units; circuits, masks, parameters |
//! | [`kernel`] | the optimised path: vector code that equals its scalar twin in every bit |
//! | [`run`] | what a run keeps on disk, and its certificate |
//! | [`optimiser`], [`perceptron`], [`random`] | optimisers, the critic's network, test generators |
//!
//! The scalar model, generic over the number type, is the crate `svpg-reference`; the language of
//! derivations and its checker are the crate `svpg-check`.
//!
//! Sources: Yang, Guo, Fang, Liu, BMVC 2022 (arXiv 2210.13225); Yang, Guo, Fang, Yu, Liu, IEEE
//! TPAMI 47(3), 2025 (doi 10.1109/TPAMI.2024.3511936).

pub mod chapters;
pub mod conformance;
pub mod data;
mod error;
pub mod exactness;
mod folder;
mod hex;
pub mod inference;
mod json_object;
pub mod kernel;
pub mod network;
pub mod noise;
pub mod optimiser;
pub mod perceptron;
pub mod random;
pub mod rule;
pub mod run;
pub mod task;
pub mod training;
pub mod verify;

pub use error::Error;
