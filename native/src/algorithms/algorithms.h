// Every algorithm, one object each; conv2d_list.cpp and pool2d_list.cpp put them in order.
#ifndef CONV4J_ALGORITHMS_ALGORITHMS_H
#define CONV4J_ALGORITHMS_ALGORITHMS_H

#include "algorithms/plan.h"

namespace conv4j {

// direct.cpp: forward, and backward data at stride 1.
extern const Algorithm kPointwise;
extern const Algorithm kDirect;
// filter.cpp: forward, and backward data at stride 1; for few channels.
extern const Algorithm kFilter;
// winograd.cpp: 3x3 forward, and backward data, at stride 1; never under CONV4J_ACCURACY_STRICT.
extern const Algorithm kWinograd4;
extern const Algorithm kWinograd2;
// blocked.cpp: forward, and backward data at stride 1.
extern const Algorithm kBlocked;
// broadcast.cpp: forward, and backward data at stride 1; for few channels, and 1x1 on small maps.
extern const Algorithm kBroadcast;
// im2col.cpp: forward.
extern const Algorithm kIm2col;
extern const Algorithm kIm2colOpenblas;
// parity.cpp: backward data with a stride.
extern const Algorithm kParity;
// product_col2im.cpp: backward data.
extern const Algorithm kCol2im;
extern const Algorithm kCol2imOpenblas;
// product_backward_weights.cpp
extern const Algorithm kProductBackwardWeights;
// filter_backward_weights.cpp: for few channels.
extern const Algorithm kFilterBackwardWeights;
// direct_backward_weights.cpp
extern const Algorithm kDirectBackwardWeights;
// im2col_backward_weights.cpp
extern const Algorithm kIm2colBackwardWeights;
extern const Algorithm kIm2colOpenblasBackwardWeights;
// winograd_backward_weights.cpp: 3x3 at stride 1; never under CONV4J_ACCURACY_STRICT.
extern const Algorithm kWinograd4BackwardWeights;
// rows.cpp: everything, reading only pixels that exist.
extern const Algorithm kRowsForward;
extern const Algorithm kRowsBackwardData;
extern const Algorithm kRowsBackwardWeights;
// max_pool2d.cpp
extern const Algorithm kMaxPoolSeparable;
extern const Algorithm kMaxPoolGather;
// max_pool2d_planes.cpp
extern const Algorithm kMaxPoolPlanes;
extern const Algorithm kMaxPoolBackwardPlanes;
// avg_pool2d_planes.cpp
extern const Algorithm kAvgPoolPlanes;
extern const Algorithm kAvgPoolBackwardPlanes;
// pool2d_blocks.cpp; adaptive averages, too.
extern const Algorithm kMaxPoolBlocks;
extern const Algorithm kMaxPoolBackwardBlocks;
extern const Algorithm kAvgPoolBlocks;
extern const Algorithm kAvgPoolBackwardBlocks;
// avg_pool2d.cpp; adaptive ones, too.
extern const Algorithm kAvgPoolSliding;
extern const Algorithm kAvgPoolRanges;
extern const Algorithm kAvgPoolBackwardSliding;
extern const Algorithm kAvgPoolBackwardRanges;
// adaptive_max_pool2d.cpp
extern const Algorithm kAdaptiveMaxPoolRanges;

// The algorithm that computes the plan's direction without ever touching the padding: what runs
// instead of the plan's own when a weight (or diff_dst) is not finite.
const Algorithm& rows_algorithm(int64_t direction);

}  // namespace conv4j

#endif
