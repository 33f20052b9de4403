//! The number types that the mathematics runs over, and the linear systems over them.

mod float256;
mod linear;
mod matrix;
mod scalar;

pub use float256::Float256;
pub use linear::eliminate;
pub use matrix::Matrix;
pub use scalar::{Real, Scalar};
