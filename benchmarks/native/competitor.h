// Who computes a problem, and how.
#ifndef CONV4J_BENCHMARKS_COMPETITOR_H
#define CONV4J_BENCHMARKS_COMPETITOR_H

#include <functional>
#include <string>
#include <vector>

#include "arguments.h"
#include "problem.h"

namespace conv4j_benchmarks {

// One way to compute a problem. Everything that a program does once (plans, primitives, converted
// weights, workspaces) has been done.
struct Candidate {
  std::string detail;                  // an algorithm, an implementation
  std::function<void()> run;           // one call: this is timed
  std::function<void(float*)> result;  // writes the newest call's result in its plain layout
};

// Ways of which a user would take the fastest.
struct Competitor {
  std::string name;
  std::vector<Candidate> candidates;
  bool alternative = false;     // another algorithm of conv4j, which it did not choose
  bool same_definition = true;  // false: computes something else here, errors say nothing
};

// The chosen algorithm, or the one asked for; with `all`, every other one that takes the geometry
// follows, a competitor each.
std::vector<Competitor> conv4j_competitors(const Problem& problem, const Tensors& tensors,
                                           const Arguments& arguments);

// oneDNN twice: everything in formats of its choice, and with plain tensors (NCHW, OIHW) that
// a call converts where that pays. Weights that the caller keeps are converted beforehand. Refused
// where it was not built in.
std::vector<Competitor> onednn_competitors(const Problem& problem, const Tensors& tensors);
// "oneDNN 3.13.0, ISA ...", after it was told the number of threads.
std::string onednn_start(int64_t threads);

}  // namespace conv4j_benchmarks

#endif
