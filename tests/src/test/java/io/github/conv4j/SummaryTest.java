package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.nn.AvgPool2d;
import io.github.conv4j.nn.BatchNorm2d;
import io.github.conv4j.nn.Conv1d;
import io.github.conv4j.nn.Conv2d;
import io.github.conv4j.nn.ConvTranspose2d;
import io.github.conv4j.nn.Flatten;
import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Linear;
import io.github.conv4j.nn.MaxPool2d;
import io.github.conv4j.nn.ReLU;
import io.github.conv4j.nn.ReceptiveField;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Summary;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of a network, with numbers counted by hand. */
class SummaryTest {
  private static Sequential network() {
    return Sequential.builder()
        .add(
            "features",
            Sequential.of(
                Conv2d.builder(1, 6, 5).padding(2).build(),
                new ReLU(),
                MaxPool2d.builder(2).build(),
                Conv2d.builder(6, 16, 5).build()))
        .add("flatten", new Flatten())
        .add("head", Linear.builder(16 * 10 * 10, 10).build())
        .build();
  }

  @Test
  void everyNumberIsAsCountedByHand() {
    try (Sequential net = network()) {
      Summary summary = net.summary(Shape.of(2, 1, 28, 28));
      List<Summary.Row> rows = summary.rows();
      assertEquals(
          List.of("features.0", "features.1", "features.2", "features.3", "flatten", "head"),
          rows.stream().map(Summary.Row::name).toList());
      assertEquals(
          List.of("Conv2d", "ReLU", "MaxPool2d", "Conv2d", "Flatten", "Linear"),
          rows.stream().map(Summary.Row::type).toList());
      assertEquals(
          List.of(156L, 0L, 0L, 2416L, 0L, 16010L),
          rows.stream().map(Summary.Row::parameters).toList());
      assertEquals(
          List.of(2 * 6L * 784 * 25, 0L, 0L, 2 * 16L * 100 * 150, 0L, 2 * 16000L),
          rows.stream().map(Summary.Row::multiplyAdds).toList());
      assertEquals(
          List.of("5x5", "5x5", "6x6", "14x14", "14x14", "all"),
          rows.stream().map(row -> row.receptiveField().toString()).toList());
      assertEquals(Shape.of(2, 16, 10, 10), rows.get(3).output());
      assertEquals(4L * (2 * 6 * 784 + 156), rows.get(0).memory());
      assertEquals(18582, summary.parameters());
      assertEquals(net.multiplyAdds(summary.input()), summary.multiplyAdds());
      long results = 2L * (6 * 784 + 6 * 784 + 6 * 196 + 1600 + 1600 + 10);
      assertEquals(4 * (results + 18582), summary.memory());
      assertEquals(4 * 2 * 784 + 2 * summary.memory(), summary.trainingMemory());
    }
  }

  @Test
  void theTextIsATable() {
    try (Sequential net = network()) {
      assertEquals(
          """
          input [1, 1, 28, 28]
          layer       type       output           parameters  multiply-adds  receptive field     memory
          ---------------------------------------------------------------------------------------------
          features.0  Conv2d     [1, 6, 28, 28]          156        117,600              5x5   19.0 KiB
          features.1  ReLU       [1, 6, 28, 28]            0              0              5x5   18.4 KiB
          features.2  MaxPool2d  [1, 6, 14, 14]            0              0              6x6    4.6 KiB
          features.3  Conv2d     [1, 16, 10, 10]       2,416        240,000            14x14   15.7 KiB
          flatten     Flatten    [1, 1600]                 0              0            14x14    6.3 KiB
          head        Linear     [1, 10]              16,010         16,000              all   62.6 KiB
          ---------------------------------------------------------------------------------------------
          total                                       18,582        373,600                   126.5 KiB
          training holds 256.0 KiB\
          """,
          net.summary(Shape.of(1, 1, 28, 28)).toString());
    }
  }

  @Test
  void buffersCountAsMemory() {
    try (BatchNorm2d norm = BatchNorm2d.builder(3).build()) {
      Summary.Row row = norm.summary(Shape.of(1, 3, 2, 2)).rows().get(0);
      assertEquals("", row.name());
      assertEquals(6, row.parameters());
      assertEquals(4 * (12 + 6 + 7), row.memory());
    }
  }

  /** Perturbs every pixel and sees which ones an element in the middle of the result answers to. */
  @Test
  void receptiveFieldsAreWhatAnElementAnswersTo() {
    try (Layer net =
            Sequential.of(
                filled(Conv2d.builder(1, 1, 3, 2).stride(2, 1).dilation(1, 3).bias(false).build()),
                AvgPool2d.builder(2, 3).stride(1, 2).build(),
                filled(ConvTranspose2d.builder(1, 1, 5).stride(2).bias(false).build()));
        Tensor src = Tensor.zeros(1, 1, 40, 40);
        Tensor dst = net.forward(src)) {
      Summary summary = net.summary(src.shape());
      ReceptiveField field = summary.rows().get(2).receptiveField();
      assertEquals(field, net.receptiveField(ReceptiveField.PIXEL));
      boolean[] rows = new boolean[40];
      boolean[] columns = new boolean[40];
      long width = dst.shape().dim(3);
      // Neighbours differ in phase, and the field is that of the phase that meets the most taps.
      long most = 0;
      long widest = 0;
      for (long phase = 0; phase < 4; phase++) {
        Arrays.fill(rows, false);
        Arrays.fill(columns, false);
        long element = (dst.shape().dim(2) / 2 + phase / 2) * width + width / 2 + phase % 2;
        for (int i = 0; i < 1600; i++) {
          src.set(i, 1);
          net.forward(src, dst);
          src.set(i, 0);
          if (dst.get(element) != 0) {
            rows[i / 40] = true;
            columns[i % 40] = true;
          }
        }
        most = Math.max(most, extent(rows));
        widest = Math.max(widest, extent(columns));
      }
      assertEquals(most + "x" + widest, field.toString());
    }
  }

  private static Layer filled(Layer layer) {
    layer.parameters().get(0).value().fill(1);
    return layer;
  }

  private static long extent(boolean[] touched) {
    int first = 0;
    while (!touched[first]) {
      first++;
    }
    int last = touched.length - 1;
    while (!touched[last]) {
      last--;
    }
    return last - first + 1;
  }

  @Test
  void signalsAndFeatures() {
    try (Conv1d conv = Conv1d.builder(2, 3, 5).build();
        Linear linear = Linear.builder(4, 2).build()) {
      Summary.Row row = conv.summary(Shape.of(1, 2, 9)).rows().get(0);
      assertEquals(3L * 5 * 10, row.multiplyAdds());
      assertEquals("1x5", row.receptiveField().toString());
      Summary features = linear.summary(Shape.of(8, 4));
      assertNull(features.rows().get(0).receptiveField());
      assertEquals(64, features.multiplyAdds());
      assertTrue(features.toString().contains(" -  "), features.toString());
    }
  }

  @Test
  void aShapeThatDoesNotSuitIsRefused() {
    try (Sequential net = network()) {
      assertThrows(IllegalArgumentException.class, () -> net.summary(Shape.of(1, 3, 28, 28)));
      assertThrows(IllegalArgumentException.class, () -> net.summary(Shape.of(1, 1, 30, 28)));
    }
  }
}
