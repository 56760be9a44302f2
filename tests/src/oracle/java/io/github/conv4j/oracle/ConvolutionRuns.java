package io.github.conv4j.oracle;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.ConvolutionBackwardData;
import io.github.conv4j.kernel.ConvolutionBackwardWeights;
import io.github.conv4j.kernel.ConvolutionForward;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.List;

/** conv4j's side of a convolution of either kind, from {@code src}, {@code weights}, and so on. */
final class ConvolutionRuns {
  private ConvolutionRuns() {}

  static List<Actual> run(
      ConvolutionForward plan, Sources sources, MemoryFormat format, Shape dstShape) {
    try (Tensor src = sources.tensor("src", format);
        Tensor weights = sources.tensor("weights");
        Tensor bias = sources.tensor("bias");
        PreparedWeights prepared = plan.prepare(weights);
        Tensor dst = Tensor.zeros(dstShape, format)) {
      dst.fill(Float.NaN);
      plan.run(src, prepared, bias, dst);
      return List.of(Actual.of(dst.toArray()));
    }
  }

  static List<Actual> run(
      ConvolutionBackwardData plan, Sources sources, MemoryFormat format, Shape srcShape) {
    try (Tensor diffDst = sources.tensor("diff_dst", format);
        Tensor weights = sources.tensor("weights");
        PreparedWeights prepared = plan.prepare(weights);
        Tensor diffSrc = Tensor.zeros(srcShape, format)) {
      diffSrc.fill(Float.NaN);
      plan.run(diffDst, prepared, diffSrc);
      return List.of(Actual.of(diffSrc.toArray()));
    }
  }

  static List<Actual> run(
      ConvolutionBackwardWeights plan,
      Sources sources,
      MemoryFormat format,
      Shape weightsShape,
      Shape biasShape) {
    try (Tensor src = sources.tensor("src", format);
        Tensor diffDst = sources.tensor("diff_dst", format);
        Tensor diffWeights = Tensor.zeros(weightsShape);
        Tensor diffBias = Tensor.zeros(biasShape)) {
      diffWeights.fill(Float.NaN);
      diffBias.fill(Float.NaN);
      plan.run(src, diffDst, diffWeights, diffBias);
      return List.of(Actual.of(diffWeights.toArray()), Actual.of(diffBias.toArray()));
    }
  }
}
