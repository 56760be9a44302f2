#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "failure.h"

namespace conv4j_benchmarks {
namespace {

std::string text(const char* format, double value) {
  char buffer[64];
  snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// Milliseconds with three significant digits or more.
std::string milliseconds(double seconds) {
  const double ms = 1e3 * seconds;
  return text(ms < 0.1 ? "%.5f" : ms < 10 ? "%.3f" : "%.1f", ms);
}

double percent_of_roofline(const Problem& p, const Roofline& roofline, double seconds) {
  return 100 * roofline.seconds(p.flops(), p.bytes()) / seconds;
}

// The cells of one of conv4j's algorithms.
std::vector<std::string> own_cells(const Problem& p, const std::string& name, const Entry& entry,
                                   const Roofline& roofline) {
  const double best = entry.timing.best;
  return {name,
          entry.detail,
          milliseconds(best),
          milliseconds(entry.timing.median),
          text("%.1f", (p.convolves() ? p.flops() : p.bytes()) / best / 1e9),
          text("%.0f", percent_of_roofline(p, roofline, best)),
          text("%.1e", entry.error.worst),
          text("%.1e", entry.error.rms)};
}

std::vector<std::string> header_of(const Measurement& m) {
  std::vector<std::string> cells = {
      "row",    "algorithm", "best ms", "median ms", m.problem.convolves() ? "GFLOP/s" : "GB/s",
      "% roof", "worst",     "rms"};
  for (size_t i = 1; i < m.entries.size(); ++i) {
    if (m.entries[i].alternative) continue;
    cells.push_back(m.entries[i].competitor + " ms");
    cells.push_back("ratio");
    cells.push_back("worst");
    cells.push_back("by");
  }
  return cells;
}

// Over the rows that a competitor has.
struct Total {
  int rows = 0;
  double best = 0;
  double own = 0;  // conv4j's best, on the same rows
  double logarithms = 0;
  double worst = 0;
};

const char* name_of_direction(int64_t direction) {
  static const char* const kNames[] = {"forward", "backward_data", "backward_weights"};
  return kNames[direction];
}

const char* name_of_operation(Operation operation) {
  static const char* const kNames[] = {"conv2d", "max_pool2d", "avg_pool2d"};
  return kNames[static_cast<int>(operation)];
}

}  // namespace

Report::Report(const Arguments& arguments, const Roofline& roofline, const std::string& peer)
    : arguments_(arguments), roofline_(roofline), peer_(peer) {
  const char* begin = arguments.markdown ? "- " : "";
  printf("%s%s, %s, %s, threads %ld\n", begin, name_of_operation(arguments.operation),
         name_of_direction(arguments.direction),
         arguments.accuracy == CONV4J_ACCURACY_STRICT ? "strict" : "default accuracy",
         static_cast<long>(arguments.threads));
  printf("%s%s\n", begin, conv4j_cpu_name());
  printf("%sconv4j %s%s%s\n", begin, conv4j_isa_default(), peer.empty() ? "" : "; ", peer.c_str());
  printf("%sFMA peak %.0f GFLOP/s; copies, read plus written: L2 %.0f, L3 %.0f, memory %.1f GB/s\n",
         begin, roofline.fma / 1e9, roofline.l2 / 1e9, roofline.l3 / 1e9, roofline.memory / 1e9);
  printf("%sratio = the other's time / conv4j's, median of the rounds\n\n", begin);
}

void Report::print_row(const std::vector<std::string>& cells) const {
  // As wide as what usually stands there; a name is on the left, a number on the right.
  static const int kOwn[] = {-30, -18, 9, 9, 8, 6, 8, 8};
  static const int kOther[] = {14, 6, 10, -28};
  for (size_t i = 0; i < cells.size(); ++i) {
    const int width = arguments_.markdown ? 0 : i < 8 ? kOwn[i] : kOther[(i - 8) % 4];
    printf("%s%*s", arguments_.markdown ? (i == 0 ? "| " : " | ") : (i == 0 ? "" : "  "), width,
           cells[i].c_str());
  }
  printf("%s\n", arguments_.markdown ? " |" : "");
}

void Report::add(const Measurement& measurement) {
  if (measurements_.empty()) {
    const std::vector<std::string> header = header_of(measurement);
    print_row(header);
    if (arguments_.markdown) print_row(std::vector<std::string>(header.size(), "---"));
  }
  const Problem& p = measurement.problem;
  const std::vector<Entry>& entries = measurement.entries;
  std::vector<std::string> cells = own_cells(p, p.name, entries[0], roofline_);
  for (size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].alternative) continue;
    cells.push_back(milliseconds(entries[i].timing.best));
    cells.push_back(text("%.2f", entries[i].ratio));
    cells.push_back(entries[i].same_definition ? text("%.1e", entries[i].error.worst) : "-");
    cells.push_back(entries[i].detail);
  }
  print_row(cells);
  for (const Entry& entry : entries) {
    if (entry.alternative) print_row(own_cells(p, "", entry, roofline_));
  }
  fflush(stdout);
  measurements_.push_back(measurement);
}

