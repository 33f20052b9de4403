//! Named configurations: every hyperparameter of a training, in one place.

use super::config::{Algorithm, Baseline, Config, Selection, Start};
use super::overrides::{InferenceName, Overrides};
use super::replay::ReplayConfig;
use super::setup::{ImageOptions, PendulumOptions, TaskName, TaskSetup};
use crate::Error;
use crate::conventional::Conventional;
use crate::inference::{ActionPolicy, Inference, Rate, SpikeKernel, Spiking};
use crate::network::{Convention, Family};
use crate::optimiser::Method;
use crate::rule::{AlgorithmName, Rule, RuleOptions};
use crate::task::mnist::Rewards;
use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS};
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
    /// The best that was found with a local rule.
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

    /// The configuration for a task, changed by `overrides`.
    ///
    /// # Errors
    /// Bad input: a preset or an override that is not for the task, an unsupported combination, or
    /// a number outside its domain.
    pub fn setup(self, task: TaskName, overrides: &Overrides) -> Result<(Config, TaskSetup), Error> {
        let (config, options) = match task {
            TaskName::Mnist => {
                let (config, options) = self.mnist(overrides.inference)?;
                (config, TaskSetup::Mnist(options))
            }
            TaskName::Pendulum => {
                let (config, options) = self.pendulum(overrides)?;
                (config, TaskSetup::Pendulum(options))
            }
        };
        let config = match overrides.method {
            None => config,
            Some(method) => self.conventional(task, method, config),
        };
        let (config, task) = overrides.apply(config, options)?;
        config.check()?;
        Ok((config, task))
    }

    fn mnist(self, inference: Option<InferenceName>) -> Result<(Config, ImageOptions), Error> {
        use InferenceName::{Rate as ByRate, SpikeDexp, SpikeRect};
        let config = match (self, inference) {
            (Preset::Bmvc2022, None | Some(ByRate)) => bmvc_2022(),
            (Preset::Bmvc2022Shrink, None | Some(ByRate)) => {
                Config { hidden: (17, 10).into(), ..bmvc_2022() }
            }
            (Preset::Bmvc2022SpikeRect, None | Some(SpikeRect)) => bmvc_2022_spike(SpikeKernel::Rectangle),
            (Preset::Bmvc2022SpikeDexp, None | Some(SpikeDexp)) => {
                bmvc_2022_spike(SpikeKernel::DoubleExponential)
            }
            (Preset::Tpami2025, None | Some(ByRate)) => tpami_2025(),
            (Preset::Tpami2025, Some(spikes)) => by_spikes(tpami_2025(), spikes, Spiking::PUBLISHED),
            (Preset::Best, None | Some(ByRate)) => best_on_images(),
            (_, Some(_)) => return Err(self.no_such_inference()),
        };
        let rewards = match self {
            Preset::Bmvc2022 | Preset::Bmvc2022Shrink | Preset::Best => (1.0, 0.0),
            // With one action circuit and nothing shared, every circuit earns 0 or −2.
            Preset::Bmvc2022SpikeRect | Preset::Bmvc2022SpikeDexp => (0.0, -2.0),
            Preset::Tpami2025 => (1.0, -1.0),
        };
        let rewards = Rewards { right: rewards.0, wrong: rewards.1, shared: 0.0 };
        Ok((config, ImageOptions { batch: 100, rewards }))
    }

    fn pendulum(self, overrides: &Overrides) -> Result<(Config, PendulumOptions), Error> {
        use InferenceName::Rate as ByRate;
        let config = match (self, overrides.inference) {
            (Preset::Tpami2025, None | Some(ByRate)) => tpami_2025_pendulum(),
            (Preset::Tpami2025, Some(spikes)) => {
                let published = Spiking { steps: 42, window: 40, ..Spiking::PUBLISHED };
                by_spikes(tpami_2025_pendulum(), spikes, published)
            }
            (Preset::Best, None | Some(ByRate)) => best_on_pendulum(),
            (Preset::Best, Some(_)) => return Err(self.no_such_inference()),
            _ => {
                let remedy = "give tpami2025 or best, or train mnist";
                return Err(Error::bad_input(self.place(), "it is not for the pendulum", remedy));
            }
        };
        let config = match (self, overrides.algorithm) {
            // REINFORCE as published trains for longer.
            (Preset::Tpami2025, Some(AlgorithmName::Reinforce)) => Config { length: 5000, ..config },
            _ => config,
        };
        let replay =
            ReplayConfig { gamma: 0.97, capacity: 1000, update_interval: 10, validation_episodes: 10 };
        Ok((config, PendulumOptions { pole: (PUBLISHED_LENGTH, PUBLISHED_RADIUS), replay }))
    }

    /// The learner of the preset with a conventional method, with the method's published settings.
    /// The number of hidden units is that of the winner-take-all network.
    fn conventional(self, task: TaskName, method: Conventional, config: Config) -> Config {
        let learner = config.of_method(method);
        match (self, task) {
            (Preset::Tpami2025, TaskName::Mnist) => Config { learning_rate: 1e-4, entropy: 1.0, ..learner },
            (Preset::Tpami2025, TaskName::Pendulum) => {
                let (entropy, time_steps) = if method.spikes() { (0.5, Some(15)) } else { (1.0, None) };
                Config { learning_rate: 1e-4, entropy, time_steps, ..learner }
            }
            _ => learner,
        }
    }

    fn place(self) -> String {
        format!("preset {self}")
    }

    fn no_such_inference(self) -> Error {
        let remedy = "leave the inference out; the presets bmvc2022-spike-rect and bmvc2022-spike-dexp infer by spikes, and tpami2025 can do both";
        Error::bad_input(self.place(), "its inference cannot be changed", remedy)
    }
}

