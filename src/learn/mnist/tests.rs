//! A training is a function of configuration, data and seed, on any number of threads and
//! instruction set, stored and continued or not; and it learns.

use super::{Baseline, MnistAlgorithm, MnistConfig, MnistData, MnistRule, MnistTrainer, Selection, Start};
use crate::inference::{Inference, Rate, Spiking, Threads};
use crate::kernel::simd::Level;
use crate::learn::{Method, Selected};
use crate::network::Convention;
use crate::random::SplitMix64;
use crate::task::mnist::{Images, Labelled};

/// Twelve pixels; the two at the label's places are bright.
fn labelled(count: usize, seed: u64) -> Labelled {
    let mut random = SplitMix64::new(seed);
    let labels: Vec<u8> = (0..count).map(|_| random.below(10) as u8).collect();
    let pixels = labels.iter().flat_map(|&label| {
        let bright = |k: usize| k == usize::from(label) || k == usize::from(label) + 2;
        let row: Vec<u8> = (0..12)
            .map(|k| if bright(k) { 255 - random.below(60) as u8 } else { random.below(2) as u8 * 40 })
            .collect();
        row
    });
    Labelled { images: Images::new(12, pixels.collect()), labels }
}

fn data() -> MnistData {
    MnistData { train: labelled(130, 1), test: labelled(50, 2) }
}

fn small(rule: MnistRule) -> MnistConfig {
    MnistConfig {
        hidden: (3, 4),
        rule,
        batch: 20,
        steps: 40,
        test_interval: 10,
        final_rate: 0.5,
        ..MnistConfig::BMVC_2022
    }
}

fn all() -> Vec<MnistConfig> {
    vec![
        small(MnistRule::SvpgBmvc),
        MnistConfig {
            votes: 3,
            shared_reward: 0.5,
            rewards: (0.0, -2.0),
            baseline: Baseline::Constant(0.0),
            ..small(MnistRule::Svpg)
        },
        MnistConfig {
            start: Start::Uniform { low: 0.0, high: 1.0 },
            convention: Convention::Half,
            method: Method::ADAM,
            ..small(MnistRule::Implicit)
        },
        MnistConfig {
            entropy: 0.1,
            method: Method::RMSPROP,
            start: Start::Uniform { low: 0.0, high: 1.0 },
            ..small(MnistRule::TwoPhase)
        },
        MnistConfig {
            algorithm: MnistAlgorithm::Ppo { epsilon: 0.2, epochs: 3 },
            rewards: (1.0, -1.0),
            baseline: Baseline::Constant(-0.8),
            entropy: 0.2,
            method: Method::ADAM,
            selection: Selection::Validation,
            ..small(MnistRule::SvpgTpami)
        },
        MnistConfig { hidden: (3, 4), batch: 20, steps: 40, ..MnistConfig::BMVC_2022_SPIKE_RECT }
            .with_spikes(24, 8),
        MnistConfig {
            votes: 3,
            shared_reward: 0.5,
            hidden: (2, 12),
            batch: 20,
            steps: 40,
            ..MnistConfig::BMVC_2022_SPIKE_DEXP
        }
        .with_spikes(40, 12),
        MnistConfig {
            hidden: (3, 4),
            batch: 20,
            steps: 40,
            baseline: Baseline::Constant(-0.8),
            selection: Selection::Validation,
            ..MnistConfig::TPAMI_2025_SPIKE
        }
        .with_spikes(24, 8),
    ]
}

impl MnistConfig {
    /// The same with fewer time steps, if it is one that spikes.
    fn with_spikes(self, steps: u32, window: u32) -> Self {
        match self.inference {
            Inference::Spiking(spiking) => {
                Self { inference: Inference::Spiking(Spiking { steps, window, ..spiking }), ..self }
            }
            Inference::Rate(_) => panic!("rates have no time steps"),
        }
    }
}

#[test]
fn a_training_has_the_same_bits_however_it_is_run() {
    for config in all() {
        let run = |level, threads, interrupted: Option<u64>| {
            let threads = Threads::new(threads).unwrap();
            let mut trainer = MnistTrainer::new(config, level, 7, data()).unwrap();
            let mut reports = vec![];
            while trainer.steps() < 10 {
                reports.push(trainer.step(&threads).unwrap());
                if trainer.steps().is_multiple_of(4) {
                    trainer.select(&threads);
                }
                if interrupted == Some(trainer.steps()) {
                    let state = trainer.state();
                    trainer = MnistTrainer::new(config, level, 7, data()).unwrap();
                    trainer.restore(&state).unwrap();
                    assert!(trainer.state() == state);
                }
            }
            (reports, trainer.state(), trainer.test(&threads).to_bits())
        };
        let expected = run(Level::best(None), 1, None);
        for level in Level::all() {
            assert!(run(level, 1, Some(3)) == expected, "{level:?}");
        }
        for (threads, interrupted) in [(2, Some(5)), (3, Some(8))] {
            let found = run(Level::best(None), threads, interrupted);
            assert!(found == expected, "{:?}: {threads} threads, stopped after {interrupted:?}", config.rule);
        }
    }
}

