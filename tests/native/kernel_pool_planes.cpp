// The kernels that pool whole planes, forward and backward, between guard pages: strips of rows,
// several planes one by one or each in a lane, padding, ends of rows that no window covers, and
// windows of nothing but -infinity.
#include <algorithm>
#include <limits>
#include <utility>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::AverageBlock;
using conv4j::AverageWindows;
using conv4j::MaxBlock;
using conv4j::MaxGradient;
using conv4j::MaxGradientBlock;
using conv4j::MaxWindows;
using conv4j::PoolBlock;
using conv4j::PoolPlane;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
constexpr int64_t kPlanes = 3;
constexpr uint8_t kNone = 0xFF;

Guarded from_memory, offsets_memory, values_memory, taps_memory, rows_memory, columns_memory,
    to_memory, row_table_memory, column_table_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// A plane, and the rows [first, end) of the result that are asked for.
struct Strip {
  PoolPlane p;
  int64_t planes, first, end;

  int64_t inputs() const { return planes * p.ih * p.iw; }
  int64_t outputs() const { return planes * p.oh * p.ow; }
};

// f(plane, oh, ow, first tap's row, its column) for every window.
template <typename Function>
void for_each_window(const Strip& s, const Function& f) {
  for (int64_t plane = 0; plane < s.planes; ++plane) {
    for (int64_t oh = 0; oh < s.p.oh; ++oh) {
      for (int64_t ow = 0; ow < s.p.ow; ++ow) {
        f((plane * s.p.oh + oh) * s.p.ow + ow, oh, plane * s.p.ih * s.p.iw, oh * s.p.sh - s.p.pt,
          ow * s.p.sw - s.p.pl);
      }
    }
  }
}

// f(kh * kw + kw, where in the plane) for every tap of a window inside the plane.
template <typename Function>
void for_each_tap(const PoolPlane& p, int64_t row, int64_t column, const Function& f) {
  for (int64_t kh = 0; kh < p.kh; ++kh) {
    for (int64_t kw = 0; kw < p.kw; ++kw) {
      if (row + kh < 0 || row + kh >= p.ih || column + kw < 0 || column + kw >= p.iw) continue;
      f(kh * p.kw + kw, (row + kh) * p.iw + column + kw);
    }
  }
}

// Whether a kernel takes strips of rows, or all rows of up to as many planes as there are lanes.
enum class Takes { kStrips, kBlocks };

// Calls run with some planes: all their rows, and a strip of one of them.
template <typename Function>
void run_strips(KernelSetting& s, const char* kernel, Takes takes, bool forward, const PoolPlane& p,
                const Function& run) {
  const int64_t rows = forward ? p.oh : p.ih;
  const int64_t first = s.random.between(0, rows - 1);
  std::vector<Strip> strips = {{p, kPlanes, 0, rows},
                               {p, 1, first, s.random.between(first + 1, rows)}};
  if (takes == Takes::kBlocks) {
    const int64_t all = std::max(p.ih, p.oh);
    strips = {{p, s.kernels.lanes, 0, all}, {p, s.random.between(1, s.kernels.lanes), 0, all}};
  }
  for (const Strip& strip : strips) {
    replay(
        "%s, lanes %ld, %s: planes %ld of %ldx%ld to %ldx%ld, window %ldx%ld, stride "
        "%ldx%ld, padding %ld %ld, rows %ld to %ld",
        kernel, static_cast<long>(s.kernels.lanes), name_of(s.side),
        static_cast<long>(strip.planes), static_cast<long>(p.ih), static_cast<long>(p.iw),
        static_cast<long>(p.oh), static_cast<long>(p.ow), static_cast<long>(p.kh),
        static_cast<long>(p.kw), static_cast<long>(p.sh), static_cast<long>(p.sw),
        static_cast<long>(p.pt), static_cast<long>(p.pl), static_cast<long>(strip.first),
        static_cast<long>(strip.end));
    run(strip);
  }
}

