//! The exact policy by enumeration: `p(v|s) ∝ exp(-E(v|s))`, `π(a|s) = Σ_h p(h,a|s)`, and moments
//! under both (claims N2, E1, E2, E3).
//!
//! `exp(-E)` is a product with one factor per winner and one per pair of winners. The enumeration
//! chooses the action first, then the winners circuit by circuit. It adds the weight of each
//! subtree when the last winner of the subtree is chosen, so the cost is about configurations ×
//! circuits. The enumeration is generic over the product of weights: real networks add logarithms
//! and subtract the largest one before `exp`, in a first pass; [`Factors`] multiplies given factors
//! and is exact over rationals.

use crate::Error;
use crate::configuration::{action_unit, count};
use crate::network::{Observed, Shape, Update};
use crate::number::{Matrix, Real, Scalar};

/// Largest number of configurations that are enumerated.
pub const MAX_CONFIGURATIONS: u64 = 1_000_000;

/// The contributions to the weight `exp(-E)` of a configuration, and their product.
pub trait Boltzmann<T: Scalar> {
    /// The network's shape.
    fn shape(&self) -> Shape;
    /// The contribution of winner `i`.
    fn unit(&self, i: usize) -> T;
    /// The contribution of winners `i` and `j` together, of different circuits.
    fn pair(&self, i: usize, j: usize) -> T;
    /// The product of two contributions.
    fn join(&self, left: &T, right: &T) -> T;
    /// The weight for joined contributions, up to a factor that depends only on `peak`.
    fn weight(&self, joined: &T, peak: &T) -> T;
}

impl<T: Real> Boltzmann<T> for Observed<'_, T> {
    fn shape(&self) -> Shape {
        self.shape()
    }

    fn unit(&self, i: usize) -> T {
        self.drive()[i].clone()
    }

    fn pair(&self, i: usize, j: usize) -> T {
        self.coupling() * self.parameters().recurrent()[(i, j)].clone()
    }

    fn join(&self, left: &T, right: &T) -> T {
        left.clone() + right.clone()
    }

    fn weight(&self, joined: &T, peak: &T) -> T {
        (joined.clone() - peak.clone()).exp()
    }
}

/// Given factors: `exp(z_i)` of each unit's drive as `unit[i]`, `exp(c W_ij)` as `pair[(i, j)]`,
/// symmetric. All positive.
#[derive(Clone, Debug)]
pub struct Factors<T> {
    /// The shape.
    pub shape: Shape,
    /// `N` factors of single winners.
    pub unit: Vec<T>,
    /// `N × N` factors of pairs of winners.
    pub pair: Matrix<T>,
}

impl<T: Scalar> Boltzmann<T> for Factors<T> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn unit(&self, i: usize) -> T {
        self.unit[i].clone()
    }

    fn pair(&self, i: usize, j: usize) -> T {
        self.pair[(i, j)].clone()
    }

    fn join(&self, left: &T, right: &T) -> T {
        left.clone() * right.clone()
    }

    fn weight(&self, joined: &T, _peak: &T) -> T {
        joined.clone()
    }
}

/// Moments of a distribution over configurations.
#[derive(Clone, Debug)]
pub struct Moments<T> {
    weight: T,
    peak: T,
    /// `E[v_i]`, `N` long.
    pub first: Vec<T>,
    /// `E[v_i v_j]`, `N × N`, symmetric, with `E[v_i]` on the diagonal.
    pub second: Matrix<T>,
}

/// The exact policy of one network at one state.
#[derive(Clone, Debug)]
pub struct ExactPolicy<'a, T, B> {
    boltzmann: &'a B,
    policy: Vec<T>,
    free: Moments<T>,
}

