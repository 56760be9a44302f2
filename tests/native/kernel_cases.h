// What the tests of the single kernels share: a case of the kernel list is one function
//   void test_<kernel>(KernelSetting& s)
// which compares the kernel with a plain computation in double, all operands between guard pages.
#ifndef CONV4J_TESTS_KERNEL_CASES_H
#define CONV4J_TESTS_KERNEL_CASES_H

#include <cmath>
#include <vector>

#include "check.h"
#include "guarded.h"
#include "kernels/kernel_list.h"
#include "random.h"

namespace conv4j_tests {

struct KernelSetting {
  const conv4j::KernelTable& kernels;
  Side side;
  Random random;
};

// Around one, two, three and four vectors of every width up to sixteen lanes.
inline constexpr int64_t kCounts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                      14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65};

#define CONV4J_DECLARE_TEST(name, result, parameters) void test_##name(KernelSetting& s);
CONV4J_FOR_EACH_KERNEL(CONV4J_DECLARE_TEST)
#undef CONV4J_DECLARE_TEST

// Equal as floats; two NaN are equal, and so are the two zeros.
template <typename T>
bool same_value(double expected, T found) {
  const auto value = static_cast<double>(found);
  return expected == value || (std::isnan(expected) && std::isnan(value));
}

// expected[i] against found[i]; a NaN in `expected` matches a NaN or the guard's pattern.
template <typename T>
void check_all(const char* what, const std::vector<double>& expected, const T* found) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (same_value(expected[i], found[i])) continue;
    printf("    %s[%zu] of %zu\n", what, i, expected.size());
    CHECK_EQ(expected[i], static_cast<double>(found[i]));
    return;
  }
  CHECK(true);
}

}  // namespace conv4j_tests

#endif
