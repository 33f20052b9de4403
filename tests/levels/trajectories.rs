//! Level 1: the specified trajectories are those of the optimised inference to the bit; a plain
//! program of loops, which shares no code with the judge, passes in f32 and in f64; and each of its
//! planted bugs is caught.

use std::ops::Range;
use svpg::conformance::case::{Convention, Shape};
use svpg::conformance::compare::Comparison;
use svpg::conformance::trajectory::{
    Arithmetic, Inference, Path, SampleDraws, Trajectory, TrajectoryAnswer, draw, judge, specified,
};
use svpg::conformance::vectors::trajectory;
use svpg::inference::{Draws, Inference as Options, Phase, RateInference, SpikeKernel, SpikingInference};
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::network::{Circuits, Mask, Parameters};
use svpg::random::SplitMix64;

const SEED: u64 = 20_261_127;

/// A mistake of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    NoiseTwice,
    NoiseOfTheFirstIteration,
    NoClamp,
    NoStateNoise,
    Leak,
    KeepsTheNewAtTheStop,
    StopsAtTheLargestChange,
    StopsOneLater,
    OtherConvention,
    CircuitsInTurn,
    WindowShorter,
    WindowLonger,
    WinnersShifted,
    OtherDecay,
    KernelReversed,
    KernelNotNormalised,
    StatesAsRates,
    StateDrawsReversed,
    LaterStart,
    DrawFromTheOtherEnd,
    StaleWinners,
}

const RATE_BUGS: [Bug; 10] = [
    Bug::NoiseTwice,
    Bug::NoiseOfTheFirstIteration,
    Bug::NoClamp,
    Bug::NoStateNoise,
    Bug::Leak,
    Bug::KeepsTheNewAtTheStop,
    Bug::StopsAtTheLargestChange,
    Bug::StopsOneLater,
    Bug::OtherConvention,
    Bug::CircuitsInTurn,
];
const SPIKE_BUGS: [Bug; 12] = [
    Bug::WindowShorter,
    Bug::WindowLonger,
    Bug::WinnersShifted,
    Bug::OtherDecay,
    Bug::KernelReversed,
    Bug::KernelNotNormalised,
    Bug::StatesAsRates,
    Bug::StateDrawsReversed,
    Bug::LaterStart,
    Bug::DrawFromTheOtherEnd,
    Bug::StaleWinners,
    Bug::OtherConvention,
];

/// A plain program: dense loops, sums from the last term to the first.
struct Program<'a> {
    trajectory: &'a Trajectory,
    arithmetic: Arithmetic,
    bug: Bug,
}

