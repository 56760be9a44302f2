package io.github.conv4j.examples;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.Batch;
import io.github.conv4j.data.DataLoader;
import io.github.conv4j.nn.Layer;

/** The share of samples that a network classifies correctly. */
final class Accuracy {
  private Accuracy() {}

  /** In percent; the network is in evaluation afterwards. */
  static double of(Layer net, DataLoader samples) {
    net.eval();
    int right = 0;
    for (Batch batch : samples.epoch(0)) {
      try (Tensor scores = net.forward(batch.inputs())) {
        float[] values = scores.toArray();
        int classes = values.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
          int best = 0;
          for (int c = 1; c < classes; c++) {
            best = values[i * classes + c] > values[i * classes + best] ? c : best;
          }
          right += best == batch.labels().get(i) ? 1 : 0;
        }
      }
    }
    return 100.0 * right / samples.dataset().size();
  }
}
