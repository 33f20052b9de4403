//! The twins of all kernels against the reference in f64, or against plain lines where the reference has no such function: one module a kernel.
//!
//! That vector code equals its twin is tested beside the kernels; here is no vector code. The largest error of every kernel is judged by the one
//! table of tolerances, which must be needed as large as they are.

#[path = "../support/tolerance.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod tolerance;

mod activity;
mod bernoulli;
mod categorical;
mod coverage;
mod exp;
mod ln;
mod noise;
mod normal;
mod optimiser;
mod outer;
mod philox;
mod product;
mod softmax;
mod uniform;

use tolerance::ulp;

/// Distance of a twin's result from the reference's, in ulp of f32 at `scale`.
fn error(found: f32, exact: f64, scale: f64) -> f64 {
    let error = (f64::from(found) - exact).abs() / ulp(scale);
    assert!(!error.is_nan(), "{found} where {exact} is expected");
    error
}
