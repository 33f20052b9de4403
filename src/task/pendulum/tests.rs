//! Tests the pendulum against physical laws. `tests/pendulum_mujoco.rs` compares it with MuJoCo.

use super::*;
use crate::random::SplitMix64;
use crate::task::pendulum::dynamics::{DAMPING, GRAVITY};

fn published() -> Pendulum {
    Pendulum::new(PUBLISHED_LENGTH, PUBLISHED_RADIUS).unwrap()
}

fn state(x: f64, theta: f64, x_dot: f64, theta_dot: f64) -> State {
    State { x, theta, x_dot, theta_dot }
}

fn bits(state: &State) -> [u64; 4] {
    [state.x, state.theta, state.x_dot, state.theta_dot].map(f64::to_bits)
}

/// A state anywhere on the rail.
fn anywhere(random: &mut SplitMix64) -> State {
    state(random.symmetric(0.9), random.symmetric(1.5), random.symmetric(2.0), random.symmetric(5.0))
}

#[test]
fn masses_of_the_published_pole() {
    let pendulum = published();
    for (found, expected, unit) in [
        (pendulum.cart_mass(), 10.471_976, 1e-6),
        (pendulum.pole_mass(), 12.304_574, 1e-6),
        (pendulum.pole_inertia(), 2.526_071, 1e-6),
        (pendulum.slider_inverse_weight(), 0.072_663_8, 1e-7),
    ] {
        assert!((found - expected).abs() <= unit / 2.0, "{found}, expected {expected}");
    }
}

/// The energy changes at the rate of the motor's power minus the damping loss, for poles of any
/// size.
#[test]
fn energy_is_balanced() {
    let mut random = SplitMix64::new(1);
    for [length, radius] in [[1.5, 0.05], [0.16, 0.05], [4.8, 0.3]] {
        let pendulum = Pendulum::new(length, radius).unwrap();
        for _ in 0..100 {
            let (state, push) = (anywhere(&mut random), random.symmetric(300.0));
            let slope = pendulum.slope(&state, push);
            let time = 1e-5;
            let energy = |time| pendulum.bodies.energy(&state.along(&slope, time));
            let rate = (energy(time) - energy(-time)) / (2.0 * time);
            let damping = state.x_dot * state.x_dot + state.theta_dot * state.theta_dot;
            let power = push * state.x_dot - DAMPING * damping;
            // The error of central differences is time² times a third derivative, plus roundings of
            // the energy divided by the time.
            let size = pendulum.pole_mass() * GRAVITY * length + 1000.0;
            assert!((rate - power).abs() <= 1e-8 * size, "{state:?}: {rate}, power {power}");
        }
    }
}

/// Halving the time step divides the error by 2⁴.
#[test]
fn integration_is_of_order_four() {
    let pendulum = published();
    let after = |steps: u32| {
        let time = 0.32 / f64::from(steps);
        (0..steps).fold(state(0.1, 0.2, -0.3, 0.4), |state, _| pendulum.advance(&state, 150.0, time))
    };
    let exact = after(4096);
    let error = |steps| {
        let found = after(steps);
        [
            found.x - exact.x,
            found.theta - exact.theta,
            found.x_dot - exact.x_dot,
            found.theta_dot - exact.theta_dot,
        ]
    };
    for (coarse, fine) in error(64).into_iter().zip(error(128)) {
        assert!((15.0..17.0).contains(&(coarse / fine)), "{coarse:e} / {fine:e} = {}", coarse / fine);
    }
}

/// The pole's end is 1 mm off the axis, so its equilibrium is slightly on the other side, and left
/// and right differ.
#[test]
fn the_pole_is_tilted_forwards() {
    let pendulum = published();
    let balance = -(0.001 / PUBLISHED_LENGTH).atan();
    assert!(pendulum.slope(&state(0.0, balance, 0.0, 0.0), 0.0).theta_dot.abs() < 1e-14);
    assert!(pendulum.slope(&state(0.0, 0.0, 0.0, 0.0), 0.0).theta_dot > 1e-3);
    let (right, left) =
        (pendulum.step(&state(0.0, 0.1, 0.0, 0.0), 1.5), pendulum.step(&state(0.0, -0.1, 0.0, 0.0), -1.5));
    assert!((right.theta + left.theta).abs() > 1e-6);
}

