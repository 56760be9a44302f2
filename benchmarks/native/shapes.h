// The shape files of tests/shapes.
#ifndef CONV4J_BENCHMARKS_SHAPES_H
#define CONV4J_BENCHMARKS_SHAPES_H

#include <vector>

#include "arguments.h"
#include "problem.h"

namespace conv4j_benchmarks {

// The rows of all files that the arguments ask for, in their order. Ends the program where a file
// cannot be read, a line is wrong or no row is left.
std::vector<Problem> read_problems(const Arguments& arguments);

}  // namespace conv4j_benchmarks

#endif
