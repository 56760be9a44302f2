#include "arguments.h"

#include <cstdio>
#include <cstdlib>

#include "failure.h"
#include "problem.h"

namespace conv4j_benchmarks {
namespace {

const char* const kUsage =
    "bench_conv4j --shapes FILE.csv [--shapes FILE.csv ...]\n"
    "  --op conv2d|max_pool2d|avg_pool2d                  (conv2d)\n"
    "  --direction forward|backward_data|backward_weights (forward)\n"
    "  --row REGEX           only rows whose name contains a match\n"
    "  --batch N             instead of the file's\n"
    "  --threads N           of every competitor (2)\n"
    "  --isa NAME            conv4j's instruction set (the widest)\n"
    "  --algorithm NAME|all  conv4j's algorithm (the one that it chooses)\n"
    "  --accuracy default|strict\n"
    "  --peer onednn|none    (none)\n"
    "  --openblas PATH       gives conv4j libopenblas.so.0\n"
    "  --seconds S           a row, shared by the competitors (1)\n"
    "  --json FILE           everything measured, for programs\n"
    "  --markdown            prints tables in Markdown\n";

template <typename T>
struct Choice {
  const char* name;
  T value;
};

template <typename T, size_t N>
T choose(const std::string& option, const std::string& value, const Choice<T> (&choices)[N]) {
  std::string known;
  for (const Choice<T>& choice : choices) {
    if (value == choice.name) return choice.value;
    known += std::string(known.empty() ? "" : ", ") + choice.name;
  }
  fail(option + " is " + value + "; it must be one of " + known);
}

int64_t positive(const std::string& option, const std::string& value) {
  char* end = nullptr;
  const int64_t number = std::strtoll(value.c_str(), &end, 10);
  if (value.empty() || *end != '\0' || number < 1) {
    fail(option + " is '" + value + "'; it must be a whole number of 1 or more");
  }
  return number;
}

double seconds(const std::string& value) {
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !(number > 0 && number <= 3600)) {
    fail("--seconds is '" + value + "'; it must be above 0 and at most 3600");
  }
  return number;
}

constexpr Choice<Operation> kOperations[] = {{"conv2d", Operation::kConv2d},
                                             {"max_pool2d", Operation::kMaxPool2d},
                                             {"avg_pool2d", Operation::kAvgPool2d}};
constexpr Choice<int64_t> kDirections[] = {{"forward", CONV4J_FORWARD},
                                           {"backward_data", CONV4J_BACKWARD_DATA},
                                           {"backward_weights", CONV4J_BACKWARD_WEIGHTS}};
constexpr Choice<int64_t> kAccuracies[] = {{"default", CONV4J_ACCURACY_DEFAULT},
                                           {"strict", CONV4J_ACCURACY_STRICT}};
constexpr Choice<bool> kPeers[] = {{"none", false}, {"onednn", true}};

void set(Arguments* a, const std::string& option, const std::string& value) {
  if (option == "--op") {
    a->operation = choose(option, value, kOperations);
  } else if (option == "--direction") {
    a->direction = choose(option, value, kDirections);
  } else if (option == "--shapes") {
    a->shapes.push_back(value);
  } else if (option == "--row") {
    a->row = value;
  } else if (option == "--batch") {
    a->batch = positive(option, value);
  } else if (option == "--threads") {
    a->threads = positive(option, value);
  } else if (option == "--isa") {
    a->isa = value;
  } else if (option == "--algorithm") {
    a->algorithm = value;
  } else if (option == "--accuracy") {
    a->accuracy = choose(option, value, kAccuracies);
  } else if (option == "--peer") {
    a->onednn = choose(option, value, kPeers);
  } else if (option == "--openblas") {
    a->openblas = value;
  } else if (option == "--seconds") {
    a->seconds = seconds(value);
  } else if (option == "--json") {
    a->json = value;
  } else {
    fail("there is no option " + option + "\n" + kUsage);
  }
}

}  // namespace

Arguments parse(int count, char** values) {
  Arguments arguments{};
  arguments.operation = Operation::kConv2d;
  for (int i = 1; i < count; ++i) {
    const std::string option = values[i];
    if (option == "--help") {
      fputs(kUsage, stdout);
      std::exit(0);
    }
    if (option == "--markdown") {
      arguments.markdown = true;
      continue;
    }
    if (i + 1 == count) fail(option + " lacks its value\n" + kUsage);
    set(&arguments, option, values[++i]);
  }
  if (arguments.shapes.empty()) fail(std::string("--shapes is missing\n") + kUsage);
  if (arguments.operation != Operation::kConv2d && arguments.direction == CONV4J_BACKWARD_WEIGHTS) {
    fail("a pooling has no weights: --direction must be forward or backward_data");
  }
  return arguments;
}

}  // namespace conv4j_benchmarks
