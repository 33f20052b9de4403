//! Variants of perturbations: every switch between what a published program does and what is
//! corrected, and networks of other kinds.
//!
//! False alarms and missed effects of statistical tests: see `noise`.

#[allow(dead_code, reason = "other tests use the rest")]
mod distribution;

use distribution::{bound, kolmogorov_smirnov};
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::mul_add::mul_add;
use svpg::kernel::simd::Level;
use svpg::network::{Circuits, Convention, Family, Mask, Parameters};
use svpg::noise::{
    Clamp, Draws, Effect, Group, KINDS, Kind, Perturbable, Perturbation, Program, Protocol, Run, Side,
    Teacher, Variant,
};

const DRAWS: Draws = Draws { seed: 20_250_301, step: 3 };
const PROGRAMS: [Program; 3] = [Program::Rate2022, Program::Images2025, Program::Pendulum2025];

fn noise(text: &str) -> Perturbation {
    text.parse().expect("a perturbation")
}

/// 20×10 hidden units, 10 action units, 30 states; weights of different sizes in the families, some
/// blocks masked.
fn network() -> Parameters {
    let circuits = Circuits::new(20, 10, 1, 10).unwrap();
    let mut mask = Mask::full(&circuits);
    mask.drop_at_random(&circuits, Family::HiddenHidden, 0.1, 7);
    let mut parameters = Parameters::zeros(circuits, 30, Convention::Full, mask);
    parameters.randomise(Level::best(None), 1, 0.0..1.0);
    parameters.visit(&mut |Run { group, values, .. }| {
        let size = if group == Group::Weights(Family::HiddenAction) { 8.0 } else { 0.5 };
        values.iter_mut().for_each(|value| *value *= size);
    });
    parameters
}

fn perturbed(text: &str, program: Program, parameters: &Parameters) -> Parameters {
    let mut found = parameters.clone();
    noise(text).of_program(program).perturb_parameters(DRAWS, &mut found);
    found
}

fn exists(parameters: &Parameters, i: usize, j: usize) -> bool {
    let circuits = &parameters.circuits;
    parameters.mask.recurrent(circuits.circuit_of(i), circuits.circuit_of(j))
}

/// Rows and columns.
type Positions = Vec<(usize, usize)>;

/// Positions above and below the diagonal in the order of NumPy's `triu_indices(n, 1)` and
/// `tril_indices(n, -1)`, by their numbers: written otherwise than the library.
fn triangles(n: usize) -> (Positions, Positions) {
    let all = || (0..n * n).map(move |at| (at / n, at % n));
    (all().filter(|(i, j)| i < j).collect(), all().filter(|(i, j)| i > j).collect())
}

/// Point 1. The upper triangle is the corrected one. The lower one has the upper one's numbers in
/// row order, where the mask lets them be.
#[test]
fn published_noise_of_recurrent_weights_is_not_mirrored() {
    let clean = network();
    let (upper, lower) = triangles(clean.units());
    for kind in ["weight-gaussian", "weight-uniform", "relative-gaussian", "relative-uniform"] {
        let published = perturbed(&format!("{kind}@published=0.25"), Program::Images2025, &clean);
        let corrected = perturbed(&format!("{kind}@corrected=0.25"), Program::Images2025, &clean);
        assert_eq!(corrected, perturbed(&format!("{kind}=0.25"), Program::Images2025, &clean));
        // The noise of every pair, from a network that all pairs have, and without magnitudes.
        let mut mask = Mask::full(&clean.circuits);
        mask.drop_family(&clean.circuits, Family::StateHidden);
        let full = Parameters::zeros(clean.circuits.clone(), 30, Convention::Full, mask);
        let draws = perturbed(
            &format!("{}@corrected=1", kind.replace("relative", "weight")),
            Program::Images2025,
            &full,
        );
        let mean = |hidden_action: bool| {
            let own = (lower.iter()).filter(|&&(i, j)| exists(&clean, i, j) && (i >= 200) == hidden_action);
            let values: Vec<f64> = own.map(|&(i, j)| f64::from(clean.weights.row(i)[j].abs())).collect();
            values.iter().fold(0.0, |sum, value| sum + value) / values.len() as f64
        };
        let means = [mean(false), mean(true)];
        let strength = |i: usize| match kind.starts_with("relative") {
            true => (0.25 * means[usize::from(i >= 200)]) as f32,
            false => 0.25,
        };
        let (mut different, mut compared) = (0, 0);
        for (&(i, j), &(row, column)) in upper.iter().zip(&lower) {
            let at = |parameters: &Parameters, i: usize, j: usize| parameters.weights.row(i)[j];
            assert_eq!(at(&published, i, j), at(&corrected, i, j));
            different += usize::from(at(&published, i, j) != at(&published, j, i));
            if !exists(&clean, row, column) {
                assert_eq!(at(&published, row, column), 0.0, "masked");
            } else if exists(&full, i, j) {
                let expected = mul_add(strength(j), at(&draws, j, i), at(&clean, row, column));
                assert_eq!(at(&published, row, column), expected, "{kind}: {i}, {j} to {row}, {column}");
                compared += 1;
            }
        }
        assert!(different > 15_000 && compared > 15_000, "{different}, {compared}");
        // All else is the same.
        let (mut one, mut other) = (published.clone(), corrected.clone());
        for parameters in [&mut one, &mut other] {
            parameters.mask.drop_family(&clean.circuits, Family::HiddenHidden);
            parameters.mask.drop_family(&clean.circuits, Family::HiddenAction);
            parameters.apply_mask();
        }
        assert_eq!(one, other, "{kind}");
    }
}

