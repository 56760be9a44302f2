// A plan: one operation on one geometry with its algorithm chosen and its blocking laid down.
#ifndef CONV4J_ALGORITHMS_PLAN_H
#define CONV4J_ALGORITHMS_PLAN_H

#include "conv4j.h"
#include "dispatch/isa.h"
#include "geometry/geometry.h"
#include "geometry/windows.h"
#include "memory/caches.h"
#include "memory/memory.h"

namespace conv4j {

// The tensors of one execution; each direction uses its own.
struct Execution {
  const float* src = nullptr;
  const float* diff_dst = nullptr;
  const float* weights = nullptr;  // as the algorithm's prepare left them
  const float* bias = nullptr;
  float* dst = nullptr;
  float* diff_src = nullptr;
  float* diff_weights = nullptr;
  float* diff_bias = nullptr;
  void* offsets = nullptr;     // max pooling: written forward, read backward
  int64_t* indices = nullptr;  // adaptive max pooling, or null; lies as the caller's images do
  char* workspace = nullptr;
  int64_t threads = 1;
};

// How an algorithm cuts its work. Everything follows from the geometry, the kernels and the cache
// sizes, never from the number of threads, so that results do not depend on it.
struct Blocking {
  // Strips of output rows, whose input rows are split by phase (see kernels/rows.inl).
  int64_t strip_rows = 0;  // output rows of a strip
  int64_t strips = 0;
  int64_t strip_in_rows = 0;  // input rows that they read
  int64_t phase_length = 0;   // elements of one phase
  int64_t row_elements = 0;   // elements of one split row: all its phases
  int64_t images = 0;         // whose strips are taken together
  bool in_place = false;      // the image is read where it lies; nothing is split
  int64_t flat_columns = 0;   // of a strip computed as one row, what lies between rows included
  // Segments of output pixels, whose windows are laid out as columns.
  int64_t segment = 0;  // pixels
  int64_t segments = 0;
  int64_t distance = 0;  // elements between two rows of columns
  // Tiles of Winograd's algorithms.
  int64_t tile_rows = 0;  // of one image
  int64_t tile_columns = 0;
  int64_t block = 0;  // tiles that one task multiplies at most
  int64_t panel = 0;  // tiles whose transforms lie in the shared workspace; 0: in the tasks' own
  // Chunks of channels; each task works on one.
  int64_t chunk = 0;  // output channels (input channels where it says so)
  int64_t chunks = 0;
  int64_t in_chunk = 0;  // input channels
  int64_t in_chunks = 0;
  int64_t group_chunk = 0;  // groups
  int64_t group_chunks = 0;
  bool reciprocal = false;  // tables hold one over the divisors of an average
};

}  // namespace conv4j

struct conv4j_plan {
  enum Operation { kConv2d, kConvTranspose2d, kMaxPool2d, kAvgPool2d, kAdaptiveMaxPool2d };

  Operation operation = kConv2d;
  conv4j_options options = {};
  conv4j::Conv2d conv = {};
  conv4j::Pool2d pool = {};
  bool takes_least = false;        // min pooling, which is max pooling in all else
  conv4j::Windows2d windows = {};  // of average and adaptive pooling
  conv4j::ConvTranspose2d transpose = {};
  const conv4j::Isa* isa = nullptr;
  const conv4j::KernelTable* kernels = nullptr;
  const struct conv4j_algorithm* algorithm = nullptr;

  // What it was chosen from: the algorithms that take the plan, in the order of their list.
  struct Candidate {
    const struct conv4j_algorithm* algorithm;
    double cost;
  };
  static constexpr int64_t kMostCandidates = 16;
  Candidate candidates[kMostCandidates] = {};
  int64_t candidate_count = 0;

  // Laid down by the algorithm.
  conv4j::Conv2d problem = {};  // the forward convolution that is computed: conv or its transpose
  bool is_transposed = false;   // problem is the transpose, its weights rotated
  bool multiplies_padding = false;  // zeros of the padding meet weights (or diff_dst) in a product
  conv4j::Blocking blocking = {};
  int64_t packed_elements = 0;       // of the weights in the algorithm's layout
  int64_t workspace_shared = 0;      // bytes at the start of the workspace, a multiple of 64
  int64_t workspace_per_thread = 0;  // bytes after them for each thread, a multiple of 64
  int64_t* offsets = nullptr;        // of the taps, where the algorithm reads rows at offsets
  int64_t offset_count = 0;
  int64_t tap_size = 0;  // bytes of a max pooling's window offset

  // Where the algorithm does not work on the caller's image itself: conv is then without padding,
  // on the result of pad (a convolution that copies its padding) or on its source (a transposed
  // convolution that crops), which lies in the workspace behind that of the threads.
  bool pads = false;
  conv4j::Pad2d pad = {};
  int64_t* pad_sources = nullptr;  // of the padded rows, then of the padded columns
  int64_t pad_source_count = 0;
  int64_t pad_workspace = 0;  // bytes behind those, for a padded image

  // The caller's images, and bytes behind the padded one where a channels-last plan keeps their
  // planes: those of src, then those of dst.
  conv4j::Images src_images = {};
  conv4j::Images dst_images = {};
  int64_t planes_workspace = 0;

  bool channels_last() const { return options.memory_format == CONV4J_CHANNELS_LAST; }
};

// An entry of one of the ordered lists of algorithms.
struct conv4j_algorithm {
  const char* name;
  bool (*supports)(const conv4j_plan& plan);
  // Estimated time on one thread, in vector multiply-adds; of a pooling, in cycles for one plane.
  // Less is better.
  double (*cost)(const conv4j_plan& plan);
  conv4j_status (*lay_out)(conv4j_plan* plan);
  // Weights [OC][IC/G][KH][KW] to plan.packed_elements floats; null where there are none.
  void (*prepare)(const conv4j_plan& plan, const float* weights, float* packed);
  void (*execute)(const conv4j_plan& plan, const conv4j::Execution& run);
};

