//! Measured claims: statistics with a fixed seed, an interval and stated error rates.

use serde::Serialize;
use svpg_reference::configuration::Configuration;
use svpg_reference::mean_field;
use svpg_reference::network::{Convention, Mask, Parameters, Shape, Update};
use svpg_reference::number::Matrix;
use svpg_reference::rule::{Batch, Sample, nudged, svpg};
use svpg_reference::spike::{Kernel, infer};

use crate::random::SplitMix64;

/// A measured quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Name of the measurement in the chapter.
    pub by: String,
    /// The result, in a sentence.
    pub statement: String,
    /// The estimate.
    pub estimate: f64,
    /// Confidence interval of the estimate.
    pub interval: [f64; 2],
    /// Confidence of the interval.
    pub confidence: f64,
    /// Probability that a true statement is reported as false.
    pub false_alarm: f64,
    /// The size of an effect, and the probability that it is missed.
    pub missed_effect: String,
    /// Does the statement hold?
    pub holds: bool,
}

/// The names of all measurements.
pub const NAMES: [&str; 4] =
    ["spiking_convergence", "sampled_update", "nudged_error", "centred_nudged_error"];

/// The measurement that a chapter names.
pub(crate) fn by_name(name: &str) -> Option<Measurement> {
    match name {
        "spiking_convergence" => Some(spiking_convergence()),
        "sampled_update" => Some(sampled_update()),
        "nudged_error" => Some(nudged_error(&ONE_SIDED)),
        "centred_nudged_error" => Some(nudged_error(&CENTRED)),
        _ => None,
    }
}

/// A network of 4 states, 3 hidden circuits of 3 units and 3 actions, with weights uniform in
/// `[-scale, scale]`.
pub(super) fn network(
    random: &mut SplitMix64,
    convention: Convention,
    scale: f64,
) -> (Parameters<f64>, Vec<f64>) {
    let shape = Shape::new(4, 3, 3, 3).unwrap_or_else(|_| unreachable!("a legal shape"));
    let n = shape.units();
    let mut recurrent: Matrix<f64> = Matrix::zeros(n, n);
    for i in 0..n {
        for j in 0..i {
            if shape.circuit_of(i) != shape.circuit_of(j) {
                let weight = random.symmetric(scale);
                recurrent[(i, j)] = weight;
                recurrent[(j, i)] = weight;
            }
        }
    }
    let state = Matrix::from_fn(4, n, |_, _| random.symmetric(scale));
    let bias = (0..n).map(|_| random.symmetric(scale)).collect();
    let parameters = Parameters::new(shape, convention, Mask::all(shape), recurrent, state, bias)
        .unwrap_or_else(|_| unreachable!("a legal network"));
    (parameters, (0..4).map(|_| random.unit()).collect())
}

/// Windows of the convergence study.
const WINDOWS: [usize; 5] = [8, 16, 32, 64, 128];
const RUNS: usize = 400;
/// Number of steps, in windows. The influence of the initial state vanishes much earlier.
const SETTLING: usize = 6;
/// Two-sided normal quantile of the confidence 0.999.
const Z_999: f64 = 3.290_526_731_491_895;

/// S2: the root mean square distance of spiking inference from the fixed point is proportional to
/// `L^slope`. The noise of a windowed mean predicts a slope of -1/2.
fn spiking_convergence() -> Measurement {
    let mut random = SplitMix64::new(20_261);
    let (parameters, state) = network(&mut random, Convention::Half, 0.4);
    let observed = parameters.observe(&state).unwrap_or_else(|_| unreachable!("a legal state"));
    let fixed = mean_field::free(&observed).q;
    let mut points = Vec::new();
    for window in WINDOWS {
        let kernel = Kernel::rectangle(window).unwrap_or_else(|_| unreachable!("a positive window"));
        let squares: Vec<f64> = (0..RUNS)
            .filter_map(|_| {
                let run = infer(&observed, &kernel, SETTLING * window, &fixed, &mut random).ok()?;
                Some(run.q.iter().zip(&fixed).map(|(q, f)| (q - f) * (q - f)).sum())
            })
            .collect();
        let runs = squares.len() as f64;
        let mean = squares.iter().sum::<f64>() / runs;
        let variance = squares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (runs - 1.0);
        // The delta method: the variance of the ln of a mean; the factor is for the root.
        points.push(((window as f64).ln(), 0.5 * mean.ln(), 0.25 * variance / (runs * mean * mean)));
    }
    let (slope, error) = weighted_slope(&points);
    let interval = [slope - Z_999 * error, slope + Z_999 * error];
    let holds = interval[1] < -0.4 && interval[0] > -0.6;
    Measurement {
        by: "spiking_convergence".to_owned(),
        statement: format!(
            "the distance from the fixed point falls as L^{slope:.3} over L = {}…{}, 99.9 % interval {:.3} … {:.3}; a windowed \
             mean of independent spikes predicts -1/2",
            WINDOWS[0],
            WINDOWS[WINDOWS.len() - 1],
            interval[0],
            interval[1]
        ),
        estimate: slope,
        interval,
        confidence: 0.999,
        false_alarm: 1e-3,
        missed_effect: "a slope outside -0.6 … -0.4 passes with probability at most 5e-4".to_owned(),
        holds,
    }
}

