//! Compares the factors of the rules, summed over a batch, with the updates of the reference for
//! the same network, activity and samples.

mod support;

use support::tolerance::{Between, tolerance};
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::network::{Circuits, Convention, Family, Mask, Parameters};
use svpg::random::SplitMix64;
use svpg::rule::{Factors, Gradient, RuleBatch, RuleOptions, Weighting, action_stats};
use svpg_reference::configuration::Configuration;
use svpg_reference::network as plain;
use svpg_reference::rule::{self, Batch, Rule, Sample};

const STATES: usize = 5;
const BATCH: usize = 6;
const HIDDEN: (usize, usize) = (5, 4);
const ACTIONS: usize = 5;

/// A network with samples, in f32; every circuit of `q` sums to 1 up to rounding.
struct Case {
    parameters: Parameters,
    states: AlignedMatrix,
    q: AlignedMatrix,
    /// Samples × circuits, unit numbers.
    winners: Vec<u32>,
    advantages: Vec<f32>,
    old_log_prob: Vec<f32>,
}

fn distribution(random: &mut SplitMix64, circuits: &Circuits, sharpness: f64) -> Vec<f32> {
    let mut q = vec![0.0; circuits.units()];
    for members in circuits.iter() {
        let weights: Vec<f64> = members.clone().map(|_| (sharpness * random.symmetric(1.0)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        members.zip(weights).for_each(|(unit, weight)| q[unit] = (weight / sum) as f32);
    }
    q
}

/// The input of a rule in addition to a case.
#[derive(Clone, Copy)]
struct Learning<'a> {
    clamped: &'a [&'a AlignedMatrix],
    weighting: Weighting<'a>,
    entropy: f32,
    options: RuleOptions,
}

/// REINFORCE without an entropy term.
const PLAIN: Learning<'static> = Learning {
    clamped: &[],
    weighting: Weighting::Reinforce,
    entropy: 0.0,
    options: RuleOptions { beta: None, centred: false },
};

fn widest(threads: usize) -> Compute {
    Compute::new(Level::best(None), threads).unwrap()
}

/// The masked part of a network.
#[derive(Clone, Copy)]
enum Missing {
    Nothing,
    SomeBlocks,
    /// Every block between hidden circuits. The sums skip these blocks.
    HiddenBlocks,
}

fn case(convention: Convention, missing: Missing, seed: u64) -> Case {
    let mut random = SplitMix64::new(seed);
    let circuits = Circuits::new(HIDDEN.0, HIDDEN.1, 1, ACTIONS).unwrap();
    let mut mask = Mask::full(&circuits);
    match missing {
        Missing::Nothing => {}
        Missing::SomeBlocks => {
            mask.drop_block(0, 2);
            mask.drop_block(1, HIDDEN.0);
            mask.drop_family(&circuits, Family::StateAction);
        }
        Missing::HiddenBlocks => mask.drop_family(&circuits, Family::HiddenHidden),
    }
    let mut parameters = Parameters::zeros(circuits, STATES, convention, mask);
    parameters.randomise(Level::best(None), seed as u32, 0.0..1.0);
    for entry in parameters.weights.all_mut().iter_mut().chain(parameters.bias.all_mut()) {
        *entry -= 0.5;
    }
    parameters.apply_mask();
    let units = parameters.units();
    parameters.bias.padded_row_mut(0)[units..].fill(0.0);
    let q: Vec<f32> = (0..BATCH).flat_map(|_| distribution(&mut random, &parameters.circuits, 1.5)).collect();
    let mut winners = vec![];
    for _ in 0..BATCH {
        winners.extend(parameters.circuits.iter().map(|m| (m.start + random.below(m.len())) as u32));
    }
    let mut numbers = |scale| (0..BATCH).map(|_| random.symmetric(scale) as f32).collect::<Vec<_>>();
    let (advantages, shifts) = (numbers(2.0), numbers(0.5));
    let q = AlignedMatrix::from_fn(BATCH, units, |b, u| q[b * units + u]);
    // Close to the current policy, so some ratios are clipped and some are not.
    let old = |b: usize| {
        let action = winners[(b + 1) * parameters.circuits.count() - 1] as usize;
        svpg::kernel::ln::twin::ln(q.row(b)[action]) + shifts[b]
    };
    let old_log_prob = (0..BATCH).map(old).collect();
    let states =
        AlignedMatrix::from_fn(BATCH, STATES, |_, k| if k == 2 { 0.0 } else { random.unit() as f32 });
    Case { states, q, winners, advantages, old_log_prob, parameters }
}

