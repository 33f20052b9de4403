//! `svpg`: a formally tested reference implementation of spiking variational policy gradient
//! (SVPG), with a derivation checker.
//!
//! SVPG trains a recurrent winner-take-all network of spiking units with local learning rules. This
//! library checks derivations of such rules, compares updates of other programs with a reference,
//! and trains networks with bit-identical results on every machine. The command line is a thin
//! layer above it.
//!
//! A few lines check your own rule. This example claims that a reward-modulated Hebbian rule
//! follows the gradient of the mean-field policy. The claim is refuted:
//!
//! ```
//! use svpg::verify::{Options, check};
//! use svpg_check::Source;
//!
//! let text = r#"
//! # Reward-modulated Hebb
//! ~~~svpg
//! network rwta(S, G, D, A)
//! rule hebb(v, A)
//!   b[i] += A * v[i]   sees post(i): v  global: A
//! claim mine "its expectation is the mean-field gradient"
//!   for i: E[v ~ q] hebb(v, R[action(v)]).b[i] = d J_meanfield / d b[i]   expect refuted
//! ~~~
//! "#;
//! let options = Options { thorough: false, seed: 0 };
//! let report = check(&[Source::new("mine.md", text)], &options, false, &|_, _| ()).expect("it parses");
//! assert!(report.ok, "the verdict is the expected one");
//! let counterexample = report.claims[0].report.counterexample.as_ref().expect("it is refuted");
//! assert_ne!(counterexample.left, counterexample.right);
//! ```
//!
//! # Map
//!
//! | task | entry points |
//! | --- | --- |
//! | check derivations, and verify this library | [`verify::check`], [`verify::verify`]; the built-in [`chapters`] |
//! | answer a case, or judge the answer of another program | [`conformance::oracle::answer`], [`conformance::compare::compare`]; for a rule of a chapter: [`conformance::case::ChapterRules`] |
//! | train | [`training::Preset`], [`training::OneStepLearner`], [`training::ReplayLearner`]; with a run folder: [`training::Session`] |
//! | evaluate, with noise | [`training::Evaluation`], [`noise::Perturbation`] |
//! | compare methods under noise, by jobs with statistics | [`study::Study`], [`study::Plan`] |
//! | measure how exact an update is | [`exactness::State`], [`training::measure_exactness`] |
//! | infer activity | [`inference::RateInference`], [`inference::SpikingInference`], on [`network::Parameters`] |
//! | compare with conventional methods | [`conventional::METHODS`] |
//! | add a rule, a task, a kind of noise | [`rule::LearningRule`], [`task::OneStepTask`] or [`task::Environment`], [`noise::Kind`] |
//! | show runs, studies and derivations | [`report::page`], [`report::site`], [`report::Chart`] |
//! | draw random numbers | [`kernel::philox::PhiloxRng`], [`random::SplitMix64`]: both implement the traits of `rand` |
//!
//! In addition, [`kernel`] has the optimised code: vector code that equals its scalar twin in every
//! bit. A [`kernel::compute::Compute`] holds the instruction set and the threads of a computation.
//! [`run`] has the files of a run and its certificate. [`schemas`] has the JSON Schemas of the
//! formats. [`data`] downloads data sets and checks their checksums. [`optimiser`] and
//! [`perceptron`] are parts of the learners. Every function that can fail returns an [`Error`].
//!
//! The crate [`svpg_reference`] has the scalar model, generic over the number type. The crate
//! [`svpg_check`] has the language of derivations and its checker.
//!
//! Sources: Yang, Guo, Fang, Liu, BMVC 2022 (arXiv 2210.13225); Yang, Guo, Fang, Yu, Liu, IEEE
//! TPAMI 47(3), 2025 (doi 10.1109/TPAMI.2024.3511936).

pub mod agent;
pub mod chapters;
pub mod conformance;
pub mod conventional;
pub mod data;
mod error;
pub mod exactness;
mod file;
mod folder;
mod gzip;
mod hex;
pub mod inference;
mod json_object;
pub mod kernel;
mod lock;
pub mod network;
pub mod noise;
pub mod optimiser;
pub mod perceptron;
pub mod random;
pub mod report;
pub mod rule;
pub mod run;
pub mod schemas;
pub mod study;
pub mod task;
pub mod training;
pub mod verify;

pub use error::Error;
