//! Optimisers: update parameters along a direction of ascent.
//!
//! An optimiser belongs to one list of matrices: the weights and the bias of a network, or those of
//! every layer of a critic. It stores the state of its method for each matrix. The caller gives the
//! learning rate with every step and so controls the schedule.
//! [`optimiser`](crate::kernel::optimiser) defines the update of an entry.

use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::optimiser::{Adam, RmsProp, adam, rmsprop, sgd};
use crate::kernel::simd::Level;
use crate::run::{Flat, Snapshot};
use serde::{Deserialize, Serialize};

/// The optimisation method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Along the gradient.
    Sgd,
    /// Along the gradient divided by the root of its running mean square.
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// α, in `[0,1)`.
        decay: f64,
        /// ε, positive.
        epsilon: f64,
    },
    /// Along the running mean of the gradient divided by the root of its running mean square, both
    /// with bias correction.
    Adam {
        /// β₁ and β₂, in `[0,1)`.
        betas: (f64, f64),
        /// ε, positive.
        epsilon: f64,
    },
}

impl Method {
    /// RMSProp with α = 0.99, ε = 1e-8.
    pub const RMSPROP: Method = Method::RmsProp { decay: 0.99, epsilon: 1e-8 };
    /// Adam with β = (0.9, 0.999), ε = 1e-8.
    pub const ADAM: Method = Method::Adam { betas: (0.9, 0.999), epsilon: 1e-8 };
}

/// A method with its state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Optimiser {
    method: Method,
    steps: u64,
    means: Vec<AlignedMatrix>,
    squares: Vec<AlignedMatrix>,
}

/// A step that the threads take part by part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    method: Method,
    rate: f64,
    /// Number of this step, from 1.
    number: u64,
}

/// Adjacent numbers of a matrix with their state.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// The numbers.
    pub(crate) parameters: &'a mut [f32],
    means: &'a mut [f32],
    squares: &'a mut [f32],
}

impl Step {
    /// Moves the part along `gradient`, a direction of ascent of the same length.
    pub(crate) fn take(&self, level: Level, gradient: &[f32], part: Part<'_>) {
        let Part { parameters, means, squares } = part;
        match self.method {
            Method::Sgd => sgd(level, self.rate as f32, gradient, parameters),
            Method::RmsProp { decay, epsilon } => {
                rmsprop(level, RmsProp::new(self.rate, decay, epsilon), gradient, squares, parameters);
            }
            Method::Adam { betas, epsilon } => {
                let step = Adam::new(self.rate, betas, epsilon, self.number);
                adam(level, step, gradient, means, squares, parameters);
            }
        }
    }
}

impl<'a> Part<'a> {
    /// A whole matrix with its state, which is empty where the method has none.
    fn new(
        parameters: &'a mut AlignedMatrix,
        means: &'a mut AlignedMatrix,
        squares: &'a mut AlignedMatrix,
    ) -> Self {
        let (rows, columns) = (parameters.rows(), parameters.columns());
        for state in [&*means, &*squares] {
            assert!(state.columns() == columns && [0, rows].contains(&state.rows()));
        }
        Self { parameters: parameters.all_mut(), means: means.all_mut(), squares: squares.all_mut() }
    }

    /// Cuts off the first `length` numbers.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn cut(&mut self, length: usize) -> Part<'a> {
        let cut = |slice: &mut &'a mut [f32]| slice.split_off_mut(..length).expect("it is as long");
        let of_state = |slice: &mut &'a mut [f32]| match slice.is_empty() {
            true => Default::default(),
            false => cut(slice),
        };
        Part {
            means: of_state(&mut self.means),
            squares: of_state(&mut self.squares),
            parameters: cut(&mut self.parameters),
        }
    }
}

impl Optimiser {
    /// An optimiser for matrices of these shapes, (rows, columns).
    pub(crate) fn new(method: Method, shapes: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let shapes: Vec<_> = shapes.into_iter().collect();
        let moments = |needed: bool| {
            let zeros = |&(rows, columns): &(usize, usize)| match needed {
                true => AlignedMatrix::zeros(rows, columns),
                false => AlignedMatrix::zeros(0, columns),
            };
            shapes.iter().map(zeros).collect()
        };
        let means = moments(matches!(method, Method::Adam { .. }));
        let squares = moments(!matches!(method, Method::Sgd));
        Self { method, steps: 0, means, squares }
    }

    /// An optimiser for the weights and the bias of a network, in this order.
    pub(crate) fn for_parameters(method: Method, parameters: &crate::network::Parameters) -> Self {
        let (inputs, units) = (parameters.inputs(), parameters.units());
        Self::new(method, [(inputs, units), (1, units)])
    }

    /// Begins the next step, with the learning rate `rate`.
    pub(crate) fn begin(&mut self, rate: f64) -> Step {
        self.steps += 1;
        Step { method: self.method, rate, number: self.steps }
    }

    /// The `matrix`-th matrix, padding included, with its state.
    ///
    /// # Panics
    /// If the matrix does not have the shape that the optimiser was made for.
    pub(crate) fn part<'a>(&'a mut self, matrix: usize, parameters: &'a mut AlignedMatrix) -> Part<'a> {
        Part::new(parameters, &mut self.means[matrix], &mut self.squares[matrix])
    }

