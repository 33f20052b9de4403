//! A finite Markov decision process: return, discounted occupancy, and the gradient of the return,
//! by linear solves (claim E4).
//!
//! For a policy `π(a|x)`: `V = r_π + γ P_π V`, return `J = startᵀ V`, occupancy `d = start + γ P_πᵀ
//! d` (it sums to `1/(1-γ)`), `Q(x,a) = R(x,a) + γ Σ_y P(y|x,a) V(y)`. The policy gradient theorem
//! is `∂J = Σ_x d(x) Σ_a ∂π(a|x) Q(x,a)`. Source: Sutton, McAllester, Singh and Mansour, *Policy
//! gradient methods for reinforcement learning with function approximation*, NIPS 1999.

use crate::Error;
use crate::number::{Matrix, Scalar};

/// A Markov decision process with `X` states and `A` actions.
#[derive(Clone, Debug, PartialEq)]
pub struct Mdp<T> {
    transition: Vec<Matrix<T>>,
    reward: Matrix<T>,
    discount: T,
    start: Vec<T>,
}

impl<T: Scalar> Mdp<T> {
    /// A process from `transition[a][(x, y)] = P(y|x,a)`, `reward[(x, a)]`, the discount `γ` in
    /// `[0,1)` and the start distribution.
    ///
    /// # Errors
    /// Sizes that disagree, a discount outside `[0,1)`, a probability outside `[0,1]`, a
    /// distribution that does not sum to 1 within 10⁻⁹ or a reward that is not finite.
    pub fn new(
        transition: Vec<Matrix<T>>,
        reward: Matrix<T>,
        discount: T,
        start: Vec<T>,
    ) -> Result<Self, Error> {
        let states = start.len();
        let (rows, actions) = (reward.rows(), reward.cols());
        if rows != states || actions != transition.len() {
            let message = format!(
                "is {rows} × {actions}; start and transition ask for {states} × {}",
                transition.len()
            );
            return Err(Error::invalid("reward", message));
        }
        if !reward.entries().iter().all(Scalar::is_finite) {
            return Err(Error::invalid("reward", "has an entry that is not finite; use finite numbers"));
        }
        if !(discount >= T::zero() && discount < T::one()) {
            return Err(Error::invalid("discount", "is outside [0,1); use a smaller one"));
        }
        check_distribution("start", &start)?;
        for (a, matrix) in transition.iter().enumerate() {
            if matrix.rows() != states || matrix.cols() != states {
                let message = format!("is {} × {}; use {states} × {states}", matrix.rows(), matrix.cols());
                return Err(Error::invalid(format!("transition[{a}]"), message));
            }
            for x in 0..states {
                check_distribution(&format!("transition[{a}][{x}]"), matrix.row(x))?;
            }
        }
        Ok(Self { transition, reward, discount, start })
    }

    /// Number of states, `X`.
    pub fn states(&self) -> usize {
        self.start.len()
    }

    /// Number of actions, `A`.
    pub fn actions(&self) -> usize {
        self.reward.cols()
    }

    /// `V(x)`, `X` long, for the policy `policy[(x, a)] = π(a|x)`, `X × A`.
    ///
    /// # Errors
    /// The policy has another shape, or it is not a policy: `I - γ P_π` is singular.
    pub fn values(&self, policy: &Matrix<T>) -> Result<Vec<T>, Error> {
        let steps = self.discounted_steps(policy)?;
        let reward: Vec<T> = (0..self.states()).map(|x| dot(policy.row(x), self.reward.row(x))).collect();
        self.solve(&steps, &reward)
    }

    /// The return `J`.
    ///
    /// # Errors
    /// As [`Mdp::values`].
    pub fn expected_return(&self, policy: &Matrix<T>) -> Result<T, Error> {
        Ok(dot(&self.start, &self.values(policy)?))
    }

    /// `Q(x,a)`, `X × A`.
    ///
    /// # Errors
    /// As [`Mdp::values`].
    pub fn action_values(&self, policy: &Matrix<T>) -> Result<Matrix<T>, Error> {
        let values = self.values(policy)?;
        Ok(Matrix::from_fn(self.states(), self.actions(), |x, a| {
            self.reward[(x, a)].clone() + self.discount.clone() * dot(self.transition[a].row(x), &values)
        }))
    }

