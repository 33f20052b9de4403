//! Spiking inference, by events.
//!
//! ```text
//! q ← softmax(u), u uniform
//! for t = 0 … T−1:   v_t ~ q in every circuit,  spikes of states ~ s;   once t ≥ L−1:   q ← softmax(2κ·W x_v + Uᵀ x_s + b),   x = Σ_{τ<L} κ_τ·spikes_{t−τ}
//! ```
//!
//! 1. No neuron's activity `x` is formed: what its spikes add to the net inputs is a row of weights
//!    that is added when a spike begins to count, and taken away when it ends to
//!    ([`activity`](crate::kernel::activity)). Within the loop `q` is not formed either: winners
//!    are drawn from net inputs ([`categorical`](crate::kernel::categorical)).
//! 2. Rectangle: until the window is full `q` stays what it was, so that spikes are only counted;
//!    the counts of the first window make the net inputs `base`, by one product. From there on only
//!    spikes change anything that differ from those `L` steps ago, and only the change since then
//!    is summed up, which is small and keeps its rounding small.
//! 3. A state neuron that can never spike, or always does, has no draws and no events.
//! 4. Samples one after the other, each with all of its time: its rows of weights stay in the
//!    cache. The memory is that of a window, a thread: it does not grow with `T` or the batch.
//!
//! The result depends on parameters, states, seed and step alone. Draws:
//! [`Stream::Start`](crate::kernel::philox::Stream) as rate inference, `UnitSpikes` and
//! `StateSpikes` as series in time. Source: Yang et al. 2022 (arXiv 2210.13225), the published
//! implementation.

mod layout;
mod states;
mod train;

use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::threads::pieces;
use crate::network::Parameters;
use layout::Layout;
use serde::{Deserialize, Serialize};
use train::Train;

/// The kernel `κ` over the last `L` time steps, normalised to sum 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpikeKernel {
    /// `κ_τ = 1/L`.
    Rectangle,
    /// `κ_τ ∝ e^(−τ/8) − e^(−τ/2)`.
    DoubleExponential,
}

impl SpikeKernel {
    /// Below it the kernel has no weight.
    fn shortest_window(self) -> u32 {
        match self {
            SpikeKernel::Rectangle => 1,
            SpikeKernel::DoubleExponential => 2,
        }
    }
}

/// How long to spike, and how spikes are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spiking {
    /// The kernel.
    pub kernel: SpikeKernel,
    /// `T`: time steps.
    pub steps: u32,
    /// `L`: time steps of the window.
    pub window: u32,
}

impl Spiking {
    /// As published for images: T = 200, L = 50.
    pub const PUBLISHED: Spiking = Spiking { kernel: SpikeKernel::Rectangle, steps: 200, window: 50 };

    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |place: &str, value: u32, remedy: &dyn std::fmt::Display| {
            Err(Error::bad_input(place, format_args!("{value} is out of range"), remedy))
        };
        let shortest = self.kernel.shortest_window();
        if !(shortest..=MAX_WINDOW).contains(&self.window) {
            let remedy = format!("give a number from {shortest} to {MAX_WINDOW} for this kernel");
            return wrong("window", self.window, &remedy);
        }
        if !(self.window..=MAX_STEPS).contains(&self.steps) {
            let remedy = format!("give a number from {} (the window) to {MAX_STEPS}", self.window);
            return wrong("time steps", self.steps, &remedy);
        }
        Ok(())
    }
}

const MAX_WINDOW: u32 = 1 << 16;
const MAX_STEPS: u32 = 1 << 24;

/// The working memory of spiking inference, and its result.
#[derive(Debug)]
pub struct SpikingInference {
    /// Samples × units: the activity.
    pub q: AlignedMatrix,
    spiking: Spiking,
    layout: Layout,
    trains: Vec<Train>,
}

impl SpikingInference {
    /// For batches of this size, to spike like this.
    ///
    /// # Panics
    /// Where the window is empty, or 1 with the double exponential.
    pub fn new(parameters: &Parameters, batch: usize, spiking: Spiking) -> Self {
        assert!(spiking.window >= spiking.kernel.shortest_window());
        Self {
            q: AlignedMatrix::zeros(batch, parameters.units()),
            spiking,
            layout: Layout::new(parameters),
            trains: Vec::new(),
        }
    }

    /// Infers `q`; returns how often it was updated: never where `T` is less than `L`. `states` is
    /// samples × states, in `[0,1]`.
    ///
    /// # Panics
    /// Where `states` has another number of samples, or the parameters have another shape than
    /// those that it was made for.
    pub fn run(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
    ) -> u32 {
        let Compute { level, threads } = compute;
        assert!(states.rows() == self.q.rows() && states.columns() == parameters.states);
        self.layout.fill(threads, parameters);
        let ranges = threads.split(states.rows(), 1);
        while self.trains.len() < ranges.len() {
            self.trains.push(Train::new(&self.layout, self.spiking));
        }
        let stride = self.q.stride();
        let rows = pieces(self.q.all_mut(), ranges.iter().map(|range| range.len() * stride));
        let parts = ranges.into_iter().zip(rows).zip(&mut self.trains).collect();
        let layout = &self.layout;
        threads.each(parts, |((range, rows), train)| {
            for (sample, q) in range.zip(rows.chunks_exact_mut(stride)) {
                let draws = SampleDraws { draws, sample: sample as u32 };
                train.run(*level, parameters, layout, states.row(sample), draws, q);
            }
        });
        (self.spiking.steps + 1).saturating_sub(self.spiking.window)
    }
}

/// Which draws a sample takes.
#[derive(Clone, Copy, Debug)]
struct SampleDraws {
    draws: Draws,
    sample: u32,
}

impl SampleDraws {
    fn place(self, stream: Stream, iteration: usize) -> Place {
        let Self { draws: Draws { seed, step }, sample } = self;
        Place { seed, stream, step, iteration: iteration as u32, sample }
    }
}
