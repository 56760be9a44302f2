package io.github.conv4j.benchmarks.peers.onednn;

import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_attr;

/** The primitives that compute a convolution, and the formats that they may have. */
final class ConvolutionVariants {
  private final ConvolutionProblem problem;
  private final long[] srcExtents;
  private final long[] weightExtents;
  private final long[] dstExtents;
  private final long[] strides;
  private final long[] dilation;
  private final long[] before;
  private final long[] after;
  private final format_tag plainWeights;
  private final primitive_attr attributes = new primitive_attr();
  private final List<Variant> found = new ArrayList<>();

  ConvolutionVariants(ConvolutionProblem problem) {
    this.problem = problem;
    Conv2dGeometry g = problem.geometry();
    boolean grouped = g.g() > 1;
    srcExtents = g.srcShape().toArray();
    dstExtents = g.dstShape().toArray();
    weightExtents =
        grouped
            ? new long[] {g.g(), g.oc() / g.g(), g.ic() / g.g(), g.kh(), g.kw()}
            : g.weightsShape().toArray();
    plainWeights = grouped ? format_tag.goihw : format_tag.oihw;
    strides = new long[] {g.sh(), g.sw()};
    dilation = new long[] {g.dh() - 1, g.dw() - 1};
    before = new long[] {g.pt(), g.pl()};
    after = new long[] {g.pb(), g.pr()};
  }

  /**
   * Every one that oneDNN has.
   *
   * @param converts with plain tensors in and out, so that each format has its price
   */
  List<Variant> all(boolean converts) {
    format_tag[] formats =
        converts
            ? new format_tag[] {format_tag.any, format_tag.nhwc, format_tag.nchw}
            : new format_tag[] {format_tag.any, format_tag.nhwc};
    for (format_tag src : formats) {
      for (format_tag dst : formats) {
        boolean alike = (src == format_tag.nhwc) == (dst == format_tag.nhwc);
        if (alike && (converts || src == dst)) {
          add(src, format_tag.any, dst);
          if (converts && problem.direction() == Direction.BACKWARD_WEIGHTS) {
            add(src, plainWeights, dst);
          }
        }
      }
    }
    return found;
  }

  private void add(format_tag src, format_tag weights, format_tag dst) {
    desc srcDesc = Tensors.desc(srcExtents, src);
    desc weightsDesc = Tensors.desc(weightExtents, weights);
    desc dstDesc = Tensors.desc(dstExtents, dst);
    try {
      switch (problem.direction()) {
        case FORWARD -> {
          forward(prop_kind.forward_inference, srcDesc, weightsDesc, dstDesc);
          forward(prop_kind.forward_training, srcDesc, weightsDesc, dstDesc);
        }
        case BACKWARD_DATA -> backwardData(srcDesc, weightsDesc, dstDesc);
        case BACKWARD_WEIGHTS -> backwardWeights(srcDesc, weightsDesc, dstDesc);
      }
    } catch (RuntimeException e) {
      return; // oneDNN has nothing for these formats
    }
  }

  private convolution_forward.primitive_desc descriptor(
      prop_kind kind, desc src, desc weights, desc dst) {
    return new convolution_forward.primitive_desc(
        Tensors.ENGINE,
        kind,
        dnnl.algorithm.convolution_direct,
        src,
        weights,
        dst,
        strides,
        dilation,
        before,
        after,
        attributes,
        false);
  }

  private void forward(prop_kind kind, desc src, desc weights, desc dst) {
    convolution_forward.primitive_desc chosen = descriptor(kind, src, weights, dst);
    Variant.addNew(
        found,
        new Variant(
            new convolution_forward(chosen),
            chosen.impl_info_str().getString(),
            List.of(
                src(dnnl.DNNL_ARG_SRC, chosen.src_desc(), problem.src()),
                weights(dnnl.DNNL_ARG_WEIGHTS, chosen.weights_desc(), problem.weights()),
                dst(dnnl.DNNL_ARG_DST, chosen.dst_desc(), null)),
            null));
  }

  private void backwardData(desc src, desc weights, desc dst) {
    convolution_backward_data.primitive_desc chosen =
        new convolution_backward_data.primitive_desc(
            Tensors.ENGINE,
            dnnl.algorithm.convolution_direct,
            src,
            weights,
            dst,
            strides,
            dilation,
            before,
            after,
            descriptor(prop_kind.forward_training, src, weights, dst),
            attributes,
            false);
    Variant.addNew(
        found,
        new Variant(
            new convolution_backward_data(chosen),
            chosen.impl_info_str().getString(),
            List.of(
                dst(dnnl.DNNL_ARG_DIFF_DST, chosen.diff_dst_desc(), problem.diffDst()),
                weights(dnnl.DNNL_ARG_WEIGHTS, chosen.weights_desc(), problem.weights()),
                src(dnnl.DNNL_ARG_DIFF_SRC, chosen.diff_src_desc(), null)),
            null));
  }

  private void backwardWeights(desc src, desc weights, desc dst) {
    convolution_backward_weights.primitive_desc chosen =
        new convolution_backward_weights.primitive_desc(
            Tensors.ENGINE,
            dnnl.algorithm.convolution_direct,
            src,
            weights,
            dst,
            strides,
            dilation,
            before,
            after,
            descriptor(prop_kind.forward_training, src, weights, dst),
            attributes,
            false);
    Variant.addNew(
        found,
        new Variant(
            new convolution_backward_weights(chosen),
            chosen.impl_info_str().getString(),
            List.of(
                src(dnnl.DNNL_ARG_SRC, chosen.src_desc(), problem.src()),
                dst(dnnl.DNNL_ARG_DIFF_DST, chosen.diff_dst_desc(), problem.diffDst()),
                weights(dnnl.DNNL_ARG_DIFF_WEIGHTS, chosen.diff_weights_desc(), null)),
            null));
  }

  private Variant.Argument src(int id, desc own, float[] values) {
    return new Variant.Argument(id, Tensors.desc(srcExtents, format_tag.nchw), own, values, false);
  }

  private Variant.Argument dst(int id, desc own, float[] values) {
    return new Variant.Argument(id, Tensors.desc(dstExtents, format_tag.nchw), own, values, false);
  }

  private Variant.Argument weights(int id, desc own, float[] values) {
    return new Variant.Argument(
        id, Tensors.desc(weightExtents, plainWeights), own, values, values != null);
  }
}
