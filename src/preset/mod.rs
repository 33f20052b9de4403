//! What a run is set up with: a preset, what was changed in it, and the file that says it all.
//!
//! A preset is one constant of [`MnistConfig`] or [`PendulumConfig`], where every number has its
//! documentation; [`Overrides`] are what the command line may change; a [`Setup`] is the result
//! with the seed, as `config.toml` of the run folder holds it.

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
    /// Spikes in a rectangular window as published in 2022.
    Bmvc2022SpikeRect,
    /// The same with the double exponential.
    Bmvc2022SpikeDexp,
    /// As published in 2025 (doi 10.1109/TPAMI.2024.3511936).
    Tpami2025,
    /// What works best here.
    Best,
}

impl Preset {
    /// All, in the order of the documentation.
    pub const ALL: [Preset; 6] = [
        Preset::Bmvc2022,
        Preset::Bmvc2022Shrink,
        Preset::Bmvc2022SpikeRect,
        Preset::Bmvc2022SpikeDexp,
        Preset::Tpami2025,
        Preset::Best,
    ];

    /// The name on the command line and in `config.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Bmvc2022 => "bmvc2022",
            Preset::Bmvc2022Shrink => "bmvc2022-shrink",
            Preset::Bmvc2022SpikeRect => "bmvc2022-spike-rect",
            Preset::Bmvc2022SpikeDexp => "bmvc2022-spike-dexp",
            Preset::Tpami2025 => "tpami2025",
            Preset::Best => "best",
        }
    }

    /// For images, changed by `overrides`.
    ///
    /// # Errors
    /// Bad input: a combination that is none, or a number outside its domain.
    pub fn mnist(self, overrides: &Overrides) -> Result<MnistConfig, Error> {
        let config = match (self, overrides.mode) {
            (Preset::Bmvc2022, None | Some(Mode::Rate)) => MnistConfig::BMVC_2022,
            (Preset::Bmvc2022Shrink, None | Some(Mode::Rate)) => MnistConfig::BMVC_2022_SHRINK,
            (Preset::Bmvc2022SpikeRect, None | Some(Mode::SpikeRect)) => MnistConfig::BMVC_2022_SPIKE_RECT,
            (Preset::Bmvc2022SpikeDexp, None | Some(Mode::SpikeDexp)) => MnistConfig::BMVC_2022_SPIKE_DEXP,
            (Preset::Tpami2025, None | Some(Mode::Rate)) => MnistConfig::TPAMI_2025,
            (Preset::Tpami2025, Some(mode)) => {
                let published = MnistConfig::TPAMI_2025_SPIKE;
                MnistConfig { inference: mode.kernel_of(published.inference), ..published }
            }
            (Preset::Best, None | Some(Mode::Rate)) => MnistConfig::BEST,
            (_, Some(_)) => return Err(self.no_such_inference()),
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
        let config = match (self, overrides.mode) {
            (Preset::Tpami2025, None | Some(Mode::Rate)) => PendulumConfig::PUBLISHED_PPO,
            (Preset::Tpami2025, Some(mode)) => {
                let published = PendulumConfig::PUBLISHED_SPIKE;
                PendulumConfig { inference: mode.kernel_of(published.inference), ..published }
            }
            (Preset::Best, None | Some(Mode::Rate)) => PendulumConfig::BEST,
            (Preset::Best, Some(_)) => return Err(self.no_such_inference()),
            _ => {
                let remedy = "take tpami2025 or best, or train mnist";
                return Err(Error::bad_input(self.place(), "it is not for the pendulum", remedy));
            }
        };
        let config = match overrides.algorithm {
            Some(AlgorithmName::Reinforce) if self == Preset::Tpami2025 => {
                let PendulumConfig { algorithm, epochs, episodes, .. } = PendulumConfig::PUBLISHED_REINFORCE;
                PendulumConfig { algorithm, epochs, episodes, ..config }
            }
            _ => config,
        };
        let config = overrides.pendulum(config)?;
        config.check()?;
        Ok(config)
    }

    fn place(self) -> String {
        format!("preset {self}")
    }

    fn no_such_inference(self) -> Error {
        let remedy = "leave --inference out, or take bmvc2022-spike-rect or bmvc2022-spike-dexp, which have another start, mask and reward too, or tpami2025";
        Error::bad_input(self.place(), "it has no other --inference than its own", remedy)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{AlgorithmName, Mode, Overrides, Preset};
    use crate::inference::{Inference, SpikeKernel, Spiking};
    use crate::learn::mnist::{MnistConfig, MnistRule};
    use crate::learn::pendulum::{PendulumAlgorithm, PendulumConfig};

    fn by(mode: Mode) -> Overrides {
        Overrides { mode: Some(mode), ..Overrides::default() }
    }

    #[test]
    fn other_inference_is_the_published_variant() {
        for (preset, mode) in
            [(Preset::Bmvc2022SpikeRect, Mode::SpikeRect), (Preset::Bmvc2022SpikeDexp, Mode::SpikeDexp)]
        {
            let named = preset.mnist(&Overrides::default()).unwrap();
            assert!(Preset::Bmvc2022.mnist(&by(mode)).unwrap_err().is_bad_input());
            assert_eq!(preset.mnist(&by(mode)).unwrap(), named);
            assert!(preset.mnist(&by(Mode::Rate)).unwrap_err().is_bad_input());
        }
        for (mode, kernel) in
            [(Mode::SpikeRect, SpikeKernel::Rectangle), (Mode::SpikeDexp, SpikeKernel::DoubleExponential)]
        {
            let spikes = |steps, window| Inference::Spiking(Spiking { kernel, steps, window });
            let images = Preset::Tpami2025.mnist(&by(mode)).unwrap();
            let expected = MnistConfig { inference: spikes(200, 50), ..MnistConfig::TPAMI_2025_SPIKE };
            assert_eq!(images, expected);
            let pendulum = Preset::Tpami2025.pendulum(&by(mode)).unwrap();
            let expected = PendulumConfig { inference: spikes(42, 40), ..PendulumConfig::PUBLISHED_SPIKE };
            assert_eq!(pendulum, expected);
        }
    }

    #[test]
    fn reinforce_on_the_pendulum_is_the_published_one_unless_changed() {
        let reinforce = Overrides { algorithm: Some(AlgorithmName::Reinforce), ..Overrides::default() };
        assert_eq!(Preset::Tpami2025.pendulum(&reinforce).unwrap(), PendulumConfig::PUBLISHED_REINFORCE);
        let shorter = Overrides { episodes: Some(7), ..reinforce };
        assert_eq!(Preset::Tpami2025.pendulum(&shorter).unwrap().episodes, 7);
        let ppo = Overrides { algorithm: Some(AlgorithmName::Ppo), ..Overrides::default() };
        let PendulumConfig { algorithm, epochs, .. } = Preset::Best.pendulum(&ppo).unwrap();
        assert_eq!((algorithm, epochs), (PendulumAlgorithm::Ppo { epsilon: 0.2 }, 5));
    }

    #[test]
    fn what_is_not_given_stays() {
        let rule = Overrides { rule: Some(MnistRule::Svpg), ..Overrides::default() };
        let changed = Preset::Bmvc2022.mnist(&rule).unwrap();
        assert_eq!(changed, MnistConfig { rule: MnistRule::Svpg, ..MnistConfig::BMVC_2022 });
    }
}