/// The count of the published finding: without a mask, and with noise of one strength.
/// Action units have no weights among each other, so the relative noise of such a pair is 0, also
/// where row order writes it to another pair.
#[test]
fn relative_noise_of_a_pair_without_a_weight_is_none() {
    let before = network();
    let after = perturbed("relative-gaussian@published=1", Program::Images2025, &before);
    let hidden = before.circuits.hidden_units();
    let (upper, lower) = triangles(before.units());
    let mut counts = [0, 0];
    for ((i, j), (row, column)) in upper.into_iter().zip(lower) {
        if exists(&before, row, column) {
            let is_same = after.weights.row(row)[column] == before.weights.row(row)[column];
            let of_actions = i >= hidden && j >= hidden;
            assert!(is_same || !of_actions, "{row}, {column}");
            counts[usize::from(of_actions)] += usize::from(is_same == of_actions);
        }
    }
    assert!(counts[0] > 10_000 && counts[1] > 20, "{counts:?}");
}

/// In every variant an adversary learns the answers of the attacked network; the text form without
/// one keeps the labels.
#[test]
fn what_a_substitute_learns() {
    for program in PROGRAMS {
        assert_eq!(Protocol::of(None, program).substitute, Teacher::Labels);
        for variant in Variant::ALL {
            assert_eq!(Protocol::of(Some(variant), program).substitute, Teacher::Answers, "{variant}");
        }
    }
}

#[test]
fn pairs_that_differ() {
    // Circuits of one unit each: every pair is a weight.
    let circuits = Circuits::new(209, 1, 1, 1).unwrap();
    let mask = Mask::full(&circuits);
    let mut parameters = Parameters::zeros(circuits, 1, Convention::Full, mask);
    noise("weight-gaussian@published=1").perturb_parameters(DRAWS, &mut parameters);
    let (upper, _) = triangles(210);
    let weight = |i: usize, j: usize| parameters.weights.row(i)[j];
    let differ = upper.iter().filter(|&&(i, j)| weight(i, j) != weight(j, i)).count();
    assert_eq!((differ, upper.len()), (21_941, 21_945));
}

/// Point 2.
#[test]
fn the_rate_program_of_2022_draws_the_bias_from_above_zero() {
    let zero = Parameters { bias: AlignedMatrix::zeros(1, 210), ..network() };
    for kind in ["weight-uniform", "relative-uniform", "weight-gaussian"] {
        let biased = Parameters { bias: AlignedMatrix::from_fn(1, 210, |_, _| 1.0), ..zero.clone() };
        let noise_of = |variant: &str, program| -> Vec<f64> {
            let found = perturbed(&format!("{kind}@{variant}=0.5"), program, &biased);
            found.bias.entries().map(|b| (f64::from(b) - 1.0) / 0.5).collect()
        };
        let corrected = noise_of("corrected", Program::Rate2022);
        assert_eq!(corrected, noise_of("published", Program::Images2025), "{kind}");
        assert!(corrected.iter().any(|&x| x < 0.0));
        let published = noise_of("published", Program::Rate2022);
        if kind.ends_with("gaussian") {
            assert_eq!(published, corrected);
            continue;
        }
        assert!(published.iter().all(|x| (0.0..=1.0).contains(x)), "{kind}");
        // The same draw u of [0,1): p·u and p·(2u − 1).
        let pairs = published.iter().zip(&corrected);
        assert!(pairs.clone().all(|(u, x)| (2.0 * u - 1.0 - x).abs() < 1.0e-6));
        let distance = kolmogorov_smirnov(published, |x| x.clamp(0.0, 1.0));
        assert!(distance < bound(210), "{distance}");
    }
}

