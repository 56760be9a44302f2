// filter: one output plane at a time, its rows in registers, the image read where it lies.
//
// For kernels that sum over few channels: depthwise convolutions, filters of one-channel images,
// the first layers of small networks. Where many output channels share their input, `direct` loads
// less. Each task computes a strip of output rows of a chunk of a group's output channels, or, of
// small planes, several groups. Also backward data at stride 1, as the convolution of diff_dst with
// the rotated weights.
#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool supports(const Plan& plan) {
  Plan copy = plan;
  if (!set_problem(&copy)) return false;
  const Conv2d& p = copy.problem;
  return p.sw <= 2 && p.dh == 1 && p.dw == 1 && p.kw <= kFilterMostColumns;
}

// Output rows whose input rows stay in the first-level cache while a group's outputs read them.
int64_t resident_rows(const Conv2d& p) {
  const int64_t in_rows = caches().l1 / 2 / (p.icg * p.iw * static_cast<int64_t>(sizeof(float)));
  return in_rows < p.kh ? 0 : (in_rows - p.kh) / p.sh + 1;
}

// Planes whose work is worth a task.
int64_t least_planes(const Conv2d& p) {
  const double plane = static_cast<double>(p.oh * p.ow) * static_cast<double>(p.taps);
  return plane < kLeastTask ? static_cast<int64_t>(kLeastTask / (plane < 1 ? 1 : plane)) : 1;
}

conv4j_status lay_out(Plan* plan) {
  set_problem(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  const int64_t wanted = wanted_tasks(p.multiply_adds());
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  // Strips of whole blocks of rows; where several outputs read a strip, these can make tasks, too.
  constexpr int64_t kStrip = 28;
  int64_t rows = ceil_divide(p.oh, p.ocg > 1 ? 1 : ceil_divide(wanted, images));
  if (p.ocg > 1 && rows > resident_rows(p)) rows = resident_rows(p);
  rows = rows < kStrip ? kStrip : rows / kStrip * kStrip;
  b.strip_rows = rows < p.oh ? rows : p.oh;
  b.strips = ceil_divide(p.oh, b.strip_rows);
  b.chunks = ceil_divide(wanted, images * b.strips);
  if (b.chunks > p.ocg) b.chunks = p.ocg;
  b.chunk = ceil_divide(p.ocg, b.chunks);
  b.chunks = ceil_divide(p.ocg, b.chunk);
  // Several small planes make a task: 1024 of 7x7 take a tenth less time in 16 tasks than in 64.
  const int64_t least = least_planes(p);
  const int64_t shared = ceil_divide(images, 4 * wanted);
  b.group_chunk = b.strips * b.chunks > 1 ? 1 : shared < least ? least : shared;
  if (b.group_chunk > p.g) b.group_chunk = p.g;
  b.group_chunks = ceil_divide(p.g, b.group_chunk);
  plan->packed_elements = p.oc * p.taps;
  plan->multiplies_padding = p.padded();
  return CONV4J_OK;
}

// [OC][IC/G][KH][KW] of the problem.
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const int64_t kernel = p.kh * p.kw;
  for (int64_t oc = 0; oc < p.oc; ++oc) {
    for (int64_t c = 0; c < p.icg; ++c) {
      const TapLine line = tap_line(plan, weights, oc / p.ocg, oc % p.ocg, c);
      for (int64_t tap = 0; tap < kernel; ++tap) *packed++ = line.first[tap * line.step];
    }
  }
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  float* dst = problem_dst(plan, run);
  const auto task = [&](int64_t index, int64_t) {
    const int64_t chunk = index % b.chunks;
    const int64_t strip = index / b.chunks % b.strips;
    const int64_t group_chunk = index / (b.chunks * b.strips) % b.group_chunks;
    const int64_t n = index / (b.chunks * b.strips * b.group_chunks);
    const int64_t g = group_chunk * b.group_chunk;
    const int64_t m = chunk * b.chunk;
    const int64_t oc = g * p.ocg + m;
    Filter f = {};
    f.by_columns = goes_by_columns(plan);
    f.src = src + (n * p.ic + g * p.icg) * p.src_plane;
    f.src_plane = p.src_plane;
    f.groups = g + b.group_chunk < p.g ? b.group_chunk : p.g - g;
    f.channels = p.icg;
    f.height = p.ih;
    f.width = p.iw;
    f.weights = run.weights + oc * p.taps;
    f.kh = p.kh;
    f.kw = p.kw;
    f.sh = p.sh;
    f.sw = p.sw;
    f.top = p.pt;
    f.left = p.pl;
    f.first = strip * b.strip_rows;
    f.rows = f.first + b.strip_rows < p.oh ? b.strip_rows : p.oh - f.first;
    f.columns = p.ow;
    f.dst = dst + (n * p.oc + oc) * p.dst_plane + f.first * p.ow;
    f.dst_plane = p.dst_plane;
    f.dst_row = p.ow;
    f.outputs = m + b.chunk < p.ocg ? b.chunk : p.ocg - m;
    f.bias = run.bias != nullptr ? run.bias + oc : nullptr;
    f.relu = plan.options.relu != 0 ? 1 : 0;
    plan.kernels->filter_f32(f);
  };
  parallel_for(p.n * b.group_chunks * b.strips * b.chunks, run.threads, task);
}

// As kernels/filter_columns.inl has it.
bool has_column_kernel(const Conv2d& p) {
  return p.icg == 1 && p.iw * p.kw <= kFilterWidestColumns && p.kh == p.kw && p.sh == p.sw &&
         (p.kw == 3 || p.kw == 5 || p.kw == 7);
}

double cost(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const double vectors = static_cast<double>(p.n * p.oc) * static_cast<double>(p.oh) *
                         static_cast<double>(ceil_divide(p.ow, plan.kernels->lanes));
  // Measured on an Ice Lake, a Cascade Lake and, without AVX-512, a Zen 3: a tap of a vector,
  // stores and weights apart.
  const double vector = vector_cost(plan);
  const bool wide = plan.kernels->lanes >= 16;
  const bool square = p.kh == p.kw && p.sh == p.sw;
  const bool twins =
      wide && p.kh == 3 && square && p.iw < plan.kernels->lanes && 2 * p.ow <= plan.kernels->lanes;
  if (goes_by_columns(plan) && has_column_kernel(p) && !twins) {
    const double tap = p.sw == 1 ? 1.9 : 3.0;
    return vectors * (static_cast<double>(p.taps) * tap + 3.0) * vector;
  }
  const bool unrolled = square && (p.kh == 3 || p.kh == 5);
  const double narrow = wide ? 1.0 : 1.5;  // has fewer registers
  const double flat = p.kh == 1   ? 2.5    // no row serves two rows of taps
                      : p.kw == 1 ? 1.3    // every tap loads a vector of its own
                                  : 1.0;
  const double stride = p.sw == 1 ? 1.0 : wide ? 1.6 : 0.85;
  const double few = wide && p.kh == 5 && vector > 1.0 ? 1.8 : 2.6;  // 5x5 on a Zen 4
  const double tap = flat * narrow * (unrolled ? few : wide ? 5.0 : 3.0) * stride;
  return (twins ? 0.5 : 1.0) * vectors * (static_cast<double>(p.taps) * tap + 12.0) * vector;
}

}  // namespace

const Algorithm kFilter = {"filter", supports, cost, lay_out, prepare, execute};

}  // namespace conv4j
