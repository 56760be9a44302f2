package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.ConvTranspose2dBackwardData;
import io.github.conv4j.kernel.ConvTranspose2dBackwardWeights;
import io.github.conv4j.kernel.ConvTranspose2dForward;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.Parameter;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transposed convolution beyond what NativeExactTest compares: definition, layer, arguments. */
class ConvTranspose2dTest {
  /** Output padding beyond stride and end padding on one axis, groups, everything uneven. */
  private static final List<ConvTranspose2dGeometry> GEOMETRIES =
      List.of(
          new ConvTranspose2dGeometry(2, 4, 3, 5, 6, 3, 2, 2, 3, 1, 0, 2, 1, 1, 2, 1, 2, 2),
          new ConvTranspose2dGeometry(1, 2, 4, 3, 3, 2, 3, 1, 2, 1, 1, 0, 1, 3, 1, 4, 3, 1),
          new ConvTranspose2dGeometry(1, 3, 1, 1, 2, 2, 1, 1, 1, 6, 0, 0, 0, 3, 0, 4, 1, 1));

  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void isTheScatterOfItsDefinition(Kernels kernels) {
    long seed = Fixtures.seed();
    for (ConvTranspose2dGeometry g : GEOMETRIES) {
      float[] x = values(seed, "src", g.srcShape());
      float[] w = values(seed, "weights", g.weightsShape());
      float[] b = values(seed, "bias", g.biasShape());
      assertArrayEquals(
          scatter(g, x, w, b), forward(kernels, g, x, w, b), () -> g + ", seed " + seed);
    }
  }

  private static float[] scatter(ConvTranspose2dGeometry g, float[] x, float[] w, float[] b) {
    long OH = g.oh();
    long OW = g.ow();
    long groupOC = g.oc() / g.g();
    float[] y = new float[(int) g.dstShape().elements()];
    for (int i = 0; i < y.length; i++) {
      y[i] = b[(int) (i / OH / OW % g.oc())];
    }
    for (int i = 0; i < x.length; i++) {
      long iw = i % g.iw();
      long ih = i / g.iw() % g.ih();
      long ic = i / g.iw() / g.ih() % g.ic();
      long n = i / g.iw() / g.ih() / g.ic();
      for (long t = 0; t < groupOC * g.kh() * g.kw(); t++) {
        long oh = ih * g.sh() - g.pt() + t / g.kw() % g.kh() * g.dh();
        long ow = iw * g.sw() - g.pl() + t % g.kw() * g.dw();
        long oc = ic / (g.ic() / g.g()) * groupOC + t / g.kw() / g.kh();
        if (oh >= 0 && oh < OH && ow >= 0 && ow < OW) {
          y[(int) (((n * g.oc() + oc) * OH + oh) * OW + ow)] +=
              x[i] * w[(int) (ic * groupOC * g.kh() * g.kw() + t)];
        }
      }
    }
    return y;
  }

  /** On integers &lt;y, dy&gt; = &lt;x, dx&gt; = &lt;w, dw&gt; and dbias pairs with ones. */
  @ParameterizedTest
  @MethodSource("backends")
  void directionsAreOneForm(Kernels kernels) {
    long seed = Fixtures.seed();
    for (ConvTranspose2dGeometry g : GEOMETRIES) {
      float[] x = values(seed, "src", g.srcShape());
      float[] w = values(seed, "weights", g.weightsShape());
      float[] dy = values(seed, "diff_dst", g.dstShape());
      double form = product(scatter(g, x, w, new float[(int) g.oc()]), dy);
      ConvTranspose2dBackwardData data =
          kernels.convTranspose2dBackwardData(g, PlanOptions.DEFAULT);
      ConvTranspose2dBackwardWeights forWeights =
          kernels.convTranspose2dBackwardWeights(g, PlanOptions.DEFAULT);
      try (Tensor src = Tensor.of(x, g.srcShape().toArray());
          Tensor weights = Tensor.of(w, g.weightsShape().toArray());
          Tensor diffDst = Tensor.of(dy, g.dstShape().toArray());
          Tensor diffSrc = Fixtures.filled(Float.NaN, g.srcShape());
          Tensor diffWeights = Fixtures.filled(Float.NaN, g.weightsShape());
          Tensor diffBias = Fixtures.filled(Float.NaN, g.biasShape());
          PreparedWeights prepared = data.prepare(weights)) {
        data.run(diffDst, prepared, diffSrc);
        forWeights.run(src, diffDst, diffWeights, diffBias);
        assertEquals(form, product(x, diffSrc.toArray()), () -> g + ", seed " + seed);
        assertEquals(form, product(w, diffWeights.toArray()), () -> g + ", seed " + seed);
        float[] sums = new float[(int) g.oc()];
        for (int i = 0; i < dy.length; i++) {
          sums[(int) (i / g.oh() / g.ow() % g.oc())] += dy[i];
        }
        assertArrayEquals(sums, diffBias.toArray(), () -> g + ", seed " + seed);
      }
    }
  }

