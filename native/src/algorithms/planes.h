// Poolings that work plane by plane: how planes and strips of their rows are dealt out to tasks.
#ifndef CONV4J_ALGORITHMS_PLANES_H
#define CONV4J_ALGORITHMS_PLANES_H

#include "algorithms/plan.h"
#include "threading/pool.h"

namespace conv4j {

// The costs of poolings are estimates of one plane in a unit of their own, about an eighth of a
// nanosecond, fitted to two threads of an Ice Lake and a Zen 4 with AVX-512, where constants differ
// below 16 lanes with AVX2, too. This is what a plane costs before its first row, or the first call
// for it.
constexpr double kPlaneCost = 130;

// The same of kernels that go down the columns, which find out once for all planes of one vector
// which lanes exist.
inline double plane_cost(double vectors) { return vectors > 1 ? kPlaneCost : 50; }

// Vectors of a row.
inline double vectors_of(int64_t columns, int64_t lanes) {
  return static_cast<double>(ceil_divide(columns, lanes));
}

// Whether a row has fewer than `stride` vectors: without AVX-512 its masked loads and stores are
// slow.
inline bool is_masked(int64_t columns, int64_t stride, int64_t lanes) {
  return lanes < 16 && columns < stride * lanes;
}

// Elements that a task reads and writes: the work of some microseconds.
constexpr int64_t kPlaneTaskElements = 16 << 10;

// Sets strip_rows and strips, of `rows` rows a plane, and, where a strip is a whole plane, chunk
// and chunks: the planes of one task. row_elements: what one of the rows reads and writes.
inline void deal_out_planes(int64_t planes, int64_t rows, double row_elements, int64_t most_rows,
                            Blocking* b) {
  const double wanted = static_cast<double>(kPlaneTaskElements) / row_elements;
  b->strip_rows = wanted < 1                           ? 1
                  : wanted < static_cast<double>(rows) ? static_cast<int64_t>(wanted)
                                                       : rows;
  if (b->strip_rows > most_rows) b->strip_rows = most_rows;
  b->strips = ceil_divide(rows, b->strip_rows);
  b->strip_rows = ceil_divide(rows, b->strips);
  b->strips = ceil_divide(rows, b->strip_rows);
  b->chunk = 1;
  if (b->strips == 1) {
    const double fitting = wanted / static_cast<double>(rows);
    const int64_t most = ceil_divide(planes, kWantedTasks);
    b->chunk = fitting < static_cast<double>(most) ? static_cast<int64_t>(fitting) : most;
    if (b->chunk < 1) b->chunk = 1;
  }
  b->chunks = ceil_divide(planes, b->chunk);
}

// avg_pool2d_planes.cpp: whether a float holds what every window of an average counts.
bool counts_are_exact(const Windows2d& g);
// What the rows and the columns of the windows count, [OH] then [OW]: the divisor of a window is
// the product. True if all are powers of two: then it is one over them.
bool fill_counts(const Windows2d& g, float* counts);

// Calls f(plane, planes, first, end, slot) for strips [first, end) of the rows of all planes; so
// many from `plane` on.
template <typename Function>
void for_each_strip(const Blocking& b, int64_t planes, int64_t rows, int64_t threads,
                    const Function& f) {
  parallel_for(b.chunks * b.strips, threads, [&](int64_t index, int64_t slot) {
    const int64_t chunk = index / b.strips * b.chunk;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < rows ? first + b.strip_rows : rows;
    const int64_t until = chunk + b.chunk < planes ? chunk + b.chunk : planes;
    f(chunk, until - chunk, first, end, slot);
  });
}

}  // namespace conv4j

#endif
