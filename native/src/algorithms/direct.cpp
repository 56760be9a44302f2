// direct and pointwise: the product kernel on rows of the image itself.
//
// Each task computes a strip of output rows of one image and group, for a chunk of output channels.
// `direct` first splits the strip's input rows by phase (kernels/rows.inl), which leaves every tap
// of every stride, dilation and padding as a row at a constant offset; without padding and with
// horizontal stride 1 the image is read where it lies. A 1x1 kernel's pixels are packed densely, so
// that the rows of a strip are one long row. Rows of less than a vector, at stride 1, are computed
// as one, what lies between them included, which keeps the product kernel's tile wide; the scratch
// takes that, and the rows are copied out of it. `pointwise` is the 1x1 kernel at stride 1: no
// split. Both also compute backward data at stride 1, as the convolution of diff_dst with the
// rotated weights.
//
// The scratch of a strip is kept to half the L2 cache.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool reads_in_place(const Conv2d& p) { return p.sw == 1 && !p.padded(); }

// A 1x1 kernel: the rows of a strip, where it lies or packed, are one long row.
bool has_one_row(const Plan& plan) {
  const Conv2d& p = plan.problem;
  return p.kh == 1 && p.kw == 1 && (is_pointwise(p) || !plan.blocking.in_place);
}

// Output rows whose scratch fits into half the L2 cache; at least 1.
int64_t fitting_rows(const Conv2d& p, bool packed) {
  const int64_t bytes = caches().l2 / 2;
  if (!packed) return strip_rows_for(p, p.icg, bytes);
  const int64_t rows = bytes / (p.icg * p.ow * static_cast<int64_t>(sizeof(float)));
  return rows < 1 ? 1 : rows < p.oh ? rows : p.oh;
}

// The pixels that a 1x1 kernel reads for output rows [first, first + rows), [channels][strip_rows]
// [OW], the padding as zeros.
void pack_strip(const Plan& plan, const float* planes, int64_t first, int64_t rows, float* strip) {
  const Conv2d& p = plan.problem;
  SplitRow split = {nullptr, p.iw, p.pl, p.sw, p.ow, 0.0F, nullptr, 1};
  for (int64_t c = 0; c < p.icg; ++c) {
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t ih = (first + r) * p.sh - p.pt;
      split.row = ih >= 0 && ih < p.ih ? planes + c * p.src_plane + ih * p.iw : nullptr;
      split.out = strip + (c * plan.blocking.strip_rows + r) * p.ow;
      plan.kernels->split_row_f32(split);
    }
  }
}

// Elements from one row of a strip to the next.
int64_t row_distance(const Plan& plan) {
  return plan.blocking.in_place ? plan.problem.iw : plan.blocking.row_elements;
}

bool suits_flat(const Plan& plan, const Conv2d& p) {
  return p.sh == 1 && p.sw == 1 && p.oh > 1 && p.ow < plan.kernels->lanes && p.kh * p.kw > 1;
}

// The rows of a flat strip's products, [m][flat_columns], to where they belong.
void copy_flat(const Plan& plan, const Product& product, int64_t rows, float* dst) {
  const Conv2d& p = plan.problem;
  for (int64_t m = 0; m < product.panels.m; ++m) {
    const float* from = product.c + m * product.c_m;
    float* to = dst + m * p.dst_plane;
    for (int64_t row = 0; row < rows; ++row) {
      std::memcpy(to, from, static_cast<size_t>(p.ow) * sizeof(float));
      from += row_distance(plan);
      to += p.ow;
    }
  }
}

bool supports_pointwise(const Plan& plan) {
  Plan copy = plan;
  return set_problem(&copy) && is_pointwise(copy.problem);
}

bool supports_direct(const Plan& plan) {
  Plan copy = plan;
  if (!set_problem(&copy)) return false;
  // A strip of one row has to stay far from the limits of memory.
  const Conv2d& p = copy.problem;
  const double strip = static_cast<double>(strip_in_rows(p, 1)) * static_cast<double>(p.icg) *
                       static_cast<double>(p.sw) * static_cast<double>(phase_length(p));
  return reads_in_place(p) || strip < 1e8;
}

