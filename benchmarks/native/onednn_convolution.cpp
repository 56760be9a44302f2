#include "onednn_variant.h"

namespace conv4j_benchmarks {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;
using Descriptor = dnnl::memory::desc;

// The extents as oneDNN writes them: dilation 0 is dense, groups are an extent of the weights.
struct Extents {
  dnnl::memory::dims src, weights, dst, strides, dilation, before, after;
  Format plain_weights;
};

Extents extents_of(const Problem& p) {
  const conv4j_conv2d& g = p.conv;
  Extents e;
  e.src = {g.n, g.ic, g.ih, g.iw};
  e.dst = {g.n, g.oc, p.oh, p.ow};
  e.weights = {g.oc, g.ic / g.g, g.kh, g.kw};
  if (g.g > 1) e.weights = {g.g, g.oc / g.g, g.ic / g.g, g.kh, g.kw};
  e.plain_weights = g.g > 1 ? Format::goihw : Format::oihw;
  e.strides = {g.sh, g.sw};
  e.dilation = {g.dh - 1, g.dw - 1};
  e.before = {g.pt, g.pl};
  e.after = {g.pb, g.pr};
  return e;
}

// The formats of images and weights that a primitive is asked for.
struct Formats {
  Format src, weights, dst;
};

// Makes the variants of one problem; what oneDNN refuses is left out.
class Maker {
 public:
  Maker(const Problem& problem, const Tensors& tensors)
      : problem_(problem),
        tensors_(tensors),
        e_(extents_of(problem)),
        plain_src_(tensor(e_.src, Format::nchw)),
        plain_weights_(tensor(e_.weights, e_.plain_weights)),
        plain_dst_(tensor(e_.dst, Format::nchw)) {}

  void make(const Formats& formats, bool converts, std::vector<Variant>* variants) const {
    const Descriptor src = tensor(e_.src, formats.src);
    const Descriptor weights = tensor(e_.weights, formats.weights);
    const Descriptor dst = tensor(e_.dst, formats.dst);
    const dnnl::primitive_attr attributes;
    const auto forward = [&](prop_kind kind) {
      return dnnl::convolution_forward::primitive_desc(
          onednn_engine(), kind, algorithm::convolution_direct, src, weights, dst, e_.strides,
          e_.dilation, e_.before, e_.after, attributes, true);
    };
    if (problem_.direction == CONV4J_FORWARD) {
      for (const prop_kind kind : {prop_kind::forward_inference, prop_kind::forward_training}) {
        const auto found = forward(kind);
        if (!found) continue;
        add(variants,
            {dnnl::convolution_forward(found),
             found.impl_info_str(),
             {{DNNL_ARG_SRC, plain_src_, found.src_desc(), &tensors_.src},
              {DNNL_ARG_WEIGHTS, plain_weights_, found.weights_desc(), &tensors_.weights, true},
              {DNNL_ARG_DST, plain_dst_, found.dst_desc(), nullptr}},
             converts,
             {}});
      }
      return;
    }
    const auto hint = forward(prop_kind::forward_training);
    if (!hint) return;
    if (problem_.direction == CONV4J_BACKWARD_DATA) {
      const dnnl::convolution_backward_data::primitive_desc found(
          onednn_engine(), algorithm::convolution_direct, src, weights, dst, e_.strides,
          e_.dilation, e_.before, e_.after, hint, attributes, true);
      if (!found) return;
      add(variants,
          {dnnl::convolution_backward_data(found),
           found.impl_info_str(),
           {{DNNL_ARG_DIFF_DST, plain_dst_, found.diff_dst_desc(), &tensors_.diff_dst},
            {DNNL_ARG_WEIGHTS, plain_weights_, found.weights_desc(), &tensors_.weights, true},
            {DNNL_ARG_DIFF_SRC, plain_src_, found.diff_src_desc(), nullptr}},
           converts,
           {}});
      return;
    }
    const dnnl::convolution_backward_weights::primitive_desc found(
        onednn_engine(), algorithm::convolution_direct, src, weights, dst, e_.strides, e_.dilation,
        e_.before, e_.after, hint, attributes, true);
    if (!found) return;
    add(variants, {dnnl::convolution_backward_weights(found),
                   found.impl_info_str(),
                   {{DNNL_ARG_SRC, plain_src_, found.src_desc(), &tensors_.src},
                    {DNNL_ARG_DIFF_DST, plain_dst_, found.diff_dst_desc(), &tensors_.diff_dst},
                    {DNNL_ARG_DIFF_WEIGHTS, plain_weights_, found.diff_weights_desc(), nullptr}},
                   converts,
                   {}});
  }

  Format plain_weights() const { return e_.plain_weights; }

 private:
  const Problem& problem_;
  const Tensors& tensors_;
  const Extents e_;
  const Descriptor plain_src_, plain_weights_, plain_dst_;
};

}  // namespace

std::vector<Competitor> onednn_convolution(const Problem& problem, const Tensors& tensors) {
  const Maker maker(problem, tensors);
  std::vector<Variant> own, plain;
  for (const Format images : {Format::any, Format::nhwc}) {
    maker.make({images, Format::any, images}, false, &own);
  }
  for (const Format src : {Format::any, Format::nhwc, Format::nchw}) {
    for (const Format dst : {Format::any, Format::nhwc, Format::nchw}) {
      if ((src == Format::nhwc) != (dst == Format::nhwc)) continue;
      maker.make({src, Format::any, dst}, true, &plain);
      if (problem.direction == CONV4J_BACKWARD_WEIGHTS) {
        maker.make({src, maker.plain_weights(), dst}, true, &plain);
      }
    }
  }
  return {competitor_of("oneDNN own", own), competitor_of("oneDNN NCHW", plain)};
}

}  // namespace conv4j_benchmarks
