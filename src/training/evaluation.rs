//! The score of a trained network: accuracy on test images, or the length of fresh episodes,
//! perturbed or not.
//!
//! ```text
//! images:    an evaluation is a pass over all test images; its result is the share of right answers
//! pendulum:  an evaluation is an episode that neither training nor validation has seen;
//!            its result is the length in steps
//! ```
//!
//! Every evaluation has its own draws, of its inference and of its perturbations; they depend on
//! the seed and the evaluation's number alone. Evaluation 0 of images without perturbations has
//! those of the tests during training.

use super::setup::no_images;
use super::{Config, Preset, Setup, TaskSetup};
use crate::Error;
use crate::agent::{Activity, ConventionalNetwork, Network};
use crate::inference::Inference;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::noise::{Adversary, Attacked, Draws, Effect, MinusSlopes, Perturbation, Pole, Program, WhiteBox};
use crate::task::mnist::{ImageData, ImageTask, answers};
use crate::task::pendulum::Pendulum;
use crate::task::{EVALUATION, Episodes, FIRST_TEST_EPISODE, OneStepTask, Policy};

/// Most evaluations.
pub const MAX_EVALUATIONS: u32 = 100_000;

/// How to evaluate.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// What it runs on.
    pub compute: &'a Compute,
    /// Seed of all draws.
    pub seed: u32,
    /// Number of evaluations.
    pub evaluations: u32,
    /// What is perturbed, in this order; each entry is a series of evaluations. All series share
    /// the images and the adversary's substitute networks.
    pub noises: &'a [Vec<Perturbation>],
}

