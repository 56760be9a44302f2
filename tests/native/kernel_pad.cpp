// The kernels that pad rows and fold padded ones, between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::PadRow;

Guarded row_memory, padded_memory, sources_memory;

// Some columns around `inside` of a row of `width`, copied from anywhere, now and then a zero.
struct Case {
  int64_t width;
  PadRow columns;
  std::vector<int64_t> all;  // the source of every padded column
};

Case draw(KernelSetting& s, int64_t inside, int64_t before, int64_t after) {
  Case c = {};
  c.columns.before = before;
  c.columns.skip = s.random.between(0, 2);
  c.columns.inside = inside;
  c.columns.after = after;
  c.width = c.columns.skip + inside;
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < before + after; ++i) {
    sources.push_back(c.width == 0 || s.random.one_in(5) ? -1 : s.random.between(0, c.width - 1));
  }
  c.columns.sources = sources_memory.copy(sources.data(), before + after, s.side);
  c.all.assign(sources.begin(), sources.begin() + before);
  for (int64_t i = 0; i < inside; ++i) c.all.push_back(c.columns.skip + i);
  c.all.insert(c.all.end(), sources.begin() + before, sources.end());
  return c;
}

template <typename Test>
void for_each_case(KernelSetting& s, const char* kernel, const Test& test) {
  for (const int64_t inside : kCounts) {
    for (const int64_t before : {0, 1, 5}) {
      for (const int64_t after : {0, 2, 17}) {
        replay("%s, lanes %ld, %s: before %ld inside %ld after %ld", kernel,
               static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(before),
               static_cast<long>(inside), static_cast<long>(after));
        test(draw(s, inside, before, after));
      }
    }
  }
  test(draw(s, 0, 3, 4));
}

}  // namespace

void test_pad_row_f32(KernelSetting& s) {
  for_each_case(s, "pad_row_f32", [&](const Case& c) {
    const std::vector<float> row = s.random.integers(c.width);
    std::vector<double> expected;
    for (const int64_t source : c.all) {
      expected.push_back(source < 0 ? 0.0 : static_cast<double>(row[static_cast<size_t>(source)]));
    }
    float* out = padded_memory.place<float>(static_cast<int64_t>(c.all.size()), s.side);
    s.kernels.pad_row_f32(c.columns, row_memory.copy(row.data(), c.width, s.side), out);
    check_all("out", expected, out);
    CHECK(padded_memory.intact());
  });
}

void test_fold_row_f32(KernelSetting& s) {
  for_each_case(s, "fold_row_f32", [&](const Case& c) {
    const std::vector<float> row = s.random.integers(c.width);
    const std::vector<float> x = s.random.integers(static_cast<int64_t>(c.all.size()));
    std::vector<double> expected(row.begin(), row.end());
    for (size_t i = 0; i < c.all.size(); ++i) {
      if (c.all[i] >= 0) expected[static_cast<size_t>(c.all[i])] += static_cast<double>(x[i]);
    }
    float* out = row_memory.copy(row.data(), c.width, s.side);
    const float* from = padded_memory.copy(x.data(), static_cast<int64_t>(x.size()), s.side);
    s.kernels.fold_row_f32(c.columns, from, out);
    check_all("row", expected, out);
    CHECK(row_memory.intact());
  });
}

}  // namespace conv4j_tests
