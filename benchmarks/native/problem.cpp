#include "problem.h"

namespace conv4j_benchmarks {
namespace {

int64_t extent(int64_t size, int64_t before, int64_t after, int64_t taps, int64_t dilation,
               int64_t stride, bool ceil) {
  const int64_t room = size + before + after - dilation * (taps - 1) - 1;
  if (!ceil) return room / stride + 1;
  const int64_t windows = (room + stride - 1) / stride + 1;
  return (windows - 1) * stride >= size + before ? windows - 1 : windows;
}

}  // namespace

void set_output_extents(Problem* problem) {
  if (problem->convolves()) {
    const conv4j_conv2d& g = problem->conv;
    problem->oh = extent(g.ih, g.pt, g.pb, g.kh, g.dh, g.sh, false);
    problem->ow = extent(g.iw, g.pl, g.pr, g.kw, g.dw, g.sw, false);
  } else {
    const conv4j_pool2d& g = problem->pool;
    problem->oh = extent(g.ih, g.pt, g.pb, g.kh, g.dh, g.sh, g.ceil_mode != 0);
    problem->ow = extent(g.iw, g.pl, g.pr, g.kw, g.dw, g.sw, g.ceil_mode != 0);
  }
}

int64_t Problem::src_elements() const {
  return convolves() ? conv.n * conv.ic * conv.ih * conv.iw : pool.n * pool.c * pool.ih * pool.iw;
}

int64_t Problem::weights_elements() const {
  return convolves() ? conv.oc * (conv.ic / conv.g) * conv.kh * conv.kw : 0;
}

int64_t Problem::dst_elements() const {
  return (convolves() ? conv.n * conv.oc : pool.n * pool.c) * oh * ow;
}

int64_t Problem::result_elements() const {
  if (direction == CONV4J_FORWARD) return dst_elements();
  return direction == CONV4J_BACKWARD_DATA ? src_elements() : weights_elements();
}

double Problem::flops() const {
  return 2.0 * static_cast<double>(conv.n * oh * ow) * static_cast<double>(weights_elements());
}

double Problem::bytes() const {
  return static_cast<double>(kFloat * (src_elements() + weights_elements() + dst_elements()));
}

Tensors random_tensors(const Problem& problem) {
  return {Memory::uniform(problem.src_elements(), 1),
          Memory::uniform(problem.weights_elements(), 2),
          Memory::uniform(problem.dst_elements(), 3)};
}

}  // namespace conv4j_benchmarks
