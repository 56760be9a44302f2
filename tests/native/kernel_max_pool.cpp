// The kernels of max and min pooling between guard pages, with ties, NaN, infinities and empty
// windows.
#include <limits>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::MaxColumn;
using conv4j::MaxRow;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

Guarded values_memory, taps_memory, offsets_memory, dst_memory, tap_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// Few different values, so that there are ties; now and then NaN or the value that wins over none.
std::vector<float> pixels(Random* random, int64_t count, float worst) {
  std::vector<float> values(at(count));
  for (float& value : values) {
    value = random->one_in(8)   ? kNan
            : random->one_in(3) ? worst
                                : static_cast<float>(random->between(-2, 2));
  }
  return values;
}

bool better(float x, float best, bool least) { return (least ? x < best : x > best) || x != x; }

void run_row(KernelSetting& s, int64_t columns, int64_t taps, bool with_taps, bool least) {
  replay("max_row_f32, lanes %ld, %s: columns %ld taps %ld, numbered %d, least %d",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(columns),
         static_cast<long>(taps), with_taps ? 1 : 0, least ? 1 : 0);
  const float worst = least ? -kMinusInfinity : kMinusInfinity;
  const int64_t length = columns + 2;
  const int64_t size = (taps - 1) * length + columns;
  const std::vector<float> phases = pixels(&s.random, size, worst);
  std::vector<int64_t> offsets;
  for (int64_t t = 0; t < taps; ++t) offsets.push_back((taps - 1 - t) * length);
  float* value = dst_memory.place<float>(columns, s.side);
  int32_t* tap = with_taps ? tap_memory.place<int32_t>(columns, s.side) : nullptr;
  const MaxRow row = {values_memory.copy(phases.data(), size, s.side),
                      offsets_memory.copy(offsets.data(), taps, s.side),
                      taps,
                      columns,
                      value,
                      tap,
                      least};
  s.kernels.max_row_f32(row);
  std::vector<double> expected, expected_taps;
  for (int64_t i = 0; i < columns; ++i) {
    float best = worst;
    int64_t winner = -1;
    for (int64_t t = 0; t < taps; ++t) {
      const float x = phases[at(offsets[at(t)] + i)];
      if (better(x, best, least)) {
        best = x;
        winner = t;
      }
    }
    expected.push_back(static_cast<double>(best));
    expected_taps.push_back(static_cast<double>(winner));
  }
  check_all("value", expected, value);
  if (with_taps) check_all("tap", expected_taps, tap);
  CHECK(dst_memory.intact() && (!with_taps || tap_memory.intact()));
}

void run_column(KernelSetting& s, int64_t columns, int64_t rows, bool with_taps, bool least) {
  replay("max_column_f32, lanes %ld, %s: columns %ld rows %ld, numbered %d, least %d",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(columns),
         static_cast<long>(rows), with_taps ? 1 : 0, least ? 1 : 0);
  const float worst = least ? -kMinusInfinity : kMinusInfinity;
  const int64_t distance = columns + 3;
  const int64_t size = rows > 0 ? (rows - 1) * distance + columns : 0;
  const std::vector<float> values = pixels(&s.random, size, worst);
  std::vector<int32_t> taps;
  for (const float value : values) {
    taps.push_back(value == worst ? -1 : static_cast<int32_t>(s.random.between(0, 6)));
  }
  MaxColumn column = {};
  column.values = values_memory.copy(values.data(), size, s.side);
  column.taps = with_taps ? taps_memory.copy(taps.data(), size, s.side) : nullptr;
  column.row_distance = distance;
  column.rows = rows;
  column.first_tap = 14;
  column.tap_step = 7;
  column.columns = columns;
  column.dst = dst_memory.place<float>(columns, s.side);
  column.tap = with_taps ? tap_memory.place<int32_t>(columns, s.side) : nullptr;
  column.least = least;
  const int complete = s.kernels.max_column_f32(column);
  std::vector<double> expected, expected_taps;
  bool has_all = true;
  for (int64_t i = 0; i < columns; ++i) {
    float best = worst;
    int64_t winner = -1;
    for (int64_t r = 0; r < rows; ++r) {
      const float x = values[at(r * distance + i)];
      if (better(x, best, least)) {
        best = x;
        winner = 14 + 7 * r + taps[at(r * distance + i)];
      }
    }
    expected.push_back(static_cast<double>(best));
    expected_taps.push_back(static_cast<double>(winner));
    if (winner < 0) has_all = false;
  }
  check_all("dst", expected, column.dst);
  if (with_taps) check_all("tap", expected_taps, column.tap);
  CHECK_EQ(with_taps && !has_all ? 0 : 1, complete);
  CHECK(dst_memory.intact() && (!with_taps || tap_memory.intact()));
}

