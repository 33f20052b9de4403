//! What kernels compute, for comparisons with other programs.

use crate::call::detached;
use crate::error::{Error, raised};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use svpg::verify::kernel::{GIVEN_KERNELS, Operand};

/// Name, names of the operands, and formula of every kernel that can be compared.
#[pyfunction]
pub(crate) fn kernels() -> Vec<(&'static str, Vec<&'static str>, &'static str)> {
    GIVEN_KERNELS.iter().map(|kernel| (kernel.name, kernel.operands.to_vec(), kernel.formula)).collect()
}

/// The results of a kernel in f64, and the scales of their errors, both in native order. An operand
/// is its rows, its columns, and its numbers as f64 in native order; `sizes` are the units of every
/// circuit. A result that rounding may decide either way is NaN.
#[pyfunction]
pub(crate) fn kernel<'py>(
    py: Python<'py>,
    name: &str,
    operands: Vec<(usize, usize, Vec<u8>)>,
    sizes: Vec<usize>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let Some(kernel) = GIVEN_KERNELS.iter().find(|kernel| kernel.name == name) else {
        let known: Vec<&str> = GIVEN_KERNELS.iter().map(|kernel| kernel.name).collect();
        return Err(Error::new_err(format!(
            "kernel: `{name}` is unknown; the kernels are {}",
            known.join(", ")
        )));
    };
    let operand = |(rows, columns, bytes): (usize, usize, Vec<u8>)| {
        let numbers = bytes.as_chunks().0.iter().map(|number| f64::from_ne_bytes(*number)).collect();
        Operand { rows, columns, numbers }
    };
    let operands: Vec<Operand> = operands.into_iter().map(operand).collect();
    let results = detached(py, move || kernel.results(&operands, &sizes))?;
    let (values, scales) = results.map_err(|error| raised(&error))?;
    let bytes = |numbers: Vec<f64>| {
        let all: Vec<u8> = numbers.into_iter().flat_map(f64::to_ne_bytes).collect();
        PyBytes::new(py, &all)
    };
    Ok((bytes(values), bytes(scales)))
}
