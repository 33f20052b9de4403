use super::WhiteBox;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::network::{Circuits, Convention, Family, Mask, Parameters};
use crate::noise::{Draws, Perturbation};
use crate::random::SplitMix64;
use svpg_reference::mean_field;

const STATES: usize = 6;

/// Step of central differences, in f64.
const STEP: f64 = 1.0e-5;

/// 3×4 hidden units, action circuits of 3, some blocks masked, weights uniform in ±`size`.
fn network(votes: usize, size: f32, convention: Convention) -> Parameters {
    let circuits = Circuits::new(3, 4, votes, 3).unwrap();
    let mut mask = Mask::full(&circuits);
    mask.drop_at_random(&circuits, Family::HiddenHidden, 0.2, 3);
    let mut parameters = Parameters::zeros(circuits, STATES, convention, mask);
    parameters.randomise(Level::best(None), 5, -size..size);
    parameters
}

/// States inside `[0,1]`, and labels.
fn samples() -> (AlignedMatrix, Vec<u16>) {
    let mut random = SplitMix64::new(8);
    let states =
        AlignedMatrix::from_fn(7, STATES, |_, _| (0.1 + 0.8 * random.below(1000) as f64 / 1000.0) as f32);
    (states, (0..7).map(|sample| sample % 3).collect())
}

/// Asserts that slopes agree with differences of `cost`, relative to the largest slope.
fn agree(slopes: &[f64], state: &[f32], tolerance: f64, cost: impl Fn(&[f64]) -> f64) {
    let largest = slopes.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));
    assert!(largest > 1.0e-3, "{largest}");
    for (k, slope) in slopes.iter().enumerate() {
        let at = |by: f64| {
            let mut moved: Vec<f64> = state.iter().map(|&x| f64::from(x)).collect();
            moved[k] += by;
            cost(&moved)
        };
        let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        assert!((slope + difference).abs() < tolerance * largest, "state {k}: {slope}, {difference}");
    }
}

/// The fixed points of the reference, which shares no code with these.
#[test]
fn slopes_are_differences_of_the_converged_inference_of_the_reference() {
    let (states, labels) = samples();
    for (size, convention) in [(0.6, Convention::Full), (1.0, Convention::Half)] {
        let parameters = network(1, size, convention);
        let reference = parameters.reference().unwrap();
        let compute = Compute::single(Level::best(None));
        let found = WhiteBox::new(&parameters).minus_slopes(&compute, &states, &labels);
        for (sample, &label) in labels.iter().enumerate() {
            let slopes: Vec<f64> = found.row(sample).iter().map(|&slope| f64::from(slope)).collect();
            let label = reference.shape().action_units().start + usize::from(label);
            // 1e-6: the slopes are rounded to f32.
            agree(&slopes, states.row(sample), 1.0e-6, |state| {
                let fixed = mean_field::free(&reference.observe(state).unwrap());
                assert!(fixed.converged);
                -fixed.q[label].ln()
            });
        }
    }
}

/// Several action circuits, weights that are not symmetric, and elimination, which strong weights
/// need: differences of this file's own fixed point.
#[test]
fn every_network_has_the_slopes_of_its_fixed_point() {
    let (states, labels) = samples();
    let mut eliminated = 0;
    for (votes, size, noise) in [
        (2, 0.6, "weight-gaussian=0"),
        (1, 0.5, "weight-gaussian@published=0.3"),
        (2, 1.6, "weight-gaussian@published=0.2"),
    ] {
        let mut parameters = network(votes, size, Convention::Full);
        let noise: Perturbation = noise.parse().unwrap();
        noise.perturb_parameters(Draws { seed: 1, step: 0 }, &mut parameters);
        let white = WhiteBox::new(&parameters);
        for (sample, &label) in labels.iter().enumerate() {
            let label = usize::from(label);
            let to_f64 = |q: &[f32]| -> Vec<f64> { q.iter().map(|&x| f64::from(x)).collect() };
            let (q, rests) = white.fixed_point(&to_f64(states.row(sample)));
            if !rests {
                continue;
            }
            let (x, converged) = white.adjoint(&q, white.source(&q, label));
            let exact = white.eliminate(Level::best(None), &q, &white.source(&q, label)).unwrap();
            if converged {
                assert!(x.iter().zip(&exact).all(|(x, exact)| (x - exact).abs() < 1.0e-10));
            } else {
                eliminated += 1;
            }
            let slopes = white.minus_slopes_at(Level::best(None), &q, label);
            // 1e-5: rounding of the differences, of fixed points that are steep.
            agree(&slopes, states.row(sample), 1.0e-5, |state| {
                let (q, rests) = white.fixed_point(state);
                assert!(rests);
                let share: f64 = white.votes.iter().map(|vote| q[vote.start + label]).sum();
                -(share / votes as f64).ln()
            });
        }
    }
    assert!(eliminated > 0, "no system needed elimination");
}

/// One hidden and one action circuit of 2 units, of which each drives the other with the opposite
/// sign: full steps go round without end, and so does the adjoint.
#[test]
fn a_network_that_oscillates_is_averaged_and_its_system_eliminated() {
    let circuits = Circuits::new(1, 2, 1, 2).unwrap();
    let mask = Mask::full(&circuits);
    let mut parameters = Parameters::zeros(circuits, 2, Convention::Full, mask);
    for (from, to, weight) in [(0, 2, 1.3), (1, 3, 1.3), (2, 0, -1.3), (3, 1, -1.3)] {
        parameters.weights.row_mut(from)[to] = weight;
    }
    for (state, unit, weight) in [(0, 0, 0.4), (0, 3, -0.2), (1, 2, 0.3)] {
        let row = parameters.state_row(state);
        parameters.weights.row_mut(row)[unit] = weight;
    }
    let white = WhiteBox::new(&parameters);
    let state = [0.3f32, 0.6];
    let at = |state: &[f64]| {
        let (q, rests) = white.fixed_point(state);
        assert!(rests, "the mean of the old and the new activity does not settle");
        q
    };
    let q = at(&[f64::from(state[0]), f64::from(state[1])]);
    assert!(!white.adjoint(&q, white.source(&q, 1)).1, "the adjoint settles without elimination");
    // 1e-8: the rounding of central differences in f64.
    agree(&white.minus_slopes_at(Level::best(None), &q, 1), &state, 1.0e-8, |state| -at(state)[3].ln());
}

#[test]
fn bits_do_not_depend_on_threads() {
    let (states, labels) = samples();
    let white = WhiteBox::new(&network(1, 0.6, Convention::Full));
    let of = |threads| {
        let compute = Compute::new(Level::best(None), threads).unwrap();
        white.minus_slopes(&compute, &states, &labels)
    };
    assert_eq!(of(1), of(3));
}
