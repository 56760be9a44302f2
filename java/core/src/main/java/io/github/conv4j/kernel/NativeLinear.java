package io.github.conv4j.kernel;

import static io.github.conv4j.kernel.NativePlan.threads;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.Status;
import java.util.List;

/** The fully connected layer on native kernels. A run that succeeds allocates nothing. */
final class NativeLinear extends NativeOperator implements LinearKernels {
  /** In the order of conv4j.h. */
  private static final List<String> ALGORITHMS = List.of("auto", SIMD, "openblas");

  private final int algorithm;

  NativeLinear(PlanOptions options) {
    super(options);
    this.algorithm = options.algorithm() == null ? 0 : ALGORITHMS.indexOf(options.algorithm());
    if (algorithm < 0) {
      throw new IllegalArgumentException(
          "no algorithm is named '"
              + options.algorithm()
              + "'; there are "
              + String.join(", ", ALGORITHMS));
    }
    if (algorithm == 2 && NativeApi.conv4j_blas_version().isEmpty()) {
      throw new Conv4jException("OpenBLAS is not open");
    }
  }

  @Override
  public String algorithm() {
    return ALGORITHMS.get(algorithm);
  }

  @Override
  public String algorithm(long n, long in, long out) {
    return ALGORITHMS.get(
        algorithm == 0 ? (int) NativeApi.conv4j_linear_algorithm(n, in, out) : algorithm);
  }

  @Override
  public void forward(Tensor src, Tensor weights, Tensor bias, Tensor dst) {
    Shape matrix = LayerChecks.matrix("weights", weights);
    long out = matrix.dim(0);
    long in = matrix.dim(1);
    long n = LayerChecks.rows("src", src, in);
    LayerChecks.vector("bias", bias, out);
    LayerChecks.sameRows("dst", dst, out, "src", src);
    LayerChecks.disjoint("dst", dst, "src", src);
    LayerChecks.disjoint("dst", dst, "weights", weights);
    LayerChecks.disjoint("dst", dst, "bias", bias);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_linear_forward(
              isaIndex,
              algorithm,
              n,
              in,
              out,
              held.address(src),
              held.address(weights),
              held.address(bias),
              held.address(dst),
              threads()));
    }
  }

  @Override
  public void backwardData(Tensor diffDst, Tensor weights, Tensor diffSrc) {
    Shape matrix = LayerChecks.matrix("weights", weights);
    long out = matrix.dim(0);
    long in = matrix.dim(1);
    long n = LayerChecks.rows("diff_dst", diffDst, out);
    LayerChecks.sameRows("diff_src", diffSrc, in, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_src", diffSrc, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_src", diffSrc, "weights", weights);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_linear_backward_data(
              isaIndex,
              algorithm,
              n,
              in,
              out,
              held.address(diffDst),
              held.address(weights),
              held.address(diffSrc),
              threads()));
    }
  }

  @Override
  public void backwardWeights(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
    Shape matrix = LayerChecks.matrix("diff_weights", diffWeights);
    long out = matrix.dim(0);
    long in = matrix.dim(1);
    long n = LayerChecks.rows("src", src, in);
    LayerChecks.sameRows("diff_dst", diffDst, out, "src", src);
    LayerChecks.vector("diff_bias", diffBias, out);
    LayerChecks.disjoint("diff_weights", diffWeights, "src", src);
    LayerChecks.disjoint("diff_weights", diffWeights, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_bias", diffBias, "src", src);
    LayerChecks.disjoint("diff_bias", diffBias, "diff_dst", diffDst);
    LayerChecks.disjoint("diff_bias", diffBias, "diff_weights", diffWeights);
    try (HeldTensors held = HeldTensors.begin()) {
      Status.check(
          NativeApi.conv4j_linear_backward_weights(
              isaIndex,
              algorithm,
              n,
              in,
              out,
              held.address(src),
              held.address(diffDst),
              held.address(diffWeights),
              held.address(diffBias),
              threads()));
    }
  }
}
