// Softmax and its logarithm, a block of columns a task.
#include <cmath>

#include "layers/layers.h"
#include "threading/pool.h"

namespace conv4j {

void softmax_forward(const Run& run, bool log, const Extents& e, const float* src, float* dst) {
  parallel_for(column_blocks(e), run.threads, [&](int64_t index, int64_t) {
    const ColumnBlock block = column_block(e, index);
    float shift[kColumnBlock];
    float sum[kColumnBlock];
    SoftmaxColumns s = {};
    s.x = src + block.first;
    s.distance = e.s;
    s.channels = e.c;
    s.columns = block.columns;
    s.out = log ? nullptr : dst + block.first;
    s.shift = shift;
    s.sum = sum;
    run.kernels->exp_columns_f32(s);
    for (int64_t i = 0; i < block.columns; ++i) {
      sum[i] = log ? static_cast<float>(std::log(static_cast<double>(sum[i]))) : 1 / sum[i];
    }
    s.out = dst + block.first;
    if (!log) s.x = s.out;
    run.kernels->scale_columns_f32(s, log ? 1 : 0);
  });
}

void softmax_backward(const Run& run, bool log, const Extents& e, const float* dst,
                      const float* diff_dst, float* diff_src) {
  parallel_for(column_blocks(e), run.threads, [&](int64_t index, int64_t) {
    const ColumnBlock block = column_block(e, index);
    SoftmaxColumns s = {};
    s.x = dst + block.first;
    s.diff_dst = diff_dst + block.first;
    s.distance = e.s;
    s.channels = e.c;
    s.columns = block.columns;
    s.out = diff_src + block.first;
    run.kernels->softmax_backward_f32(s, log ? 1 : 0);
  });
}

}  // namespace conv4j
