//! The learning rules, one a file, each averaged over a batch.

mod batch;
pub mod exact;
pub mod implicit;
pub mod nudged;
pub mod svpg;
pub mod svpg_bmvc;
pub mod svpg_tpami;
pub mod two_phase;

pub use batch::{Batch, Sample, Trial};
pub use svpg_tpami::{Algorithm, Options};

use crate::Error;
use crate::network::Update;
use crate::number::Real;

/// A learning rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule<T> {
    /// The last-step gradient: [`svpg`].
    Svpg,
    /// As published in 2022: [`svpg_bmvc`].
    SvpgBmvc,
    /// As published in 2025: [`svpg_tpami`].
    SvpgTpami(Options<T>),
    /// The mean-field gradient: [`implicit`].
    Implicit,
    /// Clamped minus free phase: [`two_phase`].
    TwoPhase,
    /// A weakly clamped phase minus another one: [`nudged`].
    Nudged {
        /// Strength β of the clamp, at most 1 and not 0.
        beta: T,
        /// Whether the other phase is clamped with `-β`; else it is free.
        centred: bool,
    },
    /// The gradient by enumeration: [`exact`].
    Exact,
}

/// The update of `rule` for learning rate 1, averaged over the batch, masked.
///
/// # Errors
/// The rule needs a fixed point that was not found ([`Error::is_not_converged`]) or is degenerate
/// ([`Error::is_singular`]), or an enumeration that is too large ([`Error::is_too_large`]), or has
/// an option outside its domain ([`Error::is_invalid`]).
pub fn update<T: Real>(rule: &Rule<T>, batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    match rule {
        Rule::Svpg => svpg::update(batch),
        Rule::SvpgBmvc => svpg_bmvc::update(batch),
        Rule::SvpgTpami(options) => svpg_tpami::update(batch, options),
        Rule::Implicit => implicit::update(batch),
        Rule::TwoPhase => two_phase::update(batch),
        Rule::Nudged { beta, centred } => nudged::update(batch, beta, *centred),
        Rule::Exact => exact::update(batch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::four_networks;

    #[test]
    fn a_rule_is_called_by_its_name() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
            let options = Options { algorithm: Algorithm::Reinforce, entropy: 0.25 };
            assert_eq!(update(&Rule::Svpg, &batch), svpg::update(&batch));
            assert_eq!(update(&Rule::SvpgBmvc, &batch), svpg_bmvc::update(&batch));
            assert_eq!(
                update(&Rule::SvpgTpami(options.clone()), &batch),
                svpg_tpami::update(&batch, &options)
            );
            assert_eq!(update(&Rule::Implicit, &batch), implicit::update(&batch));
            assert_eq!(update(&Rule::TwoPhase, &batch), two_phase::update(&batch));
            assert_eq!(
                update(&Rule::Nudged { beta: 0.125, centred: false }, &batch),
                nudged::update(&batch, &0.125, false)
            );
            assert_eq!(update(&Rule::Exact, &batch), exact::update(&batch));
            assert_eq!(crate::gradient::exact(&batch), exact::update(&batch));
        }
    }
}
