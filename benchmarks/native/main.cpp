// bench_conv4j: conv4j's kernels on the rows of shape files, beside oneDNN where it was built in.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "competitor.h"
#include "failure.h"
#include "report.h"
#include "shapes.h"
#include "timing.h"

namespace conv4j_benchmarks {
namespace {

constexpr int64_t kSample = 4000;
constexpr double kSampleWork = 3e7;  // multiply-adds in double, a row

// Positions of the result and what belongs there.
struct Sample {
  std::vector<int64_t> positions;
  std::vector<double> values;
  double largest = 0;
};

Sample sample_of(const Problem& problem, const Tensors& tensors) {
  const int64_t elements = problem.result_elements();
  const double affordable = kSampleWork / work_of_one_element(problem);
  const int64_t count =
      std::min({elements, kSample, std::max<int64_t>(50, static_cast<int64_t>(affordable))});
  Sample sample;
  uint64_t state = 4;
  for (int64_t i = 0; i < count; ++i) {
    // All of a small result, else both ends and random elements between them.
    int64_t position = i;
    if (count < elements && i == 1) position = elements - 1;
    if (count < elements && i > 1) {
      position = static_cast<int64_t>(random_bits(&state) % static_cast<uint64_t>(elements));
    }
    sample.positions.push_back(position);
    sample.values.push_back(expected(problem, tensors, position));
    sample.largest = std::max(sample.largest, std::abs(sample.values.back()));
  }
  return sample;
}

Error error_of(const Candidate& candidate, const Sample& sample, Memory* result) {
  candidate.result(result->floats());
  Error error{};
  double squares = 0;
  for (size_t i = 0; i < sample.positions.size(); ++i) {
    const auto found = static_cast<double>(result->floats()[sample.positions[i]]);
    const double distance = std::abs(found - sample.values[i]) / sample.largest;
    // Written so that a NaN is the worst there is.
    if (!(distance <= error.worst)) error.worst = distance;
    squares += distance * distance;
  }
  error.rms = std::sqrt(squares / static_cast<double>(sample.positions.size()));
  return error;
}

Measurement measure(const Problem& problem, const Arguments& arguments) {
  const Tensors tensors = random_tensors(problem);
  std::vector<Competitor> competitors = conv4j_competitors(problem, tensors, arguments);
  Measurement measurement{problem, {}};
  if (competitors.empty()) return measurement;
  if (arguments.onednn) {
    for (Competitor& peer : onednn_competitors(problem, tensors)) competitors.push_back(peer);
  }
  keep_fastest(&competitors);
  const std::vector<Timing> timings = time_interleaved(competitors, arguments.seconds);
  const Sample sample = sample_of(problem, tensors);
  Memory result(problem.result_elements() * kFloat);
  for (size_t i = 0; i < competitors.size(); ++i) {
    const Competitor& competitor = competitors[i];
    const Candidate& candidate = competitor.candidates[0];
    measurement.entries.push_back(
        {competitor.name, candidate.detail, timings[i], median_ratio(timings[i], timings[0]),
         competitor.alternative, competitor.same_definition, error_of(candidate, sample, &result)});
  }
  return measurement;
}

void run(const Arguments& arguments) {
  require(conv4j_isa_check());
  if (!arguments.isa.empty()) require(conv4j_isa_select(arguments.isa.c_str()));
  require(conv4j_threads_set(arguments.threads));
  if (!arguments.openblas.empty()) require(conv4j_blas_open(arguments.openblas.c_str()));
  const std::string peer = arguments.onednn ? onednn_start(arguments.threads) : "";
  const std::vector<Problem> problems = read_problems(arguments);
  const Peak* peak = find_peak(conv4j_isa_default());
  if (peak == nullptr) fail("no multiply-add loop is there for this instruction set");
  const Roofline roofline =
      measure_roofline(*peak, arguments.threads, conv4j_cache_size(2), conv4j_cache_size(3));
  Report report(arguments, roofline, peer);
  for (const Problem& problem : problems) {
    const Measurement measurement = measure(problem, arguments);
    if (measurement.entries.empty()) {
      printf("%s is left out: %s\n", problem.name.c_str(), conv4j_error());
    } else {
      report.add(measurement);
    }
  }
  report.finish();
}

}  // namespace
}  // namespace conv4j_benchmarks

int main(int count, char** values) {
  conv4j_benchmarks::run(conv4j_benchmarks::parse(count, values));
  return 0;
}