impl<'a, T: Scalar, B: Boltzmann<T>> ExactPolicy<'a, T, B> {
    /// Enumerates every configuration.
    ///
    /// # Errors
    /// There are more than [`MAX_CONFIGURATIONS`] configurations ([`Error::is_too_large`]), or an
    /// energy is not finite ([`Error::is_invalid`]).
    pub fn new(boltzmann: &'a B) -> Result<Self, Error> {
        let shape = boltzmann.shape();
        if count(shape).is_none_or(|configurations| configurations > MAX_CONFIGURATIONS) {
            let message = format!(
                "has more than {MAX_CONFIGURATIONS} configurations; enumerate a network with fewer or smaller circuits"
            );
            return Err(Error::too_large("shape", message));
        }
        let (weights, free) = enumerate(boltzmann, shape.action_units().collect());
        if !free.weight.is_finite() {
            return Err(Error::invalid("weights", "give an energy that overflows; use smaller weights"));
        }
        let policy = weights.into_iter().map(|weight| weight / free.weight.clone()).collect();
        Ok(Self { boltzmann, policy, free })
    }

    /// `π(a|s)` for every action, `A` long.
    pub fn policy(&self) -> &[T] {
        &self.policy
    }

    /// Moments under `p(v|s)`.
    pub fn free(&self) -> &Moments<T> {
        &self.free
    }

    /// Moments under `p(v|s,a)`.
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    pub fn given(&self, action: usize) -> Result<Moments<T>, Error> {
        let unit = action_unit(self.boltzmann.shape(), action)?;
        Ok(enumerate(self.boltzmann, vec![unit]).1)
    }
}

impl<T: Real> ExactPolicy<'_, T, Observed<'_, T>> {
    /// `ln Z`, the logarithm of `Σ_v exp(-E(v|s))`.
    pub fn ln_partition(&self) -> T {
        self.free.weight.ln() + self.free.peak.clone()
    }

    /// `ln π(a|s)`, even if `π(a|s)` underflows.
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    pub fn ln_policy(&self, action: usize) -> Result<T, Error> {
        let clamped = self.given(action)?;
        Ok(clamped.weight.ln() + clamped.peak - self.ln_partition())
    }

    /// The entry-wise gradient of `ln π(a|s)`: `E[-∂E|s,a] - E[-∂E|s]` (E1).
    ///
    /// # Errors
    /// `action` is not in `0..A`.
    ///
    /// ```
    /// use svpg_reference::exact_policy::ExactPolicy;
    /// use svpg_reference::finite_difference::derivative;
    /// use svpg_reference::network::{Convention, Mask, Parameters, Shape};
    /// use svpg_reference::number::Matrix;
    ///
    /// // Units 0, 1 are hidden and 2, 3 are actions; `W` between them, the bias of unit 0 is `b`.
    /// let shape = Shape::new(1, 1, 2, 2)?;
    /// let weight = |i: usize, j: usize| if i / 2 == j / 2 { 0.0 } else { 0.5 - 0.25 * (i * j) as f64 };
    /// let network = |b: f64| Parameters::new(shape, Convention::Full, Mask::all(shape),
    ///     Matrix::from_fn(4, 4, weight), Matrix::from_fn(1, 4, |_, i| 0.1 * i as f64), vec![b, 0.0, 0.2, 0.0]);
    ///
    /// let parameters = network(0.3)?;
    /// let observed = parameters.observe(&[0.5])?;
    /// let gradient = ExactPolicy::new(&observed)?.ln_policy_gradient(1)?;
    ///
    /// // The same by finite differences of ln π, which share nothing with the formula.
    /// let ln_policy = |b: &f64| {
    ///     let parameters = network(*b).expect("a finite bias");
    ///     let observed = parameters.observe(&[0.5]).expect("a state in [0,1]");
    ///     ExactPolicy::new(&observed).expect("4 configurations").ln_policy(1).expect("an action")
    /// };
    /// let estimate = derivative(ln_policy, &0.3, &0.25, 8, &1e-15);
    /// assert!(estimate.admits(&gradient.bias[0]) && estimate.bound < 1e-10);
    /// assert!(gradient.bias[0].abs() > 1e-3);
    /// # Ok::<(), svpg_reference::Error>(())
    /// ```
    pub fn ln_policy_gradient(&self, action: usize) -> Result<Update<T>, Error> {
        let (clamped, free) = (self.given(action)?, &self.free);
        let pair = |i: usize, j: usize| clamped.second[(i, j)].clone() - free.second[(i, j)].clone();
        let unit: Vec<T> =
            clamped.first.iter().zip(&free.first).map(|(a, b)| a.clone() - b.clone()).collect();
        Ok(Update::from_statistics(self.boltzmann, pair, &unit))
    }
}

