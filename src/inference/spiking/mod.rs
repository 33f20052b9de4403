//! Event-driven spiking inference.
//!
//! ```text
//! q ← softmax(u), u uniform
//! for t = 0 … T−1:   v_t ~ q in every circuit,  spikes of states ~ s;   once t ≥ L−1:   q ← softmax(2κ·W x_v + Uᵀ x_s + b),   x = Σ_{τ<L} κ_τ·spikes_{t−τ}
//! ```
//!
//! 1. The filtered activity `x` is not computed. Instead, a row of weights is added to the net
//!    inputs when a spike enters the window, and subtracted when it leaves
//!    ([`activity`](crate::kernel::activity)). `q` is not computed in the loop either: winners are
//!    drawn from net inputs ([`categorical`](crate::kernel::categorical)).
//! 2. Rectangle: until the window is full, `q` does not change, so spikes are only counted. The
//!    counts of the first window give the net inputs `base` in one product. Afterwards, only spikes
//!    that differ from those `L` steps ago change the net inputs. Only the change since the first
//!    window is summed: it is small, and so is its rounding error.
//! 3. A state neuron that never or always spikes has no draws and no events.
//! 4. Each sample runs through all its time steps before the next sample, so its rows of weights
//!    stay in the cache. Each thread needs the memory of one window. It does not grow with `T` or
//!    the batch.
//!
//! The result depends only on parameters, states, seed and step. Draws:
//! [`Stream::Start`](crate::kernel::philox::Stream) as rate inference, `UnitSpikes` and
//! `StateSpikes` as series in time. Source: Yang et al. 2022 (arXiv 2210.13225), the published
//! implementation.

mod layout;
mod states;
mod train;

use crate::Error;
use crate::json_object::by_name;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::threads::pieces;
use crate::network::Parameters;
use layout::Layout;
use serde::{Deserialize, Serialize};
use train::Train;

/// The kernel `κ` over the last `L` time steps, normalised to sum 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpikeKernel {
    /// `κ_τ = 1/L`.
    Rectangle,
    /// `κ_τ ∝ e^(−τ/8) − e^(−τ/2)`.
    DoubleExponential,
}

by_name!(SpikeKernel);

impl SpikeKernel {
    /// All values.
    pub const ALL: [SpikeKernel; 2] = [SpikeKernel::Rectangle, SpikeKernel::DoubleExponential];

    /// `rectangle` or `double-exponential`.
    pub fn name(self) -> &'static str {
        match self {
            SpikeKernel::Rectangle => "rectangle",
            SpikeKernel::DoubleExponential => "double-exponential",
        }
    }

    /// The shortest window in which the kernel has a nonzero weight.
    fn shortest_window(self) -> u32 {
        match self {
            SpikeKernel::Rectangle => 1,
            SpikeKernel::DoubleExponential => 2,
        }
    }
}

/// Duration and filter of spiking inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spiking {
    /// The kernel.
    pub kernel: SpikeKernel,
    /// `T`: number of time steps.
    pub steps: u32,
    /// `L`: number of time steps of the window.
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
    /// Working memory for batches of `batch` samples with these options.
    ///
    /// # Panics
    /// If the window is 0, or 1 with the double exponential.
    pub fn new(parameters: &Parameters, batch: usize, spiking: Spiking) -> Self {
        assert!(spiking.window >= spiking.kernel.shortest_window());
        Self {
            q: AlignedMatrix::zeros(batch, parameters.units()),
            spiking,
            layout: Layout::new(parameters),
            trains: Vec::new(),
        }
    }

    /// Infers `q` and returns the number of its updates, which is 0 if `T` is less than `L`.
    /// `states` is samples × states, in `[0,1]`.
    ///
    /// # Panics
    /// If `states` has another number of samples, or the parameters have another shape than those
    /// in [`SpikingInference::new`].
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
                train.run(*level, (parameters, layout), states.row(sample), draws, q, |_| ());
            }
        });
        (self.spiking.steps + 1).saturating_sub(self.spiking.window)
    }

    /// The winners of all time steps of the first sample, time steps × circuits, as numbers of
    /// units. [`SpikingInference::run`] with the same draws has the same winners. Empty if `T` is
    /// less than `L`. `q` of the first sample is inferred too.
    ///
    /// # Panics
    /// As [`SpikingInference::run`], or if there is no sample.
    pub fn winners(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
    ) -> Vec<usize> {
        let Compute { level, threads } = compute;
        assert!(states.rows() == self.q.rows() && states.columns() == parameters.states);
        self.layout.fill(threads, parameters);
        let layout = &self.layout;
        let mut train = Train::new(layout, self.spiking);
        let unit_at = layout.units();
        let mut winners = Vec::new();
        let draws = SampleDraws { draws, sample: 0 };
        let see = |places: &[u32]| winners.extend(places.iter().map(|&place| unit_at[place as usize]));
        train.run(*level, (parameters, layout), states.row(0), draws, self.q.padded_row_mut(0), see);
        winners
    }
}

/// Selects the draws of a sample.
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
