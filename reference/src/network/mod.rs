//! The network: its shape, its parameters, and the parameters with one observed state.

mod mask;
mod observed;
mod parameters;
mod shape;
mod update;

pub use mask::{Block, Mask};
pub use observed::Observed;
pub use parameters::{Convention, Parameters};
pub use shape::Shape;
pub use update::Update;
