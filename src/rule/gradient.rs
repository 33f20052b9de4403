//! The update of a batch, from the factors of each neuron according to a rule.
//!
//! Every rule of this project has the form, summed over the samples of a batch,
//!
//! ```text
//! ΔW_ij = κ' Σ (x_i e_j + e_i x_j)·mask,   ΔU_ki = Σ s_k e_i,   Δb_i = Σ β_i
//! ```
//!
//! with a presynaptic rate `x`, a postsynaptic error `e` and a bias error `β`: `svpg` has `x = q`,
//! `e = β = A(v − q)`; `two-phase`, because `q⁺q⁺ᵀ − q⁻q⁻ᵀ` is the symmetric part of `(q⁺ + q⁻)(q⁺
//! − q⁻)ᵀ`, has `x = (q⁺ + q⁻)/2`, `e = β = A(q⁺ − q⁻)`; `implicit` has `x = q` and `e` from its
//! adjoint solve. A sample with `e` = `β` = 0 needs no computation.

use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::outer::outer;
use crate::kernel::simd::Level;
use crate::kernel::threads::{Threads, pieces};
use crate::kernel::transpose::symmetric_square;
use crate::network::Parameters;
use std::ops::Range;

/// The factors of a rule for each neuron, samples × units.
#[derive(Clone, Debug)]
pub struct Factors {
    /// Presynaptic rate.
    pub pre: AlignedMatrix,
    /// Postsynaptic error, including all factors of the sample.
    pub error: AlignedMatrix,
    /// Bias error, if it differs from the postsynaptic error.
    pub bias_error: Option<AlignedMatrix>,
    /// Factor of the recurrent block: 1, or κ if the rule follows the convention.
    pub recurrent_factor: f32,
}

/// The direction of ascent, in the shape of the parameters.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Same shape as [`Parameters::weights`].
    pub weights: AlignedMatrix,
    /// Same shape as [`Parameters::bias`].
    pub bias: AlignedMatrix,
    /// `Σ x_i e_j`.
    recurrent: AlignedMatrix,
    /// For every circuit, the units that are not connected with it.
    apart: Vec<Vec<Range<usize>>>,
    /// Units that are not connected with state neurons.
    unseeing: Vec<Range<usize>>,
}

impl Gradient {
    /// Zero.
    pub fn new(parameters: &Parameters) -> Self {
        let (units, circuits, mask) = (parameters.units(), &parameters.circuits, &parameters.mask);
        let apart = |c| {
            let others = (0..circuits.count()).filter(|&d| !mask.recurrent(c, d));
            others.map(|d| circuits.members(d)).collect()
        };
        let hidden = circuits.hidden_units();
        let families = [(mask.state_hidden(), 0..hidden), (mask.state_action(), hidden..units)];
        Self {
            weights: AlignedMatrix::zeros(parameters.inputs(), units),
            bias: AlignedMatrix::zeros(1, units),
            recurrent: AlignedMatrix::zeros(units, units),
            apart: (0..circuits.count()).map(apart).collect(),
            unseeing: families.into_iter().filter_map(|(seeing, of)| (!seeing).then_some(of)).collect(),
        }
    }

    /// Sets this gradient to the masked sum over the batch.
    ///
    /// # Panics
    /// If a shape or the mask differs from that of the parameters in [`Gradient::new`].
    pub fn fill(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        factors: &Factors,
    ) {
        let Compute { level, threads } = compute;
        let level = *level;
        let active: Vec<u32> = (0..states.rows() as u32)
            .filter(|&b| factors.error.row(b as usize).iter().any(|&e| e != 0.0))
            .collect();
        let error = &factors.error;
        for (rows, to) in parameters.recurrent_blocks() {
            let stride = self.recurrent.stride();
            let sums = &mut self.recurrent.all_mut()[rows.start * stride..rows.end * stride];
            sum_outer(level, threads, (&factors.pre, &active, rows.start), (error, to), sums, &[]);
        }
        let behind = parameters.state_row(0) * self.weights.stride();
        let (connections, drives) = self.weights.all_mut().split_at_mut(behind);
        sum_outer(level, threads, (states, &active, 0), (error, 0..error.columns()), drives, &self.unseeing);
        symmetrise(compute, parameters, &self.recurrent, factors.recurrent_factor, &self.apart, connections);
        let bias_error = factors.bias_error.as_ref().unwrap_or(error);
        let bias = self.bias.row_mut(0);
        bias.fill(0.0);
        for b in 0..bias_error.rows() {
            for (sum, &e) in bias.iter_mut().zip(bias_error.row(b)) {
                *sum += e;
            }
        }
    }
}

/// `out[k][u] = Σ_b x[b][first + k]·e[b][u]` for the given units, and zero for the units `without`.
/// The rows are split among the threads.
fn sum_outer(
    level: Level,
    threads: &Threads,
    (x, samples, first): (&AlignedMatrix, &[u32], usize),
    (e, units): (&AlignedMatrix, Range<usize>),
    out: &mut [f32],
    without: &[Range<usize>],
) {
    let stride = e.stride();
    let ranges = threads.split(out.len() / stride, WIDTH);
    let outs = pieces(out, ranges.iter().map(|range| range.len() * stride));
    threads.each(ranges.iter().map(|range| first + range.start).zip(outs).collect(), |(first, out)| {
        outer(level, (x, samples, first), (e, units.clone()), out);
        for row in out.chunks_exact_mut(stride) {
            without.iter().for_each(|units| row[units.clone()].fill(0.0));
        }
    });
}

/// Rows and columns of a square that is symmetrised at once: four adjacent cache lines of each row
/// are read before they leave the cache, though rows are far apart.
const SQUARE: usize = 64;

/// `out[i][j] = factor·(sums[i][j] + sums[j][i])`, and zero for pairs of circuits that are not
/// connected. The rows are split among the threads. Entries outside the recurrent blocks stay zero.
fn symmetrise(
    Compute { level, threads }: &Compute,
    parameters: &Parameters,
    sums: &AlignedMatrix,
    factor: f32,
    apart: &[Vec<Range<usize>>],
    out: &mut [f32],
) {
    let (level, stride) = (*level, sums.stride());
    for (rows, to) in parameters.recurrent_blocks() {
        let ranges = threads.split(rows.len(), WIDTH);
        let out = &mut out[rows.start * stride..rows.end * stride];
        let outs = pieces(out, ranges.iter().map(|range| range.len() * stride));
        threads.each(
            ranges.iter().map(|range| rows.start + range.start).zip(outs).collect(),
            |(first, out)| {
                for (lines, first) in out.chunks_mut(SQUARE * stride).zip((first..).step_by(SQUARE)) {
                    for columns in to.clone().step_by(SQUARE) {
                        let columns = columns..to.end.min(columns + SQUARE);
                        for (lines, first) in lines.chunks_mut(WIDTH * stride).zip((first..).step_by(WIDTH)) {
                            for column in columns.clone().step_by(WIDTH) {
                                let (place, out) = ((first, column), &mut lines[column..]);
                                symmetric_square(level, factor, sums, place, out, stride);
                            }
                        }
                    }
                    for (row, i) in lines.chunks_exact_mut(stride).zip(first..) {
                        let circuit = parameters.circuits.circuit_of(i);
                        apart[circuit].iter().for_each(|units| row[units.clone()].fill(0.0));
                    }
                }
            },
        );
    }
}