/// The weight of each of `actions` and the normalised moments under their union.
fn enumerate<T: Scalar, B: Boltzmann<T>>(boltzmann: &B, actions: Vec<usize>) -> (Vec<T>, Moments<T>) {
    let shape = boltzmann.shape();
    let n = shape.units();
    let fields: Vec<T> = (0..n).map(|i| boltzmann.unit(i)).collect();
    let roots: Vec<(T, Vec<T>)> = actions
        .iter()
        .map(|&a| {
            (fields[a].clone(), joined_fields(boltzmann, a, shape.hidden().start, &fields[shape.hidden()]))
        })
        .collect();
    // The largest joined contribution is computed first, so the largest weight is 1.
    let peak = roots
        .iter()
        .map(|(joined, fields)| largest(boltzmann, 0, joined, fields))
        .reduce(Scalar::max)
        .unwrap_or_else(T::zero);
    let moments = Moments { weight: T::zero(), peak, first: vec![T::zero(); n], second: Matrix::zeros(n, n) };
    let mut walk = Walk { boltzmann, chosen: Vec::new(), moments };
    let mut weights = Vec::with_capacity(actions.len());
    for (&action, (joined, fields)) in actions.iter().zip(&roots) {
        let weight = walk.choose(action, joined, fields);
        walk.moments.weight += weight.clone();
        weights.push(weight);
    }
    let Moments { weight, peak, mut first, mut second } = walk.moments;
    for i in 0..n {
        first[i] = first[i].clone() / weight.clone();
        second[(i, i)] = first[i].clone();
        // Pairs were added with the later choice second; actions are chosen first.
        for j in 0..i {
            let sum = second[(i, j)].clone() + second[(j, i)].clone();
            second[(i, j)] = sum / weight.clone();
            second[(j, i)] = second[(i, j)].clone();
        }
    }
    (weights, Moments { weight, peak, first, second })
}

/// The fields of the units from `start` on, after `winner` is chosen.
fn joined_fields<T: Scalar, B: Boltzmann<T>>(
    boltzmann: &B,
    winner: usize,
    start: usize,
    fields: &[T],
) -> Vec<T> {
    fields
        .iter()
        .enumerate()
        .map(|(k, field)| boltzmann.join(field, &boltzmann.pair(winner, start + k)))
        .collect()
}

/// The largest joined contribution below a node: circuits before `circuit` are chosen; `fields` are
/// the fields of the units of `circuit` and all later circuits.
fn largest<T: Scalar, B: Boltzmann<T>>(boltzmann: &B, circuit: usize, joined: &T, fields: &[T]) -> T {
    let shape = boltzmann.shape();
    if circuit == shape.hidden_circuits() {
        return joined.clone();
    }
    let (units, size) = (shape.circuit(circuit), shape.hidden_size());
    let candidates = units.clone().zip(fields).map(|(unit, field)| {
        let later = joined_fields(boltzmann, unit, units.end, &fields[size..]);
        largest(boltzmann, circuit + 1, &boltzmann.join(joined, field), &later)
    });
    candidates.reduce(Scalar::max).unwrap_or_else(|| joined.clone())
}

struct Walk<'a, T, B> {
    boltzmann: &'a B,
    chosen: Vec<usize>,
    moments: Moments<T>,
}

