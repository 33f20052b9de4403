use super::{Memory, Substitute};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::noise::{Adversary, Attacked, Perturbation};
use crate::perceptron::Pass;
use crate::random::SplitMix64;
use crate::task::mnist::{Images, Labelled};

const PIXELS: usize = 40;
const ANSWERS: usize = 10;

/// Images of ten prototypes of random pixels. Each pixel is replaced at random with probability
/// 0.3.
fn prototypes(count: usize) -> Labelled {
    let mut random = SplitMix64::new(5);
    let prototypes: Vec<u8> = (0..ANSWERS * PIXELS).map(|_| random.below(256) as u8).collect();
    let labels: Vec<u16> = (0..count).map(|_| random.below(ANSWERS) as u16).collect();
    let mut pixel = |label: u16, k: usize| {
        if random.chance(0.3) { random.below(256) as u8 } else { prototypes[usize::from(label) * PIXELS + k] }
    };
    let pixels = labels.iter().flat_map(|&label| (0..PIXELS).map(|k| pixel(label, k)).collect::<Vec<_>>());
    Labelled { images: Images::new(PIXELS, pixels.collect()), labels: labels.clone() }
}

/// Attacks with the substitute that learns these labels.
fn attack(compute: &Compute, images: &Labelled, kind: &str, states: &mut AlignedMatrix) {
    let kind: Perturbation = kind.parse().unwrap();
    let attacked = Attacked { answers: &|_, _| unreachable!(), minus_slopes: None };
    let mut adversary = Adversary::new(compute, &[&kind], images, ANSWERS, 1, attacked);
    adversary.perturb_states(compute, kind, 0, &images.labels, states);
}

fn states(images: &Labelled) -> AlignedMatrix {
    images.images.states(0..images.images.count())
}

fn accuracy(substitute: &Substitute, states: &AlignedMatrix, labels: &[u16]) -> f64 {
    let mut pass = Pass::new(&substitute.network, states.rows());
    let logits = substitute.network.forward(&Compute::single(Level::best(None)), states, &mut pass);
    let most = |row: &[f32]| (1..ANSWERS).fold(0, |best, a| if row[a] > row[best] { a } else { best });
    let right = labels.iter().enumerate().filter(|(b, l)| most(logits.row(*b)) == usize::from(**l));
    right.count() as f64 / labels.len() as f64
}

/// Cross-entropy of one sample, computed in f64 from the weights.
fn cross_entropy(substitute: &Substitute, state: &[f64], label: usize) -> f64 {
    let mut activity = state.to_vec();
    let layers = substitute.network.layers();
    for (at, layer) in layers.iter().enumerate() {
        let drive = |u: usize| {
            let weighted = activity.iter().enumerate().map(|(k, x)| x * f64::from(layer.weights.row(k)[u]));
            f64::from(layer.bias.row(0)[u]) + weighted.sum::<f64>()
        };
        let next = (0..layer.weights.columns()).map(drive);
        let rectify = at + 1 < layers.len();
        activity = next.map(|x| if rectify { x.max(0.0) } else { x }).collect();
    }
    activity.iter().map(|x| x.exp()).sum::<f64>().ln() - activity[label]
}