/// Rate inference as published in 2022. Source: arXiv 2210.13225 and its implementation.
fn bmvc_2022() -> Config {
    Config {
        method: None,
        time_steps: None,
        hidden: (20, 10).into(),
        votes: 1,
        dropped: Some((Family::HiddenHidden, 0.1)),
        start: Start::Zero,
        convention: Convention::Full,
        inference: Inference::Rate(Rate::PUBLISHED),
        policy: ActionPolicy::MeanField,
        rule: rule("svpg-bmvc"),
        rule_options: RuleOptions::default(),
        algorithm: Algorithm::Reinforce,
        epochs: 1,
        baseline: Baseline::Constant(1.0),
        entropy: 0.0,
        optimiser: Method::Sgd,
        learning_rate: 0.1,
        final_rate: 1.0,
        length: 50_000,
        eval_interval: 100,
        selection: Selection::Test,
    }
}

/// Spikes as published in 2022. Source: arXiv 2210.13225 and its implementation.
fn bmvc_2022_spike(kernel: SpikeKernel) -> Config {
    Config {
        dropped: Some((Family::HiddenAction, 0.4)),
        start: Start::Uniform { low: 0.0, high: 1.0 },
        convention: Convention::Half,
        inference: Inference::Spiking(Spiking { kernel, ..Spiking::PUBLISHED }),
        baseline: Baseline::Constant(0.0),
        length: 20_000,
        ..bmvc_2022()
    }
}

/// Rate inference as published in 2025. Source: doi 10.1109/TPAMI.2024.3511936 and its
/// implementation.
fn tpami_2025() -> Config {
    Config {
        hidden: (50, 10).into(),
        dropped: None,
        rule: rule("svpg-tpami"),
        algorithm: Algorithm::Ppo { clip_range: 0.2 },
        epochs: 5,
        baseline: Baseline::Critic { learning_rate: 1e-3, centred: false },
        entropy: 0.2,
        optimiser: Method::ADAM,
        learning_rate: 1e-3,
        length: 20_000,
        selection: Selection::Validation,
        ..bmvc_2022()
    }
}

