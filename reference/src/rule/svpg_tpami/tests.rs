use proptest::prelude::*;

use super::*;
use crate::configuration::Configuration;
use crate::mean_field::free;
use crate::network::{Convention, Mask, Observed, Parameters, Shape};
use crate::number::Matrix;
use crate::rule::{Sample, svpg};
use crate::testing::{Recipe, assert_close, four_networks, network};

/// A case and its answer from the published implementation, in 64-bit floats without inference
/// noise.
struct Published {
    shape: Shape,
    recurrent: Vec<Vec<f64>>,
    state: Vec<Vec<f64>>,
    bias: Vec<f64>,
    options: Options<f64>,
    /// State, hidden winner, action and advantage of each sample.
    samples: Vec<(Vec<f64>, usize, usize, f64)>,
    update: Update<f64>,
}

impl Published {
    fn check(self) {
        let Self { shape, recurrent, state, bias, options, samples, update: published } = self;
        let (recurrent, state) = (Matrix::from_rows(recurrent).unwrap(), Matrix::from_rows(state).unwrap());
        let parameters =
            Parameters::new(shape, Convention::Full, Mask::all(shape), recurrent, state, bias).unwrap();
        let samples = samples.into_iter().map(|(state, hidden, action, advantage)| Sample {
            state,
            q: None,
            configuration: Configuration::new(shape, &[hidden], action).unwrap(),
            advantage,
        });
        let batch = Batch::with_fixed_points(&parameters, samples.collect()).unwrap();
        assert_close(update(&batch, &options).unwrap().entries(), published.entries(), 1e-15);
    }
}

#[test]
fn the_published_answer_is_reproduced_for_ppo() {
    let published = Published {
        shape: Shape::new(1, 1, 2, 2).unwrap(),
        recurrent: vec![
            vec![-0.0, -0.0, 0.48045395339525665, 0.17680957428056826],
            vec![-0.0, 0.0, 0.5581993714499902, 0.1961867698372453],
            vec![0.48045395339525665, 0.5581993714499902, 0.0, 0.0],
            vec![0.17680957428056826, 0.1961867698372453, 0.0, 0.0],
        ],
        state: vec![vec![
            0.30248901255632216,
            0.19401164884860758,
            0.17968198507054325,
            -0.15563809141889068,
        ]],
        bias: vec![-0.3617745358079515, -0.4780164939637111, 0.07472578659533034, -0.07041401263793383],
        options: Options {
            algorithm: Algorithm::Ppo {
                epsilon: 0.2,
                old_log_prob: vec![-0.715210642109698, -0.27169745355511643, -0.008964712571031375],
            },
            entropy: 0.0,
        },
        samples: vec![
            (vec![0.2933120792464359], 1, 0, 0.402291034753498),
            (vec![0.4455249391342103], 0, 0, -0.40737573903193763),
            (vec![0.3203491014537664], 1, 0, 0.804923466702408),
        ],
        update: Update {
            recurrent: Matrix::from_rows(vec![
                vec![0.0, 0.0, -0.009899268882832601, -0.005262843713460474],
                vec![0.0, 0.0, 0.011858116866991897, 0.0033039957293012068],
                vec![-0.009899268882832601, 0.011858116866991897, 0.0, 0.0],
                vec![-0.005262843713460474, 0.0033039957293012068, 0.0, 0.0],
            ])
            .unwrap(),
            state: Matrix::from_rows(vec![vec![
                -0.005586372529905292,
                0.00558637252990532,
                0.00021487077160287082,
                -0.00021487077160287082,
            ]])
            .unwrap(),
            bias: vec![
                -0.015162112596293076,
                0.015162112596293131,
                0.0019588479841592815,
                -0.0019588479841592815,
            ],
        },
    };
    published.check();
}