fn states() -> AlignedMatrix {
    AlignedMatrix::from_fn(500, 200, |b, k| ((b + 3 * k) % 11) as f32 / 10.0)
}

fn perturbed_states(text: &str, program: Program) -> AlignedMatrix {
    let mut found = states();
    noise(text).of_program(program).perturb_states(Level::best(None), DRAWS, 0, &mut found);
    found
}

/// Point 3. On images, names mean what they say.
#[test]
fn names_of_the_published_pendulum_mean_uniform_noise_that_is_not_clamped() {
    let uniform = perturbed_states("uniform@published=0.2", Program::Pendulum2025);
    let draws: Vec<f64> = uniform
        .entries()
        .zip(states().entries())
        .map(|(noisy, clean)| f64::from(noisy - clean) / 0.2)
        .collect();
    let distance = kolmogorov_smirnov(draws, |x| (0.5 * (x + 1.0)).clamp(0.0, 1.0));
    assert!(distance < bound(100_000), "{distance}");
    for kind in ["pepper", "salt", "salt-pepper", "gaussian-salt"] {
        let of = |variant: &str, program| perturbed_states(&format!("{kind}{variant}=0.2"), program);
        assert_eq!(of("@published", Program::Pendulum2025), uniform, "{kind}");
        for program in PROGRAMS {
            assert_eq!(of("@corrected", program), of("", program), "{kind}");
            assert_ne!(of("@corrected", program), uniform, "{kind}");
        }
        assert_eq!(of("@published", Program::Images2025), of("", Program::Images2025), "{kind}");
    }
    let gaussian = perturbed_states("gaussian@published=0.2", Program::Pendulum2025);
    assert_ne!(gaussian, uniform);
}

/// Point 4. Clamping afterwards gives what is clamped before.
#[test]
fn states_are_clamped_where_the_protocol_says_so() {
    let outside =
        |states: &AlignedMatrix| states.entries().any(|s| s < 0.0) && states.entries().any(|s| s > 1.0);
    for kind in ["gaussian", "uniform", "gaussian-salt"] {
        let of = |variant: &str, program| perturbed_states(&format!("{kind}{variant}=0.3"), program);
        for program in PROGRAMS {
            let (plain, corrected) = (of("", program), of("@corrected", program));
            assert!(corrected == plain && !outside(&corrected), "{kind}");
            let unclamped = of("@unclamped", program);
            assert!(outside(&unclamped), "{kind}");
            if kind != "gaussian-salt" {
                let (rows, columns) = (unclamped.rows(), unclamped.columns());
                let clamped =
                    AlignedMatrix::from_fn(rows, columns, |b, k| unclamped.row(b)[k].clamp(0.0, 1.0));
                assert_eq!(clamped, plain, "{kind}");
            }
            let published = of("@published", program);
            assert_eq!(outside(&published), program == Program::Pendulum2025, "{kind}");
            let noise = |variant: &str| noise(&format!("{kind}{variant}=0.3")).of_program(program);
            let off =
                ["", "@published", "@corrected", "@unclamped"].map(|variant| noise(variant).is_unclamped());
            assert_eq!(off, [false, false, false, true], "{kind}");
        }
    }
    let attack = |variant| Protocol::of(Some(variant), Program::Images2025).attack_clamp;
    assert_eq!(Variant::ALL.map(attack), [Clamp::Inference, Clamp::Before, Clamp::Nowhere]);
    assert!(!noise("weight-gaussian@unclamped=1").is_unclamped(), "no states are perturbed");
}

/// Every connection of a family, once.
fn connections(network: &mut dyn Perturbable, of: Group) -> Vec<f32> {
    let mut found = Vec::new();
    network.visit(&mut |Run { group, side, values, .. }| {
        if group == of && side != Side::Upper {
            found.extend_from_slice(values);
        }
    });
    found
}

