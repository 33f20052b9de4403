//! The environment: state, observation, step.

use super::dynamics::Bodies;
use super::limit::Limit;
use crate::Error;
use crate::kernel::matrix::WIDTH;
use crate::task::{Environment, Step};

/// Number of actions.
pub const ACTIONS: usize = 5;

/// The motor's control for each action.
pub const CONTROLS: [f64; ACTIONS] = [-3.0, -1.5, 0.0, 1.5, 3.0];

/// Number of steps after which an episode is truncated.
pub const MAX_STEPS: usize = 200;

/// Reward of every step, including the last one. The return is the number of steps.
pub const REWARD: f64 = 1.0;

/// The pole's length in the published experiments, in metres.
pub const PUBLISHED_LENGTH: f64 = 1.5;

/// The pole's radius (its thickness) in the published experiments, in metres.
pub const PUBLISHED_RADIUS: f64 = 0.05;

/// An episode terminates if the angle of the pole from upright exceeds this, in radians.
const MAX_ANGLE: f64 = 0.2;

/// Bound of every coordinate of an initial state (m, rad, m/s, rad/s).
const RESET_NOISE: f64 = 0.01;

/// Force of the motor in newtons for a control of 1.
const GEAR: f64 = 100.0;

/// Largest absolute value of the motor control.
const MAX_CONTROL: f64 = 3.0;

/// Seconds of a time step.
pub(super) const TIME_STEP: f64 = 0.02;

/// Number of time steps per step of the environment.
const FRAME_SKIP: usize = 2;

/// Scale of each coordinate in the observation: x, θ, ẋ, θ̇.
const OBSERVATION_SCALE: [f64; 4] = [2.5, 5.0, 0.6, 0.8];

/// Positions and velocities of cart and pole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// The cart's position on the rail, in metres from the middle.
    pub x: f64,
    /// The pole's angle from upright, in radians; positive is towards positive `x`.
    pub theta: f64,
    /// The cart's velocity, in m/s.
    pub x_dot: f64,
    /// The pole's angular velocity, in rad/s.
    pub theta_dot: f64,
}

impl State {
    /// The initial state for four numbers `u` in `[0, 1)`. Each coordinate, in the order of the
    /// fields, is `0.01 (2u − 1)`. Uniform numbers give the initial distribution of the task.
    pub fn reset(units: [f64; 4]) -> Self {
        let [x, theta, x_dot, theta_dot] = units.map(|unit| RESET_NOISE * (2.0 * unit - 1.0));
        Self { x, theta, x_dot, theta_dot }
    }

    /// The observation, each coordinate in `[0, 1]`: `[x, θ, ẋ, θ̇]·[2.5, 5, 0.6, 0.8]`, clipped to
    /// ±1, then mapped by `v ↦ (v + 1)/2`.
    pub fn observation(&self) -> [f64; 4] {
        let coordinates = [self.x, self.theta, self.x_dot, self.theta_dot];
        std::array::from_fn(|i| ((coordinates[i] * OBSERVATION_SCALE[i]).clamp(-1.0, 1.0) + 1.0) / 2.0)
    }

    /// Has the pole fallen, that is |θ| > 0.2 rad? A state that is not finite counts as fallen. The
    /// caller truncates after [`MAX_STEPS`].
    pub fn is_over(&self) -> bool {
        let finite = [self.x, self.theta, self.x_dot, self.theta_dot].iter().all(|value| value.is_finite());
        !finite || self.theta.abs() > MAX_ANGLE
    }

    /// The state after `time` seconds at the constant rate `slope`.
    fn along(&self, slope: &Slope, time: f64) -> Self {
        Self {
            x: self.x + time * slope.x,
            theta: self.theta + time * slope.theta,
            x_dot: self.x_dot + time * slope.x_dot,
            theta_dot: self.theta_dot + time * slope.theta_dot,
        }
    }
}

/// The rate of change of a [`State`], per second.
#[derive(Debug, Clone, Copy)]
struct Slope {
    x: f64,
    theta: f64,
    x_dot: f64,
    theta_dot: f64,
}

/// The environment: a cart and a pole of given length and radius.
#[derive(Debug, Clone, PartialEq)]
pub struct Pendulum {
    bodies: Bodies,
    limit: Limit,
}

