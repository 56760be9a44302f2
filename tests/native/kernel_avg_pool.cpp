// The kernels of average and adaptive pooling between guard pages.
#include <cmath>
#include <limits>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::AverageRow;
using conv4j::Ranges;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

Guarded x_memory, divisors_memory, offsets_memory, ends_memory, out_memory, column_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// Whole numbers that are not zero, of either sign.
std::vector<float> some_divisors(Random* random, int64_t count) {
  std::vector<float> divisors(at(count));
  for (float& divisor : divisors) {
    divisor = static_cast<float>(random->between(1, 9) * (random->one_in(4) ? -1 : 1));
  }
  return divisors;
}

double quotient(double sum, float divisor) {
  return static_cast<double>(static_cast<float>(sum) / divisor);
}

// The averages as expected, and no zero among them negative.
void check_averages(const std::vector<double>& expected, const float* out) {
  check_all("out", expected, out);
  bool positive = true;
  for (size_t i = 0; i < expected.size(); ++i) {
    positive = positive && !(out[i] == 0.0F && std::signbit(out[i]));
  }
  CHECK(positive);
}

// Ranges of a row of so many pixels: all lengths from 1 (or 0) to the whole, anywhere.
struct SomeRanges {
  std::vector<int64_t> begins, ends;

  SomeRanges(Random* random, int64_t pixels, int64_t count, int64_t shortest) {
    for (int64_t i = 0; i < count; ++i) {
      const int64_t length = i == 0 ? pixels : random->between(shortest, pixels);
      begins.push_back(random->between(0, pixels - length));
      ends.push_back(begins.back() + length);
    }
  }

  Ranges guarded(const float* x, Side side) const {
    const auto count = static_cast<int64_t>(begins.size());
    return {x, offsets_memory.copy(begins.data(), count, side),
            ends_memory.copy(ends.data(), count, side), count};
  }
};

void run_range_max(KernelSetting& s, int64_t pixels, bool with_columns) {
  replay("range_max_f32, lanes %ld, %s: pixels %ld, columns %d", static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(pixels), with_columns ? 1 : 0);
  std::vector<float> x(at(pixels));
  const int64_t rare = s.random.between(2, 40);
  for (float& value : x) {
    value = s.random.one_in(rare) ? kNan
            : s.random.one_in(2)  ? kMinusInfinity
                                  : static_cast<float>(s.random.between(-1, 1));
  }
  const SomeRanges ranges(&s.random, pixels, 7, 1);
  const Ranges row = ranges.guarded(x_memory.copy(x.data(), pixels, s.side), s.side);
  float* value = out_memory.place<float>(row.columns, s.side);
  int32_t* column = with_columns ? column_memory.place<int32_t>(row.columns, s.side) : nullptr;
  s.kernels.range_max_f32(row, value, column);
  std::vector<double> expected, expected_columns;
  for (size_t i = 0; i < ranges.begins.size(); ++i) {
    float best = kMinusInfinity;
    int64_t where = -1;
    for (int64_t j = ranges.begins[i]; j < ranges.ends[i]; ++j) {
      if (x[at(j)] > best || x[at(j)] != x[at(j)]) {
        best = x[at(j)];
        where = j;
      }
    }
    expected.push_back(static_cast<double>(best));
    expected_columns.push_back(static_cast<double>(where));
  }
  check_all("value", expected, value);
  if (with_columns) check_all("column", expected_columns, column);
  CHECK(out_memory.intact() && (!with_columns || column_memory.intact()));
}

}  // namespace

void test_sum_rows_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    for (int64_t count = 0; count <= 5; ++count) {
      replay("sum_rows_f32, lanes %ld, %s: columns %ld rows %ld",
             static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(columns),
             static_cast<long>(count));
      const int64_t distance = columns + 3;
      const int64_t size = count > 0 ? (count - 1) * distance + columns : 0;
      std::vector<float> rows = s.random.integers(size);
      if (size > 0) rows[at(s.random.between(0, columns - 1))] = kNan;  // stays in its column
      std::vector<double> expected(at(columns));
      for (int64_t r = 0; r < count; ++r) {
        for (int64_t i = 0; i < columns; ++i) {
          expected[at(i)] += static_cast<double>(rows[at(r * distance + i)]);
        }
      }
      float* out = out_memory.place<float>(columns, s.side);
      s.kernels.sum_rows_f32(x_memory.copy(rows.data(), size, s.side), distance, count, columns,
                             out);
      check_all("out", expected, out);
      CHECK(out_memory.intact());
    }
  }
}

