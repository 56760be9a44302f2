// The layers of conv4j.h: what they refuse, and the products of the linear layer between guard
// pages.
#include <cmath>

#include "check.h"
#include "conv4j.h"
#include "guarded.h"
#include "random.h"

using namespace conv4j_tests;

namespace {

#define CHECK_REFUSED(word, call)                        \
  do {                                                   \
    CHECK_EQ(CONV4J_INVALID_ARGUMENT, (call));           \
    CHECK(std::strstr(conv4j_error(), word) != nullptr); \
  } while (false)

void refusals() {
  replay("refusals");
  float a[8] = {}, b[8] = {}, c[8] = {}, d[8] = {};
  double loss = 0;
  const int64_t classes[2] = {0, 4};
  CHECK_REFUSED("function", conv4j_unary_forward(-1, 3, a, b, 8, 1));
  CHECK_REFUSED("isa", conv4j_unary_forward(99, 0, a, b, 8, 1));
  CHECK_REFUSED("isa", conv4j_unary_forward(-2, 0, a, b, 8, 1));
  CHECK_REFUSED("threads", conv4j_unary_forward(-1, 0, a, b, 8, 0));
  CHECK_REFUSED("count", conv4j_unary_forward(-1, 0, a, b, -1, 1));
  CHECK_REFUSED("src is null", conv4j_unary_forward(-1, 0, nullptr, b, 8, 1));
  CHECK_REFUSED("overlaps", conv4j_unary_forward(-1, 0, a, a + 1, 4, 1));
  CHECK_REFUSED("overlaps", conv4j_unary_backward(-1, 0, a, b, a, 8, 1));
  CHECK_REFUSED("p is", conv4j_dropout(-1, 1, 1.5, a, b, 8, 1));
  CHECK_REFUSED("n, in", conv4j_linear_forward(-1, 1, 1, 0, 2, a, b, c, d, 1));
  CHECK_REFUSED("out, in", conv4j_linear_forward(-1, 1, 0, INT64_MAX / 4, 8, a, b, c, d, 1));
  CHECK_REFUSED("algorithm", conv4j_linear_forward(-1, 3, 2, 2, 2, a, b, c, d, 1));
  CHECK_REFUSED("weights is null", conv4j_linear_forward(-1, 1, 2, 2, 2, a, nullptr, c, d, 1));
  CHECK_REFUSED("diff_bias overlaps",
                conv4j_linear_backward_weights(-1, 1, 2, 2, 2, a, b, c, c + 1, 1));
  CHECK_EQ(CONV4J_UNSUPPORTED, conv4j_linear_forward(-1, 2, 2, 2, 2, a, b, c, d, 1));
  CHECK_EQ(CONV4J_LINEAR_SIMD, conv4j_linear_algorithm(2, 2, 2));
  CHECK_REFUSED("log", conv4j_softmax_forward(-1, 2, 2, 2, 2, a, b, 1));
  CHECK_REFUSED("at least 0, 1, 0", conv4j_softmax_forward(-1, 0, 2, 0, 2, a, b, 1));
  CHECK_REFUSED("empty", conv4j_batch_norm_statistics(-1, 0, 1, 2, a, b, c, d, 1));
  CHECK_REFUSED("eps", conv4j_batch_norm_forward(-1, 1, 1, 2, -1.0, a, b, c, c, c, c, d, 1));
  CHECK_REFUSED("count", conv4j_batch_norm_running(1, 1, 0.1, a, a, a, b, c));
  CHECK_REFUSED("momentum", conv4j_batch_norm_running(1, 2, 1.1, a, a, a, b, c));
  CHECK_REFUSED("classes[1] is 4", conv4j_cross_entropy(-1, 2, 4, 1, a, classes, nullptr, nullptr,
                                                        -100, 0, 1, b, &loss, 1));
  CHECK_REFUSED("exactly one",
                conv4j_cross_entropy(-1, 2, 4, 1, a, classes, b, nullptr, -100, 0, 1, c, &loss, 1));
  CHECK_REFUSED("smoothing", conv4j_cross_entropy(-1, 2, 4, 1, a, classes, nullptr, nullptr, 4, 2,
                                                  1, b, &loss, 1));
  CHECK_REFUSED("loss is null", conv4j_squared_error(-1, a, b, 8, 1, nullptr, nullptr, 1));
  CHECK_REFUSED("learning_rate is -1", conv4j_sgd_step(-1, -1, 0, 0, 0, 0, 0, a, b, c, 8, 1));
  CHECK_REFUSED("momentum is nan", conv4j_sgd_step(-1, 1, std::nan(""), 0, 0, 0, 0, a, b, c, 8, 1));
  CHECK_REFUSED("nesterov is 2", conv4j_sgd_step(-1, 1, 0, 0, 0, 2, 0, a, b, c, 8, 1));
  CHECK_REFUSED("momentum_buffer is null",
                conv4j_sgd_step(-1, 1, 0.5, 0, 0, 0, 0, a, b, nullptr, 8, 1));
  CHECK_REFUSED("parameter overlaps", conv4j_sgd_step(-1, 1, 0, 0, 0, 0, 0, a, a, b, 8, 1));
  CHECK_REFUSED("momentum_buffer overlaps",
                conv4j_sgd_step(-1, 1, 0, 0, 0, 0, 0, a, b, b + 1, 7, 1));
  CHECK_REFUSED("beta1 is 1", conv4j_adam_step(-1, 1, 1, 0, 0, 0, 0, 1, a, b, c, d, 8, 1));
  CHECK_REFUSED("beta2 is -0.5", conv4j_adam_step(-1, 1, 0, -0.5, 0, 0, 0, 1, a, b, c, d, 8, 1));
  CHECK_REFUSED("step is 0", conv4j_adam_step(-1, 1, 0, 0, 0, 0, 0, 0, a, b, c, d, 8, 1));
  CHECK_REFUSED("square is null",
                conv4j_adam_step(-1, 1, 0, 0, 0, 0, 0, 1, a, b, c, nullptr, 8, 1));
  CHECK_REFUSED("square overlaps", conv4j_adam_step(-1, 1, 0, 0, 0, 0, 0, 1, a, b, c, c, 8, 1));
  CHECK_REFUSED("low is 2", conv4j_clamp(-1, 2, 1, b, 8, 1));
  CHECK_REFUSED("x is null", conv4j_scale(-1, 2, nullptr, 8, 1));
  CHECK_REFUSED("result is null", conv4j_sum_of_squares(-1, a, 8, nullptr, 1));
  CHECK_EQ(CONV4J_OK, conv4j_sum_of_squares(-1, nullptr, 0, &loss, 1));
  CHECK_EQ(0.0, loss);
  for (const float value : {b[0], c[0], d[0]}) CHECK_EQ(0.0, static_cast<double>(value));
}

size_t at(int64_t index) { return static_cast<size_t>(index); }

// Exact on integers, whatever the blocks of rows, columns and summands.
void linear(int64_t isa, int64_t n, int64_t in, int64_t out, Side side, Random& random) {
  replay("linear n %ld in %ld out %ld, isa %ld, %s", static_cast<long>(n), static_cast<long>(in),
         static_cast<long>(out), static_cast<long>(isa), name_of(side));
  const std::vector<float> x = random.integers(n * in), w = random.integers(out * in);
  const std::vector<float> g = random.integers(n * out), bias = random.integers(out);
  Guarded memory[8];
  const float* src = memory[0].copy(x.data(), n * in, side);
  const float* weights = memory[1].copy(w.data(), out * in, side);
  const float* diff_dst = memory[2].copy(g.data(), n * out, side);
  const float* b = memory[3].copy(bias.data(), out, side);
  float* dst = memory[4].place<float>(n * out, side);
  float* diff_src = memory[5].place<float>(n * in, side);
  float* diff_weights = memory[6].place<float>(out * in, side);
  float* diff_bias = memory[7].place<float>(out, side);
  CHECK_EQ(CONV4J_OK, conv4j_linear_forward(isa, 1, n, in, out, src, weights, b, dst, 2));
  CHECK_EQ(CONV4J_OK,
           conv4j_linear_backward_data(isa, 1, n, in, out, diff_dst, weights, diff_src, 2));
  CHECK_EQ(CONV4J_OK, conv4j_linear_backward_weights(isa, 1, n, in, out, src, diff_dst,
                                                     diff_weights, diff_bias, 2));
  bool same = true;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t o = 0; o < out; ++o) {
      float sum = bias[at(o)];
      for (int64_t j = 0; j < in; ++j) sum += w[at(o * in + j)] * x[at(i * in + j)];
      same = same && sum == dst[i * out + o];
    }
    for (int64_t j = 0; j < in; ++j) {
      float sum = 0;
      for (int64_t o = 0; o < out; ++o) sum += g[at(i * out + o)] * w[at(o * in + j)];
      same = same && sum == diff_src[i * in + j];
    }
  }
  CHECK(same);
  for (int64_t o = 0; o < out; ++o) {
    float total = 0;
    for (int64_t i = 0; i < n; ++i) total += g[at(i * out + o)];
    same = same && total == diff_bias[o];
    for (int64_t j = 0; j < in; ++j) {
      float sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += g[at(i * out + o)] * x[at(i * in + j)];
      same = same && sum == diff_weights[o * in + j];
    }
  }
  CHECK(same);
  for (const Guarded& block : memory) CHECK(block.intact());
}

