package io.github.conv4j.app;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.Batch;
import io.github.conv4j.data.DataLoader;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Sequential;

/**
 * What a network makes of a dataset.
 *
 * @param loss the mean over the samples
 * @param confusion how many samples of each class (row) were taken for each class (column)
 */
record Evaluation(double loss, long[][] confusion) {
  /**
   * Runs a network over all samples, in evaluation; it is in training afterwards.
   *
   * @param loader in the order of its dataset
   */
  static Evaluation of(Sequential net, DataLoader loader) {
    int classes = loader.dataset().classes().size();
    long[][] confusion = new long[classes][classes];
    CrossEntropyLoss loss = new CrossEntropyLoss();
    double sum = 0;
    net.eval();
    try {
      for (Batch batch : loader.epoch(0)) {
        try (Tensor scores = net.forward(batch.inputs())) {
          sum += loss.forward(scores, batch.labels()) * batch.size();
          int[] best = best(scores);
          for (int i = 0; i < best.length; i++) {
            confusion[(int) batch.labels().get(i)][best[i]]++;
          }
        }
      }
    } finally {
      net.train();
    }
    return new Evaluation(sum / loader.dataset().size(), confusion);
  }

  /** The class with the largest score of each row of [N, classes]; the first of equal ones. */
  static int[] best(Tensor scores) {
    float[] values = scores.toArray();
    int[] best = new int[(int) scores.shape().dim(0)];
    int classes = values.length / best.length;
    for (int i = 0; i < best.length; i++) {
      for (int c = 1; c < classes; c++) {
        if (values[i * classes + c] > values[i * classes + best[i]]) {
          best[i] = c;
        }
      }
    }
    return best;
  }

  /** The share of samples that were taken for what they are. */
  double accuracy() {
    long right = 0;
    long all = 0;
    for (int i = 0; i < confusion.length; i++) {
      right += confusion[i][i];
      for (long count : confusion[i]) {
        all += count;
      }
    }
    return (double) right / all;
  }
}