// Calls run with planes of every width in kCounts, windows of several sizes, strides of 1 and 2,
// and of 3 for blocks; and with planes of so many rows that kernels take them piece by piece.
template <typename Function>
void for_each_strip(KernelSetting& s, const char* kernel, Takes takes, bool forward,
                    const Function& run) {
  constexpr int64_t kWindows[][2] = {{1, 1}, {2, 2}, {3, 3}, {2, 3}, {4, 1}, {5, 4}, {3, 7}};
  for (const int64_t width : kCounts) {
    for (const auto& window : kWindows) {
      for (int64_t sw = 1; sw <= (takes == Takes::kBlocks ? 3 : 2); ++sw) {
        PoolPlane p = {};
        p.iw = width;
        p.kh = window[0];
        p.kw = window[1];
        p.sh = s.random.one_in(2) ? sw : s.random.between(1, 3);
        p.sw = sw;
        p.pt = s.random.between(0, p.kh / 2);
        p.pl = s.random.between(0, p.kw / 2);
        const int64_t right = s.random.between(0, p.kw / 2);
        if (p.iw + p.pl + right < p.kw) continue;
        p.ow = (p.iw + p.pl + right - p.kw) / sw + 1;
        p.ih = p.kh + s.random.between(0, 5);
        p.oh = (p.ih + p.pt + s.random.between(0, p.kh / 2) - p.kh) / p.sh + 1;
        run_strips(s, kernel, takes, forward, p, run);
      }
    }
  }
  if (takes == Takes::kBlocks) return;
  constexpr int64_t kTall[][2] = {{130, 70}, {600, 7}};
  for (const auto& extents : kTall) {
    for (const int64_t size : {2, 3}) {
      for (const int64_t stride : {1, 2}) {
        PoolPlane p = {};
        p.ih = extents[0];
        p.iw = extents[1];
        p.kh = p.kw = size;
        p.sh = p.sw = stride;
        p.pt = s.random.between(0, 1);
        p.pl = 1;
        p.oh = (p.ih + p.pt - size) / stride + 1;
        p.ow = (p.iw + p.pl + s.random.between(0, 1) - size) / stride + 1;
        run_strips(s, kernel, takes, forward, p, run);
      }
    }
  }
}

// Rows [first, end) of `columns` each, of `rows` a plane: what was not asked for keeps the guard's
// pattern, which a NaN stands for (bytes: 0xFF).
template <typename T>
void forget_others(const Strip& s, int64_t rows, int64_t columns, T pattern,
                   std::vector<T>* values) {
  for (int64_t i = 0; i < static_cast<int64_t>(values->size()); ++i) {
    const int64_t row = i / columns % rows;
    if (row < s.first || row >= s.end) (*values)[at(i)] = pattern;
  }
}

int64_t round_up(int64_t count, int64_t to) { return (count + to - 1) / to * to; }

// Windows along one axis, and the tables that blocks have of them.
struct Axis {
  int64_t extent, outputs, kernel, stride, begin;

  // Of every window, the pixels inside the plane and the tap that is the first of them.
  std::vector<int64_t> windows() const {
    std::vector<int64_t> table(at(3 * outputs));
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t start = o * stride - begin;
      table[at(o)] = std::max<int64_t>(start, 0);
      table[at(outputs + o)] = std::min(start + kernel, extent);
      table[at(2 * outputs + o)] = std::max<int64_t>(-start, 0);
    }
    return table;
  }
  // Of every pixel, the windows that hold it.
  std::vector<int64_t> pixels() const {
    std::vector<int64_t> table(at(2 * extent));
    for (int64_t i = 0; i < extent; ++i) {
      int64_t first = 0;
      while (first < outputs && first * stride - begin + kernel <= i) ++first;
      int64_t end = first;
      while (end < outputs && end * stride - begin <= i) ++end;
      table[at(i)] = first;
      table[at(extent + i)] = end;
    }
    return table;
  }
};

PoolBlock block_of(KernelSetting& s, const Strip& strip, bool forward, int64_t scratch) {
  const PoolPlane& p = strip.p;
  const Axis h = {p.ih, p.oh, p.kh, p.sh, p.pt};
  const Axis w = {p.iw, p.ow, p.kw, p.sw, p.pl};
  const auto table = [&](Guarded* memory, const Axis& axis) {
    const std::vector<int64_t> values = forward ? axis.windows() : axis.pixels();
    return memory->copy(values.data(), static_cast<int64_t>(values.size()), s.side);
  };
  PoolBlock block = {};
  block.plane = p;
  block.planes = strip.planes;
  block.rows = table(&row_table_memory, h);
  block.columns = table(&column_table_memory, w);
  block.scratch = values_memory.place<float>(scratch * s.kernels.lanes, s.side);
  return block;
}

