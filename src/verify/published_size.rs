//! The check of the rules at the published size, on real images: 784 states, 20 hidden circuits of
//! 10 units, 10 actions, mask as in BMVC 2022 (a block of hidden–hidden connections is dropped with
//! probability 0.1 for each ordered pair of circuits).
//!
//! Two rules are gradients of objectives that can be evaluated without a derivative, for random
//! advantages and samples:
//!
//! | rule | objective | claim |
//! | --- | --- | --- |
//! | `implicit` | `Σ_b A_b ln q*_a(s_b) / B`, through the fixed point | M5, M6 |
//! | `svpg` | `Σ_b A_b ln Π_c q⁺(v_b) / B`, with the `q` inside `z` constant at the fixed point | L2 |
//!
//! Each is compared with Richardson-extrapolated central differences on random coordinates of every
//! block, in both conventions. `W` stays symmetric: `W_ij` and `W_ji` change together, so the
//! difference is compared with the sum of both entries.

use crate::Error;
use crate::exactness::BLOCKS;
use crate::random::SplitMix64;
use crate::task::mnist::Images;
use serde::Serialize;
use svpg_reference::configuration::Configuration;
use svpg_reference::finite_difference::derivative;
use svpg_reference::network::{Convention, Mask, Parameters, Shape, Update};
use svpg_reference::number::Matrix;
use svpg_reference::rule::{self, Batch, Rule, Sample};
use svpg_reference::{last_step, mean_field};

const SHAPE: [usize; 4] = [784, 20, 10, 10];
const SAMPLES: usize = 2;
/// First step of the differences, and number of halvings. The objectives are smooth on this scale.
const STEP: f64 = 0.5;
const LEVELS: usize = 6;
/// Error of the objectives in f64: a fixed point with a residual of 10⁻¹³, times the condition of
/// the network.
const NOISE: f64 = 1e-12;
/// If a bound is above this fraction of the largest derivative of the block, the check is too weak
/// and the block fails.
const RESOLUTION: f64 = 1e-4;

/// The outcome, for every rule, convention and block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishedSize {
    /// Did every block pass?
    pub ok: bool,
    /// Seed of weights, images and coordinates.
    pub seed: u64,
    /// Numbers of the images, counted from 0.
    pub images: Vec<usize>,
    /// One entry per rule, convention and block.
    pub blocks: Vec<BlockCheck>,
}

/// One block of one rule in one convention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockCheck {
    /// `implicit` or `svpg`.
    pub rule: &'static str,
    /// `full` or `half`.
    pub convention: &'static str,
    /// `hh`, `ha`, `sh`, `sa`, `b_H` or `b_A`.
    pub block: &'static str,
    /// Number of checked coordinates.
    pub coordinates: usize,
    /// Largest difference between the rule and the finite difference.
    pub max_error: f64,
    /// Largest error bound of a finite difference.
    pub bound: f64,
    /// Largest derivative, for scale.
    pub max_derivative: f64,
    /// Is every difference within its bound, and are the bounds below 10⁻⁴ of the largest
    /// derivative?
    pub passed: bool,
}

/// Checks both rules on `coordinates` random coordinates of every block. The same seed gives the
/// same coordinates and weights.
///
/// # Errors
/// Bad input: the images do not have 784 pixels. No fixed point: none was found for one of the
/// random networks.
pub fn check(images: &Images, seed: u64, coordinates: usize) -> Result<PublishedSize, Error> {
    let [states, circuits, size, actions] = SHAPE;
    if images.pixels_per_image() != states {
        return Err(Error::bad_input(
            "images",
            format_args!("found {} pixels per image, expected {states}", images.pixels_per_image()),
            "give MNIST or Fashion-MNIST",
        ));
    }
    let shape = Shape::new(states, circuits, size, actions).map_err(internal)?;
    let mut random = SplitMix64::new(seed);
    let chosen: Vec<usize> = (0..SAMPLES).map(|_| random.below(images.count())).collect();
    let observed: Vec<Vec<f64>> = chosen.iter().map(|&index| images.state(index)).collect();
    let mut blocks = Vec::new();
    for convention in [Convention::Full, Convention::Half] {
        let parameters = network(shape, convention, &mut random)?;
        let samples = samples(&parameters, &observed, &mut random)?;
        for rule in [Rule::Implicit, Rule::Svpg] {
            let objective = Objective { parameters: &parameters, samples: &samples, rule };
            blocks.extend(objective.check(&mut random, coordinates)?);
        }
    }
    Ok(PublishedSize { ok: blocks.iter().all(|block| block.passed), seed, images: chosen, blocks })
}

