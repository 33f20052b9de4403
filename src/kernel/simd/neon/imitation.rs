//! The NEON instructions that the backend uses, emulated on arrays, lane by lane, according to the
//! architecture's manual.

#![allow(non_camel_case_types, reason = "the names are those of the instruction set")]

use crate::kernel::mul_add::mul_add;

/// Four f32.
#[derive(Clone, Copy, Debug)]
pub(crate) struct float32x4_t([f32; 4]);
/// Four words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct uint32x4_t([u32; 4]);
/// Four signed words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct int32x4_t([i32; 4]);
/// Two words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct uint32x2_t([u32; 2]);
/// Two double words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct uint64x2_t([u64; 2]);

/// One function for every instruction that acts lane by lane.
macro_rules! lanewise {
    ($($name:ident($($operand:ident: $type:ident),+) -> $result:ident = $value:expr;)+) => {$(
        pub(super) unsafe fn $name($($operand: $type),+) -> $result {
            $result(std::array::from_fn(|lane| {
                $(let $operand = $operand.0[lane];)+
                $value
            }))
        }
    )+};
}

/// All bits set where true.
fn mask(truth: bool) -> u32 {
    if truth { u32::MAX } else { 0 }
}

lanewise! {
    vaddq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t = a + b;
    vsubq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t = a - b;
    vmulq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t = a * b;
    vdivq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t = a / b;
    vsqrtq_f32(a: float32x4_t) -> float32x4_t = a.sqrt();
    vfmaq_f32(c: float32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t = mul_add(a, b, c);
    vcgtq_f32(a: float32x4_t, b: float32x4_t) -> uint32x4_t = mask(a > b);
    vcltq_f32(a: float32x4_t, b: float32x4_t) -> uint32x4_t = mask(a < b);
    vceqzq_f32(a: float32x4_t) -> uint32x4_t = mask(a == 0.0);
    vceqq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = mask(a == b);
    vbslq_f32(truth: uint32x4_t, yes: float32x4_t, no: float32x4_t) -> float32x4_t =
        f32::from_bits(truth & yes.to_bits() | !truth & no.to_bits());
    vreinterpretq_u32_f32(a: float32x4_t) -> uint32x4_t = a.to_bits();
    vreinterpretq_f32_u32(a: uint32x4_t) -> float32x4_t = f32::from_bits(a);
    vreinterpretq_s32_u32(a: uint32x4_t) -> int32x4_t = a.cast_signed();
    vcvtq_f32_s32(a: int32x4_t) -> float32x4_t = a as f32;
    vaddq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = a.wrapping_add(b);
    vsubq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = a.wrapping_sub(b);
    vandq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = a & b;
    veorq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = a ^ b;
    vshlq_u32(a: uint32x4_t, by: int32x4_t) -> uint32x4_t =
        if by < 0 { a.checked_shr(by.unsigned_abs()).unwrap_or(0) } else { a.checked_shl(by.unsigned_abs()).unwrap_or(0) };
    vmull_u32(a: uint32x2_t, b: uint32x2_t) -> uint64x2_t = u64::from(a) * u64::from(b);
}

pub(super) unsafe fn vdupq_n_f32(x: f32) -> float32x4_t {
    float32x4_t([x; 4])
}
pub(super) unsafe fn vdupq_n_u32(x: u32) -> uint32x4_t {
    uint32x4_t([x; 4])
}
pub(super) unsafe fn vdupq_n_s32(x: i32) -> int32x4_t {
    int32x4_t([x; 4])
}
/// # Safety
/// Four numbers can be read at `from`.
pub(super) unsafe fn vld1q_f32(from: *const f32) -> float32x4_t {
    // SAFETY: the caller's promise.
    float32x4_t(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
}
/// # Safety
/// Four words can be read at `from`.
pub(super) unsafe fn vaddvq_u32(a: uint32x4_t) -> u32 {
    a.0.into_iter().fold(0, u32::wrapping_add)
}
pub(super) unsafe fn vld1q_u32(from: *const u32) -> uint32x4_t {
    // SAFETY: the caller's promise.
    uint32x4_t(unsafe { from.cast::<[u32; 4]>().read_unaligned() })
}
/// # Safety
/// There is room for four numbers at `to`.
pub(super) unsafe fn vst1q_f32(to: *mut f32, x: float32x4_t) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<[f32; 4]>().write_unaligned(x.0) }
}
pub(super) unsafe fn vget_low_u32(a: uint32x4_t) -> uint32x2_t {
    uint32x2_t([a.0[0], a.0[1]])
}
pub(super) unsafe fn vmull_high_u32(a: uint32x4_t, b: uint32x4_t) -> uint64x2_t {
    uint64x2_t([u64::from(a.0[2]) * u64::from(b.0[2]), u64::from(a.0[3]) * u64::from(b.0[3])])
}
pub(super) unsafe fn vreinterpretq_u32_u64(a: uint64x2_t) -> uint32x4_t {
    let [first, last] = a.0;
    uint32x4_t([first as u32, (first >> 32) as u32, last as u32, (last >> 32) as u32])
}
/// Even lanes of both.
pub(super) unsafe fn vuzp1q_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    uint32x4_t([a.0[0], a.0[2], b.0[0], b.0[2]])
}
/// Odd lanes of both.
pub(super) unsafe fn vuzp2q_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    uint32x4_t([a.0[1], a.0[3], b.0[1], b.0[3]])
}