/// Point 5. The removed ones at a level are among those at a higher level.
#[test]
fn the_published_number_of_connections_is_exact() {
    let families = [
        ("hh", Family::HiddenHidden),
        ("ha", Family::HiddenAction),
        ("sh", Family::StateHidden),
        ("sa", Family::StateAction),
    ];
    let clean = network();
    let mut inexact = 0;
    for (name, family) in families {
        let group = Group::Weights(family);
        let total = connections(&mut clean.clone(), group).len();
        let mut before: Vec<f32> = Vec::new();
        for level in [0.0, 0.003, 0.01, 0.3, 0.49, 0.999, 1.0] {
            let removed = |text: &str| {
                let mut found = perturbed(&format!("{text}={level}"), Program::Images2025, &clean);
                let all = connections(&mut found, group);
                (all.iter().filter(|&&w| w == 0.0).count(), all, found)
            };
            let (count, all, found) = removed(&format!("remove-{name}@published"));
            assert_eq!(count, (total as f64 * level).floor() as usize, "{name}, {level}");
            assert!(before.iter().zip(&all).all(|(before, now)| *before != 0.0 || *now == 0.0), "nested");
            before = all;
            let units = found.units();
            let symmetric = |i: usize| (0..i).all(|j| found.weights.row(i)[j] == found.weights.row(j)[i]);
            assert!((0..units).all(symmetric), "a pair is one connection");
            // `remove-all` takes the same share of every family.
            assert_eq!(removed("remove-all@published").0, count);
            let (independent, _, corrected) = removed(&format!("remove-{name}@corrected"));
            assert_eq!(corrected, perturbed(&format!("remove-{name}={level}"), Program::Images2025, &clean));
            inexact += usize::from(independent != count);
            for (_, other) in families.iter().filter(|(_, other)| *other != family) {
                let other = Group::Weights(*other);
                assert_eq!(connections(&mut found.clone(), other), connections(&mut clean.clone(), other));
            }
        }
    }
    assert!(inexact > 8, "independent removal is exact by chance alone: {inexact} of 28 differ");
}

/// A network of layers: its matrices have draws of their own, and the families and units of noise
/// are those of winner-take-all networks.
#[test]
fn a_list_of_matrices_is_perturbed_group_by_group() {
    let groups = [
        (Group::Weights(Family::StateHidden), 40, 30, 0.5f32),
        (Group::HiddenBias, 1, 30, 2.0),
        (Group::Weights(Family::HiddenAction), 30, 20, 8.0),
        (Group::ActionBias, 1, 20, 0.25),
    ];
    let clean: Vec<AlignedMatrix> = groups
        .iter()
        .map(|&(_, rows, columns, size)| {
            AlignedMatrix::from_fn(rows, columns, |b, k| if (b + k) % 2 == 0 { size } else { -size })
        })
        .collect();
    let of = |text: &str| -> Vec<AlignedMatrix> {
        let mut found = clean.clone();
        let mut network: Vec<(Group, &mut AlignedMatrix)> =
            groups.iter().map(|&(group, ..)| group).zip(&mut found).collect();
        noise(text).perturb_parameters(DRAWS, &mut network);
        found
    };
    let draws = |found: &[AlignedMatrix], by: [f32; 4]| -> Vec<Vec<f64>> {
        let one = |((found, clean), by): ((&AlignedMatrix, &AlignedMatrix), f32)| {
            found.entries().zip(clean.entries()).map(|(a, b)| f64::from((a - b) / by)).collect()
        };
        found.iter().zip(&clean).zip(by).map(one).collect()
    };
    let absolute = draws(&of("weight-uniform=0.5"), [0.5; 4]);
    let all: Vec<f64> = absolute.concat();
    let mut sorted: Vec<i64> = all.iter().map(|x| (x * 1.0e5) as i64).collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert!(sorted.len() * 100 > all.len() * 97, "{} of {}", sorted.len(), all.len());
    let n = all.len();
    let distance = kolmogorov_smirnov(all, |x| (0.5 * (x + 1.0)).clamp(0.0, 1.0));
    assert!(distance < bound(n), "{distance}");
    // Without recurrence, there is nothing to mirror.
    assert_eq!(of("weight-uniform@published=0.5"), of("weight-uniform=0.5"));
    let relative = draws(&of("relative-uniform=0.5"), groups.map(|(.., size)| 0.5 * size));
    let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1.0e-5;
    assert!(relative.concat().iter().zip(&absolute.concat()).all(close));
    for (kind, exact) in [("remove-ha", false), ("remove-ha@published", true), ("remove-sa", false)] {
        let found = of(&format!("{kind}=0.3"));
        let removed: Vec<usize> =
            found.iter().map(|one| one.entries().filter(|&weight| weight == 0.0).count()).collect();
        assert_eq!([removed[0], removed[1], removed[3]], [0, 0, 0], "{kind}");
        let near = if kind == "remove-sa" { removed[2] == 0 } else { (130..230).contains(&removed[2]) };
        assert!(near && (!exact || removed[2] == 180), "{kind}: {removed:?}");
    }
    let all: Vec<usize> = of("remove-all@published=0.3")
        .iter()
        .map(|one| one.entries().filter(|&weight| weight == 0.0).count())
        .collect();
    assert_eq!(all, [360, 0, 180, 0]);
}

