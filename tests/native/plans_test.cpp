// Every algorithm of every direction, on every instruction set and several numbers of threads,
// against plain loops: exact on integers, within the bound of float summation on reals, and bit for
// bit the same for any number of threads.
#include "check.h"
#include "geometries.h"
#include "plan_runner.h"

using namespace conv4j_tests;

namespace {

constexpr uint64_t kSeed = 20;
constexpr int64_t kThreads = 3;

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// Whether an algorithm of a direction has run at least once, on every instruction set.
struct Tally {
  int64_t direction;
  const char* algorithm;
  long runs;
};
std::vector<Tally> tallies;

void check_exact(const conv4j_conv2d& g, const ConvolutionTensors& t, const std::vector<Sum>& main,
                 const std::vector<Sum>& bias, const Setting& s) {
  replay("plans_test: integers, seed %lu, %s, %s", static_cast<unsigned long>(kSeed),
         text_of(g).c_str(), text_of(s).c_str());
  const ConvolutionResult found = run(g, t, s);
  if (!found.ran) return;
  if (transforms(s.algorithm)) {
    check_transformed("main result", main, found.main.data());
  } else {
    check_sums("main result", main, found.main.data(), true);
  }
  if (!found.bias.empty()) check_sums("diff_bias", bias, found.bias.data(), true);
}

// Real numbers: the bound, and the same bits whatever the number of threads.
void check_real(const conv4j_conv2d& g, const ConvolutionTensors& t, const std::vector<Sum>& main,
                const std::vector<Sum>& bias, Setting s) {
  ConvolutionResult first;
  for (int64_t threads = 1; threads <= kThreads; ++threads) {
    s.threads = threads;
    replay("plans_test: reals, seed %lu, %s, %s", static_cast<unsigned long>(kSeed),
           text_of(g).c_str(), text_of(s).c_str());
    const ConvolutionResult found = run(g, t, s);
    if (!found.ran) return;
    if (threads == 1) {
      first = found;
      if (transforms(s.algorithm)) {
        check_transformed("main result", main, found.main.data());
      } else {
        check_sums("main result", main, found.main.data(), false);
      }
      if (!found.bias.empty()) check_sums("diff_bias", bias, found.bias.data(), false);
      continue;
    }
    CHECK(same_bytes(first.main, found.main));
    CHECK(same_bytes(first.bias, found.bias));
  }
}

void check_convolution(const conv4j_conv2d& g, bool large) {
  if (!worth_running(work_of(g))) return;
  Random random(kSeed);
  const ConvolutionTensors integers = integers_for(g, &random);
  const ConvolutionTensors reals = reals_for(g, &random);
  for (Tally& tally : tallies) {
    Setting s;
    s.direction = tally.direction;
    s.algorithm = tally.algorithm;
    s.isa = "scalar";
    s.accuracy = transforms(s.algorithm) ? 0 : tally.runs % 2;  // default, or either
    replay("plans_test: integers, seed %lu, %s, %s", static_cast<unsigned long>(kSeed),
           text_of(g).c_str(), text_of(s).c_str());
    if (!run(g, integers, s).ran) continue;
    ++tally.runs;
    s.relu = s.direction == CONV4J_FORWARD && tally.runs % 2 == 0;
    s.with_bias = tally.runs % 3 != 0;
    const std::vector<Sum> bias = backward_bias(g, integers);
    const std::vector<Sum> main = expected_main(g, integers, s);
    const std::vector<Sum> real_bias = backward_bias(g, reals);
    const std::vector<Sum> real_main = expected_main(g, reals, s);
    for (const char* isa : isas()) {
      s.isa = isa;
      for (s.threads = 1; s.threads <= kThreads; s.threads += large ? 2 : 1) {
        for (const Side side : {Side::kEnd, Side::kBegin}) {
          s.side = side;
          check_exact(g, integers, main, bias, s);
        }
      }
      check_real(g, reals, real_main, real_bias, s);
    }
  }
}

// The plan that nobody named an algorithm for.
void check_cheapest() {
  for (const conv4j_conv2d& g : kConvolutions) {
    if (!worth_running(work_of(g))) continue;
    Random random(kSeed);
    const ConvolutionTensors t = integers_for(g, &random);
    Setting s;
    s.accuracy = CONV4J_ACCURACY_STRICT;
    for (s.direction = 0; s.direction < 3; ++s.direction) {
      check_exact(g, t, expected_main(g, t, s), backward_bias(g, t), s);
    }
  }
}

// Channels last, where the images are turned round in the workspace: the same bits.
void check_channels_last(const conv4j_conv2d& g) {
  if (!worth_running(work_of(g))) return;
  Random random(kSeed);
  const ConvolutionTensors t = reals_for(g, &random);
  Setting s;
  for (const char* isa : isas()) {
    s.isa = isa;
    for (s.direction = 0; s.direction < 3; ++s.direction) {
      s.relu = s.direction == CONV4J_FORWARD;
      s.threads = 1;
      s.channels_last = false;
      const ConvolutionResult expected = run(g, t, s);
      s.channels_last = true;
      for (; s.threads <= kThreads; ++s.threads) {
        replay("plans_test: seed %lu, %s, %s", static_cast<unsigned long>(kSeed),
               text_of(g).c_str(), text_of(s).c_str());
        for (const Side side : {Side::kEnd, Side::kBegin}) {
          s.side = side;
          const ConvolutionResult found = run(g, t, s);
          CHECK(same_bytes(expected.main, found.main) && same_bytes(expected.bias, found.bias));
        }
      }
    }
  }
}

}  // namespace

int main() {
  begin();
  open_blas_if_given();
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(kThreads));
  for (int64_t direction = 0; direction < 3; ++direction) {
    for (const char* name : conv2d_algorithms(direction)) tallies.push_back({direction, name, 0});
  }
  for (const conv4j_conv2d& g : kConvolutions) check_convolution(g, false);
  for (const conv4j_conv2d& g : kLargeConvolutions) check_convolution(g, true);
  check_cheapest();
  for (const conv4j_conv2d& g : kConvolutions) check_channels_last(g);
  for (const Tally& tally : tallies) {
    replay("direction %ld, %s", static_cast<long>(tally.direction), tally.algorithm);
    CHECK_EQ(available(tally.algorithm), tally.runs > 0);
    printf("%ld %-16s %ld geometries\n", static_cast<long>(tally.direction), tally.algorithm,
           tally.runs);
  }
  return finish();
}
