package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ties, signed zeros, NaN, infinities and empty windows, on both backends. */
class MaxPoolRulesTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  /** A backend, or the native one on an instruction set. */
  record Engine(Kernels kernels, PlanOptions options) {
    @Override
    public String toString() {
      return kernels.backend() + (options.isa() == null ? "" : " " + options.isa());
    }
  }

  static List<Engine> engines() {
    List<Engine> engines = new ArrayList<>();
    engines.add(new Engine(ReferenceKernels.instance(), PlanOptions.DEFAULT));
    for (String isa : Conv4j.isas()) {
      engines.add(new Engine(NativeKernels.instance(), PlanOptions.DEFAULT.withIsa(isa)));
    }
    return engines;
  }

  /** One row of pixels and one window over all of it. */
  private static void row(Engine engine, float[] pixels, float value, long index) {
    int width = pixels.length;
    Pool2dGeometry g = Pool2dGeometry.of(1, 1, 1, width, 1, width, 1, 1);
    pool(engine, g, pixels, new float[] {value}, new long[] {index});
    // The same window many times over, so that whole vectors of windows meet it.
    float[] rows = new float[40 * width];
    float[] values = new float[40];
    long[] indices = new long[40];
    for (int i = 0; i < 40; i++) {
      System.arraycopy(pixels, 0, rows, i * width, width);
      values[i] = value;
      indices[i] = (long) i * width + index;
    }
    pool(engine, Pool2dGeometry.of(1, 1, 40, width, 1, width, 1, 1), rows, values, indices);
    // And side by side.
    float[] line = new float[40 * width];
    for (int i = 0; i < 40; i++) {
      System.arraycopy(pixels, 0, line, i * width, width);
      indices[i] = (long) i * width + index;
    }
    pool(
        engine, Pool2dGeometry.of(1, 1, 1, 40L * width, 1, width, 1, width), line, values, indices);
    // And as a column.
    pool(
        engine,
        Pool2dGeometry.of(1, 1, width, 1, width, 1, 1, 1),
        pixels,
        new float[] {value},
        new long[] {index});
  }

  private static void pool(
      Engine engine, Pool2dGeometry g, float[] pixels, float[] values, long[] indices) {
    MaxPool2dForward plan = engine.kernels().maxPool2dForward(g, engine.options());
    try (Tensor src = Tensor.of(pixels, g.srcShape().toArray());
        Tensor dst = Fixtures.filled(NAN, g.dstShape());
        MaxPoolOffsets offsets = plan.newOffsets();
        LongTensor chosen = LongTensor.zeros(g.dstShape())) {
      plan.run(src, dst, null);
      assertArrayEquals(values, dst.toArray(), "without offsets");
      dst.fill(NAN);
      plan.run(src, dst, offsets);
      // Boxed comparison by bits: -0 is not +0.
      assertArrayEquals(values, dst.toArray());
      offsets.toIndices(chosen);
      assertArrayEquals(indices, chosen.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theFirstOfEqualValuesWins(Engine engine) {
    row(engine, new float[] {5, 5, 1, 5}, 5, 0);
    row(engine, new float[] {1, 5, 5, 5, 2, 5, 1, 0, 5}, 5, 1);
    row(engine, new float[] {INF, 3, INF}, INF, 0);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void zerosAreEqualWhateverTheirSign(Engine engine) {
    row(engine, new float[] {-0f, 0f}, -0f, 0);
    row(engine, new float[] {0f, -0f}, 0f, 0);
    row(engine, new float[] {-1, -0f, 0f, -0f}, -0f, 1);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theLastNaNWins(Engine engine) {
    row(engine, new float[] {1, NAN, 3, NAN, 2}, NAN, 3);
    row(engine, new float[] {NAN, INF}, NAN, 0);
    row(engine, new float[] {INF, NAN}, NAN, 1);
    row(engine, new float[] {NAN, NAN, NAN}, NAN, 2);
    row(engine, new float[] {NAN, -INF, -INF}, NAN, 0);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void minusInfinityIsAValue(Engine engine) {
    row(engine, new float[] {-INF, -INF, -INF}, -INF, 0);
    row(engine, new float[] {-INF, -Float.MAX_VALUE}, -Float.MAX_VALUE, 1);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void paddingIsNeverChosen(Engine engine) {
    // -inf beside padding: the index is the first tap inside the image.
    Pool2dGeometry g = Pool2dGeometry.of(1, 1, 2, 2, 2, 2, 1, 1).withPadding(1, 1, 1, 1);
    pool(
        engine,
        g,
        new float[] {-INF, -INF, -INF, -INF},
        new float[] {-INF, -INF, -INF, -INF, -INF, -INF, -INF, -INF, -INF},
        new long[] {0, 0, 1, 0, 0, 1, 2, 2, 3});
    pool(
        engine,
        g,
        new float[] {-4, -3, -2, -1},
        new float[] {-4, -3, -3, -2, -1, -1, -2, -1, -1},
        new long[] {0, 1, 1, 2, 3, 3, 2, 3, 3});
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aWindowWithNoTapHasNoIndexAndNoGradient(Engine engine) {
    // Taps at -1 and 2 of a row of two pixels for the first window, 0 and 3 for the second.
    Pool2dGeometry g =
        Pool2dGeometry.of(1, 1, 1, 2, 1, 2, 1, 1).withPadding(0, 1, 0, 1).withDilation(1, 3);
    pool(engine, g, new float[] {7, NAN}, new float[] {-INF}, new long[] {-1});
    MaxPool2dForward plan = engine.kernels().maxPool2dForward(g, engine.options());
    try (Tensor src = Tensor.of(new float[] {7, 8}, 1, 1, 1, 2);
        Tensor dst = Tensor.empty(g.dstShape());
        Tensor diffDst = Tensor.of(new float[] {NAN}, 1, 1, 1, 1);
        Tensor diffSrc = Fixtures.filled(NAN, g.srcShape());
        MaxPoolOffsets offsets = plan.newOffsets()) {
      plan.run(src, dst, offsets);
      engine.kernels().maxPool2dBackward(g, engine.options()).run(diffDst, offsets, diffSrc);
      assertArrayEquals(new float[] {0, 0}, diffSrc.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void overlappingWindowsAddUpInTheGradient(Engine engine) {
    Pool2dGeometry g = Pool2dGeometry.of(1, 1, 1, 5, 1, 3, 1, 1);
    MaxPool2dForward plan = engine.kernels().maxPool2dForward(g, engine.options());
    try (Tensor src = Tensor.of(new float[] {1, 2, 9, 2, 1}, 1, 1, 1, 5);
        Tensor dst = Tensor.empty(g.dstShape());
        Tensor diffDst = Tensor.of(new float[] {1, 10, 100}, 1, 1, 1, 3);
        Tensor diffSrc = Fixtures.filled(NAN, g.srcShape());
        MaxPoolOffsets offsets = plan.newOffsets()) {
      plan.run(src, dst, offsets);
      engine.kernels().maxPool2dBackward(g, engine.options()).run(diffDst, offsets, diffSrc);
      assertArrayEquals(new float[] {0, 0, 111, 0, 0}, diffSrc.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aBadGradientGoesToItsPixelAlone(Engine engine) {
    Pool2dGeometry g = Pool2dGeometry.of(1, 2, 2, 4, 2, 2, 2, 2);
    MaxPool2dForward plan = engine.kernels().maxPool2dForward(g, engine.options());
    float[] pixels = {1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1};
    try (Tensor src = Tensor.of(pixels, 1, 2, 2, 4);
        Tensor dst = Tensor.empty(g.dstShape());
        Tensor diffDst = Tensor.of(new float[] {NAN, 1, -INF, 2}, 1, 2, 1, 2);
        Tensor diffSrc = Fixtures.filled(NAN, g.srcShape());
        MaxPoolOffsets offsets = plan.newOffsets()) {
      plan.run(src, dst, offsets);
      engine.kernels().maxPool2dBackward(g, engine.options()).run(diffDst, offsets, diffSrc);
      assertArrayEquals(
          new float[] {0, 0, 0, 0, 0, NAN, 0, 1, -INF, 0, 2, 0, 0, 0, 0, 0}, diffSrc.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void indicesAreOfTheirOwnPlane(Engine engine) {
    Pool2dGeometry g = Pool2dGeometry.of(2, 2, 2, 3, 2, 3, 1, 1);
    float[] pixels = new float[24];
    pixels[5] = pixels[6] = pixels[14] = pixels[22] = 1;
    pool(engine, g, pixels, new float[] {1, 1, 1, 1}, new long[] {5, 0, 2, 4});
  }

  /** Offsets of 8, 16 and 32 bits: windows of up to 255, up to 65535 and more taps. */
  @ParameterizedTest
  @MethodSource("engines")
  void largeWindowsKnowTheirLastTap(Engine engine) {
    for (long width : new long[] {254, 255, 256, 257, 65_535, 65_536, 65_537}) {
      float[] pixels = new float[(int) width];
      pixels[(int) width - 1] = 1;
      Pool2dGeometry g = Pool2dGeometry.of(1, 1, 1, width, 1, width, 1, 1);
      pool(engine, g, pixels, new float[] {1}, new long[] {width - 1});
    }
  }
}
