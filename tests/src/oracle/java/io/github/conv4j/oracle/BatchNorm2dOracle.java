package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.nn.BatchNorm2d;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;

/**
 * Batch normalisation as a layer: two batches in training, the gradients of the second, the running
 * statistics after it, and a third batch in evaluation, with the gradients that take the running
 * statistics as constants. Everything rounds; what is allowed follows the summands, x and its mean
 * each by itself.
 */
record BatchNorm2dOracle() implements OracleOperator<BatchNorm2dOracle.Case> {
  /** The batches [N, C, H, W], and the settings; no momentum is the plain average. */
  record Case(Shape shape, double eps, Double momentum) {
    int channels() {
      return Math.toIntExact(shape.dim(1));
    }

    /** Values of a channel. */
    int count() {
      return Math.toIntExact(shape.elements()) / channels();
    }
  }

  @Override
  public String name() {
    return "batch_norm2d";
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    while (true) {
      Shape shape = RandomTensors.some(random, 4);
      if (shape.elements() >= 2 * shape.dim(1)) {
        double eps = random.nextBoolean() ? 1e-5 : 0.25;
        return new Case(shape, eps, random.nextBoolean() ? null : random.nextInt(9) / 8.0);
      }
    }
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    Shape perChannel = Shape.of(c.channels());
    return new Sources(data, seed)
        .with("first", c.shape(), c.count())
        .with("second", c.shape(), c.count())
        .with("third", c.shape(), c.count())
        .with("diff_dst", c.shape(), c.count())
        .with("gamma", perChannel, 1)
        .with("beta", perChannel, 1);
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    BatchNormOptions options = new BatchNormOptions(c.channels());
    options.eps().put(c.eps());
    if (c.momentum() == null) {
      options.momentum().reset();
    } else {
      options.momentum().put(c.momentum());
    }
    BatchNorm2dImpl layer = new BatchNorm2dImpl(options);
    var gamma = Torch.variable(sources.torch("gamma"));
    var beta = Torch.variable(sources.torch("beta"));
    layer.weight(gamma);
    layer.bias(beta);
    var diffDst = sources.torch("diff_dst");
    List<Expected> all = new ArrayList<>();
    Magnitudes magnitudes = new Magnitudes(c, sources);

    float[] first = Torch.floats(layer.forward(sources.torch("first")));
    magnitudes.useBatch("first");
    all.add(expected(c, "first", c.shape(), first, magnitudes.dst()));

    var src = Torch.variable(sources.torch("second"));
    var dst = layer.forward(src);
    Torch.backward(dst, diffDst);
    magnitudes.useBatch("second");
    all.add(expected(c, "second", c.shape(), Torch.floats(dst), magnitudes.dst()));
    addGradients("second", c, magnitudes, true, src, gamma, beta, all);

    Shape perChannel = Shape.of(c.channels());
    float[] means = Torch.floats(layer.running_mean());
    float[] variances = Torch.floats(layer.running_var());
    all.add(expected(c, "running_mean", perChannel, means, magnitudes.runningMean));
    all.add(expected(c, "running_var", perChannel, variances, magnitudes.runningVar));

    layer.eval();
    gamma = Torch.variable(sources.torch("gamma"));
    beta = Torch.variable(sources.torch("beta"));
    layer.weight(gamma);
    layer.bias(beta);
    src = Torch.variable(sources.torch("third"));
    dst = layer.forward(src);
    Torch.backward(dst, diffDst);
    magnitudes.useRunning("third", variances);
    all.add(expected(c, "third", c.shape(), Torch.floats(dst), magnitudes.dst()));
    addGradients("third", c, magnitudes, false, src, gamma, beta, all);
    return all;
  }

  private static void addGradients(
      String batch,
      Case c,
      Magnitudes magnitudes,
      boolean training,
      org.bytedeco.pytorch.Tensor src,
      org.bytedeco.pytorch.Tensor gamma,
      org.bytedeco.pytorch.Tensor beta,
      List<Expected> all) {
    Shape perChannel = Shape.of(c.channels());
    magnitudes.gradients(training);
    all.add(
        expected(
            c, "diff_src of the " + batch, c.shape(), Torch.gradient(src), magnitudes.diffSrc));
    all.add(
        expected(
            c,
            "diff_gamma of the " + batch,
            perChannel,
            Torch.gradient(gamma),
            magnitudes.diffGamma));
    all.add(
        expected(
            c, "diff_beta of the " + batch, perChannel, Torch.gradient(beta), magnitudes.diffBeta));
  }

  private static Expected expected(
      Case c, String name, Shape shape, float[] values, float[] magnitudes) {
    return Expected.sums(name, shape, values, magnitudes, c.count());
  }

  /** How large the summands are that each result consists of. */
  private static final class Magnitudes {
    private final Case c;
    private final Sources sources;
    private final Rows rows;
    private float[] x;
    private double[] mean;
    private double[] inverse;
    private int batches;
    float[] diffSrc;
    float[] diffGamma;
    float[] diffBeta;
    final float[] runningMean;
    final float[] runningVar;

