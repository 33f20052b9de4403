//! A training is a function of configuration, data and seed, on any number of threads and
//! instruction set, stored and continued or not; and it learns.

use super::{OneStepLearner, less_the_mean, less_the_others};
use crate::conventional::Conventional;
use crate::inference::{Inference, Rate, Spiking};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;
use crate::network::Convention;
use crate::optimiser::Method;
use crate::random::SplitMix64;
use crate::rule::{Rule, RuleOptions};
use crate::task::mnist::{ImageData, ImageTask, Images, Labelled, Rewards};
use crate::training::learner_tests::{assert_best_is_kept, assert_same_bits};
use crate::training::{
    Algorithm, Baseline, Config, Learner, Overrides, Preset, Selection, Start, TaskName, TaskSetup,
};

/// Twelve pixels; the two at the label's places are bright.
fn labelled(count: usize, seed: u64) -> Labelled {
    let mut random = SplitMix64::new(seed);
    let labels: Vec<u16> = (0..count).map(|_| random.below(10) as u16).collect();
    let pixels = labels.iter().flat_map(|&label| {
        let bright = |k: usize| k == usize::from(label) || k == usize::from(label) + 2;
        let row: Vec<u8> = (0..12)
            .map(|k| if bright(k) { 255 - random.below(60) as u8 } else { random.below(2) as u8 * 40 })
            .collect();
        row
    });
    Labelled { images: Images::new(12, pixels.collect()), labels: labels.clone() }
}

fn data() -> ImageData {
    ImageData { train: labelled(130, 1), test: labelled(50, 2) }
}

/// All that a learner is made of, but the seed.
#[derive(Clone, Copy, Debug)]
struct Case {
    config: Config,
    rewards: Rewards,
    batch: usize,
}

impl Case {
    fn learner(self, level: Level, seed: u32) -> Result<OneStepLearner<ImageTask>, crate::Error> {
        let task = ImageTask { data: data(), rewards: self.rewards };
        OneStepLearner::new(self.config, self.batch, level, seed, task)
    }

    fn changed(self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.config;
        change(&mut config);
        Self { config, ..self }
    }

    /// With fewer time steps; the case must be one that spikes.
    fn with_spikes(self, steps: u32, window: u32) -> Self {
        self.changed(|config| match &mut config.inference {
            Inference::Spiking(spiking) => (spiking.steps, spiking.window) = (steps, window),
            Inference::Rate(_) => panic!("rates have no time steps"),
        })
    }
}

fn named(name: &str) -> Rule {
    name.parse().unwrap()
}

fn preset(preset: Preset) -> Case {
    let (config, task) = preset.setup(TaskName::Mnist, &Overrides::default()).unwrap();
    let TaskSetup::Mnist(options) = task else { panic!("images were asked for") };
    let config = Config { hidden: (3, 4).into(), length: 40, eval_interval: 10, ..config };
    Case { config, rewards: options.rewards, batch: 20 }
}

fn small(rule: &str) -> Case {
    preset(Preset::Bmvc2022).changed(|config| {
        config.rule = named(rule);
        config.final_rate = 0.5;
        if rule == "nudged" {
            config.rule_options = RuleOptions { beta: Some(0.5), centred: false };
        }
    })
}

fn uniform(config: &mut Config) {
    config.start = Start::Uniform { low: 0.0, high: 1.0 };
}

fn all() -> Vec<Case> {
    let tpami = |case: Case| {
        case.changed(|config| {
            config.baseline = Baseline::Constant(-0.8);
            config.selection = Selection::Validation;
        })
    };
    let voting = |case: Case, rewards| {
        let case = case.changed(|config| {
            config.votes = 3;
            config.baseline = Baseline::Constant(0.0);
        });
        Case { rewards, ..case }
    };
    let shared = Rewards { right: 0.0, wrong: -2.0, shared: 0.5 };
    let contrast = |rule: &str| {
        small(rule).changed(|config| {
            config.baseline = Baseline::BatchMean;
            config.entropy = 0.1;
            config.optimiser = Method::RMSPROP;
            uniform(config);
        })
    };
    vec![
        small("svpg-bmvc"),
        voting(small("svpg"), shared),
        small("implicit").changed(|config| {
            uniform(config);
            config.convention = Convention::Half;
            config.optimiser = Method::ADAM;
        }),
        contrast("two-phase"),
        tpami(preset(Preset::Tpami2025)).changed(|config| config.epochs = 3),
        preset(Preset::Bmvc2022SpikeRect).with_spikes(24, 8),
        voting(preset(Preset::Bmvc2022SpikeDexp), shared)
            .with_spikes(40, 12)
            .changed(|config| config.hidden = (2, 12).into()),
        contrast("nudged").changed(|config| {
            config.baseline = Baseline::LeaveOneOut;
            config.rule_options = RuleOptions { beta: Some(0.25), centred: true };
            config.inference = Inference::Rate(Rate { sigma: 0.0, ..Rate::PUBLISHED });
        }),
        contrast("nudged"),
    ]
}

