//! From rules to changed parameters.

mod gradient;

pub use gradient::{Factors, Gradient};
