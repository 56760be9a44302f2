// What this machine can do at best, measured.
#ifndef CONV4J_BENCHMARKS_ROOFLINE_H
#define CONV4J_BENCHMARKS_ROOFLINE_H

#include <cstdint>

#include "peak.h"

namespace conv4j_benchmarks {

struct Roofline {
  double fma;                 // FLOP/s: multiply-adds on registers alone
  double l2, l3, memory;      // bytes/s, read plus written, of copies that stay in or leave a cache
  double l2_bytes, l3_bytes;  // what all threads have of it

  // Bytes/s for tensors of so many bytes in all: of the smallest cache whose half holds them.
  double bandwidth(double bytes) const;
  // The longer of computing and of moving every byte once.
  double seconds(double flops, double bytes) const;
};

// On so many threads at once, with the instruction set's multiply-add (the scalar set has none: a
// product and a sum). l2 and l3: bytes of a core's second cache and of the shared third.
Roofline measure_roofline(const Peak& peak, int64_t threads, int64_t l2, int64_t l3);

}  // namespace conv4j_benchmarks

#endif
