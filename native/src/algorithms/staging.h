// Images that lie channels last, and their planes in the workspace, where the algorithms work.
#ifndef CONV4J_ALGORITHMS_STAGING_H
#define CONV4J_ALGORITHMS_STAGING_H

#include "algorithms/plan.h"

namespace conv4j {

// to [n][c][pixels] from images that lie channels last, and the way back.
void planes_from_channels_last(const KernelTable& kernels, const Images& images, const float* from,
                               float* to, int64_t threads);
void channels_last_from_planes(const KernelTable& kernels, const Images& images, const float* from,
                               float* to, int64_t threads);

// Gives a plan whose options ask for it room for the planes of its images, src and dst as the
// caller has them. CONV4J_OUT_OF_MEMORY where no memory can hold them, or CONV4J_OK.
conv4j_status lay_out_staging(Plan* plan, const Images& src, const Images& dst);

// The images of one call as planes: the caller's own, or those in the workspace. Of each pair, src
// or its gradient, only one takes part in a call.
class Staging {
 public:
  // workspace: of a call with so many threads, of which `useful` ones turn the images round.
  Staging(const Plan& plan, void* workspace, int64_t threads, int64_t useful);

  // The planes of an image that is read.
  const float* src(const float* given) const { return planes(plan_.src_images, given, src_); }
  const float* dst(const float* given) const { return planes(plan_.dst_images, given, dst_); }
  // Where the planes of an image are written, and the image that they give.
  float* src_room(float* given) const { return src_ != nullptr ? src_ : given; }
  float* dst_room(float* given) const { return dst_ != nullptr ? dst_ : given; }
  void finish_src(float* given) const { finish(plan_.src_images, src_, given); }
  void finish_dst(float* given) const { finish(plan_.dst_images, dst_, given); }

 private:
  const float* planes(const Images& images, const float* given, float* room) const;
  void finish(const Images& images, const float* room, float* given) const;

  const Plan& plan_;
  float* src_ = nullptr;  // null where the caller's images are planes
  float* dst_ = nullptr;
  int64_t threads_;
};

// Where element i of [n][c][pixels] lies among the caller's.
inline int64_t position(const Plan& plan, const Images& images, int64_t i) {
  if (!plan.channels_last()) return i;
  const int64_t plane = i / images.pixels;
  return (plane / images.c * images.pixels + i % images.pixels) * images.c + plane % images.c;
}

}  // namespace conv4j

#endif
