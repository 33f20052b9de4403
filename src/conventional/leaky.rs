//! Two layers of leaky integrate-and-fire units, trained by backpropagation through time with a
//! surrogate gradient.
//!
//! ```text
//! T time steps, m₀ = 0, the same input current at every step:
//!   first layer    I = b¹ + s W¹           m_t = β₁·m_{t−1} + I − r_t        y_t = H(m_t − 1)
//!   second layer   I_t = b² + y_t W²       n_t = β₂·n_{t−1} + I_t − r'_t     o_t = H(n_t − 1)
//!   reset by subtraction                   r_t = H(m_{t−1} − 1), without a derivative;  r' alike
//! logits = 1/T Σ_t o_t
//!
//! H(x) = [x > 0];   on the way back H'(x) = 1/(1 + k|x|)², the fast sigmoid, k = 25
//! ```
//!
//! 1. Weights, biases and both β are learned. A β below 0 acts as 0, above 1 as 1, and has no
//!    gradient there. It starts at 0.9.
//! 2. The logits are at most 1 apart, so the policy is never close to certain. The published method
//!    has this property too.
//!
//! The semantics are those of `Leaky` in snnTorch with `reset_mechanism="subtract"` (Eshraghian et
//! al. 2023, doi 10.1109/JPROC.2023.3308088). Source of the surrogate: Zenke, Ganguli 2018,
//! doi 10.1162/neco_a_01086.

use super::batches::in_batches;
use super::graph::{self, Differentiable, Network};
use super::leaky_graph::{Leak, Spike};
use super::{ConventionalMethod, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::{Level, Simd, Work, run};
use candle_core::{Result, Tensor};

/// β before the first update. Source: doi 10.1109/TPAMI.2024.3511936.
pub(super) const DECAY: f32 = 0.9;

/// k of the surrogate. Source: doi 10.1109/TPAMI.2024.3511936.
pub(super) const SLOPE: f32 = 25.0;

/// Samples whose membranes are in memory at once.
const AT_ONCE: usize = 64;

/// Two layers of leaky integrate-and-fire units.
#[derive(Debug)]
pub struct Leaky {
    /// What a membrane gives to the next layer: `H`, or a smooth function in tests.
    spike: SpikeFunction,
}

/// A function of the distance `x` of a membrane from the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpikeFunction {
    /// `H(x)`.
    Step,
    /// `x/(1 + k|x|)`, whose derivative is the surrogate. With it, finite differences of the
    /// network are meaningful.
    #[cfg(test)]
    Smooth,
}

impl SpikeFunction {
    /// Its value.
    #[inline(always)]
    pub(super) fn of(self, x: f32) -> f32 {
        match self {
            SpikeFunction::Step => step(x),
            #[cfg(test)]
            SpikeFunction::Smooth => x / (1.0 + SLOPE * x.abs()),
        }
    }
}

/// `H(x)`.
#[inline(always)]
pub(super) fn step(x: f32) -> f32 {
    if x > 0.0 { 1.0 } else { 0.0 }
}

/// β as it acts.
pub(super) fn clamped(decay: f32) -> f32 {
    decay.clamp(0.0, 1.0)
}

/// Membranes after a time step: `m ← β·m + I − H(m − 1)`.
#[inline(always)]
pub(super) fn leak(decay: f32, membrane: f32, current: f32) -> f32 {
    (decay * membrane + current) - step(membrane - 1.0)
}

impl Leaky {
    /// The method of the publication.
    pub const BPTT: Self = Self { spike: SpikeFunction::Step };
}

impl ConventionalMethod for Leaky {
    fn name(&self) -> &'static str {
        "bptt"
    }

    fn summary(&self) -> &'static str {
        "two layers of leaky integrate-and-fire units, backpropagation through time with a surrogate gradient"
    }

    fn spikes(&self) -> bool {
        true
    }

    fn start(&self, level: Level, size: Size, seed: u32) -> Layers {
        assert!(size.steps > 0, "there is no time step");
        let widths = [size.states, size.hidden_units(), size.actions];
        let decays = AlignedMatrix::from_fn(1, 2, |_, _| DECAY);
        Layers { decays, ..Layers::uniform(level, &widths, size, seed) }
    }

    fn trains(&self, _: usize) -> bool {
        true
    }

    fn trains_decays(&self) -> bool {
        true
    }

    fn logits(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        _: Draws,
        logits: &mut AlignedMatrix,
    ) {
        assert!(states.rows() == logits.rows() && states.columns() == layers.size.states);
        assert!(logits.columns() == layers.size.actions);
        let stride = states.stride();
        in_batches(compute, logits, AT_ONCE, |compute, samples, logits| {
            let x = &states.all()[samples.start * stride..samples.end * stride];
            self.chunk(compute, layers, (x, stride), logits);
        });
    }

    fn direction(&self, compute: &Compute, layers: &Layers, update: &Update<'_>, direction: &mut Layers) {
        graph::gradient(self, compute, layers, (update.states, &update.cotangent()), direction);
    }

    fn state_gradient(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        _: Draws,
        cotangent: &AlignedMatrix,
    ) -> Option<AlignedMatrix> {
        Some(graph::state_gradient(self, compute, layers, (states, cotangent)))
    }
}

