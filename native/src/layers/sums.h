// Sums over blocks of a long row: in double, the same for any number of threads.
#ifndef CONV4J_LAYERS_SUMS_H
#define CONV4J_LAYERS_SUMS_H

#include "layers/layers.h"
#include "threading/pool.h"

namespace conv4j {

// The sum over all blocks of f(block). They are dealt out to at most kParts parts by their number
// alone; each part adds up its own share, and the shares are added in order.
template <typename Callable>
double sum_blocks(const Run& run, int64_t blocks, const Callable& f) {
  constexpr int64_t kParts = 256;
  double shares[kParts] = {};
  const int64_t parts = blocks < kParts ? blocks : kParts;
  parallel_for(parts, run.threads, [&](int64_t part, int64_t) {
    const int64_t end = blocks / parts * (part + 1) + blocks % parts * (part + 1) / parts;
    for (int64_t b = blocks / parts * part + blocks % parts * part / parts; b < end; ++b) {
      shares[part] += f(b);
    }
  });
  double total = 0;
  for (int64_t part = 0; part < parts; ++part) total += shares[part];
  return total;
}

// The sum of f(first, length) over blocks of a row, each of as many elements as one float sum may
// have.
template <typename Callable>
double sum_row(const Run& run, int64_t count, const Callable& f) {
  constexpr int64_t kElements = 4096;
  return sum_blocks(run, (count + kElements - 1) / kElements, [&](int64_t b) {
    const int64_t first = b * kElements;
    return static_cast<double>(f(first, count - first < kElements ? count - first : kElements));
  });
}

}  // namespace conv4j

#endif
