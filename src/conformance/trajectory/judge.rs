//! The comparison of a trajectory with the definition, step by step.
//!
//! Every step is computed in f64 from the *candidate's own* numbers of the step before, so its
//! error is that of one step, and no error grows along the trajectory. If the start and every step
//! are right, so is the trajectory. A winner may differ from the definition's only if the draw lies
//! within the bound of the boundary between both; the trajectory goes on from the candidate's
//! winner, and the number of such near ties is reported. The same holds for the iteration at which
//! rates stop.
//!
//! An answer whose `arithmetic` is `specified` is compared with [`specified`] number by number.

use super::bound::{Bounded, Rounding, net_inputs};
use super::document::{Arithmetic, Inference, Path, SampleDraws, Trajectory, TrajectoryAnswer};
use super::specified;
use crate::Error;
use crate::conformance::compare::{Checked, Comparison, Entry};
use crate::inference::SpikeKernel;

/// Compares an answer with the trajectory.
///
/// # Errors
/// Bad input: a shape disagrees with the trajectory.
pub fn judge(trajectory: &Trajectory, answer: &TrajectoryAnswer) -> Result<Comparison, Error> {
    answer.check(trajectory)?;
    let (name, mut found) = match trajectory.inference() {
        Inference::Rate { .. } => ("rate inference", Found::new(["start", "q", "iterations", "end"])),
        Inference::Spiking { .. } => ("spiking inference", Found::new(["winners", "q", "end"])),
    };
    let criterion = match answer.arithmetic {
        Arithmetic::Specified => {
            bits(&specified(trajectory), answer, &mut found);
            "every number equals that of the specified order of operations in f32".to_owned()
        }
        Arithmetic::Single | Arithmetic::Double => {
            let rounding = match answer.arithmetic {
                Arithmetic::Double => Rounding::DOUBLE,
                _ => Rounding::SINGLE,
            };
            match trajectory.inference() {
                Inference::Rate { .. } => rates(trajectory, answer, rounding, &mut found),
                Inference::Spiking { .. } => spikes(trajectory, answer, rounding, &mut found),
            }
            let name = answer.arithmetic.name();
            format!("every step is within the bound of {name} from the candidate's step before")
        }
    };
    let ties = (found.ties > 0).then(|| format!("{} near ties: both results were accepted", found.ties));
    let blocks = found.blocks.iter().filter_map(Checked::block).collect();
    Ok(Comparison::of_level(1, name, trajectory.batch().len(), criterion, blocks, ties.into_iter().collect()))
}

/// The entries of the blocks.
struct Found {
    blocks: Vec<Checked>,
    ties: usize,
}

