//! The pendulum against its own physics; `tests/pendulum_mujoco.rs` holds it against MuJoCo.
