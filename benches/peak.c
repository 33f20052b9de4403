/* The most multiply-adds that a core does: what the product kernel is measured against.
 *
 * cc -O2 -o target/peak benches/peak.c && taskset -c 1 target/peak
 *
 * Twelve independent chains of fused multiply-adds in registers, more than latency times pipes. The best of many short trials: the others were disturbed. Prints
 * GFLOP/s, two a lane and instruction.
 */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

enum { CHAINS = 12, ROUNDS = 20000, TRIALS = 500 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#define PEAK(name, features, vector, lanes, splat, fused)                                              \
    __attribute__((target(features))) static double name(void) {                                       \
        double best = 1e9;                                                                             \
        for (int trial = 0; trial < TRIALS; trial++) {                                                 \
            vector sums[CHAINS], factor = splat(0.999f), addend = splat(0.001f);                       \
            for (int c = 0; c < CHAINS; c++) sums[c] = splat((float)c);                                \
            double start = seconds();                                                                  \
            for (int round = 0; round < ROUNDS; round++) {                                             \
                _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++)                              \
                    sums[c] = fused(sums[c], factor, addend);                                          \
            }                                                                                          \
            double took = seconds() - start;                                                           \
            for (int c = 0; c < CHAINS; c++) __asm__ volatile("" ::"x"(sums[c]));                      \
            if (took < best) best = took;                                                              \
        }                                                                                              \
        return 2e-9 * (lanes) * CHAINS * (double)ROUNDS / best;                                        \
    }

PEAK(avx2, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK(avx512, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps)

int main(void) {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) printf("avx2 %.1f GFLOP/s\n", avx2());
    if (__builtin_cpu_supports("avx512f")) printf("avx512 %.1f GFLOP/s\n", avx512());
    return 0;
}
