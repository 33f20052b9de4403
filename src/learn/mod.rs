//! From rules to changed parameters.

mod gradient;
mod optimiser;
mod state;

pub use gradient::{Factors, Gradient};
pub use optimiser::{Method, Optimiser, Target};
pub use state::{Flat, State};