/// A kind that lists a point differs there between two variants of some program, and no kind
/// differs where it lists none.
#[test]
fn kinds_list_the_points_where_their_variants_differ() {
    let variants = |name: &str, program| Kind::named(name).unwrap().variants(program);
    use Variant::{Corrected, Published, Unclamped};
    for (kind, program, expected) in [
        ("gaussian", Program::Images2025, vec![Published, Unclamped]),
        ("gaussian", Program::Pendulum2025, vec![Published, Corrected, Unclamped]),
        ("pepper", Program::Images2025, vec![Published, Unclamped]),
        ("weight-gaussian", Program::Images2025, vec![Published, Corrected]),
        ("remove-sh", Program::Pendulum2025, vec![Published, Corrected]),
        ("fgsm", Program::Images2025, vec![Published, Corrected, Unclamped]),
        ("fgsm-white", Program::Images2025, vec![Published, Corrected, Unclamped]),
        ("pole-length", Program::Pendulum2025, vec![Published]),
    ] {
        assert_eq!(variants(kind, program), expected, "{kind}");
    }
    for (kind, variant, program) in KINDS
        .iter()
        .flat_map(|kind| Variant::ALL.map(|variant| (kind, variant)))
        .flat_map(|(kind, variant)| PROGRAMS.map(|program| (kind, variant, program)))
    {
        let protocol = Protocol::of(Some(variant), program);
        let same = Protocol::PLAIN.agrees(&protocol, kind.points);
        let level = if kind.range.contains(&0.3) { 0.3 } else { *kind.range.start() };
        let plain = Perturbation::new(kind, level).unwrap().of_program(program);
        let other = plain.of_variant(Some(variant));
        let changed = match kind.effect {
            Effect::States(_) => {
                let of = |noise: Perturbation| {
                    let mut found = states();
                    noise.perturb_states(Level::best(None), DRAWS, 0, &mut found);
                    (found, noise.is_unclamped())
                };
                of(plain) != of(other)
            }
            Effect::Parameters(_) => {
                let of = |noise: Perturbation| {
                    let mut found = network();
                    noise.perturb_parameters(DRAWS, &mut found);
                    found
                };
                of(plain) != of(other)
            }
            Effect::LabelledStates | Effect::WhiteBox => !same,
            Effect::Pole(_) => false,
        };
        assert_eq!(changed, !same, "{kind}@{variant}, {program:?}");
    }
}

/// The pendulum's study removed connections in steps twice as large.
#[test]
fn levels_of_a_program() {
    for (name, program, second, last) in [
        ("remove-sh", Program::Pendulum2025, 0.02, 0.48),
        ("remove-sh", Program::Images2025, 0.01, 0.49),
        ("gaussian", Program::Pendulum2025, 0.05, 1.55),
    ] {
        let levels: Vec<f64> = Kind::named(name).unwrap().levels(program).collect();
        assert_eq!((levels[0], levels[1], levels[levels.len() - 1]), (0.0, second, last), "{name}");
    }
}

/// The draws on states do not depend on what else the network is: the same seed, sample and
/// position give the same states for every method, one sample at a time or in a batch.
#[test]
fn methods_share_the_draws_on_states() {
    let clean = states();
    for kind in KINDS.iter().filter(|kind| matches!(kind.effect, Effect::States(_))) {
        for variant in Variant::ALL {
            let noise = Perturbation::new(kind, 0.4).unwrap().of_variant(Some(variant));
            let batch = {
                let mut found = clean.clone();
                noise.perturb_states(Level::best(None), DRAWS, 100, &mut found);
                found
            };
            for sample in [0, 17, 499] {
                let mut one = AlignedMatrix::from_fn(1, 200, |_, k| clean.row(sample)[k]);
                noise.perturb_states(Level::best(None), DRAWS, 100 + sample, &mut one);
                assert_eq!(one.row(0), batch.row(sample), "{kind}@{variant}");
            }
        }
    }
}
