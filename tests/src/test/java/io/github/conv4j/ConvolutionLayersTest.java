package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.Parameter;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Padding by name, lazy and depthwise convolutions, and the convolution of signals. */
class ConvolutionLayersTest {
  static List<Named<Kernels>> backends() {
    return Fixtures.backends();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "4, 3", "5, 1"})
  void sameKeepsTheSize(long kernel, long dilation) {
    try (Conv2d conv =
        Conv2d.builder(2, 3, kernel, 3).dilation(dilation, 2).paddingSame().build()) {
      Conv2dGeometry g = conv.geometry(Shape.of(1, 2, 7, 5));
      long total = dilation * (kernel - 1);
      assertEquals(List.of(7L, 5L), List.of(g.oh(), g.ow()));
      assertEquals(List.of(total / 2, total - total / 2), List.of(g.pt(), g.pb()));
      assertEquals(List.of(2L, 2L), List.of(g.pl(), g.pr()));
    }
  }

  @Test
  void sameNeedsStrideOne() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Conv2d.builder(1, 1, 3).paddingSame().stride(1, 2).build());
    assertTrue(e.getMessage().startsWith("stride is 1x2; "), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    // extent, kernel, stride, dilation, total padding by the ONNX rule
    "5, 3, 2, 1, 2",
    "6, 3, 2, 1, 1",
    "7, 2, 3, 1, 1",
    "6, 2, 3, 1, 0",
    "4, 5, 1, 2, 8",
    "1, 4, 3, 1, 3"
  })
  void onnxPadding(long extent, long kernel, long stride, long dilation, long total) {
    for (boolean upper : new boolean[] {true, false}) {
      Conv2d.Builder builder = Conv2d.builder(1, 1, kernel).stride(stride).dilation(dilation);
      try (Conv2d conv =
          (upper ? builder.paddingSameUpper() : builder.paddingSameLower()).build()) {
        Conv2dGeometry g = conv.geometry(Shape.of(1, 1, extent, extent));
        assertEquals((extent + stride - 1) / stride, g.oh());
        assertEquals(upper ? total / 2 : total - total / 2, g.pt());
        assertEquals(upper ? total - total / 2 : total / 2, g.pr());
      }
    }
  }

  @Test
  void theLastPaddingCounts() {
    try (Conv2d valid = Conv2d.builder(1, 1, 3).paddingSame().paddingValid().build();
        Conv2d given = Conv2d.builder(1, 1, 3).paddingSameUpper().padding(1, 0).build();
        Conv2d same = Conv2d.builder(1, 1, 3).padding(5).paddingSame().build()) {
      Shape src = Shape.of(1, 6, 6);
      assertEquals(Shape.of(1, 4, 4), valid.outputShape(src));
      assertEquals(Shape.of(1, 6, 4), given.outputShape(src));
      assertEquals(src, same.outputShape(src));
    }
  }

  @Test
  void aLayerRefusesAnImageTooSmallForItsMode() {
    try (Conv2d conv =
        Conv2d.builder(1, 1, 3).padding(3).paddingMode(PaddingMode.REFLECT).build()) {
      assertEquals(Shape.of(1, 8, 9), conv.outputShape(Shape.of(1, 4, 5)));
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> conv.outputShape(Shape.of(1, 3, 5)));
      assertEquals("pt is 3; reflect padding must be at most 2 where ih is 3", e.getMessage());
    }
  }

  @Test
  void lazyChannels() {
    try (Conv2d lazy = Conv2d.lazyBuilder(4, 3).padding(1).groups(2).seed(9).build();
        Conv2d known = Conv2d.builder(6, 4, 3).padding(1).groups(2).seed(9).build();
        Tensor src = Fixtures.reals(1, "src", Shape.of(2, 6, 5, 7));
        Tensor three = Tensor.zeros(1, 3, 5, 7);
        Tensor eight = Tensor.zeros(1, 8, 5, 7)) {
      IllegalStateException e = assertThrows(IllegalStateException.class, lazy::parameters);
      assertTrue(e.getMessage().contains("learns its input channels"), e.getMessage());
      assertThrows(IllegalStateException.class, lazy::weight);
      assertEquals("Conv2d(lazy, 4,", lazy.toString().substring(0, 15));
      assertThrows(IllegalArgumentException.class, () -> lazy.forward(three));
      assertEquals(Shape.of(2, 4, 5, 7), lazy.outputShape(src.shape()));
      assertThrows(IllegalStateException.class, lazy::parameters);
      try (Tensor dst = lazy.forward(src);
          Tensor expected = known.forward(src)) {
        assertArrayEquals(expected.toArray(), dst.toArray());
      }
      assertEquals(Shape.of(4, 3, 3, 3), lazy.weight().shape());
      assertEquals(2, lazy.parameters().size());
      IllegalArgumentException other =
          assertThrows(IllegalArgumentException.class, () -> lazy.forward(eight));
      assertTrue(other.getMessage().contains("the layer takes 6"), other.getMessage());
    }
    Conv2d closed = Conv2d.lazyBuilder(1, 1).build();
    closed.close();
    try (Tensor src = Tensor.zeros(1, 2, 2)) {
      assertThrows(IllegalStateException.class, () -> closed.forward(src));
    }
    assertThrows(IllegalArgumentException.class, () -> Conv2d.lazyBuilder(3, 3).groups(2).build());
    assertThrows(IllegalArgumentException.class, () -> Conv2d.builder(0, 3, 3).build());
  }

  /** Channel c of src gives the channels c*M .. c*M+M-1 of dst. */
  @ParameterizedTest
  @MethodSource("backends")
  void depthwise(Kernels kernels) {
    try (Conv2d conv = Conv2d.depthwiseBuilder(3, 2, 2).bias(false).kernels(kernels).build();
        Tensor src = Fixtures.integers(4, "src", Shape.of(3, 3, 4))) {
      assertEquals(Shape.of(6, 1, 2, 2), conv.weight().shape());
      float[] w = new float[24];
      for (int oc = 0; oc < 6; oc++) {
        w[4 * oc + oc % 4] = oc + 1;
      }
      conv.weight().set(w);
      float[] x = src.toArray();
      try (Tensor dst = conv.forward(src)) {
        assertEquals(Shape.of(6, 2, 3), dst.shape());
        for (int oc = 0; oc < 6; oc++) {
          for (int i = 0; i < 6; i++) {
            int pixel = (i / 3 + oc % 4 / 2) * 4 + i % 3 + oc % 2;
            assertEquals((oc + 1) * x[oc / 2 * 12 + pixel], dst.get(oc * 6L + i));
          }
        }
      }
    }
  }

  /** The signal of the known answers: valid, and padded with zeros. */
  @ParameterizedTest
  @MethodSource("backends")
  void signals(Kernels kernels) {
    try (Tensor signal = Tensor.of(new float[] {4, 1, 1, 2, 3, 5, 8, 13}, 1, 8);
        Conv1d valid = second(Conv1d.builder(1, 1, 3).kernels(kernels));
        Conv1d padded = second(Conv1d.builder(1, 1, 3).paddingSame().kernels(kernels));
        Tensor shorter = valid.forward(signal);
        Tensor same = padded.forward(signal)) {
      assertEquals(Shape.of(1, 6), shorter.shape());
      assertArrayEquals(new float[] {3, 1, 0, 1, 1, 2}, shorter.toArray());
      assertArrayEquals(new float[] {-7, 3, 1, 0, 1, 1, 2, -18}, same.toArray());
    }
  }

  private static Conv1d second(Conv1d.Builder builder) {
    Conv1d conv = builder.bias(false).build();
    assertEquals(Shape.of(1, 1, 3), conv.weight().shape());
    assertNull(conv.bias());
    conv.weight().set(new float[] {1, -2, 1});
    return conv;
  }

  /** Against a Conv2d on images of one row, forward and backward. */
  @ParameterizedTest
  @MethodSource("backends")
  void signalsAreImagesOfOneRow(Kernels kernels) {
    try (Conv1d line =
            Conv1d.builder(4, 6, 3)
                .stride(2)
                .dilation(2)
                .padding(1, 3)
                .paddingMode(PaddingMode.CIRCULAR)
                .groups(2)
                .relu(true)
                .seed(3)
                .kernels(kernels)
                .build();
        Conv2d image =
            Conv2d.builder(4, 6, 1, 3)
                .stride(1, 2)
                .dilation(1, 2)
                .padding(0, 1, 0, 3)
                .paddingMode(PaddingMode.CIRCULAR)
                .groups(2)
                .relu(true)
                .seed(3)
                .kernels(kernels)
                .build();
        Tensor src = Fixtures.reals(5, "src", Shape.of(3, 4, 17));
        Tensor rows = src.reshape(3, 4, 1, 17);
        Tensor dst = line.forward(src);
        Tensor expected = image.forward(rows);
        Tensor diffSrc = line.backward(dst);
        Tensor expectedDiff = image.backward(expected)) {
      assertEquals(Shape.of(3, 6, 9), dst.shape());
      assertEquals(Shape.of(6, 2, 3), line.weight().shape());
      assertEquals(src.shape(), diffSrc.shape());
      assertArrayEquals(expected.toArray(), dst.toArray());
      assertArrayEquals(expectedDiff.toArray(), diffSrc.toArray());
      for (int i = 0; i < 2; i++) {
        Parameter one = line.parameters().get(i);
        Parameter two = image.parameters().get(i);
        assertEquals(two.name(), one.name());
        assertArrayEquals(two.gradient().toArray(), one.gradient().toArray());
      }
      line.zeroGrad();
      assertEquals(0, line.parameters().get(0).gradient().get(0));
      assertEquals(Shape.of(6, 9), line.outputShape(Shape.of(4, 17)));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> line.outputShape(Shape.of(1, 1, 4, 17)));
      assertTrue(e.getMessage().endsWith("it must be [N, C, L] or [C, L]"), e.getMessage());
    }
  }
}
