//! Conversion of a case to the types of the reference, and of its answer to f64.

use super::{number, refused};
use crate::Error;
use crate::conformance::case::{self, Case};
use svpg_reference::configuration::Configuration;
use svpg_reference::network::{Mask, Parameters, Shape, Update};
use svpg_reference::number::{Matrix, Scalar};
use svpg_reference::rule::{Rule, Sample};

/// The network of a case.
pub(super) fn parameters<T: Scalar>(case: &Case) -> Result<Parameters<T>, Error> {
    let shape = shape(case)?;
    let (units, states) = (shape.units(), shape.states());
    let weights = case.weights();
    let mask = Mask::new(
        shape,
        &Matrix::from_fn(units, units, |i, j| case.is_connected(i, j)),
        &Matrix::from_fn(states, units, |k, i| case.is_observed(k, i)),
    )
    .map_err(refused)?;
    Parameters::new(
        shape,
        case.convention().into(),
        mask,
        Matrix::from_fn(units, units, |i, j| number(weights.recurrent[i][j])),
        Matrix::from_fn(states, units, |k, i| number(weights.state[k][i])),
        weights.bias.iter().map(|&b| number(b)).collect(),
    )
    .map_err(refused)
}

fn shape(case: &Case) -> Result<Shape, Error> {
    let shape = case.shape();
    // Without hidden circuits, their size has no meaning, and a case may give 0; the reference
    // requires 1.
    let size = if shape.hidden_circuits == 0 { 1 } else { shape.hidden_size };
    Shape::new(shape.states, shape.hidden_circuits, size, shape.actions).map_err(refused)
}

/// Sample `b` of the batch.
pub(super) fn sample<T: Scalar>(case: &Case, b: usize) -> Result<Sample<T>, Error> {
    let entry = &case.batch()[b];
    let numbers = |values: &[f64]| values.iter().map(|&x| number(x)).collect::<Vec<T>>();
    let configuration =
        Configuration::new(shape(case)?, &entry.sample.hidden, entry.sample.action).map_err(refused)?;
    Ok(Sample {
        state: numbers(&entry.state),
        q: entry.q.as_deref().map(numbers),
        configuration,
        advantage: number(entry.advantage),
    })
}

/// The rule of a case, for a batch with only sample `b`.
pub(super) fn rule_of<T: Scalar>(case: &Case, b: usize) -> Rule<T> {
    case.rule().reference(&case.options(), b..b + 1).map(|&x| number(x))
}

/// The nearest f64 of every number.
pub(super) fn rounded<T: Scalar>(update: &Update<T>) -> case::Parameters {
    // 0.0 + x converts -0 to 0, so a masked weight is printed as 0.
    let round = |x: &T| 0.0 + x.to_f64();
    let rows = |matrix: &Matrix<T>| {
        (0..matrix.rows()).map(|i| matrix.row(i).iter().map(round).collect()).collect::<Vec<Vec<f64>>>()
    };
    case::Parameters {
        recurrent: rows(&update.recurrent),
        state: rows(&update.state),
        bias: update.bias.iter().map(round).collect(),
    }
}
