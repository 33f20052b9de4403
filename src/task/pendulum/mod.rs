//! InvertedPendulum: a pole hinged on a cart that a motor pushes along a rail, to be kept upright.
//!
//! The task of the same name of Gymnasium, simulated by MuJoCo, in closed form: two joints, so the
//! mass matrix is 2×2 (`dynamics`), and one soft limit, the rail's end (`limit`). The pole's length
//! and thickness are parameters. Integrated as MuJoCo does: Runge-Kutta of order 4 with a time step
//! of 0.02 s, the limit's force evaluated in every stage, two time steps to a step of the
//! environment. `tests/pendulum_mujoco.rs` compares it with MuJoCo, step by step.
//!
//! The hinge's limit of ±90° is left out. An episode is over once |θ| > 0.2 rad, so the hinge could
//! reach its limit only within the step that ends the episode, and a soft limit with a time
//! constant of 0.04 s does not throw the pole back to 0.2 rad before that step is over. Only the
//! state that is left behind could differ.
//!
//! A pole so light that the hinge's damping would stop it within a fraction of the time step (J
//! below 0.007 kg m² or so: a length of 0.16 m with a radius of 0.01 m) makes the integration
//! unstable, here as in MuJoCo: it is thrown off in the first step.
//!
//! **Bits.** Every operation is one of IEEE 754 in the order written; sine and cosine are those of
//! the crate `libm`, pinned to one version. The same state and control give the same bits on every
//! machine with IEEE 754 binary64 arithmetic.
//!
//! Sources: the environment is `InvertedPendulum-v5` of Gymnasium (Towers et al., arXiv 2407.17032)
//! with another pole; MuJoCo: Todorov, Erez, Tassa, IROS 2012, doi 10.1109/IROS.2012.6386109; the
//! numbers of the task: Yang, Guo, Fang, Yu, Liu, IEEE TPAMI 47(3), 2025, doi
//! 10.1109/TPAMI.2024.3511936.

mod dynamics;
mod environment;
mod limit;

pub use environment::{
    ACTIONS, CONTROLS, MAX_STEPS, PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum, REWARD, State,
};