/// Every conventional method, with the learner of 2022 or of 2025.
fn conventional() -> Vec<Case> {
    let of = |(at, method): (usize, Conventional)| {
        let preset = if at.is_multiple_of(2) { Preset::Tpami2025 } else { Preset::Best };
        let changes = Overrides { method: Some(method), ..Overrides::default() };
        let (config, _) = preset.setup(TaskName::Mnist, &changes).unwrap();
        small("svpg").changed(|own| {
            *own = Config {
                hidden: (3, 4).into(),
                length: 40,
                eval_interval: 10,
                epochs: config.epochs.min(2),
                baseline: Baseline::BatchMean,
                time_steps: config.time_steps.map(|_| 6),
                ..config
            }
        })
    };
    Conventional::all().filter(|method| method.learns()).enumerate().map(of).collect()
}

#[test]
fn a_training_has_the_same_bits_however_it_is_run() {
    for case in all().into_iter().chain(conventional()) {
        let new = |level| case.learner(level, 7).unwrap();
        assert_same_bits((10, [3, 5, 8]), new, |learner, compute| {
            let report = learner.step(compute).unwrap();
            if learner.done().is_multiple_of(4) {
                learner.select(compute);
            }
            (report, learner.test(compute).to_bits())
        });
    }
}

/// A critic of the published size, a step long.
#[test]
fn a_critic_learns_beside() {
    let critic = |centred| {
        all()[4].changed(|config| config.baseline = Baseline::Critic { learning_rate: 1e-3, centred })
    };
    let (case, compute) = (critic(false), Compute::single(Level::best(None)));
    let mut learner = case.learner(compute.level, 1).unwrap();
    let errors: Vec<f64> = (0..4).map(|_| learner.step(&compute).unwrap().critic_error).collect();
    assert!(errors[3] < errors[0] && errors[0] > 0.0, "{errors:?}");
    let mut other = case.learner(compute.level, 1).unwrap();
    other.restore(&learner.snapshot()).unwrap();
    assert_eq!(learner.step(&compute), other.step(&compute));
    assert!(learner.snapshot() == other.snapshot());
    let mut centred = critic(true).learner(compute.level, 1).unwrap();
    (0..5).for_each(|_| assert!(centred.step(&compute).is_ok()));
    assert!(learner.snapshot() != centred.snapshot());
}

/// Guessing is right in a tenth of 50 images; 25 right by chance have a probability below 1e-12.
#[test]
fn every_rule_learns_a_simple_task() {
    let mut rules: Vec<String> = all().iter().map(|case| case.config.rule.to_string()).collect();
    rules.sort();
    rules.dedup();
    assert_eq!(rules.len(), Rule::all().count(), "a rule of the registry has no case here");
    for case in all() {
        let case = case.changed(|config| {
            config.length = 800;
            config.learning_rate = if config.optimiser == Method::Sgd { 0.5 } else { 1e-2 };
            config.final_rate = 1.0;
        });
        let compute = Compute::single(Level::best(None));
        let mut learner = case.learner(compute.level, 3).unwrap();
        let before = learner.test(&compute);
        (0..800).for_each(|_| assert!(learner.step(&compute).is_ok()));
        let after = learner.test(&compute);
        assert!(after >= 0.5 && after > before, "{:?}: {before} to {after}", case.config.rule);
    }
}

/// As for rules.
#[test]
fn every_method_learns_a_simple_task() {
    for case in conventional() {
        let case = case.changed(|config| {
            config.length = 800;
            config.learning_rate = 1e-2;
            config.entropy = 0.0;
            config.time_steps = config.time_steps.map(|_| 25);
        });
        let compute = Compute::single(Level::best(None));
        let mut learner = case.learner(compute.level, 3).unwrap();
        (0..800).for_each(|_| assert!(learner.step(&compute).is_ok()));
        let after = learner.test(&compute);
        // The heuristic learns less: 14 of 50 by chance have a probability of 2e-4.
        let least =
            if case.config.method.is_some_and(|method| method.name() == "r-stdp") { 0.28 } else { 0.5 };
        assert!(after >= least, "{:?}: {after}", case.config.method);
    }
}

