//! Vectors of f32 and u32 with the smallest interface that the kernels need, and the choice of an
//! instruction set at run time.
//!
//! ```text
//! run(level, work):  the instruction set that `level` proves present → work.run(token of that set), compiled for it
//! ```
//!
//! 1. A token (`Simd`) is a promise that its instruction set is present. Only `run` creates tokens,
//!    and only from a [`Level`], which queries the processor.
//! 2. Every operation acts lane by lane and is correctly rounded, so its bits do not depend on the
//!    number of lanes.
//! 3. The scalar backend `Baseline` is a backend like the others: plain Rust, with the multiply-add
//!    of [`mul_add`](super::mul_add::mul_add).
//! 4. Everything is `inline(always)`: a function that is not inlined into `run`'s compilation for
//!    its instruction set would be compiled without it. Kernels therefore use no closures in hot
//!    loops.

#![allow(unsafe_code, reason = "vector instructions; each block states why it is sound")]

mod baseline;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "aarch64", test))]
mod neon;
#[cfg(test)]
mod tests;

use crate::kernel::isa::Isa;

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Isa);

impl Level {
    /// `isa`, if this machine has it.
    pub fn new(isa: Isa) -> Option<Self> {
        isa.is_present().then_some(Self(isa))
    }

    /// The widest instruction set of this machine, up to `cap`.
    pub fn best(cap: Option<Isa>) -> Self {
        let candidates = match cap {
            Some(Isa::Baseline) => &[][..],
            Some(Isa::Neon) => &[Isa::Neon],
            Some(Isa::Avx2) => &[Isa::Avx2],
            Some(Isa::Avx512) | None => &[Isa::Avx512, Isa::Avx2, Isa::Neon],
        };
        candidates.iter().find_map(|&isa| Self::new(isa)).unwrap_or(Self(Isa::Baseline))
    }

    /// All instruction sets of this machine, the baseline first.
    pub fn all() -> impl Iterator<Item = Self> {
        // In the tests of this crate, NEON's code runs on every machine.
        let imitated = cfg!(all(test, not(target_arch = "aarch64"))).then_some(Self(Isa::Neon));
        Isa::ALL.into_iter().filter_map(Self::new).chain(imitated)
    }

    /// All instruction sets of this machine that are not wider than this one, the baseline first.
    pub fn up_to(self) -> impl Iterator<Item = Self> {
        let width = |level: Self| match level.0 {
            Isa::Baseline => 0,
            Isa::Avx2 | Isa::Neon => 1,
            Isa::Avx512 => 2,
        };
        Self::all().filter(move |&level| width(level) <= width(self))
    }

    /// The instruction set.
    pub fn isa(self) -> Isa {
        self.0
    }
}

/// A computation that is generic over the instruction set.
pub(crate) trait Work {
    type Output;

    /// Must be `inline(always)`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs `work` with the instructions of `level`.
pub(crate) fn run<W: Work>(level: Level, work: W) -> W::Output {
    match level.0 {
        // SAFETY: a `Level` exists only for an instruction set that the processor was found to
        // have.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { avx2::run(work) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { avx512::run(work) },
        // SAFETY: as above.
        #[cfg(any(target_arch = "aarch64", test))]
        Isa::Neon => unsafe { neon::run(work) },
        _ => work.run(baseline::Baseline::new()),
    }
}

/// The vectors of one instruction set. All operations are lane by lane and correctly rounded; the
/// sign and the payload of a NaN are unspecified.
pub(crate) trait Simd: Copy {
    /// Lanes of a vector; a divisor of [`WIDTH`](super::matrix::WIDTH).
    const LANES: usize;
    /// Number of sums that fit in the registers in addition to one or two operands.
    const SUMS: usize;
    /// Number of vector registers.
    const REGISTERS: usize;
    /// f32 lanes.
    type F: Copy;
    /// u32 lanes.
    type U: Copy;
    /// Truth values.
    type M: Copy;

    fn splat(self, x: f32) -> Self::F;
    fn splat_bits(self, x: u32) -> Self::U;

    /// # Safety
    /// `LANES` numbers can be read at `from`.
    unsafe fn load(self, from: *const f32) -> Self::F;
    /// # Safety
    /// `LANES` numbers can be written at `to`.
    unsafe fn store(self, x: Self::F, to: *mut f32);
    /// Asks for the cache line at an address, which may be any, because it will be read soon.
    #[inline(always)]
    fn prefetch(self, _: *const f32) {}
    /// # Safety
    /// `LANES` words can be read at `from`.
    unsafe fn load_bits(self, from: *const u32) -> Self::U;

    /// The transpose of a square: column `c` of the `LANES` rows is written at `to + c·stride`.
    ///
    /// # Safety
    /// There are `LANES` rows; `LANES` numbers can be read at each, and written at each of these
    /// places.
    #[inline(always)]
    unsafe fn transpose(self, rows: &[*const f32], to: *mut f32, stride: usize) {
        let mut row = 0;
        while row < Self::LANES {
            let mut column = 0;
            while column < Self::LANES {
                // SAFETY: the caller's promise.
                unsafe { *to.add(column * stride + row) = *rows[row].add(column) };
                column += 1;
            }
            row += 1;
        }
    }

    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    fn sqrt(self, a: Self::F) -> Self::F;
    /// `a·b + c`, rounded once.
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `if a > b { a } else { b }`: `b` if one is a NaN.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `if a < b { a } else { b }`: `b` if one is a NaN.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a < b`; false if one is a NaN.
    fn less(self, a: Self::F, b: Self::F) -> Self::M;
    /// `a == b` as words.
    fn same_bits(self, a: Self::U, b: Self::U) -> Self::M;
    fn select(self, truth: Self::M, yes: Self::F, no: Self::F) -> Self::F;
    /// Bit `l` is set if lane `l` is not ±0; a NaN is not zero.
    fn nonzero(self, a: Self::F) -> u32;

    fn bits(self, a: Self::F) -> Self::U;
    fn float(self, a: Self::U) -> Self::F;
    /// The nearest f32 to each word, read as a signed integer.
    fn convert(self, a: Self::U) -> Self::F;

    fn add_bits(self, a: Self::U, b: Self::U) -> Self::U;
    fn sub_bits(self, a: Self::U, b: Self::U) -> Self::U;
    fn and(self, a: Self::U, b: Self::U) -> Self::U;
    fn xor(self, a: Self::U, b: Self::U) -> Self::U;
    fn shift_left<const N: u32>(self, a: Self::U) -> Self::U;
    /// Logical shift: fills with zeros.
    fn shift_right<const N: u32>(self, a: Self::U) -> Self::U;
    /// The high and the low word of the product.
    fn widening_mul(self, a: Self::U, b: Self::U) -> (Self::U, Self::U);
}
