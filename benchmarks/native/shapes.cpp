#include "shapes.h"

#include <regex.h>

#include <cstdlib>
#include <fstream>

#include "failure.h"

namespace conv4j_benchmarks {
namespace {

const char* const kConv2d = "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g";
const char* const kPool2d = "name,n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw";
const char* const kPool2dCeil = "name,n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,ceil";

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns(1);
  for (const char c : line) {
    if (c == ',') {
      columns.emplace_back();
    } else if (c != ' ') {
      columns.back() += c;
    }
  }
  return columns;
}

std::vector<int64_t> numbers_of(const std::string& place, const std::vector<std::string>& columns) {
  std::vector<int64_t> numbers;
  for (size_t i = 1; i < columns.size(); ++i) {
    char* end = nullptr;
    numbers.push_back(std::strtoll(columns[i].c_str(), &end, 10));
    if (columns[i].empty() || *end != '\0') {
      fail(place + ": '" + columns[i] + "' must be a whole number");
    }
  }
  return numbers;
}

Problem problem_of(const Arguments& arguments, const std::string& name,
                   const std::vector<int64_t>& v) {
  Problem p{};
  p.name = name;
  p.operation = arguments.operation;
  p.direction = arguments.direction;
  if (p.convolves()) {
    p.conv = {v[0], v[1], v[2],  v[3],  v[4],  v[5],  v[6],  v[7],
              v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15]};
    if (arguments.batch > 0) p.conv.n = arguments.batch;
  } else {
    p.pool = {v[0],  v[1],  v[2],  v[3],  v[4],
              v[5],  v[6],  v[7],  v[8],  v[9],
              v[10], v[11], v[12], v[13], v.size() > 14 ? v[14] : 0};
    if (arguments.batch > 0) p.pool.n = arguments.batch;
  }
  return p;
}

// Lets the library check the geometry, before anything is divided by an extent.
void check(const std::string& place, const Problem& p) {
  const conv4j_options options = {p.direction, CONV4J_ACCURACY_DEFAULT, 0, CONV4J_PADDING_ZEROS,
                                  CONV4J_CONTIGUOUS};
  conv4j_plan* plan = nullptr;
  const conv4j_status status =
      p.convolves() ? conv4j_conv2d_create(&p.conv, &options, nullptr, nullptr, &plan)
                    : conv4j_max_pool2d_create(&p.pool, &options, nullptr, nullptr, &plan);
  if (status != CONV4J_OK) fail(place + ": " + conv4j_error());
  conv4j_plan_destroy(plan);
}

class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    const int error = regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
      char reason[200];
      regerror(error, &compiled_, reason, sizeof reason);
      fail("--row is '" + text + "': " + reason);
    }
  }
  ~Pattern() { regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  bool in(const std::string& name) const {
    return regexec(&compiled_, name.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_;
};

void read(const std::string& file, const Arguments& arguments, const Pattern& pattern,
          std::vector<Problem>* problems) {
  std::ifstream in(file);
  if (!in) fail(file + ": cannot be read");
  const bool convolves = arguments.operation == Operation::kConv2d;
  std::vector<std::string> header;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string place = file + ":" + std::to_string(number);
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.back() == '\r') line.pop_back();
    const std::vector<std::string> columns = columns_of(line);
    if (header.empty()) {
      header = columns;
      if (convolves ? header != columns_of(kConv2d)
                    : header != columns_of(kPool2d) && header != columns_of(kPool2dCeil)) {
        fail(place + ": the header is " + line + "; it must be " +
             (convolves ? kConv2d : std::string(kPool2d) + "[,ceil]"));
      }
      continue;
    }
    if (columns.size() != header.size()) {
      fail(place + ": " + std::to_string(columns.size()) + " columns; the header has " +
           std::to_string(header.size()));
    }
    if (!pattern.in(columns[0])) continue;
    Problem problem = problem_of(arguments, columns[0], numbers_of(place, columns));
    check(place, problem);
    set_output_extents(&problem);
    if (arguments.operation == Operation::kAvgPool2d &&
        (problem.pool.dh != 1 || problem.pool.dw != 1)) {
      printf("%s is left out: average pooling has no dilation\n", problem.name.c_str());
      continue;
    }
    problems->push_back(problem);
  }
}

}  // namespace

std::vector<Problem> read_problems(const Arguments& arguments) {
  const Pattern pattern(arguments.row);
  std::vector<Problem> problems;
  for (const std::string& file : arguments.shapes) read(file, arguments, pattern, &problems);
  if (problems.empty()) fail("no row is left to measure");
  return problems;
}

}  // namespace conv4j_benchmarks
