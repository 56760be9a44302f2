// Functions of single elements, and dropout.
#include <cmath>

#include "api/checks.h"
#include "layers/layers.h"

namespace conv4j {
namespace {

// The next number of the sequence SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom
// Number Generators, 2014) from a given state.
uint64_t split_mix(uint64_t state) {
  state += 0x9E3779B97F4A7C15U;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9U;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EBU;
  return state ^ (state >> 31);
}

}  // namespace

void unary_forward(const Run& run, UnaryFunction f, const float* src, float* dst, int64_t count) {
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->unary_f32(f, src + first, dst + first, length);
  });
}

void unary_backward(const Run& run, UnaryFunction f, const float* dst, const float* diff_dst,
                    float* diff_src, int64_t count) {
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->unary_backward_f32(f, dst + first, diff_dst + first, diff_src + first, length);
  });
}

void dropout(const Run& run, int64_t seed, double p, const float* src, float* dst, int64_t count) {
  const auto threshold = static_cast<int32_t>(std::llround(p * (1 << 24)));
  const float scale = p < 1 ? static_cast<float>(1 / (1 - p)) : 0.0F;
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    // The key belongs to the block, whose size is fixed, so it does not matter who runs it.
    const uint64_t key =
        split_mix(static_cast<uint64_t>(seed) ^ split_mix(static_cast<uint64_t>(first)));
    const DropoutBlock block = {
        {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)}, 0, threshold, scale};
    run.kernels->dropout_f32(block, src + first, dst + first, length);
  });
}

}  // namespace conv4j