// Values of one binade are multiples of 2^-24 here, and their mean is none: it must not be rounded
// to one.
void batch_mean_on_a_grid(int64_t isa, Random& random) {
  replay("batch_mean_on_a_grid, isa %ld", static_cast<long>(isa));
  constexpr int64_t kCount = 1024;
  const double unit = std::ldexp(1, -24);
  std::vector<float> x(kCount);
  double sum = 0;  // exact, as all values are multiples of the unit; near 0, for float sums too
  for (size_t i = 2; i < x.size(); ++i) {
    const auto steps = static_cast<double>(random.between(1 << 23, (1 << 24) - 1));
    x[i] = static_cast<float>((sum > 0 ? -steps : steps) * unit);
    sum += static_cast<double>(x[i]);
  }
  // x[0] is 0, and x[1] makes the mean 32.4 units.
  x[1] = static_cast<float>(std::nearbyint(32.4 * kCount - sum / unit) * unit);
  sum += static_cast<double>(x[1]);
  float mean = 0, remainder = 0, variance = 0;
  CHECK_EQ(CONV4J_OK, conv4j_batch_norm_statistics(isa, 1, 1, kCount, x.data(), &mean, &remainder,
                                                   &variance, 1));
  const double got = static_cast<double>(mean) + static_cast<double>(remainder);
  CHECK(std::abs(got - sum / kCount) < 0.1 * unit);
}

}  // namespace

int main() {
  begin();
  refusals();
  Random random(1);
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(2));
  for (int64_t isa = 0; conv4j_isa_name(isa) != nullptr; ++isa) {
    if (conv4j_isa_supported(isa) == 0) continue;
    batch_mean_on_a_grid(isa, random);
    for (const Side side : {Side::kEnd, Side::kBegin}) {
      linear(isa, 1, 1, 1, side, random);
      linear(isa, 3, 7, 5, side, random);
      linear(isa, 17, 33, 70, side, random);
      linear(isa, 65, 257, 9, side, random);
      linear(isa, 2, 1029, 66, side, random);
      linear(isa, 258, 5, 259, side, random);
    }
  }
  return finish();
}