    /// The discounted occupancy `d(x) = Σ_t γᵗ Pr(x_t = x)`, `X` long.
    ///
    /// # Errors
    /// As [`Mdp::values`].
    pub fn occupancy(&self, policy: &Matrix<T>) -> Result<Vec<T>, Error> {
        let steps = self.discounted_steps(policy)?;
        self.solve(&Matrix::from_fn(self.states(), self.states(), |x, y| steps[(y, x)].clone()), &self.start)
    }

    /// The derivative of the return with respect to a change of the policy by `direction`, `X × A`,
    /// by differentiation of `V`: `(I - γ P_π) dV = dr_π + γ dP_π V`.
    ///
    /// # Errors
    /// As [`Mdp::values`].
    pub fn return_derivative(&self, policy: &Matrix<T>, direction: &Matrix<T>) -> Result<T, Error> {
        let values = self.values(policy)?;
        let changed = self.discounted_steps(direction)?;
        let right: Vec<T> = (0..self.states())
            .map(|x| dot(direction.row(x), self.reward.row(x)) + dot(changed.row(x), &values))
            .collect();
        Ok(dot(&self.start, &self.solve(&self.discounted_steps(policy)?, &right)?))
    }

    /// The derivative of the return by the policy gradient theorem (E4): `Σ_x d(x) Σ_a
    /// direction(x,a) Q(x,a)`.
    ///
    /// # Errors
    /// As [`Mdp::values`].
    pub fn policy_gradient(&self, policy: &Matrix<T>, direction: &Matrix<T>) -> Result<T, Error> {
        self.check_policy(direction)?;
        let (occupancy, values) = (self.occupancy(policy)?, self.action_values(policy)?);
        let inner: Vec<T> = (0..self.states()).map(|x| dot(direction.row(x), values.row(x))).collect();
        Ok(dot(&occupancy, &inner))
    }

    /// `γ P_π`, `X × X`.
    fn discounted_steps(&self, policy: &Matrix<T>) -> Result<Matrix<T>, Error> {
        self.check_policy(policy)?;
        Ok(Matrix::from_fn(self.states(), self.states(), |x, y| {
            let to_y: Vec<T> = self.transition.iter().map(|matrix| matrix[(x, y)].clone()).collect();
            self.discount.clone() * dot(policy.row(x), &to_y)
        }))
    }

    fn check_policy(&self, policy: &Matrix<T>) -> Result<(), Error> {
        if policy.rows() == self.states() && policy.cols() == self.actions() {
            return Ok(());
        }
        let message =
            format!("is {} × {}; use {} × {}", policy.rows(), policy.cols(), self.states(), self.actions());
        Err(Error::invalid("policy", message))
    }

    /// The `x` with `(I - steps) x = right`.
    fn solve(&self, steps: &Matrix<T>, right: &[T]) -> Result<Vec<T>, Error> {
        let n = self.states();
        let identity = |x, y| if x == y { T::one() } else { T::zero() };
        let matrix = Matrix::from_fn(n, n, |x, y| identity(x, y) - steps[(x, y)].clone());
        let right = Matrix::from_fn(n, 1, |x, _| right[x].clone());
        let solution = T::solve(&matrix, &right).ok_or_else(|| {
            Error::singular("policy", "has no return; use a probability distribution for each state")
        })?;
        Ok(solution.entries().to_vec())
    }
}

fn dot<T: Scalar>(left: &[T], right: &[T]) -> T {
    left.iter().zip(right).fold(T::zero(), |sum, (a, b)| sum + a.clone() * b.clone())
}