impl Program<'_> {
    /// The number in the format of the program.
    fn round(&self, x: f64) -> f64 {
        if self.arithmetic == Arithmetic::Double { x } else { f64::from(x as f32) }
    }

    fn circuits(&self) -> Vec<Range<usize>> {
        (0..self.trajectory.shape().circuits()).map(|c| self.trajectory.shape().circuit(c)).collect()
    }

    fn softmax(&self, z: &[f64]) -> Vec<f64> {
        let mut q = vec![0.0; z.len()];
        for circuit in self.circuits() {
            let largest = circuit.clone().map(|i| z[i]).fold(f64::NEG_INFINITY, f64::max);
            let mut total = 0.0;
            for i in circuit.clone().rev() {
                q[i] = self.round(self.round(z[i] - largest).exp());
                total = self.round(total + q[i]);
            }
            circuit.for_each(|i| q[i] = self.round(q[i] / total));
        }
        q
    }

    fn net_input(&self, i: usize, units: &[f64], states: &[f64]) -> f64 {
        let weights = self.trajectory.network().weights();
        let other = self.bug == Bug::OtherConvention;
        let gain = if other { 3.0 - self.trajectory.gain() } else { self.trajectory.gain() };
        let mut sum = 0.0;
        for j in (0..units.len()).rev() {
            sum = self.round(sum + self.round(self.round(gain * units[j]) * weights.recurrent[j][i]));
        }
        for k in (0..states.len()).rev() {
            sum = self.round(sum + self.round(states[k] * weights.state[k][i]));
        }
        self.round(sum + weights.bias[i])
    }

    fn noisy(&self, sigma: f64, clean: f64, draw: f64) -> f64 {
        let sigma = if self.bug == Bug::NoiseTwice { 2.0 * sigma } else { sigma };
        let x = self.round(clean + self.round(sigma * draw));
        if self.bug == Bug::NoClamp { x } else { x.clamp(0.0, 1.0) }
    }

    fn next(&self, draws: &SampleDraws, k: usize, sigma: f64, q: &[f64]) -> Vec<f64> {
        let k = if self.bug == Bug::NoiseOfTheFirstIteration { 0 } else { k };
        let states: Vec<f64> = (0..draws.state.len())
            .map(|at| match self.bug {
                Bug::NoStateNoise => draws.state[at],
                _ => self.noisy(sigma, draws.state[at], draws.states[k][at]),
            })
            .collect();
        let inputs = |q: &[f64]| -> Vec<f64> {
            (0..q.len()).map(|i| self.noisy(sigma, q[i], draws.units[k][i])).collect()
        };
        let response = |q: &[f64]| {
            let x = inputs(q);
            self.softmax(&(0..q.len()).map(|i| self.net_input(i, &x, &states)).collect::<Vec<_>>())
        };
        match self.bug {
            Bug::Leak => {
                let new = response(q);
                (0..q.len()).map(|i| self.round(0.9 * new[i] + 0.1 * q[i])).collect()
            }
            Bug::CircuitsInTurn => {
                let mut q = q.to_vec();
                for circuit in self.circuits() {
                    let new = response(&q);
                    q[circuit.clone()].copy_from_slice(&new[circuit]);
                }
                q
            }
            _ => response(q),
        }
    }

    fn rates(&self) -> TrajectoryAnswer {
        let Inference::Rate { sigma, tolerance, max_iterations } = self.trajectory.inference() else {
            unreachable!("rates");
        };
        let batch = self.trajectory.batch();
        let mut paths: Vec<Vec<Vec<f64>>> =
            batch.iter().map(|draws| vec![self.softmax(&draws.start)]).collect();
        let (mut k, mut stopped, mut below) = (0, false, 0);
        while !stopped && k < max_iterations as usize {
            let (mut sum, mut largest) = (0.0, 0.0f64);
            for (draws, path) in batch.iter().zip(&mut paths) {
                let new = self.next(draws, k, sigma, &path[k]);
                for (a, b) in new.iter().zip(&path[k]) {
                    sum += (a - b).abs();
                    largest = largest.max((a - b).abs());
                }
                path.push(new);
            }
            k += 1;
            let mean = sum / (batch.len() * self.trajectory.shape().units()) as f64;
            let change = if self.bug == Bug::StopsAtTheLargestChange { largest } else { mean };
            below += usize::from(change < tolerance);
            stopped = below > usize::from(self.bug == Bug::StopsOneLater);
        }
        let kept = if stopped && self.bug != Bug::KeepsTheNewAtTheStop { k - 1 } else { k };
        let path = |q: Vec<Vec<f64>>| Path { end: q[kept].clone(), q, winners: Vec::new() };
        TrajectoryAnswer::new(self.arithmetic, Some(k), paths.into_iter().map(path).collect())
    }

    fn kernel(&self, kernel: SpikeKernel, window: usize) -> Vec<f64> {
        let length = match self.bug {
            Bug::WindowShorter => window - 1,
            _ => window,
        };
        let decay = if self.bug == Bug::OtherDecay { 10.0 } else { 8.0 };
        let mut kappa: Vec<f64> = (0..length)
            .map(|tau| match kernel {
                SpikeKernel::Rectangle => 1.0,
                SpikeKernel::DoubleExponential => (-(tau as f64) / decay).exp() - (-(tau as f64) / 2.0).exp(),
            })
            .collect();
        let total: f64 = match self.bug {
            Bug::KernelNotNormalised => 1.05 * kappa.iter().sum::<f64>(),
            Bug::WindowLonger => kappa.iter().sum::<f64>() * (window + 1) as f64 / window as f64,
            _ => kappa.iter().sum(),
        };
        kappa.iter_mut().for_each(|kappa| *kappa = self.round(*kappa / total));
        if self.bug == Bug::KernelReversed {
            kappa.reverse();
        }
        kappa
    }

    fn spikes(&self) -> TrajectoryAnswer {
        let Inference::Spiking { kernel, steps, window } = self.trajectory.inference() else {
            unreachable!("spikes");
        };
        let kappa = self.kernel(kernel, window as usize);
        let batch = self.trajectory.batch().iter();
        let paths = batch.map(|draws| self.path(draws, &kappa, steps as usize, window as usize)).collect();
        TrajectoryAnswer::new(self.arithmetic, None, paths)
    }

    fn path(&self, draws: &SampleDraws, kappa: &[f64], steps: usize, window: usize) -> Path {
        let (shape, circuits) = (self.trajectory.shape(), self.circuits());
        let mut acting = self.softmax(&draws.start);
        let (mut q, mut all_winners, mut spikes) = (Vec::new(), Vec::new(), Vec::<Vec<f64>>::new());
        let mut state_spikes = Vec::<Vec<f64>>::new();
        for t in 0..steps {
            let mut one_hot = vec![0.0; shape.units()];
            let mut winners = Vec::new();
            for (c, circuit) in circuits.iter().enumerate() {
                let draw = draws.units[t][c];
                let draw = if self.bug == Bug::DrawFromTheOtherEnd { 1.0 - draw } else { draw };
                let (mut winner, mut sum) = (0, acting[circuit.start]);
                while winner + 1 < circuit.len() && draw >= sum {
                    winner += 1;
                    sum = self.round(sum + acting[circuit.start + winner]);
                }
                one_hot[circuit.start + winner] = 1.0;
                winners.push(winner);
            }
            all_winners.push(winners);
            spikes.push(one_hot);
            let fires = |k: usize| match self.bug {
                Bug::StatesAsRates => draws.state[k],
                Bug::StateDrawsReversed => f64::from(u8::from(1.0 - draws.states[t][k] < draws.state[k])),
                _ => f64::from(u8::from(draws.states[t][k] < draws.state[k])),
            };
            state_spikes.push((0..shape.states).map(fires).collect());
            if t + 1 < window {
                continue;
            }
            let filtered = |past: &[Vec<f64>], shift: usize| -> Vec<f64> {
                (0..past[0].len())
                    .map(|i| {
                        let at = |tau: usize| (t - tau).saturating_sub(shift);
                        (0..kappa.len())
                            .rev()
                            .fold(0.0, |sum, tau| self.round(sum + self.round(kappa[tau] * past[at(tau)][i])))
                    })
                    .collect()
            };
            let x = filtered(&spikes, usize::from(self.bug == Bug::WinnersShifted));
            let s = filtered(&state_spikes, 0);
            let z: Vec<f64> = (0..shape.units()).map(|i| self.net_input(i, &x, &s)).collect();
            q.push(self.softmax(&z));
            let is_late = self.bug == Bug::LaterStart && t + 1 == window;
            let is_stale = self.bug == Bug::StaleWinners && q.len() > 1;
            if is_stale {
                acting.clone_from(&q[q.len() - 2]);
            } else if !is_late {
                acting.clone_from(&q[q.len() - 1]);
            }
        }
        Path { end: q[q.len() - 1].clone(), q, winners: all_winners }
    }

    fn judged(&self) -> Comparison {
        let answer = match self.trajectory.inference() {
            Inference::Rate { .. } => self.rates(),
            Inference::Spiking { .. } => self.spikes(),
        };
        // Through the format, as another program gives it.
        let answer = TrajectoryAnswer::from_bytes(answer.to_json().as_bytes(), self.trajectory).unwrap();
        judge(self.trajectory, &answer).unwrap()
    }
}

