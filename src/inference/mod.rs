//! Inference: the activity of units from states.

mod free;
mod free_energy;
mod policy;
mod rate;
mod rate_draws;
mod sample;
mod spiking;

pub use crate::kernel::philox::Draws;
pub use free::{FreeInference, Inference};
pub use policy::{ActionPolicy, PolicyInference};
pub(crate) use rate::difference;
pub use rate::{Phase, Rate, RateInference};
pub use rate_draws::RateDraws;
pub use sample::winners;
pub use spiking::{SpikeKernel, Spiking, SpikingInference};