/// A critic of the published size, a step long.
#[test]
fn a_critic_learns_beside() {
    let config = MnistConfig { baseline: Baseline::Critic { rate: 1e-3 }, ..all()[4] };
    let mut trainer = MnistTrainer::new(config, Level::best(None), 1, data()).unwrap();
    let errors: Vec<f64> = (0..4).map(|_| trainer.step(&Threads::single()).unwrap().critic_error).collect();
    assert!(errors[3] < errors[0] && errors[0] > 0.0, "{errors:?}");
    let mut other = MnistTrainer::new(config, Level::best(None), 1, data()).unwrap();
    other.restore(&trainer.state()).unwrap();
    assert_eq!(trainer.step(&Threads::single()), other.step(&Threads::single()));
    assert!(trainer.state() == other.state());
}

/// Guessing is right in a tenth of 50 images; 25 right by chance have a probability below 1e-12.
#[test]
fn every_rule_learns_a_simple_task() {
    for config in all() {
        let config = MnistConfig {
            steps: 800,
            learning_rate: if config.method == Method::Sgd { 0.5 } else { 1e-2 },
            final_rate: 1.0,
            ..config
        };
        let threads = Threads::single();
        let mut trainer = MnistTrainer::new(config, Level::best(None), 3, data()).unwrap();
        let before = trainer.test(&threads);
        (0..800).for_each(|_| assert!(trainer.step(&threads).is_ok()));
        let after = trainer.test(&threads);
        assert!(after >= 0.5 && after > before, "{:?}: {before} to {after}", config.rule);
    }
}

#[test]
fn the_best_selection_is_kept() {
    let mut trainer = MnistTrainer::new(small(MnistRule::Svpg), Level::best(None), 3, data()).unwrap();
    let threads = Threads::single();
    assert!(trainer.best().is_none());
    let (mut best, mut kept) = (-1.0, None);
    for _ in 0..20 {
        trainer.step(&threads).unwrap();
        let found = trainer.select(&threads).unwrap();
        if found > best {
            best = found;
            let (parameters, step) = (trainer.parameters().clone(), trainer.steps());
            kept = Some(Selected { parameters, score: found, step });
        }
        assert_eq!(trainer.best(), kept);
    }
}

#[test]
fn numbers_outside_their_domain_are_refused() {
    let config = small(MnistRule::Svpg);
    let ppo = |epsilon, epochs| MnistAlgorithm::Ppo { epsilon, epochs };
    for wrong in [
        MnistConfig { algorithm: ppo(0.2, 1), ..config },
        MnistConfig { algorithm: ppo(0.0, 1), ..all()[4] },
        MnistConfig { algorithm: ppo(0.2, 0), ..all()[4] },
        MnistConfig { votes: 2, ..small(MnistRule::TwoPhase) },
        MnistConfig { inference: Inference::Spiking(Spiking::PUBLISHED), ..small(MnistRule::TwoPhase) },
        MnistConfig { inference: Inference::Spiking(Spiking::PUBLISHED), ..small(MnistRule::Implicit) },
        MnistConfig::BMVC_2022_SPIKE_RECT.with_spikes(49, 50),
        MnistConfig::BMVC_2022_SPIKE_DEXP.with_spikes(49, 1),
        MnistConfig { inference: Inference::Rate(Rate { most_iterations: 0, ..Rate::PUBLISHED }), ..config },
        MnistConfig { inference: Inference::Rate(Rate { sigma: -1.0, ..Rate::PUBLISHED }), ..config },
        MnistConfig { votes: 0, ..config },
        MnistConfig { hidden: (3, 0), ..config },
        MnistConfig { entropy: -1.0, ..config },
        MnistConfig { shared_reward: f32::NAN, ..config },
        MnistConfig { rewards: (f32::INFINITY, 0.0), ..config },
        MnistConfig { baseline: Baseline::Constant(f32::NAN), ..config },
        MnistConfig { baseline: Baseline::Critic { rate: 0.0 }, ..config },
        MnistConfig { learning_rate: 0.0, ..config },
        MnistConfig { final_rate: 1.5, ..config },
        MnistConfig { batch: 0, ..config },
        MnistConfig { batch: 131, ..config },
        MnistConfig { batch: 120, selection: Selection::Validation, ..config },
        MnistConfig { steps: 0, ..config },
        MnistConfig { test_interval: 0, ..config },
        MnistConfig { start: Start::Uniform { low: 1.0, high: 1.0 }, ..config },
        MnistConfig { start: Start::Uniform { low: f32::NEG_INFINITY, high: 1.0 }, ..config },
    ] {
        let error = MnistTrainer::new(wrong, Level::best(None), 1, data()).unwrap_err();
        assert!(error.is_bad_input(), "{wrong:?}");
    }
}
