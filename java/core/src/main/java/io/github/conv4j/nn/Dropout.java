package io.github.conv4j.nn;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.ElementwiseKernels;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.Map;
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

  /** Of SplitMix64, see {@link #nextSeed}. */
  private long state;

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
    this.state = seed;
    kernels(Objects.requireNonNull(kernels, "kernels"));
  }

  /** Starts the sequence of dropped elements again, as if the layer had been made with the seed. */
  public Dropout reseed(long seed) {
    state = seed;
    return this;
  }

  /**
   * The next number of the sequence SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom
   * Number Generators, 2014), whose state is a single number.
   */
  private long nextSeed() {
    state += 0x9E3779B97F4A7C15L;
    long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  /** {@code generator}: where the sequence of dropped elements stands. */
  @Override
  public Map<String, Long> generatorStates() {
    return Map.of("generator", state);
  }

  @Override
  public void loadGeneratorStates(Map<String, Long> states) {
    StateDict.requireGenerators(this, states);
    state = states.get("generator");
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
    lastSeed = nextSeed();
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
