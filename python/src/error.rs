//! The exceptions of the package.

use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::PyException;

create_exception!(
    svpg,
    Error,
    PyException,
    "Every failure of this package: what is wrong, where, and how to correct it."
);
create_exception!(
    svpg,
    NoFixedPoint,
    Error,
    "The solver found no mean-field fixed point, or a degenerate one. No other result replaces it."
);

/// An error of the library as an exception.
pub(crate) fn raised(error: &svpg::Error) -> PyErr {
    let text = error.to_string();
    if error.is_no_fixed_point() { NoFixedPoint::new_err(text) } else { Error::new_err(text) }
}

/// Several errors of the library as one exception, one line each.
pub(crate) fn all_raised(errors: &[svpg::Error]) -> PyErr {
    let lines: Vec<String> = errors.iter().map(svpg::Error::to_string).collect();
    Error::new_err(lines.join("\n"))
}
