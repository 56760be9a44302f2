#include <algorithm>

#include "onednn_variant.h"

namespace conv4j_benchmarks {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;
using Descriptor = dnnl::memory::desc;

// Where rounding up makes a last window that padding does not cover, the padding grows.
int64_t padding_after(int64_t size, int64_t before, int64_t after, int64_t taps, int64_t dilation,
                      int64_t stride, int64_t outputs) {
  const int64_t needed = (outputs - 1) * stride + dilation * (taps - 1) + 1 - size - before;
  return std::max(after, needed);
}

struct Extents {
  dnnl::memory::dims src, dst, strides, kernel, dilation, before, after;
};

Extents extents_of(const Problem& p) {
  const conv4j_pool2d& g = p.pool;
  return {{g.n, g.c, g.ih, g.iw},
          {g.n, g.c, p.oh, p.ow},
          {g.sh, g.sw},
          {g.kh, g.kw},
          {g.dh - 1, g.dw - 1},
          {g.pt, g.pl},
          {padding_after(g.ih, g.pt, g.pb, g.kh, g.dh, g.sh, p.oh),
           padding_after(g.iw, g.pl, g.pr, g.kw, g.dw, g.sw, p.ow)}};
}

class Maker {
 public:
  Maker(const Problem& problem, const Tensors& tensors)
      : problem_(problem),
        tensors_(tensors),
        e_(extents_of(problem)),
        plain_src_(tensor(e_.src, Format::nchw)),
        plain_dst_(tensor(e_.dst, Format::nchw)),
        algorithm_(problem.operation == Operation::kMaxPool2d
                       ? algorithm::pooling_max
                       : algorithm::pooling_avg_include_padding) {}

  void make(Format format, bool converts, std::vector<Variant>* variants) const {
    const Descriptor src = tensor(e_.src, format);
    const Descriptor dst = tensor(e_.dst, format);
    const bool is_forward = problem_.direction == CONV4J_FORWARD;
    const dnnl::pooling_forward::primitive_desc forward(
        onednn_engine(), is_forward ? prop_kind::forward_inference : prop_kind::forward_training,
        algorithm_, src, dst, e_.strides, e_.kernel, e_.dilation, e_.before, e_.after,
        dnnl::primitive_attr(), true);
    if (!forward) return;
    if (is_forward) {
      add(variants, {dnnl::pooling_forward(forward),
                     forward.impl_info_str(),
                     {{DNNL_ARG_SRC, plain_src_, src, &tensors_.src},
                      {DNNL_ARG_DST, plain_dst_, dst, nullptr}},
                     converts,
                     {}});
      return;
    }
    const dnnl::pooling_backward::primitive_desc found(
        onednn_engine(), algorithm_, src, dst, e_.strides, e_.kernel, e_.dilation, e_.before,
        e_.after, forward, dnnl::primitive_attr(), true);
    if (!found) return;
    add(variants, {dnnl::pooling_backward(found),
                   found.impl_info_str(),
                   {{DNNL_ARG_DIFF_DST, plain_dst_, dst, &tensors_.diff_dst},
                    {DNNL_ARG_DIFF_SRC, plain_src_, src, nullptr}},
                   converts,
                   workspace_of(forward, src, dst)});
  }

 private:
  dnnl::memory workspace_of(const dnnl::pooling_forward::primitive_desc& forward,
                            const Descriptor& src, const Descriptor& dst) const {
    if (algorithm_ != algorithm::pooling_max) return {};
    dnnl::stream stream(onednn_engine());
    dnnl::memory workspace(forward.workspace_desc(), onednn_engine());
    dnnl::memory given(plain_src_, onednn_engine(), tensors_.src.get());
    dnnl::memory from(src, onednn_engine());
    dnnl::memory to(dst, onednn_engine());
    dnnl::reorder(given, from).execute(stream, given, from);
    dnnl::pooling_forward(forward).execute(
        stream, {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}, {DNNL_ARG_WORKSPACE, workspace}});
    stream.wait();
    return workspace;
  }

  const Problem& problem_;
  const Tensors& tensors_;
  const Extents e_;
  const Descriptor plain_src_, plain_dst_;
  const algorithm algorithm_;
};

}  // namespace

std::vector<Competitor> onednn_pooling(const Problem& problem, const Tensors& tensors) {
  const Maker maker(problem, tensors);
  std::vector<Variant> own, plain;
  for (const Format format : {Format::nChw16c, Format::nChw8c, Format::nhwc, Format::nchw}) {
    maker.make(format, false, &own);
    maker.make(format, true, &plain);
  }
  std::vector<Competitor> competitors = {competitor_of("oneDNN own", own),
                                         competitor_of("oneDNN NCHW", plain)};
  // oneDNN divides by the whole window where it hangs over the padding.
  const Extents e = extents_of(problem);
  for (Competitor& competitor : competitors) {
    competitor.same_definition = problem.operation == Operation::kMaxPool2d ||
                                 (e.after[0] == problem.pool.pb && e.after[1] == problem.pool.pr);
  }
  return competitors;
}

}  // namespace conv4j_benchmarks
