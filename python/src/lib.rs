//! `svpg._core`: the library for Python. It holds no algorithm: each function reads its arguments,
//! calls the library, and returns text, bytes or numbers. The package `svpg` (in `package/`) makes
//! dictionaries, NumPy arrays and reports of them.

mod call;
mod error;
mod infer;
mod judge;
mod kernel;
mod play;
mod study;
mod train;

use pyo3::prelude::*;

/// The compiled part of the package `svpg`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use super::error::{Error, NoFixedPoint};
    #[pymodule_export]
    use super::infer::{infer, rate_draws, rate_trajectory};
    #[pymodule_export]
    use super::judge::{
        check, compare, draw_options, envelopes, levels, oracle, rules, validate, vectors, verify,
    };
    #[pymodule_export]
    use super::kernel::{kernel, kernels};
    #[pymodule_export]
    use super::play::{Pendulum, StoredNetwork};
    #[pymodule_export]
    use super::study::{study_begin, study_finish, study_has_images, study_jobs, study_run_job};
    #[pymodule_export]
    use super::train::train;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::call::remember_panics();
        module.add("most_vectors", svpg::conformance::vectors::MAX_COUNT)?;
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
