//! Spiking inference: kernels, filtered activity, and the sampling loop (claims S1 to S3).

mod inference;
mod kernel;

pub use inference::{Spiking, infer};
pub use kernel::Kernel;
