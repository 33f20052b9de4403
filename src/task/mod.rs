//! Tasks and their data.

pub mod mnist;
pub mod pendulum;
