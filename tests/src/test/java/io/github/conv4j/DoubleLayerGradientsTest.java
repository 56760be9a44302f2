package io.github.conv4j;

import static io.github.conv4j.Differences.distinct;
import static io.github.conv4j.Differences.product;
import static io.github.conv4j.Differences.values;
import static io.github.conv4j.Differences.verify;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.DoubleLayers;
import io.github.conv4j.kernel.DoubleLosses;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every backward pass of activation, softmax, batch norm and loss against differences, in double.
 */
class DoubleLayerGradientsTest {
  private static final double EPS = 1e-5;

  @ParameterizedTest
  @EnumSource
  void activation(UnaryFunction function) {
    long seed = Fixtures.seed();
    double[] x = distinct(seed, "src", 200);
    double[] dy = values(seed, "diff_dst", x.length);
    double[] y = DoubleLayers.elementwiseForward(function, x);
    verify(
        function + ", seed " + seed,
        x,
        DoubleLayers.elementwiseBackward(function, y, dy),
        at -> product(DoubleLayers.elementwiseForward(function, at), dy));
  }

  static List<Shape> shapes() {
    return List.of(Shape.of(3, 7), Shape.of(2, 5, 3, 4), Shape.of(6), Shape.of(4, 3, 2));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void softmax(Shape shape) {
    long seed = Fixtures.seed();
    double[] x = values(seed, "src", shape.elements());
    double[] dy = values(seed, "diff_dst", shape.elements());
    for (boolean log : new boolean[] {false, true}) {
      double[] y = DoubleLayers.softmaxForward(log, shape, x);
      verify(
          (log ? "log_softmax of " : "softmax of ") + shape + ", seed " + seed,
          x,
          DoubleLayers.softmaxBackward(log, shape, y, dy),
          at -> product(DoubleLayers.softmaxForward(log, shape, at), dy));
    }
  }

  /** In training through the statistics, in evaluation beside them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void batchNorm(boolean training) {
    long seed = Fixtures.seed();
    for (Shape shape : List.of(Shape.of(2, 3, 4, 5), Shape.of(4, 3, 2), Shape.of(5, 2, 1, 1))) {
      int c = (int) shape.dim(shape.rank() - 3);
      String name = " of " + shape + ", training " + training + ", seed " + seed;
      double[] x = values(seed, "src", shape.elements());
      double[] dy = values(seed, "diff_dst", shape.elements());
      double[] gamma = values(seed, "gamma", c);
      double[] beta = values(seed, "beta", c);
      double[] mean = training ? DoubleLayers.batchNormMean(shape, x) : values(seed, "mean", c);
      double[] variance =
          training ? DoubleLayers.batchNormVariance(shape, x) : new double[] {0.5, 2, 0.25};
      double[] variances = Arrays.copyOf(variance, c);
      var gradients =
          DoubleLayers.batchNormBackward(training, shape, x, mean, variances, gamma, EPS, dy);
      verify(
          "diff_src" + name,
          x,
          gradients.diffSrc(),
          at -> {
            double[] m = training ? DoubleLayers.batchNormMean(shape, at) : mean;
            double[] v = training ? DoubleLayers.batchNormVariance(shape, at) : variances;
            return product(DoubleLayers.batchNormForward(shape, at, m, v, gamma, beta, EPS), dy);
          });
      verify(
          "diff_gamma" + name,
          gamma,
          gradients.diffGamma(),
          at ->
              product(DoubleLayers.batchNormForward(shape, x, mean, variances, at, beta, EPS), dy));
      verify(
          "diff_beta" + name,
          beta,
          gradients.diffBeta(),
          at ->
              product(DoubleLayers.batchNormForward(shape, x, mean, variances, null, at, EPS), dy));
    }
  }

  /** Every combination of weights, smoothing, reduction and ignored class. */
  private static List<CrossEntropySettings> settings(Tensor weights) {
    List<CrossEntropySettings> settings = new ArrayList<>();
    for (Tensor w : new Tensor[] {null, weights}) {
      for (double smoothing : new double[] {0, 0.2, 1}) {
        for (boolean mean : new boolean[] {true, false}) {
          settings.add(new CrossEntropySettings(w, -100, smoothing, mean));
          settings.add(new CrossEntropySettings(w, 2, smoothing, mean));
        }
      }
    }
    return settings;
  }

  @ParameterizedTest
  @MethodSource("logits")
  void crossEntropy(Shape shape) {
    long seed = Fixtures.seed();
    double[] x = values(seed, "logits", shape.elements());
    double[] p = values(seed, "probabilities", shape.elements());
    int c = (int) shape.dim(1);
    long[] classes = new long[x.length / c];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (i * 5 + 1) % c;
    }
    int settingsRun = 0;
    try (Tensor weights = Tensor.of(new float[] {1, 2, 0.5f, 3, 0.25f}, 5)) {
      for (CrossEntropySettings settings : settings(weights)) {
        classes[0] = settings.ignoreIndex();
        verify(
            settings + " of classes, logits " + shape + ", seed " + seed,
            x,
            DoubleLosses.crossEntropy(settings, shape, x, classes).gradient(),
            at -> DoubleLosses.crossEntropy(settings, shape, at, classes).value());
        verify(
            settings + " of probabilities, logits " + shape + ", seed " + seed,
            x,
            DoubleLosses.crossEntropy(settings, shape, x, p).gradient(),
            at -> DoubleLosses.crossEntropy(settings, shape, at, p).value());
        settingsRun++;
      }
    }
    assertEquals(24, settingsRun);
  }

  static List<Shape> logits() {
    return List.of(Shape.of(4, 5), Shape.of(2, 5, 3), Shape.of(2, 5, 3, 2));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void squaredError(boolean mean) {
    long seed = Fixtures.seed();
    double[] x = values(seed, "src", 60);
    double[] target = values(seed, "target", 60);
    verify(
        "squared error, mean " + mean + ", seed " + seed,
        x,
        DoubleLosses.squaredError(mean, x, target).gradient(),
        at -> DoubleLosses.squaredError(mean, at, target).value());
  }
}