impl Case {
    fn factors(&self) -> Factors {
        let zeros = || AlignedMatrix::zeros(BATCH, self.parameters.units());
        Factors { pre: zeros(), error: zeros(), bias_error: Some(zeros()), recurrent_factor: f32::NAN }
    }

    /// The factors of a rule by its name, with the same advantage for every circuit.
    fn filled(&self, compute: &Compute, rule: &str, learning: &Learning<'_>) -> Factors {
        let count = self.parameters.circuits.count();
        let advantages: Vec<f32> =
            self.advantages.iter().flat_map(|&advantage| std::iter::repeat_n(advantage, count)).collect();
        let mut factors = self.factors();
        self.fill(compute, rule, learning, &advantages, &mut factors).unwrap();
        factors
    }

    fn fill(
        &self,
        compute: &Compute,
        rule: &str,
        learning: &Learning<'_>,
        advantages: &[f32],
        factors: &mut Factors,
    ) -> Result<(), svpg::Error> {
        let Self { parameters, q, winners, .. } = self;
        let stats = &action_stats(compute.level, &parameters.circuits, q, winners);
        let Learning { clamped, weighting, entropy, options } = *learning;
        let batch =
            RuleBatch { parameters, q, clamped, winners, advantages, stats, weighting, entropy, options };
        rule.parse::<svpg::rule::Rule>()?.fill(compute, &batch, factors)
    }

    fn samples(&self, parameters: &plain::Parameters<f64>) -> Vec<Sample<f64>> {
        let wide = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let circuits = &self.parameters.circuits;
        let of = |b: usize| {
            let winners = &self.winners[b * circuits.count()..(b + 1) * circuits.count()];
            let places: Vec<usize> =
                winners.iter().zip(circuits.iter()).map(|(&w, members)| w as usize - members.start).collect();
            let (hidden, action) = places.split_at(circuits.hidden());
            let configuration = Configuration::new(parameters.shape(), hidden, action[0]).unwrap();
            let (state, q) = (wide(self.states.row(b)), Some(wide(self.q.row(b))));
            Sample { state, q, configuration, advantage: f64::from(self.advantages[b]) }
        };
        (0..BATCH).map(of).collect()
    }

    /// Compares the factors' sum with an update.
    fn assert_update(&self, factors: &Factors, expected: &plain::Update<f64>) {
        let p = &self.parameters;
        for (level, threads) in [(Level::best(None), 2), (Level::all().next().unwrap(), 1)] {
            let mut found = Gradient::new(p);
            found.fill(&Compute::new(level, threads).unwrap(), p, &self.states, factors);
            let mut entries = vec![];
            for i in 0..p.units() {
                let rows = (0..p.units()).map(|j| (found.weights.row(j)[i], expected.recurrent[(j, i)]));
                entries.extend(rows);
                entries.extend(
                    (0..STATES).map(|k| (found.weights.row(p.state_row(k))[i], expected.state[(k, i)])),
                );
                entries.push((found.bias.row(0)[i], expected.bias[i]));
            }
            let scale = entries.iter().fold(0.0f64, |largest, (_, expected)| largest.max(expected.abs()));
            assert!(scale > 1e-3, "the update is not small: {scale:e}");
            let off = entries.iter().fold(0.0f64, |most, (found, expected)| {
                most.max((f64::from(*found) - expected).abs() / scale)
            });
            assert!(off <= tolerance(Between::FactorsAndReference), "{off:e} of the largest entry");
        }
    }
}

fn cases() -> Vec<Case> {
    let both = [Convention::Full, Convention::Half];
    let missing = [Missing::Nothing, Missing::SomeBlocks, Missing::HiddenBlocks];
    let all = both.into_iter().flat_map(|c| missing.map(|missing| (c, missing)));
    all.flat_map(|(c, missing)| (1..=5).map(move |seed| case(c, missing, seed))).collect()
}

