//! The update of a batch, from the factors that a rule gives each neuron.
//!
//! Every rule of this project has the form, summed over the samples of a batch,
//!
//! ```text
//! ΔW_ij = κ' Σ (x_i e_j + e_i x_j)·mask,   ΔU_ki = Σ s_k e_i,   Δb_i = Σ β_i
//! ```
//!
//! with a presynaptic rate `x`, a postsynaptic error `e` and a bias error `β`: `svpg` has `x = q`, `e = β = A(v − q)`; `two-phase`, because
//! `q⁺q⁺ᵀ − q⁻q⁻ᵀ` is the symmetric part of `(q⁺ + q⁻)(q⁺ − q⁻)ᵀ`, has `x = (q⁺ + q⁻)/2`, `e = β = A(q⁺ − q⁻)`; `implicit` has `x = q` and `e` from its adjoint solve. A sample whose `e` and
//! `β` are zero costs nothing.

use crate::inference::{Threads, pieces};
use crate::kernel::outer::{Columns, outer};
use crate::kernel::rows::Rows;
use crate::kernel::simd::Level;
use crate::network::Parameters;

/// What a rule gives each neuron, samples × units.
#[derive(Clone, Debug)]
pub struct Factors {
    /// Presynaptic rate.
    pub pre: Rows,
    /// Postsynaptic error, with all that scales a sample.
    pub error: Rows,
    /// Bias error, where it is not the postsynaptic one.
    pub bias_error: Option<Rows>,
    /// Factor of the recurrent block: 1, or κ where the rule follows the convention.
    pub recurrent_factor: f32,
}

/// The direction of ascent, in the shape of the parameters.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// As [`Parameters::weights`].
    pub weights: Rows,
    /// As [`Parameters::bias`].
    pub bias: Rows,
    recurrent: Rows,
    pre_columns: Columns,
    state_columns: Columns,
}

impl Gradient {
    /// Zero.
    pub fn new(parameters: &Parameters) -> Self {
        let units = parameters.units();
        Self {
            weights: Rows::zeros(parameters.inputs(), units),
            bias: Rows::zeros(1, units),
            recurrent: Rows::zeros(units, units),
            pre_columns: Columns::default(),
            state_columns: Columns::default(),
        }
    }

    /// Replaces itself by the sum over the batch, masked.
    pub fn fill(
        &mut self,
        level: Level,
        threads: &Threads,
        parameters: &Parameters,
        states: &Rows,
        factors: &Factors,
    ) {
        let units = parameters.units();
        let active: Vec<bool> =
            (0..states.rows()).map(|b| factors.error.row(b).iter().any(|&e| e != 0.0)).collect();
        self.pre_columns.gather(&factors.pre, |b| active[b]);
        self.state_columns.gather(states, |b| active[b]);
        rows_of(level, threads, &self.pre_columns, &factors.error, self.recurrent.all_mut());
        let first = parameters.state_row(0) * self.weights.stride();
        rows_of(level, threads, &self.state_columns, &factors.error, &mut self.weights.all_mut()[first..]);
        for i in 0..units {
            for j in 0..i {
                let both = factors.recurrent_factor * (self.recurrent.row(i)[j] + self.recurrent.row(j)[i]);
                self.weights.row_mut(i)[j] = both;
                self.weights.row_mut(j)[i] = both;
            }
            self.weights.row_mut(i)[i] = 0.0;
        }
        parameters.mask_rows(&mut self.weights);
        let bias_error = factors.bias_error.as_ref().unwrap_or(&factors.error);
        let bias = self.bias.row_mut(0);
        bias.fill(0.0);
        for b in 0..bias_error.rows() {
            for (sum, &e) in bias.iter_mut().zip(bias_error.row(b)) {
                *sum += e;
            }
        }
    }
}

/// The outer product, its rows split among the threads.
fn rows_of(level: Level, threads: &Threads, columns: &Columns, e: &Rows, out: &mut [f32]) {
    let ranges = threads.split(out.len() / e.stride(), 1);
    let outs = pieces(out, ranges.iter().map(|range| range.len() * e.stride()));
    threads.each(ranges.iter().map(|range| range.start).zip(outs).collect(), |(first, out)| {
        outer(level, columns, first, e, out);
    });
}