int64_t larger_plane(const PoolPlane& p) { return std::max(p.ih * p.iw, p.oh * p.ow); }

void run_max(KernelSetting& s, const Strip& strip, Takes takes, bool least, bool with_offsets) {
  const PoolPlane& p = strip.p;
  const float worst = least ? -kMinusInfinity : kMinusInfinity;
  std::vector<float> src(at(strip.inputs()));
  const int64_t rare = s.random.between(1, 4);  // 1: nothing but what wins over none
  for (float& x : src) {
    x = s.random.one_in(rare) ? worst
        : s.random.one_in(9)  ? kNan
                              : static_cast<float>(s.random.between(-2, 2));
  }
  std::vector<double> best(at(strip.outputs()));
  std::vector<double> taps(at(strip.outputs()), -1.0);
  for_each_window(strip, [&](int64_t to, int64_t, int64_t plane, int64_t row, int64_t column) {
    for_each_tap(p, row, column, [&](int64_t tap, int64_t from) {
      const float x = src[at(plane + from)];
      const auto value = static_cast<double>(x);
      const bool wins = (least ? value < best[at(to)] : value > best[at(to)]) || x != x;
      if (taps[at(to)] >= 0 && !wins) return;
      best[at(to)] = value;
      taps[at(to)] = static_cast<double>(tap);
    });
  });
  forget_others(strip, p.oh, p.ow, static_cast<double>(kNan), &best);
  forget_others(strip, p.oh, p.ow, static_cast<double>(kNone), &taps);
  if (takes == Takes::kBlocks) {
    const int64_t bytes = p.ih * p.ow + p.oh * p.ow;
    MaxBlock m = {};
    m.pool = block_of(s, strip, true, larger_plane(p) + p.ih * p.ow + (bytes + 3) / 4);
    m.pool.from = from_memory.copy(src.data(), strip.inputs(), s.side);
    m.pool.to = to_memory.place<float>(strip.outputs(), s.side);
    if (with_offsets) m.offsets = offsets_memory.place<uint8_t>(strip.outputs(), s.side);
    m.least = least;
    s.kernels.max_block_f32(m);
    check_all("dst", best, m.pool.to);
    CHECK(to_memory.intact() && values_memory.intact());
    if (!with_offsets) return;
    check_all("offsets", taps, m.offsets);
    CHECK(offsets_memory.intact());
    return;
  }
  MaxWindows w = {};
  w.plane = p;
  w.planes = strip.planes;
  w.src = from_memory.copy(src.data(), strip.inputs(), s.side);
  w.first = strip.first;
  w.end = strip.end;
  w.distance = round_up(p.ow, s.kernels.lanes);
  w.ring = 1;
  while (w.ring < p.kh) w.ring *= 2;
  if (s.random.one_in(2)) w.ring *= 4;
  w.values = values_memory.place<float>(w.ring * w.distance, s.side);
  w.taps = taps_memory.place<uint8_t>(w.ring * w.distance, s.side);
  w.dst = to_memory.place<float>(strip.outputs(), s.side);
  if (with_offsets) w.offsets = offsets_memory.place<uint8_t>(strip.outputs(), s.side);
  w.least = least;
  s.kernels.max_windows_f32(w);
  check_all("dst", best, w.dst);
  CHECK(to_memory.intact() && values_memory.intact() && taps_memory.intact());
  if (!with_offsets) return;
  check_all("offsets", taps, w.offsets);
  CHECK(offsets_memory.intact());
}

