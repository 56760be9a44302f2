// One step of an optimizer, and what clips gradients, on rows of elements.
//
//   sgd_step   g = gradient + weight_decay * parameter
//              buffer = first ? g : momentum * buffer + undamped * g     (without a buffer: none)
//              parameter -= rate * (nesterov ? g + momentum * buffer : buffer, or g without one)
//   adam_step  g = gradient + l2 * parameter; parameter -= shrink * parameter
//              mean += rate1 * (g - mean); square = beta2 * square + rate2 * g^2
//              parameter -= rate * mean / (sqrt(square) * root_correction + eps)
// All operands [count], any alignment, apart from one another. The rows are read and written once,
// which takes longer than the arithmetic: nothing is unrolled. Tails are masked.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

void sgd_step_f32(const SgdStep& s, const float* gradient, float* parameter, float* buffer,
                  int64_t count) {
  const vf decay = broadcast(s.weight_decay), back = broadcast(-s.rate);
  const vf momentum = broadcast(s.momentum), undamped = broadcast(s.undamped);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    const vf p = load_up_to(parameter + i, n);
    vf g = load_up_to(gradient + i, n);
    // Not 0 times a parameter that is infinite.
    if (s.weight_decay != 0.0F) g = fma(decay, p, g);
    if (buffer != nullptr) {
      const vf b = s.first ? g : fma(momentum, load_up_to(buffer + i, n), mul(undamped, g));
      store_up_to(buffer + i, b, n);
      g = s.nesterov ? fma(momentum, b, g) : b;
    }
    store_up_to(parameter + i, fma(back, g, p), n);
  }
}

void adam_step_f32(const AdamStep& s, const float* gradient, float* parameter, float* mean,
                   float* square, int64_t count) {
  const vf l2 = broadcast(s.l2), shrink = broadcast(-s.shrink), back = broadcast(-s.rate);
  const vf rate1 = broadcast(s.rate1), beta2 = broadcast(s.beta2), rate2 = broadcast(s.rate2);
  const vf correction = broadcast(s.root_correction), eps = broadcast(s.eps);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    vf p = load_up_to(parameter + i, n);
    vf g = load_up_to(gradient + i, n);
    if (s.l2 != 0.0F) g = fma(l2, p, g);
    if (s.shrink != 0.0F) p = fma(shrink, p, p);
    const vf m = load_up_to(mean + i, n);
    const vf new_mean = fma(rate1, sub(g, m), m);
    store_up_to(mean + i, new_mean, n);
    const vf v = fma(mul(rate2, g), g, mul(beta2, load_up_to(square + i, n)));
    store_up_to(square + i, v, n);
    store_up_to(parameter + i, fma(back, div(new_mean, fma(root(v), correction, eps)), p), n);
  }
}

void scale_f32(float a, float* x, int64_t count) {
  const vf factor = broadcast(a);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    store_up_to(x + i, mul(factor, load_up_to(x + i, n)), n);
  }
}

// Comparisons with NaN fail, so that it stays.
void clamp_f32(float low, float high, float* x, int64_t count) {
  const vf least_value = broadcast(low), most = broadcast(high);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    const vf v = load_up_to(x + i, n);
    const vf raised = select(greater(least_value, v), least_value, v);
    store_up_to(x + i, select(greater(raised, most), most, raised), n);
  }
}

// Callers keep count at some thousands and add the results in double. Blocks as in statistics.inl.
float sum_of_squares_f32(const float* x, int64_t count) {
  vf total = zero();
  constexpr int64_t kBlock = 128 * kLanes;
  for (int64_t block = 0; block < count; block += kBlock) {
    const int64_t end = count - block < kBlock ? count : block + kBlock;
    vf part[2] = {zero(), zero()};
    int64_t i = block;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      CONV4J_UNROLL
      for (int v = 0; v < 2; ++v) {
        const vf value = load(x + i + v * kLanes);
        part[v] = fma(value, value, part[v]);
      }
    }
    for (; i < end; i += kLanes) {
      const vf value = load_up_to(x + i, end - i);
      part[0] = fma(value, value, part[0]);
    }
    total = add(total, add(part[0], part[1]));
  }
  return sum(total);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
