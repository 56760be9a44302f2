package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;

/** A convolution layer's plans and prepared weights for one geometry. */
final class Conv2dPlans {
  private final Kernels kernels;
  private final Conv2dGeometry geometry;
  private final PlanOptions options;
  final Conv2dForward forward;
  private Conv2dBackwardData backwardData;
  private Conv2dBackwardWeights backwardWeights;
  private volatile PreparedWeights prepared;
  private PreparedWeights preparedForBackward;
  private Tensor maskedDiff;

  Conv2dPlans(Kernels kernels, Conv2dGeometry geometry, PlanOptions options, boolean relu) {
    this.kernels = kernels;
    this.geometry = geometry;
    this.options = options;
    this.forward = kernels.conv2dForward(geometry, options.withRelu(relu));
  }

  Conv2dBackwardData backwardData() {
    if (backwardData == null) {
      backwardData = kernels.conv2dBackwardData(geometry, options);
    }
    return backwardData;
  }

  Conv2dBackwardWeights backwardWeights() {
    if (backwardWeights == null) {
      backwardWeights = kernels.conv2dBackwardWeights(geometry, options);
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

  Tensor maskedDiff(Shape shape) {
    if (maskedDiff == null) {
      maskedDiff = Tensor.empty(shape);
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
