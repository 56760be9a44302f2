package io.github.conv4j.nn;

import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.ConvolutionBackwardData;
import io.github.conv4j.kernel.ConvolutionBackwardWeights;
import io.github.conv4j.kernel.ConvolutionForward;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.function.Supplier;

/**
 * A convolution layer's plans and prepared weights for one geometry and memory format; those that
 * only training needs are made when they are.
 */
final class ConvolutionPlans {
  final ConvolutionForward forward;
  private final Supplier<? extends ConvolutionBackwardData> createBackwardData;
  private final Supplier<? extends ConvolutionBackwardWeights> createBackwardWeights;
  private ConvolutionBackwardData backwardData;
  private ConvolutionBackwardWeights backwardWeights;
  private volatile PreparedWeights prepared;
  private PreparedWeights preparedForBackward;
  private Tensor maskedDiff;

  ConvolutionPlans(
      ConvolutionForward forward,
      Supplier<? extends ConvolutionBackwardData> backwardData,
      Supplier<? extends ConvolutionBackwardWeights> backwardWeights) {
    this.forward = forward;
    this.createBackwardData = backwardData;
    this.createBackwardWeights = backwardWeights;
  }

  ConvolutionBackwardData backwardData() {
    if (backwardData == null) {
      backwardData = createBackwardData.get();
    }
    return backwardData;
  }

  ConvolutionBackwardWeights backwardWeights() {
    if (backwardWeights == null) {
      backwardWeights = createBackwardWeights.get();
    }
    return backwardWeights;
  }

  /** The weights as they were at the first call after {@link #forgetWeights}. */
  PreparedWeights prepared(Tensor weights) {
    PreparedWeights ready = prepared;
    if (ready == null) {
      synchronized (this) {
        ready = prepared;
        if (ready == null) {
          ready = forward.prepare(weights);
          prepared = ready;
        }
      }
    }
    return ready;
  }

  /** The weights as they are now. */
  PreparedWeights preparedAgain(Tensor weights) {
    if (prepared == null) {
      prepared = forward.prepare(weights);
    } else {
      forward.prepare(weights, prepared);
    }
    return prepared;
  }

  PreparedWeights preparedForBackward(Tensor weights) {
    if (preparedForBackward == null) {
      preparedForBackward = backwardData().prepare(weights);
    } else {
      backwardData.prepare(weights, preparedForBackward);
    }
    return preparedForBackward;
  }

  /** Room for a gradient that lies like dst. */
  Tensor maskedDiff(Tensor dst) {
    if (maskedDiff == null) {
      maskedDiff = Tensor.empty(dst.shape(), dst.memoryFormat());
    }
    return maskedDiff;
  }

  synchronized void forgetWeights() {
    if (prepared != null) {
      prepared.close();
      prepared = null;
    }
  }

  void close() {
    forgetWeights();
    if (preparedForBackward != null) {
      preparedForBackward.close();
    }
    if (maskedDiff != null) {
      maskedDiff.close();
    }
  }
}
