//! x86-64 with AVX2 and FMA: eight lanes.

use std::arch::x86_64::*;

use super::{Simd, Work};

/// Proof that AVX2 and FMA are present.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run<W: Work>(work: W) -> W::Output {
    work.run(Avx2(()))
}

// SAFETY of every block below: a token is made by `run` alone, whose caller promises AVX2 and FMA.
// Loads and stores pass on the promise of their own callers.
impl Simd for Avx2 {
    const LANES: usize = 8;
    const SUMS: usize = 14;
    const REGISTERS: usize = 16;
    type F = __m256;
    type U = __m256i;
    type M = __m256;

    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    fn splat_bits(self, x: u32) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_set1_epi32(x.cast_signed()) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: the caller promises eight readable numbers.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, x: __m256, to: *mut f32) {
        // SAFETY: the caller promises room for eight numbers.
        unsafe { _mm256_storeu_ps(to, x) }
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: the instruction is in every x86-64 and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
    }
    #[inline(always)]
    unsafe fn load_bits(self, from: *const u32) -> __m256i {
        // SAFETY: the caller promises eight readable words.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn transpose(self, rows: &[*const f32], to: *mut f32, stride: usize) {
        // SAFETY: the token proves AVX2; the caller promises eight rows and places. Pairs of
        // rows, then of pairs, are interleaved; last, halves are exchanged.
        unsafe {
            let mut quads = [_mm256_setzero_ps(); 8];
            let mut group = 0;
            while group < 2 {
                let (a, b) = (_mm256_loadu_ps(rows[4 * group]), _mm256_loadu_ps(rows[4 * group + 1]));
                let (c, d) = (_mm256_loadu_ps(rows[4 * group + 2]), _mm256_loadu_ps(rows[4 * group + 3]));
                let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                quads[4 * group] = _mm256_shuffle_ps::<0b01_00_01_00>(ab_low, cd_low);
                quads[4 * group + 1] = _mm256_shuffle_ps::<0b11_10_11_10>(ab_low, cd_low);
                quads[4 * group + 2] = _mm256_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high);
                quads[4 * group + 3] = _mm256_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high);
                group += 1;
            }
            let mut c = 0;
            while c < 4 {
                let (low, high) = (quads[c], quads[4 + c]);
                _mm256_storeu_ps(to.add(c * stride), _mm256_permute2f128_ps::<0x20>(low, high));
                _mm256_storeu_ps(to.add((4 + c) * stride), _mm256_permute2f128_ps::<0x31>(low, high));
                c += 1;
            }
        }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_sqrt_ps(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the token proves FMA.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2. The instruction gives its second operand where one is a
        // NaN or both are zero.
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as `max`.
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    fn less(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn same_bits(self, a: __m256i, b: __m256i) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)) }
    }
    #[inline(always)]
    fn select(self, truth: __m256, yes: __m256, no: __m256) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_blendv_ps(no, yes, truth) }
    }
    #[inline(always)]
    fn nonzero(self, a: __m256) -> u32 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(a, _mm256_setzero_ps())) }.cast_unsigned()
    }
    #[inline(always)]
    fn bits(self, a: __m256) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_castps_si256(a) }
    }
    #[inline(always)]
    fn float(self, a: __m256i) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_castsi256_ps(a) }
    }
    #[inline(always)]
    fn convert(self, a: __m256i) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_cvtepi32_ps(a) }
    }
    #[inline(always)]
    fn add_bits(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_add_epi32(a, b) }
    }
    #[inline(always)]
    fn sub_bits(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_sub_epi32(a, b) }
    }
    #[inline(always)]
    fn and(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_and_si256(a, b) }
    }
    #[inline(always)]
    fn xor(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_xor_si256(a, b) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_sll_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_srl_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn widening_mul(self, a: __m256i, b: __m256i) -> (__m256i, __m256i) {
        // SAFETY: the token proves AVX2. Products of the even lanes, then of the odd ones moved to
        // even places.
        unsafe {
            let even = _mm256_mul_epu32(a, b);
            let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), _mm256_srli_epi64::<32>(b));
            let high = _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<32>(even), odd);
            let low = _mm256_blend_epi32::<0b1010_1010>(even, _mm256_slli_epi64::<32>(odd));
            (high, low)
        }
    }
}
