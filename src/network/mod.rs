//! The network of the optimised path: circuits, parameters, masks. They are validated once, so
//! inference and learning cannot fail.

mod circuits;
mod mask;
mod parameters;
mod reference;

pub use circuits::Circuits;
pub use mask::{Family, Mask};
pub use parameters::{Convention, Parameters};
