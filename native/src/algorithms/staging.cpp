// A task turns a strip of pixels of one image round, all channels: the strips follow from the
// extents, and each element is written once.
#include "algorithms/staging.h"

#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kStripElements = 16 << 10;
constexpr int64_t kStripPixels = 64;  // of which a strip holds a multiple: whole cache lines
constexpr double kMostElements = 1e15;

// Calls task(image's first element, first pixel, pixels) for strips of pixels.
template <typename Task>
void for_each_strip(const Images& images, int64_t threads, const Task& task) {
  if (images.elements() == 0) return;
  const int64_t strip = ceil_divide(kStripElements, images.c * kStripPixels) * kStripPixels;
  const int64_t strips = ceil_divide(images.pixels, strip);
  parallel_for(images.n * strips, threads, [&](int64_t index, int64_t) {
    const int64_t first = index % strips * strip;
    const int64_t left = images.pixels - first;
    task(index / strips * images.c * images.pixels, first, left < strip ? left : strip);
  });
}

int64_t bytes_of(const Images& images) {
  return align_up(images.elements() * static_cast<int64_t>(sizeof(float)), kAlignment);
}

}  // namespace

void planes_from_channels_last(const KernelTable& kernels, const Images& images, const float* from,
                               float* to, int64_t threads) {
  for_each_strip(images, threads, [&](int64_t image, int64_t first, int64_t pixels) {
    kernels.transpose_f32({from + image + first * images.c, images.c, pixels, images.c,
                           to + image + first, images.pixels, 0});
  });
}

void channels_last_from_planes(const KernelTable& kernels, const Images& images, const float* from,
                               float* to, int64_t threads) {
  for_each_strip(images, threads, [&](int64_t image, int64_t first, int64_t pixels) {
    kernels.transpose_f32({from + image + first, images.pixels, images.c, pixels,
                           to + image + first * images.c, images.c, 0});
  });
}

conv4j_status lay_out_staging(Plan* plan, const Images& src, const Images& dst) {
  plan->src_images = src;
  plan->dst_images = dst;
  if (!plan->channels_last()) return CONV4J_OK;
  const double planes = static_cast<double>(src.elements()) + static_cast<double>(dst.elements());
  const double padded = static_cast<double>(plan->pad_workspace) / sizeof(float);
  if (planes + padded > kMostElements) return CONV4J_OUT_OF_MEMORY;
  plan->planes_workspace = bytes_of(src) + bytes_of(dst);
  return CONV4J_OK;
}

Staging::Staging(const Plan& plan, void* workspace, int64_t threads, int64_t useful)
    : plan_(plan), threads_(useful) {
  if (plan.planes_workspace == 0) return;
  char* planes = static_cast<char*>(workspace) + plan.workspace_shared +
                 plan.workspace_per_thread * threads + plan.pad_workspace;
  src_ = reinterpret_cast<float*>(planes);
  dst_ = reinterpret_cast<float*>(planes + bytes_of(plan.src_images));
}

const float* Staging::planes(const Images& images, const float* given, float* room) const {
  if (room == nullptr) return given;
  planes_from_channels_last(*plan_.kernels, images, given, room, threads_);
  return room;
}

void Staging::finish(const Images& images, const float* room, float* given) const {
  if (room != nullptr) {
    channels_last_from_planes(*plan_.kernels, images, room, given, threads_);
  }
}

}  // namespace conv4j
