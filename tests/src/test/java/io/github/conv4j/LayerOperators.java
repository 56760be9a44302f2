package io.github.conv4j;

import io.github.conv4j.kernel.BatchStatistics;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.UnaryFunction;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Every operator around convolution and pooling, computed with one backend on the same data: by
 * name, the values that it gave. For comparing backends, instruction sets and thread counts.
 */
final class LayerOperators {
  /** Extents that leave tails of every width, and more than one task. */
  static final Shape IMAGES = Shape.of(3, 5, 61, 67);

  static final Shape ROWS = Shape.of(167, 331);
  private static final long OUT = 83;

  private final Kernels kernels;
  private final PlanOptions options;
  private final Map<String, float[]> results = new LinkedHashMap<>();

  private LayerOperators(Kernels kernels, PlanOptions options) {
    this.kernels = kernels;
    this.options = options;
  }

  private Tensor put(String name, Tensor values) {
    results.put(name, values.toArray());
    return values;
  }

  private void put(String name, double value) {
    results.put(name, new float[] {(float) value});
  }

  /** Operators that are sums of products of small integers, and comparisons. */
  static Map<String, float[]> exact(Kernels kernels, PlanOptions options, long seed) {
    LayerOperators all = new LayerOperators(kernels, options);
    for (String algorithm : new String[] {null, "simd", "openblas"}) {
      all.linear(algorithm, Fixtures::integers, seed);
    }
    try (Tensor x = Fixtures.integers(seed, "x", IMAGES);
        Tensor g = Fixtures.integers(seed, "g", IMAGES);
        Tensor y = Tensor.empty(IMAGES);
        Tensor dx = Tensor.empty(IMAGES)) {
      var elementwise = kernels.elementwise(options);
      elementwise.forward(UnaryFunction.RELU, x, y);
      all.put("relu", y);
      elementwise.backward(UnaryFunction.RELU, y, g, dx);
      all.put("relu backward", dx);
      // Gradients that are products of what the forward pass gave, for which any integers will do.
      for (UnaryFunction function :
          new UnaryFunction[] {UnaryFunction.TANH, UnaryFunction.SIGMOID}) {
        elementwise.backward(function, x, g, dx);
        all.put(function + " backward", dx);
      }
      kernels.reluBackward(x, g, dx);
      all.put("relu mask", dx);
      kernels.axpy(-3, x, dx);
      all.put("axpy", dx);
      elementwise.dropout(seed, 0.3, x, y);
      all.put("dropout", y);
      kernels.normalization(options).softmaxBackward(false, x, g, dx);
      all.put("softmax backward", dx);
      all.put("squared error", kernels.losses(options).squaredError(false, x, g, dx));
      all.put("squared error backward", dx);
    }
    return all.results;
  }

  /** Every operator on real numbers. */
  static Map<String, float[]> real(Kernels kernels, PlanOptions options, long seed) {
    LayerOperators all = new LayerOperators(kernels, options);
    for (String algorithm : new String[] {null, "simd", "openblas"}) {
      all.linear(algorithm, Fixtures::reals, seed);
    }
    for (Shape shape : new Shape[] {IMAGES, ROWS}) {
      all.softmax(shape, seed);
      all.losses(shape, seed);
    }
    all.elementwise(seed);
    all.batchNorm(seed);
    return all.results;
  }

  private interface Data {
    Tensor of(long seed, String name, Shape shape);
  }

  private void linear(String algorithm, Data data, long seed) {
    boolean native_ = kernels.backend().equals("native");
    var linear = kernels.linear(native_ ? options.withAlgorithm(algorithm) : options);
    long in = ROWS.dim(1);
    try (Tensor x = data.of(seed, "x", ROWS);
        Tensor w = data.of(seed, "w", Shape.of(OUT, in));
        Tensor b = data.of(seed, "b", Shape.of(OUT));
        Tensor g = data.of(seed, "g", Shape.of(ROWS.dim(0), OUT));
        Tensor y = Tensor.empty(g.shape());
        Tensor dx = Tensor.empty(ROWS);
        Tensor dw = Tensor.empty(w.shape());
        Tensor db = Tensor.empty(b.shape())) {
      linear.forward(x, w, b, y);
      put("linear " + algorithm, y);
      linear.forward(x, w, null, y);
      put("linear without bias " + algorithm, y);
      linear.backwardData(g, w, dx);
      put("linear backward data " + algorithm, dx);
      linear.backwardWeights(x, g, dw, db);
      put("linear backward weights " + algorithm, dw);
      put("linear backward bias " + algorithm, db);
    }
  }

