// NaN and infinities in the convolutions, for every algorithm and instruction set: a value reaches
// exactly the results whose window holds it; a weight (or, backward for the weights, an element of
// diff_dst) over the padding contributes nothing.
#include <limits>

#include "check.h"
#include "plan_runner.h"

using namespace conv4j_tests;

namespace {

constexpr uint64_t kSeed = 22;
constexpr float kSpecial[] = {std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()};

// n, ic, ih, iw,  oc, kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  g
constexpr conv4j_conv2d kGeometries[] = {
    {2, 3, 6, 7, 4, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},     // 1x1
    {2, 3, 6, 7, 4, 3, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1},     // no padding
    {2, 3, 6, 7, 4, 3, 5, 1, 1, 1, 2, 1, 2, 1, 1, 1},     // padding
    {1, 4, 9, 8, 6, 3, 3, 2, 3, 2, 1, 0, 3, 1, 1, 2},     // stride, groups
    {1, 2, 11, 19, 3, 2, 3, 2, 1, 1, 3, 2, 1, 3, 2, 1},   // dilation
    {1, 5, 7, 18, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 5},    // depthwise
    {1, 2, 2, 3, 3, 5, 4, 1, 1, 3, 2, 2, 4, 1, 1, 1},     // mostly padding
    {2, 17, 9, 20, 15, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},  // threads, whole vectors
};

enum class Place { kSrc, kWeights, kDiffDst, kBias };
constexpr const char* kPlaces[] = {"src", "weights", "diff_dst", "bias"};

std::vector<float>* tensor(ConvolutionTensors* t, Place place) {
  switch (place) {
    case Place::kSrc:
      return &t->src;
    case Place::kWeights:
      return &t->weights;
    case Place::kDiffDst:
      return &t->diff_dst;
    default:
      return &t->bias;
  }
}

// A transformed weight (or, backward for the weights, element of diff_dst) that is not finite must
// not run; anything else may spread over a tile, which only strict accuracy rules out.
int64_t accuracy_for(Place place, int64_t direction) {
  const bool checked =
      place == (direction == CONV4J_BACKWARD_WEIGHTS ? Place::kDiffDst : Place::kWeights);
  return checked ? CONV4J_ACCURACY_DEFAULT : CONV4J_ACCURACY_STRICT;
}

void check_everywhere(const conv4j_conv2d& g, const ConvolutionTensors& t, Place place) {
  const char* what = kPlaces[static_cast<int>(place)];
  for (int64_t direction = 0; direction < 3; ++direction) {
    Setting s;
    s.accuracy = accuracy_for(place, direction);
    s.direction = direction;
    std::vector<Sum> main, relu, bias = backward_bias(g, t);
    main = expected_main(g, t, s);
    s.relu = direction == CONV4J_FORWARD;
    relu = expected_main(g, t, s);
    for (const char* algorithm : conv2d_algorithms(direction)) {
      for (const char* isa : isas()) {
        for (s.threads = 1; s.threads <= 2; ++s.threads) {
          s.algorithm = algorithm;
          s.isa = isa;
          s.relu = direction == CONV4J_FORWARD && s.threads == 2;
          replay("nonfinite_test: %s, seed %lu, %s, %s", what, static_cast<unsigned long>(kSeed),
                 text_of(g).c_str(), text_of(s).c_str());
          const ConvolutionResult found = run(g, t, s);
          if (!found.ran) continue;
          check_sums("main result", s.relu ? relu : main, found.main.data(), true);
          if (!found.bias.empty()) check_sums("diff_bias", bias, found.bias.data(), true);
        }
      }
    }
  }
}

}  // namespace

int main() {
  begin();
  open_blas_if_given();
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(2));
  for (const conv4j_conv2d& g : kGeometries) {
    if (!worth_running(work_of(g))) continue;
    for (const Place place : {Place::kSrc, Place::kWeights, Place::kDiffDst, Place::kBias}) {
      Random random(kSeed);
      for (const float special : kSpecial) {
        ConvolutionTensors t = integers_for(g, &random);
        std::vector<float>& values = *tensor(&t, place);
        // The corners, whose windows reach into the padding, and one inside.
        values.front() = special;
        check_everywhere(g, t, place);
        t = integers_for(g, &random);
        tensor(&t, place)->back() = special;
        const int64_t last = static_cast<int64_t>(values.size()) - 1;
        (*tensor(&t, place))[static_cast<size_t>(random.between(0, last))] = special;
        check_everywhere(g, t, place);
      }
    }
  }
  return finish();
}