/// Weighted least squares through `(x, y, variance of y)`: the slope and its standard error.
fn weighted_slope(points: &[(f64, f64, f64)]) -> (f64, f64) {
    let total: f64 = points.iter().map(|p| 1.0 / p.2).sum();
    let mean_x = points.iter().map(|p| p.0 / p.2).sum::<f64>() / total;
    let mean_y = points.iter().map(|p| p.1 / p.2).sum::<f64>() / total;
    let spread: f64 = points.iter().map(|p| (p.0 - mean_x).powi(2) / p.2).sum();
    let slope = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y) / p.2).sum::<f64>() / spread;
    (slope, spread.sqrt().recip())
}

const DRAWS: usize = 40_000;
/// Largest permitted standard score: 10⁻⁶ over all entries, by Bonferroni, for at most 264 entries.
const MAX_SCORE: f64 = 5.886;
/// Normal quantile of 10⁻⁶.
const Z_MISSED: f64 = 4.753;

/// S3: compares the mean of the sampled `svpg` update with its expectation by enumeration.
fn sampled_update() -> Measurement {
    let mut random = SplitMix64::new(20_262);
    let (parameters, state) = network(&mut random, Convention::Full, 0.8);
    let shape = parameters.shape();
    let observed = parameters.observe(&state).unwrap_or_else(|_| unreachable!("a legal state"));
    let q = mean_field::free(&observed).q;
    let rewards: Vec<f64> = (0..shape.actions()).map(|_| random.symmetric(1.0)).collect();
    let all: Vec<(f64, Update<f64>)> = Configuration::enumerate(shape)
        .filter_map(|configuration| {
            let probability = configuration.probability(&q);
            let advantage = rewards[configuration.action()];
            let sample = Sample { state: state.clone(), q: Some(q.clone()), configuration, advantage };
            let batch = Batch::new(&parameters, vec![sample]).ok()?;
            Some((probability, svpg::update(&batch).ok()?))
        })
        .collect();
    let mut expected = Update::zeros(shape);
    all.iter().for_each(|(probability, update)| expected.add_scaled(probability, update));
    let mut sums = vec![(0.0, 0.0); expected.entries().count()];
    for _ in 0..DRAWS {
        let mut left = random.unit();
        let drawn = all.iter().find(|(probability, _)| {
            left -= probability;
            left < 0.0
        });
        let update = &drawn.unwrap_or(&all[all.len() - 1]).1;
        for (sum, entry) in sums.iter_mut().zip(update.entries()) {
            sum.0 += entry;
            sum.1 += entry * entry;
        }
    }
    let draws = DRAWS as f64;
    let mut largest: f64 = 0.0;
    let mut entries = 0;
    for ((sum, square), expected) in sums.iter().zip(expected.entries()) {
        let mean = sum / draws;
        let variance = square / draws - mean * mean;
        if variance > 0.0 {
            entries += 1;
            largest = largest.max((mean - expected).abs() / (variance / draws).sqrt());
        }
    }
    let missed = (MAX_SCORE + Z_MISSED) / draws.sqrt();
    Measurement {
        by: "sampled_update".to_owned(),
        statement: format!(
            "the mean of {DRAWS} sampled updates is within {largest:.2} standard errors of the enumerated expectation, in all \
             {entries} entries; {MAX_SCORE} are allowed"
        ),
        estimate: largest,
        interval: [0.0, MAX_SCORE],
        confidence: 1.0 - 1e-6,
        false_alarm: 1e-6,
        missed_effect: format!(
            "a bias of {missed:.3} standard deviations of an entry is missed with probability at most 1e-6"
        ),
        holds: largest < MAX_SCORE,
    }
}

