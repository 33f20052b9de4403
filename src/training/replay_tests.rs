//! A training is a function of configuration and seed, on any number of threads and instruction
//! set, stored and continued or not; and it learns.

use super::ReplayLearner;
use crate::Error;
use crate::inference::{Inference, Spiking};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;
use crate::network::Convention;
use crate::task::pendulum::Pendulum;
use crate::training::learner_tests::{assert_best_is_kept, assert_same_bits};
use crate::training::{
    Algorithm, Baseline, Config, Learner, Overrides, PendulumOptions, Preset, Selection, Start, TaskName,
    TaskSetup,
};

/// All that a learner is made of, but the seed.
#[derive(Clone, Copy, Debug)]
struct Case {
    config: Config,
    options: PendulumOptions,
}

impl Case {
    fn learner(self, level: Level, seed: u32) -> Result<ReplayLearner<Pendulum>, Error> {
        let (length, radius) = self.options.pole;
        let environment = Pendulum::new(length, radius)?;
        ReplayLearner::new(self.config, self.options.replay, level, seed, environment)
    }

    fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

fn small(rule: &str, algorithm: Algorithm) -> Case {
    let (config, task) = Preset::Tpami2025.setup(TaskName::Pendulum, &Overrides::default()).unwrap();
    let TaskSetup::Pendulum(mut options) = task else { panic!("the pendulum was asked for") };
    (options.replay.capacity, options.replay.validation_episodes) = (30, 3);
    let start = Start::Uniform { low: -0.1, high: 0.1 };
    let config =
        Config { hidden: (3, 4).into(), rule: rule.parse().unwrap(), algorithm, epochs: 2, start, ..config };
    Case { config, options }
}

fn conventional(method: &str) -> Case {
    let changes = Overrides { method: Some(method.parse().unwrap()), ..Overrides::default() };
    let (config, _) = Preset::Tpami2025.setup(TaskName::Pendulum, &changes).unwrap();
    let config = Config { hidden: (3, 4).into(), epochs: 2, learning_rate: 1e-2, ..config };
    Case { config, ..small("svpg", Algorithm::Reinforce) }
}

fn spikes(steps: u32, window: u32) -> Inference {
    Inference::Spiking(Spiking { steps, window, ..Spiking::PUBLISHED })
}

fn all() -> Vec<Case> {
    let ppo = Algorithm::Ppo { clip_range: 0.2 };
    let centred = |case: &mut Case| {
        case.config.baseline = Baseline::Critic { learning_rate: 1e-3, centred: true };
    };
    vec![
        small("svpg-tpami", ppo),
        small("svpg-tpami", Algorithm::Reinforce),
        small("two-phase", ppo).changed(centred),
        small("svpg-tpami", ppo).changed(|case| {
            case.config.inference = spikes(10, 8);
            case.config.convention = Convention::Half;
        }),
        small("svpg", Algorithm::Reinforce),
        small("implicit", ppo),
        small("nudged", ppo).changed(centred).changed(|case| case.config.rule_options.beta = Some(0.5)),
        conventional("bp"),
        conventional("bptt"),
    ]
}

#[test]
fn a_training_has_the_same_bits_however_it_is_run() {
    for case in all() {
        let new = |level| case.learner(level, 7).unwrap();
        let reports = assert_same_bits((8, [2, 5, 6]), new, |learner, compute| {
            let report = learner.episode(compute).unwrap();
            if learner.done().is_multiple_of(3) {
                learner.validate(compute);
            }
            report
        });
        assert!(reports.iter().any(|report| report.updates > 0 && report.entropy > 0.0));
        assert!(reports.iter().map(|report| report.length).sum::<u32>() > 30, "the ring has gone round");
    }
}

#[test]
fn another_seed_is_another_training() {
    let compute = Compute::single(Level::best(None));
    let states = [1, 2].map(|seed| {
        let mut learner = all()[0].learner(compute.level, seed).unwrap();
        learner.episode(&compute).unwrap();
        learner.snapshot()
    });
    assert_ne!(states[0], states[1]);
}

#[test]
fn the_best_validation_is_kept() {
    let learner = all()[2].learner(Level::best(None), 3).unwrap();
    assert_best_is_kept(learner, 6, |learner, compute| {
        learner.episode(compute).unwrap();
        learner.validate(compute)
    });
}

#[test]
fn a_state_of_another_shape_is_refused() {
    let case = all()[0];
    let learner = |case: Case| case.learner(Level::best(None), 1).unwrap();
    let state = learner(case).snapshot();
    for other in [
        case.changed(|case| case.config.hidden = (3, 5).into()),
        case.changed(|case| case.options.replay.capacity = 31),
    ] {
        assert!(learner(other).restore(&state).unwrap_err().is_bad_input());
    }
}

#[test]
fn numbers_outside_their_domain_are_refused() {
    type Change = fn(&mut Case);
    let changes: [Change; 19] = [
        |c| c.config.algorithm = Algorithm::Ppo { clip_range: 0.0 },
        |c| c.config.inference = spikes(39, 40),
        |c| c.config.entropy = -1.0,
        |c| c.config.entropy = f32::NAN,
        |c| c.config.start = Start::Uniform { low: 0.0, high: f32::INFINITY },
        |c| c.config.learning_rate = 0.0,
        |c| c.config.baseline = Baseline::Critic { learning_rate: f64::NAN, centred: false },
        |c| c.config.baseline = Baseline::BatchMean,
        |c| c.config.selection = Selection::Test,
        |c| c.config.epochs = 0,
        |c| c.config.eval_interval = 0,
        |c| c.config.length = 0,
        |c| c.config.length = 1_000_001,
        |c| c.config.hidden = (3, 0).into(),
        |c| c.options.replay.gamma = 1.0,
        |c| c.options.replay.capacity = 0,
        |c| c.options.replay.update_interval = 0,
        |c| c.options.replay.validation_episodes = 0,
        |c| c.options.pole = (0.0, 0.05),
    ];
    let mut wrong: Vec<Case> = changes.into_iter().map(|change| all()[0].changed(change)).collect();
    wrong.push(all()[2].changed(|case| case.config.inference = spikes(42, 40)));
    wrong.push(all()[4].changed(|case| case.config.votes = 2));
    for wrong in wrong {
        let error = wrong.learner(Level::best(None), 1).unwrap_err();
        assert!(error.is_bad_input(), "{wrong:?}");
    }
}
