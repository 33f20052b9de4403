//! Event-driven filtered activity: updates the contribution of the spikes in a window to the net
//! input of every unit by one time step.
//!
//! ```text
//! changes              σ_t = Σ ± rows of the state neurons' events at time t
//! rectangle            δ = σ + Σ ± rows of the winners' events;   D ← D + δ;   z = D/L + base
//! double exponential   δ likewise;   I ← I + δ;   A ← α·A + I − α^L·I_old,   B ← β·B + I − β^L·I_old;   z = c·(A − B) + base;   I_old ← I
//! ```
//!
//! A row contains an input's weights to all units. With the rectangle, an input *enters* (+) if it
//! spikes now and did not spike `L` steps ago, and *leaves* (−) in the opposite case. If both
//! spikes or both non-spikes agree, there is no event. `D` is the change of the window's sum since
//! the window was first full; `base` is the net input at that time. With the double exponential,
//! inputs enter and leave from one step to the next. `I` is the sum of the rows of all inputs that
//! spike now, `I_old` is `I` of `L` steps ago, so `A` and `B` are the two exponential sums over the
//! window, and `c = 1/Σ_{τ<L} (α^τ − β^τ)`, `α = e^(−1/8)`, `β = e^(−1/2)`.
//!
//! 1. Order of operations: σ and δ add their rows in the order of the events, with one rounding
//!    each; then as above, where each product and the sum after it have one rounding together. `D`
//!    and `I` have one rounding per time step: after n steps, their error is at most n half ulp of
//!    their largest value, plus the error of the δ.
//! 2. The rows for the states of a sample need about 100 KiB, too much for the first-level cache.
//!    Events of states do not depend on the winners. Therefore the events of many time steps are
//!    summed for 32 units (a panel) before the next 32, from a copy in which the panel's parts of
//!    all rows are adjacent.
//! 3. Two time steps are summed in one loop: the additions of one hide the latency of the other,
//!    and both share the end of the loop. The shorter list is padded with a row of zeros.
//!
//! All rows are padded. A NaN or an infinity in a row that enters stays in the sum. Source of the
//! kernels: Yang et al. 2022 (arXiv 2210.13225).

mod changes;
#[cfg(test)]
mod tests;
pub mod twin;

pub use changes::{Lists, Panels, changes};

use super::matrix::AlignedMatrix;
use super::panels::panels;
use super::simd::{Level, Simd, Work, run};

/// A row that enters or leaves, in one word.
pub fn event(row: usize, leaves: bool) -> u32 {
    (row as u32) << 1 | u32::from(leaves)
}

/// The sign bit of a leaving event.
#[inline(always)]
fn sign(event: u32) -> u32 {
    event << 31
}

/// The change of the net inputs from one time step to the next.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// σ, a padded row.
    pub states: &'a [f32],
    /// Inputs × units.
    pub weights: &'a AlignedMatrix,
    /// [`event`]s of rows of weights.
    pub events: &'a [u32],
}

/// The double exponential over a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoubleExponential {
    /// α and β.
    pub decays: [f32; 2],
    /// `α^L` and `β^L`.
    pub ends: [f32; 2],
    /// c.
    pub scale: f32,
}

/// Reciprocals of the two time constants.
const RATES: [f64; 2] = [1.0 / 8.0, 1.0 / 2.0];

impl DoubleExponential {
    /// The kernel for a window of `L` time steps, at least 2: shorter windows have zero weight.
    pub fn new(window: u32) -> Self {
        let decays = RATES.map(|rate| libm::exp(-rate) as f32);
        // Powers of the rounded decays, so the value that leaves the window equals the value that
        // was added.
        let power = |decay: f32| libm::pow(f64::from(decay), f64::from(window));
        let sum = |decay: f32| (1.0 - power(decay)) / (1.0 - f64::from(decay));
        Self {
            decays,
            ends: decays.map(|decay| power(decay) as f32),
            scale: (1.0 / (sum(decays[0]) - sum(decays[1]))) as f32,
        }
    }
}

/// The sums of a sample with the double exponential, each a padded row.
#[derive(Debug)]
pub struct Sums<'a> {
    /// `I`.
    pub now: &'a mut [f32],
    /// `I_old`; contains `I` afterwards.
    pub old: &'a mut [f32],
    /// `A`.
    pub slow: &'a mut [f32],
    /// `B`.
    pub fast: &'a mut [f32],
}

struct Rectangle<'a> {
    change: Change<'a>,
    scale: f32,
    base: &'a [f32],
    sum: &'a mut [f32],
    z: &'a mut [f32],
}

/// Updates the sum `D` and fills `z`; `scale` is `1/L`.
///
/// # Panics
/// If a slice has another length than a row of weights, or if an event names no row.
pub fn rectangle(level: Level, change: Change<'_>, scale: f32, base: &[f32], sum: &mut [f32], z: &mut [f32]) {
    let stride = change.check();
    assert!(base.len() == stride && sum.len() == stride && z.len() == stride);
    run(level, Rectangle { change, scale, base, sum, z });
}

struct Double<'a> {
    change: Change<'a>,
    kernel: DoubleExponential,
    base: &'a [f32],
    sums: Sums<'a>,
    z: &'a mut [f32],
}

