// The algorithms of pooling, in the order in which they are considered; the last of each list takes
// every geometry.
#include "algorithms/algorithms.h"

namespace conv4j {
namespace {

const Algorithm* const kMaxForward[] = {&kMaxPoolPlanes, &kMaxPoolBlocks, &kMaxPoolSeparable};
const Algorithm* const kMaxBackward[] = {&kMaxPoolBackwardPlanes, &kMaxPoolBackwardBlocks,
                                         &kMaxPoolGather};
const Algorithm* const kAvgForward[] = {&kAvgPoolPlanes, &kAvgPoolBlocks, &kAvgPoolSliding,
                                        &kAvgPoolRanges};
const Algorithm* const kAvgBackward[] = {&kAvgPoolBackwardPlanes, &kAvgPoolBackwardBlocks,
                                         &kAvgPoolBackwardSliding, &kAvgPoolBackwardRanges};
const Algorithm* const kAdaptiveMax[] = {&kAdaptiveMaxPoolRanges};

template <int64_t kForward, int64_t kBackward>
AlgorithmList list_of(int64_t direction, const Algorithm* const (&forward)[kForward],
                      const Algorithm* const (&backward)[kBackward]) {
  static_assert(kForward <= Plan::kMostCandidates && kBackward <= Plan::kMostCandidates,
                "a plan has room for every algorithm");
  return direction == CONV4J_FORWARD         ? AlgorithmList{forward, kForward}
         : direction == CONV4J_BACKWARD_DATA ? AlgorithmList{backward, kBackward}
                                             : AlgorithmList{nullptr, 0};
}

}  // namespace

AlgorithmList max_pool2d_algorithms(int64_t direction) {
  return list_of(direction, kMaxForward, kMaxBackward);
}

AlgorithmList avg_pool2d_algorithms(int64_t direction) {
  return list_of(direction, kAvgForward, kAvgBackward);
}

AlgorithmList adaptive_max_pool2d_algorithms() { return {kAdaptiveMax, 1}; }

}  // namespace conv4j