#[test]
fn svpg_and_svpg_bmvc_are_the_reference() {
    for case in cases() {
        let reference = case.parameters.reference().unwrap();
        let batch = Batch::new(&reference, case.samples(&reference)).unwrap();
        for (name, rule) in [("svpg-bmvc", Rule::SvpgBmvc), ("svpg", Rule::Svpg)] {
            let expected = rule::update(&rule, &batch).unwrap();
            for threads in [1, 3] {
                case.assert_update(&case.filled(&widest(threads), name, &PLAIN), &expected);
            }
        }
    }
}

/// A different advantage for every circuit: each scales its circuit's part of the update.
#[test]
fn svpg_takes_an_advantage_a_circuit() {
    for case in cases() {
        let circuits = &case.parameters.circuits;
        let count = circuits.count();
        let fill = |advantages: &[f32]| {
            let mut factors = case.factors();
            case.fill(&widest(1), "svpg-bmvc", &PLAIN, advantages, &mut factors).unwrap();
            factors
        };
        let mut random = SplitMix64::new(9);
        let advantages: Vec<f32> = (0..BATCH * count).map(|_| random.symmetric(1.0) as f32).collect();
        let found = fill(&advantages);
        for (c, members) in circuits.iter().enumerate() {
            let of: Vec<f32> = (0..BATCH * count).map(|at| advantages[at / count * count + c]).collect();
            let alone = fill(&of);
            for b in 0..BATCH {
                assert_eq!(found.error.row(b)[members.clone()], alone.error.row(b)[members.clone()]);
                let bias =
                    |factors: &Factors| factors.bias_error.as_ref().unwrap().row(b)[members.clone()].to_vec();
                assert_eq!(bias(&found), bias(&alone));
            }
        }
    }
}

#[test]
fn svpg_tpami_is_the_reference() {
    let mut clipped = 0;
    for case in cases() {
        let reference = case.parameters.reference().unwrap();
        let batch = Batch::new(&reference, case.samples(&reference)).unwrap();
        let old: Vec<f64> = case.old_log_prob.iter().map(|&x| f64::from(x)).collect();
        let (entropy, clip_range) = (0.75, 0.25f32);
        let ppo = Weighting::Ppo { clip_range, old_log_prob: &case.old_log_prob };
        let algorithms = [
            (Weighting::Reinforce, rule::Algorithm::Reinforce),
            (ppo, rule::Algorithm::Ppo { epsilon: f64::from(clip_range), old_log_prob: old }),
        ];
        for (weighting, algorithm) in algorithms {
            let options = rule::Options { algorithm, entropy };
            let expected = rule::update(&Rule::SvpgTpami(options), &batch).unwrap();
            let learning = Learning { weighting, entropy: entropy as f32, ..PLAIN };
            for level in Level::all() {
                let factors = case.filled(&Compute::single(level), "svpg-tpami", &learning);
                case.assert_update(&factors, &expected);
            }
        }
        let learning = Learning { weighting: ppo, ..PLAIN };
        let factors = case.filled(&widest(1), "svpg-tpami", &learning);
        clipped += (0..BATCH).filter(|&b| factors.error.row(b).iter().all(|&e| e == 0.0)).count();
    }
    assert!((20..100).contains(&clipped), "{clipped} of 180 samples are clipped");
}

#[test]
fn implicit_is_the_reference() {
    for case in cases() {
        let reference = case.parameters.reference().unwrap();
        let batch = Batch::new(&reference, case.samples(&reference)).unwrap();
        let expected = rule::update(&Rule::Implicit, &batch).unwrap();
        let factors = case.filled(&widest(1), "implicit", &PLAIN);
        case.assert_update(&factors, &expected);
        for threads in [2, 4] {
            assert_eq!(case.filled(&widest(threads), "implicit", &PLAIN).error, factors.error);
        }
    }
}