impl<T: Scalar, B: Boltzmann<T>> Walk<'_, T, B> {
    /// Chooses `winner`, computes the weight of the subtree, and adds it for the winner and its
    /// pairs with earlier choices.
    fn choose(&mut self, winner: usize, joined: &T, fields: &[T]) -> T {
        self.chosen.push(winner);
        let weight = self.descend(joined, fields);
        self.chosen.pop();
        self.moments.first[winner] += weight.clone();
        for &earlier in &self.chosen {
            self.moments.second[(earlier, winner)] += weight.clone();
        }
        weight
    }

    /// The weight of every configuration that extends the choices made.
    fn descend(&mut self, joined: &T, fields: &[T]) -> T {
        let shape = self.boltzmann.shape();
        // The action and every hidden circuit before this one are chosen.
        let circuit = self.chosen.len() - 1;
        if circuit == shape.hidden_circuits() {
            return self.boltzmann.weight(joined, &self.moments.peak);
        }
        let (units, size) = (shape.circuit(circuit), shape.hidden_size());
        let mut total = T::zero();
        for (unit, field) in units.clone().zip(fields) {
            let later = joined_fields(self.boltzmann, unit, units.end, &fields[size..]);
            let joined = self.boltzmann.join(joined, field);
            total += self.choose(unit, &joined, &later);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::configuration::Configuration;
    use crate::energy::energy;
    use crate::network::{Convention, Mask, Parameters};
    use crate::number::Float256;
    use crate::testing::{Recipe, assert_close, assert_gradient, four_networks, network, networks};

    fn factors(recipe: &Recipe) -> Factors<BigRational> {
        let n = recipe.shape.units();
        let factor = |k: usize| BigRational::ratio(1, 3) + recipe.fraction::<BigRational>(k);
        let pair = Matrix::from_fn(n, n, |i, j| factor(i.min(j) * n + i.max(j)));
        Factors { shape: recipe.shape, unit: (0..n).map(|i| factor(5 * i + 2)).collect(), pair }
    }

    /// The weight of a configuration as the plain product of its factors.
    fn product(factors: &Factors<BigRational>, v: &Configuration) -> BigRational {
        let mut weight = BigRational::one();
        for (k, &i) in v.winners().iter().enumerate() {
            weight *= &factors.unit[i];
            for &j in &v.winners()[..k] {
                weight *= &factors.pair[(i, j)];
            }
        }
        weight
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn moments_over_rationals_are_their_definition(recipe in networks(16)) {
            let (factors, shape) = (factors(&recipe), recipe.shape);
            let exact = ExactPolicy::new(&factors).unwrap();
            let total: BigRational = Configuration::enumerate(shape).map(|v| product(&factors, &v)).sum();
            for action in (0..shape.actions()).map(Some).chain([None]) {
                let chosen = |v: &Configuration| action.is_none_or(|a| v.action() == a);
                let moment = |holds: &dyn Fn(&Vec<BigRational>) -> bool| -> BigRational {
                    Configuration::enumerate(shape)
                        .filter(|v| chosen(v) && holds(&v.one_hot()))
                        .map(|v| product(&factors, &v))
                        .sum()
                };
                let weight = moment(&|_| true);
                let moments = match action {
                    Some(a) => {
                        prop_assert_eq!(&exact.policy()[a], &(&weight / &total));
                        exact.given(a).unwrap()
                    }
                    None => exact.free().clone(),
                };
                let one = BigRational::one();
                for i in 0..shape.units() {
                    prop_assert_eq!(&moments.first[i], &(moment(&|v| v[i] == one) / &weight));
                    for j in 0..shape.units() {
                        let expected = moment(&|v| v[i] == one && v[j] == one) / &weight;
                        prop_assert_eq!(&moments.second[(i, j)], &expected);
                    }
                }
            }
        }

        #[test]
        fn the_peak_is_the_lowest_energy(recipe in networks(160)) {
            // Weights are relative to the peak: with a lower peak they could overflow, with a
            // higher one underflow.
            let parameters = recipe.parameters::<f64>();
            let observed = parameters.observe(&recipe.state(0)).unwrap();
            let lowest = Configuration::enumerate(recipe.shape)
                .map(|v| energy(&observed, &v.one_hot()))
                .fold(f64::INFINITY, f64::min);
            let peak = ExactPolicy::new(&observed).unwrap().free().peak;
            prop_assert!((peak + lowest).abs() <= 1e-12 * lowest.abs().max(1.0), "{} {}", peak, lowest);
        }

        #[test]
        fn doubles_and_wide_floats_agree(recipe in networks(48)) {
            let (double, wide) = (recipe.parameters::<f64>(), recipe.parameters::<Float256>());
            let (double, wide) = (double.observe(&recipe.state(0)).unwrap(), wide.observe(&recipe.state(0)).unwrap());
            let (double, wide) = (ExactPolicy::new(&double).unwrap(), ExactPolicy::new(&wide).unwrap());
            let narrowed: Vec<f64> = wide.policy().iter().map(Scalar::to_f64).collect();
            assert_close(double.policy(), &narrowed, 1e-13);
            for a in 0..recipe.shape.actions() {
                let ln = wide.ln_policy(a).unwrap().to_f64();
                prop_assert!((double.ln_policy(a).unwrap() - ln).abs() <= 1e-13 * ln.abs().max(1.0));
            }
            let narrowed: Vec<f64> = wide.free().second.entries().iter().map(Scalar::to_f64).collect();
            assert_close(double.free().second.entries(), &narrowed, 1e-13);
        }

        #[test]
        fn the_policy_is_the_sum_of_boltzmann_weights(recipe in networks(24)) {
            let parameters = recipe.parameters::<f64>();
            let observed = parameters.observe(&recipe.state(0)).unwrap();
            let exact = ExactPolicy::new(&observed).unwrap();
            let mut policy = vec![0.0; recipe.shape.actions()];
            for v in Configuration::enumerate(recipe.shape) {
                policy[v.action()] += (-energy(&observed, &v.one_hot())).exp();
            }
            let total: f64 = policy.iter().sum();
            prop_assert!((exact.ln_partition() - total.ln()).abs() < 1e-12);
            for (a, weight) in policy.iter().enumerate() {
                prop_assert!((exact.policy()[a] - weight / total).abs() < 1e-13);
                prop_assert!((exact.ln_policy(a).unwrap() - (weight / total).ln()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_log_policy_gradient_is_exact_over_rationals() {
        // E1: Z is linear in one pair's factor f, Z_a(f) = α + βf, so ∂ ln π / ∂ ln f = βf/Z_a -
        // (the same for Z), with α and β from two evaluations; it must be the difference of the
        // pair's moments.
        let recipe = network(Convention::Full, false);
        let factors = factors(&recipe);
        let exact = ExactPolicy::new(&factors).unwrap();
        for (i, j, action) in [(0, 4, 1), (2, 7, 1), (5, 8, 0), (1, 3, 2)] {
            let mut doubled = factors.clone();
            let two = BigRational::ratio(2, 1);
            (doubled.pair[(i, j)], doubled.pair[(j, i)]) =
                (&two * &factors.pair[(i, j)], &two * &factors.pair[(i, j)]);
            let sum = |factors: &Factors<BigRational>, a: Option<usize>| -> BigRational {
                let all =
                    Configuration::enumerate(recipe.shape).filter(|v| a.is_none_or(|a| v.action() == a));
                all.map(|v| product(factors, &v)).sum()
            };
            // Z(2f) - Z(f) = βf.
            let slope = |a| (sum(&doubled, a) - sum(&factors, a)) / sum(&factors, a);
            let moments = exact.given(action).unwrap();
            let expected = &moments.second[(i, j)] - &exact.free().second[(i, j)];
            assert_eq!(slope(Some(action)) - slope(None), expected);
        }
    }

    #[test]
    fn the_gradient_is_the_derivative_of_the_log_policy() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(0);
            for action in 0..3 {
                let observed = parameters.observe(&state).unwrap();
                let gradient = ExactPolicy::new(&observed).unwrap().ln_policy_gradient(action).unwrap();
                assert_gradient(&parameters, &gradient, |parameters| {
                    let observed = parameters.observe(&state).unwrap();
                    ExactPolicy::new(&observed).unwrap().ln_policy(action).unwrap()
                });
            }
        }
    }

    #[test]
    fn the_scores_cancel_and_any_baseline_is_free() {
        // E2 and E3: Σ π ∂ ln π = 0 and Σ π (R - baseline) ∂ ln π is the derivative of Σ π R.
        let recipe = network(Convention::Half, true);
        let parameters = recipe.parameters::<f64>();
        let state = recipe.state::<f64>(1);
        let observed = parameters.observe(&state).unwrap();
        let exact = ExactPolicy::new(&observed).unwrap();
        let reward = [0.75, -1.5, 0.25];
        let expected = |weight: &dyn Fn(usize) -> f64| {
            let mut total = Update::zeros(recipe.shape);
            for a in 0..3 {
                total.add_scaled(&(exact.policy()[a] * weight(a)), &exact.ln_policy_gradient(a).unwrap());
            }
            total
        };
        assert!(expected(&|_| 1.0).entries().all(|entry| entry.abs() < 1e-15));
        for baseline in [0.0, -3.5] {
            assert_gradient(&parameters, &expected(&|a| reward[a] - baseline), |parameters| {
                let observed = parameters.observe(&state).unwrap();
                let exact = ExactPolicy::new(&observed).unwrap();
                exact.policy().iter().zip(reward).map(|(p, r)| p * r).sum()
            });
        }
    }

    fn biased(shape: Shape, bias: Vec<f64>) -> Parameters<f64> {
        let n = shape.units();
        let (recurrent, state) = (Matrix::zeros(n, n), Matrix::zeros(shape.states(), n));
        Parameters::new(shape, Convention::Full, Mask::all(shape), recurrent, state, bias).unwrap()
    }

    #[test]
    fn energies_far_apart_neither_overflow_nor_vanish() {
        let shape = Shape::new(0, 1, 2, 2).unwrap();
        let parameters = biased(shape, vec![3000.0, 3000.0, 0.0, -2000.0]);
        let observed = parameters.observe(&[]).unwrap();
        let exact = ExactPolicy::new(&observed).unwrap();
        assert_eq!(exact.policy(), [1.0, 0.0]);
        assert!((exact.ln_policy(1).unwrap() + 2000.0).abs() < 1e-12);
        assert_eq!(exact.given(1).unwrap().first, [0.5, 0.5, 0.0, 1.0]);
        assert!(exact.given(2).unwrap_err().is_invalid());
        let parameters = biased(shape, vec![f64::MAX, 0.0, f64::MAX, 0.0]);
        assert!(ExactPolicy::new(&parameters.observe(&[]).unwrap()).unwrap_err().is_invalid());
    }

    #[test]
    fn a_million_configurations_are_enumerated_and_no_more() {
        let policy = |g, d, a| {
            let shape = Shape::new(0, g, d, a).unwrap();
            let parameters = biased(shape, vec![0.0; shape.units()]);
            ExactPolicy::new(&parameters.observe(&[]).unwrap()).map(|exact| exact.policy().to_vec())
        };
        assert_eq!(policy(6, 10, 1), Ok(vec![1.0]));
        assert!(policy(2, 100, 101).is_err_and(|error| error.is_too_large()));
        assert!(policy(64, 2, 1).is_err_and(|error| error.is_too_large()));
    }
}