namespace conv4j {

using Plan = conv4j_plan;
using Algorithm = conv4j_algorithm;

// An ordered list; the last entry takes every geometry.
struct AlgorithmList {
  const Algorithm* const* entries;
  int64_t count;
};
AlgorithmList conv2d_algorithms(int64_t direction);
AlgorithmList max_pool2d_algorithms(int64_t direction);
AlgorithmList avg_pool2d_algorithms(int64_t direction);
AlgorithmList adaptive_max_pool2d_algorithms();

// Lists the candidates and chooses by cost, or takes the one that is named; then lays the plan
// down.
conv4j_status choose(const AlgorithmList& list, const char* name, Plan* plan);

// Room for count tap offsets, kept by the plan; null when there is no memory.
int64_t* allocate_offsets(Plan* plan, int64_t count);

void destroy(Plan* plan);

// ------------------------------------------------------------------ shared by the algorithms

constexpr int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Panels of the product kernel for m rows.
inline Panels panels_for(const Plan& plan, int64_t m) {
  return {m, ceil_divide(m, plan.kernels->product_rows)};
}

// A few times the threads of a large machine: enough tasks to share out, whoever runs them.
constexpr int64_t kWantedTasks = 16;

// Below so many multiply-adds a task is not worth handing to another thread.
constexpr double kLeastTask = 20000;

// Tasks worth having for so much work.
inline int64_t wanted_tasks(double multiply_adds) {
  const double most = multiply_adds / kLeastTask;
  return most < 1                                   ? 1
         : most > static_cast<double>(kWantedTasks) ? kWantedTasks
                                                    : static_cast<int64_t>(most);
}

// What an operation on a vector costs in the unit of Algorithm::cost: that on 16 lanes where the
// CPU computes them at once.
inline double vector_cost(const Plan& plan) {
  const double lanes = static_cast<double>(plan.kernels->lanes);
  return (lanes == 16 && halves_wide_vectors() ? 32.0 : 16.0) / lanes;
}

// Whether depthwise kernels and averages go down the columns of the image, a vector of outputs at a
// time: where registers do not hold blocks of many rows, or loads take as long as what is done with
// them. One thread of a Zen 4 with 16 lanes: 3x3 averages at stride 1 in half the time, depthwise
// kernels at stride 1 in 0.6 to 0.9 of it. Not measured where 16 lanes are computed at once.
inline bool goes_by_columns(const Plan& plan) {
  const int64_t lanes = plan.kernels->lanes;
  return lanes > 1 && (lanes < 16 || halves_wide_vectors());
}

// What a byte of weights costs that is read once, in the unit of Algorithm::cost: from the memory
// where there are more than the shared cache keeps. Slower vectors leave time to read meanwhile.
inline double weight_byte_cost(const Plan& plan, double bytes) {
  const double l3 = static_cast<double>(caches().l3);
  if (vector_cost(plan) == 1.0) return bytes < l3 / 4 ? 0.15 : 0.35;  // fitted on an Ice Lake
  return bytes < l3 / 2 ? 0.05 : 0.25;  // and on a Zen 4, also with 8 lanes
}

// Sets plan->problem to conv (forward) or its transpose (backward data); false if there is none.
bool set_problem(Plan* plan);

// Input and output of the problem.
inline const float* problem_src(const Plan& plan, const Execution& run) {
  return plan.is_transposed ? run.diff_dst : run.src;
}
inline float* problem_dst(const Plan& plan, const Execution& run) {
  return plan.is_transposed ? run.diff_src : run.dst;
}
// The part of the workspace that belongs to a slot.
inline float* scratch_of(const Plan& plan, const Execution& run, int64_t slot) {
  return reinterpret_cast<float*>(run.workspace + plan.workspace_shared +
                                  slot * plan.workspace_per_thread);
}
inline uint32_t product_flags(const Plan& plan) {
  return plan.options.relu != 0 ? kProductRelu : 0U;
}

// Where in [OC][IC/G][KH][KW] the problem's weight of group g, output channel m and input channel c
// of the group, tap (0, 0) stands, and how far it is from one tap to the next.
struct TapLine {
  const float* first;
  ptrdiff_t step;
};
TapLine tap_line(const Plan& plan, const float* weights, int64_t g, int64_t m, int64_t c);

// Some of the problem's weights: output channels [m, m + rows) and input channels [c, c + channels)
// of a group.
struct WeightBlock {
  int64_t g, m, rows, c, channels;
};
// Packs a block into panels, what product_f32 reads: [panel][tap][row]. Gives the end of what it
// wrote.
float* pack_panels(const Plan& plan, const float* weights, const WeightBlock& block, float* packed);

// Packs the problem's weights into panels, group by group, chunk by chunk of blocking.chunk output
// channels.
void pack_weights(const Plan& plan, const float* weights, float* packed);

// Weights as they are.
void copy_weights(const Plan& plan, const float* weights, float* packed);

// diff_bias[oc] = the sum of diff_dst over images and pixels, if it is asked for.
void sum_bias(const Plan& plan, const Execution& run);
// Writes diff_bias of so many channels, if it is asked for; whether all sums are finite, which they
// are not where an element of diff_dst is not.
bool write_bias(const Execution& run, int64_t channel, const double* sums, int64_t count);
// sums[c] = the sum of x [n][channels][plane] over n and plane.
void sum_channels(const Plan& plan, const float* x, int64_t n, int64_t channels, int64_t plane,
                  int64_t threads, float* sums);

}  // namespace conv4j

#endif
