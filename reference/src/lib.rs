//! The mathematics of spiking variational policy gradient, written in the form of the paper.
//!
//! A network of winner-take-all circuits has the energy `-E(v|s) = κ vᵀWv + sᵀUv + bᵀv`. This crate
//! evaluates its policies, their gradients and the local learning rules directly from the formulas:
//! scalar, generic over the number type, and not optimised. All faster code is compared with it, so
//! it shares no code with other crates.
//!
//! | symbol | meaning | here |
//! | --- | --- | --- |
//! | `s`, `S` | observed state in `[0,1]^S`, number of state neurons | [`network::Observed`], [`network::Shape`] |
//! | `v` | configuration, one winner in every circuit | [`configuration::Configuration`] |
//! | `W`, `U`, `b` | recurrent weights `N×N`, state weights `S×N`, bias `N` | [`network::Parameters`] |
//! | `κ` | 1 in the convention full, ½ in half: `-E = κ vᵀWv + …` and `z = 2κWq + Uᵀs + b` | [`network::Convention`] |
//! | `π(a\|s)`, `π_F(a\|s)` | exact policy, free-energy policy | [`exact_policy`], [`free_energy_policy`] |
//! | `q*`, `q\|a`, `q\|βa` | mean-field fixed point: free, clamped, weakly clamped | [`mean_field`] |
//! | `A` | advantage: reward minus baseline | [`rule::Sample`] |
//! | `v ~ q` | a configuration drawn from any [`rand::Rng`] | [`draw`] |
//!
//! Labels such as E1, M5 or L2 name the claims of the derivations in the repository's
//! `derivations/` folder. Exact rationals implement [`number::Scalar`] only; functions that need
//! `exp` or `ln` require [`number::Real`].
//!
//! Sources: Yang, Guo, Fang and Liu, BMVC 2022 (arXiv 2210.13225); Yang, Guo, Fang, Yu and Liu,
//! IEEE TPAMI 47(3), 2025 (doi 10.1109/TPAMI.2024.3511936).
//!
//! ```
//! use svpg_reference::network::{Convention, Mask, Parameters, Shape};
//! use svpg_reference::number::Matrix;
//! use svpg_reference::configuration::Configuration;
//! use svpg_reference::rule::{self, Batch, Rule, Sample};
//!
//! let shape = Shape::new(1, 1, 2, 2)?;
//! let parameters = Parameters::new(shape, Convention::Full, Mask::all(shape),
//!     Matrix::zeros(4, 4), Matrix::zeros(1, 4), vec![0.0; 4])?;
//! let sample = Sample { state: vec![0.5], q: None, configuration: Configuration::new(shape, &[0], 1)?, advantage: 1.0 };
//! let batch = Batch::with_fixed_points(&parameters, vec![sample])?;
//! let update = rule::update(&Rule::Svpg, &batch)?;
//! assert_eq!(update.bias, [0.5, -0.5, -0.5, 0.5]);
//! # Ok::<(), svpg_reference::Error>(())
//! ```

pub mod configuration;
pub mod draw;
pub mod energy;
mod error;
pub mod exact_policy;
pub mod finite_difference;
pub mod free_energy_policy;
pub mod gradient;
pub mod last_step;
pub mod mdp;
pub mod mean_field;
pub mod network;
pub mod number;
pub mod rule;
pub mod softmax;
pub mod spike;
#[cfg(test)]
mod testing;

pub use error::Error;

/// The example in the README of the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