/// A random network whose net inputs are of order one, masked as in BMVC 2022.
fn network(shape: Shape, convention: Convention, random: &mut SplitMix64) -> Result<Parameters<f64>, Error> {
    let n = shape.units();
    let circuits = shape.hidden_circuits();
    let mut kept = Matrix::from_fn(circuits + 1, circuits + 1, |_, _| true);
    for c in 0..circuits {
        for d in 0..circuits {
            if random.chance(0.1) {
                kept[(c, d)] = false;
                kept[(d, c)] = false;
            }
        }
    }
    let recurrent = Matrix::from_fn(n, n, |i, j| kept[(shape.circuit_of(i), shape.circuit_of(j))]);
    let every_state = Matrix::from_fn(shape.states(), n, |_, _| true);
    let mask = Mask::new(shape, &recurrent, &every_state).map_err(internal)?;
    let mut weights = Matrix::<f64>::zeros(n, n);
    for i in 0..n {
        for j in 0..i {
            if mask.recurrent(i, j) {
                weights[(i, j)] = random.symmetric(0.5);
                weights[(j, i)] = weights[(i, j)];
            }
        }
    }
    let state = Matrix::from_fn(shape.states(), n, |_, _| random.symmetric(0.1));
    let bias = (0..n).map(|_| random.symmetric(0.5)).collect();
    Parameters::new(shape, convention, mask, weights, state, bias).map_err(internal)
}

/// Random configurations and advantages, with `q` at the fixed point.
fn samples(
    parameters: &Parameters<f64>,
    observed: &[Vec<f64>],
    random: &mut SplitMix64,
) -> Result<Vec<Sample<f64>>, Error> {
    let shape = parameters.shape();
    let sample = |state: &Vec<f64>| {
        let hidden: Vec<usize> =
            (0..shape.hidden_circuits()).map(|_| random.below(shape.hidden_size())).collect();
        let configuration =
            Configuration::new(shape, &hidden, random.below(shape.actions())).map_err(internal)?;
        let found = mean_field::free(&parameters.observe(state).map_err(internal)?);
        if !found.converged {
            return Err(Error::no_fixed_point(
                "published size",
                format_args!("no mean-field fixed point found, the best residual is {:e}", found.residual),
                "use another seed",
            )
            .option("seed"));
        }
        // Not close to 0: an almost constant objective would be a weak check.
        let advantage = if random.chance(0.5) { 1.0 } else { -1.0 } * (0.5 + random.unit());
        Ok(Sample { state: state.clone(), q: Some(found.q), configuration, advantage })
    };
    observed.iter().map(sample).collect()
}

/// A parameter. A recurrent parameter changes together with its mirror image.
#[derive(Clone, Copy)]
enum Coordinate {
    Recurrent(usize, usize),
    State(usize, usize),
    Bias(usize),
}

impl Coordinate {
    fn derivative(self, update: &Update<f64>) -> f64 {
        match self {
            Self::Recurrent(i, j) => update.recurrent[(i, j)] + update.recurrent[(j, i)],
            Self::State(k, i) => update.state[(k, i)],
            Self::Bias(i) => update.bias[i],
        }
    }

    fn moved(self, parameters: &Parameters<f64>, by: f64) -> Result<Parameters<f64>, svpg_reference::Error> {
        let (mut recurrent, mut state) = (parameters.recurrent().clone(), parameters.state().clone());
        let mut bias = parameters.bias().to_vec();
        match self {
            Self::Recurrent(i, j) => {
                recurrent[(i, j)] += by;
                recurrent[(j, i)] += by;
            }
            Self::State(k, i) => state[(k, i)] += by,
            Self::Bias(i) => bias[i] += by,
        }
        let mask = parameters.mask().clone();
        Parameters::new(parameters.shape(), parameters.convention(), mask, recurrent, state, bias)
    }
}

/// The objective whose gradient is the rule.
struct Objective<'a> {
    parameters: &'a Parameters<f64>,
    samples: &'a [Sample<f64>],
    rule: Rule<f64>,
}

