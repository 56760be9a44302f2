// Max pooling through plans: ties, NaN, infinities, windows without a tap, ceil mode, dilation;
// window offsets and indices forward, gradients backward; bit for bit the same for any number of
// threads.
#include <cmath>
#include <limits>

#include "check.h"
#include "geometries.h"
#include "plan_runner.h"

using namespace conv4j_tests;

namespace {

constexpr uint64_t kSeed = 21;
constexpr int64_t kThreads = 3;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

enum class Pixels { kTies, kSpecial, kNothing };

std::vector<float> pixels_of(Pixels kind, int64_t count, Random* random) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = static_cast<float>(random->between(-2, 2));
    if (value == 0.0F && random->one_in(2)) value = -0.0F;
    if (kind == Pixels::kNothing) value = -kInfinity;
    if (kind != Pixels::kSpecial) continue;
    if (random->one_in(3)) value = -kInfinity;
    if (random->one_in(9)) value = kNan;
    if (random->one_in(20)) value = kInfinity;
  }
  return values;
}

bool same_bits(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

void check_forward(const conv4j_pool2d& g, const std::vector<float>& src, const Pooled& expected,
                   const Setting& s) {
  const PoolingResult found = run(g, src, {}, s);
  if (!found.ran || !CHECK_EQ(expected.dst.size(), found.main.size())) return;
  for (size_t i = 0; i < expected.dst.size(); ++i) {
    if (same_bits(expected.dst[i], found.main[i])) continue;
    printf("    dst[%zu]\n", i);
    CHECK_EQ(expected.dst[i], found.main[i]);
    break;
  }
  if (!s.with_offsets) return;
  for (size_t i = 0; i < expected.dst.size(); ++i) {
    if (!CHECK_EQ(expected.taps[i], found.taps[i])) break;
    if (!CHECK_EQ(expected.indices[i], found.indices[i])) break;
  }
}

void check_pooling(const conv4j_pool2d& g, Pixels kind, Setting s) {
  Random random(kSeed);
  const std::vector<float> src = pixels_of(kind, g.n * g.c * g.ih * g.iw, &random);
  const Pooled pooled = max_pool(g, src);
  std::vector<float> diff_dst = random.integers(static_cast<int64_t>(pooled.dst.size()));
  if (!diff_dst.empty() && kind == Pixels::kSpecial) diff_dst[diff_dst.size() / 2] = kNan;
  const std::vector<Sum> diff_src = max_pool_backward(g, pooled, diff_dst);
  for (const Side side : {Side::kEnd, Side::kBegin}) {
    s.side = side;
    for (s.threads = 1; s.threads <= kThreads; ++s.threads) {
      replay("pooling_test: seed %lu, pixels %d, %s, %s", static_cast<unsigned long>(kSeed),
             static_cast<int>(kind), text_of(g).c_str(), text_of(s).c_str());
      s.direction = CONV4J_FORWARD;
      for (const char* algorithm : max_pool2d_algorithms(s.direction)) {
        s.algorithm = algorithm;
        s.with_offsets = true;
        check_forward(g, src, pooled, s);
        s.with_offsets = false;
        check_forward(g, src, pooled, s);
      }
      s.direction = CONV4J_BACKWARD_DATA;
      for (const char* algorithm : max_pool2d_algorithms(s.direction)) {
        s.algorithm = algorithm;
        const PoolingResult found = run(g, diff_dst, pooled.taps, s);
        if (found.ran && CHECK_EQ(diff_src.size(), found.main.size())) {
          check_sums("diff_src", diff_src, found.main.data(), true);
        }
      }
    }
  }
}

// Sums of reals in one order only.
void check_threads(const conv4j_pool2d& g, Setting s) {
  Random random(kSeed);
  const Pooled pooled = max_pool(g, random.reals(g.n * g.c * g.ih * g.iw));
  const std::vector<float> diff_dst = random.reals(static_cast<int64_t>(pooled.dst.size()));
  s.direction = CONV4J_BACKWARD_DATA;
  s.threads = 1;
  const PoolingResult first = run(g, diff_dst, pooled.taps, s);
  if (!first.ran) return;
  const std::vector<Sum> expected = max_pool_backward(g, pooled, diff_dst);
  if (!CHECK_EQ(expected.size(), first.main.size())) return;
  check_sums("diff_src", expected, first.main.data(), false);
  for (s.threads = 2; s.threads <= kThreads; ++s.threads) {
    replay("pooling_test: reals, %s, %s", text_of(g).c_str(), text_of(s).c_str());
    const PoolingResult found = run(g, diff_dst, pooled.taps, s);
    CHECK(found.main.size() == first.main.size() &&
          (first.main.empty() || std::memcmp(first.main.data(), found.main.data(),
                                             first.main.size() * sizeof(float)) == 0));
  }
}

}  // namespace

int main() {
  begin();
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(kThreads));
  for (const char* isa : isas()) {
    Setting s;
    s.isa = isa;
    for (const conv4j_pool2d& g : kPoolings) {
      if (!worth_running(g.n * g.c * g.ih * g.iw)) continue;
      for (const Pixels kind : {Pixels::kTies, Pixels::kSpecial, Pixels::kNothing}) {
        check_pooling(g, kind, s);
      }
      s.channels_last = true;
      check_pooling(g, Pixels::kSpecial, s);
      s.channels_last = false;
      for (const char* algorithm : max_pool2d_algorithms(CONV4J_BACKWARD_DATA)) {
        s.algorithm = algorithm;
        check_threads(g, s);
      }
    }
  }
  return finish();
}
