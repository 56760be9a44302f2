// fuzz_plans [seed [count]]: random geometries, algorithms, instruction sets and threads, compared
// with plain loops between guard pages. Case i of seed s is case 0 of seed s + i, so that the line
// printed with a failure replays it alone. Without a seed, a random one is taken and printed.
#include <cstdlib>
#include <limits>
#include <random>

#include "check.h"
#include "plan_runner.h"

using namespace conv4j_tests;

namespace {

constexpr int64_t kThreads = 3;
constexpr double kMostMultiplyAdds = 3e5;

// One axis of a window over an image: the output is not empty.
struct Axis {
  int64_t extent, kernel, stride, begin, end, dilation;
};

Axis random_axis(Random* random, bool pooling) {
  for (;;) {
    Axis a;
    a.extent = random->one_in(4) ? random->between(1, 70) : random->between(1, 18);
    a.kernel = random->one_in(3) ? 1 : random->between(1, 7);
    a.stride = random->one_in(2) ? 1 : random->between(1, 5);
    a.dilation = random->one_in(2) ? 1 : random->between(1, 4);
    const int64_t most = pooling ? a.kernel / 2 : random->one_in(4) ? 9 : a.kernel;
    a.begin = random->one_in(2) ? 0 : random->between(0, most);
    a.end = random->one_in(2) ? a.begin : random->between(0, most);
    if (a.extent + a.begin + a.end > a.dilation * (a.kernel - 1)) return a;
  }
}

conv4j_conv2d random_convolution(Random* random) {
  for (;;) {
    const Axis h = random_axis(random, false);
    const Axis w = random_axis(random, false);
    const int64_t groups = random->one_in(3) ? random->between(2, 6) : 1;
    const int64_t in = random->one_in(6) ? random->between(8, 40) : random->between(1, 6);
    const int64_t out = random->one_in(6) ? random->between(8, 40) : random->between(1, 6);
    const conv4j_conv2d g = {random->one_in(20) ? 0 : random->between(1, 3),
                             in * groups,
                             h.extent,
                             w.extent,
                             out * groups,
                             h.kernel,
                             w.kernel,
                             h.stride,
                             w.stride,
                             h.begin,
                             w.begin,
                             h.end,
                             w.end,
                             h.dilation,
                             w.dilation,
                             groups};
    const double work = static_cast<double>(g.n * g.oc * in * g.kh * g.kw) *
                        static_cast<double>(output_height(g) * output_width(g));
    if (work < kMostMultiplyAdds) return g;
  }
}

conv4j_pool2d random_pooling(Random* random) {
  const Axis h = random_axis(random, true);
  const Axis w = random_axis(random, true);
  return {random->one_in(20) ? 0 : random->between(1, 3),
          random->between(1, 4),
          h.extent,
          w.extent,
          h.kernel,
          w.kernel,
          h.stride,
          w.stride,
          h.begin,
          w.begin,
          h.end,
          w.end,
          h.dilation,
          w.dilation,
          random->between(0, 1)};
}

// Now and then a NaN or an infinity somewhere.
void spoil(std::vector<float>* values, Random* random) {
  if (values->empty() || !random->one_in(8)) return;
  const float specials[] = {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()};
  const int64_t last = static_cast<int64_t>(values->size()) - 1;
  (*values)[static_cast<size_t>(random->between(0, last))] = specials[random->between(0, 2)];
}

template <typename T>
T any_of(Random* random, const std::vector<T>& values) {
  return values[static_cast<size_t>(random->between(0, static_cast<int64_t>(values.size()) - 1))];
}

Setting random_setting(Random* random, const std::vector<const char*>& sets) {
  Setting s;
  s.isa = any_of(random, sets);
  s.threads = random->between(1, kThreads);
  s.side = random->one_in(2) ? Side::kEnd : Side::kBegin;
  s.accuracy = random->between(0, 1);
  s.with_bias = random->one_in(2);
  s.with_offsets = random->one_in(2);
  s.channels_last = random->one_in(4);
  return s;
}

void fuzz_convolution(unsigned long seed, Random* random, const std::vector<const char*>& sets) {
  const conv4j_conv2d g = random_convolution(random);
  const bool exact = random->one_in(2);
  const ConvolutionTensors finite = exact ? integers_for(g, random) : reals_for(g, random);
  ConvolutionTensors spoiled = finite;
  for (std::vector<float>* values :
       {&spoiled.src, &spoiled.weights, &spoiled.bias, &spoiled.diff_dst}) {
    spoil(values, random);
  }
  for (int64_t direction = 0; direction < 3; ++direction) {
    Setting s = random_setting(random, sets);
    s.direction = direction;
    s.relu = direction == CONV4J_FORWARD && random->one_in(3);
    s.algorithm = random->one_in(5) ? nullptr : any_of(random, conv2d_algorithms(direction));
    s.accuracy = transforms(s.algorithm) ? CONV4J_ACCURACY_DEFAULT : CONV4J_ACCURACY_STRICT;
    const ConvolutionTensors& t = transforms(s.algorithm) ? finite : spoiled;
    replay("fuzz_plans %lu 1: %s, %s", seed, text_of(g).c_str(), text_of(s).c_str());
    const ConvolutionResult found = run(g, t, s);
    if (!found.ran) continue;
    if (transforms(s.algorithm)) {
      check_transformed("main result", expected_main(g, t, s), found.main.data());
      continue;
    }
    check_sums("main result", expected_main(g, t, s), found.main.data(), exact);
    if (!found.bias.empty()) {
      check_sums("diff_bias", backward_bias(g, t), found.bias.data(), exact);
    }
  }
}

void fuzz_pooling(unsigned long seed, Random* random, const std::vector<const char*>& sets) {
  const conv4j_pool2d g = random_pooling(random);
  std::vector<float> src = random->integers(g.n * g.c * g.ih * g.iw);
  for (int i = 0; i < 8; ++i) spoil(&src, random);
  const Pooled pooled = max_pool(g, src);
  Setting s = random_setting(random, sets);
  if (random->one_in(2)) s.algorithm = any_of(random, max_pool2d_algorithms(s.direction));
  replay("fuzz_plans %lu 1: %s, %s", seed, text_of(g).c_str(), text_of(s).c_str());
  const PoolingResult found = run(g, src, {}, s);
  if (!found.ran || !CHECK_EQ(pooled.dst.size(), found.main.size())) return;
  std::vector<Sum> expected(pooled.dst.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i].value = static_cast<double>(pooled.dst[i]);
  }
  check_sums("dst", expected, found.main.data(), true);
  if (s.with_offsets) CHECK(pooled.taps == found.taps && pooled.indices == found.indices);

