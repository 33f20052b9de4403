//! Compares random words and draws with the known answers and the formulas in f64.

use super::{Comparison, Exact};
use crate::kernel::edges::{EDGES, WORDS, lines};
use crate::kernel::matrix::{WIDTH, padded};
use crate::kernel::noise::{self, Bounds, Noise};
use crate::kernel::normal;
use crate::kernel::philox::{self, Place, Stream};
use crate::kernel::uniform;
use crate::random::SplitMix64;
use std::f64::consts::TAU;

/// 2⁻³².
const UNIT: f64 = 1.0 / 4_294_967_296.0;

/// Units of a network of the published size, padded to complete lines. They do not fill a group of
/// 64.
const UNITS: usize = 224;

const PLACE: Place =
    Place { seed: 0x9e37_79b9, stream: Stream::UnitNoise, step: 20_000, iteration: 3, sample: 99 };

/// Counter, key and words that Random123 gives for philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011,
/// doi 10.1145/2063384.2063405).
const KNOWN: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
    ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
        [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

/// A word as two numbers in f32, without loss of bits and without a NaN.
fn halves(word: u32) -> [f32; 2] {
    [(word >> 16) as f32, (word & 0xffff) as f32]
}

/// The words of all units, and the known answers. No draw has the keys and counters of the known
/// answers, so only the twin computes them.
pub(super) fn philox(_random: &mut SplitMix64) -> Comparison {
    let answers =
        || KNOWN.iter().flat_map(|&(counter, key, _)| philox::twin::block(counter, key)).flat_map(halves);
    let expected = KNOWN.iter().flat_map(|&(_, _, answer)| answer).flat_map(halves);
    Comparison {
        twin: (0..UNITS).flat_map(|unit| halves(philox::twin::word(&PLACE, unit))).chain(answers()).collect(),
        exact: std::iter::repeat_n(None, 2 * UNITS)
            .chain(expected.map(|half| Some(Exact { value: f64::from(half), scale: 1.0 })))
            .collect(),
        vector: Box::new(move |level| {
            let mut words = vec![0; UNITS];
            philox::fill(level, PLACE, &mut words);
            words.into_iter().flat_map(halves).chain(answers()).collect()
        }),
    }
}

/// The upper 24 bits of every unit's word.
pub(super) fn uniform(_random: &mut SplitMix64) -> Comparison {
    let exact = |unit| f64::from(philox::twin::word(&PLACE, unit) / 256) / 16_777_216.0;
    Comparison {
        twin: (0..UNITS).map(|unit| uniform::twin::uniform(&PLACE, unit)).collect(),
        exact: (0..UNITS).map(|unit| Some(Exact { value: exact(unit), scale: 1.0 / 16_777_216.0 })).collect(),
        vector: Box::new(|level| {
            let mut draws = vec![0.0; UNITS];
            uniform::uniform(level, PLACE, &mut draws);
            draws
        }),
    }
}

/// Box and Muller's formula, with the two roundings to f32 that the kernel's documentation states.
fn box_muller(w0: u32, w1: u32) -> [f64; 2] {
    let u = f64::from(((f64::from(w0 as f32) + 0.5) * UNIT) as f32);
    let radius = (-2.0 * libm::log(u)).sqrt();
    // The quarter turns are subtracted exactly, so the relative precision near a zero of sine or
    // cosine is kept.
    let quarter = w1.wrapping_add(1 << 29) >> 30;
    let (s, c) = libm::sincos(f64::from(w1.wrapping_sub(quarter << 30).cast_signed()) * (TAU * UNIT));
    let (c, s) = [(c, s), (-s, c), (-c, -s), (s, -c)][quarter as usize];
    [radius * c, radius * s]
}

/// All pairs of edges, and pairs of drawn words.
pub(super) fn normal(random: &mut SplitMix64) -> Comparison {
    let mut words: Vec<(u32, u32)> = WORDS.iter().flat_map(|&w0| WORDS.map(|w1| (w0, w1))).collect();
    words.extend(
        std::iter::repeat_with(|| random.bits()).map(|bits| (bits as u32, (bits >> 32) as u32)).take(1024),
    );
    let in_lines =
        |words: Vec<u32>| words.chunks_exact(WIDTH).map(|line| std::array::from_fn(|l| line[l])).collect();
    let (first, second): (Vec<u32>, Vec<u32>) = words.iter().copied().unzip();
    let (first, second): (Vec<[u32; WIDTH]>, Vec<[u32; WIDTH]>) = (in_lines(first), in_lines(second));
    let (cosines, sines): (Vec<f32>, Vec<f32>) =
        words.iter().map(|&(w0, w1)| normal::twin::pair(w0, w1)).unzip();
    let exact = |which: usize| words.iter().map(move |&(w0, w1)| Exact::relative(box_muller(w0, w1)[which]));
    Comparison {
        twin: [cosines, sines].concat(),
        exact: exact(0).chain(exact(1)).collect(),
        vector: Box::new(move |level| {
            let (mut cosines, mut sines) = (vec![[0.0; WIDTH]; first.len()], vec![[0.0; WIDTH]; first.len()]);
            normal::pairs(level, &first, &second, &mut cosines, &mut sines);
            [cosines, sines].concat().concat()
        }),
    }
}

/// Edges and numbers in `[0,1]`, without noise and with two strengths of noise.
pub(super) fn noise(random: &mut SplitMix64) -> Comparison {
    let mut clean = EDGES.to_vec();
    clean.extend(std::iter::repeat_with(|| random.unit() as f32).take(UNITS - EDGES.len()));
    let kinds = [(0.0, 1.0), (0.02, 1.0), (0.02, 2.0), (0.1, 2.0)];
    let (mut twin, mut exact) = (Vec::new(), Vec::new());
    for (sigma, gain) in kinds {
        for (unit, &x) in clean.iter().enumerate() {
            twin.push(noise::twin::noisy(&PLACE, unit, sigma, gain, x));
            let noisy = f64::from(x) + f64::from(sigma) * f64::from(normal::twin::normal(&PLACE, unit));
            // The ulp of numbers below the gain is half as large.
            exact.push(Some(Exact {
                value: f64::from(gain) * noisy.clamp(0.0, 1.0),
                scale: 0.99 * f64::from(gain),
            }));
        }
    }
    Comparison {
        twin,
        exact,
        vector: Box::new(move |level| {
            let clean = lines(&clean).concat();
            let fill = |(sigma, gain)| {
                let mut out = vec![0.0; padded(clean.len())];
                Noise { place: PLACE, sigma, gain, bounds: Bounds::UNIT, clean: &clean, out: &mut out }
                    .fill(level);
                out.truncate(UNITS);
                out
            };
            kinds.into_iter().flat_map(fill).collect()
        }),
    }
}