#[test]
fn right_programs_pass() {
    let mut ties = 0;
    for index in 0..240 {
        let (trajectory, answer) = trajectory(index, SEED).unwrap();
        let read = Trajectory::from_bytes(trajectory.to_json().as_bytes()).unwrap();
        assert_eq!(specified(&read), answer, "{index}");
        let judged = judge(&trajectory, &answer).unwrap();
        assert!(judged.ok && judged.notes.is_empty(), "{index}: {judged}");
        for arithmetic in [Arithmetic::Single, Arithmetic::Double] {
            let judged = Program { trajectory: &trajectory, arithmetic, bug: Bug::None }.judged();
            assert!(judged.ok, "{index} {arithmetic:?}: {judged}");
            ties += judged.notes.len();
            // The kernels of svpg too are within the bound of f32.
            let mut single = answer.clone();
            single.arithmetic = Arithmetic::Single;
            assert!(judge(&trajectory, &single).unwrap().ok, "{index}");
        }
    }
    // A near tie of a program in f32 has a probability of about 1e-5 a draw.
    assert!(ties <= 2, "{ties}");
}

/// Every bug fails on most trajectories on which it has an effect, in both number formats, and in
/// f32 also on the claim of the specified order.
#[test]
fn planted_bugs_are_caught() {
    let trajectories: Vec<Trajectory> = (0..96).map(|index| trajectory(index, SEED).unwrap().0).collect();
    for (bugs, is_rate) in [(&RATE_BUGS[..], true), (&SPIKE_BUGS[..], false)] {
        for &bug in bugs {
            let [mut caught, mut equal, mut missed] = [0; 3];
            for trajectory in &trajectories {
                if matches!(trajectory.inference(), Inference::Rate { .. }) != is_rate {
                    continue;
                }
                for arithmetic in [Arithmetic::Single, Arithmetic::Double] {
                    let right = Program { trajectory, arithmetic, bug: Bug::None };
                    let wrong = Program { trajectory, arithmetic, bug };
                    let answer = |program: &Program<'_>| match is_rate {
                        true => program.rates(),
                        false => program.spikes(),
                    };
                    match (answer(&right) == answer(&wrong), wrong.judged().ok) {
                        (true, ok) => {
                            assert!(ok, "{bug:?}");
                            equal += 1;
                        }
                        (false, false) => caught += 1,
                        (false, true) => missed += 1,
                    }
                }
            }
            println!("{bug:?}: caught {caught}, no effect {equal}, missed {missed}");
            assert!(caught >= 10 && missed * 20 <= caught, "{bug:?}: caught {caught}, missed {missed}");
        }
    }
}

