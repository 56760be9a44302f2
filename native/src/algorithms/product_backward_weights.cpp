// product, backward weights: diff_weights += diff_dst * windows^T, both operands turned over.
//
//   X[q][c]  pixel q of the padded image strip, its input channels side by side
//   Y[p][k]  pixel p of diff_dst, its output channels side by side, in panels
//   M[tap][k][c] += sum over p of Y[p][k] * X[pixel that tap reads for p][c]
// So the sum over pixels becomes the summation of the product kernel, whose offsets name the
// pixels; a tap is a shift of X. Pixels go by in panels, of several small images or of a strip of a
// large one: a round of tasks turns a panel over into the workspace (L3), the next round
// multiplies, each task a tap by a block of input channels by a chunk of output channels. With few
// input channels X[p][tap] holds the taps of a window side by side instead. A 1x1 kernel's M, and
// that of windows, is diff_weights itself. Groups enough to share out are a task each. Where sums
// of diff_dst, which are taken on the way, are not finite and there is padding, `rows` does it
// again.
#include <atomic>
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/columns.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));
// Pixels of a panel: enough to write M seldom, few enough for a block of X to stay in L1 or L2.
constexpr int64_t kWantedPixels = 384;

// Channels, or taps, side by side: what a tile of the product kernel multiplies at once.
int64_t width_of(const Plan& plan) { return 2 * plan.kernels->lanes; }

bool has_windows(const Plan& plan) {
  const Conv2d& g = plan.conv;
  return g.icg < plan.kernels->lanes && g.kh * g.kw > 1;
}

// Columns of X: input channels, or taps.
int64_t columns_of(const Plan& plan) { return has_windows(plan) ? plan.conv.taps : plan.conv.icg; }

// Taps that are shifts of X.
int64_t shifts_of(const Plan& plan) { return has_windows(plan) ? 1 : plan.conv.kh * plan.conv.kw; }

// Whether all pixels are one panel, so that a task can finish its gradients.
bool is_single(const Plan& plan) { return plan.blocking.segments <= 1 && shifts_of(plan) > 1; }

// Columns of the padded image that windows read.
int64_t row_length(const Conv2d& g) { return (g.ow - 1) * g.sw + g.dw * (g.kw - 1) + 1; }

bool supports(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double row = static_cast<double>(strip_in_rows(g, 1)) * static_cast<double>(row_length(g));
  return row * static_cast<double>(width_of(plan)) < 1e8 && static_cast<double>(g.taps) < 1e6;
}

// Where the parts of a workspace begin, in floats.
struct Layout {
  int64_t x_block;  // distance between two blocks of X
  int64_t y, m, m_distance, sums, all;
};

Layout layout_of(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  const int64_t width = width_of(plan);
  const int64_t blocks = ceil_divide(b.in_chunk, width);
  Layout l;
  l.x_block = width * (has_windows(plan) ? b.segment : b.images * b.strip_in_rows * row_length(g));
  l.y = blocks * l.x_block;
  l.m = l.y + align_up(b.chunk * b.segment, 16);
  l.m_distance = is_single(plan) ? width * b.block : blocks * width * b.chunk;
  l.sums = l.m + (shifts_of(plan) > 1 && !is_single(plan) ? shifts_of(plan) * l.m_distance : 0);
  l.all = l.sums + 2 * b.chunk;
  return l;
}

// What a thread needs beside the layout: windows before they are turned over, or its part of M.
int64_t own_elements(const Plan& plan) {
  const Layout l = layout_of(plan);
  const int64_t windows = has_windows(plan) ? width_of(plan) * plan.blocking.segment : 0;
  const int64_t m = is_single(plan) ? shifts_of(plan) * l.m_distance : 0;
  return align_up(windows > m ? windows : m, 16);
}

bool groups_are_tasks(const Plan& plan) { return plan.conv.g >= kWantedTasks; }

