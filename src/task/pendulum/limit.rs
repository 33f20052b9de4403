//! The rail's end: MuJoCo's soft limit of the slider. At most one constraint is active, so its
//! solution is a quotient.
//!
//! Beyond the end at ±1 m, with the distance `p < 0` (how far beyond), the direction inwards `J =
//! ±1`, and the acceleration a₀ that the cart would have without the limit, the target acceleration
//! in MuJoCo is that of a damped spring,
//!
//! ```text
//! a_ref = −B J ẋ − K i p        B = 2/(d T),   K = 1/(d T)²   (damping ratio 1)
//! ```
//!
//! and pushes inwards with `f = max(0, (a_ref − J a₀)/(A + R))`: `A = J M⁻¹ Jᵀ` is the slider's
//! entry of the inverse mass matrix, and `R = w (1 − i)/i` softens it, with w the same entry at the
//! initial pose. The time constant is `T = max(0.02, 2·0.02)`: in MuJoCo it is at least two time
//! steps. The impedance `i` rises from 0.9 at the end to `d = 0.95` at 1 mm beyond it, `i = 0.9 +
//! 0.05 y(|p| / 1 mm)`, along two parabolas that meet in the middle: `y(s) = 2s²` up to s = ½, then
//! `1 − 2(1 − s)²`, and 1 from s = 1 on.
//!
//! These are the defaults of MuJoCo (`solreflimit` 0.02 1, `solimplimit` 0.9 0.95 0.001 0.5 2),
//! which the model uses. Source: MuJoCo's documentation, *Computation*, section *Constraint model*;
//! Todorov, ICRA 2014, doi 10.1109/ICRA.2014.6907751.

use super::environment::TIME_STEP;

/// Distance from the rail's middle to its ends, in metres.
const RAIL_END: f64 = 1.0;

/// The time constant of the model, in seconds.
const TIME_CONSTANT: f64 = 0.02;

/// Impedance at the end, and at distances of [`WIDTH`] or more beyond it.
const IMPEDANCE: [f64; 2] = [0.9, 0.95];

/// Distance over which the impedance rises, in metres.
const WIDTH: f64 = 0.001;

/// The soft limit at both ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    inverse_weight: f64,
}

impl Limit {
    /// `inverse_weight`: the slider's entry of the inverse mass matrix at the initial pose, in
    /// 1/kg.
    pub(super) fn new(inverse_weight: f64) -> Self {
        Self { inverse_weight }
    }

    /// The force on the cart in newtons, exactly 0 on the rail (including its ends). `free` is the
    /// cart's acceleration without this force, in m/s². `mobility` is the slider's entry of the
    /// inverse mass matrix, in 1/kg.
    pub(super) fn force(&self, x: f64, x_dot: f64, free: f64, mobility: f64) -> f64 {
        let (distance, inwards) = if x < 0.0 { (x + RAIL_END, 1.0) } else { (RAIL_END - x, -1.0) };
        // A NaN stays a NaN, because the state is already not finite.
        if distance >= 0.0 {
            return 0.0;
        }
        let softened = IMPEDANCE[1] * f64::max(TIME_CONSTANT, 2.0 * TIME_STEP);
        let damping = 2.0 / softened;
        let stiffness = 1.0 / (softened * softened);
        let impedance = impedance(-distance);
        let wanted = -damping * (inwards * x_dot) - stiffness * impedance * distance;
        let softness = (1.0 - impedance) / impedance * self.inverse_weight;
        inwards * f64::max(0.0, (wanted - inwards * free) / (mobility + softness))
    }
}

/// MuJoCo's impedance at `depth` metres beyond the end, in `[0.9, 0.95]`.
fn impedance(depth: f64) -> f64 {
    let share = (depth / WIDTH).min(1.0);
    let risen =
        if share <= 0.5 { 2.0 * (share * share) } else { 1.0 - 2.0 * ((1.0 - share) * (1.0 - share)) };
    IMPEDANCE[0] + risen * (IMPEDANCE[1] - IMPEDANCE[0])
}
