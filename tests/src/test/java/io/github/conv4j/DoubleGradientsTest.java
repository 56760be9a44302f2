package io.github.conv4j;

import static io.github.conv4j.Differences.distinct;
import static io.github.conv4j.Differences.product;
import static io.github.conv4j.Differences.values;
import static io.github.conv4j.Differences.verify;

import io.github.conv4j.kernel.AdaptivePool2dGeometry;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.DoubleConvolutions;
import io.github.conv4j.kernel.DoublePoolings;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PoolWindows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backward pass of convolution, linear layer and pooling against differences, in double. */
class DoubleGradientsTest {
  /** Uneven in everything; groups, dilation, strides beyond the kernel, padding on one side. */
  static List<Conv2dGeometry> convolutions() {
    return List.of(
        new Conv2dGeometry(2, 4, 5, 7, 6, 3, 2, 2, 1, 1, 0, 2, 1, 1, 3, 2),
        new Conv2dGeometry(2, 2, 7, 5, 3, 2, 3, 1, 2, 0, 2, 1, 0, 2, 1, 1),
        new Conv2dGeometry(3, 3, 4, 6, 6, 2, 1, 3, 4, 0, 0, 1, 0, 1, 1, 3),
        new Conv2dGeometry(1, 1, 3, 4, 2, 4, 5, 1, 1, 2, 1, 1, 2, 1, 1, 1));
  }

  @ParameterizedTest
  @EnumSource
  void convolution(PaddingMode mode) {
    for (Conv2dGeometry g : convolutions()) {
      convolution(g, mode, Fixtures.seed());
    }
  }

  private static void convolution(Conv2dGeometry g, PaddingMode mode, long seed) {
    String name = " of " + g + ", " + mode + ", seed " + seed;
    double[] x = values(seed, "src", g.srcShape().elements());
    double[] w = values(seed, "weights", g.weightsShape().elements());
    double[] b = values(seed, "bias", g.oc());
    double[] dy = values(seed, "diff_dst", g.dstShape().elements());
    verify(
        "diff_src" + name,
        x,
        DoubleConvolutions.conv2dBackwardData(g, mode, dy, w),
        at -> product(DoubleConvolutions.conv2dForward(g, mode, false, at, w, b), dy));
    verify(
        "diff_weights" + name,
        w,
        DoubleConvolutions.conv2dBackwardWeights(g, mode, x, dy),
        at -> product(DoubleConvolutions.conv2dForward(g, mode, false, x, at, null), dy));
    verify(
        "diff_bias" + name,
        b,
        DoubleConvolutions.conv2dDiffBias(g, dy),
        at -> product(DoubleConvolutions.conv2dForward(g, mode, false, x, w, at), dy));
  }

  /** The result of a fused ReLU is the mask of its gradient. */
  @ParameterizedTest
  @MethodSource("convolutions")
  void convolutionWithRelu(Conv2dGeometry g) {
    // Sums are multiples of 2^-14 and the bias half of that: no step changes their sign.
    long seed = Fixtures.seed();
    double[] x = distinct(seed, "src", g.srcShape().elements());
    double[] w = distinct(seed, "weights", g.weightsShape().elements());
    double[] b = new double[(int) g.oc()];
    Arrays.fill(b, 1.0 / (1 << 15));
    double[] y = DoubleConvolutions.conv2dForward(g, PaddingMode.ZEROS, true, x, w, b);
    double[] dy = values(seed, "diff_dst", y.length);
    for (int i = 0; i < y.length; i++) {
      dy[i] = y[i] > 0 ? dy[i] : 0;
    }
    verify(
        "diff_src of " + g + " and ReLU, seed " + seed,
        x,
        DoubleConvolutions.conv2dBackwardData(g, PaddingMode.ZEROS, dy, w),
        at -> product(DoubleConvolutions.conv2dForward(g, PaddingMode.ZEROS, true, at, w, b), dy));
  }

  /** Output padding beyond the stride, padding that cuts off the border, groups, dilation. */
  static List<ConvTranspose2dGeometry> transposedConvolutions() {
    return List.of(
        new ConvTranspose2dGeometry(2, 4, 3, 5, 6, 3, 2, 2, 3, 1, 0, 2, 1, 1, 2, 1, 2, 2),
        new ConvTranspose2dGeometry(2, 2, 4, 3, 3, 2, 3, 1, 2, 1, 1, 0, 1, 3, 1, 4, 3, 1),
        new ConvTranspose2dGeometry(1, 3, 2, 3, 6, 2, 3, 3, 1, 0, 1, 1, 0, 2, 0, 1, 1, 3));
  }

  @ParameterizedTest
  @MethodSource("transposedConvolutions")
  void transposedConvolution(ConvTranspose2dGeometry g) {
    long seed = Fixtures.seed();
    String name = " of " + g + ", seed " + seed;
    double[] x = values(seed, "src", g.srcShape().elements());
    double[] w = values(seed, "weights", g.weightsShape().elements());
    double[] b = values(seed, "bias", g.oc());
    double[] dy = values(seed, "diff_dst", g.dstShape().elements());
    verify(
        "diff_src" + name,
        x,
        DoubleConvolutions.convTranspose2dBackwardData(g, dy, w),
        at -> product(DoubleConvolutions.convTranspose2dForward(g, false, at, w, b), dy));
    verify(
        "diff_weights" + name,
        w,
        DoubleConvolutions.convTranspose2dBackwardWeights(g, x, dy),
        at -> product(DoubleConvolutions.convTranspose2dForward(g, false, x, at, null), dy));
    verify(
        "diff_bias" + name,
        b,
        DoubleConvolutions.convTranspose2dDiffBias(g, dy),
        at -> product(DoubleConvolutions.convTranspose2dForward(g, false, x, w, at), dy));
  }

