//! The trajectory of spiking inference in f32, in the specified order of operations.

use super::document::{Arithmetic, Inference, Path, SampleDraws, Trajectory, TrajectoryAnswer};
use super::rate::{double, single};
use crate::conformance::case::Shape;
use crate::inference::SpikeKernel;
use crate::kernel::activity::{DoubleExponential, twin as activity};
use crate::kernel::mul_add::mul_add;
use crate::kernel::{bernoulli, categorical, softmax as kernel};

/// The softmax of every circuit.
pub(super) fn softmax(shape: Shape, z: &[f32]) -> Vec<f32> {
    (0..shape.circuits()).flat_map(|c| kernel::twin::softmax(&z[shape.circuit(c)])).collect()
}

/// All spikes of a time step.
struct Spikes {
    /// Unit numbers.
    winners: Vec<usize>,
    states: Vec<bool>,
}

pub(super) fn specified(trajectory: &Trajectory) -> TrajectoryAnswer {
    let batch = trajectory.batch().iter().map(|draws| path(trajectory, draws)).collect();
    TrajectoryAnswer::new(Arithmetic::Specified, None, batch)
}

fn path(trajectory: &Trajectory, draws: &SampleDraws) -> Path {
    let Inference::Spiking { kernel, steps, window } = trajectory.inference() else {
        unreachable!("the caller has spikes");
    };
    let (shape, gain, length) = (trajectory.shape(), trajectory.gain() as f32, window as usize);
    let (units, states) = (shape.units(), shape.states);
    let circuits: Vec<_> = (0..shape.circuits()).map(|c| shape.circuit(c)).collect();
    let weights = trajectory.network().weights();
    let recurrent = |from: usize, to: usize| gain * weights.recurrent[from][to] as f32;
    let state = |k: usize, to: usize| weights.state[k][to] as f32;
    // Inputs of products: the first units of all circuits, the second ones, and so on.
    let members = circuits.iter().map(|c| c.len()).max().unwrap_or(0);
    let order: Vec<usize> = (0..members)
        .flat_map(|d| circuits.iter().filter(move |c| d < c.len()).map(move |c| c.start + d))
        .collect();
    let product = |x: &dyn Fn(usize) -> f32, x_state: &dyn Fn(usize) -> f32, to: usize| {
        let add = |sum, x: f32, w| if x == 0.0 { sum } else { mul_add(x, w, sum) };
        let sum = order.iter().fold(weights.bias[to] as f32, |sum, &u| add(sum, x(u), recurrent(u, to)));
        (0..states).fold(sum, |sum, k| add(sum, x_state(k), state(k, to)))
    };
    // These state neurons have no events.
    let always: Vec<bool> = draws.state.iter().map(|&s| bernoulli::threshold(s as f32) > 65_535.0).collect();
    let mut logits = single(&draws.start);
    let (mut z, mut base, mut sum) = (vec![0.0; units], vec![0.0; units], vec![0.0; units]);
    let filter = (kernel == SpikeKernel::DoubleExponential).then(|| DoubleExponential::new(window));
    let mut sums = vec![(activity::Sums::default(), vec![0.0; length]); units];
    let mut past: Vec<Spikes> = Vec::new();
    let mut q = Vec::new();
    for t in 0..steps as usize {
        let winner = |(circuit, &draw): (&std::ops::Range<usize>, &f64)| {
            let cumulative = categorical::twin::cumulate(&logits[circuit.clone()]);
            circuit.start + categorical::twin::pick(&cumulative, draw as f32)
        };
        past.push(Spikes {
            winners: circuits.iter().zip(&draws.units[t]).map(winner).collect(),
            states: draws.state.iter().zip(&draws.states[t]).map(|(s, draw)| draw < s).collect(),
        });
        let (now, earlier) = (&past[t], |back: usize| t.checked_sub(back).map(|t| &past[t]));
        // The inputs that enter and leave, compared with an earlier time step.
        let events = |before: Option<&Spikes>, to: usize| {
            let of_states: Vec<(f32, bool)> = (0..states)
                .filter(|&k| !always[k] && now.states[k] != before.is_some_and(|b| b.states[k]))
                .map(|k| (state(k, to), !now.states[k]))
                .collect();
            let mut of_winners = Vec::new();
            for (c, &new) in now.winners.iter().enumerate() {
                let old = before.map(|b| b.winners[c]);
                if old != Some(new) {
                    of_winners.push((recurrent(new, to), false));
                    of_winners.extend(old.map(|old| (recurrent(old, to), true)));
                }
            }
            activity::change(activity::change(0.0, &of_states), &of_winners)
        };
        if let Some(filter) = &filter {
            let constant = |k: usize| f32::from(u8::from(always[k]));
            for (u, (sums, ring)) in sums.iter_mut().enumerate() {
                let (change, base) = (events(earlier(1), u), product(&|_| 0.0, &constant, u));
                z[u] = activity::double_exponential(change, filter, base, sums, &mut ring[t % length]);
            }
        } else if t + 1 == length {
            let share = |count: usize| count as f32 / length as f32;
            let of_unit = |u: usize| share(past.iter().filter(|p| p.winners.contains(&u)).count());
            let of_state = |k: usize| share(past.iter().filter(|p| p.states[k]).count());
            (0..units).for_each(|u| base[u] = product(&of_unit, &of_state, u));
            z.copy_from_slice(&base);
        } else if t + 1 > length {
            for u in 0..units {
                let change = events(earlier(length), u);
                z[u] = activity::rectangle(change, 1.0 / length as f32, base[u], &mut sum[u]);
            }
        }
        if t + 1 >= length {
            logits.copy_from_slice(&z);
            q.push(double(&softmax(shape, &z)));
        }
    }
    let positions = |spikes: &Spikes| {
        let winners = spikes.winners.iter().zip(&circuits);
        winners.map(|(winner, circuit)| winner - circuit.start).collect()
    };
    let end = q.last().cloned().unwrap_or_default();
    Path { winners: past.iter().map(positions).collect(), q, end }
}
