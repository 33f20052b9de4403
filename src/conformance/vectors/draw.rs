//! The random cases of the vectors.

use crate::Error;
use crate::conformance::case::{
    Bit, BothMasks, Case, Convention, MaskDocument, Parameters, Rule, Sample, SampleDocument, Shape,
};
use crate::conformance::oracle;
use crate::random::SplitMix64;
use crate::rule::RULES;
use svpg_reference::number::Matrix;

/// States, hidden circuits, hidden size, actions. The number of shapes is coprime to the number of
/// rules, so all pairs occur. One shape has as many states as units, so that state weights can be
/// transposed. A single action becomes two for a rule whose update would be zero.
pub(super) const SHAPES: [[usize; 4]; 8] = [
    [4, 3, 3, 3],
    [1, 1, 2, 2],
    [3, 2, 1, 4],
    [0, 2, 3, 2],
    [2, 0, 0, 3],
    [5, 4, 5, 1],
    [7, 5, 2, 6],
    [6, 2, 2, 2],
];
/// Largest number of samples.
const MAX_SAMPLES: usize = 7;
/// Factors of the weights from states and the bias, and of the recurrent weights: saturated,
/// usual (twice), nearly tied.
pub(super) const DRIVES: [[f64; 2]; 4] = [[8.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1e-3, 1e-3]];
pub(super) const PAIRS: usize = SHAPES.len() * RULES.len();

/// Case number `index`, of the given shape.
///
/// # Errors
/// As [`Case::new`].
pub(super) fn draw(index: usize, shape: Shape, random: &mut SplitMix64) -> Result<Case, Error> {
    let rules = RULES.len();
    let rule = Rule::all()[index % rules];
    // The second pass over the pairs has the other convention.
    let round = index / rules + index / PAIRS;
    let convention = if round.is_multiple_of(2) { Convention::Full } else { Convention::Half };
    let mask = mask((index / (2 * rules)) % 3, shape, random);
    let size = 1 + random.below(MAX_SAMPLES);
    let drive = DRIVES[random.below(DRIVES.len())];
    let weights = weights(shape, mask.as_ref(), drive, random);
    let batch: Vec<_> = (0..size).map(|_| sample(shape, random)).collect();
    let options = rule.draw(size, index / rules, random);
    let ratios: Vec<f64> = (0..size).map(|_| random.symmetric(3.0)).collect();
    let case = Case::new(shape, convention, weights, mask, rule, options, batch)?;
    if case.options().old_log_prob.is_none() {
        return Ok(case);
    }
    // The ratio of PPO is inside, a little outside and far outside its range.
    let Ok(known) = oracle::rough(&case) else { return Ok(case) };
    case.altered(|document| {
        let Some(options) = &mut document.options else { return };
        let epsilon = options.epsilon();
        let old = |(b, x): (usize, &f64)| {
            let p = known.q[b][shape.hidden_units() + document.batch[b].sample.action];
            p.max(f64::MIN_POSITIVE).ln() - (1.0 + epsilon * x).max(0.01).ln()
        };
        options.old_log_prob = Some(ratios.iter().enumerate().map(old).collect());
    })
}

/// No mask, a recurrent mask, or a recurrent and a state mask.
pub(super) fn mask(kind: usize, shape: Shape, random: &mut SplitMix64) -> Option<MaskDocument> {
    let (units, circuits) = (shape.units(), shape.circuits());
    let mut kept = Matrix::from_fn(circuits, circuits, |_, _| true);
    for c in 0..circuits {
        for d in 0..c {
            kept[(c, d)] = !random.chance(0.3);
            kept[(d, c)] = kept[(c, d)];
        }
    }
    let row = |i: usize| (0..units).map(|j| Bit(kept[(shape.circuit_of(i), shape.circuit_of(j))])).collect();
    let recurrent: Vec<Vec<Bit>> = (0..units).map(row).collect();
    match kind {
        0 => None,
        1 => Some(MaskDocument::Recurrent(recurrent)),
        _ => {
            let mut bits = || (0..units).map(|_| Bit(!random.chance(0.3))).collect();
            let state = Some((0..shape.states).map(|_| bits()).collect());
            Some(MaskDocument::Both(BothMasks { recurrent: Some(recurrent), state }))
        }
    }
}

pub(super) fn weights(
    shape: Shape,
    mask: Option<&MaskDocument>,
    [drive, coupling]: [f64; 2],
    random: &mut SplitMix64,
) -> Parameters {
    let (recurrent, state) = match mask {
        None => (None, None),
        Some(MaskDocument::Recurrent(rows)) => (Some(rows), None),
        Some(MaskDocument::Both(both)) => (both.recurrent.as_ref(), both.state.as_ref()),
    };
    let mut weights = Parameters::zero(shape);
    for i in 0..shape.units() {
        for j in 0..i {
            let weight = random.symmetric(coupling);
            if shape.circuit_of(i) != shape.circuit_of(j) && recurrent.is_none_or(|rows| rows[i][j].0) {
                weights.recurrent[i][j] = weight;
                weights.recurrent[j][i] = weight;
            }
        }
    }
    for (k, row) in weights.state.iter_mut().enumerate() {
        for (i, weight) in row.iter_mut().enumerate() {
            let drawn = random.symmetric(drive);
            *weight = if state.is_none_or(|rows| rows[k][i].0) { drawn } else { 0.0 };
        }
    }
    for bias in &mut weights.bias {
        *bias = random.symmetric(drive);
    }
    weights
}

fn sample(shape: Shape, random: &mut SplitMix64) -> SampleDocument {
    let state = (0..shape.states).map(|_| random.unit()).collect();
    let q = random.chance(0.25).then(|| {
        let mut q: Vec<f64> = (0..shape.units()).map(|_| 0.1 + random.unit()).collect();
        for c in 0..shape.circuits() {
            let total: f64 = q[shape.circuit(c)].iter().sum();
            q[shape.circuit(c)].iter_mut().for_each(|p| *p /= total);
        }
        q
    });
    let hidden = (0..shape.hidden_circuits).map(|_| random.below(shape.hidden_size)).collect();
    let sample = Sample { hidden, action: random.below(shape.actions) };
    SampleDocument { state, q, sample, advantage: random.symmetric(2.0) }
}
