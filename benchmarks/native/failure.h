// The ways to end the program before its time.
#ifndef CONV4J_BENCHMARKS_FAILURE_H
#define CONV4J_BENCHMARKS_FAILURE_H

#include <cstdio>
#include <cstdlib>
#include <string>

#include "conv4j.h"

namespace conv4j_benchmarks {

[[noreturn]] inline void fail(const std::string& sentence) {
  fprintf(stderr, "bench_conv4j: %s\n", sentence.c_str());
  std::exit(2);
}

inline void require(conv4j_status status) {
  if (status != CONV4J_OK) fail(conv4j_error());
}

}  // namespace conv4j_benchmarks

#endif
