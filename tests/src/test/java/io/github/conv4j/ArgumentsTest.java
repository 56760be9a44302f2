package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What native plans refuse, with which words, and that the destinations are as they were. For each
 * tensor: another rank, another extent on every axis, closed, null.
 */
class ArgumentsTest {
  private static final float UNTOUCHED = 42;
  private static final Conv2dGeometry CONV =
      new Conv2dGeometry(2, 4, 6, 7, 6, 3, 2, 1, 1, 1, 0, 0, 1, 1, 1, 2);
  private static final Pool2dGeometry POOL = Pool2dGeometry.of(2, 3, 6, 7, 3, 2, 2, 1);
  private static final Kernels KERNELS = NativeKernels.instance();
  private static final PlanOptions OPTIONS = PlanOptions.DEFAULT;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Tensor> destinations = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open) {
      resource.close();
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  private Tensor source(Shape shape) {
    return keep(Fixtures.filled(1, shape));
  }

  private Tensor destination(Shape shape) {
    Tensor tensor = keep(Fixtures.filled(UNTOUCHED, shape));
    destinations.add(tensor);
    return tensor;
  }

  private interface Use {
    void of(Tensor tensor);
  }

  /** Gives a run, in the place of one tensor, everything that does not belong there. */
  private void refusesOthers(String name, Shape required, Use use) {
    for (Shape wrong : wrongShapes(required)) {
      refused(IllegalArgumentException.class, () -> use.of(source(wrong)), name, wrong, required);
    }
    Tensor closed = Tensor.zeros(required);
    closed.close();
    refused(IllegalStateException.class, () -> use.of(closed), name, "closed");
    refused(NullPointerException.class, () -> use.of(null), name);
  }

  /** Every axis one longer and one shorter, one axis more, one fewer, and another order. */
  private static List<Shape> wrongShapes(Shape shape) {
    List<Shape> wrong = new ArrayList<>();
    long[] dims = shape.toArray();
    for (int axis = 0; axis < dims.length; axis++) {
      for (int step : new int[] {-1, 1}) {
        long[] other = dims.clone();
        other[axis] += step;
        wrong.add(Shape.of(other));
      }
    }
    wrong.add(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)));
    long[] longer = Arrays.copyOf(dims, dims.length + 1);
    longer[dims.length] = 1;
    wrong.add(Shape.of(longer));
    wrong.add(Shape.of(shape.elements()));
    if (dims.length == 4) {
      wrong.add(Shape.of(dims[0], dims[1], dims[3], dims[2]));
    }
    wrong.remove(shape);
    return wrong;
  }

  private void refused(Class<? extends Exception> type, Executable call, Object... words) {
    Exception refused = assertThrows(type, call);
    for (Object word : words) {
      assertTrue(
          String.valueOf(refused.getMessage()).contains(word.toString()),
          () -> "'" + refused.getMessage() + "' does not say '" + word + "'");
    }
    for (Tensor destination : destinations) {
      if (!destination.isClosed()) {
        float[] values = new float[(int) destination.elements()];
        Arrays.fill(values, UNTOUCHED);
        assertArrayEquals(values, destination.toArray(), refused.getMessage());
      }
    }
  }

  @Test
  void convolutionForward() {
    Conv2dForward plan = KERNELS.conv2dForward(CONV, OPTIONS);
    Tensor src = source(CONV.srcShape());
    Tensor bias = source(CONV.biasShape());
    Tensor dst = destination(CONV.dstShape());
    PreparedWeights weights = keep(plan.prepare(source(CONV.weightsShape())));
    refusesOthers("src", CONV.srcShape(), t -> plan.run(t, weights, bias, dst));
    refusesOthers("dst", CONV.dstShape(), t -> plan.run(src, weights, bias, t));
    for (Shape wrong : wrongShapes(CONV.biasShape())) {
      refused(
          IllegalArgumentException.class,
          () -> plan.run(src, weights, source(wrong), dst),
          "bias",
          wrong,
          CONV.biasShape());
    }
    Tensor closed = Tensor.zeros(CONV.biasShape());
    closed.close();
    refused(
        IllegalStateException.class, () -> plan.run(src, weights, closed, dst), "bias", "closed");
    refused(NullPointerException.class, () -> plan.run(src, null, bias, dst), "weights");
  }

  @Test
  void weightsToPrepare() {
    Conv2dForward forward = KERNELS.conv2dForward(CONV, OPTIONS);
    Conv2dBackwardData backward = KERNELS.conv2dBackwardData(CONV, OPTIONS);
    PreparedWeights weights = keep(forward.prepare(source(CONV.weightsShape())));
    PreparedWeights turned = keep(backward.prepare(source(CONV.weightsShape())));
    refusesOthers("weights", CONV.weightsShape(), forward::prepare);
    refusesOthers("weights", CONV.weightsShape(), t -> forward.prepare(t, weights));
    refusesOthers("weights", CONV.weightsShape(), backward::prepare);
    refusesOthers("weights", CONV.weightsShape(), t -> backward.prepare(t, turned));
  }

  @Test
  void convolutionBackwardData() {
    Conv2dBackwardData plan = KERNELS.conv2dBackwardData(CONV, OPTIONS);
    Tensor diffDst = source(CONV.dstShape());
    Tensor diffSrc = destination(CONV.srcShape());
    PreparedWeights weights = keep(plan.prepare(source(CONV.weightsShape())));
    refusesOthers("diff_dst", CONV.dstShape(), t -> plan.run(t, weights, diffSrc));
    refusesOthers("diff_src", CONV.srcShape(), t -> plan.run(diffDst, weights, t));
    refused(NullPointerException.class, () -> plan.run(diffDst, null, diffSrc), "weights");
  }

  @Test
  void convolutionBackwardWeights() {
    Conv2dBackwardWeights plan = KERNELS.conv2dBackwardWeights(CONV, OPTIONS);
    Tensor src = source(CONV.srcShape());
    Tensor diffDst = source(CONV.dstShape());
    Tensor diffWeights = destination(CONV.weightsShape());
    Tensor diffBias = destination(CONV.biasShape());
    refusesOthers("src", CONV.srcShape(), t -> plan.run(t, diffDst, diffWeights, diffBias));
    refusesOthers("diff_dst", CONV.dstShape(), t -> plan.run(src, t, diffWeights, diffBias));
    refusesOthers("diff_weights", CONV.weightsShape(), t -> plan.run(src, diffDst, t, diffBias));
    for (Shape wrong : wrongShapes(CONV.biasShape())) {
      refused(
          IllegalArgumentException.class,
          () -> plan.run(src, diffDst, diffWeights, source(wrong)),
          "diff_bias",
          wrong,
          CONV.biasShape());
    }
  }

  @Test
  void maxPooling() {
    MaxPool2dForward forward = KERNELS.maxPool2dForward(POOL, OPTIONS);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(POOL, OPTIONS);
    MaxPoolOffsets offsets = keep(forward.newOffsets());
    Tensor src = source(POOL.srcShape());
    Tensor dst = destination(POOL.dstShape());
    Tensor diffSrc = destination(POOL.srcShape());
    refusesOthers("src", POOL.srcShape(), t -> forward.run(t, dst, offsets));
    refusesOthers("dst", POOL.dstShape(), t -> forward.run(src, t, offsets));
    Tensor diffDst = source(POOL.dstShape());
    refused(
        IllegalStateException.class,
        () -> backward.run(diffDst, offsets, diffSrc),
        "no forward run has filled");
    refused(
        IllegalStateException.class,
        () -> offsets.toIndices(keep(LongTensor.zeros(POOL.dstShape()))),
        "no forward run has filled");
    forward.run(src, keep(Tensor.empty(POOL.dstShape())), offsets);
    refusesOthers("diff_dst", POOL.dstShape(), t -> backward.run(t, offsets, diffSrc));
    refusesOthers("diff_src", POOL.srcShape(), t -> backward.run(diffDst, offsets, t));
    refused(NullPointerException.class, () -> backward.run(diffDst, null, diffSrc), "offsets");
    for (Shape wrong : wrongShapes(POOL.dstShape())) {
      LongTensor indices = keep(LongTensor.zeros(wrong));
      refused(
          IllegalArgumentException.class,
          () -> offsets.toIndices(indices),
          "indices",
          wrong,
          POOL.dstShape());
    }
  }

  @Test
  void elementwise() {
    Shape shape = Shape.of(3, 5);
    Tensor x = source(shape);
    Tensor y = destination(shape);
    refusesOthers("y", shape, t -> KERNELS.axpy(1, x, t));
    refused(IllegalArgumentException.class, () -> KERNELS.axpy(1, y, y), "y overlaps x");
    Tensor other = source(shape);
    refusesOthers("diff_dst", shape, t -> KERNELS.reluBackward(x, t, y));
    refusesOthers("out", shape, t -> KERNELS.reluBackward(x, other, t));
    refused(
        IllegalArgumentException.class, () -> KERNELS.reluBackward(y, x, y), "out overlaps dst");
    Tensor closed = Tensor.zeros(shape);
    closed.close();
    refused(IllegalStateException.class, () -> KERNELS.axpy(1, closed, y), "x", "closed");
    refused(IllegalStateException.class, () -> KERNELS.reluBackward(closed, x, y), "dst", "closed");
  }

  /** Where shapes allow a destination to be a source, too. */
  @Test
  void overlaps() {
    Conv2dGeometry g = Conv2dGeometry.of(1, 2, 1, 1, 2, 1, 1);
    Conv2dForward forward = KERNELS.conv2dForward(g, OPTIONS);
    Conv2dBackwardData backwardData = KERNELS.conv2dBackwardData(g, OPTIONS);
    Conv2dBackwardWeights backwardWeights = KERNELS.conv2dBackwardWeights(g, OPTIONS);
    Tensor image = destination(g.srcShape());
    Tensor other = source(g.srcShape());
    PreparedWeights weights = keep(forward.prepare(source(g.weightsShape())));
    PreparedWeights turned = keep(backwardData.prepare(source(g.weightsShape())));
    refused(
        IllegalArgumentException.class,
        () -> forward.run(image, weights, null, image),
        "dst overlaps src");
    refused(
        IllegalArgumentException.class,
        () -> backwardData.run(image, turned, image),
        "diff_src overlaps diff_dst");
    // The same memory under another shape.
    Tensor asBias = keep(Tensor.wrap(image.buffer(), 2));
    refused(
        IllegalArgumentException.class,
        () -> forward.run(other, weights, asBias, image),
        "dst overlaps bias");
    Tensor diffWeights = destination(g.weightsShape());
    refused(
        IllegalArgumentException.class,
        () -> backwardWeights.run(image, other, diffWeights, asBias),
        "diff_bias overlaps src");
    refused(
        IllegalArgumentException.class,
        () -> backwardWeights.run(other, image, diffWeights, asBias),
        "diff_bias overlaps diff_dst");
    Tensor partOfWeights = keep(Tensor.wrap(diffWeights.buffer(1, 2), 2));
    refused(
        IllegalArgumentException.class,
        () -> backwardWeights.run(other, image, diffWeights, partOfWeights),
        "diff_bias overlaps diff_weights");
    Tensor asImage = keep(Tensor.wrap(diffWeights.buffer(2, 2), 1, 2, 1, 1));
    refused(
        IllegalArgumentException.class,
        () -> backwardWeights.run(asImage, other, diffWeights, null),
        "diff_weights overlaps src");
    refused(
        IllegalArgumentException.class,
        () -> backwardWeights.run(other, asImage, diffWeights, null),
        "diff_weights overlaps diff_dst");
    Pool2dGeometry p = Pool2dGeometry.of(1, 2, 1, 1, 1, 1, 1, 1);
    MaxPool2dForward pool = KERNELS.maxPool2dForward(p, OPTIONS);
    MaxPoolOffsets offsets = keep(pool.newOffsets());
    refused(
        IllegalArgumentException.class, () -> pool.run(image, image, offsets), "dst overlaps src");
    pool.run(other, keep(Tensor.empty(p.dstShape())), offsets);
    refused(
        IllegalArgumentException.class,
        () -> KERNELS.maxPool2dBackward(p, OPTIONS).run(image, offsets, image),
        "diff_src overlaps diff_dst");
  }

  @Test
  void whatAnotherPlanPrepared() {
    Conv2dForward plan = KERNELS.conv2dForward(CONV, OPTIONS);
    Tensor src = source(CONV.srcShape());
    Tensor dst = destination(CONV.dstShape());
    Tensor weights = source(CONV.weightsShape());
    Conv2dForward twin = KERNELS.conv2dForward(CONV, OPTIONS);
    Conv2dGeometry narrow = Conv2dGeometry.of(2, 4, 6, 7, 6, 1, 1);
    Conv2dForward stranger = KERNELS.conv2dForward(narrow, OPTIONS);
    PreparedWeights narrowWeights = keep(stranger.prepare(source(narrow.weightsShape())));
    PreparedWeights turned = keep(KERNELS.conv2dBackwardData(CONV, OPTIONS).prepare(weights));
    PreparedWeights twins = keep(twin.prepare(weights));
    for (PreparedWeights wrong : List.of(narrowWeights, turned, twins)) {
      refused(
          IllegalArgumentException.class,
          () -> plan.run(src, wrong, null, dst),
          "another plan",
          CONV.weightsShape());
      refused(IllegalArgumentException.class, () -> plan.prepare(weights, wrong), "another plan");
    }
    PreparedWeights java =
        keep(ReferenceKernels.instance().conv2dForward(CONV, OPTIONS).prepare(weights));
    refused(
        IllegalArgumentException.class,
        () -> plan.run(src, java, null, dst),
        "another backend",
        "native");
    refused(
        IllegalArgumentException.class,
        () -> ReferenceKernels.instance().conv2dForward(CONV, OPTIONS).run(src, twins, null, dst),
        "another backend",
        "reference");
  }

  @Test
  void offsetsOfAnotherPooling() {
    MaxPool2dForward plan = KERNELS.maxPool2dForward(POOL, OPTIONS);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(POOL, OPTIONS);
    Tensor src = source(POOL.srcShape());
    Tensor dst = destination(POOL.dstShape());
    Tensor diffSrc = destination(POOL.srcShape());
    Tensor diffDst = source(POOL.dstShape());
    Pool2dGeometry other = POOL.withCeilMode(true);
    MaxPoolOffsets others = keep(KERNELS.maxPool2dForward(other, OPTIONS).newOffsets());
    MaxPoolOffsets java =
        keep(ReferenceKernels.instance().maxPool2dForward(POOL, OPTIONS).newOffsets());
    refused(
        IllegalArgumentException.class, () -> plan.run(src, dst, others), "offsets", other, POOL);
    refused(
        IllegalArgumentException.class,
        () -> backward.run(diffDst, others, diffSrc),
        "offsets",
        other,
        POOL);
    refused(IllegalArgumentException.class, () -> plan.run(src, dst, java), "offsets", "backend");
    refused(
        IllegalArgumentException.class,
        () -> backward.run(diffDst, java, diffSrc),
        "offsets",
        "backend");
    // Those of a plan for the same geometry will do.
    MaxPoolOffsets twins = keep(KERNELS.maxPool2dForward(POOL, OPTIONS).newOffsets());
    plan.run(src, keep(Tensor.empty(POOL.dstShape())), twins);
    backward.run(diffDst, twins, keep(Tensor.empty(POOL.srcShape())));
  }

  @Test
  void aReluWhereThereIsNone() {
    PlanOptions relu = OPTIONS.withRelu(true);
    refused(IllegalArgumentException.class, () -> KERNELS.conv2dBackwardData(CONV, relu), "relu");
    refused(
        IllegalArgumentException.class, () -> KERNELS.conv2dBackwardWeights(CONV, relu), "relu");
    refused(IllegalArgumentException.class, () -> KERNELS.maxPool2dForward(POOL, relu), "relu");
    refused(IllegalArgumentException.class, () -> KERNELS.maxPool2dBackward(POOL, relu), "relu");
  }

  @Test
  void aSingleImageMayLeaveOutTheBatch() {
    Conv2dGeometry g = Conv2dGeometry.of(1, 2, 3, 4, 2, 2, 2);
    Conv2dForward plan = KERNELS.conv2dForward(g, OPTIONS);
    PreparedWeights weights = keep(plan.prepare(source(g.weightsShape())));
    Tensor flat = keep(Tensor.empty(Shape.of(2, 2, 3)));
    plan.run(source(Shape.of(2, 3, 4)), weights, null, flat);
    float[] eights = new float[12];
    Arrays.fill(eights, 8);
    assertArrayEquals(eights, flat.toArray());
    Conv2dForward pairs = KERNELS.conv2dForward(g.withBatch(2), OPTIONS);
    PreparedWeights again = keep(pairs.prepare(source(g.weightsShape())));
    refused(
        IllegalArgumentException.class,
        () -> pairs.run(source(Shape.of(2, 3, 4)), again, null, source(g.dstShape())),
        "src",
        "[2, 3, 4]",
        "[2, 2, 3, 4]");
  }

  /** Extents whose product fits into a long but not into any memory. */
  @Test
  void geometriesLargerThanMemory() {
    Conv2dGeometry huge = Conv2dGeometry.of(1, 1, 1L << 29, 1L << 30, 1, 1, 1);
    Conv2dForward plan = KERNELS.conv2dForward(huge, OPTIONS);
    refused(
        IllegalArgumentException.class,
        () ->
            plan.run(
                source(Shape.of(1, 1, 2, 2)),
                keep(plan.prepare(source(Shape.of(1, 1, 1, 1)))),
                null,
                source(Shape.of(1, 1, 2, 2))),
        "src");
    refused(
        IllegalArgumentException.class,
        () -> Conv2dGeometry.of(1, 1, 1L << 31, 1L << 31, 1, 1, 1),
        "src",
        "2^63");
    Pool2dGeometry pool = Pool2dGeometry.of(1, 1, 1L << 29, 1L << 30, 1, 1, 1, 1);
    assertThrows(
        OutOfMemoryError.class, () -> KERNELS.maxPool2dForward(pool, OPTIONS).newOffsets());
  }
}
