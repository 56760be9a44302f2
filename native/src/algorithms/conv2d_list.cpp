// The ordered lists: who is considered first for each operation and direction. Of equal costs the
// earlier entry wins; the last one takes everything.
#include "algorithms/algorithms.h"

namespace conv4j {
namespace {

const Algorithm* const kForward[] = {&kPointwise,      &kFilter,     &kWinograd4, &kWinograd2,
                                     &kBlocked,        &kBroadcast,  &kDirect,    &kIm2col,
                                     &kIm2colOpenblas, &kRowsForward};
const Algorithm* const kBackwardData[] = {
    &kPointwise, &kFilter, &kWinograd4, &kWinograd2, &kBlocked,        &kBroadcast,
    &kDirect,    &kIm2col, &kParity,    &kCol2im,    &kCol2imOpenblas, &kRowsBackwardData};
const Algorithm* const kBackwardWeights[] = {
    &kFilterBackwardWeights, &kWinograd4BackwardWeights, &kProductBackwardWeights,
    &kDirectBackwardWeights, &kIm2colBackwardWeights,    &kIm2colOpenblasBackwardWeights,
    &kRowsBackwardWeights};

template <int64_t kCount>
AlgorithmList list_of(const Algorithm* const (&entries)[kCount]) {
  static_assert(kCount <= Plan::kMostCandidates, "a plan has room for every algorithm");
  return {entries, kCount};
}

}  // namespace

AlgorithmList conv2d_algorithms(int64_t direction) {
  switch (direction) {
    case CONV4J_FORWARD:
      return list_of(kForward);
    case CONV4J_BACKWARD_DATA:
      return list_of(kBackwardData);
    case CONV4J_BACKWARD_WEIGHTS:
      return list_of(kBackwardWeights);
    default:
      return {nullptr, 0};
  }
}

const Algorithm& rows_algorithm(int64_t direction) {
  return direction == CONV4J_FORWARD         ? kRowsForward
         : direction == CONV4J_BACKWARD_DATA ? kRowsBackwardData
                                             : kRowsBackwardWeights;
}

}  // namespace conv4j
