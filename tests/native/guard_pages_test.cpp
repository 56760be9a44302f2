// Every kernel of the list, for every instruction set, on operands between guard pages.
#include <cstring>

#include "dispatch/isa.h"
#include "kernel_cases.h"

using namespace conv4j_tests;

namespace {

struct KernelTest {
  const char* kernel;
  void (*run)(KernelSetting& s);
};

// A kernel that has no test does not link.
constexpr KernelTest kTests[] = {
#define CONV4J_ENTRY(name, result, parameters) {#name, test_##name},
    CONV4J_FOR_EACH_KERNEL(CONV4J_ENTRY)
#undef CONV4J_ENTRY
};

#define CONV4J_ONE(name, result, parameters) +1
constexpr int kKernels = 0 CONV4J_FOR_EACH_KERNEL(CONV4J_ONE);
#undef CONV4J_ONE

// Kernels whose test has checked something, for one instruction set.
int run_all(const conv4j::Isa& isa) {
  int tested = 0;
  for (const KernelTest& test : kTests) {
    const long before = checks.load();
    for (const Side side : {Side::kEnd, Side::kBegin}) {
      KernelSetting setting = {isa.table, side, Random(1)};
      replay("%s, %s", test.kernel, isa.name);
      test.run(setting);
    }
    if (checks.load() > before) {
      ++tested;
    } else {
      printf("the test of %s checks nothing\n", test.kernel);
    }
  }
  return tested;
}

}  // namespace

int main() {
  begin();
  for (int64_t i = 0; i < conv4j::isa_count(); ++i) {
    const conv4j::Isa& isa = conv4j::isa_at(i);
    if (!conv4j::isa_supported(i)) {
      printf("skipped %s: this CPU does not run it\n", isa.name);
      continue;
    }
    const int tested = run_all(isa);
    replay("%s", isa.name);
    CHECK_EQ(kKernels, tested);
    printf("%s: %d kernels of %d\n", isa.name, tested, kKernels);
  }
  return finish();
}