#[test]
fn the_published_answer_is_reproduced_with_entropy() {
    let published = Published {
        shape: Shape::new(2, 1, 3, 2).unwrap(),
        recurrent: vec![
            vec![0.0, -0.0, 0.0, -0.3063078300986458, -0.05580234023967212],
            vec![-0.0, -0.0, -0.0, 0.09587645201263642, -0.21093447883085453],
            vec![0.0, -0.0, -0.0, -0.1881078371990749, 0.23298926516378962],
            vec![-0.3063078300986458, 0.09587645201263642, -0.1881078371990749, -0.0, 0.0],
            vec![-0.05580234023967212, -0.21093447883085453, 0.23298926516378962, 0.0, 0.0],
        ],
        state: vec![
            vec![
                0.18962291439190268,
                -0.7748188358562655,
                0.3908472327598809,
                0.513825531155975,
                -0.4495096638735994,
            ],
            vec![
                -0.24703231252401003,
                -0.5489962553309258,
                -0.02753679738261008,
                0.3479254083938524,
                0.11433094314539458,
            ],
        ],
        bias: vec![
            -0.059223350640831784,
            -0.6982447143381778,
            -0.23006802994321418,
            -0.25545166686834225,
            -0.29899327261338443,
        ],
        options: Options { algorithm: Algorithm::Reinforce, entropy: 0.2 },
        samples: vec![
            (vec![0.4934572841692485, 0.9098063499698025], 0, 0, 2.727565594495412),
            (vec![0.6629228581122054, 0.5634283016486128], 1, 1, -1.7850047889711904),
            (vec![0.031001612651486044, 0.13816478059535686], 1, 0, 0.8853559446951679),
        ],
        update: Update {
            recurrent: Matrix::from_rows(vec![
                vec![0.0, 0.0, 0.0, 0.1166648835250837, -0.006800602113723936],
                vec![0.0, 0.0, 0.0, -0.022869666021654203, -0.04282808602540361],
                vec![0.0, 0.0, 0.0, 0.06601917619866042, -0.11018570556296241],
                vec![0.1166648835250837, -0.022869666021654203, 0.06601917619866042, 0.0, 0.0],
                vec![-0.006800602113723936, -0.04282808602540361, -0.11018570556296241, 0.0, 0.0],
            ])
            .unwrap(),
            state: Matrix::from_rows(vec![
                vec![
                    0.06994023948914593,
                    -0.07100374060100367,
                    0.001063501111857712,
                    0.07340086813194857,
                    -0.07340086813194863,
                ],
                vec![
                    0.10252701142017251,
                    -0.062532054599863,
                    -0.03999495682030953,
                    0.09738382765953668,
                    -0.09738382765953667,
                ],
            ])
            .unwrap(),
            bias: vec![
                0.10986428141135977,
                -0.06569775204705786,
                -0.04416652936430199,
                0.15981439370208994,
                -0.15981439370208994,
            ],
        },
    };
    published.check();
}

/// `svpg-tpami` of one configuration with advantage `reward`, at a given `q`.
fn single(
    observed: &Observed<'_, f64>,
    q: &[f64],
    v: &Configuration,
    reward: f64,
    options: &Options<f64>,
) -> Update<f64> {
    let (state, q) = (observed.state().to_vec(), Some(q.to_vec()));
    let sample = Sample { state, q, configuration: v.clone(), advantage: reward };
    update(&Batch::new(observed.parameters(), vec![sample]).unwrap(), options).unwrap()
}

fn reinforce(entropy: f64) -> Options<f64> {
    Options { algorithm: Algorithm::Reinforce, entropy }
}

fn ppo(epsilon: f64, old_log_prob: Vec<f64>) -> Options<f64> {
    Options { algorithm: Algorithm::Ppo { epsilon, old_log_prob }, entropy: 0.0 }
}

/// Compares the expected update over `v ~ q` with `Σ_a weight_a ∂q⁺_a` for constant `q`, at the
/// fixed point. In the convention half, the recurrent block is doubled (L7).
fn check_expectation(
    recipe: &Recipe,
    options: &Options<f64>,
    reward: [f64; 3],
    weight: impl Fn(&[f64], usize) -> f64,
) {
    let parameters = recipe.parameters::<f64>();
    let observed = parameters.observe(&recipe.state(0)).unwrap();
    let q = free(&observed).q;
    let mut expected = Update::zeros(recipe.shape);
    for v in Configuration::enumerate(recipe.shape) {
        let term = single(&observed, &q, &v, reward[v.action()], options);
        expected.add_scaled(&v.probability(&q), &term);
    }
    let mut gradient = Update::zeros(recipe.shape);
    for a in 0..3 {
        let score = crate::last_step::ln_policy_gradient(&observed, &q, a).unwrap();
        gradient.add_scaled(&(q[6 + a] * weight(&q[6..9], a)), &score);
    }
    let full = if recipe.convention == Convention::Half { 2.0 } else { 1.0 };
    gradient.recurrent.entries_mut().iter_mut().for_each(|entry| *entry *= full);
    assert_close(expected.entries(), gradient.entries(), 1e-15);
    assert!(gradient.entries().any(|entry| entry.abs() > 1e-3));
}

