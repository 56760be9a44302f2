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

void pack_weights(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const int64_t kernel = p.kh * p.kw;
  for (int64_t g = 0; g < p.g; ++g) {
    for (int64_t first = 0; first < p.ocg; first += plan.blocking.chunk) {
      const int64_t chunk =
          first + plan.blocking.chunk < p.ocg ? plan.blocking.chunk : p.ocg - first;
      const Panels panels = panels_for(plan, chunk);
      int64_t m = first;
      for (int64_t panel = 0; panel < panels.count; ++panel) {
        const int64_t rows = chunk / panels.count + (panel < chunk % panels.count ? 1 : 0);
        for (int64_t row = 0; row < rows; ++row) {
          for (int64_t c = 0; c < p.icg; ++c) {
            const TapLine line = tap_line(plan, weights, g, m + row, c);
            float* out = packed + c * kernel * rows + row;
            for (int64_t tap = 0; tap < kernel; ++tap)
              out[tap * rows] = line.first[tap * line.step];
          }
        }
        packed += rows * p.taps;
        m += rows;
      }
    }
  }
}

void copy_weights(const Plan& plan, const float* weights, float* packed) {
  std::memcpy(packed, weights, static_cast<size_t>(plan.conv.weights_elements()) * sizeof(float));
}

}  // namespace conv4j
