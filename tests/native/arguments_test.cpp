// What conv4j.h refuses when a plan is made: the status, and a sentence that names what is wrong.
#include <limits>
#include <string>

#include "refused.h"

using namespace conv4j_tests;

namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

// n, ic, ih, iw,  oc, kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  g
constexpr conv4j_conv2d kConvolution = {1, 4, 6, 7, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2};
// n, c, ih, iw,  kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  ceil
constexpr conv4j_pool2d kPooling = {1, 3, 6, 7, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0};

conv4j_status create(const conv4j_conv2d& g, conv4j_options options = {0, 0, 0, 0, 0},
                     const char* algorithm = nullptr, const char* isa = nullptr) {
  conv4j_plan* plan = nullptr;
  const conv4j_status status = conv4j_conv2d_create(&g, &options, algorithm, isa, &plan);
  CHECK_EQ(status == CONV4J_OK, plan != nullptr);
  conv4j_plan_destroy(plan);
  return status;
}

conv4j_status create(const conv4j_pool2d& g, conv4j_options options = {0, 0, 0, 0, 0},
                     const char* algorithm = nullptr, const char* isa = nullptr) {
  conv4j_plan* plan = nullptr;
  const conv4j_status status = conv4j_max_pool2d_create(&g, &options, algorithm, isa, &plan);
  CHECK_EQ(status == CONV4J_OK, plan != nullptr);
  conv4j_plan_destroy(plan);
  return status;
}

template <typename Geometry>
struct Extent {
  const char* name;
  int64_t Geometry::*field;
  int64_t least;
};

template <typename Geometry>
void check_extents(const Geometry& good, const std::initializer_list<Extent<Geometry>> extents) {
  for (const Extent<Geometry>& extent : extents) {
    for (const int64_t bad : {extent.least - 1, int64_t{-7}, -kHuge - 1}) {
      Geometry g = good;
      g.*extent.field = bad;
      const std::string sentence = std::string(extent.name) + " is " + std::to_string(bad) +
                                   "; it must be at least " + std::to_string(extent.least);
      REFUSED(sentence.c_str(), create(g));
    }
    // Nothing but a refusal, or a plan, comes of an extent however large.
    for (const int64_t large : {kHuge, kHuge / 8, int64_t{1} << 59U}) {
      Geometry g = good;
      g.*extent.field = large;
      replay("%s = %ld", extent.name, static_cast<long>(large));
      const conv4j_status status = create(g);
      CHECK(status == CONV4J_OK || status == CONV4J_INVALID_ARGUMENT ||
            status == CONV4J_OUT_OF_MEMORY);
    }
  }
}

void check_conv2d_geometry() {
  using G = conv4j_conv2d;
  CHECK_EQ(CONV4J_OK, create(kConvolution));
  check_extents<G>(kConvolution, {{"n", &G::n, 0},
                                  {"ic", &G::ic, 1},
                                  {"ih", &G::ih, 1},
                                  {"iw", &G::iw, 1},
                                  {"oc", &G::oc, 1},
                                  {"kh", &G::kh, 1},
                                  {"kw", &G::kw, 1},
                                  {"sh", &G::sh, 1},
                                  {"sw", &G::sw, 1},
                                  {"pt", &G::pt, 0},
                                  {"pl", &G::pl, 0},
                                  {"pb", &G::pb, 0},
                                  {"pr", &G::pr, 0},
                                  {"dh", &G::dh, 1},
                                  {"dw", &G::dw, 1},
                                  {"g", &G::g, 1}});
  G g = kConvolution;
  g.g = 3;
  REFUSED("ic 4 and oc 6 must be multiples of the 3 groups", create(g));
  g = kConvolution;
  g.oc = 5;
  REFUSED("ic 4 and oc 5 must be multiples of the 2 groups", create(g));
  g = kConvolution;
  g.kh = 9;
  REFUSED("kernel 9x3 (dilation 1x1) is larger than the padded input 8x9", create(g));
  g = kConvolution;
  g.dw = 5;
  REFUSED("kernel 3x3 (dilation 1x5) is larger than the padded input 8x9", create(g));
  g = {int64_t{1} << 31U, 1 << 16, 1 << 16, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1};
  REFUSED("src [2147483648, 65536, 65536, 1] has more than 2^60 elements", create(g));
  g = {1, int64_t{1} << 31U, 1, 1, int64_t{1} << 31U, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1};
  REFUSED("weights [2147483648, 2147483648, 1, 1] has more than 2^60 elements", create(g));
  g = {1, 1, 1, 1, 1, 1, 1, 1, 1, int64_t{1} << 31U, int64_t{1} << 31U, 0, 0, 1, 1, 1};
  REFUSED("dst [1, 1, 2147483649, 2147483649] has more than 2^60 elements", create(g));
}