/// To the bit: an answer that claims the specified order fails at the first number that differs, by
/// one step of f32 too.
#[test]
fn one_step_of_f32_fails_the_specified_order() {
    for index in 0..8 {
        let (trajectory, mut answer) = trajectory(index, SEED).unwrap();
        let q = &mut answer.batch[0].q[1][0];
        let bits = (*q as f32).to_bits();
        *q = f64::from(f32::from_bits(bits - 1));
        let judged = judge(&trajectory, &answer).unwrap();
        let failed: Vec<_> = judged.blocks.iter().filter(|block| !block.passed).collect();
        assert_eq!(failed.len(), 1, "{judged}");
        assert_eq!((failed[0].name.as_str(), failed[0].worst.as_str()), ("q", "batch[0].q[1][0]"));
        answer.arithmetic = Arithmetic::Single;
        // The final activity may be a copy of this one, which then differs.
        let judged = judge(&trajectory, &answer).unwrap();
        assert!(judged.blocks.iter().all(|block| block.passed || block.name == "end"), "{judged}");
    }
}

/// The draws of a trajectory are those of the optimised inference, and so are the activities.
#[test]
fn the_specified_trajectory_is_that_of_the_optimised_inference() {
    let mut random = SplitMix64::new(5);
    for index in 0..96 {
        let (question, _) = trajectory(index, SEED).unwrap();
        // The optimised inference of rates has at least one state.
        let shape = Shape { states: question.shape().states.max(1), ..question.shape() };
        let circuits = Circuits::new(shape.hidden_circuits, shape.hidden_size, 1, shape.actions).unwrap();
        let convention = if index % 3 == 0 { Convention::Half } else { Convention::Full };
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, shape.states, convention, mask);
        parameters.randomise(Level::best(None), index as u32, -1.0..1.0);
        let n = shape.units();
        let at = |row: usize, unit: usize| f64::from(parameters.weights.row(row)[unit]);
        let weights = svpg::conformance::case::Parameters {
            recurrent: (0..n).map(|i| (0..n).map(|j| at(i, j)).collect()).collect(),
            state: (0..shape.states)
                .map(|k| (0..n).map(|i| at(parameters.state_row(k), i)).collect())
                .collect(),
            bias: (0..n).map(|i| f64::from(parameters.bias.row(0)[i])).collect(),
        };
        let states: Vec<Vec<f64>> =
            (0..3).map(|_| (0..shape.states).map(|_| f64::from(random.unit() as f32)).collect()).collect();
        let seed = index as u32;
        let inference = question.inference();
        let question = draw((shape, convention), &weights, None, inference, &states, seed).unwrap();
        let answer = specified(&question);
        let rows = AlignedMatrix::from_fn(3, shape.states, |b, k| states[b][k] as f32);
        let compute = Compute::single(Level::best(None));
        let draws = Draws { seed, step: 0 };
        let q = match inference.options() {
            Options::Rate(rate) => {
                let mut inference = RateInference::new(&parameters, 3, rate);
                let count = inference.run(&compute, &parameters, &rows, draws, Phase::Free);
                assert_eq!(answer.iterations, Some(count as usize), "{index}");
                inference.q
            }
            Options::Spiking(spiking) => {
                let mut inference = SpikingInference::new(&parameters, 3, spiking);
                inference.run(&compute, &parameters, &rows, draws);
                inference.q
            }
        };
        for (b, path) in answer.batch.iter().enumerate() {
            let found: Vec<u32> = q.row(b).iter().map(|q| q.to_bits()).collect();
            let expected: Vec<u32> = path.end.iter().map(|&q| (q as f32).to_bits()).collect();
            assert_eq!(found, expected, "{index} sample {b}");
        }
    }
}

#[test]
fn a_wrong_document_is_one_line_with_its_place() {
    let (question, answer) = trajectory(1, SEED).unwrap();
    let text = question.to_json();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Trajectory::from_bytes(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    for (from, to, expected) in [
        ("\"window\":8", "\"window\":25", "inference: time steps: 24 is out of range"),
        ("\"kind\":\"spiking\"", "\"kind\":\"spikes\"", "inference"),
        ("\"start\":[", "\"start\":[0.1,", "batch[0]: start"),
        ("\"bias\":[", "\"bias\":[0.1,", "weights.bias: found"),
    ] {
        let error = changed(from, to);
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
    let text = answer.to_json().replacen("\"winners\":[[", "\"winners\":[[9", 1);
    let error = TrajectoryAnswer::from_bytes(text.as_bytes(), &question).unwrap_err().to_string();
    assert!(error.starts_with("batch[0].winners[0][0]: found 9"), "{error}");
}