conv4j_status lay_out(Plan* plan, bool in_place) {
  set_problem(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  b.in_place = in_place;
  const int64_t wanted = wanted_tasks(p.multiply_adds());
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  const bool packed = p.kh == 1 && p.kw == 1 && !in_place;
  int64_t most_rows = fitting_rows(p, packed);
  // A flat strip gains from every row; chunks of channels make the tasks.
  const int64_t wanted_strips = suits_flat(*plan, p) ? 1 : ceil_divide(wanted, images);
  if (ceil_divide(p.oh, most_rows) < wanted_strips) most_rows = ceil_divide(p.oh, wanted_strips);
  if (!in_place && !packed && most_rows < 4) {
    // Rows shared by neighbouring strips are split twice; let chunks of channels make the tasks.
    const int64_t fits = fitting_rows(p, packed);
    most_rows = fits < 4 ? fits : 4;
  }
  set_strips(p, most_rows, &b);
  if (packed) {
    b.strip_in_rows = b.strip_rows;
    b.row_elements = p.ow;
  }
  b.chunks = ceil_divide(wanted, images * b.strips);
  const int64_t most_chunks = ceil_divide(p.ocg, plan->kernels->product_rows);
  if (b.chunks > most_chunks) b.chunks = most_chunks;
  b.chunk = ceil_divide(p.ocg, b.chunks);
  b.chunks = ceil_divide(p.ocg, b.chunk);

  int64_t* offsets = allocate_offsets(plan, p.taps);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t c = 0; c < p.icg; ++c) {
    for (int64_t kh = 0; kh < p.kh; ++kh) {
      for (int64_t kw = 0; kw < p.kw; ++kw) {
        *offsets++ = in_place ? c * p.src_plane + kh * p.dh * p.iw + kw * p.dw
                     : packed ? c * b.strip_rows * p.ow
                              : split_offset(p, b, c, kh, kw);
      }
    }
  }
  plan->packed_elements = p.oc * p.taps;
  plan->multiplies_padding = p.padded();
  const int64_t strip = in_place ? 0 : p.icg * b.strip_in_rows * b.row_elements;
  if (suits_flat(*plan, p)) b.flat_columns = (b.strip_rows - 1) * row_distance(*plan) + p.ow;
  plan->workspace_per_thread = (align_up(strip, 16) + align_up(b.chunk * b.flat_columns, 16)) *
                               static_cast<int64_t>(sizeof(float));
  return CONV4J_OK;
}

conv4j_status lay_out_pointwise(Plan* plan) { return lay_out(plan, true); }

conv4j_status lay_out_direct(Plan* plan) {
  set_problem(plan);
  return lay_out(plan, reads_in_place(plan->problem));
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  float* dst = problem_dst(plan, run);
  const bool one_row = has_one_row(plan);
  const auto task = [&](int64_t index, int64_t slot) {
    const int64_t chunk = index % b.chunks;
    const int64_t strip = index / b.chunks % b.strips;
    const int64_t image = index / (b.chunks * b.strips);  // n * G + g
    const int64_t n = image / p.g;
    const int64_t g = image % p.g;
    const int64_t first = strip * b.strip_rows;
    const int64_t rows = first + b.strip_rows < p.oh ? b.strip_rows : p.oh - first;
    const int64_t m = chunk * b.chunk;
    const int64_t count = m + b.chunk < p.ocg ? b.chunk : p.ocg - m;
    const int64_t oc = g * p.ocg + m;
    const float* planes = src + image * p.icg * p.src_plane;

    Product product = {};
    product.a = run.weights + oc * p.taps;
    product.panels = panels_for(plan, count);
    product.k = p.taps;
    product.offsets = plan.offsets;
    product.c = dst + (n * p.oc + oc) * p.dst_plane + first * p.ow;
    product.c_m = p.dst_plane;
    product.c_row = p.ow;
    product.rows = one_row ? 1 : rows;
    product.columns = one_row ? rows * p.ow : p.ow;
    product.bias = run.bias != nullptr ? run.bias + oc : nullptr;
    product.flags = product_flags(plan);
    if (b.in_place) {
      product.b = planes + first * p.sh * p.iw;
      product.b_row = p.sh * p.iw;
    } else {
      float* scratch = scratch_of(plan, run, slot);
      if (one_row) {
        pack_strip(plan, planes, first, rows, scratch);
      } else {
        split_strip(plan, p, planes, p.icg, first, rows, 0, scratch);
      }
      product.b = scratch;
      product.b_row = p.sh * b.row_elements;
    }
    if (b.flat_columns == 0) {
      plan.kernels->product_f32(product);
      return;
    }
    float* to = product.c;
    const int64_t split = b.in_place ? 0 : p.icg * b.strip_in_rows * b.row_elements;
    product.c = scratch_of(plan, run, slot) + align_up(split, 16);
    product.c_m = b.flat_columns;
    product.rows = 1;
    product.columns = (rows - 1) * row_distance(plan) + p.ow;
    plan.kernels->product_f32(product);
    copy_flat(plan, product, rows, to);
  };
  parallel_for(p.n * p.g * b.strips * b.chunks, run.threads, task);
}