int64_t largest_tap(int64_t size) {
  return size == 1 ? 0xFE : size == 2 ? 0xFFFE : std::numeric_limits<int32_t>::max();
}

std::vector<int32_t> some_taps(Random* random, int64_t count, int64_t size) {
  std::vector<int32_t> taps(at(count));
  for (int32_t& tap : taps) {
    tap = random->one_in(4) ? -1 : static_cast<int32_t>(random->between(0, largest_tap(size)));
  }
  taps[at(random->between(0, count - 1))] = static_cast<int32_t>(largest_tap(size));
  return taps;
}

void set_bytes(unsigned char* to, int64_t value, int64_t size) {
  for (int64_t b = 0; b < size; ++b) {
    to[b] = static_cast<unsigned char>(static_cast<uint64_t>(value) >> (8 * b));
  }
}

}  // namespace

void test_max_row_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    for (int64_t taps = 1; taps <= 5; ++taps) {
      for (const bool least : {false, true}) {
        run_row(s, columns, taps, true, least);
        run_row(s, columns, taps, false, least);
      }
    }
  }
}

void test_max_column_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    for (int64_t rows = 0; rows <= 6; ++rows) {
      for (const bool least : {false, true}) {
        run_column(s, columns, rows, true, least);
        run_column(s, columns, rows, false, least);
      }
    }
  }
}

void test_narrow_taps(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const int64_t size : {1, 2, 4}) {
      replay("narrow_taps, %s: count %ld size %ld", name_of(s.side), static_cast<long>(count),
             static_cast<long>(size));
      const std::vector<int32_t> taps = some_taps(&s.random, count, size);
      std::vector<double> expected(at(count * size));
      for (int64_t i = 0; i < count; ++i) {
        unsigned char bytes[4];
        set_bytes(bytes, taps[at(i)], size);
        for (int64_t b = 0; b < size; ++b) {
          expected[at(i * size + b)] = static_cast<double>(bytes[b]);
        }
      }
      void* out = dst_memory.place_bytes(count * size, s.side, size);
      s.kernels.narrow_taps(taps_memory.copy(taps.data(), count, s.side), count, size, out);
      check_all("out", expected, static_cast<const unsigned char*>(out));
      CHECK(dst_memory.intact());
    }
  }
}

void test_widen_taps(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const int64_t size : {1, 2, 4}) {
      replay("widen_taps, %s: count %ld size %ld", name_of(s.side), static_cast<long>(count),
             static_cast<long>(size));
      const std::vector<int32_t> taps = some_taps(&s.random, count, size);
      auto* bytes =
          static_cast<unsigned char*>(taps_memory.place_bytes(count * size, s.side, size));
      for (int64_t i = 0; i < count; ++i) set_bytes(bytes + i * size, taps[at(i)], size);
      int32_t* out = tap_memory.place<int32_t>(count, s.side);
      s.kernels.widen_taps(bytes, count, size, out);
      check_all("out", std::vector<double>(taps.begin(), taps.end()), out);
      CHECK(tap_memory.intact());
    }
  }
}

void test_add_where_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const int32_t wanted : {-1, 0, 3}) {
      replay("add_where_f32, lanes %ld, %s: count %ld tap %d", static_cast<long>(s.kernels.lanes),
             name_of(s.side), static_cast<long>(count), wanted);
      std::vector<int32_t> taps;
      for (int64_t i = 0; i < count; ++i) {
        taps.push_back(static_cast<int32_t>(s.random.between(-1, 3)));
      }
      std::vector<float> x = s.random.integers(count);
      x[at(s.random.between(0, count - 1))] = kNan;  // reaches y only where it is chosen
      const std::vector<float> y = s.random.integers(count);
      std::vector<double> expected(y.begin(), y.end());
      for (int64_t i = 0; i < count; ++i) {
        if (taps[at(i)] == wanted) expected[at(i)] += static_cast<double>(x[at(i)]);
      }
      float* out = dst_memory.copy(y.data(), count, s.side);
      s.kernels.add_where_f32(taps_memory.copy(taps.data(), count, s.side), wanted,
                              values_memory.copy(x.data(), count, s.side), out, count);
      check_all("y", expected, out);
      CHECK(dst_memory.intact());
    }
  }
}

}  // namespace conv4j_tests
