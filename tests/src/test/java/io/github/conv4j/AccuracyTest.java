package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Conv2dBackwardWeights;
import io.github.conv4j.kernel.Conv2dForward;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.kernel.PreparedWeights;
import io.github.conv4j.kernel.ReferenceConv2d;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Accuracy} promises. */
class AccuracyTest {
  private static final double WORST = 3e-5;

  @ParameterizedTest
  @ValueSource(strings = {"winograd4", "winograd2"})
  void strictRefusesTransforms(String algorithm) {
    PlanOptions strict = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT).withAlgorithm(algorithm);
    Conv2dGeometry g = Conv2dGeometry.of(1, 64, 30, 29, 64, 3, 3);
    assertThrows(Conv4jException.class, () -> NativeKernels.instance().conv2dForward(g, strict));
  }

  @Test
  void onlyDefaultChoosesATransform() {
    Conv2dGeometry g = Conv2dGeometry.of(1, 128, 58, 58, 128, 3, 3);
    NativeKernels kernels = NativeKernels.instance();
    assertEquals("winograd4", kernels.conv2dForward(g, PlanOptions.DEFAULT).algorithm());
    PlanOptions strict = PlanOptions.DEFAULT.withAccuracy(Accuracy.STRICT);
    assertFalse(kernels.conv2dForward(g, strict).algorithm().startsWith("winograd"));
    assertEquals("winograd4", kernels.conv2dBackwardWeights(g, PlanOptions.DEFAULT).algorithm());
    assertFalse(kernels.conv2dBackwardWeights(g, strict).algorithm().startsWith("winograd"));
  }

  /** The 3x3 layers of VGG-19 on unit-scale data, at as many outputs as a second allows. */
  @ParameterizedTest
  @CsvSource({
    "3, 64, 224",
    "64, 64, 224",
    "64, 128, 112",
    "128, 128, 112",
    "128, 256, 56",
    "256, 256, 56",
    "256, 512, 28",
    "512, 512, 28",
    "512, 512, 14"
  })
  void worstErrorOfTransformsStaysWithinTheBound(long ic, long oc, long extent) {
    Conv2dGeometry g = Conv2dGeometry.of(1, ic, extent, extent, oc, 3, 3).withPadding(1, 1, 1, 1);
    SplittableRandom random = new SplittableRandom(19);
    Conv2dForward plan =
        NativeKernels.instance().conv2dForward(g, PlanOptions.DEFAULT.withAlgorithm("winograd4"));
    try (Tensor src = Tensor.uniform(random, -1, 1, g.srcShape().toArray());
        Tensor weights = Tensor.uniform(random, -1, 1, g.weightsShape().toArray());
        Tensor dst = Tensor.zeros(g.dstShape());
        PreparedWeights prepared = plan.prepare(weights)) {
      plan.run(src, prepared, null, dst);
      float[] found = dst.toArray();
      float[] image = src.toArray();
      float[] kernel = weights.toArray();
      double largest = 0;
      for (float value : found) {
        largest = Math.max(largest, Math.abs(value));
      }
      double worst = 0;
      for (int i = 0; i < 2000; i++) {
        int at = random.nextInt(found.length);
        long ow = at % g.ow();
        long oh = at / g.ow() % g.oh();
        long channel = at / (g.ow() * g.oh());
        double exact = ReferenceConv2d.forward(g, image, kernel, null, 0, channel, oh, ow);
        worst = Math.max(worst, Math.abs(found[at] - exact));
      }
      double relative = worst / largest;
      assertTrue(relative < WORST, () -> g + ": " + relative + " of the largest output");
      assertTrue(relative > 0, "nothing was computed in another way");
    }
  }

  /** The same for the gradients of the weights, of batches whose sums are long. */
  @ParameterizedTest
  @CsvSource({
    "2, 3, 64, 224",
    "2, 64, 64, 224",
    "4, 128, 128, 112",
    "4, 256, 256, 56",
    "8, 512, 512, 28",
    "16, 512, 512, 14"
  })
  void worstErrorOfTransformedGradientsStaysWithinTheBound(long n, long ic, long oc, long extent) {
    Conv2dGeometry g = Conv2dGeometry.of(n, ic, extent, extent, oc, 3, 3).withPadding(1, 1, 1, 1);
    SplittableRandom random = new SplittableRandom(34);
    Conv2dBackwardWeights plan =
        NativeKernels.instance()
            .conv2dBackwardWeights(g, PlanOptions.DEFAULT.withAlgorithm("winograd4"));
    try (Tensor src = Tensor.uniform(random, -1, 1, g.srcShape().toArray());
        Tensor diffDst = Tensor.uniform(random, -1, 1, g.dstShape().toArray());
        Tensor diffWeights = Tensor.zeros(g.weightsShape())) {
      plan.run(src, diffDst, diffWeights, null);
      float[] found = diffWeights.toArray();
      float[] image = src.toArray();
      float[] diff = diffDst.toArray();
      double largest = 0;
      for (float value : found) {
        largest = Math.max(largest, Math.abs(value));
      }
      double worst = 0;
      for (int i = 0; i < 400; i++) {
        int at = random.nextInt(found.length);
        double exact =
            ReferenceConv2d.backwardWeights(
                g, image, diff, at / 9 / ic, at / 9 % ic, at / 3 % 3, at % 3);
        worst = Math.max(worst, Math.abs(found[at] - exact));
      }
      double relative = worst / largest;
      assertTrue(relative < WORST, () -> g + ": " + relative + " of the largest gradient");
      assertTrue(relative > 0, "nothing was computed in another way");
    }
  }
}