fn check_distribution<T: Scalar>(place: &str, probabilities: &[T]) -> Result<(), Error> {
    let in_range = probabilities.iter().all(|p| *p >= T::zero() && *p <= T::one());
    let sum = probabilities.iter().fold(T::zero(), |sum, p| sum + p.clone());
    if in_range && (sum - T::one()).abs() <= T::ratio(1, 1_000_000_000) {
        return Ok(());
    }
    Err(Error::invalid(place, "is not a probability distribution; use entries in [0,1] that sum to 1"))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::exact_policy::ExactPolicy;
    use crate::network::{Convention, Parameters, Update};
    use crate::testing::{assert_gradient, network, networks};

    fn distribution<T: Scalar>(weights: impl Iterator<Item = i64> + Clone) -> Vec<T> {
        let total = weights.clone().sum();
        weights.map(|weight| T::ratio(weight, total)).collect()
    }

    fn mdp<T: Scalar>(states: usize, actions: usize, number: &dyn Fn(usize) -> i64) -> Mdp<T> {
        let positive = |k: usize| 1 + number(k).rem_euclid(9);
        let transition = (0..actions).map(|a| {
            let row = |x: usize| distribution((0..states).map(move |y| positive(31 * a + 7 * x + y)));
            Matrix::from_rows((0..states).map(row).collect()).unwrap()
        });
        let reward = Matrix::from_fn(states, actions, |x, a| T::ratio(number(50 + 5 * x + a), 8));
        let start = distribution((0..states).map(|x| positive(80 + x)));
        Mdp::new(transition.collect(), reward, T::ratio(9, 10), start).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_policy_gradient_theorem_holds(states in 1..5usize, actions in 1..4usize, recipe in networks(16)) {
            // E4, compared exactly with the differentiated linear system, and with the return:
            // along a line of policies, J is a ratio of polynomials, and small exact steps give
            // bounds of its derivative.
            let number = |k: usize| recipe.numbers[k % 97];
            let mdp = mdp::<BigRational>(states, actions, &number);
            let row = |x: usize| distribution((0..actions).map(move |a| 1 + number(7 * x + a).rem_euclid(5)));
            let policy = Matrix::from_rows((0..states).map(row).collect()).unwrap();
            let direction = Matrix::from_fn(states, actions, |x, a| recipe.number::<BigRational>(60 + 3 * x + a));
            let theorem = mdp.policy_gradient(&policy, &direction).unwrap();
            prop_assert_eq!(&theorem, &mdp.return_derivative(&policy, &direction).unwrap());
            let moved = |h: i64| {
                let step = BigRational::ratio(h, 1_000_000_000);
                let entry = |x, a| &policy[(x, a)] + &step * &direction[(x, a)];
                mdp.expected_return(&Matrix::from_fn(states, actions, entry)).unwrap()
            };
            let difference = (moved(1) - moved(-1)) * BigRational::ratio(500_000_000, 1);
            prop_assert!((difference - theorem).abs() < BigRational::ratio(1, 1_000_000));
            // An occupancy sums to 1/(1-γ).
            let occupancy: BigRational = mdp.occupancy(&policy).unwrap().into_iter().sum();
            prop_assert_eq!(occupancy, BigRational::ratio(10, 1));
        }
    }

    /// State 0 goes to 1 with reward 2. State 1 stays with action 0 and reward 1, or returns with
    /// action 1 and reward 0. γ = ½.
    fn two_states() -> Mdp<BigRational> {
        let ratio = |n| BigRational::ratio(n, 1);
        let stay = Matrix::from_fn(2, 2, |_, y| ratio(y as i64));
        let swap = Matrix::from_fn(2, 2, |x, y| ratio(i64::from(x != y)));
        let reward = Matrix::from_rows(vec![vec![ratio(2), ratio(2)], vec![ratio(1), ratio(0)]]).unwrap();
        Mdp::new(vec![stay, swap], reward, BigRational::ratio(1, 2), vec![ratio(1), ratio(0)]).unwrap()
    }

    #[test]
    fn a_process_solved_by_hand() {
        let (mdp, ratio) = (two_states(), BigRational::ratio);
        assert_eq!((mdp.states(), mdp.actions()), (2, 2));
        // Always action 1: V(1) = V(0)/2, V(0) = 2 + V(1)/2 = 2 + V(0)/4 = 8/3.
        let swap = Matrix::from_fn(2, 2, |_, a| ratio(a as i64, 1));
        assert_eq!(mdp.values(&swap).unwrap(), [ratio(8, 3), ratio(4, 3)]);
        assert_eq!(mdp.expected_return(&swap).unwrap(), ratio(8, 3));
        // d(0) = 1 + d(1)/2, d(1) = d(0)/2.
        assert_eq!(mdp.occupancy(&swap).unwrap(), [ratio(4, 3), ratio(2, 3)]);
        let expected = vec![vec![ratio(8, 3), ratio(8, 3)], vec![ratio(5, 3), ratio(4, 3)]];
        assert_eq!(mdp.action_values(&swap).unwrap(), Matrix::from_rows(expected).unwrap());
    }

    #[test]
    fn the_theorem_holds_for_the_exact_policy_of_a_network() {
        // E4 end to end: each state of the process gives the network a different observation.
        let recipe = network(Convention::Half, true);
        let parameters = recipe.parameters::<f64>();
        let mdp = mdp::<f64>(3, 3, &|k| recipe.numbers[(3 * k + 1) % 97]);
        let policy = |parameters: &Parameters<f64>| {
            let row = |x: usize| {
                let observed = parameters.observe(&recipe.state(x)).unwrap();
                ExactPolicy::new(&observed).unwrap().policy().to_vec()
            };
            Matrix::from_rows((0..3).map(row).collect()).unwrap()
        };
        let (rows, mut gradient) = (policy(&parameters), Update::zeros(recipe.shape));
        let (occupancy, values) = (mdp.occupancy(&rows).unwrap(), mdp.action_values(&rows).unwrap());
        for x in 0..3 {
            let observed = parameters.observe(&recipe.state(x)).unwrap();
            let exact = ExactPolicy::new(&observed).unwrap();
            for a in 0..3 {
                let weight = occupancy[x] * rows[(x, a)] * values[(x, a)];
                gradient.add_scaled(&weight, &exact.ln_policy_gradient(a).unwrap());
            }
        }
        assert_gradient(&parameters, &gradient, |parameters| {
            mdp.expected_return(&policy(parameters)).unwrap()
        });
    }

    #[test]
    fn what_is_no_process_or_policy_is_refused() {
        let place = |change: &dyn Fn(&mut Mdp<f64>)| {
            let mut mdp = mdp::<f64>(2, 2, &|k| k as i64);
            change(&mut mdp);
            Mdp::new(mdp.transition, mdp.reward, mdp.discount, mdp.start)
                .map_err(|error| error.place().to_owned())
        };
        assert!(place(&|_| ()).is_ok());
        assert!(place(&|mdp| mdp.discount = 0.0).is_ok());
        let refused = |place: Result<Mdp<f64>, String>| place.unwrap_err();
        assert_eq!(refused(place(&|mdp| mdp.reward = Matrix::zeros(1, 2))), "reward");
        assert_eq!(refused(place(&|mdp| mdp.reward = Matrix::zeros(2, 1))), "reward");
        assert_eq!(refused(place(&|mdp| mdp.reward[(1, 0)] = f64::NAN)), "reward");
        for discount in [1.0, -0.1, f64::NAN] {
            assert_eq!(refused(place(&|mdp| mdp.discount = discount)), "discount");
        }
        assert_eq!(refused(place(&|mdp| mdp.start = vec![1.5, -0.5])), "start");
        assert_eq!(refused(place(&|mdp| mdp.start = vec![0.5, 0.4])), "start");
        assert_eq!(refused(place(&|mdp| mdp.start = vec![-1e-10, 1.0])), "start");
        assert!(place(&|mdp| mdp.start = vec![0.5, 0.5 + 1e-10]).is_ok());
        assert_eq!(refused(place(&|mdp| mdp.transition[1] = Matrix::zeros(2, 1))), "transition[1]");
        assert_eq!(refused(place(&|mdp| mdp.transition[1] = Matrix::zeros(1, 2))), "transition[1]");
        assert_eq!(refused(place(&|mdp| mdp.transition[1][(0, 1)] = 2.0)), "transition[1][0]");
        let (mdp, policy) = (two_states(), Matrix::from_fn(2, 2, |_, _| BigRational::ratio(1, 2)));
        assert_eq!(mdp.values(&Matrix::zeros(2, 1)).unwrap_err().place(), "policy");
        assert_eq!(mdp.values(&Matrix::zeros(1, 2)).unwrap_err().place(), "policy");
        assert!(mdp.policy_gradient(&policy, &Matrix::zeros(2, 1)).unwrap_err().is_invalid());
        // "Probabilities" of 2 that swap the states: the determinant of I - γ P_π is zero.
        let twice = Matrix::from_fn(2, 2, |_, a| BigRational::ratio(2 * a as i64, 1));
        assert!(mdp.values(&twice).unwrap_err().is_singular());
    }
}
