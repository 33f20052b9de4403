//! The operations of leaky integrate-and-fire units in a graph.
//!
//! ```text
//! Leak    m' = β·m + I − H(m − 1);   back: dm = β·g, dI = g, dβ = Σ g·m where 0 ≤ β ≤ 1
//! Spike   y = H(m − 1);              back: dm = g/(1 + k|m − 1|)²
//! ```
//!
//! `Σ g·m` is a sum over samples and units in sixteen chains, which are then added in order.

use super::graph::{numbers, slice};
use super::leaky::{SLOPE, SpikeFunction, clamped, leak};
use crate::kernel::matrix::WIDTH;
use crate::kernel::simd::{Level, Simd, Work, run};
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Device, Layout, Result, Shape, Tensor};

/// The membranes of the next time step.
#[derive(Clone, Copy)]
pub(super) struct Leak {
    pub(super) level: Level,
}

impl Leak {
    pub(super) fn apply(self, membranes: &Tensor, current: &Tensor, decay: &Tensor) -> Result<Tensor> {
        membranes.apply_op3(current, decay, self)
    }
}

struct Forward<'a>(f32, &'a [f32], &'a [f32]);

impl Work for Forward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<f32> {
        let Self(decay, membranes, current) = self;
        membranes.iter().zip(current).map(|(&m, &current)| leak(decay, m, current)).collect()
    }
}

struct Products<'a>(&'a [f32], &'a [f32]);

impl Work for Products<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> f32 {
        let mut sums = [0.0; WIDTH];
        for (x, y) in self.0.chunks_exact(WIDTH).zip(self.1.chunks_exact(WIDTH)) {
            for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                *sum += x * y;
            }
        }
        sums.into_iter().fold(0.0, |sum, x| sum + x)
    }
}

impl CustomOp3 for Leak {
    fn name(&self) -> &'static str {
        "leak"
    }

    fn cpu_fwd(
        &self,
        membranes: &CpuStorage,
        of_membranes: &Layout,
        current: &CpuStorage,
        of_current: &Layout,
        decay: &CpuStorage,
        of_decay: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (membranes, current) = (slice(membranes, of_membranes)?, slice(current, of_current)?);
        let decay = clamped(slice(decay, of_decay)?[0]);
        let found = run(self.level, Forward(decay, membranes, current));
        Ok((CpuStorage::F32(found), of_membranes.shape().clone()))
    }

    fn bwd(
        &self,
        membranes: &Tensor,
        current: &Tensor,
        decay: &Tensor,
        _: &Tensor,
        errors: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let beta = numbers(decay, |decay| decay[0])?;
        let of_decay = if decay.is_variable() && clamped(beta) == beta {
            let sum =
                numbers(membranes, |m| numbers(errors, |errors| run(self.level, Products(errors, m))))??;
            Some(Tensor::from_slice(&[sum], 1, &Device::Cpu)?)
        } else {
            None
        };
        let of_membranes = match membranes.track_op() {
            true => Some(errors.affine(f64::from(clamped(beta)), 0.0)?),
            false => None,
        };
        Ok((of_membranes, current.track_op().then(|| errors.clone()), of_decay))
    }
}

/// The output of units with these membranes.
#[derive(Clone, Copy)]
pub(super) struct Spike {
    pub(super) level: Level,
    pub(super) function: SpikeFunction,
}

impl Spike {
    pub(super) fn apply(self, membranes: &Tensor) -> Result<Tensor> {
        membranes.apply_op1(self)
    }
}

struct Values<'a>(SpikeFunction, &'a [f32]);

impl Work for Values<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<f32> {
        self.1.iter().map(|&m| self.0.of(m - 1.0)).collect()
    }
}

struct Surrogate<'a>(&'a [f32], &'a [f32]);

impl Work for Surrogate<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<f32> {
        let of = |(&m, &error): (&f32, &f32)| {
            let root = 1.0 + SLOPE * (m - 1.0).abs();
            error / (root * root)
        };
        self.0.iter().zip(self.1).map(of).collect()
    }
}

impl CustomOp1 for Spike {
    fn name(&self) -> &'static str {
        "spike"
    }

    fn cpu_fwd(&self, membranes: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let found = run(self.level, Values(self.function, slice(membranes, layout)?));
        Ok((CpuStorage::F32(found), layout.shape().clone()))
    }

    fn bwd(&self, membranes: &Tensor, _: &Tensor, errors: &Tensor) -> Result<Option<Tensor>> {
        let found = numbers(membranes, |m| numbers(errors, |errors| run(self.level, Surrogate(m, errors))))??;
        Ok(Some(Tensor::from_vec(found, membranes.shape(), &Device::Cpu)?))
    }
}