impl Found {
    fn new<const N: usize>(names: [&'static str; N]) -> Self {
        Self { blocks: names.map(Checked::new).into(), ties: 0 }
    }

    fn add(&mut self, block: &str, place: String, expected: f64, found: f64, allowed: f64) {
        let of_name = self.blocks.iter_mut().find(|checked| checked.name == block);
        of_name.expect("a block of the list").entries.push(Entry { place, expected, found, allowed });
    }

    fn row(&mut self, block: &str, place: &str, expected: &[f64], found: &[f64], allowed: &[f64]) {
        for (i, ((&y, &x), &allowed)) in expected.iter().zip(found).zip(allowed).enumerate() {
            self.add(block, format!("{place}[{i}]"), y, x, allowed);
        }
    }
}

/// Number by number, up to the end of the shorter trajectory.
fn bits(expected: &TrajectoryAnswer, answer: &TrajectoryAnswer, found: &mut Found) {
    if let Some((y, x)) = expected.iterations.zip(answer.iterations) {
        found.add("iterations", "iterations".into(), y as f64, x as f64, 0.0);
    }
    let zero = vec![0.0; expected.batch.first().map_or(0, |path| path.end.len())];
    for (b, (y, x)) in expected.batch.iter().zip(&answer.batch).enumerate() {
        for (t, (y, x)) in y.q.iter().zip(&x.q).enumerate() {
            let block = if t == 0 && answer.iterations.is_some() { "start" } else { "q" };
            found.row(block, &format!("batch[{b}].q[{t}]"), y, x, &zero);
        }
        for (t, (y, x)) in y.winners.iter().zip(&x.winners).enumerate() {
            for (c, (&y, &x)) in y.iter().zip(x).enumerate() {
                found.add("winners", format!("batch[{b}].winners[{t}][{c}]"), y as f64, x as f64, 0.0);
            }
        }
        found.row("end", &format!("batch[{b}].end"), &y.end, &x.end, &zero);
    }
}

fn rates(trajectory: &Trajectory, answer: &TrajectoryAnswer, rounding: Rounding, found: &mut Found) {
    let Inference::Rate { sigma, tolerance, max_iterations } = trajectory.inference() else { return };
    let (shape, gain, weights) = (trajectory.shape(), trajectory.gain(), trajectory.network().weights());
    let iterations = answer.iterations.unwrap_or(0);
    let mut changes = vec![0.0; iterations];
    for (b, (draws, path)) in trajectory.batch().iter().zip(&answer.batch).enumerate() {
        let start = rounding.softmax(shape, &draws.start, &vec![0.0; shape.units()]);
        found.row("start", &format!("batch[{b}].q[0]"), &start.q, &path.q[0], &start.error);
        for (k, change) in changes.iter_mut().enumerate() {
            let q = &path.q[k];
            // The error of clamp(clean + σ·n, 0, 1) is at most that of the sum.
            let noisy = |(&clean, &n): (&f64, &f64)| {
                let noise = sigma * n;
                ((clean + noise).clamp(0.0, 1.0), 3.0 * rounding.unit * (clean.abs() + noise.abs()))
            };
            let (x, x_error): (Vec<f64>, Vec<f64>) = q.iter().zip(&draws.units[k]).map(noisy).unzip();
            let (s, s_error): (Vec<f64>, Vec<f64>) =
                draws.state.iter().zip(&draws.states[k]).map(noisy).unzip();
            let (z, magnitude) = net_inputs(weights, gain, &x, &s);
            let terms = (x.len() + s.len() + 3) as f64;
            let mut error: Vec<f64> = magnitude.iter().map(|m| rounding.gamma(terms) * m).collect();
            let rows = x_error.iter().map(|e| gain * e).zip(&weights.recurrent);
            for (e, row) in rows.chain(s_error.iter().copied().zip(&weights.state)) {
                error.iter_mut().zip(row).for_each(|(error, weight)| *error += e * weight.abs());
            }
            let next = rounding.softmax(shape, &z, &error);
            found.row("q", &format!("batch[{b}].q[{}]", k + 1), &next.q, &path.q[k + 1], &next.error);
            *change += q.iter().zip(&path.q[k + 1]).map(|(a, b)| (a - b).abs()).sum::<f64>();
        }
    }
    // The mean change of the candidate's own activities decides when it stops.
    let count = (trajectory.batch().len() * shape.units()) as f64;
    let mean = |k: usize| changes[k] / count;
    let slack = |k: usize| rounding.gamma(count + 4.0) * mean(k) + rounding.unit * tolerance.abs();
    let is_tie = |k: usize| (mean(k) - tolerance).abs() <= slack(k);
    let first = (0..iterations).find(|&k| mean(k) < tolerance && !is_tie(k)).map_or(iterations, |k| k + 1);
    let last = iterations - 1;
    let goes_on = iterations < max_iterations as usize && mean(last) >= tolerance && !is_tie(last);
    let expected = if goes_on { iterations + 1 } else { first };
    found.add("iterations", "iterations".into(), expected as f64, iterations as f64, 0.0);
    let decided = (0..iterations).filter(|&k| is_tie(k)).count();
    found.ties += decided;
    // The activity that stays: the old one if the iteration stopped.
    for (b, path) in answer.batch.iter().enumerate() {
        let (old, new) = (&path.q[last], &path.q[iterations]);
        let stops = mean(last) < tolerance;
        let either = is_tie(last) && [old, new].contains(&&path.end);
        let kept = if stops { old } else { new };
        let expected = if either { &path.end } else { kept };
        found.row("end", &format!("batch[{b}].end"), expected, &path.end, &vec![0.0; expected.len()]);
    }
}

/// `κ_τ` for τ = 0..L, and the bound on the error of a net input at time `t` of a unit to which all
/// inputs together give at most `drive` in one time step.
///
/// The bound covers sums over the whole window as well as running sums. A running sum adds every
/// spike when it enters and subtracts it when it leaves: until time t at most
/// `(t+1)·(2·inputs + 1)` additions to a sum of magnitude at most `2·L·drive`. With the double
/// exponential, the sum of the present spikes, with this error for L = 1, passes through two
/// recursions with decays α and β, which multiply an error by at most `1/(1−α)` and `1/(1−β)`.
struct Filter {
    kernel: Vec<f64>,
    recursion: Option<f64>,
}

impl Filter {
    fn new(kernel: SpikeKernel, window: usize) -> Self {
        match kernel {
            SpikeKernel::Rectangle => Self { kernel: vec![1.0 / window as f64; window], recursion: None },
            SpikeKernel::DoubleExponential => {
                let shape = |tau: usize| (-(tau as f64) / 8.0).exp() - (-(tau as f64) / 2.0).exp();
                let total: f64 = (0..window).map(shape).sum();
                Self {
                    kernel: (0..window).map(|tau| shape(tau) / total).collect(),
                    recursion: Some(1.0 / total),
                }
            }
        }
    }

    /// Activities: Σ_τ κ_τ of the time steps with a spike; `t` is at least L−1.
    fn activities(&self, t: usize, count: usize, spikes: impl Fn(usize, usize) -> bool) -> Vec<f64> {
        let of = |input| {
            let steps = self.kernel.iter().enumerate();
            steps.filter(|&(tau, _)| spikes(t - tau, input)).map(|(_, kappa)| kappa).sum()
        };
        (0..count).map(of).collect()
    }

