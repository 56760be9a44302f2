// What conv4j.h refuses of average and adaptive pooling and of moves by indices.
#include <limits>
#include <string>

#include "refused.h"

using namespace conv4j_tests;

namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
constexpr conv4j_pool2d kWindow = {1, 3, 6, 7, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0};
constexpr conv4j_adaptive_pool2d kAdaptive = {1, 3, 6, 7, 4, 2};

template <typename Geometry>
using Create = conv4j_status (*)(const Geometry*, const conv4j_options*, const char*, const char*,
                                 conv4j_plan**);

template <typename Geometry>
conv4j_status create(Create<Geometry> function, const Geometry& g,
                     conv4j_options options = {0, 0, 0, 0, 0}) {
  conv4j_plan* plan = nullptr;
  const conv4j_status status = function(&g, &options, nullptr, nullptr, &plan);
  CHECK_EQ(status == CONV4J_OK, plan != nullptr);
  conv4j_plan_destroy(plan);
  return status;
}

conv4j_status create(const conv4j_avg_pool2d& g, conv4j_options options = {0, 0, 0, 0, 0}) {
  return create(conv4j_avg_pool2d_create, g, options);
}

void check_average() {
  CHECK_EQ(CONV4J_OK, create({kWindow, 1, -3}));
  REFUSED("count_include_pad is 2; it must be 0 or 1", create({kWindow, 2, 0}));
  REFUSED("relu is for the forward convolution only", create({kWindow, 1, 0}, {0, 0, 1, 0, 0}));
  REFUSED("direction is 2; it must be 0 to 1", create({kWindow, 1, 0}, {2, 0, 0, 0, 0}));
  conv4j_avg_pool2d g = {kWindow, 1, 0};
  g.window.dw = 2;
  REFUSED("dilation is 1x2; average pooling has none, it must be 1x1", create(g));
  g = {kWindow, 1, 0};
  g.window.kh = 0;
  REFUSED("kh is 0; it must be at least 1", create(g));
  // Nothing but a refusal, or a plan, comes of an extent however large.
  for (int64_t conv4j_pool2d::*field :
       {&conv4j_pool2d::n, &conv4j_pool2d::c, &conv4j_pool2d::ih, &conv4j_pool2d::iw,
        &conv4j_pool2d::kh, &conv4j_pool2d::kw, &conv4j_pool2d::sh, &conv4j_pool2d::sw}) {
    for (const int64_t large : {kHuge, kHuge / 8, int64_t{1} << 59U, int64_t{1} << 55U}) {
      for (const int64_t direction : {0, 1}) {
        g = {kWindow, 1, 0};
        g.window.*field = large;
        replay("average, %ld", static_cast<long>(large));
        const conv4j_status status = create(g, {direction, 0, 0, 0, 0});
        CHECK(status == CONV4J_OK || status == CONV4J_INVALID_ARGUMENT ||
              status == CONV4J_OUT_OF_MEMORY);
      }
    }
  }
}

void check_adaptive(Create<conv4j_adaptive_pool2d> function, int64_t directions) {
  const struct {
    const char* name;
    int64_t conv4j_adaptive_pool2d::*field;
    int64_t least;
  } extents[] = {{"n", &conv4j_adaptive_pool2d::n, 0},   {"c", &conv4j_adaptive_pool2d::c, 1},
                 {"ih", &conv4j_adaptive_pool2d::ih, 1}, {"iw", &conv4j_adaptive_pool2d::iw, 1},
                 {"oh", &conv4j_adaptive_pool2d::oh, 1}, {"ow", &conv4j_adaptive_pool2d::ow, 1}};
  for (const auto& extent : extents) {
    conv4j_adaptive_pool2d g = kAdaptive;
    g.*extent.field = extent.least - 1;
    const std::string sentence = std::string(extent.name) + " is " +
                                 std::to_string(extent.least - 1) + "; it must be at least " +
                                 std::to_string(extent.least);
    REFUSED(sentence.c_str(), create(function, g));
    for (const int64_t large : {kHuge, kHuge / 8, int64_t{1} << 59U, int64_t{1} << 55U}) {
      for (int64_t direction = 0; direction < directions; ++direction) {
        g = kAdaptive;
        g.*extent.field = large;
        replay("adaptive, %s = %ld", extent.name, static_cast<long>(large));
        const conv4j_status status = create(function, g, {direction, 0, 0, 0, 0});
        CHECK(status == CONV4J_OK || status == CONV4J_INVALID_ARGUMENT ||
              status == CONV4J_OUT_OF_MEMORY || status == CONV4J_UNSUPPORTED);
      }
    }
  }
  CHECK_EQ(CONV4J_OK, create(function, kAdaptive));
}

void check_indices() {
  float small[4] = {1, 2, 3, 4};
  float large[6] = {7, 7, 7, 7, 7, 7};
  int64_t indices[4] = {0, 2, 1, 3};
  REFUSED("index 3 at element 3 (plane 1) is outside its plane; it must be 0 to 2",
          conv4j_scatter(2, 1, 2, 3, small, indices, large, 2));
  // Channels last, the same index is element 1 of plane 1.
  REFUSED("index 3 at element 3 (plane 1) is outside its plane; it must be 0 to 2",
          conv4j_scatter(2, 2, 2, 3, small, indices, large, 2));
  indices[1] = -1;
  for (const auto function : {conv4j_scatter, conv4j_scatter_add}) {
    REFUSED("index -1 at element 1 (plane 0) is outside its plane; it must be 0 to 2",
            function(2, 1, 2, 3, small, indices, large, 1));
    REFUSED("small is null", function(2, 1, 2, 3, nullptr, indices, large, 1));
    REFUSED("indices is null", function(2, 1, 2, 3, small, nullptr, large, 1));
    REFUSED("large is null", function(2, 1, 2, 3, small, indices, nullptr, 1));
    REFUSED("large overlaps small", function(2, 1, 2, 3, large + 2, indices, large, 1));
    REFUSED("planes is -1", function(-1, 1, 2, 3, small, indices, large, 1));
    REFUSED("channels is 0; it must be at least 1 and divide planes, 2",
            function(2, 0, 2, 3, small, indices, large, 1));
    REFUSED("channels is 3", function(2, 3, 2, 3, small, indices, large, 1));
    REFUSED("threads 0", function(2, 1, 2, 3, small, indices, large, 0));
    REFUSED("beyond 2^59", function(kHuge, 1, 2, 3, small, indices, large, 1));
  }
  REFUSED("index -1 at element 1", conv4j_gather(2, 1, 2, 3, large, indices, small, 1));
  REFUSED("small overlaps large", conv4j_gather(2, 1, 2, 3, large, indices, large + 5, 1));
  for (const float value : large) CHECK_EQ(7.0F, value);  // a refusal writes nothing
}

}  // namespace

int main() {
  begin();
  check_average();
  check_adaptive(conv4j_adaptive_avg_pool2d_create, 2);
  check_adaptive(conv4j_adaptive_max_pool2d_create, 1);
  check_indices();
  return finish();
}
