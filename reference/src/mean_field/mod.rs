//! The mean-field state: free energy, fixed points, and the gradient of `ln q*_a` through the free
//! one (claims M1 to M6).

mod fixed_point;
mod free_energy;
mod implicit;

pub use fixed_point::{FixedPoint, Iterations, clamped, free, residual, weakly_clamped};
pub(crate) use free_energy::x_ln_x;
pub use free_energy::{free_energy, kl_divergence};
pub(crate) use implicit::action_score;
pub use implicit::{adjoint, ln_policy_gradient, sensitivity};
