package io.github.conv4j;

import static io.github.conv4j.MemoryFormat.CHANNELS_LAST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.ConvolutionBackwardData;
import io.github.conv4j.kernel.ConvolutionForward;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator on tensors that lie channels last: the bits that it gives on planes, in every
 * direction, on every instruction set and number of threads.
 */
class ChannelsLastTest {
  private final int threads = Conv4j.threads();

  @AfterEach
  void restore() {
    Conv4j.setThreads(threads);
  }

  /** An operator in all its directions: its results by name, as float[] or long[]. */
  private interface Operator {
    void run(Run run);
  }

  /** One backend, one set of options; makes tensors in the format of the options. */
  private record Run(
      Kernels kernels, PlanOptions options, long seed, boolean flat, Map<String, Object> results) {

    private Tensor real(String name, Shape shape) {
      Tensor planes = Fixtures.reals(seed, name, shape);
      return lie(planes);
    }

    /** Few values, so that windows hold equal ones. */
    private Tensor ties(String name, Shape shape) {
      return lie(Fixtures.integers(seed, name, shape));
    }

    private Tensor lie(Tensor planes) {
      try (planes;
          Tensor image = planes.reshape(dims(planes.shape()))) {
        return image.to(options.memoryFormat());
      }
    }

    private Tensor room(Shape shape) {
      return Tensor.zeros(Shape.of(dims(shape)), options.memoryFormat());
    }

    /** Without the batch axis where that is asked for and possible. */
    private long[] dims(Shape shape) {
      return flat && shape.dim(0) == 1
          ? new long[] {shape.dim(1), shape.dim(2), shape.dim(3)}
          : shape.toArray();
    }

    private void keep(String name, Tensor result) {
      assertEquals(options.memoryFormat(), result.memoryFormat());
      results.put(name, result.toArray());
    }
  }

  private static final List<Conv2dGeometry> CONVOLUTIONS =
      List.of(
          new Conv2dGeometry(2, 4, 7, 9, 6, 3, 2, 2, 1, 1, 0, 2, 1, 1, 2, 2),
          Conv2dGeometry.of(3, 5, 6, 7, 10, 3, 3).withPadding(1, 1, 1, 1).withGroups(5),
          Conv2dGeometry.of(1, 17, 11, 9, 19, 3, 3).withPadding(1, 1, 1, 1),
          Conv2dGeometry.of(1, 9, 5, 7, 12, 1, 1),
          Conv2dGeometry.of(1, 16, 40, 37, 32, 3, 3),
          Conv2dGeometry.of(1, 1, 30, 21, 1, 5, 2),
          Conv2dGeometry.of(0, 3, 6, 7, 4, 3, 2));

  private static final List<Pool2dGeometry> POOLINGS =
      List.of(
          new Pool2dGeometry(2, 5, 7, 9, 3, 2, 2, 1, 1, 1, 0, 1, 1, 2, false),
          new Pool2dGeometry(1, 19, 11, 6, 2, 3, 2, 2, 0, 1, 1, 0, 1, 1, true),
          Pool2dGeometry.of(1, 16, 60, 50, 2, 2, 2, 2),
          Pool2dGeometry.of(0, 3, 6, 7, 2, 2, 2, 2));

  private static Map<String, Operator> operators() {
    Map<String, Operator> operators = new TreeMap<>();
    for (Conv2dGeometry g : CONVOLUTIONS) {
      operators.put("convolution " + g, run -> convolution(run, g));
      for (PaddingMode mode : PaddingMode.values()) {
        if (g.pt() > 0 && mode != PaddingMode.ZEROS) {
          operators.put(mode + " convolution " + g, run -> convolution(with(run, mode), g));
        }
      }
    }
    for (ConvTranspose2dGeometry g :
        List.of(
            new ConvTranspose2dGeometry(2, 4, 3, 5, 6, 3, 2, 2, 3, 1, 0, 2, 1, 1, 2, 1, 2, 2),
            new ConvTranspose2dGeometry(1, 3, 8, 7, 2, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1),
            new ConvTranspose2dGeometry(1, 3, 1, 1, 2, 2, 1, 1, 1, 6, 0, 0, 0, 3, 0, 4, 1, 1))) {
      operators.put("transposed convolution " + g, run -> transposed(run, g));
    }
    for (Pool2dGeometry g : POOLINGS) {
      operators.put("max pooling " + g, run -> extreme(run, g, false));
      operators.put("min pooling " + g, run -> extreme(run, g, true));
      if (g.dh() == 1 && g.dw() == 1) {
        operators.put("average of " + g, run -> average(run, AvgPool2dGeometry.of(g)));
      }
    }
    for (AdaptivePool2dGeometry g :
        List.of(
            new AdaptivePool2dGeometry(2, 5, 7, 9, 3, 4),
            new AdaptivePool2dGeometry(1, 33, 12, 8, 1, 1),
            new AdaptivePool2dGeometry(0, 2, 5, 5, 2, 3))) {
      operators.put("adaptive average " + g, run -> average(run, g));
      operators.put("adaptive maximum " + g, run -> adaptiveMaximum(run, g));
    }
    operators.put("unpooling", ChannelsLastTest::unpooling);
    return operators;
  }