  @Test
  void linear() {
    long seed = Fixtures.seed();
    String name = " of a linear layer, seed " + seed;
    int n = 3;
    int in = 7;
    int out = 5;
    double[] x = values(seed, "src", n * in);
    double[] w = values(seed, "weights", out * in);
    double[] b = values(seed, "bias", out);
    double[] dy = values(seed, "diff_dst", n * out);
    verify(
        "diff_src" + name,
        x,
        DoubleConvolutions.linearBackwardData(n, in, out, dy, w),
        at -> product(DoubleConvolutions.linearForward(n, in, out, at, w, b), dy));
    verify(
        "diff_weights" + name,
        w,
        DoubleConvolutions.linearBackwardWeights(n, in, out, x, dy),
        at -> product(DoubleConvolutions.linearForward(n, in, out, x, at, null), dy));
    verify(
        "diff_bias" + name,
        b,
        DoubleConvolutions.linearDiffBias(n, out, dy),
        at -> product(DoubleConvolutions.linearForward(n, in, out, x, w, at), dy));
  }

  /** With overlap and without, dilated so far that taps fall outside, rounded up. */
  static List<Pool2dGeometry> poolings() {
    return List.of(
        new Pool2dGeometry(2, 3, 7, 8, 3, 2, 2, 1, 1, 1, 0, 1, 1, 1, false),
        new Pool2dGeometry(2, 2, 8, 7, 2, 3, 3, 2, 0, 1, 1, 1, 1, 1, true),
        new Pool2dGeometry(1, 3, 6, 9, 2, 3, 1, 2, 1, 0, 1, 1, 3, 2, false),
        new Pool2dGeometry(2, 2, 7, 5, 3, 2, 2, 3, 1, 0, 1, 1, 2, 3, true),
        new Pool2dGeometry(2, 1, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 3, 2, false));
  }

  @ParameterizedTest
  @MethodSource("poolings")
  void maxAndMinPooling(Pool2dGeometry g) {
    long seed = Fixtures.seed();
    double[] x = distinct(seed, "src", g.srcShape().elements());
    double[] dy = values(seed, "diff_dst", g.dstShape().elements());
    verify(
        "max pooling of " + g + ", seed " + seed,
        x,
        DoublePoolings.pool2dBackward(g, dy, DoublePoolings.maxPool2dTaps(g, x)),
        at -> product(DoublePoolings.maxPool2dForward(g, at), dy));
    verify(
        "min pooling of " + g + ", seed " + seed,
        x,
        DoublePoolings.pool2dBackward(g, dy, DoublePoolings.minPool2dTaps(g, x)),
        at -> product(DoublePoolings.minPool2dForward(g, at), dy));
  }

  static List<PoolWindows> averages() {
    List<PoolWindows> windows = new ArrayList<>();
    for (Pool2dGeometry g : poolings()) {
      AvgPool2dGeometry average = AvgPool2dGeometry.of(g.withDilation(1, 1));
      windows.add(average);
      windows.add(average.withCountIncludePad(false));
      windows.add(average.withDivisorOverride(-3));
    }
    windows.add(new AdaptivePool2dGeometry(2, 3, 7, 5, 3, 4));
    windows.add(new AdaptivePool2dGeometry(2, 2, 3, 4, 5, 9));
    return windows;
  }

  @ParameterizedTest
  @MethodSource("averages")
  void averagePooling(PoolWindows g) {
    long seed = Fixtures.seed();
    double[] x = values(seed, "src", g.srcShape().elements());
    double[] dy = values(seed, "diff_dst", g.dstShape().elements());
    verify(
        "average pooling of " + g + ", seed " + seed,
        x,
        DoublePoolings.avgPool2dBackward(g, dy),
        at -> product(DoublePoolings.avgPool2dForward(g, at), dy));
  }

  @Test
  void adaptiveMaxPooling() {
    long seed = Fixtures.seed();
    for (AdaptivePool2dGeometry g :
        List.of(
            new AdaptivePool2dGeometry(2, 3, 7, 5, 3, 4),
            new AdaptivePool2dGeometry(2, 2, 3, 4, 5, 9),
            new AdaptivePool2dGeometry(1, 4, 5, 3, 1, 1))) {
      double[] x = distinct(seed, "src", g.srcShape().elements());
      double[] dy = values(seed, "diff_dst", g.dstShape().elements());
      long[] indices = DoublePoolings.adaptiveMaxPool2dIndices(g, x);
      verify(
          "adaptive max pooling of " + g + ", seed " + seed,
          x,
          DoublePoolings.adaptiveMaxPool2dBackward(g, dy, indices),
          at -> product(DoublePoolings.adaptiveMaxPool2dForward(g, at), dy));
    }
  }

  @Test
  void maxUnpooling() {
    long seed = Fixtures.seed();
    long[] indices = {0, 5, 2, 3, 1, 7, 6, 4, 8, 2, 0, 6};
    double[] x = values(seed, "src", indices.length);
    double[] dy = values(seed, "diff_dst", 3 * 9);
    verify(
        "max unpooling, seed " + seed,
        x,
        DoublePoolings.maxUnpool2dBackward(3, 9, dy, indices),
        at -> product(DoublePoolings.maxUnpool2dForward(3, 9, at, indices), dy));
  }
}