void run_max_gradient(KernelSetting& s, const Strip& strip, Takes takes) {
  const PoolPlane& p = strip.p;
  std::vector<float> diff_dst = s.random.integers(strip.outputs());
  diff_dst[at(s.random.between(0, strip.outputs() - 1))] = kNan;  // stays where it was chosen
  std::vector<uint8_t> offsets(at(strip.outputs()));
  std::vector<double> expected(at(strip.inputs()));
  for_each_window(strip, [&](int64_t from, int64_t, int64_t plane, int64_t row, int64_t column) {
    std::vector<std::pair<int64_t, int64_t>> taps;
    for_each_tap(p, row, column,
                 [&](int64_t tap, int64_t to) { taps.emplace_back(tap, plane + to); });
    const auto& chosen = taps[at(s.random.between(0, static_cast<int64_t>(taps.size()) - 1))];
    offsets[at(from)] = static_cast<uint8_t>(chosen.first);
    expected[at(chosen.second)] += static_cast<double>(diff_dst[at(from)]);
  });
  forget_others(strip, p.ih, p.iw, static_cast<double>(kNan), &expected);
  if (takes == Takes::kBlocks) {
    MaxGradientBlock m = {};
    m.pool = block_of(s, strip, false, p.ih * p.iw + 2 * p.oh * p.ow);
    m.pool.from = from_memory.copy(diff_dst.data(), strip.outputs(), s.side);
    m.pool.to = to_memory.place<float>(strip.inputs(), s.side);
    // More may be readable than belongs to the planes; what that holds must not matter.
    const int64_t more = s.random.between(0, 1) * s.random.between(1, 200);
    m.readable = strip.outputs() + more;
    offsets.resize(at(m.readable), 0);
    m.offsets = offsets_memory.copy(offsets.data(), m.readable, s.side);
    s.kernels.max_gradient_block_f32(m);
    check_all("diff_src", expected, m.pool.to);
    CHECK(to_memory.intact() && values_memory.intact());
    return;
  }
  MaxGradient g = {};
  g.plane = p;
  g.planes = strip.planes;
  g.diff_dst = from_memory.copy(diff_dst.data(), strip.outputs(), s.side);
  g.offsets = offsets_memory.copy(offsets.data(), strip.outputs(), s.side);
  g.first = strip.first;
  g.end = strip.end;
  g.diff_src = to_memory.place<float>(strip.inputs(), s.side);
  s.kernels.max_gradient_f32(g);
  check_all("diff_src", expected, g.diff_src);
  CHECK(to_memory.intact());
}

// Counts of rows or columns: powers of two, or any.
std::vector<float> some_counts(Random* random, int64_t count, bool powers) {
  std::vector<float> counts;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t any = random->between(1, 9);
    counts.push_back(static_cast<float>(powers ? 1 << any % 3 : any));
  }
  return counts;
}

