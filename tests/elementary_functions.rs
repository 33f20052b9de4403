//! `exp` and `ln` over all 2³² inputs, against f64 results of the `libm` crate (below 1 ulp of f64,
//! so below 2⁻²⁹ ulp of f32).
//!
//! The results of the widest instruction set for every input are compared with the oracle. For a
//! subset of the inputs, the twin and all other instruction sets are compared with the widest one,
//! bit for bit. The test fails if the stated largest error disagrees with the measured one in three
//! digits.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use svpg::kernel::matrix::WIDTH;
use svpg::kernel::simd::Level;
use svpg::kernel::{exp, ln};

/// A function of f32, its twin, its oracle.
#[derive(Clone, Copy)]
struct Function {
    vectors: fn(Level, &mut [[f32; WIDTH]]),
    twin: fn(f32) -> f32,
    oracle: fn(f64) -> f64,
    /// The result if it needs no oracle; it must then agree exactly.
    obvious: fn(f32) -> Option<f32>,
}

/// Inputs that share their upper 12 bits.
const CHUNK: u32 = 1 << 20;

/// Distance of `found` from `exact`, in ulp of `exact`; a number above the largest f32 is replaced
/// by the next power of two.
fn ulps(found: f32, exact: f64) -> f64 {
    let exponent = (exact.abs().to_bits() >> 52) as i32 - 1023;
    let ulp = f64::from_bits(((exponent.max(-126) - 23 + 1023) as u64) << 52);
    let found = match found {
        f32::INFINITY => 2f64.powi(128),
        found => f64::from(found),
    };
    (found - exact).abs() / ulp
}

/// The largest error in a chunk, in ulp.
fn largest_error_of_chunk(function: Function, first: u32) -> f64 {
    let mut largest = 0.0f64;
    let mut lines = vec![[0.0; WIDTH]; 64];
    for start in (first..=first + (CHUNK - 1)).step_by(64 * WIDTH) {
        for (at, x) in lines.as_flattened_mut().iter_mut().enumerate() {
            *x = f32::from_bits(start + at as u32);
        }
        (function.vectors)(Level::best(None), &mut lines);
        for (at, &found) in lines.as_flattened().iter().enumerate() {
            let x = f32::from_bits(start + at as u32);
            match (function.obvious)(x) {
                Some(result) => assert!(
                    found.to_bits() == result.to_bits() || found.is_nan() && result.is_nan(),
                    "f({x:e}) is {found:e}, not {result:e}"
                ),
                None => {
                    let error = ulps(found, (function.oracle)(f64::from(x)));
                    // A NaN, too, must be reported.
                    assert!(error < 2.0, "f({x:e}) is {found:e}: {error} ulp off");
                    largest = largest.max(error);
                }
            }
        }
    }
    largest
}

/// The largest error over all inputs, in ulp.
fn largest_error(function: Function) -> f64 {
    let next = AtomicU32::new(0);
    let work = || {
        let mut largest = 0.0f64;
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk > u32::MAX / CHUNK {
                return largest;
            }
            largest = largest.max(largest_error_of_chunk(function, chunk * CHUNK));
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().map(|thread| thread.join().expect("no chunk failed")).fold(0.0, f64::max)
    })
}

/// Every 1021st input (a prime), the twin and every instruction set.
fn agrees_with_twin(function: Function) {
    let inputs: Vec<f32> = (0..=u32::MAX).step_by(1021).map(f32::from_bits).collect();
    let line = |part: &[f32]| std::array::from_fn(|lane| part.get(lane).copied().unwrap_or(1.0));
    let lines: Vec<[f32; WIDTH]> = inputs.chunks(WIDTH).map(line).collect();
    for level in Level::all() {
        let mut found = lines.clone();
        (function.vectors)(level, &mut found);
        for (&x, &found) in inputs.iter().zip(found.as_flattened()) {
            let expected = (function.twin)(x);
            assert!(
                found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan(),
                "{}: f({x:e}) is {found:e}, the twin's {expected:e}",
                level.isa()
            );
        }
    }
}

/// The measured error agrees with the stated one in three digits.
fn stated(measured: f64, stated: f64) {
    assert_eq!(format!("{measured:.3}"), format!("{stated:.3}"), "measured {measured}");
}

const EXP: Function = Function {
    vectors: exp::exp_all,
    twin: exp::twin::exp,
    oracle: libm::exp,
    obvious: |x| {
        // The last f32 above −150·ln 2 = −103.97207708, where half the smallest subnormal is
        // passed, and below 128·ln 2 = 88.72283911.
        const ZERO: f32 = -103.972_08;
        const INFINITE: f32 = 88.722_83;
        match x {
            x if x.is_nan() => Some(x),
            x if x < ZERO => Some(0.0),
            x if x > INFINITE => Some(f32::INFINITY),
            x if x.abs() < 2f32.powi(-25) => Some(1.0),
            _ => None,
        }
    },
};

const LN: Function = Function {
    vectors: ln::ln_all,
    twin: ln::twin::ln,
    oracle: libm::log,
    obvious: |x| match x {
        0.0 => Some(f32::NEG_INFINITY),
        x if x.is_nan() || x < 0.0 => Some(f32::NAN),
        1.0 => Some(0.0),
        f32::INFINITY => Some(f32::INFINITY),
        _ => None,
    },
};

#[test]
#[cfg_attr(debug_assertions, ignore = "2³² inputs: run with --release")]
fn largest_error_of_exp() {
    stated(largest_error(EXP), exp::MAX_ERROR);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "2³² inputs: run with --release")]
fn largest_error_of_ln() {
    stated(largest_error(LN), ln::MAX_ERROR);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "millions of inputs: run with --release")]
fn exp_is_its_twin() {
    agrees_with_twin(EXP);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "millions of inputs: run with --release")]
fn ln_is_its_twin() {
    agrees_with_twin(LN);
}
