//! aarch64 with NEON: four lanes.
//!
//! Other machines compile this file only in tests, with emulated instructions, so every run of the
//! tests checks its order of operations.

#![cfg_attr(
    target_arch = "aarch64",
    allow(unused_unsafe, reason = "where NEON belongs to the target, its instructions are safe")
)]

#[cfg(not(target_arch = "aarch64"))]
mod imitation;

#[cfg(not(target_arch = "aarch64"))]
use imitation::*;
#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;

use super::{Simd, Work};

/// Proof that NEON is present.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neon(());

/// # Safety
/// The processor has NEON.
#[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
pub(super) unsafe fn run<W: Work>(work: W) -> W::Output {
    work.run(Neon(()))
}

// SAFETY of every block below: a token is made by `run` alone, whose caller promises NEON. Loads
// and stores pass on the promise of their own callers.
impl Simd for Neon {
    const LANES: usize = 4;
    const SUMS: usize = 16;
    const REGISTERS: usize = 32;
    type F = float32x4_t;
    type U = uint32x4_t;
    type M = uint32x4_t;

    #[inline(always)]
    fn splat(self, x: f32) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vdupq_n_u32(x) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the caller promises four readable numbers.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store(self, x: float32x4_t, to: *mut f32) {
        // SAFETY: the caller promises room for four numbers.
        unsafe { vst1q_f32(to, x) }
    }
    #[inline(always)]
    unsafe fn load_bits(self, from: *const u32) -> uint32x4_t {
        // SAFETY: the caller promises four readable words.
        unsafe { vld1q_u32(from) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vdivq_f32(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vsqrtq_f32(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON. The instruction takes the addend first.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn max(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON. Its own maximum gives a NaN where one operand is, and
        // orders zeros.
        unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
    }
    #[inline(always)]
    fn min(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as `max`.
        unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
    }
    #[inline(always)]
    fn less(self, a: float32x4_t, b: float32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vcltq_f32(a, b) }
    }
    #[inline(always)]
    fn same_bits(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vceqq_u32(a, b) }
    }
    #[inline(always)]
    fn select(self, truth: uint32x4_t, yes: float32x4_t, no: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vbslq_f32(truth, yes, no) }
    }
    #[inline(always)]
    fn nonzero(self, a: float32x4_t) -> u32 {
        // SAFETY: the token proves NEON; four words can be read. A number is ±0 where it is equal
        // to 0, so that a lane's word is all ones there, else zero.
        unsafe {
            let zeros = vandq_u32(vceqzq_f32(a), vld1q_u32([1, 2, 4, 8].as_ptr()));
            0b1111 ^ vaddvq_u32(zeros)
        }
    }
    #[inline(always)]
    fn bits(self, a: float32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vreinterpretq_u32_f32(a) }
    }
    #[inline(always)]
    fn float(self, a: uint32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vreinterpretq_f32_u32(a) }
    }
    #[inline(always)]
    fn convert(self, a: uint32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vcvtq_f32_s32(vreinterpretq_s32_u32(a)) }
    }
    #[inline(always)]
    fn add_bits(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vaddq_u32(a, b) }
    }
    #[inline(always)]
    fn sub_bits(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vsubq_u32(a, b) }
    }
    #[inline(always)]
    fn and(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vandq_u32(a, b) }
    }
    #[inline(always)]
    fn xor(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { veorq_u32(a, b) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vshlq_u32(a, vdupq_n_s32(N.cast_signed())) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: uint32x4_t) -> uint32x4_t {
        // SAFETY: the token proves NEON. A negative shift is one to the right.
        unsafe { vshlq_u32(a, vdupq_n_s32(-N.cast_signed())) }
    }
    #[inline(always)]
    fn widening_mul(self, a: uint32x4_t, b: uint32x4_t) -> (uint32x4_t, uint32x4_t) {
        // SAFETY: the token proves NEON. Each product fills two words, the low one first.
        unsafe {
            let first = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(a), vget_low_u32(b)));
            let last = vreinterpretq_u32_u64(vmull_high_u32(a, b));
            (vuzp2q_u32(first, last), vuzp1q_u32(first, last))
        }
    }
}
