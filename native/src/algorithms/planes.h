// Poolings that work plane by plane: how planes and strips of their rows are dealt out to tasks.
#ifndef CONV4J_ALGORITHMS_PLANES_H
#define CONV4J_ALGORITHMS_PLANES_H

#include "algorithms/plan.h"
#include "threading/pool.h"

namespace conv4j {

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
