// A task is a strip of rows of one plane, of the result forward and of the image backward: every
// element is written by one task alone, in an order that follows from the geometry.
#include "algorithms/pad2d.h"

#include <cstring>

#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kStripElements = 16 << 10;

// Calls task(plane, first row, end) for strips of rows.
template <typename Task>
void for_each_strip(int64_t planes, int64_t rows, int64_t columns, int64_t threads,
                    const Task& task) {
  const int64_t strip = ceil_divide(kStripElements, columns);
  const int64_t strips = ceil_divide(rows, strip);
  parallel_for(planes * strips, threads, [&](int64_t index, int64_t) {
    const int64_t first = index % strips * strip;
    task(index / strips, first, first + strip < rows ? first + strip : rows);
  });
}

PadRow columns_of(const Plan& plan) {
  const PadAxis& rows = plan.pad.rows;
  const PadAxis& columns = plan.pad.columns;
  return {plan.pad_sources + rows.before + rows.after, columns.before, columns.skip, columns.inside,
          columns.after};
}

void clear(float* row, int64_t count) {
  std::memset(row, 0, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace

conv4j_status lay_out_pad(Plan* plan, int64_t mode, const Pad2d& extents, int64_t top, int64_t left,
                          int64_t shared) {
  Pad2d& p = plan->pad;
  p = extents;
  p.rows = pad_axis(p.ih, top, p.oh);
  p.columns = pad_axis(p.iw, left, p.ow);
  const struct {
    const PadAxis& axis;
    int64_t extent, first;
  } axes[] = {{p.rows, p.ih, top}, {p.columns, p.iw, left}};
  const int64_t count = p.rows.before + p.rows.after + p.columns.before + p.columns.after;
  if (count > 0) {
    plan->pad_sources =
        static_cast<int64_t*>(allocate(count * static_cast<int64_t>(sizeof(int64_t))));
    if (plan->pad_sources == nullptr) return CONV4J_OUT_OF_MEMORY;
    plan->pad_source_count = count;
  }
  int64_t* source = plan->pad_sources;
  for (const auto& a : axes) {
    for (int64_t i = 0; i < a.axis.before; ++i)
      *source++ = padding_source(mode, i - a.first, a.extent);
    const int64_t behind = a.axis.before + a.axis.inside;
    for (int64_t i = 0; i < a.axis.after; ++i) {
      *source++ = padding_source(mode, behind + i - a.first, a.extent);
    }
  }
  plan->pads = true;
  plan->pad_workspace = align_up(shared * static_cast<int64_t>(sizeof(float)), kAlignment);
  return CONV4J_OK;
}

void pad_planes(const Plan& plan, const float* src, float* dst, int64_t threads) {
  const Pad2d& p = plan.pad;
  const PadAxis& rows = p.rows;
  const PadRow columns = columns_of(plan);
  for_each_strip(p.planes, p.oh, p.ow, threads, [&](int64_t plane, int64_t first, int64_t end) {
    for (int64_t oh = first; oh < end; ++oh) {
      const int64_t inside = oh - rows.before;
      const int64_t ih = inside < 0             ? plan.pad_sources[oh]
                         : inside < rows.inside ? rows.skip + inside
                                                : plan.pad_sources[oh - rows.inside];
      float* out = dst + (plane * p.oh + oh) * p.ow;
      if (ih < 0) {
        clear(out, p.ow);
      } else {
        plan.kernels->pad_row_f32(columns, src + (plane * p.ih + ih) * p.iw, out);
      }
    }
  });
}

void fold_planes(const Plan& plan, const float* diff_dst, float* diff_src, int64_t threads) {
  const Pad2d& p = plan.pad;
  const PadAxis& rows = p.rows;
  const PadRow columns = columns_of(plan);
  for_each_strip(p.planes, p.ih, p.iw, threads, [&](int64_t plane, int64_t first, int64_t end) {
    const float* from = diff_dst + plane * p.oh * p.ow;
    for (int64_t ih = first; ih < end; ++ih) {
      float* out = diff_src + (plane * p.ih + ih) * p.iw;
      clear(out, p.iw);
      for (int64_t i = 0; i < rows.before; ++i) {
        if (plan.pad_sources[i] == ih) plan.kernels->fold_row_f32(columns, from + i * p.ow, out);
      }
      const int64_t inside = ih - rows.skip;
      if (inside >= 0 && inside < rows.inside) {
        plan.kernels->fold_row_f32(columns, from + (rows.before + inside) * p.ow, out);
      }
      for (int64_t i = rows.before; i < rows.before + rows.after; ++i) {
        if (plan.pad_sources[i] == ih) {
          plan.kernels->fold_row_f32(columns, from + (i + rows.inside) * p.ow, out);
        }
      }
    }
  });
}

}  // namespace conv4j
