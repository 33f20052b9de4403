//! All tolerances of the integration tests, each with its reason. The tolerances of kernels are in
//! `svpg::verify::kernel`.

#[allow(unused_imports, reason = "the tests of the kernels take it from here")]
pub(crate) use svpg::verify::kernel::{KernelCheck, ulp};

/// A comparison between two layers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Between {
    /// The oracle and the published implementation in float64.
    OracleAndPublished,
    /// The oracle and a Python program of 60 digits, for the rules of two phases.
    OracleAndWideDigits,
    /// The oracle, sample by sample in double-double, and the reference's update of the whole batch
    /// in f64.
    OracleAndReferenceInF64,
    /// A rule of a chapter, evaluated in f64, and the oracle's own. Relative to the largest entry
    /// if that is above one.
    ChapterAndOracle,
    /// The oracle's `exact` and an enumeration by a few plain lines in f64.
    OracleAndPlainEnumeration,
    /// The residual of a fixed point, its entries rounded to f64.
    FixedPointAndItsResponse,
    /// An update from the factors of a rule in f32, in units of its largest entry, and the
    /// reference's in f64 from the same numbers.
    FactorsAndReference,
    /// `q` after 200 time steps of spiking inference, and the reference's in f64 with the same
    /// draws.
    SpikingAndReference,
    /// Masses and inertia of the pendulum and those of MuJoCo, relative to their size.
    PendulumAndMujocoMasses,
    /// A trajectory of the pendulum and MuJoCo's (m, rad, m/s, rad/s), either before the rail's end
    /// is touched, or with MuJoCo's solver of constraints run until it converges.
    PendulumAndMujocoOnTheRail,
    /// The same with the default tolerance of MuJoCo's solver, over a dozen steps from the first
    /// contact with the rail's end.
    PendulumAndMujocoAtTheEnd,
}

/// Largest absolute difference allowed; the quantities compared are of order 1.
pub(crate) fn tolerance(between: Between) -> f64 {
    match between {
        // The implementation's own rounding: measured at most 8.9e-16.
        Between::OracleAndPublished => 1e-14,
        // Both round once at the end.
        Between::OracleAndWideDigits => 1e-15,
        // f64 fixed points are left at a residual of 1e-13; a gradient through them multiplies it
        // by the network's condition, below 10 for these weights.
        Between::OracleAndReferenceInF64 => 1e-12,
        // Sums of some hundred terms, and differences of two phases divided by a strength.
        Between::ChapterAndOracle => 1e-12,
        // 27 configurations, each a few roundings of 1.1e-16 in the exponent, of magnitude below
        // 10.
        Between::OracleAndPlainEnumeration => 1e-13,
        // Half an ulp of a probability, once for q and once through a softmax whose derivative is
        // below 1/2 times the weights.
        Between::FixedPointAndItsResponse => 1e-15,
        // Sums of six products in f32, each factor some ten roundings of 6e-8: measured at most
        // 2.1e-7.
        Between::FactorsAndReference => 5e-7,
        // Net inputs of size 10 have roundings of some ulp, 1e-6 each; the slope of softmax is at
        // most a quarter: measured at most 1e-6.
        Between::SpikingAndReference => 2e-6,
        // A dozen roundings.
        Between::PendulumAndMujocoMasses => 1e-14,
        // Roundings, which a falling pole multiplies, at velocities up to 10: measured at most
        // 6.5e-14.
        Between::PendulumAndMujocoOnTheRail => 1e-12,
        // MuJoCo's solver stops at 1e-8 in its own scale, so the forces have this error: measured
        // at most 1.9e-6.
        Between::PendulumAndMujocoAtTheEnd => 1e-5,
    }
}

/// Asserts that the largest measured error, in ulp, is permitted, and that the tolerance is at most
/// four times as large.
#[allow(dead_code, reason = "for the tests of the kernels")]
pub(crate) fn judge(kernel: &str, largest: f64) {
    let allowed = KernelCheck::named(kernel).expect("a kernel of this name").allowed_ulp;
    assert!(largest <= allowed, "{kernel}: {largest} ulp off, {allowed} are allowed");
    assert!(
        largest > allowed / 4.0,
        "{kernel}: {allowed} ulp are allowed, only {largest} needed: lower the tolerance"
    );
}
