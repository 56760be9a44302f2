package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a convolution layer learns, with its gradients. The initial values are uniform in
 * ±1/sqrt(fan_in), fan_in being the weights of one channel along their first axis.
 */
final class ConvolutionParameters {
  final Tensor weight;
  final Tensor bias;
  final List<Parameter> list;
  private final Tensor weightGradient;
  private final Tensor biasGradient;

  /** Where gradients are computed before they are added; made by the first backward pass. */
  private Tensor weightScratch;

  private Tensor biasScratch;

  /**
   * @param outChannels elements of the bias
   * @param bias whether there is one
   * @param seed of the initial values; null for others at every start
   */
  ConvolutionParameters(Shape weights, long outChannels, boolean bias, Long seed) {
    float bound = (float) (1 / Math.sqrt((double) weights.elements() / weights.dim(0)));
    SplittableRandom random = seed == null ? new SplittableRandom() : new SplittableRandom(seed);
    this.weight = Tensor.uniform(random, -bound, bound, weights.toArray());
    this.weightGradient = Tensor.zeros(weights);
    this.bias = bias ? Tensor.uniform(random, -bound, bound, outChannels) : null;
    this.biasGradient = bias ? Tensor.zeros(outChannels) : null;
    Parameter only = new Parameter("weight", weight, weightGradient);
    this.list =
        bias ? List.of(only, new Parameter("bias", this.bias, biasGradient)) : List.of(only);
  }

  /** Computes the gradients of one backward pass, to be added by {@link #addGradients}. */
  void computeGradients(ConvolutionPlans plans, Tensor src, Tensor diffDst) {
    if (weightScratch == null) {
      weightScratch = Tensor.empty(weight.shape());
      biasScratch = bias == null ? null : Tensor.empty(bias.shape());
    }
    plans.backwardWeights().run(src, diffDst, weightScratch, biasScratch);
  }

  void addGradients(Kernels kernels) {
    kernels.axpy(1, weightScratch, weightGradient);
    if (bias != null) {
      kernels.axpy(1, biasScratch, biasGradient);
    }
  }

  void close() {
    for (Parameter parameter : list) {
      parameter.value().close();
      parameter.gradient().close();
    }
    if (weightScratch != null) {
      weightScratch.close();
    }
    if (biasScratch != null) {
      biasScratch.close();
    }
  }
}