/// Two circuits of two units at q = ½ that excite each other with W = ±½: the matrix is singular.
#[test]
fn a_degenerate_fixed_point_has_no_implicit_gradient() {
    let circuits = Circuits::new(1, 2, 1, 2).unwrap();
    let mask = Mask::full(&circuits);
    let mut parameters = Parameters::zeros(circuits, 0, Convention::Full, mask);
    for (i, j) in [(0, 2), (1, 3), (2, 0), (3, 1)] {
        parameters.weights.row_mut(i)[j] = 0.5;
        // The other unit of that circuit.
        parameters.weights.row_mut(i)[j ^ 1] = -0.5;
    }
    parameters.apply_mask();
    let q = AlignedMatrix::from_fn(1, 4, |_, _| 0.5);
    let zeros = || AlignedMatrix::zeros(1, 4);
    let mut factors = Factors { pre: zeros(), error: zeros(), bias_error: None, recurrent_factor: 1.0 };
    let states = AlignedMatrix::zeros(1, 0);
    let winners = vec![0, 2];
    let case = Case { parameters, states, q, winners, advantages: vec![1.0], old_log_prob: vec![0.0] };
    let result = case.fill(&widest(1), "implicit", &PLAIN, &[1.0, 1.0], &mut factors);
    assert!(result.unwrap_err().is_no_fixed_point());
}

/// The phases are arbitrary activities: the rules do not depend on their origin.
#[test]
fn two_phase_and_nudged_are_the_reference() {
    for (case, seed) in cases().into_iter().zip(50..) {
        let reference = case.parameters.reference().unwrap();
        let circuits = &case.parameters.circuits;
        let mut random = SplitMix64::new(seed);
        let units = case.parameters.units();
        let mut drawn = || {
            let all: Vec<f32> = (0..BATCH).flat_map(|_| distribution(&mut random, circuits, 1.5)).collect();
            AlignedMatrix::from_fn(BATCH, units, |b, u| all[b * units + u])
        };
        let (plus, minus) = (drawn(), drawn());
        let expected = |minus: Option<&AlignedMatrix>, scale: f64| {
            let wide = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
            let mut expected = plain::Update::zeros(reference.shape());
            for (b, sample) in case.samples(&reference).into_iter().enumerate() {
                let observed = reference.observe(&sample.state).unwrap();
                let free = minus.map_or_else(|| sample.q.unwrap(), |minus| wide(minus.row(b)));
                let contrast = rule::two_phase::contrast(&observed, &wide(plus.row(b)), &free);
                expected.add_scaled(&(scale * sample.advantage / BATCH as f64), &contrast);
            }
            expected
        };
        let nudged = |centred| RuleOptions { beta: Some(0.25), centred };
        for (name, options, clamped, expected) in [
            ("two-phase", RuleOptions::default(), &[&plus][..], expected(None, 1.0)),
            ("nudged", nudged(false), &[&plus], expected(None, 4.0)),
            ("nudged", nudged(true), &[&plus, &minus], expected(Some(&minus), 2.0)),
        ] {
            let learning = Learning { clamped, options, ..PLAIN };
            case.assert_update(&case.filled(&widest(1), name, &learning), &expected);
        }
    }
}

/// A sample whose action has probability 0 does not contribute, in every rule, with and without PPO
/// and the entropy term.
#[test]
fn an_action_of_probability_zero_teaches_nothing() {
    for rule in svpg::rule::Rule::all() {
        let mut case = case(Convention::Full, Missing::Nothing, 1);
        let first = case.parameters.circuits.hidden_units();
        let count = case.parameters.circuits.count();
        // All of the probability is on another action than the sampled one.
        let sampled = case.winners[count - 1] as usize;
        case.q.row_mut(0)[first..].fill(0.0);
        case.q.row_mut(0)[if sampled == first { first + 1 } else { first }] = 1.0;
        let other = case.q.clone();
        let options = RuleOptions { beta: (rule.name() == "nudged").then_some(0.5), centred: false };
        let phases = vec![&other; rule.clamped_phases(options).len()];
        let ppo = Weighting::Ppo { clip_range: 0.2, old_log_prob: &case.old_log_prob };
        for weighting in [Weighting::Reinforce, ppo] {
            for entropy in [0.0, 0.5] {
                let learning = Learning { clamped: &phases, weighting, entropy, options };
                let factors = case.filled(&widest(1), rule.name(), &learning);
                assert!(factors.error.row(0).iter().all(|&e| e == 0.0), "{}", rule.name());
                if let Some(bias) = &factors.bias_error {
                    assert!(bias.row(0).iter().all(|&e| e == 0.0), "{}", rule.name());
                }
            }
        }
    }
}
