package io.github.conv4j.benchmarks.peers.onednn;

import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.primitive_attr;

/** The primitives that compute a pooling, and the formats that they may have. */
final class PoolingVariants {
  private static final format_tag[] FORMATS = {
    format_tag.nChw16c, format_tag.nChw8c, format_tag.nhwc, format_tag.nchw
  };

  private final PoolingProblem problem;
  private final long[] srcExtents;
  private final long[] dstExtents;
  private final long[] strides;
  private final long[] kernel;
  private final long[] dilation;
  private final long[] before;
  private final long[] after;
  private final algorithm kind;
  private final primitive_attr attributes = new primitive_attr();
  private final List<Variant> found = new ArrayList<>();

  PoolingVariants(PoolingProblem problem) throws UnsupportedProblemException {
    this.problem = problem;
    Pool2dGeometry g = problem.geometry();
    srcExtents = g.srcShape().toArray();
    dstExtents = g.dstShape().toArray();
    strides = new long[] {g.sh(), g.sw()};
    kernel = new long[] {g.kh(), g.kw()};
    dilation = new long[] {g.dh() - 1, g.dw() - 1};
    before = new long[] {g.pt(), g.pl()};
    after =
        new long[] {
          after(g.ih(), g.pt(), g.pb(), g.kh(), g.dh(), g.sh(), g.oh()),
          after(g.iw(), g.pl(), g.pr(), g.kw(), g.dw(), g.sw(), g.ow())
        };
    kind = problem.isMax() ? algorithm.pooling_max : algorithm.pooling_avg_include_padding;
    if (!problem.isMax() && (after[0] != g.pb() || after[1] != g.pr())) {
      throw new UnsupportedProblemException(
          "it divides by the whole window where that hangs over the padding");
    }
  }

  /** Where rounding up makes a last window that padding does not cover, the padding grows. */
  private static long after(
      long size, long before, long after, long taps, long dilation, long stride, long outputs) {
    return Math.max(after, (outputs - 1) * stride + dilation * (taps - 1) + 1 - size - before);
  }

  /** Every one that oneDNN has; see {@link ConvolutionVariants#all}. */
  List<Variant> all(boolean converts) {
    for (format_tag format : FORMATS) {
      try {
        add(format);
      } catch (RuntimeException e) {
        continue; // oneDNN has nothing for this format
      }
    }
    return found;
  }

  private void add(format_tag format) {
    desc src = Tensors.desc(srcExtents, format);
    desc dst = Tensors.desc(dstExtents, format);
    boolean forward = problem.direction() == Direction.FORWARD;
    pooling_forward.primitive_desc chosen =
        new pooling_forward.primitive_desc(
            Tensors.ENGINE,
            forward ? prop_kind.forward_inference : prop_kind.forward_training,
            kind,
            src,
            dst,
            strides,
            kernel,
            dilation,
            before,
            after,
            attributes,
            false);
    Variant.Argument srcArgument =
        argument(forward ? dnnl.DNNL_ARG_SRC : dnnl.DNNL_ARG_DIFF_SRC, srcExtents, src, forward);
    Variant.Argument dstArgument =
        argument(forward ? dnnl.DNNL_ARG_DST : dnnl.DNNL_ARG_DIFF_DST, dstExtents, dst, !forward);
    if (forward) {
      Variant.addNew(
          found,
          new Variant(
              new pooling_forward(chosen),
              chosen.impl_info_str().getString(),
              List.of(srcArgument, dstArgument),
              null));
      return;
    }
    pooling_backward.primitive_desc gradient =
        new pooling_backward.primitive_desc(
            Tensors.ENGINE,
            kind,
            src,
            dst,
            strides,
            kernel,
            dilation,
            before,
            after,
            chosen,
            attributes,
            false);
    Variant.addNew(
        found,
        new Variant(
            new pooling_backward(gradient),
            gradient.impl_info_str().getString(),
            List.of(dstArgument, srcArgument),
            problem.isMax() ? workspace(chosen, src, dst) : null));
  }

  private Variant.Argument argument(int id, long[] extents, desc own, boolean given) {
    float[] values =
        !given
            ? null
            : problem.direction() == Direction.FORWARD ? problem.src() : problem.diffDst();
    return new Variant.Argument(id, Tensors.desc(extents, format_tag.nchw), own, values, false);
  }

  /** What a forward call leaves for the gradient. */
  private memory workspace(pooling_forward.primitive_desc forward, desc src, desc dst) {
    memory workspace = new memory(forward.workspace_desc(), Tensors.ENGINE);
    memory plain = Tensors.of(Tensors.desc(srcExtents, format_tag.nchw), problem.src());
    memory from = Tensors.as(plain, src);
    memory to = new memory(dst, Tensors.ENGINE);
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(dnnl.DNNL_ARG_SRC, from);
    arguments.put(dnnl.DNNL_ARG_DST, to);
    arguments.put(dnnl.DNNL_ARG_WORKSPACE, workspace);
    new pooling_forward(forward).execute(Tensors.STREAM, arguments);
    Tensors.STREAM._wait();
    return workspace;
  }
}
