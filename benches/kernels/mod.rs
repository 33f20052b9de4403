//! Every kernel at the sizes of the published MNIST network: 784 states, 210 units in 21 circuits of 10. One file a kernel; to add one, add its line to [`ALL`].

mod exp;
mod ln;
mod noise;
mod product;
mod softmax;

use svpg::kernel::simd::Level;
use svpg::random::SplitMix64;

/// One execution of a kernel on operands that it owns.
pub(crate) type Run = Box<dyn FnMut()>;

/// A kernel that is measured.
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    /// Numbers, draws or multiply-adds of one execution.
    pub(crate) elements: u64,
    pub(crate) prepare: fn(Level) -> Run,
}

pub(crate) const ALL: [Kernel; 5] =
    [exp::KERNEL, ln::KERNEL, noise::KERNEL, product::KERNEL, softmax::KERNEL];

/// Units of the network.
const UNITS: usize = 210;

/// `count` numbers uniform on `[low, high)`.
fn numbers(count: usize, low: f32, high: f32) -> Vec<f32> {
    let mut random = SplitMix64::new(1);
    (0..count).map(|_| low + (high - low) * random.unit() as f32).collect()
}