void run_average(KernelSetting& s, const Strip& strip, Takes takes, bool forward, bool reciprocal) {
  const PoolPlane& p = strip.p;
  const std::vector<float> rows = some_counts(&s.random, p.oh, reciprocal);
  const std::vector<float> columns = some_counts(&s.random, p.ow, reciprocal);
  const auto divisor = [&](int64_t window) {
    return rows[at(window / p.ow % p.oh)] * columns[at(window % p.ow)];
  };
  std::vector<float> from = s.random.integers(forward ? strip.inputs() : strip.outputs());
  if (!forward) {  // so that every quotient is exact
    for (size_t i = 0; i < from.size(); ++i) from[i] *= divisor(static_cast<int64_t>(i));
  }
  from[at(s.random.between(0, static_cast<int64_t>(from.size()) - 1))] = kNan;
  std::vector<double> expected(at(forward ? strip.outputs() : strip.inputs()));
  for_each_window(strip, [&](int64_t window, int64_t, int64_t plane, int64_t row, int64_t column) {
    for_each_tap(p, row, column, [&](int64_t, int64_t pixel) {
      if (forward) {
        expected[at(window)] += static_cast<double>(from[at(plane + pixel)]);
      } else {
        expected[at(plane + pixel)] += static_cast<double>(from[at(window)] / divisor(window));
      }
    });
    if (!forward) return;
    const auto sum = static_cast<float>(expected[at(window)]);
    expected[at(window)] = static_cast<double>(sum / divisor(window));
  });
  forget_others(strip, forward ? p.oh : p.ih, forward ? p.ow : p.iw, static_cast<double>(kNan),
                &expected);
  const auto table = [&](Guarded* memory, std::vector<float> counts) {
    for (float& count : counts) count = reciprocal ? 1 / count : count;
    return memory->copy(counts.data(), static_cast<int64_t>(counts.size()), s.side);
  };
  if (takes == Takes::kBlocks) {
    AverageBlock b = {};
    b.pool = block_of(s, strip, forward, larger_plane(p) + (forward ? p.ih * p.ow : p.oh * p.iw));
    b.pool.from = from_memory.copy(from.data(), static_cast<int64_t>(from.size()), s.side);
    b.pool.to = to_memory.place<float>(static_cast<int64_t>(expected.size()), s.side);
    b.row_counts = table(&rows_memory, rows);
    b.column_counts = table(&columns_memory, columns);
    b.reciprocal = reciprocal;
    b.gradient = !forward;
    s.kernels.average_block_f32(b);
    check_all(forward ? "dst" : "diff_src", expected, b.pool.to);
    CHECK(to_memory.intact() && values_memory.intact());
    return;
  }
  AverageWindows a = {};
  a.plane = p;
  a.planes = strip.planes;
  a.row_counts = table(&rows_memory, rows);
  a.column_counts = table(&columns_memory, columns);
  a.reciprocal = reciprocal;
  a.from = from_memory.copy(from.data(), static_cast<int64_t>(from.size()), s.side);
  a.first = strip.first;
  a.end = strip.end;
  const int64_t lanes = s.kernels.lanes;
  const int64_t over = std::min((strip.end - strip.first + p.kh - 2) / p.sh + 1, p.oh);
  a.rows = forward ? s.random.between(1, 9) : over + 8;
  a.distance = forward ? std::max(round_up(p.ow, lanes) * p.sw + p.kw, p.pl + round_up(p.iw, lanes))
                       : (p.kw - 1) / p.sw + (p.pl + p.iw) / p.sw + lanes;
  a.scratch = values_memory.place<float>(a.rows * a.distance, s.side);
  a.to = to_memory.place<float>(static_cast<int64_t>(expected.size()), s.side);
  for (const bool by_columns : {false, true}) {
    a.by_columns = by_columns;
    (forward ? s.kernels.average_windows_f32 : s.kernels.average_gradient_f32)(a);
    check_all(forward ? "dst" : "diff_src", expected, a.to);
    CHECK(to_memory.intact() && values_memory.intact());
    if (!forward) break;
    a.to = to_memory.place<float>(static_cast<int64_t>(expected.size()), s.side);
  }
}

}  // namespace

void test_max_windows_f32(KernelSetting& s) {
  for_each_strip(s, "max_windows_f32", Takes::kStrips, true, [&](const Strip& strip) {
    const bool least = s.random.one_in(2);
    run_max(s, strip, Takes::kStrips, least, true);
    run_max(s, strip, Takes::kStrips, least, false);
  });
}

void test_max_block_f32(KernelSetting& s) {
  for_each_strip(s, "max_block_f32", Takes::kBlocks, true, [&](const Strip& strip) {
    run_max(s, strip, Takes::kBlocks, s.random.one_in(2), s.random.one_in(2));
  });
}

void test_max_gradient_f32(KernelSetting& s) {
  for_each_strip(s, "max_gradient_f32", Takes::kStrips, false,
                 [&](const Strip& strip) { run_max_gradient(s, strip, Takes::kStrips); });
}

void test_max_gradient_block_f32(KernelSetting& s) {
  for_each_strip(s, "max_gradient_block_f32", Takes::kBlocks, false,
                 [&](const Strip& strip) { run_max_gradient(s, strip, Takes::kBlocks); });
}

void test_average_windows_f32(KernelSetting& s) {
  for_each_strip(s, "average_windows_f32", Takes::kStrips, true, [&](const Strip& strip) {
    run_average(s, strip, Takes::kStrips, true, s.random.one_in(2));
  });
}

void test_average_gradient_f32(KernelSetting& s) {
  for_each_strip(s, "average_gradient_f32", Takes::kStrips, false, [&](const Strip& strip) {
    run_average(s, strip, Takes::kStrips, false, s.random.one_in(2));
  });
}

void test_average_block_f32(KernelSetting& s) {
  const bool forward = s.random.one_in(2);
  for_each_strip(s, "average_block_f32", Takes::kBlocks, true, [&](const Strip& strip) {
    run_average(s, strip, Takes::kBlocks, forward, s.random.one_in(2));
    run_average(s, strip, Takes::kBlocks, !forward, s.random.one_in(2));
  });
}

}  // namespace conv4j_tests