void test_average_row_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    for (int64_t taps = 1; taps <= 5; ++taps) {
      replay("average_row_f32, lanes %ld, %s: columns %ld taps %ld",
             static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(columns),
             static_cast<long>(taps));
      const int64_t length = columns + 2;
      const int64_t size = (taps - 1) * length + columns;
      const std::vector<float> phases = s.random.integers(size);
      const std::vector<float> divisors = some_divisors(&s.random, columns);
      std::vector<int64_t> offsets;
      for (int64_t t = 0; t < taps; ++t) offsets.push_back((taps - 1 - t) * length);
      std::vector<double> expected;
      for (int64_t i = 0; i < columns; ++i) {
        double sum = 0;
        for (const int64_t offset : offsets) sum += static_cast<double>(phases[at(offset + i)]);
        expected.push_back(quotient(sum, divisors[at(i)]));
      }
      float* out = out_memory.place<float>(columns, s.side);
      const AverageRow row = {x_memory.copy(phases.data(), size, s.side),
                              offsets_memory.copy(offsets.data(), taps, s.side),
                              taps,
                              columns,
                              divisors_memory.copy(divisors.data(), columns, s.side),
                              out};
      s.kernels.average_row_f32(row);
      check_averages(expected, out);
      CHECK(out_memory.intact());
    }
  }
}

void test_add_quotients_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    replay("add_quotients_f32, lanes %ld, %s: count %ld", static_cast<long>(s.kernels.lanes),
           name_of(s.side), static_cast<long>(count));
    const std::vector<float> divisors = some_divisors(&s.random, count);
    const std::vector<float> y = s.random.integers(count);
    std::vector<float> x = s.random.integers(count);
    std::vector<double> expected;
    for (int64_t i = 0; i < count; ++i) {
      expected.push_back(static_cast<double>(y[at(i)] + x[at(i)]));
      x[at(i)] *= divisors[at(i)];  // so that every quotient is exact
    }
    float* out = out_memory.copy(y.data(), count, s.side);
    s.kernels.add_quotients_f32(x_memory.copy(x.data(), count, s.side),
                                divisors_memory.copy(divisors.data(), count, s.side), out, count);
    check_all("y", expected, out);
    CHECK(out_memory.intact());
  }
}

void test_range_sums_f32(KernelSetting& s) {
  for (const int64_t pixels : kCounts) {
    for (const bool divided : {false, true}) {
      replay("range_sums_f32, lanes %ld, %s: pixels %ld, divided %d",
             static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(pixels),
             divided ? 1 : 0);
      std::vector<float> x = s.random.integers(pixels);
      if (s.random.one_in(2)) x[at(s.random.between(0, pixels - 1))] = kNan;
      const SomeRanges ranges(&s.random, pixels, 7, 0);
      const Ranges row = ranges.guarded(x_memory.copy(x.data(), pixels, s.side), s.side);
      const std::vector<float> divisors = some_divisors(&s.random, row.columns);
      std::vector<double> expected;
      for (size_t i = 0; i < ranges.begins.size(); ++i) {
        double sum = 0;
        for (int64_t j = ranges.begins[i]; j < ranges.ends[i]; ++j) {
          sum += static_cast<double>(x[at(j)]);
        }
        expected.push_back(divided ? quotient(sum, divisors[i]) : sum);
      }
      float* out = out_memory.place<float>(row.columns, s.side);
      s.kernels.range_sums_f32(
          row, divided ? divisors_memory.copy(divisors.data(), row.columns, s.side) : nullptr, out);
      check_averages(expected, out);
      CHECK(out_memory.intact());
    }
  }
}

void test_range_max_f32(KernelSetting& s) {
  for (const int64_t pixels : kCounts) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      run_range_max(s, pixels, true);
      run_range_max(s, pixels, false);
    }
  }
}

}  // namespace conv4j_tests
