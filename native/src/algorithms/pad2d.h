// Images laid into larger ones, and the gradient's way back: what a convolution does before it
// whose padding is copied from the image, and a transposed convolution after it whose result is
// cropped.
#ifndef CONV4J_ALGORITHMS_PAD2D_H
#define CONV4J_ALGORITHMS_PAD2D_H

#include "algorithms/plan.h"

namespace conv4j {

// Fills plan->pad, `top` and `left` of the extents being padding before the image (cropping where
// negative), and gives the plan a workspace of `shared` floats. CONV4J_OUT_OF_MEMORY or CONV4J_OK.
conv4j_status lay_out_pad(Plan* plan, int64_t mode, const Pad2d& extents, int64_t top, int64_t left,
                          int64_t shared);

// The workspace that lay_out_pad asked for, in that of a call with so many threads.
inline float* shared_workspace(const Plan& plan, void* workspace, int64_t threads) {
  return reinterpret_cast<float*>(static_cast<char*>(workspace) + plan.workspace_shared +
                                  plan.workspace_per_thread * threads);
}

// dst [planes][oh][ow] from src [planes][ih][iw].
void pad_planes(const Plan& plan, const float* src, float* dst, int64_t threads);

// diff_src = 0, then diff_src[the pixel that was copied] += diff_dst, row by row in their order.
void fold_planes(const Plan& plan, const float* diff_dst, float* diff_src, int64_t threads);

}  // namespace conv4j

#endif