/// Compares the gradient with central differences, and the attack with noise of the same size,
/// which must have much less effect.
#[test]
fn moves_along_the_gradient_and_misleads() {
    let isa = Level::best(None);
    let compute = Compute::single(isa);
    let images = prototypes(4000);
    let substitute = Substitute::of_labels(&compute, &images, ANSWERS, 1);
    let clean = states(&images);
    let before = accuracy(&substitute, &clean, &images.labels);
    assert!(before > 0.95, "{before}");

    let slopes = substitute.minus_slopes(&compute, &images.labels, &clean);
    for sample in 0..10 {
        let (state, label) = (clean.row(sample), images.labels[sample]);
        let slope = slopes.row(sample);
        let state: Vec<f64> = state.iter().map(|&x| f64::from(x)).collect();
        let largest = slope.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        for k in 0..PIXELS {
            let at = |by: f64| {
                let mut moved = state.clone();
                moved[k] += by;
                cross_entropy(&substitute, &moved, usize::from(label))
            };
            let difference = (at(1.0e-6) - at(-1.0e-6)) / 2.0e-6;
            let error = (f64::from(slope[k]) + difference).abs();
            assert!(error < 1.0e-4 * f64::from(largest), "{sample}, {k}: {}, {difference}", slope[k]);
        }
    }

    let mut attacked = clean.clone();
    attack(&compute, &images, "fgsm=0.15", &mut attacked);
    let mut random = SplitMix64::new(9);
    let noisy = AlignedMatrix::from_fn(clean.rows(), PIXELS, |b, k| {
        (clean.row(b)[k] + if random.chance(0.5) { 0.15 } else { -0.15 }).clamp(0.0, 1.0)
    });
    for (found, clean) in attacked.entries().zip(clean.entries()) {
        assert!((0.0..=1.0).contains(&found));
        let step = (found - clean).abs();
        assert!((step - 0.15).abs() < 1.0e-6 || found == 0.0 || found == 1.0 || step == 0.0);
    }
    let (attacked, noisy) =
        (accuracy(&substitute, &attacked, &images.labels), accuracy(&substitute, &noisy, &images.labels));
    assert!(attacked < before - 0.3 && noisy > before - 0.1, "{before}, {attacked}, {noisy}");
}

#[test]
fn bits_depend_on_nothing_but_the_seed() {
    let images = prototypes(300);
    let of = |isa: Level, threads: usize, seed: u32| {
        let compute = Compute::new(isa, threads).unwrap();
        let substitute = Substitute::of_labels(&compute, &images, ANSWERS, seed);
        substitute.minus_slopes(&compute, &images.labels, &states(&images))
    };
    let expected = of(Level::best(None), 1, 1);
    for isa in Level::all() {
        assert_eq!(of(isa, 1, 1), expected, "{}", isa.isa());
    }
    assert_eq!(of(Level::best(None), 3, 1), expected);
    assert!(of(Level::best(None), 1, 2) != expected);
}

/// It learns answers that are not the labels, and attacks its own answer whatever the labels are.
#[test]
fn the_published_one_gives_the_answers_of_its_memory_and_attacks_its_own() {
    let compute = Compute::single(Level::best(None));
    let images = prototypes(1000);
    let (states, answers): (_, Vec<u16>) =
        (states(&images), images.labels.iter().map(|l| (l + 3) % 10).collect());
    let memory = Memory { states: states.clone(), answers: answers.clone() };
    let substitute = Substitute::of_answers(&compute, &memory, ANSWERS, 1);
    let agreement = accuracy(&substitute, &states, &answers);
    assert!(agreement > 0.98, "{agreement}");
    let own = substitute.minus_slopes(&compute, &images.labels, &states);
    assert_eq!(own, substitute.minus_slopes(&compute, &vec![0; 1000], &states));
    // The slopes are those of its answer.
    let state: Vec<f64> = states.row(0).iter().map(|&x| f64::from(x)).collect();
    let costs: Vec<f64> = (0..ANSWERS).map(|label| cross_entropy(&substitute, &state, label)).collect();
    let answer = (1..ANSWERS).fold(0, |best, a| if costs[a] < costs[best] { a } else { best });
    let largest = own.row(0).iter().fold(0.0f32, |most, x| most.max(x.abs()));
    for k in 0..PIXELS {
        let at = |by: f64| {
            let mut moved = state.clone();
            moved[k] += by;
            cross_entropy(&substitute, &moved, answer)
        };
        let difference = (at(1.0e-6) - at(-1.0e-6)) / 2.0e-6;
        let error = (f64::from(own.row(0)[k]) + difference).abs();
        assert!(error < 1.0e-3 * f64::from(largest), "{k}: {}, {difference}", own.row(0)[k]);
    }
}