void Report::finish() const {
  std::map<std::string, Total> totals;
  std::vector<std::string> order;
  for (const Measurement& m : measurements_) {
    for (const Entry& entry : m.entries) {
      if (totals.count(entry.competitor) == 0) order.push_back(entry.competitor);
      Total& total = totals[entry.competitor];
      total.rows += 1;
      total.best += entry.timing.best;
      total.own += m.entries[0].timing.best;
      total.logarithms += std::log(entry.ratio);
      total.worst = std::max(total.worst, entry.same_definition ? entry.error.worst : 0);
    }
  }
  printf("\n");
  for (const std::string& name : order) {
    const Total& t = totals[name];
    printf(
        "%s%s: %d rows, sum of best %s ms, of conv4j's %.3f; geometric mean of ratios %.3f; "
        "worst error %.1e\n",
        arguments_.markdown ? "- " : "", name.c_str(), t.rows, milliseconds(t.best).c_str(),
        t.best / t.own, std::exp(t.logarithms / t.rows), t.worst);
  }
  if (!arguments_.json.empty()) write_json();
}

void Report::write_json() const {
  FILE* out = fopen(arguments_.json.c_str(), "w");
  if (out == nullptr) fail(arguments_.json + ": cannot be written");
  fprintf(out, "{\"cpu\": \"%s\", \"isa\": \"%s\", \"peer\": \"%s\", \"threads\": %ld,\n",
          conv4j_cpu_name(), conv4j_isa_default(), peer_.c_str(),
          static_cast<long>(arguments_.threads));
  fprintf(out, " \"operation\": \"%s\", \"direction\": \"%s\", \"strict\": %s,\n",
          name_of_operation(arguments_.operation), name_of_direction(arguments_.direction),
          arguments_.accuracy == CONV4J_ACCURACY_STRICT ? "true" : "false");
  fprintf(out, " \"roofline\": {\"fma\": %g, \"l2\": %g, \"l3\": %g, \"memory\": %g},\n",
          roofline_.fma, roofline_.l2, roofline_.l3, roofline_.memory);
  fprintf(out, " \"rows\": [");
  const char* separator = "\n";
  for (const Measurement& m : measurements_) {
    const Problem& p = m.problem;
    for (const Entry& e : m.entries) {
      fprintf(out,
              "%s  {\"row\": \"%s\", \"competitor\": \"%s\", \"detail\": \"%s\", \"best\": %g, "
              "\"median\": %g, \"ratio\": %g, \"flops\": %.0f, \"bytes\": %.0f, "
              "\"percent_of_roofline\": %.2f",
              separator, p.name.c_str(), e.competitor.c_str(), e.detail.c_str(), e.timing.best,
              e.timing.median, e.ratio, p.flops(), p.bytes(),
              percent_of_roofline(p, roofline_, e.timing.best));
      // JSON has no NaN.
      if (e.same_definition && std::isfinite(e.error.rms)) {
        fprintf(out, ", \"worst\": %g, \"rms\": %g", e.error.worst, e.error.rms);
      }
      fprintf(out, "}");
      separator = ",\n";
    }
  }
  fprintf(out, "\n]}\n");
  if (fclose(out) != 0) fail(arguments_.json + ": cannot be written");
}

}  // namespace conv4j_benchmarks