/// The pendulum as published in 2025.
fn tpami_2025_pendulum() -> Config {
    Config { hidden: (8, 8).into(), entropy: 5.0, optimiser: Method::RMSPROP, length: 2000, ..tpami_2025() }
}

/// The spiking variant of a preset of 2025: the forward pass leaves out the 2 in front of recurrent
/// activity, as in the convention half, while `svpg-tpami` keeps the factors of full in every
/// convention (L7 of the derivations).
fn by_spikes(config: Config, inference: InferenceName, spiking: Spiking) -> Config {
    let kernel = match inference {
        InferenceName::SpikeDexp => SpikeKernel::DoubleExponential,
        _ => SpikeKernel::Rectangle,
    };
    let inference = Inference::Spiking(Spiking { kernel, ..spiking });
    Config { convention: Convention::Half, inference, ..config }
}

/// The best on images. Without hidden–hidden connections `two-phase` is the exact gradient (M7).
/// Small random weights break the symmetry of the hidden units. Without noise, and down to the
/// fixed point, the clamped phase differs from the free one by the action alone.
fn best_on_images() -> Config {
    Config {
        hidden: (50, 10).into(),
        dropped: Some((Family::HiddenHidden, 1.0)),
        start: Start::Uniform { low: -0.05, high: 0.05 },
        inference: Inference::Rate(Rate {
            sigma: 0.0,
            tolerance: 1e-5,
            max_iterations: 20,
            ..Rate::PUBLISHED
        }),
        rule: rule("two-phase"),
        baseline: Baseline::BatchMean,
        entropy: 0.05,
        optimiser: Method::ADAM,
        learning_rate: 2e-3,
        final_rate: 0.02,
        length: 30_000,
        eval_interval: 500,
        selection: Selection::Last,
        ..bmvc_2022()
    }
}

/// The best on the pendulum.
fn best_on_pendulum() -> Config {
    Config {
        start: Start::Uniform { low: -0.05, high: 0.05 },
        inference: Inference::Rate(Rate {
            sigma: 0.0,
            tolerance: 1e-5,
            max_iterations: 20,
            ..Rate::PUBLISHED
        }),
        rule: rule("two-phase"),
        baseline: Baseline::Critic { learning_rate: 1e-3, centred: true },
        entropy: 1.0,
        ..tpami_2025_pendulum()
    }
}