    Magnitudes(Case c, Sources sources) {
      this.c = c;
      this.sources = sources;
      this.rows = Rows.of(c.shape(), 1);
      this.runningMean = new float[c.channels()];
      this.runningVar = new float[c.channels()];
      Arrays.fill(runningVar, 1);
    }

    private int channel(int element) {
      return element / rows.distance() % rows.channels();
    }

    /** The statistics of a batch, which move the running ones. */
    void useBatch(String batch) {
      x = sources.values(batch);
      mean = new double[c.channels()];
      double[] size = new double[c.channels()];
      for (int i = 0; i < x.length; i++) {
        mean[channel(i)] += x[i] / (double) c.count();
        size[channel(i)] += Math.abs(x[i]) / (double) c.count();
      }
      double[] variance = new double[c.channels()];
      double[] squares = new double[c.channels()];
      for (int i = 0; i < x.length; i++) {
        int at = channel(i);
        variance[at] += (x[i] - mean[at]) * (x[i] - mean[at]) / c.count();
        squares[at] += Math.pow(Math.abs(x[i]) + Math.abs(mean[at]), 2) / (c.count() - 1);
      }
      batches++;
      double factor = c.momentum() == null ? 1.0 / batches : c.momentum();
      inverse = new double[c.channels()];
      for (int at = 0; at < mean.length; at++) {
        inverse[at] = 1 / Math.sqrt(variance[at] + c.eps());
        runningMean[at] = (float) ((1 - factor) * runningMean[at] + factor * size[at]);
        runningVar[at] = (float) ((1 - factor) * runningVar[at] + factor * squares[at]);
      }
    }

    /** The running statistics, whose own rounding is a part of what is allowed. */
    void useRunning(String batch, float[] variances) {
      x = sources.values(batch);
      for (int at = 0; at < mean.length; at++) {
        mean[at] = runningMean[at];
        inverse[at] = 1 / Math.sqrt(variances[at] + c.eps());
        inverse[at] *= 1 + runningVar[at] * inverse[at] * inverse[at];
      }
    }

    /** |x - mean| / deviation, without the cancellation. */
    private double normalised(int i) {
      int at = channel(i);
      return (Math.abs(x[i]) + Math.abs(mean[at])) * inverse[at];
    }

    float[] dst() {
      float[] gamma = sources.values("gamma");
      float[] beta = sources.values("beta");
      float[] all = new float[x.length];
      for (int i = 0; i < all.length; i++) {
        int at = channel(i);
        all[i] = (float) (Math.abs(gamma[at]) * normalised(i) + Math.abs(beta[at]));
      }
      return all;
    }

    void gradients(boolean training) {
      float[] gamma = sources.values("gamma");
      float[] diffDst = sources.values("diff_dst");
      double[] sum = new double[c.channels()];
      double[] product = new double[c.channels()];
      for (int i = 0; i < x.length; i++) {
        sum[channel(i)] += Math.abs(diffDst[i]);
        product[channel(i)] += Math.abs(diffDst[i]) * normalised(i);
      }
      diffSrc = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        int at = channel(i);
        double through = Math.abs(diffDst[i]);
        if (training) {
          through += (sum[at] + normalised(i) * product[at]) / c.count();
        }
        diffSrc[i] = (float) (Math.abs(gamma[at]) * inverse[at] * through);
      }
      diffGamma = new float[c.channels()];
      diffBeta = new float[c.channels()];
      for (int at = 0; at < c.channels(); at++) {
        diffGamma[at] = (float) product[at];
        diffBeta[at] = (float) sum[at];
      }
    }
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    BatchNorm2d.Builder builder =
        BatchNorm2d.builder(c.channels()).eps(c.eps()).kernels(engine.forLayers());
    builder = c.momentum() == null ? builder.withoutMomentum() : builder.momentum(c.momentum());
    List<Actual> all = new ArrayList<>();
    try (BatchNorm2d layer = builder.build();
        Tensor dst = Tensor.zeros(c.shape());
        Tensor first = sources.tensor("first");
        Tensor second = sources.tensor("second");
        Tensor third = sources.tensor("third");
        Tensor diffDst = sources.tensor("diff_dst")) {
      layer.weight().set(sources.values("gamma"));
      layer.bias().set(sources.values("beta"));
      layer.forward(first, dst);
      all.add(Actual.of(dst.toArray()));
      layer.forward(second, dst);
      all.add(Actual.of(dst.toArray()));
      addGradients(layer, diffDst, all);
      all.add(Actual.of(layer.runningMean().toArray()));
      all.add(Actual.of(layer.runningVar().toArray()));
      layer.eval();
      layer.forward(third, dst);
      all.add(Actual.of(dst.toArray()));
      layer.train();
      layer.freeze(true).forward(third, dst);
      addGradients(layer, diffDst, all);
      return all;
    }
  }

  private static void addGradients(BatchNorm2d layer, Tensor diffDst, List<Actual> all) {
    layer.zeroGrad();
    try (Tensor diffSrc = layer.backward(diffDst)) {
      all.add(Actual.of(diffSrc.toArray()));
    }
    all.add(Actual.of(layer.parameters().get(0).gradient().toArray()));
    all.add(Actual.of(layer.parameters().get(1).gradient().toArray()));
  }
}
