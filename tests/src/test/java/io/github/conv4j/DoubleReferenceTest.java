package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.BatchStatistics;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.DoubleConvolutions;
import io.github.conv4j.kernel.DoubleLayers;
import io.github.conv4j.kernel.DoubleLosses;
import io.github.conv4j.kernel.DoublePoolings;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The float32 reference is the float64 one, each element rounded once; and what that refuses. */
class DoubleReferenceTest {
  private static final Kernels K = ReferenceKernels.instance();
  private static final PlanOptions OPTIONS = PlanOptions.DEFAULT;
  private static final double EPS = 1e-5;

  private final long seed = Fixtures.seed();

  private Tensor reals(String name, Shape shape) {
    return Fixtures.reals(seed, name, shape);
  }

  private static double[] doubles(Tensor tensor) {
    float[] values = tensor.toArray();
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static float[] floats(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }

  /** Computes into a tensor of NaN and compares with what double gives, rounded. */
  private void same(String name, double[] expected, Shape shape, Consumer<Tensor> compute) {
    float[] rounded = floats(expected);
    int telling = 0;
    for (float value : rounded) {
      telling += value == 0 ? 0 : 1;
    }
    assertTrue(telling > 0, name + " is all zero");
    sameBits(name, rounded, shape, compute);
  }

  private void sameBits(String name, float[] rounded, Shape shape, Consumer<Tensor> compute) {
    try (Tensor found = Fixtures.filled(Float.NaN, shape)) {
      compute.accept(found);
      assertArrayEquals(rounded, found.toArray(), name + ", seed " + seed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void convolution(PaddingMode mode) {
    PlanOptions options = OPTIONS.withPaddingMode(mode);
    for (Conv2dGeometry g : DoubleGradientsTest.convolutions()) {
      var forward = K.conv2dForward(g, options);
      var rectified = K.conv2dForward(g, options.withRelu(true));
      var backwardData = K.conv2dBackwardData(g, options);
      var backwardWeights = K.conv2dBackwardWeights(g, options);
      try (Tensor x = reals("src", g.srcShape());
          Tensor w = reals("weights", g.weightsShape());
          Tensor b = reals("bias", g.biasShape());
          Tensor dy = reals("diff_dst", g.dstShape());
          Tensor dw = Tensor.empty(g.weightsShape());
          Tensor db = Tensor.empty(g.biasShape());
          PreparedWeights forForward = forward.prepare(w);
          PreparedWeights forRectified = rectified.prepare(w);
          PreparedWeights forData = backwardData.prepare(w)) {
        double[] xs = doubles(x);
        double[] ws = doubles(w);
        double[] dys = doubles(dy);
        double[] y = DoubleConvolutions.conv2dForward(g, mode, false, xs, ws, doubles(b));
        same("dst of " + g, y, g.dstShape(), out -> forward.run(x, forForward, b, out));
        // A few outputs may all be negative, and zero after the ReLU.
        sameBits(
            "dst with ReLU of " + g,
            floats(DoubleConvolutions.conv2dForward(g, mode, true, xs, ws, doubles(b))),
            g.dstShape(),
            out -> rectified.run(x, forRectified, b, out));
        double[] dx = DoubleConvolutions.conv2dBackwardData(g, mode, dys, ws);
        same("diff_src of " + g, dx, g.srcShape(), out -> backwardData.run(dy, forData, out));
        double[] gradient = DoubleConvolutions.conv2dBackwardWeights(g, mode, xs, dys);
        same(
            "diff_weights of " + g,
            gradient,
            dw.shape(),
            out -> backwardWeights.run(x, dy, out, db));
        double[] ofBias = DoubleConvolutions.conv2dDiffBias(g, dys);
        same("diff_bias of " + g, ofBias, db.shape(), out -> backwardWeights.run(x, dy, dw, out));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.conv4j.DoubleGradientsTest#transposedConvolutions")
  void transposedConvolution(ConvTranspose2dGeometry g) {
    var forward = K.convTranspose2dForward(g, OPTIONS.withRelu(true));
    var backwardData = K.convTranspose2dBackwardData(g, OPTIONS);
    var backwardWeights = K.convTranspose2dBackwardWeights(g, OPTIONS);
    try (Tensor x = reals("src", g.srcShape());
        Tensor w = reals("weights", g.weightsShape());
        Tensor b = reals("bias", g.biasShape());
        Tensor dy = reals("diff_dst", g.dstShape());
        Tensor dw = Tensor.empty(g.weightsShape());
        Tensor db = Tensor.empty(g.biasShape());
        PreparedWeights forForward = forward.prepare(w);
        PreparedWeights forData = backwardData.prepare(w)) {
      double[] xs = doubles(x);
      double[] ws = doubles(w);
      double[] dys = doubles(dy);
      double[] y = DoubleConvolutions.convTranspose2dForward(g, true, xs, ws, doubles(b));
      same("dst of " + g, y, g.dstShape(), out -> forward.run(x, forForward, b, out));
      double[] dx = DoubleConvolutions.convTranspose2dBackwardData(g, dys, ws);
      same("diff_src of " + g, dx, g.srcShape(), out -> backwardData.run(dy, forData, out));
      double[] gradient = DoubleConvolutions.convTranspose2dBackwardWeights(g, xs, dys);
      same(
          "diff_weights of " + g, gradient, dw.shape(), out -> backwardWeights.run(x, dy, out, db));
      double[] ofBias = DoubleConvolutions.convTranspose2dDiffBias(g, dys);
      same("diff_bias of " + g, ofBias, db.shape(), out -> backwardWeights.run(x, dy, dw, out));
    }
  }

  @Test
  void linear() {
    var linear = K.linear(OPTIONS);
    try (Tensor x = reals("src", Shape.of(3, 7));
        Tensor w = reals("weights", Shape.of(5, 7));
        Tensor b = reals("bias", Shape.of(5));
        Tensor dy = reals("diff_dst", Shape.of(3, 5));
        Tensor dw = Tensor.empty(w.shape());
        Tensor db = Tensor.empty(b.shape())) {
      double[] xs = doubles(x);
      double[] ws = doubles(w);
      double[] dys = doubles(dy);
      double[] y = DoubleConvolutions.linearForward(3, 7, 5, xs, ws, doubles(b));
      same("linear", y, dy.shape(), out -> linear.forward(x, w, b, out));
      double[] dx = DoubleConvolutions.linearBackwardData(3, 7, 5, dys, ws);
      same("linear diff_src", dx, x.shape(), out -> linear.backwardData(dy, w, out));
      double[] gradient = DoubleConvolutions.linearBackwardWeights(3, 7, 5, xs, dys);
      same(
          "linear diff_weights",
          gradient,
          dw.shape(),
          out -> linear.backwardWeights(x, dy, out, db));
      double[] ofBias = DoubleConvolutions.linearDiffBias(3, 5, dys);
      same("linear diff_bias", ofBias, db.shape(), out -> linear.backwardWeights(x, dy, dw, out));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.conv4j.DoubleGradientsTest#poolings")
  void maxAndMinPooling(Pool2dGeometry g) {
    try (Tensor x = reals("src", g.srcShape());
        Tensor dy = reals("diff_dst", g.dstShape())) {
      double[] xs = doubles(x);
      for (boolean least : new boolean[] {false, true}) {
        MaxPool2dForward forward =
            least ? K.minPool2dForward(g, OPTIONS) : K.maxPool2dForward(g, OPTIONS);
        double[] y =
            least ? DoublePoolings.minPool2dForward(g, xs) : DoublePoolings.maxPool2dForward(g, xs);
        long[] taps =
            least ? DoublePoolings.minPool2dTaps(g, xs) : DoublePoolings.maxPool2dTaps(g, xs);
        double[] dx = DoublePoolings.pool2dBackward(g, doubles(dy), taps);
        try (MaxPoolOffsets offsets = forward.newOffsets();
            LongTensor indices = LongTensor.zeros(g.dstShape())) {
          same("values of " + g, y, g.dstShape(), out -> forward.run(x, out, offsets));
          offsets.toIndices(indices);
          assertArrayEquals(DoublePoolings.pool2dIndices(g, taps), indices.toArray());
          same(
              "diff_src, of " + g,
              dx,
              g.srcShape(),
              out -> K.maxPool2dBackward(g, OPTIONS).run(dy, offsets, out));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.conv4j.DoubleGradientsTest#averages")
  void averagePooling(PoolWindows g) {
    try (Tensor x = reals("src", g.srcShape());
        Tensor dy = reals("diff_dst", g.dstShape())) {
      double[] y = DoublePoolings.avgPool2dForward(g, doubles(x));
      same("dst of " + g, y, g.dstShape(), out -> K.avgPool2dForward(g, OPTIONS).run(x, out));
      double[] dx = DoublePoolings.avgPool2dBackward(g, doubles(dy));
      same("diff of " + g, dx, g.srcShape(), out -> K.avgPool2dBackward(g, OPTIONS).run(dy, out));
    }
  }

  @Test
  void indexedPooling() {
    AdaptivePool2dGeometry g = new AdaptivePool2dGeometry(2, 3, 7, 5, 4, 4);
    try (Tensor x = reals("src", g.srcShape());
        Tensor dy = reals("diff_dst", g.dstShape());
        LongTensor found = LongTensor.zeros(g.dstShape())) {
      long[] indices = DoublePoolings.adaptiveMaxPool2dIndices(g, doubles(x));
      double[] y = DoublePoolings.adaptiveMaxPool2dForward(g, doubles(x));
      same(
          "values of " + g,
          y,
          g.dstShape(),
          out -> K.adaptiveMaxPool2dForward(g, OPTIONS).run(x, out, found));
      assertArrayEquals(indices, found.toArray());
      double[] dx = DoublePoolings.adaptiveMaxPool2dBackward(g, doubles(dy), indices);
      same("diff of " + g, dx, x.shape(), out -> K.adaptiveMaxPool2dBackward(dy, found, out));
      double[] back = DoublePoolings.maxUnpool2dForward(6, 35, doubles(dy), indices);
      same("unpooling", back, x.shape(), out -> K.maxUnpool2d(dy, found, out));
      double[] gathered = DoublePoolings.maxUnpool2dBackward(6, 35, doubles(x), indices);
      same("diff", gathered, dy.shape(), out -> K.maxUnpool2dBackward(x, found, out));
    }
  }

  @Test
  void layers() {
    Shape shape = Shape.of(2, 3, 4, 5);
    var normalization = K.normalization(OPTIONS);
    var elementwise = K.elementwise(OPTIONS);
    try (Tensor x = reals("src", shape);
        Tensor dy = reals("diff_dst", shape);
        Tensor gamma = reals("gamma", Shape.of(3));
        Tensor beta = reals("beta", Shape.of(3));
        Tensor mean = Tensor.empty(Shape.of(3));
        Tensor remainder = Tensor.empty(Shape.of(3));
        Tensor variance = Tensor.empty(Shape.of(3))) {
      double[] xs = doubles(x);
      double[] dys = doubles(dy);
      for (UnaryFunction f : UnaryFunction.values()) {
        double[] y = DoubleLayers.elementwiseForward(f, xs);
        same(f + "", y, shape, out -> elementwise.forward(f, x, out));
        // Any numbers will do for what the forward pass gave.
        double[] dx = DoubleLayers.elementwiseBackward(f, xs, dys);
        same(f + " diff", dx, shape, out -> elementwise.backward(f, x, dy, out));
      }
      for (boolean log : new boolean[] {false, true}) {
        double[] y = DoubleLayers.softmaxForward(log, shape, xs);
        same("softmax " + log, y, shape, out -> normalization.softmax(log, x, out));
        double[] dx = DoubleLayers.softmaxBackward(log, shape, xs, dys);
        same("diff " + log, dx, shape, out -> normalization.softmaxBackward(log, x, dy, out));
      }
      BatchStatistics statistics = new BatchStatistics(mean, remainder, variance);
      normalization.batchNormStatistics(x, statistics);
      double[] exactMean = DoubleLayers.batchNormMean(shape, xs);
      double[] exactVariance = DoubleLayers.batchNormVariance(shape, xs);
      for (int c = 0; c < 3; c++) {
        assertEquals((float) exactMean[c], mean.get(c));
        assertEquals((float) (exactMean[c] - mean.get(c)), remainder.get(c));
        assertEquals((float) exactVariance[c], variance.get(c));
      }
      // The float reference goes on from the statistics as tensors hold them.
      BatchStatistics kept = new BatchStatistics(mean, null, variance);
      double[] m = doubles(mean);
      double[] v = doubles(variance);
      double[] y =
          DoubleLayers.batchNormForward(shape, xs, m, v, doubles(gamma), doubles(beta), EPS);
      same("batch norm", y, shape, out -> normalization.batchNorm(x, kept, gamma, beta, EPS, out));
      for (boolean training : new boolean[] {false, true}) {
        var expected =
            DoubleLayers.batchNormBackward(training, shape, xs, m, v, doubles(gamma), EPS, dys);
        same(
            "batch norm diff " + training,
            expected.diffSrc(),
            shape,
            out ->
                normalization.batchNormBackward(
                    training, x, kept, gamma, EPS, dy, out, null, null));
        same(
            "diff_gamma " + training,
            expected.diffGamma(),
            gamma.shape(),
            out ->
                normalization.batchNormBackward(
                    training, x, kept, gamma, EPS, dy, null, out, null));
        same(
            "diff_beta " + training,
            expected.diffBeta(),
            beta.shape(),
            out ->
                normalization.batchNormBackward(
                    training, x, kept, gamma, EPS, dy, null, null, out));
      }
    }
  }

  @Test
  void losses() {
    Shape shape = Shape.of(2, 5, 3);
    var losses = K.losses(OPTIONS);
    try (Tensor x = reals("logits", shape);
        Tensor p = reals("probabilities", shape);
        LongTensor classes = LongTensor.zeros(Shape.of(2, 3))) {
      classes.set(new long[] {0, 4, -100, 2, 1, 3});
      CrossEntropySettings settings = new CrossEntropySettings(null, -100, 0.1, true);
      var ofClasses = DoubleLosses.crossEntropy(settings, shape, doubles(x), classes.toArray());
      same(
          "cross entropy",
          ofClasses.gradient(),
          shape,
          out -> assertEquals(ofClasses.value(), losses.crossEntropy(settings, x, classes, out)));
      var soft = DoubleLosses.crossEntropy(settings, shape, doubles(x), doubles(p));
      same(
          "cross entropy of probabilities",
          soft.gradient(),
          shape,
          out -> assertEquals(soft.value(), losses.crossEntropy(settings, x, p, out)));
      var squares = DoubleLosses.squaredError(true, doubles(x), doubles(p));
      same(
          "squared error",
          squares.gradient(),
          shape,
          out -> assertEquals(squares.value(), losses.squaredError(true, x, p, out)));
    }
  }

  @Test
  void anEmptyBatch() {
    Conv2dGeometry g = Conv2dGeometry.of(0, 2, 3, 4, 3, 2, 2);
    double[] none = {};
    assertEquals(
        0,
        DoubleConvolutions.conv2dForward(g, PaddingMode.ZEROS, false, none, new double[24], null)
            .length);
    assertEquals(
        0,
        DoubleConvolutions.conv2dBackwardData(g, PaddingMode.ZEROS, none, new double[24]).length);
    assertArrayEquals(
        new double[24], DoubleConvolutions.conv2dBackwardWeights(g, PaddingMode.ZEROS, none, none));
    assertArrayEquals(new double[3], DoubleConvolutions.conv2dDiffBias(g, none));
    assertEquals(0, DoublePoolings.maxUnpool2dForward(0, 4, none, new long[0]).length);
  }

  @Test
  void lengthsAreRefused() {
    Conv2dGeometry g = Conv2dGeometry.of(0, 2, 3, 4, 3, 2, 2);
    double[] one = {1};
    double[] none = {};
    argument(
        "src has 1 elements; the geometry requires 0",
        () ->
            DoubleConvolutions.conv2dForward(
                g, PaddingMode.ZEROS, false, one, new double[24], null));
    argument(
        "weights has 1 elements; the geometry requires 24",
        () -> DoubleConvolutions.conv2dForward(g, PaddingMode.ZEROS, false, none, one, null));
    argument(
        "bias has 1 elements; the geometry requires 3",
        () ->
            DoubleConvolutions.conv2dForward(
                g, PaddingMode.ZEROS, false, none, new double[24], one));
    argument(
        "diff_dst has 1 elements; the geometry requires 0",
        () -> DoubleConvolutions.conv2dDiffBias(g, one));
    Conv2dGeometry wide = Conv2dGeometry.of(1, 1, 3, 4, 1, 2, 2).withPadding(0, 4, 0, 0);
    argument(
        "pl is 4; reflect padding must be at most 3 where iw is 4",
        () ->
            DoubleConvolutions.conv2dForward(
                wide, PaddingMode.REFLECT, false, new double[12], new double[4], null));
    argument(
        "diff_dst has 1 elements; the geometry requires 15",
        () -> DoubleConvolutions.linearDiffBias(3, 5, one));
    Pool2dGeometry pool = Pool2dGeometry.of(1, 1, 4, 4, 2, 2, 2, 2);
    argument(
        "taps has 0 elements; the geometry requires 4",
        () -> DoublePoolings.pool2dBackward(pool, new double[4], new long[0]));
    argument(
        "src has 1 elements; the geometry requires 16",
        () ->
            DoublePoolings.avgPool2dForward(
                new AvgPool2dGeometry(pool, true, OptionalLong.empty()), one));
    argument(
        "index 4 at element 1 (plane 0) is outside its plane; it must be 0 to 3",
        () -> DoublePoolings.maxUnpool2dForward(1, 4, new double[2], new long[] {0, 4}));
    argument(
        "indices has 3 elements; they must fill 2 planes",
        () -> DoublePoolings.maxUnpool2dForward(2, 4, new double[3], new long[3]));
    argument(
        "diff_dst has 1 elements; the geometry requires 2",
        () -> DoubleLayers.elementwiseBackward(UnaryFunction.RELU, new double[2], one));
    argument(
        "variance has 0 elements; the geometry requires 1",
        () -> DoubleLayers.batchNormForward(Shape.of(1, 1, 1), one, one, none, null, null, EPS));
    CrossEntropySettings settings = new CrossEntropySettings(null, -100, 0, true);
    argument(
        "classes has 2 elements; the geometry requires 1",
        () -> DoubleLosses.crossEntropy(settings, Shape.of(1, 2), new double[2], new long[2]));
    argument(
        "classes[0] is 2; it must be 0 to 1, or the ignored -100",
        () -> DoubleLosses.crossEntropy(settings, Shape.of(1, 2), new double[2], new long[] {2}));
    for (Executable call :
        List.<Executable>of(
            () -> DoubleLayers.softmaxForward(true, Shape.of(1, 1, 1, 1, 1), one),
            () -> DoubleLayers.batchNormMean(Shape.of(1, 1), one))) {
      argument("it must be [N, C", call);
    }
  }

  private static void argument(String message, Executable call) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call, message);
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }
}