void set_offsets(Plan* plan) {
  const Conv2d& g = plan->conv;
  const Blocking& b = plan->blocking;
  const int64_t width = width_of(*plan);
  for (int64_t p = 0; p < b.segment; ++p) {
    const int64_t column = p % g.ow;
    const int64_t row = p / g.ow % b.strip_rows;
    const int64_t image = p / (g.ow * b.strip_rows);
    plan->offsets[p] =
        has_windows(*plan)
            ? p * width
            : ((image * b.strip_in_rows + row * g.sh) * row_length(g) + column * g.sw) * width;
  }
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  const int64_t rows = kWantedPixels / g.ow < 1 ? 1 : kWantedPixels / g.ow;
  set_strips(g, rows < g.oh ? rows : g.oh, &b);
  b.images = 1;
  if (b.strips == 1 && g.n > 1) {
    const int64_t most = kWantedPixels / g.dst_plane < 1 ? 1 : kWantedPixels / g.dst_plane;
    b.images = ceil_divide(g.n, ceil_divide(g.n, most));
  }
  b.segment = b.images * b.strip_rows * g.ow;
  b.segments = b.strips * ceil_divide(g.n, b.images);

  // M of a chunk stays in L3.
  const int64_t columns = columns_of(*plan);
  b.chunk = g.ocg;
  b.in_chunk = columns;
  const int64_t most = caches().l3 / 6 / kFloat / shifts_of(*plan);
  while (b.chunk > 1 && b.chunk > most / b.in_chunk) {
    if (b.chunk > b.in_chunk || b.in_chunk <= width_of(*plan)) {
      b.chunk = ceil_divide(b.chunk, 2);
    } else {
      b.in_chunk = align_up(ceil_divide(b.in_chunk, 2), width_of(*plan));
    }
  }
  b.chunks = ceil_divide(g.ocg, b.chunk);
  b.in_chunks = ceil_divide(columns, b.in_chunk);
  const int64_t blocks = ceil_divide(b.in_chunk, width_of(*plan));
  const int64_t tasks = is_single(*plan) ? blocks : blocks * shifts_of(*plan);
  const int64_t shared = ceil_divide(kWantedTasks, tasks);
  b.block = align_up(ceil_divide(b.chunk, shared), plan->kernels->product_rows);
  if (is_single(*plan)) {  // its part of M stays in L2
    const int64_t fitting = caches().l2 / 4 / (shifts_of(*plan) * width_of(*plan) * kFloat);
    if (b.block > fitting) b.block = align_up(fitting + 1, plan->kernels->product_rows);
  }
  if (allocate_offsets(plan, b.segment) == nullptr) return CONV4J_OUT_OF_MEMORY;
  set_offsets(plan);
  const int64_t all = layout_of(*plan).all * kFloat;
  plan->workspace_shared = groups_are_tasks(*plan) ? 0 : align_up(all, kAlignment);
  plan->workspace_per_thread =
      align_up(own_elements(*plan) * kFloat + (groups_are_tasks(*plan) ? all : 0), kAlignment);
  return CONV4J_OK;
}

// Pixels that are summed over at once.
struct Panel {
  int64_t image, images;
  int64_t row, rows;
  int64_t pixels;
};

Panel panel_at(const Plan& plan, int64_t index) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  Panel p;
  p.image = index / b.strips * b.images;
  p.images = p.image + b.images < g.n ? b.images : g.n - p.image;
  p.row = index % b.strips * b.strip_rows;
  p.rows = p.row + b.strip_rows < g.oh ? b.strip_rows : g.oh - p.row;
  p.pixels = p.images * p.rows * g.ow;
  return p;
}

// The gradients of a chunk of output channels by a chunk of columns of one group.
class ChunkTask {
 public:
  // shared: the workspace of the group; own: that of its only thread, or null for the plan's own.
  ChunkTask(const Plan& plan, const Execution& run, float* shared, float* own, int64_t group)
      : plan_(plan),
        g_(plan.conv),
        b_(plan.blocking),
        run_(run),
        layout_(layout_of(plan)),
        shared_(shared),
        own_(own),
        threads_(own != nullptr ? 1 : run.threads),
        group_(group),
        width_(width_of(plan)) {}

