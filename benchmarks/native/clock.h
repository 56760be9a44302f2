// The clock that everything is timed with.
#ifndef CONV4J_BENCHMARKS_CLOCK_H
#define CONV4J_BENCHMARKS_CLOCK_H

#include <chrono>

namespace conv4j_benchmarks {

// Seconds since some moment.
inline double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

}  // namespace conv4j_benchmarks

#endif