#[test]
fn the_rails_end_pushes_only_beyond_it() {
    let limit = &published().limit;
    let mut random = SplitMix64::new(2);
    for _ in 0..1000 {
        let (x_dot, free) = (random.symmetric(10.0), random.symmetric(100.0));
        for x in [random.symmetric(1.0), -1.0, 1.0] {
            assert_eq!(limit.force(x, x_dot, free, 0.07), 0.0, "{x}");
        }
        let x = 1.0 + 0.002 * random.unit() + f64::EPSILON;
        let right = limit.force(x, x_dot, free, 0.07);
        assert!(right <= 0.0, "it pulls at {x}");
        assert_eq!(right, -limit.force(-x, -x_dot, -free, 0.07), "both ends are alike");
    }
    assert!(limit.force(1.0f64.next_up(), 0.0, 0.0, 0.07) < 0.0, "it begins at the end, not beyond");
    // At rest 0.5 mm beyond: i = 0.925, so K i p = 0.925 · 0.0005 / 0.038², softened by w ·
    // 0.075/0.925.
    let by_hand = -(0.925 * 0.0005 / (0.038 * 0.038)) / (0.07 + 0.072_663_801_350_807_7 * 0.075 / 0.925);
    let found = limit.force(1.0005, 0.0, 0.0, 0.07);
    assert!((found / by_hand - 1.0).abs() < 1e-10, "{found}, by hand {by_hand}");
    // Damping: the force is larger while the cart moves outwards, and zero while it moves inwards.
    assert!(limit.force(1.0005, 0.1, 0.0, 0.07) < found);
    assert_eq!(limit.force(1.0005, -0.1, 0.0, 0.07), 0.0);
}

/// The bits of both kinds of motion. A change here changes output bits: enter it in the changelog.
#[test]
fn bits_are_stable() {
    let pendulum = published();
    let mut free = State::reset([0.25, 0.75, 0.5, 0.125]);
    for step in 0..12 {
        free = pendulum.step(&free, CONTROLS[(2 * step + 1) % ACTIONS]);
    }
    let expected =
        [0xbfce_cb7c_001b_0168, 0x3fd3_a7aa_4145_ac53, 0xbfd4_c955_0570_6978, 0x3feb_8583_76b4_fd28];
    assert_eq!(bits(&free), expected, "{free:?}");
    let mut held = state(0.99, 0.005, 0.1, 0.0);
    for _ in 0..12 {
        held = pendulum.step(&held, 3.0);
    }
    assert!(held.x > 1.0);
    let expected =
        [0x3ff0_0715_0baa_aeb1, 0x3fa9_0a3a_af64_53f4, 0xbf23_cbf0_ac7d_2de6, 0x3fc6_5247_0dcc_e766];
    assert_eq!(bits(&held), expected, "{held:?}");
}

#[test]
fn the_motor_is_bounded() {
    let (pendulum, start) = (published(), state(0.0, 0.01, 0.0, 0.0));
    assert_eq!(pendulum.step(&start, 7.0), pendulum.step(&start, 3.0));
    assert_eq!(pendulum.step(&start, -7.0), pendulum.step(&start, -3.0));
    assert_ne!(pendulum.step(&start, 2.9), pendulum.step(&start, 3.0));
    assert!(pendulum.step(&start, f64::NAN).is_over());
}

#[test]
fn episodes_begin_and_end() {
    assert_eq!(State::reset([0.0, 0.5, 0.75, 0.25]), state(-0.01, 0.0, 0.005, -0.005));
    for (theta, over) in [(0.2, false), (-0.2, false), (0.2f64.next_up(), true), (-(0.2f64.next_up()), true)]
    {
        assert_eq!(state(5.0, theta, 9.0, -9.0).is_over(), over, "{theta}");
    }
    for broken in [f64::NAN, f64::INFINITY] {
        assert!(state(broken, 0.0, 0.0, 0.0).is_over() && state(0.0, broken, 0.0, 0.0).is_over());
        assert!(state(0.0, 0.0, broken, 0.0).is_over() && state(0.0, 0.0, 0.0, broken).is_over());
    }
}

#[test]
fn observations_are_scaled_and_clipped() {
    let seen = state(0.2, -0.1, 0.5, -0.25).observation();
    let expected = [0.75, 0.25, 0.65, 0.4];
    assert!(seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{seen:?}");
    assert_eq!(state(0.41, -0.21, 1.7, -1.3).observation(), [1.0, 0.0, 1.0, 0.0]);
}

#[test]
fn impossible_poles_are_refused() {
    for (length, radius, expected) in [
        (0.0, 0.05, "pole length: 0 is not a positive number; give metres"),
        (-1.5, 0.05, "pole length: -1.5 is not a positive number"),
        (f64::NAN, 0.05, "pole length: NaN is not"),
        (1.5, f64::INFINITY, "pole radius: inf is not"),
        (1.5, -0.0, "pole radius: -0 is not"),
        (1e200, 1.0, "pole: with length 1e200 and radius 1e0, its mass is too small or too large"),
        // The determinant overflows, but the square of the coupling does not: the inverse weight is
        // 0.
        (2.82e75, 1.0, "its mass is too small or too large"),
        (1.5, 1e-200, "its mass is too small or too large"),
        (1.5, 1e200, "its mass is too small or too large"),
    ] {
        let error = Pendulum::new(length, radius).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains(expected), "{error}");
    }
}
