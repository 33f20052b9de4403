//! Compares every operation of every backend with a plain expression for one lane.

use super::{Level, Simd, Work, run};
use crate::kernel::isa::Isa;
use crate::kernel::matrix::WIDTH;
use crate::kernel::mul_add::mul_add;
use crate::kernel::testing::{EDGES, any_number, same};
use proptest::prelude::*;

type Numbers = [f32; WIDTH];
type Words = [u32; WIDTH];

/// All operations on three vectors of numbers. Their bits are the words.
struct All([Numbers; 3]);

impl Work for All {
    type Output = (Vec<(&'static str, Numbers)>, Vec<(&'static str, Words)>);

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Self::Output {
        let (mut numbers, mut words) = (Vec::new(), Vec::new());
        for at in (0..WIDTH).step_by(S::LANES) {
            // SAFETY: every array is as long as a multiple of LANES.
            let [a, b, c] = self.0.map(|all| unsafe { s.load(all.as_ptr().add(at)) });
            // SAFETY: as above.
            let [u, v, w] = self.0.map(|all| unsafe { s.load_bits(all.map(f32::to_bits).as_ptr().add(at)) });
            let (high, low) = s.widening_mul(u, v);
            let found = [
                ("splat", s.splat(1.5)),
                ("load", a),
                ("add", s.add(a, b)),
                ("sub", s.sub(a, b)),
                ("mul", s.mul(a, b)),
                ("div", s.div(a, b)),
                ("sqrt", s.sqrt(a)),
                ("mul_add", s.mul_add(a, b, c)),
                ("max", s.max(a, b)),
                ("min", s.min(a, b)),
                ("less", s.select(s.less(a, b), c, a)),
                ("same_bits", s.select(s.same_bits(u, v), c, a)),
                ("float", s.float(w)),
                ("convert", s.convert(u)),
            ];
            let found_words = [
                ("splat_bits", s.splat_bits(0x89ab_cdef)),
                ("load_bits", u),
                ("bits", s.bits(a)),
                ("add_bits", s.add_bits(u, v)),
                ("sub_bits", s.sub_bits(u, v)),
                ("and", s.and(u, v)),
                ("xor", s.xor(u, v)),
                ("shift_left", s.shift_left::<7>(u)),
                ("shift_right", s.shift_right::<23>(u)),
                ("widening_mul, high", high),
                ("widening_mul, low", low),
                // SAFETY: sixteen words, of which LANES are read.
                ("nonzero", unsafe {
                    s.load_bits(std::array::from_fn::<u32, WIDTH, _>(|l| s.nonzero(a) >> l & 1).as_ptr())
                }),
            ];
            numbers.resize(found.len(), ("", [0.0; WIDTH]));
            words.resize(found_words.len(), ("", [0; WIDTH]));
            for ((name, all), (found_name, found)) in numbers.iter_mut().zip(found) {
                *name = found_name;
                // SAFETY: as above.
                unsafe { s.store(found, all.as_mut_ptr().add(at)) }
            }
            for ((name, all), (found_name, found)) in words.iter_mut().zip(found_words) {
                *name = found_name;
                // SAFETY: as above.
                unsafe { s.store(s.float(found), all.as_mut_ptr().add(at).cast()) }
            }
        }
        (numbers, words)
    }
}

/// The result of each operation on numbers in one lane.
fn number(name: &str, [a, b, c]: [f32; 3]) -> f32 {
    match name {
        "splat" => 1.5,
        "load" => a,
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "sqrt" => a.sqrt(),
        "mul_add" => mul_add(a, b, c),
        "max" => [b, a][usize::from(a > b)],
        "min" => [b, a][usize::from(a < b)],
        "less" => [a, c][usize::from(a < b)],
        "same_bits" => [a, c][usize::from(a.to_bits() == b.to_bits())],
        "float" => c,
        "convert" => a.to_bits().cast_signed() as f32,
        _ => unreachable!("{name} is not in the table"),
    }
}

/// The result of each operation on words in one lane.
fn word(name: &str, [a, b]: [u32; 2]) -> u32 {
    match name {
        "splat_bits" => 0x89ab_cdef,
        "load_bits" | "bits" => a,
        "add_bits" => a.wrapping_add(b),
        "sub_bits" => a.wrapping_sub(b),
        "and" => a & b,
        "xor" => a ^ b,
        "shift_left" => a << 7,
        "shift_right" => a >> 23,
        "widening_mul, high" => ((u64::from(a) * u64::from(b)) >> 32) as u32,
        "widening_mul, low" => a.wrapping_mul(b),
        "nonzero" => u32::from(f32::from_bits(a) != 0.0),
        _ => unreachable!("{name} is not in the table"),
    }
}

fn check(operands: [Numbers; 3]) {
    for level in Level::all() {
        let (numbers, words) = run(level, All(operands));
        assert_eq!((numbers.len(), words.len()), (14, 12));
        for lane in 0..WIDTH {
            let [a, b, c] = operands.map(|all| all[lane]);
            for (name, found) in &numbers {
                let (found, expected) = (found[lane], number(name, [a, b, c]));
                assert!(
                    same(found, expected),
                    "{}: {name} of {a:e}, {b:e}, {c:e}: {found:e}, not {expected:e}",
                    level.isa()
                );
            }
            for (name, found) in &words {
                let (u, v) = (a.to_bits(), b.to_bits());
                assert_eq!(found[lane], word(name, [u, v]), "{}: {name} of {u:#x}, {v:#x}", level.isa());
            }
        }
    }
}

#[test]
fn every_pair_of_edges() {
    let mut third = EDGES.iter().cycle().copied();
    for a in EDGES {
        for part in EDGES.chunks(WIDTH) {
            let b = std::array::from_fn(|lane| part[lane % part.len()]);
            let c = std::array::from_fn(|_| third.next().expect("a cycle of at least one"));
            check([[a; WIDTH], b, c]);
        }
    }
}

/// Checks that the levels differ; otherwise every comparison would be trivial.
#[test]
fn levels_differ() {
    let all: Vec<Isa> = Level::all().map(Level::isa).collect();
    assert_eq!(all[0], Isa::Baseline);
    assert!(all.contains(&Isa::Neon), "NEON's code runs in tests on every machine: {all:?}");
    for isa in Isa::ALL {
        assert!(all.contains(&isa) || !isa.is_present());
    }
    /// Lanes of a vector.
    struct Lanes;
    impl Work for Lanes {
        type Output = usize;
        #[inline(always)]
        fn run<S: Simd>(self, _: S) -> usize {
            S::LANES
        }
    }
    let lanes = |isa| match isa {
        Isa::Baseline | Isa::Neon => 4,
        Isa::Avx2 => 8,
        Isa::Avx512 => 16,
    };
    for level in Level::all() {
        assert_eq!(run(level, Lanes), lanes(level.isa()), "{}", level.isa());
    }
}

proptest! {
    #[test]
    fn any_numbers(operands in prop::array::uniform3(prop::array::uniform16(any_number()))) {
        check(operands);
    }
}
