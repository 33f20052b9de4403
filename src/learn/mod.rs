//! From rules to changed parameters.

mod best;
mod critic;
mod gradient;
pub mod mnist;
mod optimiser;
pub mod pendulum;
mod state;
mod transpose;

pub use best::Selected;
pub use critic::{Critic, Layer, Pass, minus_squared_error};
pub use gradient::{Factors, Gradient};
pub use optimiser::{Method, Optimiser, Target};
pub use state::{Flat, State};