  @Test
  void knownAnswer() {
    // Two by two pixels, each a kernel of its own, three apart in a row and two in a column.
    ConvTranspose2dGeometry g = ConvTranspose2dGeometry.of(1, 1, 2, 2, 1, 2, 2).withStride(2, 1);
    for (Named<Kernels> backend : Fixtures.backends()) {
      Kernels kernels = backend.getPayload();
      assertArrayEquals(
          new float[] {1, 4, 4, 3, 10, 8, 3, 10, 8, 9, 24, 16},
          forward(kernels, g, new float[] {1, 2, 3, 4}, new float[] {1, 2, 3, 4}, null));
    }
  }

  @Test
  void aSizeMayBeAskedFor() {
    try (ConvTranspose2d layer =
            ConvTranspose2d.builder(2, 3, 3).stride(3, 2).padding(1).seed(3).build();
        Tensor src = Fixtures.reals(1, "src", Shape.of(2, 2, 4, 5))) {
      assertEquals(Shape.of(2, 3, 10, 9), layer.outputShape(src.shape()));
      for (long height = 10; height <= 12; height++) {
        for (long width = 9; width <= 10; width++) {
          try (Tensor dst = layer.forward(src, height, width);
              Tensor own = Tensor.empty(dst.shape());
              Tensor diffSrc = layer.backward(dst)) {
            assertEquals(Shape.of(2, 3, height, width), dst.shape());
            assertEquals(src.shape(), diffSrc.shape());
            layer.forward(src, height, width, own);
            assertArrayEquals(dst.toArray(), own.toArray());
          }
        }
      }
      argument("output height is 13; it must be 10 to 12", () -> layer.forward(src, 13, 9));
      argument("output height is 9; it must be 10 to 12", () -> layer.forward(src, 9, 9));
      argument("output width is 11; it must be 9 to 10", () -> layer.forward(src, 10, 11));
      argument("src has shape [4, 5]", () -> layer.outputShape(Shape.of(4, 5)));
      argument("the layer takes 2", () -> layer.outputShape(Shape.of(3, 4, 5)));
    }
  }

  /** The gradient of a convolution with the same weights. */
  @Test
  void undoesTheShapeOfAConvolution() {
    try (Conv2d conv = Conv2d.builder(3, 5, 3, 2).stride(2).padding(1, 0).bias(false).build();
        ConvTranspose2d back =
            ConvTranspose2d.builder(5, 3, 3, 2).stride(2).padding(1, 0).bias(false).build();
        Tensor src = Fixtures.integers(1, "src", Shape.of(3, 8, 7));
        Tensor y = conv.forward(src)) {
      back.weight().set(conv.weight().toArray());
      try (Tensor diffSrc = conv.backward(y);
          Tensor dst = back.forward(y, 8, 7)) {
        assertEquals(diffSrc.shape(), dst.shape());
        assertArrayEquals(diffSrc.toArray(), dst.toArray());
      }
    }
  }

  @Test
  void gradientsAreDifferences() {
    for (Named<Kernels> backend : Fixtures.backends()) {
      Kernels kernels = backend.getPayload();
      try (ConvTranspose2d layer =
              ConvTranspose2d.builder(2, 3, 2, 3)
                  .stride(2)
                  .dilation(3, 1)
                  .padding(1, 0)
                  .outputPadding(2, 1)
                  .relu(true)
                  .seed(5)
                  .kernels(kernels)
                  .build();
          Tensor src = Fixtures.reals(7, "src", Shape.of(1, 2, 3, 4));
          Tensor dst = layer.forward(src);
          Tensor ones = Fixtures.filled(1, dst.shape());
          Tensor diffSrc = layer.backward(ones)) {
        for (int i = 0; i < src.elements(); i += 5) {
          assertEquals(slope(layer, src, src, i), diffSrc.get(i), 2e-2, "src " + i);
        }
        for (Parameter parameter : layer.parameters()) {
          for (int i = 0; i < parameter.value().elements(); i += 2) {
            assertEquals(
                slope(layer, src, parameter.value(), i),
                parameter.gradient().get(i),
                2e-2,
                parameter.name() + " " + i);
          }
        }
      }
    }
  }