fn rule(name: &str) -> Rule {
    name.parse().expect("a preset names a rule of the registry, as a test holds")
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{AlgorithmName, InferenceName, Overrides, Preset, TaskName, by_spikes, tpami_2025};
    use super::{bmvc_2022, bmvc_2022_spike, tpami_2025_pendulum};
    use crate::conventional::Conventional;
    use crate::inference::{Inference, SpikeKernel, Spiking};
    use crate::training::{Algorithm, Config};

    fn by(name: InferenceName) -> Overrides {
        Overrides { inference: Some(name), ..Overrides::default() }
    }

    fn of(preset: Preset, task: TaskName, overrides: &Overrides) -> Result<Config, crate::Error> {
        preset.setup(task, overrides).map(|(config, _)| config)
    }

    #[test]
    fn other_inference_is_the_published_variant() {
        let images = |preset, name| of(preset, TaskName::Mnist, &by(name));
        let spikes = [
            (Preset::Bmvc2022SpikeRect, InferenceName::SpikeRect, SpikeKernel::Rectangle),
            (Preset::Bmvc2022SpikeDexp, InferenceName::SpikeDexp, SpikeKernel::DoubleExponential),
        ];
        for (preset, name, kernel) in spikes {
            assert!(images(Preset::Bmvc2022, name).unwrap_err().is_bad_input());
            assert_eq!(images(preset, name).unwrap(), bmvc_2022_spike(kernel));
            assert!(images(preset, InferenceName::Rate).unwrap_err().is_bad_input());
            let spikes = |steps, window| Inference::Spiking(Spiking { kernel, steps, window });
            let found = images(Preset::Tpami2025, name).unwrap();
            assert_eq!(found.inference, spikes(200, 50));
            assert_eq!(found, by_spikes(tpami_2025(), name, Spiking::PUBLISHED));
            let found = of(Preset::Tpami2025, TaskName::Pendulum, &by(name)).unwrap();
            assert_eq!(found.inference, spikes(42, 40));
        }
    }

    #[test]
    fn reinforce_on_the_pendulum_is_the_published_one_unless_changed() {
        let reinforce = Overrides { algorithm: Some(AlgorithmName::Reinforce), ..Overrides::default() };
        let found = of(Preset::Tpami2025, TaskName::Pendulum, &reinforce).unwrap();
        let expected =
            Config { algorithm: Algorithm::Reinforce, epochs: 1, length: 5000, ..tpami_2025_pendulum() };
        assert_eq!(found, expected);
        let shorter = Overrides { episodes: Some(7), ..reinforce };
        assert_eq!(of(Preset::Tpami2025, TaskName::Pendulum, &shorter).unwrap().length, 7);
        let ppo = Overrides { algorithm: Some(AlgorithmName::Ppo), ..Overrides::default() };
        let found = of(Preset::Best, TaskName::Pendulum, &ppo).unwrap();
        assert_eq!((found.algorithm, found.epochs), (Algorithm::Ppo { clip_range: 0.2 }, 5));
    }

    #[test]
    fn a_method_has_the_learner_of_the_preset_and_nothing_of_its_network() {
        let method = |name: &str| name.parse::<Conventional>().unwrap();
        let by = |name: &str| Overrides { method: Some(method(name)), ..Overrides::default() };
        let bp = of(Preset::Bmvc2022, TaskName::Mnist, &by("bp")).unwrap();
        assert_eq!((bp.optimiser, bp.length, bp.hidden), (bmvc_2022().optimiser, 50_000, (20, 10).into()));
        assert_eq!((bp.method, bp.dropped, bp.time_steps), (Some(method("bp")), None, None));
        let images = of(Preset::Tpami2025, TaskName::Mnist, &by("bptt")).unwrap();
        assert_eq!((images.learning_rate, images.entropy, images.time_steps), (1e-4, 1.0, Some(25)));
        let pendulum = of(Preset::Tpami2025, TaskName::Pendulum, &by("bptt")).unwrap();
        assert_eq!((pendulum.learning_rate, pendulum.entropy, pendulum.time_steps), (1e-4, 0.5, Some(15)));
        let said = of(Preset::Best, TaskName::Mnist, &by("ann2snn")).unwrap_err().to_string();
        assert!(said.contains("does not learn") && said.contains("convert its network"), "{said}");
        for (changes, option) in [
            (Overrides { rule: Some("svpg".parse().unwrap()), ..by("bp") }, "rule"),
            (Overrides { sigma: Some(0.1), ..by("bp") }, "sigma"),
            (Overrides { dropped: Some(None), ..by("bptt") }, "dropped"),
        ] {
            let error = of(Preset::Tpami2025, TaskName::Mnist, &changes).unwrap_err();
            let said = error.to_string();
            assert!(
                error.is_bad_input() && said.starts_with(option) && said.contains("no such option"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let svpg = "svpg".parse().unwrap();
        let overrides = Overrides { rule: Some(svpg), ..Overrides::default() };
        let changed = of(Preset::Bmvc2022, TaskName::Mnist, &overrides).unwrap();
        assert_eq!(changed, Config { rule: svpg, ..bmvc_2022() });
    }

    #[test]
    fn every_preset_is_for_images_and_two_are_for_the_pendulum() {
        let usual = Overrides::default();
        assert!(Preset::ALL.into_iter().all(|preset| of(preset, TaskName::Mnist, &usual).is_ok()));
        let pendulum = Preset::ALL.into_iter().filter(|&p| of(p, TaskName::Pendulum, &usual).is_ok());
        assert_eq!(pendulum.collect::<Vec<_>>(), [Preset::Tpami2025, Preset::Best]);
    }
}
