// The operators around convolution and pooling: what runs once src/api/layers.cpp has checked every
// argument. Work is cut by the extents alone, never by the number of threads.
#ifndef CONV4J_LAYERS_LAYERS_H
#define CONV4J_LAYERS_LAYERS_H

#include "kernels/kernel_list.h"

namespace conv4j {

struct Run {
  const KernelTable* kernels;
  int64_t threads;
};

// [n][c][s]
struct Extents {
  int64_t n, c, s;
};

void unary_forward(const Run& run, UnaryFunction f, const float* src, float* dst, int64_t count);
void unary_backward(const Run& run, UnaryFunction f, const float* dst, const float* diff_dst,
                    float* diff_src, int64_t count);
void dropout(const Run& run, int64_t seed, double p, const float* src, float* dst, int64_t count);

struct Linear {
  int64_t n, in, out;
  bool openblas;
};
bool linear_prefers_openblas(int64_t n, int64_t in, int64_t out);
void linear_forward(const Run& run, const Linear& l, const float* src, const float* weights,
                    const float* bias, float* dst);
void linear_backward_data(const Run& run, const Linear& l, const float* diff_dst,
                          const float* weights, float* diff_src);
void linear_backward_weights(const Run& run, const Linear& l, const float* src,
                             const float* diff_dst, float* diff_weights, float* diff_bias);

void softmax_forward(const Run& run, bool log, const Extents& e, const float* src, float* dst);
void softmax_backward(const Run& run, bool log, const Extents& e, const float* dst,
                      const float* diff_dst, float* diff_src);

// The columns of [n][c][s] in blocks: block b covers `columns` of them from element `first` on.
constexpr int64_t kColumnBlock = 256;
struct ColumnBlock {
  int64_t first;   // element of channel 0
  int64_t column;  // of the first column, counted over n and s
  int64_t columns;
};
inline int64_t column_blocks(const Extents& e) {
  return e.n * ((e.s + kColumnBlock - 1) / kColumnBlock);
}
inline ColumnBlock column_block(const Extents& e, int64_t index) {
  const int64_t per_image = (e.s + kColumnBlock - 1) / kColumnBlock;
  const int64_t n = index / per_image;
  const int64_t start = index % per_image * kColumnBlock;
  const int64_t left = e.s - start;
  return {n * e.c * e.s + start, n * e.s + start, left < kColumnBlock ? left : kColumnBlock};
}

// Mean, its remainder and variance may be a batch's own or the running ones.
struct Statistics {
  const float* mean;
  const float* remainder;  // or null
  const float* variance;
  double eps;
};
void batch_norm_statistics(const Run& run, const Extents& e, const float* src, float* mean,
                           float* remainder, float* variance);
void batch_norm_forward(const Run& run, const Extents& e, const Statistics& statistics,
                        const float* src, const float* gamma, const float* beta, float* dst);
struct BatchNormGradients {
  float* src;
  float* gamma;
  float* beta;
};
void batch_norm_backward(const Run& run, const Extents& e, const Statistics& statistics,
                         bool training, const float* src, const float* gamma, const float* diff_dst,
                         const BatchNormGradients& to);

struct CrossEntropy {
  const int64_t* classes;
  const float* probabilities;
  const float* weights;
  int64_t ignore_index;
  double smoothing;
  bool mean;
};
double cross_entropy(const Run& run, const Extents& e, const CrossEntropy& settings,
                     const float* logits, float* diff_logits);
double squared_error(const Run& run, const float* src, const float* target, int64_t count,
                     bool mean, float* diff_src);

struct Sgd {
  double learning_rate, momentum, dampening, weight_decay;
  bool nesterov;
  bool first;  // the buffer holds nothing yet
};
void sgd_step(const Run& run, const Sgd& s, const float* gradient, float* parameter, float* buffer,
              int64_t count);

struct Adam {
  double learning_rate, beta1, beta2, eps, weight_decay;
  bool decoupled;
  int64_t step;  // from 1 on
};
void adam_step(const Run& run, const Adam& a, const float* gradient, float* parameter, float* mean,
               float* square, int64_t count);

void scale(const Run& run, float a, float* x, int64_t count);
void clamp(const Run& run, float low, float high, float* x, int64_t count);
double sum_of_squares(const Run& run, const float* x, int64_t count);

}  // namespace conv4j

#endif