  private void elementwise(long seed) {
    var elementwise = kernels.elementwise(options);
    try (Tensor x = Fixtures.reals(seed, "x", IMAGES);
        Tensor g = Fixtures.reals(seed, "g", IMAGES);
        Tensor y = Tensor.empty(IMAGES);
        Tensor dx = Tensor.empty(IMAGES)) {
      for (UnaryFunction function : UnaryFunction.values()) {
        elementwise.forward(function, x, y);
        put(function + "", y);
        elementwise.backward(function, y, g, dx);
        put(function + " backward", dx);
      }
    }
  }

  private void softmax(Shape shape, long seed) {
    var normalization = kernels.normalization(options);
    try (Tensor x = Fixtures.reals(seed, "x", shape);
        Tensor g = Fixtures.reals(seed, "g", shape);
        Tensor y = Tensor.empty(shape);
        Tensor dx = Tensor.empty(shape)) {
      for (boolean log : new boolean[] {false, true}) {
        String name = (log ? "log_softmax " : "softmax ") + shape;
        normalization.softmax(log, x, y);
        put(name, y);
        normalization.softmaxBackward(log, y, g, dx);
        put(name + " backward", dx);
      }
    }
  }

  private void batchNorm(long seed) {
    var normalization = kernels.normalization(options);
    Shape c = Shape.of(IMAGES.dim(1));
    try (Tensor x = Fixtures.reals(seed, "x", IMAGES);
        Tensor g = Fixtures.reals(seed, "g", IMAGES);
        Tensor gamma = Fixtures.reals(seed, "gamma", c);
        Tensor beta = Fixtures.reals(seed, "beta", c);
        Tensor mean = Tensor.empty(c);
        Tensor remainder = Tensor.empty(c);
        Tensor variance = Tensor.empty(c);
        Tensor runningMean = Tensor.zeros(c);
        Tensor runningVariance = Tensor.zeros(c);
        Tensor y = Tensor.empty(IMAGES);
        Tensor dx = Tensor.empty(IMAGES);
        Tensor dgamma = Tensor.empty(c);
        Tensor dbeta = Tensor.empty(c)) {
      BatchStatistics statistics = new BatchStatistics(mean, remainder, variance);
      normalization.batchNormStatistics(x, statistics);
      put("mean", mean);
      put("variance", variance);
      normalization.batchNormRunning(
          statistics, 12261, 0.25, new BatchStatistics(runningMean, null, runningVariance));
      put("running mean", runningMean);
      put("running variance", runningVariance);
      normalization.batchNorm(x, statistics, gamma, beta, 1e-5, y);
      put("batch norm", y);
      for (boolean training : new boolean[] {true, false}) {
        normalization.batchNormBackward(training, x, statistics, gamma, 1e-5, g, dx, dgamma, dbeta);
        put("batch norm backward " + training, dx);
        put("batch norm backward gamma " + training, dgamma);
        put("batch norm backward beta " + training, dbeta);
      }
    }
  }

  private void losses(Shape shape, long seed) {
    var losses = kernels.losses(options);
    long c = shape.dim(1);
    long[] dims = new long[shape.rank() - 1];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = shape.dim(axis == 0 ? 0 : axis + 1);
    }
    try (Tensor x = Fixtures.reals(seed, "x", shape);
        Tensor p = Fixtures.reals(seed, "p", shape);
        Tensor w = Fixtures.reals(seed, "w", Shape.of(c));
        Tensor dx = Tensor.empty(shape);
        LongTensor classes = LongTensor.zeros(Shape.of(dims))) {
      // Weights of about two and no negative probability: their sums must not be near zero.
      w.set(shifted(w.toArray(), 2));
      p.set(shifted(p.toArray(), 1));
      long[] targets = new long[(int) classes.elements()];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = i % 7 == 3 ? -100 : (i * 31L + seed % 17) % c;
      }
      classes.set(targets);
      for (Tensor weights : new Tensor[] {null, w}) {
        for (double smoothing : new double[] {0, 0.3}) {
          for (boolean mean : new boolean[] {true, false}) {
            var settings = new CrossEntropySettings(weights, -100, smoothing, mean);
            String name = shape + " " + (weights != null) + " " + smoothing + " " + mean;
            put("cross_entropy " + name, losses.crossEntropy(settings, x, classes, dx));
            put("cross_entropy backward " + name, dx);
            put("cross_entropy of probabilities " + name, losses.crossEntropy(settings, x, p, dx));
            put("cross_entropy of probabilities backward " + name, dx);
          }
        }
      }
      put("mse " + shape, losses.squaredError(true, x, p, dx));
      put("mse backward " + shape, dx);
    }
  }

  private static float[] shifted(float[] values, float by) {
    for (int i = 0; i < values.length; i++) {
      values[i] += by;
    }
    return values;
  }
}
