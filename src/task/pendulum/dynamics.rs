//! Cart and pole as rigid bodies: their masses, and the equations of motion without the limit at
//! the end of the rail.
//!
//! **Geometry.** Cart and pole are capsules of density ρ = 1000 kg/m³: the cart has radius 0.1 and
//! half length 0.1; the pole has radius `r` and runs from (0, 0, 0) to (0.001, 0, L), slightly
//! tilted, so its cylinder has height `h = √(0.001² + L²)` and its centre is
//! `(a, 0, b) = (0.0005, 0, L/2)` from the hinge. A capsule of radius r and height h has
//!
//! - mass `m = m_c + m_s`, with the cylinder's `m_c = ρ π r² h` and the two half spheres'
//!   `m_s = ρ (4/3) π r³`;
//! - moment of inertia about its centre, around an axis across,
//!   `I = m_c (3r² + h²)/12 + m_s (2r²/5 + h (3r + 2h)/8)`: a half sphere's centre is 3r/8 beyond
//!   the cylinder's end.
//!
//! The pole is tilted in its plane of rotation, so the axis of the hinge is perpendicular to the
//! pole for every tilt.
//!
//! **Motion.** With x along the rail and θ the turn about +y, the pole's centre is at `x + X(θ)`
//! and `Z(θ)`, where `X = a cos θ + b sin θ`, `Z = b cos θ − a sin θ`; so X′ = Z and Z′ = −X.
//! Lagrange's equations are
//!
//! ```text
//! ⎡M + m   m Z ⎤ ⎡ẍ⎤   ⎡u − ẋ + m X θ̇²⎤
//! ⎣ m Z     J  ⎦ ⎣θ̈⎦ = ⎣  m g X − θ̇   ⎦
//! ```
//!
//! with the cart's mass M, the pole's m, `J = I + m (a² + b²)`, the push u on the cart, and a
//! damping of 1 N s/m and 1 N m s/rad in the joints.

use super::State;
use std::f64::consts::PI;

/// kg/m³ of cart and pole.
const DENSITY: f64 = 1000.0;

/// Radius and half length of the cart, in metres.
const CART_SIZE: [f64; 2] = [0.1, 0.1];

/// Distance of the pole's end from the vertical through the hinge at θ = 0, in metres.
const POLE_OFFSET: f64 = 0.001;

/// m/s².
pub(super) const GRAVITY: f64 = 9.81;

/// N s/m in the slider, N m s/rad in the hinge.
pub(super) const DAMPING: f64 = 1.0;

/// A solid of [`DENSITY`]: a cylinder between two half spheres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Capsule {
    pub(super) mass: f64,
    /// Moment of inertia about the centre, around a perpendicular axis, in kg m².
    pub(super) inertia: f64,
}

impl Capsule {
    fn new(radius: f64, height: f64) -> Self {
        let cylinder = DENSITY * (PI * (radius * radius) * height);
        let spheres = DENSITY * (4.0 / 3.0 * PI * (radius * radius * radius));
        let inertia = cylinder * (3.0 * (radius * radius) + height * height) / 12.0
            + spheres * (2.0 * (radius * radius) / 5.0 + height * (3.0 * radius + 2.0 * height) / 8.0);
        Self { mass: cylinder + spheres, inertia }
    }
}

/// The moving masses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bodies {
    pub(super) cart: Capsule,
    pub(super) pole: Capsule,
    /// The position of the pole's centre relative to the hinge at θ = 0: along the rail (a) and
    /// upwards (b).
    centre: [f64; 2],
    /// Mass of cart and pole in kg.
    total_mass: f64,
    /// Moment of inertia of the pole about the hinge: J.
    hinge_inertia: f64,
}

impl Bodies {
    pub(super) fn new(length: f64, radius: f64) -> Self {
        let [cart_radius, cart_half_length] = CART_SIZE;
        let cart = Capsule::new(cart_radius, 2.0 * cart_half_length);
        let pole = Capsule::new(radius, (POLE_OFFSET * POLE_OFFSET + length * length).sqrt());
        let centre = [POLE_OFFSET / 2.0, length / 2.0];
        let hinge_inertia = pole.inertia + pole.mass * (centre[0] * centre[0] + centre[1] * centre[1]);
        Self { cart, pole, centre, total_mass: cart.mass + pole.mass, hinge_inertia }
    }

    /// The slider's diagonal entry of the inverse mass matrix at θ = 0.
    pub(super) fn slider_inverse_weight(&self) -> f64 {
        self.motion(&State { x: 0.0, theta: 0.0, x_dot: 0.0, theta_dot: 0.0 }).slider_mobility()
    }

    /// The equations of motion at `state`.
    pub(super) fn motion(&self, state: &State) -> Motion {
        let (sine, cosine) = (libm::sin(state.theta), libm::cos(state.theta));
        let [a, b] = self.centre;
        let along = a * cosine + b * sine;
        let above = b * cosine - a * sine;
        let coupling = self.pole.mass * above;
        let centrifugal = self.pole.mass * along * (state.theta_dot * state.theta_dot);
        Motion {
            total_mass: self.total_mass,
            coupling,
            hinge_inertia: self.hinge_inertia,
            determinant: self.total_mass * self.hinge_inertia - coupling * coupling,
            slider_force: centrifugal - DAMPING * state.x_dot,
            hinge_torque: self.pole.mass * GRAVITY * along - DAMPING * state.theta_dot,
        }
    }

    /// Kinetic and potential energy, in joules.
    #[cfg(test)]
    pub(super) fn energy(&self, state: &State) -> f64 {
        let (sine, cosine) = (libm::sin(state.theta), libm::cos(state.theta));
        let [a, b] = self.centre;
        // The velocity of the pole's centre, from the derivative of its position.
        let across = state.x_dot + (b * cosine - a * sine) * state.theta_dot;
        let up = -(a * cosine + b * sine) * state.theta_dot;
        let kinetic = self.cart.mass * state.x_dot * state.x_dot
            + self.pole.mass * (across * across + up * up)
            + self.pole.inertia * state.theta_dot * state.theta_dot;
        kinetic / 2.0 + self.pole.mass * GRAVITY * (b * cosine - a * sine)
    }
}

/// The equations of motion at one state: mass matrix and forces, without the push on the cart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Motion {
    total_mass: f64,
    coupling: f64,
    hinge_inertia: f64,
    determinant: f64,
    slider_force: f64,
    hinge_torque: f64,
}

/// Accelerations of the joints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acceleration {
    /// Of the cart, in m/s².
    pub(super) x: f64,
    /// Of the pole, in rad/s².
    pub(super) theta: f64,
}

impl Motion {
    /// The accelerations under a `push` on the cart, in newtons: the 2×2 system by Cramer's rule.
    pub(super) fn acceleration(&self, push: f64) -> Acceleration {
        let force = push + self.slider_force;
        Acceleration {
            x: (self.hinge_inertia * force - self.coupling * self.hinge_torque) / self.determinant,
            theta: (self.total_mass * self.hinge_torque - self.coupling * force) / self.determinant,
        }
    }

    /// Acceleration of the cart for each newton on it, in 1/kg: the slider's diagonal entry of the
    /// inverse mass matrix.
    pub(super) fn slider_mobility(&self) -> f64 {
        self.hinge_inertia / self.determinant
    }
}
