#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace conv4j_benchmarks {
namespace {

// Twelve chains hide the latency of two units of four or five cycles each, and fit 16 registers.
constexpr int kChains = 12;
constexpr int kSteps = 20000;

// The scalar set's kernels may use the vectors of four that every CPU of the family has.
using Four = float __attribute__((vector_size(16)));

float scalar() {
  Four sums[kChains] = {};
  volatile float factor = 0.5F;
  const Four a = {factor, factor, factor, factor};
  for (int step = 0; step < kSteps; ++step) {
    for (Four& sum : sums) sum = sum * a + a;
  }
  float total = 0;
  for (const Four& sum : sums) total += sum[0];
  return total;
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float avx2() {
  __m256 sums[kChains];
  for (__m256& sum : sums) sum = _mm256_setzero_ps();
  volatile float factor = 0.5F;
  const __m256 a = _mm256_set1_ps(factor);
  for (int step = 0; step < kSteps; ++step) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, a, a);
  }
  float total = 0;
  for (const __m256& sum : sums) total += _mm256_cvtss_f32(sum);
  return total;
}

__attribute__((target("avx512f"))) float avx512() {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  volatile float factor = 0.5F;
  const __m512 a = _mm512_set1_ps(factor);
  for (int step = 0; step < kSteps; ++step) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, a, a);
  }
  float total = 0;
  for (const __m512& sum : sums) total += _mm512_cvtss_f32(sum);
  return total;
}
#elif defined(__aarch64__)
float neon() {
  float32x4_t sums[kChains];
  for (float32x4_t& sum : sums) sum = vdupq_n_f32(0);
  volatile float factor = 0.5F;
  const float32x4_t a = vdupq_n_f32(factor);
  for (int step = 0; step < kSteps; ++step) {
    for (float32x4_t& sum : sums) sum = vfmaq_f32(a, sum, a);
  }
  float total = 0;
  for (const float32x4_t& sum : sums) total += vgetq_lane_f32(sum, 0);
  return total;
}
#endif

constexpr double flops(int lanes) { return 2.0 * kChains * kSteps * lanes; }

const Peak kPeaks[] = {
    {"scalar", flops(4), scalar},
#if defined(__x86_64__)
    {"avx2", flops(8), avx2},
    {"avx512", flops(16), avx512},
#elif defined(__aarch64__)
    {"neon", flops(4), neon},
#endif
};

}  // namespace

const Peak* find_peak(const std::string& isa) {
  for (const Peak& peak : kPeaks) {
    if (isa == peak.isa) return &peak;
  }
  return nullptr;
}

}  // namespace conv4j_benchmarks
