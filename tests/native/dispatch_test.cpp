// dispatch_test [expected]: which instruction sets there are, and which one plans use.
//   (none)     the widest that this CPU runs is the default
//   a name     the environment's CONV4J_ISA asks for it: it must be what plans report and run, and
//              77 (skipped) is returned only where the CPU lacks the instructions
//   refused    the environment's CONV4J_ISA names no set
#include <cstdlib>
#include <fstream>
#include <vector>

#include "algorithms/plan.h"
#include "dispatch/isa.h"
#include "refused.h"

using namespace conv4j_tests;

namespace {

constexpr conv4j_conv2d kConvolution = {1, 4, 6, 7, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};

#if defined(__x86_64__)
const std::vector<std::string> kNames = {"scalar", "avx2", "avx512"};
const std::vector<std::vector<std::string>> kFlags = {
    {}, {"avx2", "fma"}, {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"}};
#elif defined(__aarch64__)
const std::vector<std::string> kNames = {"scalar", "neon"};
const std::vector<std::vector<std::string>> kFlags = {{}, {}};
#endif

// What Linux says this CPU has, asked for independently of the library.
bool cpu_has(const std::vector<std::string>& flags) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.compare(0, 5, "flags") != 0) {
  }
  line += ' ';
  for (const std::string& flag : flags) {
    if (line.find(' ' + flag + ' ') == std::string::npos) return false;
  }
  return true;
}

conv4j_status create(const char* isa, conv4j_plan** plan) {
  const conv4j_options options = {CONV4J_FORWARD, 0, 0, 0, 0};
  return conv4j_conv2d_create(&kConvolution, &options, nullptr, isa, plan);
}

// A plan for this request reports the set and holds its kernels.
void check_plan(const char* request, const std::string& expected) {
  replay("a plan for %s", request != nullptr ? request : "the default");
  conv4j_plan* plan = nullptr;
  if (!CHECK_EQ(CONV4J_OK, create(request, &plan))) return;
  CHECK_EQ(expected, std::string(conv4j_plan_isa(plan)));
  CHECK(plan->kernels == &plan->isa->table);
  CHECK_EQ(expected, std::string(plan->isa->name));
  conv4j_plan_destroy(plan);
}

std::string check_sets() {
  std::string best;
  CHECK_EQ(static_cast<int64_t>(kNames.size()), conv4j_isa_count());
  for (size_t i = 0; i < kNames.size(); ++i) {
    replay("%s", kNames[i].c_str());
    const auto index = static_cast<int64_t>(i);
    CHECK_EQ(kNames[i], std::string(conv4j_isa_name(index)));
    const bool has = cpu_has(kFlags[i]);
    CHECK_EQ(int64_t{has ? 1 : 0}, conv4j_isa_supported(index));
    conv4j_plan* plan = nullptr;
    if (has) {
      best = kNames[i];
      check_plan(kNames[i].c_str(), kNames[i]);
    } else {
      printf("this CPU does not run %s\n", kNames[i].c_str());
      UNSUPPORTED(kNames[i].c_str(), create(kNames[i].c_str(), &plan));
      UNSUPPORTED(kNames[i].c_str(), conv4j_isa_select(kNames[i].c_str()));
    }
  }
  return best;
}

// No kernel of one set is another set's, and a set that this CPU does not run holds the scalar
// kernels: the code that would fill it is made of the very instructions that the CPU lacks.
void check_tables() {
  const conv4j::KernelTable& scalar = conv4j::isa_at(0).table;
  for (int64_t i = 1; i < conv4j::isa_count(); ++i) {
    const bool runs = conv4j::isa_supported(i);
    const conv4j::KernelTable& wide = conv4j::isa_at(i).table;
    for (int64_t j = 0; j < i; ++j) {
      if (runs && !conv4j::isa_supported(j)) continue;
      const conv4j::KernelTable& plain = runs ? conv4j::isa_at(j).table : scalar;
#define CONV4J_COMPARE(kernel, result, parameters)                                    \
  replay("%s of %s and %s", #kernel, conv4j::isa_at(i).name, conv4j::isa_at(j).name); \
  CHECK(wide.kernel != nullptr && (wide.kernel != plain.kernel) == runs);
      CONV4J_FOR_EACH_KERNEL(CONV4J_COMPARE)
#undef CONV4J_COMPARE
      CHECK(runs ? wide.lanes > plain.lanes : wide.lanes == plain.lanes);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  begin();
  const std::string expected = argc > 1 ? argv[1] : "";
  const char* forced = std::getenv("CONV4J_ISA");
  replay("CONV4J_ISA '%s', expecting '%s'", forced != nullptr ? forced : "", expected.c_str());
  CHECK_EQ(expected.empty(), forced == nullptr || forced[0] == '\0');
  check_tables();
  const std::string best = check_sets();
  conv4j_plan* plan = nullptr;
  if (expected.empty()) {
    CHECK_EQ(CONV4J_OK, conv4j_isa_check());
    CHECK_EQ(best, std::string(conv4j_isa_default()));
    check_plan(nullptr, best);
  } else if (expected == "refused") {
    const std::string sentence = std::string("no instruction set is named '") + forced + "'";
    REFUSED(sentence.c_str(), conv4j_isa_check());
    REFUSED(sentence.c_str(), create(nullptr, &plan));
    CHECK_EQ(best, std::string(conv4j_isa_default()));
  } else if (conv4j_isa_check() == CONV4J_UNSUPPORTED) {
    printf("skipped: %s\n", conv4j_error());
    UNSUPPORTED(expected.c_str(), create(nullptr, &plan));
    return finish() == 0 ? kSkipped : 1;
  } else {
    CHECK_EQ(CONV4J_OK, conv4j_isa_check());
    CHECK_EQ(expected, std::string(conv4j_isa_default()));
    check_plan(nullptr, expected);
  }
  // conv4j_isa_select comes before the environment, and a refusal changes nothing.
  CHECK_EQ(CONV4J_OK, conv4j_isa_select("scalar"));
  check_plan(nullptr, "scalar");
  REFUSED("no instruction set is named 'nonsense'", conv4j_isa_select("nonsense"));
  CHECK_EQ("scalar", conv4j_isa_default());
  CHECK_EQ(CONV4J_OK, conv4j_isa_select(best.c_str()));
  check_plan(nullptr, best);
  return finish();
}