#[test]
fn the_expected_update_is_the_gradient_of_another_objective() {
    // P2: Σ R_a (q_a - q_a²/2). P3: the entropy gradient has an additional factor q_a.
    let reward = [0.75, -1.5, 0.25];
    for recipe in four_networks() {
        check_expectation(&recipe, &reinforce(0.0), reward, |q, a| reward[a] * (1.0 - q[a]));
        check_expectation(&recipe, &reinforce(0.5), [0.0; 3], |q, a| {
            let entropy: f64 = q.iter().map(|p| -p * p.ln()).sum();
            0.5 * q[a] * (-q[a].ln() - entropy)
        });
    }
}

#[test]
fn ppo_at_ratio_one_is_reinforce_and_a_clipped_sample_is_silent() {
    let recipe = network(Convention::Half, true);
    let parameters = recipe.parameters::<f64>();
    let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
    let ln_p: Vec<f64> =
        batch.trials().iter().map(|trial| trial.candidate()[6 + trial.action()].ln()).collect();
    let plain = update(&batch, &reinforce(0.0)).unwrap();
    // P4.
    assert_close(update(&batch, &ppo(0.2, ln_p.clone())).unwrap().entries(), plain.entries(), 1e-16);
    // Advantages 0.6, -0.2, -1. At r = 1.5 the first is clipped; at r = ½ the others are.
    for (ratio, silent) in
        [(1.5f64, [true, false, false]), (0.5, [false, true, true]), (1.19, [false; 3]), (0.81, [false; 3])]
    {
        let old = ln_p.iter().map(|ln_p| ln_p - ratio.ln()).collect();
        let mut samples = recipe.samples::<f64>(None);
        for (sample, silent) in samples.iter_mut().zip(silent) {
            sample.advantage = if silent { 0.0 } else { sample.advantage * ratio };
        }
        let kept = Batch::with_fixed_points(&parameters, samples).unwrap();
        let expected = update(&kept, &reinforce(0.0)).unwrap();
        assert_close(update(&batch, &ppo(0.2, old)).unwrap().entries(), expected.entries(), 1e-15);
    }
}

proptest! {
    #[test]
    fn the_clipped_term_is_the_published_comparison(advantage in -2.0..2.0f64, ratio in 0.0..3.0f64, epsilon in 0.01..0.9f64) {
        let limited = ratio.clamp(1.0 - epsilon, 1.0 + epsilon);
        let expected = if ratio * advantage <= limited * advantage { advantage * ratio } else { 0.0 };
        prop_assert_eq!(clipped(advantage, ratio, &epsilon), expected);
    }
}

#[test]
fn duplicating_the_batch_halves_the_update() {
    // P5; `svpg` does not depend on the batch size.
    let recipe = network(Convention::Full, false);
    let parameters = recipe.parameters::<f64>();
    let once = recipe.samples::<f64>(None);
    let once_batch = Batch::with_fixed_points(&parameters, once.clone()).unwrap();
    let twice_batch = Batch::with_fixed_points(&parameters, [once.clone(), once].concat()).unwrap();
    let once = update(&once_batch, &reinforce(0.1)).unwrap().scaled(&0.5);
    assert_close(update(&twice_batch, &reinforce(0.1)).unwrap().entries(), once.entries(), 1e-16);
    let derived = svpg::update(&once_batch).unwrap();
    assert_close(svpg::update(&twice_batch).unwrap().entries(), derived.entries(), 1e-15);
}

#[test]
fn an_action_of_probability_zero_is_no_trouble() {
    let recipe = network(Convention::Full, false);
    let parameters = recipe.parameters::<f64>();
    let observed = parameters.observe(&recipe.state(0)).unwrap();
    let q = recipe.configuration(0).one_hot::<f64>();
    let never = recipe.configuration(1);
    let with_entropy = single(&observed, &q, &never, 0.5, &reinforce(0.3));
    assert_eq!(with_entropy, single(&observed, &q, &never, 0.5, &reinforce(0.0)));
    assert_eq!(with_entropy.bias[7], 0.5);
    assert!(single(&observed, &q, &never, 0.5, &ppo(0.2, vec![-1.0])).entries().all(|entry| *entry == 0.0));
}

#[test]
fn an_option_outside_its_domain_is_refused() {
    let recipe = network(Convention::Full, false);
    let parameters = recipe.parameters::<f64>();
    let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
    let place = |options| update(&batch, &options).unwrap_err().place().to_owned();
    assert_eq!(place(reinforce(f64::NAN)), "options.entropy");
    assert_eq!(place(ppo(f64::INFINITY, vec![-1.0; 3])), "options.epsilon");
    assert_eq!(place(ppo(0.0, vec![-1.0; 3])), "options.epsilon");
    assert_eq!(place(ppo(0.2, vec![-1.0; 2])), "options.old_log_prob");
    assert_eq!(place(ppo(0.2, vec![-1.0, f64::NAN, -1.0])), "options.old_log_prob[1]");
}