    fn error(&self, rounding: Rounding, t: usize, inputs: usize, drive: f64) -> f64 {
        let additions = rounding.gamma((t + 1) as f64 * (2 * inputs + 1) as f64) * 2.0 * drive;
        match self.recursion {
            None => additions + rounding.gamma(4.0) * drive,
            Some(scale) => {
                let gains = [1.0 / 8.0, 1.0 / 2.0].map(|rate: f64| -1.0 / (-rate).exp_m1());
                // A step of a recursion rounds four times; a decay that is rounded once changes
                // Σ_τ α^τ by at most u/(1−α)².
                let of_gain = |gain: f64| {
                    gain * (additions + rounding.gamma(4.0) * 2.0 * (gain + 2.0) * drive)
                        + rounding.unit * gain * gain * drive
                };
                scale * (of_gain(gains[0]) + of_gain(gains[1]))
                    + rounding.gamma(8.0) * scale * (gains[0] + gains[1]) * drive
            }
        }
    }
}

fn spikes(trajectory: &Trajectory, answer: &TrajectoryAnswer, rounding: Rounding, found: &mut Found) {
    for (b, (draws, path)) in trajectory.batch().iter().zip(&answer.batch).enumerate() {
        sample_spikes(trajectory, (draws, path), b, rounding, found);
    }
}

fn sample_spikes(
    trajectory: &Trajectory,
    (draws, path): (&SampleDraws, &Path),
    b: usize,
    rounding: Rounding,
    found: &mut Found,
) {
    let Inference::Spiking { kernel, steps, window } = trajectory.inference() else { return };
    let (shape, gain, weights) = (trajectory.shape(), trajectory.gain(), trajectory.network().weights());
    let (units, window) = (shape.units(), window as usize);
    let filter = Filter::new(kernel, window);
    let inputs = shape.circuits() + shape.states;
    // The largest net input of one time step, without the bias.
    let drive = |i: usize| {
        let largest = |c: usize| shape.circuit(c).map(|j| weights.recurrent[j][i].abs()).fold(0.0, f64::max);
        let recurrent: f64 = (0..shape.circuits()).map(largest).sum();
        gain * recurrent + weights.state.iter().map(|row| row[i].abs()).sum::<f64>()
    };
    let drives: Vec<f64> = (0..units).map(drive).collect();
    let unit_spikes = |t: usize, unit: usize| {
        let c = shape.circuit_of(unit);
        path.winners[t][c] == unit - shape.circuit(c).start
    };
    let state_spikes = |t: usize, k: usize| draws.states[t][k] < draws.state[k];
    let mut q = rounding.softmax(shape, &draws.start, &vec![0.0; units]);
    for t in 0..steps as usize {
        for c in 0..shape.circuits() {
            let winner = path.winners[t][c];
            let (expected, is_tie) = winner_of(&q, shape.circuit(c), c, draws.units[t][c], winner);
            found.ties += usize::from(is_tie);
            let place = format!("batch[{b}].winners[{t}][{c}]");
            found.add("winners", place, expected as f64, winner as f64, 0.0);
        }
        if t + 1 < window {
            continue;
        }
        let x = filter.activities(t, units, unit_spikes);
        let s = filter.activities(t, shape.states, state_spikes);
        let (z, magnitude) = net_inputs(weights, gain, &x, &s);
        let terms = rounding.gamma((units + shape.states + window + 3) as f64);
        let error: Vec<f64> =
            (0..units).map(|i| terms * magnitude[i] + filter.error(rounding, t, inputs, drives[i])).collect();
        q = rounding.softmax(shape, &z, &error);
        let at = t + 1 - window;
        found.row("q", &format!("batch[{b}].q[{at}]"), &q.q, &path.q[at], &q.error);
    }
    if let Some(last) = path.q.last() {
        found.row("end", &format!("batch[{b}].end"), last, &path.end, &vec![0.0; units]);
    }
}

/// The winner of a circuit, and whether it is accepted only because of a near tie. The candidate's
/// winner is accepted if the draw is within the bound of its part of `[0,1)`.
fn winner_of(
    q: &Bounded,
    circuit: std::ops::Range<usize>,
    c: usize,
    draw: f64,
    candidate: usize,
) -> (usize, bool) {
    let shares = &q.q[circuit];
    let mut sum = 0.0;
    let passed = shares[..shares.len() - 1].iter().take_while(|&&share| {
        sum += share;
        draw >= sum
    });
    let winner = passed.count();
    let lower: f64 = shares[..candidate].iter().sum();
    let upper = lower + shares[candidate];
    let near = q.cumulative[c];
    let is_tie =
        winner != candidate && draw >= lower - near && draw < upper + near && shares[candidate] > 0.0;
    (if is_tie { candidate } else { winner }, is_tie)
}