  s.direction = CONV4J_BACKWARD_DATA;
  s.algorithm = nullptr;
  if (random->one_in(2)) s.algorithm = any_of(random, max_pool2d_algorithms(s.direction));
  const std::vector<float> diff_dst = random->integers(static_cast<int64_t>(pooled.dst.size()));
  replay("fuzz_plans %lu 1: %s, %s", seed, text_of(g).c_str(), text_of(s).c_str());
  const PoolingResult backward = run(g, diff_dst, pooled.taps, s);
  if (!backward.ran || !CHECK_EQ(src.size(), backward.main.size())) return;
  check_sums("diff_src", max_pool_backward(g, pooled, diff_dst), backward.main.data(), true);
}

}  // namespace

int main(int argc, char** argv) {
  begin();
  open_blas_if_given();
  const unsigned long seed = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : std::random_device()();
  const unsigned long count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1000;
  printf("fuzz_plans %lu %lu\n", seed, count);
  conv4j_threads_set(kThreads);
  const std::vector<const char*> sets = isas();
  for (unsigned long i = 0; i < count; ++i) {
    Random random(seed + i);
    if (random.one_in(4)) {
      fuzz_pooling(seed + i, &random, sets);
    } else {
      fuzz_convolution(seed + i, &random, sets);
    }
  }
  return finish();
}