  // Whether the sums of diff_dst, which are taken with the first columns, are finite.
  bool execute(int64_t m, int64_t c) {
    first_row_ = m;
    rows_ = m + b_.chunk < g_.ocg ? b_.chunk : g_.ocg - m;
    first_column_ = c;
    columns_ = c + b_.in_chunk < columns_of(plan_) ? b_.in_chunk : columns_of(plan_) - c;
    const int64_t blocks = ceil_divide(columns_, width_);
    const int64_t shifts = shifts_of(plan_);
    const int64_t chunks = ceil_divide(rows_, b_.block);
    if (c == 0) std::memset(sums(), 0, static_cast<size_t>(rows_) * sizeof(double));
    for (int64_t index = 0; index < b_.segments; ++index) {
      const Panel panel = panel_at(plan_, index);
      const int64_t lines = panel.images * strip_in_rows(g_, panel.rows);
      const int64_t parts = has_windows(plan_) ? 1 : lines < 8 ? lines : 8;
      parallel_for(blocks * parts + chunks, threads_, [&](int64_t task, int64_t slot) {
        if (task >= blocks * parts) {
          turn_diff(panel, task - blocks * parts);
        } else if (has_windows(plan_)) {
          turn_windows(panel, task, own_scratch(slot));
        } else {
          const int64_t part = task % parts;
          turn_src(panel, task / parts, part * lines / parts, (part + 1) * lines / parts);
        }
      });
      if (is_single(plan_)) {
        parallel_for(blocks * chunks, threads_, [&](int64_t task, int64_t slot) {
          finish(panel, task / chunks, task % chunks, own_scratch(slot));
        });
        continue;
      }
      parallel_for(shifts * blocks * chunks, threads_, [&](int64_t task, int64_t) {
        const int64_t block = task / chunks % blocks;
        const int64_t chunk = task % chunks;
        multiply(panel, task / (blocks * chunks), block, chunk, index > 0,
                 m_of(block) + chunk * b_.block * width_);
      });
    }
    if (shifts > 1 && !is_single(plan_)) {
      parallel_for(rows_, threads_, [&](int64_t row, int64_t) {
        for (int64_t block = 0; block < blocks; ++block) {
          turn_back(row, block, m_of(block) + row * width_);
        }
      });
    }
    return c > 0 || write_bias(run_, group_ * g_.ocg + first_row_, sums(), rows_);
  }

 private:
  double* sums() const { return reinterpret_cast<double*>(shared_ + layout_.sums); }

  // Lines [first, end) of the panel's strips, for one block of channels.
  void turn_src(const Panel& panel, int64_t block, int64_t first, int64_t end) const {
    const int64_t in_rows = strip_in_rows(g_, panel.rows);
    const int64_t length = row_length(g_);
    const int64_t c = block * width_;
    const Range range = inside(length, 1, -g_.pl, g_.iw);
    Transpose transpose = {};
    transpose.in_distance = g_.src_plane;
    transpose.rows = columns_ - c < width_ ? columns_ - c : width_;
    transpose.columns = range.size();
    transpose.out_distance = width_;
    for (int64_t line = first; line < end; ++line) {
      const int64_t r = line % in_rows;
      const int64_t image = line / in_rows;
      const int64_t ih = panel.row * g_.sh - g_.pt + r;
      float* out =
          shared_ + block * layout_.x_block + (image * b_.strip_in_rows + r) * length * width_;
      if (ih < 0 || ih >= g_.ih || range.size() == 0) {
        std::memset(out, 0, static_cast<size_t>(length * width_ * kFloat));
        continue;
      }
      std::memset(out, 0, static_cast<size_t>(range.begin * width_ * kFloat));
      std::memset(out + range.end * width_, 0,
                  static_cast<size_t>((length - range.end) * width_ * kFloat));
      const int64_t channel = ((panel.image + image) * g_.g + group_) * g_.icg + first_column_ + c;
      transpose.in = run_.src + channel * g_.src_plane + ih * g_.iw + range.begin - g_.pl;
      transpose.out = out + range.begin * width_;
      plan_.kernels->transpose_f32(transpose);
    }
  }

