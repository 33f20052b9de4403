//! What a run is set up with: a preset, what was changed in it, and the file that says it all.
//!
//! A preset is one constant of [`MnistConfig`] or [`PendulumConfig`], where every number has its documentation; [`Overrides`] are what the command
//! line may change; a [`Setup`] is the result with the seed, as `config.toml` of the run folder holds it.

mod overrides;
mod setup;

pub use overrides::{AlgorithmName, Mode, OptimiserName, Overrides};
pub use setup::{Setup, TaskSetup};

use crate::Error;
use crate::learn::mnist::MnistConfig;
use crate::learn::pendulum::PendulumConfig;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A named configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Rate inference as published in 2022 (arXiv 2210.13225).
    Bmvc2022,
    /// The same with seventeen hidden circuits.
    Bmvc2022Shrink,
    /// As published in 2025 (doi 10.1109/TPAMI.2024.3511936).
    Tpami2025,
    /// What works best here.
    Best,
}

impl Preset {
    /// All, in the order of the documentation.
    pub const ALL: [Preset; 4] = [Preset::Bmvc2022, Preset::Bmvc2022Shrink, Preset::Tpami2025, Preset::Best];

    /// The name on the command line and in `config.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Bmvc2022 => "bmvc2022",
            Preset::Bmvc2022Shrink => "bmvc2022-shrink",
            Preset::Tpami2025 => "tpami2025",
            Preset::Best => "best",
        }
    }

    /// For images, changed by `overrides`.
    ///
    /// # Errors
    /// Bad input: a combination that is none, or a number outside its domain.
    pub fn mnist(self, overrides: &Overrides) -> Result<MnistConfig, Error> {
        let config = match self {
            Preset::Bmvc2022 => MnistConfig::BMVC_2022,
            Preset::Bmvc2022Shrink => MnistConfig::BMVC_2022_SHRINK,
            Preset::Tpami2025 => MnistConfig::TPAMI_2025,
            Preset::Best => MnistConfig::BEST,
        };
        let config = overrides.mnist(config)?;
        config.check()?;
        Ok(config)
    }

    /// For the pendulum, changed by `overrides`.
    ///
    /// # Errors
    /// Bad input: a preset for images, a combination that is none, or a number outside its domain.
    pub fn pendulum(self, overrides: &Overrides) -> Result<PendulumConfig, Error> {
        let config = match self {
            Preset::Tpami2025 => match overrides.algorithm {
                Some(AlgorithmName::Reinforce) => PendulumConfig::PUBLISHED_REINFORCE,
                _ => PendulumConfig::PUBLISHED_PPO,
            },
            Preset::Best => PendulumConfig::BEST,
            _ => {
                return Err(Error::bad_input(
                    format_args!("preset {self}"),
                    "it is not for the pendulum",
                    "take tpami2025 or best, or train mnist",
                ));
            }
        };
        let config = overrides.pendulum(config)?;
        config.check()?;
        Ok(config)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