// How far the summands of one output go past the first-level cache: 0 to 1.
double far_share(const Conv2d& p) {
  const double taps = static_cast<double>(p.taps);
  return taps < 64 ? 0.0 : taps < 512 ? (taps - 64.0) / 448.0 : 1.0;
}

// Vector multiply-adds of the product kernel over vectors of pixels. Fitted on an Ice Lake: a tile
// of few rows has few independent sums and more loads for each of them, and rows of a small map lie
// too far apart for what the CPU foresees (twice and three times the cost at 14x14 and 7x7).
double product_cost(const Plan& plan, const Conv2d& p, double vectors, double one, double small) {
  const double rows = static_cast<double>(p.ocg);
  const double plane = static_cast<double>(p.dst_plane);
  return static_cast<double>(p.n * p.g) * rows * static_cast<double>(p.taps) * vectors *
         (one + 5.0 / rows) * (1.0 + far_share(p) * small / plane) * vector_cost(plan);
}

double cost_pointwise(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const double vectors = static_cast<double>(ceil_divide(p.dst_plane, plan.kernels->lanes));
  // Fitted on a Zen 5: 97 % of the peak at 56x56, 70 % at 14x14.
  if (fetches_distant_rows() && plan.kernels->lanes == 16) {
    return product_cost(plan, p, vectors, 1.25 * (1.0 + 90.0 / static_cast<double>(p.dst_plane)),
                        0.0);
  }
  return product_cost(plan, p, vectors, 1.7 + 0.6 * far_share(p), 150.0);
}

double cost_direct(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const bool packed = p.kh == 1 && p.kw == 1 && !reads_in_place(p);
  const double vectors = packed ? static_cast<double>(ceil_divide(p.dst_plane, plan.kernels->lanes))
                                : static_cast<double>(p.oh) *
                                      static_cast<double>(ceil_divide(p.ow, plan.kernels->lanes));
  const double rows = static_cast<double>(p.n * p.ic) * static_cast<double>(packed ? p.oh : p.ih);
  const double split = reads_in_place(p) ? 0.0 : rows * (20.0 + static_cast<double>(p.iw) / 8.0);
  // Slower vectors leave time for the loads of a tile of few rows (fitted on a Zen 4).
  const double one = vector_cost(plan) > 1.0 && !packed ? 1.4 : 1.5;
  return product_cost(plan, p, vectors, one, 80.0) + split;
}

}  // namespace

const Algorithm kPointwise = {"pointwise",       supports_pointwise, cost_pointwise,
                              lay_out_pointwise, pack_weights,       execute};
const Algorithm kDirect = {"direct",       supports_direct, cost_direct,
                           lay_out_direct, pack_weights,    execute};

}  // namespace conv4j
