//! `implicit`: the gradient of `A ln q*_a` through the fixed point. It is not local: it needs a
//! linear solve for every sample.
//!
//! ```text
//! (I − J·2κW) μ = e_a − q on the action circuit, 0 elsewhere,   J = diag(q) − qqᵀ in every circuit
//! x = q,   e = β = A/B·μ,   recurrent factor κ
//! ```
//!
//! `q` is used as `q*`, even if the inference has not converged. B is the number of samples, so the
//! sum over the batch is the average (M6 of the derivations). The solve is an elimination with
//! partial pivoting in f64 ([`elimination`](crate::kernel::elimination)), rounded once to f32. A
//! sample with `A` = 0 needs none.

use super::{CaseOptions, CaseRule, Factors, GapRow, LearningRule, RuleBatch, Support};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::elimination::Equations;
use crate::kernel::simd::Level;
use crate::kernel::threads::pieces;
use crate::network::Parameters;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The rule `implicit`.
#[derive(Debug)]
pub(super) struct Implicit;

impl CaseRule for Implicit {
    fn name(&self) -> &'static str {
        "implicit"
    }

    fn summary(&self) -> &'static str {
        "the gradient through the fixed point; not local, for comparison"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&Implicit)
    }

    fn reference(&self, _options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        Rule::Implicit
    }

    fn gap_rows(&self) -> Vec<GapRow> {
        vec![GapRow::new(self.name())]
    }
}

impl LearningRule for Implicit {
    fn support(&self) -> Support {
        Support { spikes: false, ppo: true, votes: false }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let RuleBatch { parameters, q, winners, .. } = *batch;
        let size = batch.size();
        let signals = batch.signals(compute);
        assert!(signals.len() == size && factors.error.rows() == size);
        assert!(q.columns() == parameters.units() && factors.error.columns() == parameters.units());
        let actions = parameters.circuits.first_actions(winners);
        factors.pre.all_mut().copy_from_slice(q.all());
        let mut solved = vec![true; size];
        let stride = factors.error.stride();
        let ranges = compute.threads.split(size, 1);
        let errors = pieces(factors.error.all_mut(), ranges.iter().map(|range| range.len() * stride));
        let flags = pieces(&mut solved, ranges.iter().map(|range| range.len()));
        let parts = ranges.iter().zip(errors).zip(flags).collect();
        compute.threads.each(parts, |((range, errors), flags)| {
            for ((b, error), solved) in range.clone().zip(errors.chunks_exact_mut(stride)).zip(flags) {
                if signals[b] == 0.0 {
                    error.fill(0.0);
                    continue;
                }
                let scale = f64::from(signals[b]) / size as f64;
                match adjoint(compute.level, parameters, q.row(b), actions[b]) {
                    Some(mu) => {
                        error.iter_mut().zip(mu).for_each(|(error, mu)| *error = (scale * mu) as f32);
                    }
                    None => *solved = false,
                }
            }
        });
        factors.bias_error = None;
        factors.recurrent_factor = parameters.convention.kappa();
        match solved.iter().position(|solved| !solved) {
            None => Ok(()),
            Some(b) => Err(Error::no_fixed_point(
                format_args!("sample {b}"),
                "its fixed point is degenerate and has no gradient",
                "use a smaller learning rate",
            )),
        }
    }
}

/// `μ`, or `None` if it is not finite.
fn adjoint(level: Level, parameters: &Parameters, q: &[f32], action: usize) -> Option<Vec<f64>> {
    let (circuits, units) = (&parameters.circuits, q.len());
    let coupling = 2.0 * f64::from(parameters.convention.kappa());
    let wide = |x: f32| f64::from(x);
    let mut equations = Equations::zeros(units);
    for circuit in circuits.iter() {
        let mut mean = vec![0.0; units];
        for i in circuit.clone() {
            let row = parameters.weights.row(i).iter();
            mean.iter_mut().zip(row).for_each(|(mean, &w)| *mean += wide(q[i]) * wide(w));
        }
        for i in circuit {
            let equation = equations.row_mut(i);
            let row = parameters.weights.row(i).iter().zip(&mean);
            for (entry, (&w, mean)) in equation.iter_mut().zip(row) {
                *entry = -(coupling * wide(q[i])) * (wide(w) - mean);
            }
            equation[i] += 1.0;
        }
    }
    let members = circuits.members(circuits.hidden());
    for i in members.clone() {
        equations.row_mut(i)[units] = -wide(q[i]);
    }
    equations.row_mut(members.start + action)[units] += 1.0;
    equations.solve(level)
}
