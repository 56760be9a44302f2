package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.AvgPool2dForward;
import io.github.conv4j.kernel.AvgPool2dGeometry;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Plan;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import java.util.function.BiConsumer;

/**
 * A window that slides over every plane of a picture: a filter, or a pooling.
 *
 * @param kernel the taps of a filter; null for a pooling
 * @param pooling what a pooling keeps of each window; null for a filter
 * @param offset added to every result of a filter
 * @param kh rows of the window
 * @param kw columns of the window
 * @param stride rows, and columns, between two windows
 * @param mode what a filter reads outside the picture
 */
record Operation(
    FilterKernel kernel,
    Pooling pooling,
    float offset,
    int kh,
    int kw,
    int stride,
    PaddingMode mode) {

  /** What a pooling keeps of each window. */
  enum Pooling {
    MAX,
    MIN,
    AVG
  }

  /** An operation on one geometry, ready to run. */
  interface Step extends AutoCloseable {
    /** The name of the algorithm that runs. */
    String algorithm();

    /** [planes, 1, OH, OW]. */
    Shape dstShape();

    /**
     * Computes dst.
     *
     * @param src [planes, 1, IH, IW], not modified
     * @param dst [planes, 1, OH, OW], overwritten
     */
    void run(Tensor src, Tensor dst);

    @Override
    void close();
  }

  /**
   * Cross-correlation with the kernel, zeros around the picture so that stride 1 keeps its size.
   */
  static Operation filter(FilterKernel kernel, float offset, int stride) {
    return filter(kernel, offset, stride, PaddingMode.ZEROS);
  }

  /** The same with something else than zeros around the picture. */
  static Operation filter(FilterKernel kernel, float offset, int stride, PaddingMode mode) {
    return new Operation(kernel, null, offset, kernel.height(), kernel.width(), stride, mode);
  }

  /** The largest value of each window, without padding. */
  static Operation maxPooling(int size, int stride) {
    return pooling(Pooling.MAX, size, stride);
  }

  /** A pooling without padding. */
  static Operation pooling(Pooling pooling, int size, int stride) {
    return new Operation(null, pooling, 0, size, size, stride, PaddingMode.ZEROS);
  }

  /** Rows of padding above the picture: half of what the window needs, rounded down. */
  int top() {
    return kernel == null ? 0 : (kh - 1) / 2;
  }

  /** Rows of padding below the picture. */
  int bottom() {
    return kernel == null ? 0 : kh - 1 - top();
  }

  /** Columns of padding left of the picture. */
  int left() {
    return kernel == null ? 0 : (kw - 1) / 2;
  }

  /** Columns of padding right of the picture. */
  int right() {
    return kernel == null ? 0 : kw - 1 - left();
  }

  /**
   * Prepares the operation on whole pictures.
   *
   * @param src [planes, 1, IH, IW], only looked at for its extents
   */
  Step prepare(Kernels kernels, Tensor src) {
    return prepare(kernels, src, top(), bottom());
  }

  /** Prepares the operation on a part of a picture that has so many rows of padding around it. */
  Step prepare(Kernels kernels, Tensor src, int above, int below) {
    long planes = src.shape().dim(0);
    long ih = src.shape().dim(2);
    long iw = src.shape().dim(3);
    if (kernel == null) {
      return pooling(kernels, Pool2dGeometry.of(planes, 1, ih, iw, kh, kw, stride, stride));
    }
    Conv2dGeometry geometry =
        new Conv2dGeometry(
            planes, 1, ih, iw, 1, kh, kw, stride, stride, above, left(), below, right(), 1, 1, 1);
    return convolution(kernels.conv2dForward(geometry, PlanOptions.DEFAULT.withPaddingMode(mode)));
  }

  private Step pooling(Kernels kernels, Pool2dGeometry geometry) {
    PlanOptions options = PlanOptions.DEFAULT;
    if (pooling == Pooling.AVG) {
      AvgPool2dForward plan = kernels.avgPool2dForward(AvgPool2dGeometry.of(geometry), options);
      return step(plan, geometry.dstShape(), plan::run);
    }
    MaxPool2dForward plan =
        pooling == Pooling.MIN
            ? kernels.minPool2dForward(geometry, options)
            : kernels.maxPool2dForward(geometry, options);
    return step(plan, geometry.dstShape(), (src, dst) -> plan.run(src, dst, null));
  }

  private static Step step(Plan plan, Shape dstShape, BiConsumer<Tensor, Tensor> run) {
    return new Step() {
      @Override
      public String algorithm() {
        return plan.algorithm();
      }

      @Override
      public Shape dstShape() {
        return dstShape;
      }

      @Override
      public void run(Tensor src, Tensor dst) {
        run.accept(src, dst);
      }

      @Override
      public void close() {}
    };
  }

  private Step convolution(Conv2dForward plan) {
    PreparedWeights prepared;
    try (Tensor weights = Tensor.of(kernel.taps(), 1, 1, kh, kw)) {
      prepared = plan.prepare(weights);
    }
    Tensor bias = offset == 0 ? null : Tensor.of(new float[] {offset}, 1);
    return new Step() {
      @Override
      public String algorithm() {
        return plan.algorithm();
      }

      @Override
      public Shape dstShape() {
        return plan.geometry().dstShape();
      }

      @Override
      public void run(Tensor src, Tensor dst) {
        plan.run(src, prepared, bias, dst);
      }

      @Override
      public void close() {
        prepared.close();
        if (bias != null) {
          bias.close();
        }
      }
    };
  }
}
