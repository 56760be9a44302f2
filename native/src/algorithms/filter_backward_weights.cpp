// filter, backward weights: one plane of diff_dst with one of src at a time, both where they lie
// (kernels/filter_gradient.inl). For kernels that sum over few channels, depthwise ones above all;
// where many outputs share their inputs, a product loads less.
//
// A task owns the gradients of a chunk of a group's output channels, or of several groups, and goes
// through the images in order: no two tasks add to the same gradient, and the order of the sums
// does not depend on the number of threads.
#include "algorithms/algorithms.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool supports(const Plan& plan) {
  const Conv2d& g = plan.conv;
  return g.sw <= 2 && g.dh == 1 && g.dw == 1 && g.kh <= 7 && (g.kw == 3 || g.kw == 5 || g.kw == 7);
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  const int64_t wanted = wanted_tasks(g.multiply_adds());
  const int64_t groups = g.g > 0 ? g.g : 1;
  b.chunks = ceil_divide(wanted, groups);
  if (b.chunks > g.ocg) b.chunks = g.ocg;
  b.chunk = ceil_divide(g.ocg, b.chunks);
  b.chunks = ceil_divide(g.ocg, b.chunk);
  b.group_chunk = b.chunks > 1 ? 1 : ceil_divide(groups, 4 * wanted);
  b.group_chunks = ceil_divide(g.g, b.group_chunk);
  plan->multiplies_padding = g.padded();
  return CONV4J_OK;
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  parallel_for(b.group_chunks * b.chunks, run.threads, [&](int64_t index, int64_t) {
    const int64_t group = index / b.chunks * b.group_chunk;
    const int64_t m = index % b.chunks * b.chunk;
    const int64_t oc = group * g.ocg + m;
    FilterGradient f = {};
    f.images = g.n;
    f.groups = group + b.group_chunk < g.g ? b.group_chunk : g.g - group;
    f.outputs = m + b.chunk < g.ocg ? b.chunk : g.ocg - m;
    f.channels = g.icg;
    f.src = run.src + group * g.icg * g.src_plane;
    f.src_image = g.ic * g.src_plane;
    f.src_plane = g.src_plane;
    f.height = g.ih;
    f.width = g.iw;
    f.diff_dst = run.diff_dst + oc * g.dst_plane;
    f.dst_image = g.oc * g.dst_plane;
    f.dst_plane = g.dst_plane;
    f.rows = g.oh;
    f.columns = g.ow;
    f.kh = g.kh;
    f.kw = g.kw;
    f.sh = g.sh;
    f.sw = g.sw;
    f.top = g.pt;
    f.left = g.pl;
    f.diff_weights = run.diff_weights + oc * g.taps;
    plan.kernels->filter_gradient_f32(f);
  });
  sum_bias(plan, run);
}

// In the steps of direct_backward_weights.cpp, measured on a Zen 3 and 4: a tap of a vector, and
// adding up its lanes. Outputs that share their inputs gain nothing from it here, and 7 rows of 7
// taps have no registers where there are 16.
double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double vectors =
      static_cast<double>(g.oh) * static_cast<double>(ceil_divide(g.ow, plan.kernels->lanes));
  // Every output channel goes over the image again: in the first-level cache, or beyond.
  const double planes = static_cast<double>(g.icg) * static_cast<double>(g.src_plane) +
                        static_cast<double>(g.dst_plane);
  const bool near = planes * 4.0 <= static_cast<double>(caches().l1) / 2;
  const double shared = near ? 1.5 : plan.kernels->lanes < 16 ? 2.2 : 3.2;
  const bool slow = g.ocg > 1 || (g.kw == 7 && plan.kernels->lanes < 16);
  const auto taps = static_cast<double>(g.taps);
  return static_cast<double>(g.n * g.oc) * taps * (vectors * (slow ? shared : 1.0) + 4.5) *
         vector_cost(plan);
}

}  // namespace

const Algorithm kFilterBackwardWeights = {"filter", supports, cost, lay_out, nullptr, execute};

}  // namespace conv4j
