//! From states to the activity of units.

mod rate;
mod sample;
mod threads;

pub use rate::{Phase, Rate, RateInference};
pub use sample::winners;
pub use threads::Threads;
pub(crate) use threads::pieces;
