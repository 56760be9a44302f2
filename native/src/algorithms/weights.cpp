// Weights on their way into the layouts that the algorithms read.
#include <cstring>

#include "algorithms/plan.h"

namespace conv4j {

TapLine tap_line(const Plan& plan, const float* weights, int64_t g, int64_t m, int64_t c) {
  const Conv2d& conv = plan.conv;
  const int64_t taps = conv.kh * conv.kw;
  if (!plan.is_transposed) {
    return {weights + ((g * conv.ocg + m) * conv.icg + c) * taps, 1};
  }
  // The transpose reads the kernel rotated by 180 degrees, its channels exchanged.
  return {weights + ((g * conv.ocg + c) * conv.icg + m) * taps + (taps - 1), -1};
}

float* pack_panels(const Plan& plan, const float* weights, const WeightBlock& block,
                   float* packed) {
  const int64_t kernel = plan.problem.kh * plan.problem.kw;
  const int64_t panels = panels_for(plan, block.rows).count;
  int64_t m = block.m;
  for (int64_t panel = 0; panel < panels; ++panel) {
    const int64_t rows = block.rows / panels + (panel < block.rows % panels ? 1 : 0);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t c = 0; c < block.channels; ++c) {
        const TapLine line = tap_line(plan, weights, block.g, m + row, block.c + c);
        float* out = packed + c * kernel * rows + row;
        for (int64_t tap = 0; tap < kernel; ++tap) out[tap * rows] = line.first[tap * line.step];
      }
    }
    packed += rows * block.channels * kernel;
    m += rows;
  }
  return packed;
}

void pack_weights(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const int64_t chunk = plan.blocking.chunk;
  for (int64_t g = 0; g < p.g; ++g) {
    for (int64_t first = 0; first < p.ocg; first += chunk) {
      const int64_t rows = first + chunk < p.ocg ? chunk : p.ocg - first;
      packed = pack_panels(plan, weights, {g, first, rows, 0, p.icg}, packed);
    }
  }
}

void copy_weights(const Plan& plan, const float* weights, float* packed) {
  std::memcpy(packed, weights, static_cast<size_t>(plan.conv.weights_elements()) * sizeof(float));
}

}  // namespace conv4j
