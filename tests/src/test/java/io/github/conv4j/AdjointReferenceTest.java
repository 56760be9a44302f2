package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.MaxPool2dBackward;
import io.github.conv4j.kernel.MaxPool2dForward;
import io.github.conv4j.kernel.MaxPoolOffsets;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.Pool2dGeometry;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The three directions of the reference as one bilinear form: with conv the convolution by w, on
 * integers &lt;conv(x), dy&gt; = &lt;x, backward_data(dy)&gt; = &lt;w, backward_weights(dy)&gt;
 * exactly, and for max pooling &lt;maxpool(x), dy&gt; = &lt;x, backward(dy)&gt;.
 */
class AdjointReferenceTest {
  private static final Kernels KERNELS = ReferenceKernels.instance();
  private static final PlanOptions OPTIONS = PlanOptions.DEFAULT;
  private static final long SEED = 20240607;

  @Test
  void convolution() throws IOException {
    List<KernelCase> cases = new ArrayList<>(read("edge.csv"));
    RandomShapes shapes = new RandomShapes(SEED, 20_000);
    for (int i = 0; i < 300; i++) {
      cases.add(new Conv2dCase("random-" + i, shapes.nextConv2d()));
    }
    int telling = 0;
    for (KernelCase shape : cases) {
      telling += convolution(((Conv2dCase) shape).geometry()) ? 1 : 0;
    }
    assertNotEquals(0, telling);
    assertEquals(1, Math.round((double) telling / cases.size()), "most products are 0");
  }

  private static boolean convolution(Conv2dGeometry geometry) {
    Conv2dForward forward = KERNELS.conv2dForward(geometry, OPTIONS);
    Conv2dBackwardData data = KERNELS.conv2dBackwardData(geometry, OPTIONS);
    Conv2dBackwardWeights forWeights = KERNELS.conv2dBackwardWeights(geometry, OPTIONS);
    try (Tensor x = integers("src", geometry.srcShape());
        Tensor w = integers("weights", geometry.weightsShape());
        Tensor dy = integers("diff_dst", geometry.dstShape());
        Tensor y = Tensor.empty(geometry.dstShape());
        Tensor dx = Tensor.empty(geometry.srcShape());
        Tensor dw = Tensor.empty(geometry.weightsShape());
        Tensor db = Tensor.empty(geometry.biasShape());
        PreparedWeights forwardW = forward.prepare(w);
        PreparedWeights backwardW = data.prepare(w)) {
      forward.run(x, forwardW, null, y);
      data.run(dy, backwardW, dx);
      forWeights.run(x, dy, dw, db);
      long form = product(y, dy);
      assertEquals(form, product(x, dx), () -> "backward_data of " + geometry);
      assertEquals(form, product(w, dw), () -> "backward_weights of " + geometry);
      // The bias adds itself to every element, so its gradient pairs with ones as dy does.
      try (Tensor ones = Tensor.empty(geometry.dstShape());
          Tensor biasOnes = Tensor.empty(geometry.biasShape())) {
        ones.fill(1);
        biasOnes.fill(1);
        assertEquals(product(ones, dy), product(biasOnes, db), () -> "diff_bias of " + geometry);
      }
      return form != 0;
    }
  }

  @Test
  void maxPooling() throws IOException {
    List<KernelCase> cases = new ArrayList<>(read("pool_edge.csv"));
    RandomShapes shapes = new RandomShapes(SEED, 20_000);
    for (int i = 0; i < 300; i++) {
      cases.add(new MaxPool2dCase("random-" + i, shapes.nextPool2d()));
    }
    for (KernelCase shape : cases) {
      maxPooling(((MaxPool2dCase) shape).geometry());
    }
  }

  private static void maxPooling(Pool2dGeometry geometry) {
    MaxPool2dForward forward = KERNELS.maxPool2dForward(geometry, OPTIONS);
    MaxPool2dBackward backward = KERNELS.maxPool2dBackward(geometry, OPTIONS);
    try (Tensor x = integers("src", geometry.srcShape());
        Tensor dy = integers("diff_dst", geometry.dstShape());
        Tensor y = Tensor.empty(geometry.dstShape());
        Tensor dx = Tensor.empty(geometry.srcShape());
        MaxPoolOffsets offsets = forward.newOffsets()) {
      forward.run(x, y, offsets);
      backward.run(dy, offsets, dx);
      // A window with no tap inside gives -infinity and takes no part in the gradient.
      for (long i = 0; i < y.elements(); i++) {
        if (y.get(i) == Float.NEGATIVE_INFINITY) {
          y.set(i, 0);
        }
      }
      assertEquals(product(y, dy), product(x, dx), geometry::toString);
    }
  }

  private static Tensor integers(String name, Shape shape) {
    int elements = (int) shape.elements();
    return Tensor.of(TestData.exact(SEED, name, elements, 1), shape.toArray());
  }

  private static long product(Tensor a, Tensor b) {
    float[] left = a.toArray();
    float[] right = b.toArray();
    long sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (long) left[i] * (long) right[i];
    }
    return sum;
  }

  private static List<KernelCase> read(String name) throws IOException {
    Path here = Path.of("shapes", name);
    return ShapeFile.read(Files.exists(here) ? here : Path.of("tests/shapes", name));
  }
}