/// With β = 1, not centred, `nudged` is `two-phase` in every bit (W3).
#[test]
fn full_clamping_is_two_phase() {
    let state = |rule: &str, options| {
        let case = all()[3].changed(|config| (config.rule, config.rule_options) = (named(rule), options));
        let compute = Compute::single(Level::best(None));
        let mut learner = case.learner(compute.level, 3).unwrap();
        (0..5).for_each(|_| assert!(learner.step(&compute).is_ok()));
        learner.snapshot()
    };
    let full = state("nudged", RuleOptions { beta: Some(1.0), centred: false });
    assert!(full == state("two-phase", RuleOptions::default()));
    assert!(full != state("nudged", RuleOptions { beta: Some(0.5), centred: false }));
}

#[test]
fn baselines_are_means_of_every_circuit() {
    // Three samples of two circuits.
    let rewards = [1.0, 2.0, 3.0, 6.0, 5.0, 1.0];
    assert_eq!(less_the_mean(&rewards, 2), [-2.0, -1.0, 0.0, 3.0, 2.0, -2.0]);
    assert_eq!(less_the_others(&rewards, 2), [-3.0, -1.5, 0.0, 4.5, 3.0, -3.0]);
}

#[test]
fn the_best_selection_is_kept() {
    let learner = small("svpg").learner(Level::best(None), 3).unwrap();
    assert_best_is_kept(learner, 20, |learner, compute| {
        learner.step(compute).unwrap();
        learner.select(compute).unwrap()
    });
}

#[test]
fn numbers_outside_their_domain_are_refused() {
    type Change = fn(&mut Config);
    let spiking = Inference::Spiking(Spiking::PUBLISHED);
    let svpg: [Change; 21] = [
        |c| (c.algorithm, c.epochs) = (Algorithm::Ppo { clip_range: 0.2 }, 1),
        |c| c.inference = Inference::Rate(Rate { max_iterations: 0, ..Rate::PUBLISHED }),
        |c| c.inference = Inference::Rate(Rate { sigma: -1.0, ..Rate::PUBLISHED }),
        |c| c.votes = 0,
        |c| c.hidden = (3, 0).into(),
        |c| c.entropy = -1.0,
        |c| c.baseline = Baseline::Constant(f32::NAN),
        |c| c.baseline = Baseline::Critic { learning_rate: 0.0, centred: false },
        |c| c.learning_rate = 0.0,
        |c| c.final_rate = 1.5,
        |c| c.length = 0,
        |c| c.eval_interval = 0,
        |c| c.start = Start::Uniform { low: 1.0, high: 1.0 },
        |c| c.start = Start::Uniform { low: f32::NEG_INFINITY, high: 1.0 },
        |c| c.rule_options.beta = Some(0.5),
        |c| c.rule_options.centred = true,
        |c| c.rule = named("nudged"),
        |c| (c.rule, c.rule_options.beta) = (named("nudged"), Some(0.0)),
        |c| (c.rule, c.rule_options.beta) = (named("nudged"), Some(-0.5)),
        |c| (c.rule, c.rule_options.beta) = (named("nudged"), Some(1.5)),
        |c| (c.rule, c.rule_options.beta) = (named("nudged"), Some(f32::NAN)),
    ];
    let ppo: [Change; 3] =
        [|c| c.algorithm = Algorithm::Ppo { clip_range: 0.0 }, |c| c.epochs = 0, |c| c.votes = 2];
    let case = small("svpg");
    let wrong = |right: f32, wrong, shared| Case { rewards: Rewards { right, wrong, shared }, ..case };
    let mut all: Vec<Case> = svpg.into_iter().map(|change| case.changed(change)).collect();
    all.extend(ppo.into_iter().map(|change| self::all()[4].changed(change)));
    for rule in ["two-phase", "implicit", "nudged"] {
        all.push(small(rule).changed(|config| config.inference = spiking));
        all.push(small(rule).changed(|config| config.votes = 2));
    }
    all.push(preset(Preset::Bmvc2022SpikeRect).with_spikes(49, 50));
    all.push(preset(Preset::Bmvc2022SpikeDexp).with_spikes(49, 1));
    all.extend([0, 131].map(|batch| Case { batch, ..case }));
    all.push(Case { batch: 120, ..case.changed(|config| config.selection = Selection::Validation) });
    for baseline in [Baseline::BatchMean, Baseline::LeaveOneOut] {
        all.push(Case { batch: 1, ..case.changed(|config| config.baseline = baseline) });
    }
    for case in all {
        let error = case.learner(Level::best(None), 1).unwrap_err();
        assert!(error.is_bad_input(), "{case:?}");
    }
    for case in [wrong(1.0, 0.0, f32::NAN), wrong(1.0, 0.0, 1.5), wrong(f32::INFINITY, 0.0, 0.0)] {
        assert!(case.rewards.check().unwrap_err().is_bad_input());
    }
}
