//! A finite Markov decision process: return, discounted occupancy, and the gradient of the return, by linear solves (claim E4).
//!
//! For a policy `π(a|x)`: `V = r_π + γ P_π V`, return `J = startᵀ V`, occupancy `d = start + γ P_πᵀ d` (it sums to `1/(1-γ)`),
//! `Q(x,a) = R(x,a) + γ Σ_y P(y|x,a) V(y)`. The policy gradient theorem says `∂J = Σ_x d(x) Σ_a ∂π(a|x) Q(x,a)`.
//! Source: Sutton, McAllester, Singh and Mansour, *Policy gradient methods for reinforcement learning with function
//! approximation*, NIPS 1999.

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
    /// A process from `transition[a][(x, y)] = P(y|x,a)`, `reward[(x, a)]`, the discount `γ` in `[0,1)` and the start distribution.
    ///
    /// # Errors
    /// Sizes that disagree, a discount outside `[0,1)`, a probability outside `[0,1]`, a distribution that does not sum to 1 within
    /// 10⁻⁹ or a reward that is not finite.
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
            return Err(Error::invalid("reward", "holds an entry that is not finite; use numbers"));
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
    /// The policy is of another shape, or not one: `I - γ P_π` is singular.
    pub fn values(&self, policy: &Matrix<T>) -> Result<Vec<T>, Error> {
        let reward: Vec<T> = (0..self.states()).map(|x| dot(policy.row(x), self.reward.row(x))).collect();
        self.solve(&self.discounted_steps(policy)?, &reward)
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

    /// The derivative of the return where the policy changes by `direction`, `X × A`: `V` is differentiated,
    /// `(I - γ P_π) dV = dr_π + γ dP_π V`.
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

    /// The same by the policy gradient theorem (E4): `Σ_x d(x) Σ_a direction(x,a) Q(x,a)`.
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