impl Leaky {
    /// Fills `logits`, padded rows, for the padded rows of states `x`.
    fn chunk(&self, compute: &Compute, layers: &Layers, x: (&[f32], usize), logits: &mut [f32]) {
        let (rows, [first, second]) = (x.0.len() / x.1, layers.two());
        let zeros = |columns| AlignedMatrix::zeros(rows, columns);
        let (hidden, actions) = (first.weights.columns(), second.weights.columns());
        let (mut current, mut membranes, mut spikes) = (zeros(hidden), zeros(hidden), zeros(hidden));
        let (mut inputs, mut outputs, mut found) = (zeros(actions), zeros(actions), zeros(actions));
        let [decay, output_decay] = two(layers.decays.row(0));
        first.apply(compute, x, &mut current, |_| ());
        logits.fill(0.0);
        for _ in 0..layers.size.steps {
            self.advance(compute.level, *decay, &current, &mut membranes, &mut spikes);
            second.apply(compute, (spikes.all(), spikes.stride()), &mut inputs, |_| ());
            self.advance(compute.level, *output_decay, &inputs, &mut outputs, &mut found);
            logits.iter_mut().zip(found.all()).for_each(|(sum, spike)| *sum += spike);
        }
        let each = (1.0 / layers.size.steps as f64) as f32;
        logits.iter_mut().for_each(|sum| *sum *= each);
    }

    /// A time step of a layer.
    fn advance(
        &self,
        level: Level,
        decay: f32,
        current: &AlignedMatrix,
        membranes: &mut AlignedMatrix,
        spikes: &mut AlignedMatrix,
    ) {
        let (current, membranes, spikes) = (current.all(), membranes.all_mut(), spikes.all_mut());
        run(level, Advance { decay: clamped(decay), spike: self.spike, current, membranes, spikes });
    }
}

/// The two entries of a slice.
fn two<T>(all: &[T]) -> [&T; 2] {
    let [first, second] = all else { unreachable!("there are two") };
    [first, second]
}

struct Advance<'a> {
    decay: f32,
    spike: SpikeFunction,
    current: &'a [f32],
    membranes: &'a mut [f32],
    spikes: &'a mut [f32],
}

impl Work for Advance<'_> {
    type Output = ();

    /// Plain code, which the compiler turns into vectors of the instruction set.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { decay, spike, current, membranes, spikes } = self;
        for ((&current, membrane), out) in current.iter().zip(membranes).zip(spikes) {
            *membrane = leak(decay, *membrane, current);
            *out = spike.of(*membrane - 1.0);
        }
    }
}

impl Differentiable for Leaky {
    fn graph(&self, network: &Network, states: &Tensor) -> Result<Tensor> {
        let ([first, second], [decay, output_decay]) = (two(&network.layers), two(&network.decays));
        let level = network.compute.level;
        let spike = Spike { level, function: self.spike };
        let current = first.apply(states)?;
        let mut membrane = current.zeros_like()?;
        let (mut output, mut sum): (Option<Tensor>, Option<Tensor>) = (None, None);
        for _ in 0..network.size.steps {
            membrane = Leak { level }.apply(&membrane, &current, decay)?;
            let input = second.apply(&spike.apply(&membrane)?)?;
            let before = output.map_or_else(|| input.zeros_like(), Ok)?;
            let after = Leak { level }.apply(&before, &input, output_decay)?;
            let spikes = spike.apply(&after)?;
            sum = Some(sum.map_or_else(|| Ok(spikes.clone()), |sum| sum + &spikes)?);
            output = Some(after);
        }
        sum.expect("there is a time step") * (1.0 / network.size.steps as f64)
    }
}

#[cfg(test)]
#[path = "leaky_tests.rs"]
mod tests;
