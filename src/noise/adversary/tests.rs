use super::{Adversary, Attacked};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::noise::{KINDS, Perturbation, Variant};
use crate::task::mnist::{Images, Labelled};
use std::cell::Cell;

const STATES: usize = 5;

fn images() -> Labelled {
    let pixels = (0..1000 * STATES).map(|at| (at * 37 % 256) as u8).collect();
    Labelled { images: Images::new(STATES, pixels), labels: (0..1000).map(|at| at % 3).collect() }
}

fn noise(text: &str) -> Perturbation {
    text.parse().expect("a perturbation")
}

/// Slopes that depend on states and labels: up for state 0, none for state 1, down for the others;
/// the other way round for label 1.
fn minus_slopes(states: &AlignedMatrix, labels: &[u16]) -> AlignedMatrix {
    AlignedMatrix::from_fn(states.rows(), STATES, |b, k| {
        let away = [1.0, 0.0, -1.0, -2.0, -3.0][k] * (0.1 + states.row(b)[k]);
        if labels[b] == 1 { -away } else { away }
    })
}

#[test]
fn states_move_against_the_slopes_and_are_clamped_where_the_protocol_says_so() {
    let attacked = Attacked { answers: &|_, _| unreachable!(), minus_slopes: Some(&minus_slopes) };
    let compute = &Compute::single(Level::best(None));
    let kinds = [
        "fgsm-white=0.25",
        "fgsm-white@published=0.25",
        "fgsm-white@corrected=0.25",
        "fgsm-white@unclamped=0.25",
    ];
    let kinds = kinds.map(noise);
    let mut adversary = Adversary::new(compute, &kinds.each_ref(), &images(), 3, 1, attacked);
    let clean = AlignedMatrix::from_fn(2, STATES, |b, k| if k == 4 { 1.0 } else { 0.125 * (b + 1) as f32 });
    for kind in kinds {
        let mut states = clean.clone();
        adversary.perturb_states(compute, kind, 0, &[0, 1], &mut states);
        let clamps = matches!(kind.variant(), None | Some(Variant::Corrected));
        let (low, high) = if clamps { (0.0, 1.0) } else { (-0.125, 1.25) };
        assert_eq!(states.row(0), [low, 0.125, 0.375, 0.375, high], "{kind}");
        assert_eq!(states.row(1), [0.5, 0.25, 0.0, 0.0, 0.75], "{kind}");
        assert_eq!(kind.is_unclamped(), kind.variant() == Some(Variant::Unclamped));
    }
}

/// Slopes are computed again for other states or labels, and only then.
#[test]
fn what_is_known_is_not_asked_again() {
    let asked = Cell::new(0);
    let counted = |states: &AlignedMatrix, labels: &[u16]| {
        asked.set(asked.get() + 1);
        minus_slopes(states, labels)
    };
    let attacked = Attacked { answers: &|_, _| unreachable!(), minus_slopes: Some(&counted) };
    let compute = &Compute::single(Level::best(None));
    let (weak, strong) = (noise("fgsm-white=0.1"), noise("fgsm-white=0.2"));
    let mut adversary = Adversary::new(compute, &[&weak, &strong], &images(), 3, 1, attacked);
    let clean = AlignedMatrix::from_fn(2, STATES, |_, _| 0.5);
    let mut other = clean.clone();
    other.row_mut(1)[3] = 0.75;
    let calls: [(Perturbation, usize, [u16; 2], &AlignedMatrix, usize); 7] = [
        (weak, 0, [0, 1], &clean, 1),
        (strong, 0, [0, 1], &clean, 1),
        (weak, 2, [0, 1], &clean, 2),
        (weak, 0, [0, 0], &clean, 3),
        (weak, 0, [0, 0], &other, 4),
        (strong, 0, [0, 0], &other, 4),
        (strong, 2, [0, 1], &clean, 4),
    ];
    for (kind, first, labels, states, expected) in calls {
        let mut found = states.clone();
        adversary.perturb_states(compute, kind, first, &labels, &mut found);
        assert_eq!(asked.get(), expected, "{kind}, {first}, {labels:?}");
        let slopes = minus_slopes(states, &labels);
        for ((found, before), slope) in found.entries().zip(states.entries()).zip(slopes.entries()) {
            let step = if slope == 0.0 { 0.0 } else { -(kind.level() as f32).copysign(slope) };
            assert_eq!(found, (before + step).clamp(0.0, 1.0));
        }
    }
}

#[test]
fn other_kinds_and_an_unknown_gradient_change_nothing() {
    let attacked = Attacked { answers: &|_, _| unreachable!(), minus_slopes: None };
    let compute = &Compute::single(Level::best(None));
    let mut adversary = Adversary::new(compute, &[], &images(), 3, 1, attacked);
    let clean = AlignedMatrix::from_fn(2, STATES, |b, k| (b + k) as f32 / 7.0);
    for kind in KINDS.iter().filter(|kind| kind.name != "fgsm") {
        let mut states = clean.clone();
        let perturbation = Perturbation::new(kind, *kind.range.end()).unwrap();
        adversary.perturb_states(compute, perturbation, 0, &[0, 1], &mut states);
        assert_eq!(states, clean, "{kind}");
    }
}

/// The published substitute learns the answers that the attacked network gives, batch by batch, to
/// the first training images, and the other one learns the labels: with answers that differ from
/// the labels, they attack in different directions.
#[test]
fn the_substitutes_have_their_teachers() {
    let images = images();
    let compute = &Compute::single(Level::best(None));
    let kinds = [noise("fgsm=0.1"), noise("fgsm@corrected=0.1")];
    let asked = Cell::new((0, 0));
    // The answer is whether state 0 is above one half.
    let answers = |batch: usize, states: &AlignedMatrix| -> Vec<u16> {
        assert_eq!(batch, asked.get().0);
        asked.set((batch + 1, asked.get().1 + states.rows()));
        (0..states.rows()).map(|b| u16::from(states.row(b)[0] > 0.5)).collect()
    };
    let attacked = Attacked { answers: &answers, minus_slopes: None };
    let mut adversary = Adversary::new(compute, &kinds.each_ref(), &images, 3, 1, attacked);
    assert_eq!(asked.get(), (10, 1000));
    let clean = images.images.states(0..100);
    let [mut by_labels, mut by_answers] = [clean.clone(), clean.clone()];
    adversary.perturb_states(compute, kinds[0], 0, &images.labels[..100], &mut by_labels);
    adversary.perturb_states(compute, kinds[1], 0, &images.labels[..100], &mut by_answers);
    // Away from the answer: state 0 moves towards one half.
    let towards = |states: &AlignedMatrix| {
        let moves = (0..100).filter(|&b| (states.row(b)[0] > clean.row(b)[0]) == (clean.row(b)[0] <= 0.5));
        moves.count()
    };
    assert!(towards(&by_answers) > 90, "{}", towards(&by_answers));
    assert!(towards(&by_labels) < 80, "{}", towards(&by_labels));
}