impl Evaluation<'_> {
    /// Checks that the perturbations are for the task, and the number of evaluations.
    ///
    /// # Errors
    /// Bad input: one of them is not.
    fn check(&self, task: &str, is_foreign: fn(&Effect) -> bool) -> Result<(), Error> {
        if let Some(wrong) = self.noises.iter().flatten().find(|noise| is_foreign(&noise.kind().effect)) {
            let what = format_args!("it is not for {task}");
            return Err(Error::bad_input(format_args!("noise {wrong}"), what, "leave it out"));
        }
        if !(1..=MAX_EVALUATIONS).contains(&self.evaluations) {
            let what = format_args!("{} is out of range", self.evaluations);
            let remedy = format_args!("give a number from 1 to {MAX_EVALUATIONS}");
            return Err(Error::bad_input("evaluations", what, remedy));
        }
        Ok(())
    }

    /// The network as evaluation `number` sees it.
    fn perturbed(&self, setup: &Setup, noise: &[Perturbation], network: &Network, number: u32) -> Network {
        let mut perturbed = network.clone();
        for noise in of_program(noise, setup) {
            noise.perturb_parameters(Draws { seed: self.seed, step: number }, &mut perturbed);
        }
        perturbed
    }

    /// The policy. Where a perturbation is not to be clamped, neither are the states in rate
    /// inference.
    fn policy<'b>(&'b self, setup: &Setup, network: &'b Network, noise: &[Perturbation]) -> Policy<'b> {
        let Self { compute, seed, .. } = *self;
        let Config { mut inference, policy: action_policy, .. } = setup.config;
        if let Inference::Rate(rate) = &mut inference {
            rate.unclamped = noise.iter().any(|noise| noise.is_unclamped());
        }
        Policy { compute, network, inference, action_policy, seed }
    }

    /// The results of every series of evaluations of a network that was set up like this:
    /// accuracies on all test images, or lengths of episodes in steps. `images` are those of a task
    /// of images.
    ///
    /// `watch` sees the results of the present series after each pass over the images, or after all
    /// its episodes, and says whether to go on. If not, the results up to there are returned.
    ///
    /// # Errors
    /// Bad input: a perturbation that is for another task, or that leaves no pole; images that are
    /// missing, or do not fit the network; or a number of evaluations out of range.
    pub fn run(
        &self,
        setup: &Setup,
        network: &Network,
        images: Option<ImageData>,
        watch: &mut dyn FnMut(&[f64]) -> bool,
    ) -> Result<Vec<Vec<f64>>, Error> {
        match (setup.task, images) {
            (TaskSetup::Mnist(options), Some(data)) => {
                self.images(setup, network, ImageTask { data, rewards: options.rewards }, watch)
            }
            (TaskSetup::Mnist(_), None) => Err(no_images()),
            (TaskSetup::Pendulum(options), _) => self.pendulum(setup, network, options.pole, watch),
        }
    }

    fn images(
        &self,
        setup: &Setup,
        network: &Network,
        task: ImageTask,
        watch: &mut dyn FnMut(&[f64]) -> bool,
    ) -> Result<Vec<Vec<f64>>, Error> {
        self.check("images", |effect| matches!(effect, Effect::Pole(_)))?;
        let (states, actions) = (network.states(), network.circuits().actions());
        if task.states() != states {
            let what = format_args!("images of {} pixels, {states} expected", task.states());
            return Err(Error::bad_input("data", what, "give images as the network was trained on"));
        }
        if task.actions() > actions {
            let what = format_args!("images of {} classes, at most {actions} expected", task.actions());
            return Err(Error::bad_input("data", what, "give images as the network was trained on"));
        }
        let Self { compute, seed, .. } = *self;
        let noises: Vec<&Perturbation> = self.noises.iter().flatten().collect();
        let is_white = noises.iter().any(|noise| matches!(noise.kind().effect, Effect::WhiteBox));
        let minus_slopes = if is_white { Some(self.minus_slopes(setup, network)?) } else { None };
        let attacked = Attacked {
            answers: &|batch, states| self.answers(setup, network, batch, states),
            minus_slopes: minus_slopes.as_deref(),
        };
        let mut adversary = Adversary::new(compute, &noises, &task.data.train, actions, seed, attacked);
        let mut evaluate = |noise: &[Perturbation], number| {
            let network = &self.perturbed(setup, noise, network, number);
            let policy = self.policy(setup, network, noise);
            task.accuracy(policy, number, None, &mut |first, labels, states| {
                for noise in of_program(noise, setup) {
                    noise.perturb_states(compute.level, Draws { seed, step: number }, first, states);
                    adversary.perturb_states(compute, noise, first, labels, states);
                }
            })
        };
        let mut all = Vec::new();
        for noise in self.noises {
            let mut values = Vec::new();
            for number in 0..self.evaluations {
                values.push(evaluate(noise, number));
                if !watch(&values) {
                    all.push(values);
                    return Ok(all);
                }
            }
            all.push(values);
        }
        Ok(all)
    }

    /// The answers of the network to a batch of training images, for adversaries.
    fn answers(&self, setup: &Setup, network: &Network, batch: usize, states: &AlignedMatrix) -> Vec<u16> {
        let policy = self.policy(setup, network, &[]);
        let mut activity = policy.activity(states.rows());
        let draws = Draws { seed: self.seed, step: MEMORY + batch as u32 };
        activity.run(self.compute, network, states, draws);
        answers(network.circuits(), activity.acting())
    }

    /// `−∂C/∂s` of the network itself, `C` the cross-entropy of its policy and the label.
    ///
    /// # Errors
    /// Bad input: the answers of the network have no derivative.
    fn minus_slopes<'b>(
        &'b self,
        setup: &Setup,
        network: &'b Network,
    ) -> Result<Box<MinusSlopes<'b>>, Error> {
        let compute = self.compute;
        let (method, circuits, layers) = match network {
            Network::Rwta(parameters) => {
                let white_box = WhiteBox::new(parameters);
                return Ok(Box::new(move |states, labels| white_box.minus_slopes(compute, states, labels)));
            }
            Network::Conventional(ConventionalNetwork { method, circuits, layers, .. }) => {
                (*method, circuits, layers)
            }
        };
        if !method.has_state_gradient() {
            let what = format_args!("the answers of the method {method} have no derivative");
            return Err(Error::bad_input("noise fgsm-white", what, "give fgsm"));
        }
        let (policy, draws) = (self.policy(setup, network, &[]), Draws { seed: self.seed, step: MEMORY });
        let Policy { inference, action_policy, .. } = policy;
        Ok(Box::new(move |states: &AlignedMatrix, labels: &[u16]| {
            let mut activity = Activity::new(network, states.rows(), inference, action_policy);
            activity.run(compute, network, states, draws);
            // The derivative of ln p_label with respect to the logits.
            let cotangent = AlignedMatrix::from_fn(states.rows(), circuits.actions(), |b, action| {
                f32::from(u8::from(usize::from(labels[b]) == action)) - activity.acting().row(b)[action]
            });
            let slopes = method.state_gradient(compute, layers, states, draws, &cotangent);
            slopes.expect("the method has a derivative")
        }))
    }

    fn pendulum(
        &self,
        setup: &Setup,
        network: &Network,
        pole: (f64, f64),
        watch: &mut dyn FnMut(&[f64]) -> bool,
    ) -> Result<Vec<Vec<f64>>, Error> {
        self.check("the pendulum", |effect| matches!(effect, Effect::LabelledStates | Effect::WhiteBox))?;
        let mut all = Vec::new();
        for noise in self.noises {
            let values = self.episodes(setup, network, pole, noise)?;
            let goes_on = watch(&values);
            all.push(values);
            if !goes_on {
                break;
            }
        }
        Ok(all)
    }

    fn episodes(
        &self,
        setup: &Setup,
        network: &Network,
        (length, radius): (f64, f64),
        noise: &[Perturbation],
    ) -> Result<Vec<f64>, Error> {
        let pole = noise.iter().fold(Pole { length, radius }, |pole, noise| noise.perturb_pole(pole));
        let environment = &Pendulum::new(pole.length, pole.radius)?;
        let Self { compute, seed, evaluations, .. } = *self;
        let lengths = |network: &Network, first, count| {
            let episodes = Episodes { environment, policy: self.policy(setup, network, noise) };
            let first = FIRST_TEST_EPISODE + first;
            episodes.lengths(first..first + count, &|step, states| {
                for noise in of_program(noise, setup) {
                    noise.perturb_states(compute.level, Draws { seed, step }, 0, states);
                }
            })
        };
        let all: Vec<u32> = if has(noise, |effect| matches!(effect, Effect::Parameters(_))) {
            let of = |n| lengths(&self.perturbed(setup, noise, network, n), n, 1);
            (0..evaluations).flat_map(of).collect()
        } else {
            lengths(network, 0, evaluations)
        };
        Ok(all.into_iter().map(f64::from).collect())
    }
}

/// Draws of adversaries have step numbers from here on. Those of evaluations stay below.
const MEMORY: u32 = EVALUATION | 1 << 30;

/// The perturbations as the program of a setup does them.
fn of_program(noise: &[Perturbation], setup: &Setup) -> impl Iterator<Item = Perturbation> {
    let program = match (setup.task, setup.preset) {
        (TaskSetup::Pendulum(_), _) => Program::Pendulum2025,
        (_, Preset::Bmvc2022 | Preset::Bmvc2022Shrink) => Program::Rate2022,
        _ => Program::Images2025,
    };
    noise.iter().map(move |noise| noise.of_program(program))
}

/// Is there noise with such an effect?
fn has<'a>(noise: impl IntoIterator<Item = &'a Perturbation>, effect: fn(&Effect) -> bool) -> bool {
    noise.into_iter().any(|noise| effect(&noise.kind().effect))
}
