// The command line of bench_conv4j.
#ifndef CONV4J_BENCHMARKS_ARGUMENTS_H
#define CONV4J_BENCHMARKS_ARGUMENTS_H

#include <cstdint>
#include <string>
#include <vector>

#include "conv4j.h"

namespace conv4j_benchmarks {

enum class Operation;

struct Arguments {
  Operation operation;
  int64_t direction = CONV4J_FORWARD;
  std::vector<std::string> shapes;
  std::string row;    // an extended regular expression; empty: every row
  int64_t batch = 0;  // 0: as the file says
  int64_t threads = 2;
  std::string isa;        // empty: the default
  std::string algorithm;  // empty: the chosen one
  int64_t accuracy = CONV4J_ACCURACY_DEFAULT;
  bool onednn = false;
  std::string openblas;  // path of the library; empty: without it
  double seconds = 1;
  std::string json;  // empty: none
  bool markdown = false;
};

// Ends the program with a sentence and the usage where an argument is wrong, and with the usage
// alone for --help.
Arguments parse(int count, char** values);

}  // namespace conv4j_benchmarks

#endif