/// Updates the sums and fills `z`.
///
/// # Panics
/// If a slice has another length than a row of weights, or if an event names no row.
pub fn double_exponential(
    level: Level,
    change: Change<'_>,
    kernel: DoubleExponential,
    base: &[f32],
    sums: Sums<'_>,
    z: &mut [f32],
) {
    let stride = change.check();
    let lengths = [sums.now.len(), sums.old.len(), sums.slow.len(), sums.fast.len(), base.len(), z.len()];
    assert!(lengths == [stride; 6]);
    run(level, Double { change, kernel, base, sums, z });
}

impl Change<'_> {
    /// Checks that every event names a row. Returns the length of a row.
    fn check(&self) -> usize {
        let largest = self.events.iter().fold(0, |largest, &event| largest.max(event));
        assert!(self.events.is_empty() || ((largest >> 1) as usize) < self.weights.rows());
        assert!(self.states.len() == self.weights.stride());
        self.weights.stride()
    }

    /// δ of `V` vectors of units from `column` on.
    ///
    /// # Safety
    /// The events have been checked, and `column + V·LANES` is at most the length of a row.
    #[inline(always)]
    unsafe fn sum<S: Simd, const V: usize>(&self, s: S, column: usize) -> [S::F; V] {
        let (from, stride) = (self.weights.all().as_ptr(), self.weights.stride());
        let mut sums = [s.splat(0.0); V];
        // SAFETY: the row is one of the weights, and the columns are inside of it; `states` is as
        // long as a row.
        unsafe {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = s.load(self.states.as_ptr().add(column + v * S::LANES));
            }
            let mut at = 0;
            while at < self.events.len() {
                let event = *self.events.get_unchecked(at);
                let (row, sign) =
                    (from.add((event >> 1) as usize * stride + column), s.splat_bits(sign(event)));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = s.add(*sum, s.float(s.xor(s.bits(s.load(row.add(v * S::LANES))), sign)));
                }
                at += 1;
            }
        }
        sums
    }
}

/// The computation after the change of a few vectors.
trait Panel {
    /// # Safety
    /// The events and all lengths have been checked, and `column + V·LANES` is at most the length
    /// of a row.
    unsafe fn panel<S: Simd, const V: usize>(&mut self, s: S, column: usize);
}

impl Panel for Rectangle<'_> {
    #[inline(always)]
    unsafe fn panel<S: Simd, const V: usize>(&mut self, s: S, column: usize) {
        // SAFETY: all rows are as long as one of weights.
        unsafe {
            let change = self.change.sum::<S, V>(s, column);
            let scale = s.splat(self.scale);
            for (v, change) in change.into_iter().enumerate() {
                let at = column + v * S::LANES;
                let sum = self.sum.as_mut_ptr().add(at);
                let moved = s.add(s.load(sum), change);
                s.store(moved, sum);
                s.store(
                    s.mul_add(moved, scale, s.load(self.base.as_ptr().add(at))),
                    self.z.as_mut_ptr().add(at),
                );
            }
        }
    }
}

impl Panel for Double<'_> {
    #[inline(always)]
    unsafe fn panel<S: Simd, const V: usize>(&mut self, s: S, column: usize) {
        let DoubleExponential { decays, ends, scale } = self.kernel;
        // SAFETY: all rows are as long as one of weights.
        unsafe {
            let change = self.change.sum::<S, V>(s, column);
            for (v, change) in change.into_iter().enumerate() {
                let at = column + v * S::LANES;
                let now = self.sums.now.as_mut_ptr().add(at);
                let old = self.sums.old.as_mut_ptr().add(at);
                let (input, before) = (s.add(s.load(now), change), s.load(old));
                let slow = self.sums.slow.as_mut_ptr().add(at);
                let fast = self.sums.fast.as_mut_ptr().add(at);
                let a =
                    s.mul_add(s.splat(-ends[0]), before, s.mul_add(s.splat(decays[0]), s.load(slow), input));
                let b =
                    s.mul_add(s.splat(-ends[1]), before, s.mul_add(s.splat(decays[1]), s.load(fast), input));
                s.store(input, now);
                s.store(input, old);
                s.store(a, slow);
                s.store(b, fast);
                let base = s.load(self.base.as_ptr().add(at));
                s.store(s.mul_add(s.splat(scale), s.sub(a, b), base), self.z.as_mut_ptr().add(at));
            }
        }
    }
}

/// Processes all units of rows of this length, a multiple of 16, in panels whose changes fit in the
/// registers.
///
/// # Safety
/// The events and all lengths have been checked.
#[inline(always)]
unsafe fn all<S: Simd>(s: S, stride: usize, work: &mut impl Panel) {
    // SAFETY: panels lie inside of the rows, and the caller has checked the rest.
    panels!(S, S::SUMS, 0..stride / S::LANES, |column, WIDE| unsafe { work.panel::<S, WIDE>(s, column) });
}

impl Work for Rectangle<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let stride = self.change.weights.stride();
        // SAFETY: `rectangle` has checked events and lengths.
        unsafe { all(s, stride, &mut self) }
    }
}

impl Work for Double<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let stride = self.change.weights.stride();
        // SAFETY: `double_exponential` has checked events and lengths.
        unsafe { all(s, stride, &mut self) }
    }
}
