package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.PreparedWeights;

/**
 * A convolution with the batch normalisation and the ReLU that follow it, as one convolution:
 *
 * <pre>
 *   scale[oc] = gamma[oc] / sqrt(running_var[oc] + eps)
 *   weights'[oc,...] = weights[oc,...] * scale[oc]
 *   bias'[oc] = (bias[oc] - running_mean[oc]) * scale[oc] + beta[oc]
 * </pre>
 *
 * computed in double precision and rounded once. The layers' own tensors stay as they are.
 */
final class FoldedConv2d implements InferenceStep {
  private record Ready(Conv2dForward plan, PreparedWeights weights) {
    void close() {
      weights.close();
    }
  }

  private final Conv2d conv;
  private final Tensor weight;
  private final Tensor bias;
  private final ShapeCache<Ready> ready;

  /**
   * @param conv with no ReLU of its own where a normalisation follows
   * @param norm what follows it; null for none
   * @param relu whether a ReLU follows
   */
  FoldedConv2d(Conv2d conv, BatchNorm2d norm, boolean relu) {
    this.conv = conv;
    Shape shape = conv.weight().shape();
    int channels = Math.toIntExact(shape.dim(0));
    double[] scale = new double[channels];
    float[] shift = new float[channels];
    for (int oc = 0; oc < channels; oc++) {
      double own = conv.bias() == null ? 0 : conv.bias().get(oc);
      scale[oc] = norm == null ? 1 : scale(norm, oc);
      double beta = norm == null || norm.bias() == null ? 0 : norm.bias().get(oc);
      double mean = norm == null ? 0 : norm.runningMean().get(oc);
      shift[oc] = (float) ((own - mean) * scale[oc] + beta);
    }
    this.weight = Tensor.empty(shape);
    long perChannel = shape.elements() / channels;
    for (long i = 0; i < shape.elements(); i++) {
      weight.set(i, (float) (conv.weight().get(i) * scale[(int) (i / perChannel)]));
    }
    this.bias = Tensor.of(shift, channels);
    this.ready =
        new ShapeCache<>(
            (src, format) -> {
              Conv2dForward plan = conv.inferencePlan(src, format, relu || conv.endsInRelu());
              return new Ready(plan, plan.prepare(weight));
            },
            Ready::close);
  }

  private static double scale(BatchNorm2d norm, int oc) {
    double gamma = norm.weight() == null ? 1 : norm.weight().get(oc);
    return gamma / Math.sqrt(norm.runningVar().get(oc) + norm.eps());
  }

  @Override
  public void run(Tensor src, Tensor dst) {
    Ready now = ready.get(src);
    now.plan.run(src, now.weights, bias, dst);
  }

  @Override
  public Shape outputShape(Shape src) {
    return conv.outputShape(src);
  }

  @Override
  public void close() {
    ready.clear();
    weight.close();
    bias.close();
  }
}