  private static double slope(ConvTranspose2d layer, Tensor src, Tensor of, int i) {
    float step = 1e-3f;
    float before = of.get(i);
    of.set(i, before + step);
    double more = sum(layer, src);
    of.set(i, before - step);
    double less = sum(layer, src);
    of.set(i, before);
    return (more - less) / (2 * step);
  }

  private static double sum(ConvTranspose2d layer, Tensor src) {
    try (Tensor dst = layer.forward(src)) {
      double sum = 0;
      for (float value : dst.toArray()) {
        sum += value;
      }
      return sum;
    }
  }

  @Test
  void initialWeights() {
    try (ConvTranspose2d layer = ConvTranspose2d.builder(8, 6, 3, 2).groups(2).seed(1).build()) {
      assertEquals(Shape.of(8, 3, 3, 2), layer.weight().shape());
      double bound = 1 / Math.sqrt(3 * 3 * 2);
      double largest = 0;
      for (float value : layer.weight().toArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertTrue(largest <= bound && largest > 0.9 * bound, "largest weight " + largest);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void badArguments(Kernels kernels) {
    ConvTranspose2dGeometry g = GEOMETRIES.get(0);
    argument("oph is 2; it must be at least 0 and less than", () -> g.withOutputPadding(2, 0));
    argument("opw is -1", () -> g.withOutputPadding(0, -1));
    argument(
        "the height of dst would be 0; it must be at least 1",
        () -> ConvTranspose2dGeometry.of(1, 1, 1, 1, 1, 3, 3).withPadding(2, 0, 1, 0));
    argument("ic is 4; it must be a multiple of the 3 groups", () -> g.withGroups(3));
    argument(
        "padding mode",
        "padding_mode",
        () ->
            kernels.convTranspose2dForward(
                g, PlanOptions.DEFAULT.withPaddingMode(PaddingMode.REFLECT)));
    argument(
        "relu",
        "relu",
        () -> kernels.convTranspose2dBackwardData(g, PlanOptions.DEFAULT.withRelu(true)));
    ConvTranspose2dForward plan = kernels.convTranspose2dForward(g, PlanOptions.DEFAULT);
    ConvTranspose2dForward other = kernels.convTranspose2dForward(g, PlanOptions.DEFAULT);
    assertEquals(g, plan.geometry());
    try (Tensor src = Tensor.zeros(g.srcShape());
        Tensor weights = Tensor.zeros(g.weightsShape());
        Tensor dst = Tensor.zeros(g.dstShape())) {
      PreparedWeights prepared = plan.prepare(weights);
      argument("src has shape", () -> plan.run(dst, prepared, null, dst));
      argument("dst has shape", () -> plan.run(src, prepared, null, src));
      argument("bias has shape", () -> plan.run(src, prepared, src, dst));
      argument("weights has shape", () -> plan.prepare(src));
      argument("come from another plan", () -> other.run(src, prepared, null, dst));
      prepared.close();
      assertThrows(IllegalStateException.class, () -> plan.run(src, prepared, null, dst));
    }
  }

  private static float[] forward(
      Kernels kernels, ConvTranspose2dGeometry g, float[] x, float[] w, float[] b) {
    ConvTranspose2dForward plan = kernels.convTranspose2dForward(g, PlanOptions.DEFAULT);
    try (Tensor src = Tensor.of(x, g.srcShape().toArray());
        Tensor weights = Tensor.of(w, g.weightsShape().toArray());
        Tensor bias = b == null ? null : Tensor.of(b, g.oc());
        Tensor dst = Fixtures.filled(Float.NaN, g.dstShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, bias, dst);
      return dst.toArray();
    }
  }

  private static float[] values(long seed, String name, Shape shape) {
    try (Tensor tensor = Fixtures.integers(seed, name, shape)) {
      return tensor.toArray();
    }
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static void argument(String message, Executable call) {
    argument(message, message, call);
  }

  private static void argument(String message, String orElse, Executable call) {
    String found = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(found.contains(message) || found.contains(orElse), found);
  }
}
