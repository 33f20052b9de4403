//! x86-64 with the foundation of AVX-512: sixteen lanes.

use std::arch::x86_64::*;

use super::{Simd, Work};

/// Proof that the foundation of AVX-512 is present.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(());

/// # Safety
/// The processor has the foundation of AVX-512.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn run<W: Work>(work: W) -> W::Output {
    work.run(Avx512(()))
}

// SAFETY of every block below: a token is made by `run` alone, whose caller promises the foundation
// of AVX-512. Loads and stores pass on the promise of their own callers.
impl Simd for Avx512 {
    const LANES: usize = 16;
    const SUMS: usize = 16;
    const REGISTERS: usize = 32;
    type F = __m512;
    type U = __m512i;
    type M = __mmask16;

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_set1_epi32(x.cast_signed()) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the caller promises sixteen readable numbers.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, x: __m512, to: *mut f32) {
        // SAFETY: the caller promises room for sixteen numbers.
        unsafe { _mm512_storeu_ps(to, x) }
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: the instruction is in every x86-64 and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
    }
    #[inline(always)]
    unsafe fn load_bits(self, from: *const u32) -> __m512i {
        // SAFETY: the caller promises sixteen readable words.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn transpose(self, rows: &[*const f32], to: *mut f32, stride: usize) {
        // SAFETY: the token proves AVX-512; the caller promises sixteen rows and places. Pairs of
        // rows, then of pairs, are interleaved; then quarters are collected in two steps.
        unsafe {
            // quads[4g + c]: columns c, c + 4, c + 8, c + 12 of rows 4g to 4g + 3.
            let mut quads = [_mm512_setzero_ps(); 16];
            let mut group = 0;
            while group < 4 {
                let (a, b) = (_mm512_loadu_ps(rows[4 * group]), _mm512_loadu_ps(rows[4 * group + 1]));
                let (c, d) = (_mm512_loadu_ps(rows[4 * group + 2]), _mm512_loadu_ps(rows[4 * group + 3]));
                let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                quads[4 * group] = _mm512_shuffle_ps::<0b01_00_01_00>(ab_low, cd_low);
                quads[4 * group + 1] = _mm512_shuffle_ps::<0b11_10_11_10>(ab_low, cd_low);
                quads[4 * group + 2] = _mm512_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high);
                quads[4 * group + 3] = _mm512_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high);
                group += 1;
            }
            let mut c = 0;
            while c < 4 {
                // Columns c and c + 8, then c + 4 and c + 12, of rows 0 to 7 and 8 to 15.
                let (top, bottom) = ((quads[c], quads[4 + c]), (quads[8 + c], quads[12 + c]));
                let top_even = _mm512_shuffle_f32x4::<0b10_00_10_00>(top.0, top.1);
                let top_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(top.0, top.1);
                let bottom_even = _mm512_shuffle_f32x4::<0b10_00_10_00>(bottom.0, bottom.1);
                let bottom_odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(bottom.0, bottom.1);
                let (even, odd) = ((top_even, bottom_even), (top_odd, bottom_odd));
                let column = _mm512_shuffle_f32x4::<0b10_00_10_00>(even.0, even.1);
                _mm512_storeu_ps(to.add(c * stride), column);
                let column = _mm512_shuffle_f32x4::<0b10_00_10_00>(odd.0, odd.1);
                _mm512_storeu_ps(to.add((c + 4) * stride), column);
                let column = _mm512_shuffle_f32x4::<0b11_01_11_01>(even.0, even.1);
                _mm512_storeu_ps(to.add((c + 8) * stride), column);
                let column = _mm512_shuffle_f32x4::<0b11_01_11_01>(odd.0, odd.1);
                _mm512_storeu_ps(to.add((c + 12) * stride), column);
                c += 1;
            }
        }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512. The instruction gives its second operand where one is a
        // NaN or both are zero.
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as `max`.
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn less(self, a: __m512, b: __m512) -> __mmask16 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn same_bits(self, a: __m512i, b: __m512i) -> __mmask16 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_cmpeq_epi32_mask(a, b) }
    }
    #[inline(always)]
    fn select(self, truth: __mmask16, yes: __m512, no: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_mask_blend_ps(truth, no, yes) }
    }
    #[inline(always)]
    fn nonzero(self, a: __m512) -> u32 {
        // SAFETY: the token proves AVX-512.
        u32::from(unsafe { _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(a, _mm512_setzero_ps()) })
    }
    #[inline(always)]
    fn bits(self, a: __m512) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_castps_si512(a) }
    }
    #[inline(always)]
    fn float(self, a: __m512i) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_castsi512_ps(a) }
    }
    #[inline(always)]
    fn convert(self, a: __m512i) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    fn add_bits(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_add_epi32(a, b) }
    }
    #[inline(always)]
    fn sub_bits(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_sub_epi32(a, b) }
    }
    #[inline(always)]
    fn and(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_and_si512(a, b) }
    }
    #[inline(always)]
    fn xor(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_xor_si512(a, b) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_sll_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_srl_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn widening_mul(self, a: __m512i, b: __m512i) -> (__m512i, __m512i) {
        // SAFETY: the token proves AVX-512. Products of the even lanes, then of the odd ones moved
        // to even places.
        unsafe {
            let even = _mm512_mul_epu32(a, b);
            let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
            let high = _mm512_mask_blend_epi32(0b1010_1010_1010_1010, _mm512_srli_epi64::<32>(even), odd);
            let low = _mm512_mask_blend_epi32(0b1010_1010_1010_1010, even, _mm512_slli_epi64::<32>(odd));
            (high, low)
        }
    }
}