/// Strengths β of the clamp.
const STRENGTHS: [f64; 5] = [1.0 / 16.0, 1.0 / 32.0, 1.0 / 64.0, 1.0 / 128.0, 1.0 / 256.0];
const NETWORKS: usize = 64;
/// With weights of this size there is one fixed point, and it depends continuously on a clamp of
/// these strengths.
const NUDGED_SCALE: f64 = 0.5;
/// Largest permitted distance of the mean exponent from the expected one.
const EXPONENT_MARGIN: f64 = 0.05;

/// The second phase of the rule `nudged`, and the expected power of β of its error.
struct Phases {
    name: &'static str,
    seed: u64,
    centred: bool,
    exponent: f64,
}

const ONE_SIDED: Phases = Phases { name: "nudged_error", seed: 20_263, centred: false, exponent: 1.0 };
const CENTRED: Phases = Phases { name: "centred_nudged_error", seed: 20_264, centred: true, exponent: 2.0 };

/// W5: the error of the rule `nudged` on the hidden-hidden block, relative to the gradient of `ln
/// q*_a`, is proportional to `β^exponent`. There is one exponent per random network, by least
/// squares of the logarithms. The interval is that of their mean. A network on which the action is
/// too unlikely for a negative clamp is replaced by another one.
fn nudged_error(phases: &Phases) -> Measurement {
    let mut random = SplitMix64::new(phases.seed);
    let mut exponents = Vec::new();
    let mut last = 0.0;
    for number in 0..2 * NETWORKS {
        if exponents.len() == NETWORKS {
            break;
        }
        let convention = if number % 2 == 0 { Convention::Full } else { Convention::Half };
        let (parameters, state) = network(&mut random, convention, NUDGED_SCALE);
        let action = number % parameters.shape().actions();
        let observed = parameters.observe(&state).unwrap_or_else(|_| unreachable!("a legal state"));
        let q = mean_field::free(&observed).q;
        let Ok(gradient) = mean_field::ln_policy_gradient(&observed, &q, action) else { continue };
        let configuration = Configuration::enumerate(parameters.shape()).nth(action);
        let sample = Sample {
            state: state.clone(),
            q: None,
            configuration: configuration.unwrap_or_else(|| unreachable!("the action changes fastest")),
            advantage: 1.0,
        };
        let Ok(batch) = Batch::with_fixed_points(&parameters, vec![sample]) else { continue };
        let update = |beta| nudged::update(&batch, beta, phases.centred);
        let Ok(updates) = STRENGTHS.iter().map(update).collect::<Result<Vec<_>, _>>() else { continue };
        let errors: Vec<f64> =
            updates.iter().map(|update| hidden_distance(parameters.shape(), update, &gradient)).collect();
        let points: Vec<_> =
            STRENGTHS.iter().zip(&errors).map(|(s, error)| (s.ln(), error.ln(), 1.0)).collect();
        exponents.push(weighted_slope(&points).0);
        last += errors[0] / NETWORKS as f64;
    }
    let count = exponents.len() as f64;
    let mean = exponents.iter().sum::<f64>() / count;
    let variance = exponents.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let error = (variance / count).sqrt();
    let interval = [mean - Z_999 * error, mean + Z_999 * error];
    let expected = phases.exponent;
    let (low, high) = (expected - EXPONENT_MARGIN, expected + EXPONENT_MARGIN);
    Measurement {
        by: phases.name.to_owned(),
        statement: format!(
            "on the hidden-hidden block of {} random networks the relative error falls as β^{mean:.3} over β = 1/16…1/256, 99.9 % interval \
             {:.3} … {:.3}; {expected} is predicted; at β = 1/16 it is {last:.1e} on average",
            exponents.len(),
            interval[0],
            interval[1]
        ),
        estimate: mean,
        interval,
        confidence: 0.999,
        false_alarm: 1e-3,
        missed_effect: format!(
            "a mean exponent outside {low:.2} … {high:.2} passes with probability at most 5e-4"
        ),
        holds: exponents.len() == NETWORKS && interval[0] > low && interval[1] < high,
    }
}

/// The Euclidean distance of two updates on the hidden-hidden block of `W`, relative to the second.
fn hidden_distance(shape: Shape, update: &Update<f64>, gradient: &Update<f64>) -> f64 {
    let hidden = shape.hidden();
    let (mut distance, mut length) = (0.0, 0.0);
    for i in hidden.clone() {
        for j in hidden.clone() {
            let expected = gradient.recurrent[(i, j)];
            distance += (update.recurrent[(i, j)] - expected).powi(2);
            length += expected * expected;
        }
    }
    (distance / length).sqrt()
}
