// What was measured, as text, Markdown and JSON.
#ifndef CONV4J_BENCHMARKS_REPORT_H
#define CONV4J_BENCHMARKS_REPORT_H

#include <string>
#include <vector>

#include "arguments.h"
#include "problem.h"
#include "roofline.h"
#include "timing.h"

namespace conv4j_benchmarks {

// Over a sample of the result's elements, relative to the largest of them.
struct Error {
  double worst;
  double rms;
};

struct Entry {
  std::string competitor;
  std::string detail;
  Timing timing;
  double ratio;  // its time divided by that of the first competitor
  bool alternative;
  bool same_definition;
  Error error;
};

struct Measurement {
  Problem problem;
  std::vector<Entry> entries;  // conv4j's first
};

class Report {
 public:
  Report(const Arguments& arguments, const Roofline& roofline, const std::string& peer);

  void add(const Measurement& measurement);
  // Prints sums and means over the rows, and writes the JSON file.
  void finish() const;

 private:
  void print_row(const std::vector<std::string>& cells) const;
  void write_json() const;

  const Arguments& arguments_;
  const Roofline& roofline_;
  const std::string peer_;
  std::vector<Measurement> measurements_;
};

}  // namespace conv4j_benchmarks

#endif