void check_pool2d_geometry() {
  using G = conv4j_pool2d;
  CHECK_EQ(CONV4J_OK, create(kPooling));
  check_extents<G>(kPooling, {{"n", &G::n, 0},
                              {"c", &G::c, 1},
                              {"ih", &G::ih, 1},
                              {"iw", &G::iw, 1},
                              {"kh", &G::kh, 1},
                              {"kw", &G::kw, 1},
                              {"sh", &G::sh, 1},
                              {"sw", &G::sw, 1},
                              {"pt", &G::pt, 0},
                              {"pl", &G::pl, 0},
                              {"pb", &G::pb, 0},
                              {"pr", &G::pr, 0},
                              {"dh", &G::dh, 1},
                              {"dw", &G::dw, 1},
                              {"ceil_mode", &G::ceil_mode, 0}});
  G g = kPooling;
  g.ceil_mode = 2;
  REFUSED("ceil_mode is 2", create(g));
  g = kPooling;
  g.pt = 2;
  REFUSED("pt is 2; it must be at most 1, half of kh 3", create(g));
  g = kPooling;
  g.pr = 2;
  REFUSED("pr is 2; it must be at most 1, half of kw 2", create(g));
  g = kPooling;
  g.dh = 4;
  REFUSED("window 3x2 (dilation 4x1) is larger than the padded input 8x9", create(g));
}

void check_creation() {
  conv4j_options options = {0, 0, 0, 0, 0};
  conv4j_plan* plan = nullptr;
  REFUSED("null", conv4j_conv2d_create(nullptr, &options, nullptr, nullptr, &plan));
  REFUSED("null", conv4j_conv2d_create(&kConvolution, nullptr, nullptr, nullptr, &plan));
  REFUSED("null", conv4j_conv2d_create(&kConvolution, &options, nullptr, nullptr, nullptr));
  REFUSED("null", conv4j_max_pool2d_create(nullptr, &options, nullptr, nullptr, &plan));
  REFUSED("null", conv4j_max_pool2d_create(&kPooling, nullptr, nullptr, nullptr, &plan));
  REFUSED("null", conv4j_max_pool2d_create(&kPooling, &options, nullptr, nullptr, nullptr));
  REFUSED("direction is 3; it must be 0 to 2", create(kConvolution, {3, 0, 0, 0, 0}));
  REFUSED("direction is -1; it must be 0 to 2", create(kConvolution, {-1, 0, 0, 0, 0}));
  REFUSED("direction is 2; it must be 0 to 1", create(kPooling, {2, 0, 0, 0, 0}));
  REFUSED("accuracy is 2; it must be 0 or 1", create(kConvolution, {0, 2, 0, 0, 0}));
  REFUSED("accuracy is -1; it must be 0 or 1", create(kPooling, {0, -1, 0, 0, 0}));
  REFUSED("relu is 2; it must be 0 or 1", create(kConvolution, {0, 0, 2, 0, 0}));
  REFUSED("memory_format is 2; it must be 0 or 1", create(kConvolution, {0, 0, 0, 0, 2}));
  REFUSED("memory_format is -1; it must be 0 or 1", create(kPooling, {0, 0, 0, 0, -1}));
  REFUSED("relu is for the forward direction only", create(kConvolution, {1, 0, 1, 0, 0}));
  REFUSED("relu is for the forward direction only", create(kConvolution, {2, 0, 1, 0, 0}));
  REFUSED("relu is for the forward convolution only", create(kPooling, {0, 0, 1, 0, 0}));
  REFUSED("padding_mode is 4; it must be 0 to 3", create(kConvolution, {0, 0, 0, 4, 0}));
  REFUSED("padding_mode is -1; it must be 0 to 3", create(kConvolution, {0, 0, 0, -1, 0}));
  REFUSED("padding_mode is 1; it must be 0 except in a convolution",
          create(kPooling, {0, 0, 0, CONV4J_PADDING_REPLICATE, 0}));
  REFUSED(
      "no algorithm is named 'magic'; there are pointwise, filter, winograd4, winograd2, blocked",
      create(kConvolution, {0, 0, 0, 0, 0}, "magic"));
  REFUSED("no algorithm is named ''", create(kConvolution, {0, 0, 0, 0, 0}, ""));
  REFUSED("no algorithm is named 'gather'; there are planes, blocks, separable",
          create(kPooling, {0, 0, 0, 0, 0}, "gather"));
  UNSUPPORTED("the algorithm pointwise does not take this geometry",
              create(kConvolution, {0, 0, 0, 0, 0}, "pointwise"));
  UNSUPPORTED("the algorithm im2col_openblas does not take this geometry",
              create(kConvolution, {0, 0, 0, 0, 0}, "im2col_openblas"));
  REFUSED("no instruction set is named 'sse9'; there are scalar",
          create(kConvolution, {0, 0, 0, 0, 0}, nullptr, "sse9"));
  REFUSED("no instruction set is named ''", create(kPooling, {0, 0, 0, 0, 0}, nullptr, ""));
  for (const int64_t direction : {-1, 3}) {
    CHECK(conv4j_conv2d_algorithm(direction, 0) == nullptr);
  }
  CHECK(conv4j_conv2d_algorithm(0, -1) == nullptr);
  CHECK(conv4j_conv2d_algorithm(0, kHuge) == nullptr);
  CHECK(conv4j_max_pool2d_algorithm(CONV4J_BACKWARD_WEIGHTS, 0) == nullptr);
  CHECK(conv4j_max_pool2d_algorithm(0, -1) == nullptr);
}

}  // namespace

int main() {
  begin();
  check_conv2d_geometry();
  check_pool2d_geometry();
  check_creation();
  return finish();
}
