package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * In training, every element becomes 0 with probability p and is divided by 1-p otherwise; in
 * evaluation the result is the input.
 *
 * <p>The elements that are dropped follow from the seed, the number of forward passes in training
 * mode before this one, and the element's place in row-major order: never from threads, backend,
 * instruction set or memory format. With p = 1 all are dropped. An element that is NaN or infinite
 * gives NaN where it is dropped, as 0 times it is.
 *
 * <p>Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014.
 */
public final class Dropout extends SimpleLayer {
  private final double p;
  private Kernels backend;
  private ElementwiseKernels kernels;
  private SplittableRandom seeds;

  /** The last forward pass in training mode. */
  private long lastSeed;

  private Shape lastSrcShape;
  private MemoryFormat lastFormat;

  /**
   * With a seed of its own and the default backend.
   *
   * @param p probability that an element is dropped, 0 to 1
   */
  public Dropout(double p) {
    this(p, new SplittableRandom().nextLong());
  }

  /**
   * With the default backend.
   *
   * @param p probability that an element is dropped, 0 to 1
   * @param seed the same seed drops the same elements
   */
  public Dropout(double p, long seed) {
    this(p, seed, Conv4j.kernels());
  }

  /**
   * With a backend.
   *
   * @param p probability that an element is dropped, 0 to 1
   * @param seed the same seed drops the same elements
   * @param kernels the backend
   */
  public Dropout(double p, long seed, Kernels kernels) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("p is " + p + "; it must be 0 to 1");
    }
    this.p = p;
    this.seeds = new SplittableRandom(seed);
    kernels(Objects.requireNonNull(kernels, "kernels"));
  }

  /** Starts the sequence of dropped elements again, as if the layer had been made with the seed. */
  public Dropout reseed(long seed) {
    seeds = new SplittableRandom(seed);
    return this;
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    if (src == dst) {
      throw new IllegalArgumentException("dst is src; a destination needs memory of its own");
    }
    if (!isTraining()) {
      requireShape("dst", dst, src.shape());
      dst.set(src);
      return;
    }
    lastSrcShape = null;
    lastSeed = seeds.nextLong();
    kernels.dropout(lastSeed, p, src, dst);
    lastSrcShape = src.shape();
    lastFormat = src.memoryFormat();
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    requireShape("diff_dst", diffDst, lastSrcShape());
    if (diffSrc != null) {
      kernels.dropout(lastSeed, p, diffDst, diffSrc);
    }
  }

  @Override
  public Optional<Kernels> kernels() {
    return Optional.of(backend);
  }

  @Override
  public Dropout kernels(Kernels other) {
    kernels = other.elementwise(PlanOptions.DEFAULT);
    backend = other;
    forget();
    return this;
  }

  @Override
  Shape lastSrcShape() {
    return requireForward(lastSrcShape);
  }

  @Override
  MemoryFormat lastSrcFormat() {
    return requireForward(lastFormat);
  }

  @Override
  void forget() {
    lastSrcShape = null;
  }

  /** The same shape. */
  @Override
  public Shape outputShape(Shape src) {
    return src;
  }

  @Override
  public String toString() {
    return "Dropout(p=" + p + ")";
  }
}