  private static Run with(Run run, PaddingMode mode) {
    return new Run(run.kernels, run.options.withPaddingMode(mode), run.seed, run.flat, run.results);
  }

  private static void convolution(Run run, Conv2dGeometry g) {
    Kernels k = run.kernels;
    PlanOptions o = run.options;
    forward(
        run, k.conv2dForward(g, o.withRelu(true)), g.srcShape(), g.weightsShape(), g.dstShape());
    backwardData(run, k.conv2dBackwardData(g, o), g.srcShape(), g.weightsShape(), g.dstShape());
    try (Tensor src = run.real("src", g.srcShape());
        Tensor diffDst = run.real("diff_dst", g.dstShape());
        Tensor diffWeights = Tensor.zeros(g.weightsShape());
        Tensor diffBias = Tensor.zeros(g.biasShape())) {
      k.conv2dBackwardWeights(g, o).run(src, diffDst, diffWeights, diffBias);
      run.results.put("diff_weights", diffWeights.toArray());
      run.results.put("diff_bias", diffBias.toArray());
    }
  }

  private static void transposed(Run run, ConvTranspose2dGeometry g) {
    Kernels k = run.kernels;
    PlanOptions o = run.options;
    forward(
        run,
        k.convTranspose2dForward(g, o.withRelu(true)),
        g.srcShape(),
        g.weightsShape(),
        g.dstShape());
    backwardData(
        run, k.convTranspose2dBackwardData(g, o), g.srcShape(), g.weightsShape(), g.dstShape());
    try (Tensor src = run.real("src", g.srcShape());
        Tensor diffDst = run.real("diff_dst", g.dstShape());
        Tensor diffWeights = Tensor.zeros(g.weightsShape());
        Tensor diffBias = Tensor.zeros(g.biasShape())) {
      k.convTranspose2dBackwardWeights(g, o).run(src, diffDst, diffWeights, diffBias);
      run.results.put("diff_weights", diffWeights.toArray());
      run.results.put("diff_bias", diffBias.toArray());
    }
  }

