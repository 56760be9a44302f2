// Loops of multiply-adds that touch no memory, one an instruction set.
#ifndef CONV4J_BENCHMARKS_PEAK_H
#define CONV4J_BENCHMARKS_PEAK_H

#include <string>

namespace conv4j_benchmarks {

struct Peak {
  const char* isa;
  double flops;    // of one call
  float (*run)();  // the sum, so that no compiler drops it
};

// Null where there is none of that name.
const Peak* find_peak(const std::string& isa);

}  // namespace conv4j_benchmarks

#endif
