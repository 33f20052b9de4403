//! The learning rules, one per file, each averaged over a batch.

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
use crate::number::{Real, Scalar};

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

impl<T: Scalar> Rule<T> {
    /// The strengths β of the clamped phases that the rule needs in addition to the free phase.
    pub fn clamped_phases(&self) -> Vec<T> {
        match self {
            Rule::TwoPhase => vec![T::one()],
            Rule::Nudged { beta, centred: false } => vec![beta.clone()],
            Rule::Nudged { beta, centred: true } => vec![beta.clone(), -beta.clone()],
            Rule::Svpg | Rule::SvpgBmvc | Rule::SvpgTpami(_) | Rule::Implicit | Rule::Exact => Vec::new(),
        }
    }

    /// Whether the update depends on the winners of the hidden circuits.
    pub fn sees_hidden_winners(&self) -> bool {
        matches!(self, Rule::Svpg | Rule::SvpgBmvc | Rule::SvpgTpami(_))
    }

    /// The rule with its numbers in another type.
    pub fn map<U>(&self, convert: impl Fn(&T) -> U) -> Rule<U> {
        match self {
            Rule::Svpg => Rule::Svpg,
            Rule::SvpgBmvc => Rule::SvpgBmvc,
            Rule::SvpgTpami(options) => Rule::SvpgTpami(options.map(convert)),
            Rule::Implicit => Rule::Implicit,
            Rule::TwoPhase => Rule::TwoPhase,
            Rule::Nudged { beta, centred } => Rule::Nudged { beta: convert(beta), centred: *centred },
            Rule::Exact => Rule::Exact,
        }
    }
}

/// The update of `rule` for learning rate 1, averaged over the batch, masked.
///
/// # Errors
/// The rule needs a fixed point that was not found ([`Error::is_not_converged`]) or is degenerate
/// ([`Error::is_singular`]), or needs an enumeration that is too large ([`Error::is_too_large`]),
/// or an option is outside its domain ([`Error::is_invalid`]).
///
/// ```
/// use svpg_reference::configuration::Configuration;
/// use svpg_reference::network::{Convention, Mask, Parameters, Shape};
/// use svpg_reference::number::Matrix;
/// use svpg_reference::rule::{self, Batch, Rule, Sample};
///
/// // Units 0, 1 are hidden; 2, 3 are actions.
/// let shape = Shape::new(1, 1, 2, 2)?;
/// let weight = |i: usize, j: usize| if i / 2 == j / 2 { 0.0 } else { 0.5 - 0.25 * (i * j) as f64 };
/// let parameters = Parameters::new(shape, Convention::Full, Mask::all(shape), Matrix::from_fn(4, 4, weight),
///     Matrix::from_fn(1, 4, |_, i| 0.3 * i as f64), vec![0.0; 4])?;
/// let configuration = Configuration::new(shape, &[0], 1)?;
/// let sample = Sample { state: vec![0.5], q: None, configuration, advantage: 1.0 };
/// let batch = Batch::with_fixed_points(&parameters, vec![sample])?;
///
/// // A weak clamp is local, and comes near the gradient of the mean-field policy (claim W2) as β
/// // falls. The rule with both signs of β has an error of β², so that a tenth of β has a hundredth.
/// let gradient = rule::update(&Rule::Implicit, &batch)?;
/// let error = |beta| -> Result<f64, svpg_reference::Error> {
///     let nudged = rule::update(&Rule::Nudged { beta, centred: true }, &batch)?;
///     let pairs = nudged.recurrent.entries().iter().zip(gradient.recurrent.entries());
///     Ok(pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max))
/// };
/// let (coarse, fine) = (error(0.1)?, error(0.01)?);
/// assert!(coarse > 90.0 * fine && coarse < 110.0 * fine);
/// # Ok::<(), svpg_reference::Error>(())
/// ```
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
    use crate::configuration::Configuration;
    use crate::mean_field;
    use crate::number::Float256;
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

    #[test]
    fn a_rule_says_what_it_needs() {
        // Weak enough for a negative clamp.
        let mut recipe = four_networks().next().unwrap();
        recipe.numbers.iter_mut().for_each(|number| *number %= 7);
        let parameters = recipe.parameters::<f64>();
        let samples = || recipe.samples(None);
        let batch = || Batch::with_fixed_points(&parameters, samples()).unwrap();
        let options = Options { algorithm: Algorithm::Reinforce, entropy: 0.25 };
        let other_winners = |rule: &Rule<f64>| {
            let mut samples = samples();
            let shape = parameters.shape();
            for sample in &mut samples {
                let first = vec![0; shape.hidden_circuits()];
                sample.configuration =
                    Configuration::new(shape, &first, sample.configuration.action()).unwrap();
            }
            update(rule, &Batch::with_fixed_points(&parameters, samples).unwrap()).unwrap()
        };
        for (rule, phases) in [
            (Rule::Svpg, 0),
            (Rule::SvpgBmvc, 0),
            (Rule::SvpgTpami(options), 0),
            (Rule::Implicit, 0),
            (Rule::TwoPhase, 1),
            (Rule::Nudged { beta: 0.125, centred: false }, 1),
            (Rule::Nudged { beta: 0.125, centred: true }, 2),
            (Rule::Exact, 0),
        ] {
            let solved = update(&rule, &batch()).unwrap();
            let strengths = rule.clamped_phases();
            assert_eq!(strengths.len(), phases, "{rule:?}");
            let find = |trial: &Trial<'_, f64>, beta: &f64| {
                mean_field::weakly_clamped(trial.observed(), trial.action(), beta).unwrap().q
            };
            let of = |trial: &Trial<'_, f64>| strengths.iter().map(|beta| find(trial, beta)).collect();
            let given: Vec<Vec<Vec<f64>>> = batch().trials().iter().map(of).collect();
            assert_eq!(update(&rule, &batch().with_clamped(given.clone()).unwrap()).unwrap(), solved);
            assert_eq!(rule.sees_hidden_winners(), other_winners(&rule) != solved, "{rule:?}");
            // The given activities are used: another activity gives another update.
            let mut other = given.clone();
            other.iter_mut().flatten().for_each(|q| q.rotate_left(1));
            let changed = update(&rule, &batch().with_clamped(other).unwrap()).unwrap();
            assert_eq!(changed == solved, phases == 0, "{rule:?}");
            // Another number type and back.
            assert_eq!(rule.map(|&x| Float256::from_f64(x).unwrap()).map(Scalar::to_f64), rule);
        }
        let short = vec![vec![vec![0.5; 2]]; 3];
        assert_eq!(batch().with_clamped(short).unwrap_err().place(), "clamped[0][0]");
        assert_eq!(batch().with_clamped(Vec::new()).unwrap_err().place(), "clamped");
    }
}