  private static void forward(
      Run run, ConvolutionForward plan, Shape srcShape, Shape weightsShape, Shape dstShape) {
    try (Tensor src = run.real("src", srcShape);
        Tensor weights = Fixtures.reals(run.seed, "weights", weightsShape);
        Tensor bias = Fixtures.reals(run.seed, "bias", Shape.of(dstShape.dim(1)));
        Tensor dst = run.room(dstShape);
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, bias, dst);
      run.keep("dst", dst);
    }
  }

  private static void backwardData(
      Run run, ConvolutionBackwardData plan, Shape srcShape, Shape weightsShape, Shape dstShape) {
    try (Tensor diffDst = run.real("diff_dst", dstShape);
        Tensor weights = Fixtures.reals(run.seed, "weights", weightsShape);
        Tensor diffSrc = run.room(srcShape);
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(diffDst, prepared, diffSrc);
      run.keep("diff_src", diffSrc);
    }
  }

  private static void extreme(Run run, Pool2dGeometry g, boolean least) {
    MaxPool2dForward forward =
        least
            ? run.kernels.minPool2dForward(g, run.options)
            : run.kernels.maxPool2dForward(g, run.options);
    try (Tensor src = run.ties("src", g.srcShape());
        Tensor dst = run.room(g.dstShape());
        Tensor diffDst = run.real("diff_dst", g.dstShape());
        Tensor diffSrc = run.room(g.srcShape());
        LongTensor indices =
            LongTensor.zeros(Shape.of(run.dims(g.dstShape())), run.options.memoryFormat());
        MaxPoolOffsets offsets = forward.newOffsets()) {
      forward.run(src, dst, offsets);
      run.keep("dst", dst);
      offsets.toIndices(indices);
      run.results.put("indices", indices.toArray());
      run.kernels.maxPool2dBackward(g, run.options).run(diffDst, offsets, diffSrc);
      run.keep("diff_src", diffSrc);
    }
  }

  private static void average(Run run, PoolWindows g) {
    try (Tensor src = run.real("src", g.srcShape());
        Tensor dst = run.room(g.dstShape());
        Tensor diffDst = run.real("diff_dst", g.dstShape());
        Tensor diffSrc = run.room(g.srcShape())) {
      run.kernels.avgPool2dForward(g, run.options).run(src, dst);
      run.keep("dst", dst);
      run.kernels.avgPool2dBackward(g, run.options).run(diffDst, diffSrc);
      run.keep("diff_src", diffSrc);
    }
  }

  private static void adaptiveMaximum(Run run, AdaptivePool2dGeometry g) {
    try (Tensor src = run.ties("src", g.srcShape());
        Tensor dst = run.room(g.dstShape());
        Tensor diffDst = run.real("diff_dst", g.dstShape());
        Tensor diffSrc = run.room(g.srcShape());
        LongTensor indices =
            LongTensor.zeros(Shape.of(run.dims(g.dstShape())), run.options.memoryFormat())) {
      run.kernels.adaptiveMaxPool2dForward(g, run.options).run(src, dst, indices);
      run.keep("dst", dst);
      run.results.put("indices", indices.toArray());
      run.kernels.adaptiveMaxPool2dBackward(diffDst, indices, diffSrc);
      run.keep("diff_src", diffSrc);
    }
  }

  /** With an index twice in a plane, of which the last one counts. */
  private static void unpooling(Run run) {
    Shape small = Shape.of(2, 5, 3, 4);
    Shape large = Shape.of(2, 5, 7, 6);
    long[] places = new long[(int) small.elements()];
    float[] chosen = TestData.real(run.seed, "places", places.length);
    for (int i = 0; i < places.length; i++) {
      places[i] = Math.abs((long) (chosen[i] * 41));
    }
    places[1] = places[0];
    try (Tensor src = run.real("src", small);
        Tensor dst = run.room(large);
        Tensor diffDst = run.real("diff_dst", large);
        Tensor diffSrc = run.room(small);
        LongTensor indices = LongTensor.zeros(small, run.options.memoryFormat())) {
      indices.set(places);
      run.kernels.maxUnpool2d(src, indices, dst);
      run.keep("dst", dst);
      run.kernels.maxUnpool2dBackward(diffDst, indices, diffSrc);
      run.keep("diff_src", diffSrc);
      run.kernels.adaptiveMaxPool2dBackward(src, indices, dst);
      run.keep("scattered", dst);
      places[7] = 42;
      indices.set(places);
      IllegalArgumentException outside =
          assertThrows(
              IllegalArgumentException.class, () -> run.kernels.maxUnpool2d(src, indices, dst));
      assertTrue(
          outside.getMessage().contains("index 42 at element 7 (plane 0)"), outside.getMessage());
    }
  }

  private static Map<String, Object> results(
      Operator operator, Kernels kernels, PlanOptions options, long seed, boolean flat) {
    Run run = new Run(kernels, options, seed, flat, new TreeMap<>());
    operator.run(run);
    return run.results;
  }

  private static void assertSame(
      Map<String, Object> expected, Map<String, Object> found, String where) {
    assertEquals(expected.keySet(), found.keySet(), where);
    for (String name : expected.keySet()) {
      if (expected.get(name) instanceof long[] indices) {
        assertArrayEquals(indices, (long[]) found.get(name), () -> name + ", " + where);
      } else {
        float[] values = (float[]) expected.get(name);
        assertArrayEquals(values, (float[]) found.get(name), () -> name + ", " + where);
      }
    }
  }

  static List<String> names() {
    return List.copyOf(operators().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void nativeGivesTheBitsOfPlanes(String name) {
    Operator operator = operators().get(name);
    Kernels kernels = NativeKernels.instance();
    long seed = Fixtures.seed();
    for (String isa : Conv4j.isas()) {
      PlanOptions options = PlanOptions.DEFAULT.withIsa(isa);
      Map<String, Object> expected = results(operator, kernels, options, seed, false);
      assertTrue(expected.size() >= 2, name);
      for (int limit = 1; limit <= 3; limit++) {
        Conv4j.setThreads(limit);
        for (boolean flat : new boolean[] {false, true}) {
          String where = name + ", " + isa + ", threads " + limit + ", seed " + seed;
          PlanOptions turned = options.withMemoryFormat(CHANNELS_LAST);
          assertSame(expected, results(operator, kernels, turned, seed, flat), where);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void theReferenceGivesTheBitsOfPlanes(String name) {
    Operator operator = operators().get(name);
    Kernels kernels = ReferenceKernels.instance();
    long seed = Fixtures.seed();
    PlanOptions options = PlanOptions.DEFAULT;
    assertSame(
        results(operator, kernels, options, seed, false),
        results(operator, kernels, options.withMemoryFormat(CHANNELS_LAST), seed, true),
        name + ", seed " + seed);
  }

  /** Each algorithm of the convolution finds a geometry here that it takes. */
  @Test
  void everyAlgorithmGivesTheBitsOfPlanes() {
    List<String> untried = new ArrayList<>();
    long seed = Fixtures.seed();
    for (Direction direction : Direction.values()) {
      for (String algorithm : NativeKernels.conv2dAlgorithms(direction)) {
        long tried =
            CONVOLUTIONS.stream().filter(g -> agrees(g, direction, algorithm, seed)).count();
        if (tried == 0) {
          untried.add(direction + " " + algorithm);
        }
      }
    }
    assertEquals(List.of(), untried);
  }

  private static boolean agrees(
      Conv2dGeometry g, Direction direction, String algorithm, long seed) {
    PlanOptions options = PlanOptions.DEFAULT.withAlgorithm(algorithm);
    Operator operator =
        run -> {
          Kernels k = run.kernels;
          Shape src = g.srcShape();
          Shape weights = g.weightsShape();
          switch (direction) {
            case FORWARD ->
                forward(run, k.conv2dForward(g, run.options), src, weights, g.dstShape());
            case BACKWARD_DATA ->
                backwardData(run, k.conv2dBackwardData(g, run.options), src, weights, g.dstShape());
            default -> {
              try (Tensor x = run.real("src", src);
                  Tensor dy = run.real("diff_dst", g.dstShape());
                  Tensor dw = Tensor.zeros(weights)) {
                k.conv2dBackwardWeights(g, run.options).run(x, dy, dw, null);
                run.results.put("diff_weights", dw.toArray());
              }
            }
          }
        };
    Map<String, Object> expected;
    try {
      expected = results(operator, NativeKernels.instance(), options, seed, false);
    } catch (Conv4jException notTaken) {
      return false;
    }
    assertSame(
        expected,
        results(
            operator,
            NativeKernels.instance(),
            options.withMemoryFormat(CHANNELS_LAST),
            seed,
            false),
        g + ", " + algorithm + ", seed " + seed);
    return true;
  }

  // ------------------------------------------------------------------------------ refusals

  static List<Kernels> backends() {
    return List.of(NativeKernels.instance(), ReferenceKernels.instance());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anotherFormatIsRefusedByName(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(1, 2, 4, 5, 3, 3, 3);
    PlanOptions turned = PlanOptions.DEFAULT.withMemoryFormat(CHANNELS_LAST);
    ConvolutionForward planes = kernels.conv2dForward(g, PlanOptions.DEFAULT);
    ConvolutionForward last = kernels.conv2dForward(g, turned);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor srcLast = Tensor.zeros(g.srcShape(), CHANNELS_LAST);
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor dstLast = Tensor.zeros(g.dstShape(), CHANNELS_LAST);
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor weightsLast = Tensor.zeros(g.weightsShape(), CHANNELS_LAST);
        PreparedWeights one = planes.prepare(weights);
        PreparedWeights other = last.prepare(weights)) {
      refused(
          "src lies CHANNELS_LAST; it must lie CONTIGUOUS",
          () -> planes.run(srcLast, one, null, dst));
      refused("dst lies CHANNELS_LAST", () -> planes.run(src, one, null, dstLast));
      refused(
          "src lies CONTIGUOUS; it must lie CHANNELS_LAST",
          () -> last.run(src, other, null, dstLast));
      refused("dst lies CONTIGUOUS", () -> last.run(srcLast, other, null, dst));
      refused("weights lies CHANNELS_LAST", () -> planes.prepare(weightsLast));
      refused(
          "diff_dst lies CONTIGUOUS",
          () -> kernels.conv2dBackwardData(g, turned).run(dst, other, srcLast));
      refused(
          "diff_weights lies CHANNELS_LAST",
          () -> kernels.conv2dBackwardWeights(g, turned).run(srcLast, dstLast, weightsLast, null));
      refused("y lies CHANNELS_LAST", () -> kernels.axpy(1, src, srcLast));
      refused("diff_dst lies", () -> kernels.reluBackward(srcLast, src, srcLast));
      last.run(srcLast, other, null, dstLast);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void poolingRefusesAnotherFormatByName(Kernels kernels) {
    Pool2dGeometry g = Pool2dGeometry.of(1, 2, 4, 6, 2, 2, 2, 2);
    PlanOptions turned = PlanOptions.DEFAULT.withMemoryFormat(CHANNELS_LAST);
    MaxPool2dForward forward = kernels.maxPool2dForward(g, turned);
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor srcLast = Tensor.zeros(g.srcShape(), CHANNELS_LAST);
        Tensor dst = Tensor.zeros(g.dstShape());
        Tensor dstLast = Tensor.zeros(g.dstShape(), CHANNELS_LAST);
        LongTensor indices = LongTensor.zeros(g.dstShape());
        LongTensor indicesLast = LongTensor.zeros(g.dstShape(), CHANNELS_LAST);
        MaxPoolOffsets offsets = forward.newOffsets()) {
      refused("src lies CONTIGUOUS", () -> forward.run(src, dstLast, offsets));
      refused("dst lies CONTIGUOUS", () -> forward.run(srcLast, dst, offsets));
      forward.run(srcLast, dstLast, offsets);
      refused("indices lies CONTIGUOUS", () -> offsets.toIndices(indices));
      offsets.toIndices(indicesLast);
      refused("indices lies CHANNELS_LAST", () -> kernels.maxUnpool2d(dst, indicesLast, src));
      refused("dst lies CHANNELS_LAST", () -> kernels.maxUnpool2d(dst, indices, srcLast));
      AdaptivePool2dGeometry a = new AdaptivePool2dGeometry(1, 2, 4, 6, 2, 3);
      refused(
          "indices lies CONTIGUOUS",
          () -> kernels.adaptiveMaxPool2dForward(a, turned).run(srcLast, dstLast, indices));
      // The offsets count taps, in either format alike.
      kernels.maxPool2dBackward(g, PlanOptions.DEFAULT).run(dst, offsets, src);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void signalsDoNotLieChannelsLast(Kernels kernels) {
    Conv2dGeometry g = Conv2dGeometry.of(2, 3, 1, 9, 4, 1, 3);
    PlanOptions turned = PlanOptions.DEFAULT.withMemoryFormat(CHANNELS_LAST);
    ConvolutionForward plan = kernels.conv2dForward(g, turned);
    try (Tensor src = Tensor.zeros(Shape.of(2, 3, 9), CHANNELS_LAST);
        Tensor dst = Tensor.zeros(Shape.of(2, 4, 7), CHANNELS_LAST);
        Tensor weights = Tensor.zeros(g.weightsShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      refused(
          "src has shape [2, 3, 9] and lies CHANNELS_LAST",
          () -> plan.run(src, prepared, null, dst));
    }
    // Read as an image, signals of one channel have as many rows as they should have.
    Conv2dGeometry single = Conv2dGeometry.of(2, 1, 1, 9, 1, 1, 3);
    ConvolutionForward line = kernels.conv2dForward(single, turned);
    try (Tensor src = Tensor.zeros(Shape.of(2, 1, 9), CHANNELS_LAST);
        Tensor dst = Tensor.zeros(single.dstShape(), CHANNELS_LAST);
        Tensor weights = Tensor.zeros(single.weightsShape());
        PreparedWeights prepared = line.prepare(weights)) {
      refused(
          "src has shape [2, 1, 9] and lies CHANNELS_LAST",
          () -> line.run(src, prepared, null, dst));
    }
  }

  private static void refused(String words, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