  // The windows of the panel's pixels, for one block of taps.
  void turn_windows(const Panel& panel, int64_t block, float* scratch) const {
    const int64_t tap = first_column_ + block * width_;
    const int64_t left = first_column_ + columns_ - tap;
    const int64_t pixels = panel.rows * g_.ow;
    Transpose transpose = {};
    transpose.in = scratch;
    transpose.in_distance = pixels;
    transpose.rows = left < width_ ? left : width_;
    transpose.columns = pixels;
    transpose.out_distance = width_;
    for (int64_t image = 0; image < panel.images; ++image) {
      const float* planes =
          run_.src + ((panel.image + image) * g_.g + group_) * g_.icg * g_.src_plane;
      gather_columns(g_, planes, tap, tap + transpose.rows, panel.row * g_.ow,
                     panel.row * g_.ow + pixels, scratch, pixels);
      transpose.out = shared_ + block * layout_.x_block + image * pixels * width_;
      plan_.kernels->transpose_f32(transpose);
    }
  }

  int64_t rows_of(int64_t chunk) const {
    const int64_t m = chunk * b_.block;
    return m + b_.block < rows_ ? b_.block : rows_ - m;
  }

  // diff_dst of one chunk of output channels, in panels of the product kernel.
  void turn_diff(const Panel& panel, int64_t chunk) const {
    const Panels panels = panels_for(plan_, rows_of(chunk));
    int64_t m = chunk * b_.block;
    for (int64_t i = 0; i < panels.count; ++i) {
      const int64_t rows = panels.m / panels.count + (i < panels.m % panels.count ? 1 : 0);
      Transpose transpose = {};
      transpose.in_distance = g_.dst_plane;
      transpose.rows = rows;
      transpose.columns = panel.rows * g_.ow;
      transpose.out = shared_ + layout_.y + m * panel.pixels;
      transpose.out_distance = rows;
      for (int64_t image = 0; image < panel.images; ++image) {
        const int64_t channel = ((panel.image + image) * g_.g + group_) * g_.ocg + first_row_ + m;
        transpose.in = run_.diff_dst + channel * g_.dst_plane + panel.row * g_.ow;
        for (int64_t row = 0; first_column_ == 0 && row < rows; ++row) {
          sums()[m + row] += static_cast<double>(
              plan_.kernels->sum_f32(transpose.in + row * g_.dst_plane, transpose.columns));
        }
        plan_.kernels->transpose_f32(transpose);
        transpose.out += transpose.columns * rows;
      }
      m += rows;
    }
  }

  // The part of M that belongs to a block of columns, of all output channels.
  float* m_of(int64_t block) const { return shared_ + layout_.m + block * width_ * b_.chunk; }

  // One tap, or all windows, of a chunk of output channels by a block of columns; chunk_m is where
  // M of the chunk's first output channel lies, if M is not diff_weights.
  void multiply(const Panel& panel, int64_t shift, int64_t block, int64_t chunk, bool add,
                float* chunk_m) const {
    const int64_t c = block * width_;
    const int64_t m = chunk * b_.block;
    Product product = {};
    product.a = shared_ + layout_.y + m * panel.pixels;
    product.panels = panels_for(plan_, rows_of(chunk));
    product.k = panel.pixels;
    product.b = shared_ + block * layout_.x_block;
    product.offsets = plan_.offsets;
    product.rows = 1;
    product.columns = columns_ - c < width_ ? columns_ - c : width_;
    product.flags = add ? kProductAccumulate : 0U;
    if (shifts_of(plan_) > 1) {
      product.b += (shift / g_.kw * g_.dh * row_length(g_) + shift % g_.kw * g_.dw) * width_;
      product.c = chunk_m + shift * layout_.m_distance;
      product.c_m = width_;
    } else {
      product.c = gradients(m) + c;
      product.c_m = g_.taps;
    }
    plan_.kernels->product_f32(product);
  }

  // The gradients of one output channel, from the chunk's first input channel (or tap) on.
  float* gradients(int64_t row) const {
    return run_.diff_weights + (group_ * g_.ocg + first_row_ + row) * g_.taps +
           first_column_ * shifts_of(plan_);
  }

  // All taps of a chunk of output channels by a block of input channels, and back into their order.
  void finish(const Panel& panel, int64_t block, int64_t chunk, float* m) const {
    for (int64_t shift = 0; shift < shifts_of(plan_); ++shift) {
      multiply(panel, shift, block, chunk, false, m);
    }
    const int64_t rows = rows_of(chunk);
    for (int64_t row = 0; row < rows; ++row) {
      turn_back(chunk * b_.block + row, block, m + row * width_);
    }
  }

