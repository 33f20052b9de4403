//! The backend without explicit vector instructions, for every processor.

use super::Simd;
use crate::kernel::mul_add::mul_add;

/// Four lanes in plain Rust.
#[derive(Clone, Copy, Debug)]
pub(super) struct Baseline(());

impl Baseline {
    pub(super) fn new() -> Self {
        Self(())
    }
}

const LANES: usize = 4;

type F = [f32; LANES];
type U = [u32; LANES];

macro_rules! lanes {
    ($at:ident => $value:expr) => {{
        let mut all = [Default::default(); LANES];
        let mut $at = 0;
        while $at < LANES {
            all[$at] = $value;
            $at += 1;
        }
        all
    }};
}

impl Simd for Baseline {
    const LANES: usize = LANES;
    const SUMS: usize = 8;
    const REGISTERS: usize = 16;
    type F = F;
    type U = U;
    type M = [bool; LANES];

    #[inline(always)]
    fn splat(self, x: f32) -> F {
        [x; LANES]
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> U {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> F {
        // SAFETY: the caller promises four readable numbers; no alignment beyond theirs is asked
        // for.
        unsafe { from.cast::<F>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, x: F, to: *mut f32) {
        // SAFETY: the caller promises room for four numbers.
        unsafe { to.cast::<F>().write_unaligned(x) }
    }
    #[inline(always)]
    unsafe fn load_bits(self, from: *const u32) -> U {
        // SAFETY: the caller promises four readable words.
        unsafe { from.cast::<U>().read_unaligned() }
    }
    #[inline(always)]
    fn add(self, a: F, b: F) -> F {
        lanes!(l => a[l] + b[l])
    }
    #[inline(always)]
    fn sub(self, a: F, b: F) -> F {
        lanes!(l => a[l] - b[l])
    }
    #[inline(always)]
    fn mul(self, a: F, b: F) -> F {
        lanes!(l => a[l] * b[l])
    }
    #[inline(always)]
    fn div(self, a: F, b: F) -> F {
        lanes!(l => a[l] / b[l])
    }
    #[inline(always)]
    fn sqrt(self, a: F) -> F {
        lanes!(l => a[l].sqrt())
    }
    #[inline(always)]
    fn mul_add(self, a: F, b: F, c: F) -> F {
        lanes!(l => mul_add(a[l], b[l], c[l]))
    }
    #[inline(always)]
    fn max(self, a: F, b: F) -> F {
        lanes!(l => if a[l] > b[l] { a[l] } else { b[l] })
    }
    #[inline(always)]
    fn min(self, a: F, b: F) -> F {
        lanes!(l => if a[l] < b[l] { a[l] } else { b[l] })
    }
    #[inline(always)]
    fn less(self, a: F, b: F) -> [bool; LANES] {
        lanes!(l => a[l] < b[l])
    }
    #[inline(always)]
    fn same_bits(self, a: U, b: U) -> [bool; LANES] {
        lanes!(l => a[l] == b[l])
    }
    #[inline(always)]
    fn select(self, truth: [bool; LANES], yes: F, no: F) -> F {
        lanes!(l => if truth[l] { yes[l] } else { no[l] })
    }
    #[inline(always)]
    fn nonzero(self, a: F) -> u32 {
        let mut bits = 0;
        let mut l = 0;
        while l < LANES {
            bits |= u32::from(a[l] != 0.0) << l;
            l += 1;
        }
        bits
    }
    #[inline(always)]
    fn bits(self, a: F) -> U {
        lanes!(l => a[l].to_bits())
    }
    #[inline(always)]
    fn float(self, a: U) -> F {
        lanes!(l => f32::from_bits(a[l]))
    }
    #[inline(always)]
    fn convert(self, a: U) -> F {
        lanes!(l => a[l] as i32 as f32)
    }
    #[inline(always)]
    fn add_bits(self, a: U, b: U) -> U {
        lanes!(l => a[l].wrapping_add(b[l]))
    }
    #[inline(always)]
    fn sub_bits(self, a: U, b: U) -> U {
        lanes!(l => a[l].wrapping_sub(b[l]))
    }
    #[inline(always)]
    fn and(self, a: U, b: U) -> U {
        lanes!(l => a[l] & b[l])
    }
    #[inline(always)]
    fn xor(self, a: U, b: U) -> U {
        lanes!(l => a[l] ^ b[l])
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: U) -> U {
        lanes!(l => a[l] << N)
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: U) -> U {
        lanes!(l => a[l] >> N)
    }
    #[inline(always)]
    fn widening_mul(self, a: U, b: U) -> (U, U) {
        let product: [u64; LANES] = lanes!(l => u64::from(a[l]) * u64::from(b[l]));
        (lanes!(l => (product[l] >> 32) as u32), lanes!(l => product[l] as u32))
    }
}