impl Objective<'_> {
    fn check(&self, random: &mut SplitMix64, coordinates: usize) -> Result<Vec<BlockCheck>, Error> {
        let batch = Batch::new(self.parameters, self.samples.to_vec()).map_err(internal)?;
        let gradient = rule::update(&self.rule, &batch).map_err(internal)?;
        BLOCKS
            .into_iter()
            .map(|block| {
                let chosen: Vec<Coordinate> =
                    (0..coordinates).map(|_| self.coordinate(block, random)).collect();
                self.check_block(block, &chosen, &gradient)
            })
            .collect()
    }

    fn check_block(
        &self,
        block: &'static str,
        coordinates: &[Coordinate],
        gradient: &Update<f64>,
    ) -> Result<BlockCheck, Error> {
        let (mut max_error, mut bound, mut max_derivative) = (0.0f64, 0.0f64, 0.0f64);
        let mut within = true;
        for coordinate in coordinates {
            // If the objective has no value, the estimate is a NaN, and the check fails.
            let value = |by: &f64| self.value(*coordinate, *by).unwrap_or(f64::NAN);
            let estimate = derivative(value, &0.0, &STEP, LEVELS, &NOISE);
            let expected = coordinate.derivative(gradient);
            within &= estimate.admits(&expected);
            max_error = max_error.max((estimate.value - expected).abs());
            bound = bound.max(estimate.bound);
            max_derivative = max_derivative.max(expected.abs());
        }
        Ok(BlockCheck {
            rule: if self.rule == Rule::Implicit { "implicit" } else { "svpg" },
            convention: if self.parameters.convention() == Convention::Full { "full" } else { "half" },
            block,
            coordinates: coordinates.len(),
            max_error,
            bound,
            max_derivative,
            passed: within && bound <= RESOLUTION * max_derivative,
        })
    }

    /// A random coordinate of a block. It is not masked, and if it is a state weight, its pixel is
    /// not black.
    fn coordinate(&self, block: &str, random: &mut SplitMix64) -> Coordinate {
        let shape = self.parameters.shape();
        let hidden = |random: &mut SplitMix64| random.below(shape.hidden().end);
        let action = |random: &mut SplitMix64| shape.hidden().end + random.below(shape.actions());
        let lit: Vec<usize> = (0..shape.states())
            .filter(|&k| self.samples.iter().any(|sample| sample.state[k] > 0.25))
            .collect();
        loop {
            let coordinate = match block {
                "hh" => Coordinate::Recurrent(hidden(random), hidden(random)),
                "ha" => Coordinate::Recurrent(hidden(random), action(random)),
                "sh" => Coordinate::State(lit[random.below(lit.len())], hidden(random)),
                "sa" => Coordinate::State(lit[random.below(lit.len())], action(random)),
                "b_H" => Coordinate::Bias(hidden(random)),
                _ => Coordinate::Bias(action(random)),
            };
            match coordinate {
                Coordinate::Recurrent(i, j) if !self.parameters.mask().recurrent(i, j) => {}
                coordinate => return coordinate,
            }
        }
    }

    /// The objective with one changed coordinate; `None` if it has no value.
    fn value(&self, coordinate: Coordinate, by: f64) -> Option<f64> {
        let moved = coordinate.moved(self.parameters, by).ok()?;
        let mut sum = 0.0;
        for sample in self.samples {
            let observed = moved.observe(&sample.state).ok()?;
            let ln_policy = if self.rule == Rule::Implicit {
                let found = mean_field::free(&observed);
                let action = moved.shape().action_units().start + sample.configuration.action();
                found.converged.then(|| found.q[action].ln())?
            } else {
                let next = last_step::policy(&observed, sample.q.as_deref()?);
                sample.configuration.winners().iter().map(|&winner| next[winner].ln()).sum()
            };
            sum += sample.advantage * ln_policy;
        }
        Some(sum / self.samples.len() as f64)
    }
}

fn internal(error: svpg_reference::Error) -> Error {
    Error::bad_input(error.place(), error.message(), "use another seed").option("seed")
}

#[cfg(test)]
mod tests {
    use super::{Convention, Objective, Rule, SplitMix64, network, samples};
    use svpg_reference::network::Shape;

    /// A network of a tenth of the published size: it is fast and has the same code path.
    fn small(rule: Rule<f64>, objective: Rule<f64>) -> Vec<bool> {
        let shape = Shape::new(5, 3, 3, 4).unwrap();
        let mut random = SplitMix64::new(1);
        let parameters = network(shape, Convention::Full, &mut random).unwrap();
        let states = vec![vec![0.3, 0.9, 0.5, 1.0, 0.7], vec![0.8, 0.4, 0.6, 0.3, 0.9]];
        let samples = samples(&parameters, &states, &mut random).unwrap();
        let gradient = Objective { parameters: &parameters, samples: &samples, rule };
        let batch = super::Batch::new(&parameters, samples.clone()).unwrap();
        let gradient = super::rule::update(&gradient.rule, &batch).unwrap();
        let objective = Objective { parameters: &parameters, samples: &samples, rule: objective };
        super::BLOCKS
            .map(|block| {
                let coordinates =
                    vec![objective.coordinate(block, &mut random), objective.coordinate(block, &mut random)];
                objective.check_block(block, &coordinates, &gradient).unwrap().passed
            })
            .to_vec()
    }

    #[test]
    fn gradients_pass() {
        assert_eq!(small(Rule::Implicit, Rule::Implicit), [true; 6]);
        assert_eq!(small(Rule::Svpg, Rule::Svpg), [true; 6]);
    }

    #[test]
    fn rules_that_are_not_the_gradient_fail_in_every_block() {
        assert_eq!(small(Rule::Svpg, Rule::Implicit), [false; 6]);
        assert_eq!(small(Rule::Implicit, Rule::Svpg), [false; 6]);
        assert_eq!(small(Rule::SvpgBmvc, Rule::Svpg)[4..], [false; 2]);
    }

    #[test]
    fn images_of_another_size_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        std::fs::write(&path, [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9]).unwrap();
        let images = crate::task::mnist::Images::read(&path).unwrap();
        assert!(super::check(&images, 0, 1).unwrap_err().is_bad_input());
    }
}
