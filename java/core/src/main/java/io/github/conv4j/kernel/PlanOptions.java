package io.github.conv4j.kernel;

import io.github.conv4j.MemoryFormat;
import java.util.Objects;

/**
 * How a plan is to compute, beside its geometry.
 *
 * @param accuracy which algorithms may be chosen
 * @param relu whether a forward convolution ends in max(dst, 0); NaN stays NaN. Other plans refuse
 *     it
 * @param algorithm the name of the algorithm, see {@link NativeKernels#conv2dAlgorithms}, or null
 *     for the one that the property {@code conv4j.algorithm} or else a {@link TuneFile} names,
 *     where it can be had, else to choose by cost; the reference ignores it
 * @param isa the name of the instruction set, or null for the default; the reference ignores it
 * @param paddingMode what a convolution reads outside the image. Other plans refuse all but zeros
 * @param memoryFormat how all images of a convolution or pooling lie, src, dst, their gradients and
 *     the indices of max pooling alike; weights and bias stay as they are. Results are the same,
 *     bit for bit. Operators that keep no plan take either format whatever it is
 */
public record PlanOptions(
    Accuracy accuracy,
    boolean relu,
    String algorithm,
    String isa,
    PaddingMode paddingMode,
    MemoryFormat memoryFormat) {

  /** Default accuracy, no ReLU, algorithm and instruction set chosen, zeros as padding, planes. */
  public static final PlanOptions DEFAULT =
      new PlanOptions(
          Accuracy.DEFAULT, false, null, null, PaddingMode.ZEROS, MemoryFormat.CONTIGUOUS);

  /** Refuses a missing accuracy, padding mode or memory format. */
  public PlanOptions {
    Objects.requireNonNull(accuracy, "accuracy");
    Objects.requireNonNull(paddingMode, "paddingMode");
    Objects.requireNonNull(memoryFormat, "memoryFormat");
  }

  /** These options with another accuracy. */
  public PlanOptions withAccuracy(Accuracy newAccuracy) {
    return new PlanOptions(newAccuracy, relu, algorithm, isa, paddingMode, memoryFormat);
  }

  /** These options with or without a fused ReLU. */
  public PlanOptions withRelu(boolean newRelu) {
    return new PlanOptions(accuracy, newRelu, algorithm, isa, paddingMode, memoryFormat);
  }

  /**
   * These options with the algorithm of that name, which goes before the property; null to choose.
   */
  public PlanOptions withAlgorithm(String name) {
    return new PlanOptions(accuracy, relu, name, isa, paddingMode, memoryFormat);
  }

  /** These options with the instruction set of that name; null for the default. */
  public PlanOptions withIsa(String name) {
    return new PlanOptions(accuracy, relu, algorithm, name, paddingMode, memoryFormat);
  }

  /** These options with another kind of padding, for a convolution; other plans refuse it. */
  public PlanOptions withPaddingMode(PaddingMode mode) {
    return new PlanOptions(accuracy, relu, algorithm, isa, mode, memoryFormat);
  }

  /** These options for images in another memory format. */
  public PlanOptions withMemoryFormat(MemoryFormat format) {
    return new PlanOptions(accuracy, relu, algorithm, isa, paddingMode, format);
  }
}
