// One row of a shape file in one direction: what every competitor computes.
#ifndef CONV4J_BENCHMARKS_PROBLEM_H
#define CONV4J_BENCHMARKS_PROBLEM_H

#include <cstdint>
#include <string>

#include "conv4j.h"
#include "memory.h"

namespace conv4j_benchmarks {

enum class Operation { kConv2d, kMaxPool2d, kAvgPool2d };

// The bytes of a float, of which all tensors consist.
inline constexpr int64_t kFloat = sizeof(float);

struct Problem {
  std::string name;
  Operation operation;
  int64_t direction;   // CONV4J_FORWARD, ...
  conv4j_conv2d conv;  // of a convolution
  conv4j_pool2d pool;  // of a pooling
  int64_t oh, ow;

  bool convolves() const { return operation == Operation::kConv2d; }
  int64_t src_elements() const;
  int64_t weights_elements() const;  // 0 for a pooling
  int64_t dst_elements() const;
  // Of what the direction computes: dst, diff_src or diff_weights.
  int64_t result_elements() const;
  // 2*N*OC*OH*OW*(IC/G)*KH*KW of a convolution, whatever the algorithm; 0 for a pooling.
  double flops() const;
  // Of src, weights and dst (or their gradients), each once.
  double bytes() const;
};

// Sets oh and ow from the geometry.
void set_output_extents(Problem* problem);

struct Tensors {
  Memory src;
  Memory weights;
  Memory diff_dst;
};
Tensors random_tensors(const Problem& problem);

// The element at a position of the result, computed in double.
double expected(const Problem& problem, const Tensors& tensors, int64_t position);
// Multiply-adds, or comparisons, that `expected` takes.
double work_of_one_element(const Problem& problem);

}  // namespace conv4j_benchmarks

#endif
