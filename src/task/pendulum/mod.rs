//! InvertedPendulum: a pole on a hinge on a cart. A motor pushes the cart along a rail to keep the
//! pole upright.
//!
//! This is the task of the same name in Gymnasium, which uses MuJoCo, in closed form. It has two
//! joints, so the mass matrix is 2×2 (`dynamics`), and one soft limit, the rail's end (`limit`).
//! The length and the radius of the pole are parameters. The integration is that of MuJoCo:
//! Runge-Kutta of order 4 with a time step of 0.02 s, with the force of the limit evaluated in
//! every stage, and two time steps per step of the environment. `tests/pendulum_mujoco.rs` compares
//! it with MuJoCo, step by step.
//!
//! The hinge's limit of ±90° is not simulated. An episode terminates at |θ| > 0.2 rad, so the hinge
//! could reach its limit only within the last step, and a soft limit with a time constant of 0.04 s
//! does not move the pole back to 0.2 rad within this step. Only the final state could differ.
//!
//! A pole so light that the hinge's damping would stop it within a fraction of the time step (J
//! below 0.007 kg m² or so: a length of 0.16 m with a radius of 0.01 m) makes the integration
//! unstable, here and in MuJoCo: the pole falls in the first step.
//!
//! **Bits.** Every operation is an IEEE 754 operation in the written order. Sine and cosine come
//! from the crate `libm` in a pinned version. The same state and control give the same bits on
//! every machine with IEEE 754 binary64 arithmetic.
//!
//! Sources: the environment is `InvertedPendulum-v5` of Gymnasium (Towers et al., arXiv 2407.17032)
//! with a different pole; MuJoCo: Todorov, Erez, Tassa, IROS 2012, doi 10.1109/IROS.2012.6386109;
//! the numbers of the task: Yang, Guo, Fang, Yu, Liu, IEEE TPAMI 47(3), 2025, doi
//! 10.1109/TPAMI.2024.3511936.

mod dynamics;
mod environment;
mod limit;

pub use environment::{
    ACTIONS, CONTROLS, MAX_STEPS, PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum, REWARD, State,
};