  // One output channel by one block of input channels.
  void turn_back(int64_t row, int64_t block, const float* m) const {
    const int64_t c = block * width_;
    Transpose transpose = {};
    transpose.in = m;
    transpose.in_distance = layout_.m_distance;
    transpose.rows = shifts_of(plan_);
    transpose.columns = columns_ - c < width_ ? columns_ - c : width_;
    transpose.out = gradients(row) + c * transpose.rows;
    transpose.out_distance = transpose.rows;
    plan_.kernels->transpose_f32(transpose);
  }

  float* own_scratch(int64_t slot) const {
    return own_ != nullptr ? own_ : scratch_of(plan_, run_, slot);
  }

  const Plan& plan_;
  const Conv2d& g_;
  const Blocking& b_;
  const Execution& run_;
  const Layout layout_;
  float* const shared_;
  float* const own_;
  const int64_t threads_, group_, width_;
  int64_t first_row_ = 0, rows_ = 0, first_column_ = 0, columns_ = 0;
};

bool execute_group(const Plan& plan, const Execution& run, float* shared, float* own,
                   int64_t group) {
  ChunkTask task(plan, run, shared, own, group);
  bool finite = true;
  for (int64_t m = 0; m < plan.conv.ocg; m += plan.blocking.chunk) {
    for (int64_t c = 0; c < columns_of(plan); c += plan.blocking.in_chunk) {
      finite = task.execute(m, c) && finite;
    }
  }
  return finite;
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  if (g.n == 0) {
    std::memset(run.diff_weights, 0, static_cast<size_t>(g.weights_elements() * kFloat));
    sum_bias(plan, run);
    return;
  }
  std::atomic<bool> finite{true};
  if (groups_are_tasks(plan)) {
    parallel_for(g.g, run.threads, [&](int64_t group, int64_t slot) {
      float* own = scratch_of(plan, run, slot);
      if (!execute_group(plan, run, own + own_elements(plan), own, group)) finite = false;
    });
  } else {
    for (int64_t group = 0; group < g.g; ++group) {
      float* workspace = reinterpret_cast<float*>(run.workspace);
      if (!execute_group(plan, run, workspace, nullptr, group)) finite = false;
    }
  }
  // Zeros of the padding met something that is not finite.
  if (!finite && g.padded()) rows_algorithm(CONV4J_BACKWARD_WEIGHTS).execute(plan, run);
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double pixels = static_cast<double>(g.n) * static_cast<double>(g.dst_plane);
  const double oc = static_cast<double>(g.oc);
  const double vectors = static_cast<double>(ceil_divide(columns_of(plan), plan.kernels->lanes)) *
                         static_cast<double>(shifts_of(plan));
  // A step of one panel takes as long as its sums wait for each other, at least.
  const double panels = static_cast<double>(g.g * panels_for(plan, g.ocg).count);
  // Measured on an Ice Lake, in steps of 0.6 cycles: turning an element of diff_dst or src over
  // takes 1.3, of a window 3.5, or 7 if it is strided, and 20 for each row of them. A Zen 4 takes
  // longer for all but the windows.
  const bool halves = plan.kernels->lanes == 16 && vector_cost(plan) > 1.0;
  const double step = halves ? 1.25 : 1.1;
  const double turn = halves ? 2.4 : 1.3;
  const double steps = pixels * vectors * (step * oc > 3.5 * panels ? step * oc : 3.5 * panels);
  double turned = pixels * oc * turn;
  if (has_windows(plan)) {
    turned += pixels * static_cast<double>(g.g * g.taps) *
              ((g.sw == 1 ? 3.5 : 7.0) + 20.0 / static_cast<double>(g.ow));
  } else {
    turned += static_cast<double>(g.src_elements()) * turn;
  }
  const double back = shifts_of(plan) > 1 ? oc * vectors * 40.0 : 0.0;
  return (steps + turned + back) * vector_cost(plan) + 6000.0 * static_cast<double>(g.g);
}

}  // namespace

const Algorithm kProductBackwardWeights = {"product", supports, cost, lay_out, nullptr, execute};

}  // namespace conv4j
