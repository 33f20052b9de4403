//! Properties of the twins in addition to the comparisons of `svpg verify` (`src/verify/kernel/`,
//! tested there): special values, the order of draws and their exact values, the drive of the
//! reference; and that every kernel has a comparison.

#[path = "../support/tolerance.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod tolerance;

mod activity;
mod bernoulli;
mod categorical;
mod coverage;
mod exp;
mod ln;
mod philox;
mod product;
mod uniform;

use tolerance::ulp;

/// Distance of a twin's result from the reference's, in ulp of f32 at `scale`.
fn error(found: f32, exact: f64, scale: f64) -> f64 {
    let error = (f64::from(found) - exact).abs() / ulp(scale);
    assert!(!error.is_nan(), "{found} where {exact} is expected");
    error
}
