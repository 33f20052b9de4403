//! The update of a rule that is written in a chapter.

use super::fixed_point::{Both, Clamp, NoFixedPoint};
use super::not_found;
use crate::Error;
use crate::conformance::case::{Case, ChapterNote, Written, network};
use std::collections::BTreeMap;
use svpg_check::{Drawn, Fault, FaultKind, Network, Program, RuleUpdate, Weighted};
use svpg_reference::network::{Parameters, Shape, Update};
use svpg_reference::number::{Matrix, Real, Scalar};

/// A case for a rule of a chapter.
pub(super) struct Asked<'a> {
    case: &'a Case,
    written: &'a Written,
    network: Network,
}

/// Solves for a mean-field state: of these states (`None`: those of the sample), free or clamped.
pub(super) type Solve<'a> = dyn FnMut(Option<&[f64]>, Option<Clamp>) -> Result<Vec<f64>, Error> + 'a;

impl<'a> Asked<'a> {
    /// `None` if the rule is not one of a chapter.
    pub(super) fn of(case: &'a Case) -> Option<Self> {
        case.written().map(|written| Self { case, written, network: network(case) })
    }

    /// The update of sample `b`.
    pub(super) fn update(&self, b: usize, solve: &mut Solve<'_>) -> Result<RuleUpdate, Error> {
        let Self { case, written, network } = self;
        let (entry, shape) = (&case.batch()[b], case.shape());
        let winners = entry.sample.hidden.iter().chain([&entry.sample.action]).enumerate();
        let winners: Vec<usize> = winners.map(|(c, &winner)| shape.circuit(c).start + winner).collect();
        let families = self.families(b);
        let is_parameter = |weight: Weighted| match weight {
            Weighted::Recurrent(i, j) => case.is_connected(i, j),
            Weighted::State(k, i) => case.is_observed(k, i),
            Weighted::Bias(_) => true,
        };
        let mut failed = None;
        let mut settle = |states: Option<&[f64]>, clamp: Option<(usize, f64)>| {
            let clamp = clamp.map(|(action, strength)| Clamp { action, strength });
            solve(states, clamp).map_err(|error| failed = Some(error)).ok()
        };
        let sample = Drawn { families: &families, winners: &winners };
        let update = written.program().update(network, sample, &is_parameter, &mut settle);
        update.map_err(|fault| refused(b, fault, failed))
    }

    /// What sample `b` gives besides the network.
    fn families(&self, b: usize) -> BTreeMap<String, Vec<f64>> {
        let (case, entry) = (self.case, &self.case.batch()[b]);
        let mut families = self.written.inputs(case.shape(), b, case.batch().len());
        families.insert("s".to_owned(), entry.state.clone());
        families.insert("A".to_owned(), vec![entry.advantage]);
        families
    }

    /// The reward of every action in sample `b`, if the rule takes rewards.
    pub(super) fn rewards(&self, b: usize) -> Option<Vec<f64>> {
        self.written.inputs(self.case.shape(), b, self.case.batch().len()).remove("R")
    }

    /// What the answer says about the chapter.
    pub(super) fn note(&self) -> ChapterNote {
        let program: &Program = self.written.program();
        let mut unmet: Vec<String> = Vec::new();
        for b in 0..self.case.batch().len() {
            for condition in program.unmet(&self.network, &self.families(b)) {
                if !unmet.contains(&condition) {
                    unmet.push(condition);
                }
            }
        }
        ChapterNote {
            rule: self.written.call().to_owned(),
            place: program.place().to_owned(),
            sha256: self.written.chapter().to_owned(),
            unmet,
        }
    }
}

/// The error of sample `b`. That of a fixed point has the sample already.
fn refused(b: usize, fault: Fault, failed: Option<Error>) -> Error {
    match (fault.kind, failed) {
        (FaultKind::NoFixedPoint, Some(error)) => error.within(fault.place),
        _ => Error::bad_input(fault.place, fault.what, fault.help).within(format_args!("batch[{b}]")),
    }
}

/// A mean-field state in the precision of the oracle, rounded. `at` is the sample.
pub(super) fn settled(
    both: &Both<'_>,
    precise: (&Parameters<f64>, &Parameters<super::DoubleDouble>),
    states: Option<&[f64]>,
    clamp: Option<Clamp>,
    at: &str,
) -> Result<Vec<f64>, Error> {
    let round = |q: Vec<super::DoubleDouble>| q.iter().map(Scalar::to_f64).collect();
    let none = |none: NoFixedPoint| not_found(at, "", &none);
    let refused = |error| super::refused_at(at, error);
    let Some(states) = states else { return both.fixed_point(clamp).map(round).map_err(none) };
    let wide: Vec<super::DoubleDouble> = states.iter().map(|&state| super::number(state)).collect();
    let other = Both {
        fast: precise.0.observe(states).map_err(refused)?,
        precise: precise.1.observe(&wide).map_err(refused)?,
    };
    other.fixed_point(clamp).map(round).map_err(none)
}

/// The update as one of the reference.
pub(super) fn as_update<T: Real>(shape: Shape, update: &RuleUpdate) -> Update<T> {
    let units = shape.units();
    let matrix = |rows: usize, entries: &[f64]| {
        Matrix::from_fn(rows, units, |i, j| super::number(entries[i * units + j]))
    };
    Update {
        recurrent: matrix(units, &update.recurrent),
        state: matrix(shape.states(), &update.state),
        bias: update.bias.iter().map(|&x| super::number(x)).collect(),
    }
}
