//! Spiking inference (S2): sample spikes from `q`, filter them, let `q = softmax_c(z(x_t))` once the window is full.

use crate::Error;
use crate::configuration::Configuration;
use crate::network::Observed;
use crate::number::Real;
use crate::softmax::softmax_circuits;
use crate::spike::Kernel;

/// Where spiking inference ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Spiking<T> {
    /// `q` after the last step, `N` long.
    pub q: Vec<T>,
    /// The configuration sampled from it.
    pub configuration: Configuration,
}

/// Runs `steps` steps from the initial `q` (`N` entries).
///
/// At each step one winner a circuit is drawn from `q` and a Bernoulli spike for every state neuron; from step `L-1` on, with `x` the
/// filtered spikes of units and states, `q = softmax_c(c W x + Uᵀ x_s + b)`. After the last step `v` is drawn from `q`.
/// `uniform` gives draws in `[0,1)`, used in this order: each step one a circuit, then one a state neuron; at the end one a circuit.
///
/// # Errors
/// `q` is not `N` long.
pub fn infer<T: Real>(
    observed: &Observed<'_, T>,
    kernel: &Kernel<T>,
    steps: usize,
    q: &[T],
    uniform: &mut impl FnMut() -> T,
) -> Result<Spiking<T>, Error> {
    let (parameters, shape) = (observed.parameters(), observed.shape());
    if q.len() != shape.units() {
        return Err(Error::invalid(
            "q",
            format!("has {} entries; the shape asks for {}", q.len(), shape.units()),
        ));
    }
    let mut q = q.to_vec();
    let (mut unit_spikes, mut state_spikes) = (Vec::new(), Vec::new());
    for t in 0..steps {
        unit_spikes.push(sample(observed, &q, uniform)?.one_hot());
        let spike = |rate: &T| if uniform() < *rate { T::one() } else { T::zero() };
        state_spikes.push(observed.state().iter().map(spike).collect());
        if t + 1 >= kernel.window() {
            // Filtered activity is a mean of spikes; rounding can lift it past 1.
            let limit = |x: T| if x > T::one() { T::one() } else { x };
            let state: Vec<T> =
                kernel.activity(&state_spikes, shape.states()).into_iter().map(limit).collect();
            let z = parameters.observe(&state)?.net_input(&kernel.activity(&unit_spikes, shape.units()));
            q = softmax_circuits(shape, &z);
        }
    }
    let configuration = sample(observed, &q, uniform)?;
    Ok(Spiking { q, configuration })
}

/// One winner a circuit from `q`, by inversion of one uniform draw each.
fn sample<T: Real>(
    observed: &Observed<'_, T>,
    q: &[T],
    uniform: &mut impl FnMut() -> T,
) -> Result<Configuration, Error> {
    let shape = observed.shape();
    let mut winners: Vec<usize> = shape
        .circuits()
        .map(|circuit| {
            let draw = uniform();
            let mut cumulative = T::zero();
            // Rounding can leave the last cumulative sum below the draw: the last unit takes it.
            let passed = q[circuit.start..circuit.end - 1].iter().take_while(|probability| {
                cumulative += (*probability).clone();
                draw >= cumulative
            });
            passed.count()
        })
        .collect();
    let action = winners.pop().unwrap_or(0);
    Configuration::new(shape, &winners, action)
}
