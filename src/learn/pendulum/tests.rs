//! A training is a function of configuration and seed, on any number of threads and instruction
//! set, stored and continued or not; and it learns.

use super::{PendulumAlgorithm, PendulumConfig, PendulumRule, PendulumTrainer};
use crate::inference::{Inference, Spiking, Threads};
use crate::kernel::simd::Level;
use crate::learn::Selected;
use crate::network::Convention;

fn small(rule: PendulumRule, algorithm: PendulumAlgorithm) -> PendulumConfig {
    PendulumConfig {
        hidden: (3, 4),
        rule,
        algorithm,
        capacity: 30,
        epochs: 2,
        start: 0.1,
        validation_episodes: 3,
        ..PendulumConfig::PUBLISHED_PPO
    }
}

fn spikes(steps: u32, window: u32) -> Inference {
    Inference::Spiking(Spiking { steps, window, ..Spiking::PUBLISHED })
}

fn all() -> Vec<PendulumConfig> {
    let ppo = PendulumAlgorithm::Ppo { epsilon: 0.2 };
    vec![
        small(PendulumRule::SvpgTpami, ppo),
        small(PendulumRule::SvpgTpami, PendulumAlgorithm::Reinforce),
        small(PendulumRule::TwoPhase, ppo),
        PendulumConfig {
            inference: spikes(10, 8),
            convention: Convention::Half,
            ..small(PendulumRule::SvpgTpami, ppo)
        },
    ]
}

#[test]
fn a_training_has_the_same_bits_however_it_is_run() {
    for config in all() {
        let run = |level, threads, interrupted: Option<u64>| {
            let threads = Threads::new(threads).unwrap();
            let mut trainer = PendulumTrainer::new(config, level, 7).unwrap();
            let mut reports = vec![];
            while trainer.episodes() < 8 {
                reports.push(trainer.episode(&threads));
                if trainer.episodes().is_multiple_of(3) {
                    trainer.validate(&threads);
                }
                if interrupted == Some(trainer.episodes()) {
                    let state = trainer.state();
                    trainer = PendulumTrainer::new(config, level, 7).unwrap();
                    trainer.restore(&state).unwrap();
                    assert!(trainer.state() == state);
                }
            }
            (reports, trainer.state())
        };
        let expected = run(Level::best(None), 1, None);
        assert!(expected.0.iter().any(|report| report.updates > 0 && report.entropy > 0.0));
        assert!(expected.0.iter().map(|report| report.length).sum::<u32>() > 30, "the ring has gone round");
        for level in Level::all() {
            assert!(run(level, 1, Some(2)) == expected, "{level:?}");
        }
        for (threads, interrupted) in [(2, Some(5)), (3, Some(6))] {
            let found = run(Level::best(None), threads, interrupted);
            assert!(found == expected, "{threads} threads, stopped after {interrupted:?}");
        }
    }
}

#[test]
fn another_seed_is_another_training() {
    let config = all()[0];
    let states = [1, 2].map(|seed| {
        let mut trainer = PendulumTrainer::new(config, Level::best(None), seed).unwrap();
        trainer.episode(&Threads::single());
        trainer.state()
    });
    assert_ne!(states[0], states[1]);
}

#[test]
fn the_best_validation_is_kept() {
    let (config, threads) = (all()[2], Threads::single());
    let mut trainer = PendulumTrainer::new(config, Level::best(None), 3).unwrap();
    assert!(trainer.best().is_none());
    let (mut best, mut kept) = (-1.0, None);
    for _ in 0..6 {
        trainer.episode(&threads);
        let score = trainer.validate(&threads);
        if score > best {
            best = score;
            let (parameters, step) = (trainer.parameters().clone(), trainer.episodes());
            kept = Some(Selected { parameters, score, step });
        }
        assert_eq!(trainer.best(), kept);
    }
}

#[test]
fn a_state_of_another_shape_is_refused() {
    let config = all()[0];
    let trainer = |config| PendulumTrainer::new(config, Level::best(None), 1).unwrap();
    let state = trainer(config).state();
    assert!(trainer(PendulumConfig { hidden: (3, 5), ..config }).restore(&state).unwrap_err().is_bad_input());
    assert!(trainer(PendulumConfig { capacity: 31, ..config }).restore(&state).unwrap_err().is_bad_input());
}

#[test]
fn numbers_outside_their_domain_are_refused() {
    let config = all()[0];
    for wrong in [
        PendulumConfig { algorithm: PendulumAlgorithm::Ppo { epsilon: 0.0 }, ..config },
        PendulumConfig { inference: spikes(42, 40), ..all()[2] },
        PendulumConfig { inference: spikes(39, 40), ..config },
        PendulumConfig { entropy: -1.0, ..config },
        PendulumConfig { entropy: f32::NAN, ..config },
        PendulumConfig { start: f32::INFINITY, ..config },
        PendulumConfig { learning_rate: 0.0, ..config },
        PendulumConfig { critic_rate: f64::NAN, ..config },
        PendulumConfig { discount: 1.0, ..config },
        PendulumConfig { capacity: 0, ..config },
        PendulumConfig { interval: 0, ..config },
        PendulumConfig { epochs: 0, ..config },
        PendulumConfig { validation_interval: 0, ..config },
        PendulumConfig { validation_episodes: 0, ..config },
        PendulumConfig { episodes: 0, ..config },
        PendulumConfig { episodes: 1_000_001, ..config },
        PendulumConfig { pole: (0.0, 0.05), ..config },
        PendulumConfig { hidden: (3, 0), ..config },
    ] {
        let error = PendulumTrainer::new(wrong, Level::best(None), 1).unwrap_err();
        assert!(error.is_bad_input(), "{wrong:?}");
    }
}
