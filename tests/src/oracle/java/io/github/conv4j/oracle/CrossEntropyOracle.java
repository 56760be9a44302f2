package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.kernel.CrossEntropySettings;
import io.github.conv4j.kernel.LossKernels;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The cross entropy of images, signals or rows against classes or probabilities, with its gradient:
 * weighted or not, smoothed or not, summed or averaged, with rows of NaN and infinities. The
 * gradient of an ignored row whose softmax is NaN, and of every row where a mean has none to keep,
 * is 0 here and NaN in PyTorch: it is left out. So is the loss with a smoothing of 1 where a row's
 * class has the score -infinity, which PyTorch multiplies by 0.
 */
record CrossEntropyOracle(boolean probabilities)
    implements OracleOperator<CrossEntropyOracle.Case> {
  private static final Shape SINGLE = Shape.of(1);
  private static final float LIMIT = 8;

  /** The scores [N, C, ...] and the settings. */
  record Case(Shape shape, boolean weighted, long ignored, double smoothing, boolean mean) {
    Rows rows() {
      return Rows.of(shape, 1);
    }

    Shape classesShape() {
      long[] dims = new long[shape.rank() - 1];
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = shape.dim(axis == 0 ? 0 : axis + 1);
      }
      return Shape.of(dims);
    }
  }

  @Override
  public String name() {
    return "cross_entropy." + (probabilities ? "probabilities" : "classes");
  }

  @Override
  public Case draw(RandomShapes shapes, SplittableRandom random) {
    Shape shape = RandomTensors.some(random, 2 + random.nextInt(3));
    long ignored = probabilities || random.nextBoolean() ? -100 : random.nextLong(shape.dim(1));
    double smoothing = random.nextBoolean() ? 0 : random.nextInt(9) / 8.0;
    return new Case(shape, random.nextBoolean(), ignored, smoothing, random.nextBoolean());
  }

  @Override
  public List<String> algorithms() {
    return List.of();
  }

  @Override
  public Sources sources(Case c, DataKind data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows rows = c.rows();
    Sources sources =
        new Sources(data, seed)
            .with("logits", c.shape(), 1)
            .with("weights", Shape.of(c.shape().dim(1)), 1)
            .with("probabilities", c.shape(), 1)
            .map("weights", w -> 0.25 + Math.abs(w))
            .map("probabilities", Math::abs)
            .withIndices("classes", c.classesShape(), c.shape().dim(1));
    if (data == DataKind.REAL) {
      sources.map("logits", x -> x * LIMIT);
    } else if (random.nextBoolean()) {
      sources.map("logits", x -> random.nextInt(8) == 0 ? rows.special(random, x) : x);
    }
    long[] classes = sources.integers("classes").clone();
    for (int i = 0; i < classes.length; i++) {
      classes[i] = random.nextInt(6) == 0 ? c.ignored() : classes[i];
    }
    return sources.with("classes", c.classesShape(), classes);
  }

  @Override
  public List<Expected> libtorch(Case c, Sources sources) {
    var logits = Torch.variable(sources.torch("logits"));
    var target = probabilities ? sources.torch("probabilities") : sources.torchIntegers("classes");
    TensorOptional weights = Torch.optional(c.weighted() ? sources.torch("weights") : null);
    var loss =
        torch.cross_entropy_loss(
            logits, target, weights, Torch.reduction(c.mean()), c.ignored(), c.smoothing());
    loss.backward();
    Magnitudes magnitudes = new Magnitudes(c, sources);
    long channels = c.rows().channels();
    long summands = c.shape().elements();
    return List.of(
        Expected.sums("loss", SINGLE, Torch.floats(loss), magnitudes.ofLoss, summands)
            .where(magnitudes.lossDefined),
        Expected.sums(
                "diff_logits", c.shape(), Torch.gradient(logits), magnitudes.ofGradient, channels)
            .where(magnitudes.defined));
  }

  /** How large the summands are that the loss and its gradient consist of. */
  private final class Magnitudes {
    final float[] ofLoss = new float[1];
    final float[] ofGradient;
    final boolean[] defined;
    final boolean[] lossDefined = {true};

    Magnitudes(Case c, Sources sources) {
      Rows rows = c.rows();
      float[] logits = sources.values("logits");
      double[] depths = rows.depths(logits);
      ofGradient = new float[logits.length];
      defined = new boolean[logits.length];
      int count = rows.count(logits.length);
      double divisor = 0;
      double[] targets = new double[rows.channels()];
      for (int row = 0; row < count; row++) {
        divisor += target(c, sources, row, targets);
      }
      boolean any = divisor > 0 || !c.mean();
      divisor = c.mean() ? divisor : 1;
      double loss = 0;
      for (int row = 0; row < count; row++) {
        boolean kept = target(c, sources, row, targets) > 0;
        lossDefined[0] &= !(kept && c.smoothing() == 1 && isImpossible(c, sources, row));
        double sum = 0;
        double total = 0;
        boolean scored = false;
        boolean finite = true;
        for (int i = 0; i < targets.length; i++) {
          int at = rows.first(row) + i * rows.distance();
          sum += targets[i];
          total += Math.exp(-depths[at]);
          finite &= logits[at] < Float.POSITIVE_INFINITY;
          scored |= logits[at] > Float.NEGATIVE_INFINITY;
        }
        for (int i = 0; i < targets.length; i++) {
          int at = rows.first(row) + i * rows.distance();
          double grown = 1 + depths[at] + Math.log(total);
          loss += targets[i] * grown;
          double softmax = Math.exp(-depths[at]) / total;
          ofGradient[at] = (float) ((grown * softmax * sum + targets[i]) / divisor);
          defined[at] = kept || (any && finite && scored);
        }
      }
      ofLoss[0] = (float) (loss / divisor);
    }

    /** Whether the class of a row has the score -infinity. */
    private boolean isImpossible(Case c, Sources sources, int row) {
      if (probabilities) {
        return false;
      }
      int wanted = Math.toIntExact(sources.integers("classes")[row]);
      int at = c.rows().first(row) + wanted * c.rows().distance();
      return sources.values("logits")[at] == Float.NEGATIVE_INFINITY;
    }

    /** Sets q of a row; what the row adds to the divisor of the mean, 0 if it is ignored. */
    private double target(Case c, Sources sources, int row, double[] q) {
      Rows rows = c.rows();
      float[] weights = sources.values("weights");
      long wanted = sources.integers("classes")[row];
      boolean ignored = !probabilities && wanted == c.ignored();
      for (int i = 0; i < q.length; i++) {
        double share =
            probabilities
                ? sources.values("probabilities")[rows.first(row) + i * rows.distance()]
                : wanted == i ? 1 : 0;
        double smooth = share * (1 - c.smoothing()) + c.smoothing() / q.length;
        q[i] = ignored ? 0 : smooth * (c.weighted() ? weights[i] : 1);
      }
      return ignored ? 0 : probabilities || !c.weighted() ? 1 : weights[(int) wanted];
    }
  }

  @Override
  public List<Actual> conv4j(Case c, Sources sources, Engine engine) {
    LossKernels losses = engine.kernels().losses(engine.options());
    try (Tensor logits = sources.tensor("logits");
        Tensor weights = sources.tensor("weights");
        Tensor target = sources.tensor("probabilities");
        LongTensor classes = sources.longTensor("classes");
        Tensor diffLogits = Tensor.zeros(c.shape())) {
      diffLogits.fill(7);
      CrossEntropySettings settings =
          new CrossEntropySettings(
              c.weighted() ? weights : null, c.ignored(), c.smoothing(), c.mean());
      double loss =
          probabilities
              ? losses.crossEntropy(settings, logits, target, diffLogits)
              : losses.crossEntropy(settings, logits, classes, diffLogits);
      return List.of(Actual.of(new float[] {(float) loss}), Actual.of(diffLogits.toArray()));
    }
  }
}