    /// Takes a step with the learning rate `rate` along the gradients, directions of ascent with
    /// zero padding, one for each matrix in order.
    ///
    /// # Panics
    /// If the matrices and the gradients do not agree with the shapes of the optimiser.
    pub(crate) fn step(
        &mut self,
        compute: &Compute,
        rate: f64,
        matrices: Vec<(&mut AlignedMatrix, &AlignedMatrix)>,
    ) {
        assert_eq!(matrices.len(), self.squares.len());
        let step = self.begin(rate);
        let mut parts = Vec::new();
        let states = self.means.iter_mut().zip(&mut self.squares);
        for ((parameters, gradient), (means, squares)) in matrices.into_iter().zip(states) {
            let mut whole = Part::new(parameters, means, squares);
            for range in compute.threads.split(gradient.all().len(), WIDTH) {
                parts.push((&gradient.all()[range.clone()], whole.cut(range.len())));
            }
        }
        compute.threads.each(parts, |(gradient, part)| step.take(compute.level, gradient, part));
    }

    /// The state of the method.
    pub(crate) fn state(&self) -> Snapshot {
        let mut state = Snapshot::default();
        state.put("steps", Flat::U64(vec![self.steps]));
        for (name, all) in [("mean", &self.means), ("square", &self.squares)] {
            for (at, rows) in all.iter().enumerate().filter(|(_, rows)| rows.rows() > 0) {
                state.put_rows(format!("{at}/{name}"), rows);
            }
        }
        state
    }

    /// Restores a state from [`Optimiser::state`].
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub(crate) fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        self.steps = state.u64("steps", 1)?[0];
        for (name, all) in [("mean", &mut self.means), ("square", &mut self.squares)] {
            for (at, rows) in all.iter_mut().enumerate().filter(|(_, rows)| rows.rows() > 0) {
                state.read_rows(&format!("{at}/{name}"), rows)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Method, Optimiser, Snapshot};
    use crate::kernel::compute::Compute;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::optimiser::{Adam, RmsProp, twin};
    use crate::kernel::simd::Level;
    use crate::random::SplitMix64;

    const METHODS: [Method; 3] = [Method::Sgd, Method::RMSPROP, Method::ADAM];
    const SHAPES: [(usize, usize); 2] = [(7, 19), (1, 19)];

    fn random_rows(random: &mut SplitMix64) -> Vec<AlignedMatrix> {
        SHAPES.map(|(r, c)| AlignedMatrix::from_fn(r, c, |_, _| random.symmetric(1.0) as f32)).into()
    }

    fn step(
        optimiser: &mut Optimiser,
        threads: usize,
        rate: f64,
        all: &mut [AlignedMatrix],
        gradients: &[AlignedMatrix],
    ) {
        let compute = Compute::new(Level::best(None), threads).unwrap();
        optimiser.step(&compute, rate, all.iter_mut().zip(gradients).collect());
    }

    #[test]
    fn every_matrix_takes_the_kernels_steps_on_any_number_of_threads() {
        for method in METHODS {
            let mut random = SplitMix64::new(3);
            let start = random_rows(&mut random);
            let gradients: Vec<_> = (0..4).map(|_| random_rows(&mut random)).collect();
            let rates = [1e-2, 5e-3, 1e-2, 1e-3];
            for threads in [1, 2, 3] {
                let (mut found, mut optimiser) = (start.clone(), Optimiser::new(method, SHAPES));
                for (gradients, rate) in gradients.iter().zip(rates) {
                    step(&mut optimiser, threads, rate, &mut found, gradients);
                }
                for (matrix, found) in found.iter().enumerate() {
                    for (at, found) in found.all().iter().enumerate() {
                        let (mut p, mut m, mut v) = (start[matrix].all()[at], 0.0, 0.0);
                        for ((t, gradients), rate) in (1..).zip(&gradients).zip(rates) {
                            let g = gradients[matrix].all()[at];
                            match method {
                                Method::Sgd => twin::sgd(rate as f32, g, &mut p),
                                Method::RmsProp { .. } => {
                                    twin::rmsprop(&RmsProp::new(rate, 0.99, 1e-8), g, &mut v, &mut p);
                                }
                                Method::Adam { .. } => {
                                    let step = Adam::new(rate, (0.9, 0.999), 1e-8, t);
                                    twin::adam(&step, g, &mut m, &mut v, &mut p);
                                }
                            }
                        }
                        assert_eq!(found.to_bits(), p.to_bits(), "{method:?}, {threads} threads");
                    }
                }
            }
        }
    }

    #[test]
    fn a_restored_optimiser_continues_to_the_same_bits() {
        for method in METHODS {
            let mut random = SplitMix64::new(4);
            let (mut one, mut first) = (random_rows(&mut random), Optimiser::new(method, SHAPES));
            step(&mut first, 2, 1e-2, &mut one, &random_rows(&mut random));
            let mut second = Optimiser::new(method, SHAPES);
            second.restore(&first.state()).unwrap();
            assert_eq!(second, first);
            let mut other = one.clone();
            let gradients = random_rows(&mut random);
            step(&mut first, 2, 1e-2, &mut one, &gradients);
            step(&mut second, 1, 1e-2, &mut other, &gradients);
            assert_eq!((one, second.steps), (other, 2));
            assert!(Optimiser::new(method, [(3, 19)]).restore(&Snapshot::default()).is_err());
        }
    }
}
