// A primitive of oneDNN as a candidate.
#ifndef CONV4J_BENCHMARKS_ONEDNN_VARIANT_H
#define CONV4J_BENCHMARKS_ONEDNN_VARIANT_H

#include <string>
#include <vector>

#include "competitor.h"
#include "oneapi/dnnl/dnnl.hpp"

namespace conv4j_benchmarks {

using Format = dnnl::memory::format_tag;

const dnnl::engine& onednn_engine();

// Float32 of these extents.
dnnl::memory::desc tensor(const dnnl::memory::dims& extents, Format format);

// A tensor that a primitive reads or writes.
struct Argument {
  int id;                    // DNNL_ARG_SRC, ...
  dnnl::memory::desc plain;  // as the caller has it
  dnnl::memory::desc own;    // as the primitive wants it
  const Memory* given;       // null: the result
  bool kept = false;         // the caller keeps it: converted beforehand in any case
};

// A primitive and how it is called.
struct Variant {
  dnnl::primitive primitive;
  std::string implementation;
  std::vector<Argument> arguments;
  bool converts;           // a call begins and ends with plain tensors
  dnnl::memory workspace;  // what a forward call left for max pooling's gradient, or empty
};

Candidate candidate_of(const Variant& variant);
// Whether both call the same code with the same formats.
bool same(const Variant& a, const Variant& b);
// Appends the variant, unless it is there already.
void add(std::vector<Variant>* variants, const Variant& variant);
// Reference implementations, which take seconds, stay out where there are others.
Competitor competitor_of(const std::string& name, const std::vector<Variant>& variants);

// Each gives oneDNN in formats of its choice, then with plain tensors.
std::vector<Competitor> onednn_convolution(const Problem& problem, const Tensors& tensors);
std::vector<Competitor> onednn_pooling(const Problem& problem, const Tensors& tensors);

}  // namespace conv4j_benchmarks

#endif
