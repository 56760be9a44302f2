// How the convolution and its transpose run their algorithm.
#ifndef CONV4J_API_CONVOLUTION_H
#define CONV4J_API_CONVOLUTION_H

#include "algorithms/plan.h"

namespace conv4j {

// Runs forward or backward data with weights that conv4j_conv2d_prepare made.
void run_prepared(const Plan& plan, const void* prepared, Execution* run);

// Runs backward weights; without touching the padding where diff_dst is not finite.
void run_backward_weights(const Plan& plan, const Execution& run);

}  // namespace conv4j

#endif