impl Pendulum {
    /// A pole of `length` and `radius`, in metres: a capsule, that is a cylinder of that length
    /// between two half spheres. The published experiments have [`PUBLISHED_LENGTH`] and
    /// [`PUBLISHED_RADIUS`]; their perturbations have lengths of 0.16 to 4.8 and radii of 0.01 to
    /// 0.3.
    ///
    /// # Errors
    /// Bad input: one of them is not a positive number, or is so small or large that masses and
    /// inertia are outside the range of `f64`.
    pub fn new(length: f64, radius: f64) -> Result<Self, Error> {
        for (name, value) in [("length", length), ("radius", radius)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::bad_input(
                    format_args!("pole {name}"),
                    format_args!("{value} is not a positive number"),
                    "give metres, such as 1.5 for the length and 0.05 for the radius",
                ));
            }
        }
        let bodies = Bodies::new(length, radius);
        let inverse_weight = bodies.slider_inverse_weight();
        if !(inverse_weight.is_finite() && inverse_weight > 0.0) {
            return Err(Error::bad_input(
                "pole",
                format_args!(
                    "with length {length:e} and radius {radius:e}, its mass is too small or too large"
                ),
                "give metres, such as 1.5 for the length and 0.05 for the radius",
            ));
        }
        Ok(Self { bodies, limit: Limit::new(inverse_weight) })
    }

    /// Mass of the cart in kg, the same for every pole.
    pub fn cart_mass(&self) -> f64 {
        self.bodies.cart.mass
    }

    /// Mass of the pole in kg.
    pub fn pole_mass(&self) -> f64 {
        self.bodies.pole.mass
    }

    /// Moment of inertia of the pole about its centre, around an axis across it, in kg m².
    pub fn pole_inertia(&self) -> f64 {
        self.bodies.pole.inertia
    }

    /// Acceleration of the cart for a force of 1 N while the pole is upright and free to turn, in
    /// 1/kg. This is MuJoCo's `dof_invweight0` of the slider, which determines the softness of the
    /// rail's end.
    pub fn slider_inverse_weight(&self) -> f64 {
        self.bodies.slider_inverse_weight()
    }

    /// One step of the environment, 0.04 s, with a constant motor `control`. A control of 1 is 100
    /// N. The control is clipped to ±3.
    ///
    /// If the control or the state is not a number, the next state is not one either:
    /// [`State::is_over`] is true for it.
    pub fn step(&self, state: &State, control: f64) -> State {
        let push = GEAR * control.clamp(-MAX_CONTROL, MAX_CONTROL);
        (0..FRAME_SKIP).fold(*state, |state, _| self.advance(&state, push, TIME_STEP))
    }

    /// One Runge-Kutta step of order 4 (the classical tableau) over `time` seconds under a constant
    /// `push` in newtons.
    fn advance(&self, state: &State, push: f64, time: f64) -> State {
        let half = 0.5 * time;
        let k1 = self.slope(state, push);
        let k2 = self.slope(&state.along(&k1, half), push);
        let k3 = self.slope(&state.along(&k2, half), push);
        let k4 = self.slope(&state.along(&k3, time), push);
        let mean = |k: fn(&Slope) -> f64| (k(&k1) + 2.0 * k(&k2) + 2.0 * k(&k3) + k(&k4)) / 6.0;
        let slope = Slope {
            x: mean(|k| k.x),
            theta: mean(|k| k.theta),
            x_dot: mean(|k| k.x_dot),
            theta_dot: mean(|k| k.theta_dot),
        };
        state.along(&slope, time)
    }

    /// The rate of change of `state` under a `push` in newtons, including the force of the rail's
    /// end.
    fn slope(&self, state: &State, push: f64) -> Slope {
        let motion = self.bodies.motion(state);
        let free = motion.acceleration(push);
        let stop = self.limit.force(state.x, state.x_dot, free.x, motion.slider_mobility());
        let constrained = motion.acceleration(push + stop);
        Slope { x: state.x_dot, theta: state.theta_dot, x_dot: constrained.x, theta_dot: constrained.theta }
    }
}

impl Environment for Pendulum {
    type State = State;

    fn states(&self) -> usize {
        OBSERVATION_SCALE.len()
    }

    fn actions(&self) -> usize {
        ACTIONS
    }

    fn max_steps(&self) -> usize {
        MAX_STEPS
    }

    fn reset(&self, draws: &[f32; WIDTH]) -> State {
        State::reset(std::array::from_fn(|k| f64::from(draws[k])))
    }

    fn observe(&self, state: &State, observation: &mut [f32]) {
        for (entry, observed) in observation.iter_mut().zip(state.observation()) {
            *entry = observed as f32;
        }
    }

    fn step(&self, state: &State, action: usize) -> Step<State> {
        let state = Pendulum::step(self, state, CONTROLS[action]);
        Step { state, reward: REWARD as f32, over: state.is_over() }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
