package io.github.conv4j.examples;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.Batch;
import io.github.conv4j.data.DataLoader;
import io.github.conv4j.data.SyntheticDigits;
import io.github.conv4j.models.LeNet5;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Adam;

/** Trains LeNet-5 on digits that conv4j draws. */
public final class TrainDigits {
  private TrainDigits() {}

  /**
   * Prints the mean loss of every epoch, and the share of test digits that are recognised.
   *
   * @param args the number of digits to train on and of epochs; 10000 and 6 unless given
   */
  public static void main(String... args) {
    int digits = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    CrossEntropyLoss loss = new CrossEntropyLoss();
    try (Sequential net = LeNet5.create(1);
        Adam adam = Adam.builder(net.parameters()).learningRate(2e-3).build();
        DataLoader train =
            DataLoader.builder(SyntheticDigits.of(digits, 1)).batchSize(64).shuffle(true).build();
        DataLoader test = DataLoader.builder(SyntheticDigits.of(digits / 5, 2)).build()) {
      for (int epoch = 0; epoch < epochs; epoch++) {
        double sum = 0;
        for (Batch batch : train.epoch(epoch)) {
          adam.zeroGrad();
          try (Tensor scores = net.forward(batch.inputs());
              Tensor diff = Tensor.empty(scores.shape())) {
            sum += loss.forward(scores, batch.labels(), diff) * batch.size();
            net.backward(diff, null);
          }
          adam.step();
        }
        System.out.printf("epoch %d: loss %.4f%n", epoch + 1, sum / digits);
      }
      System.out.printf("test accuracy %.2f %%%n", Accuracy.of(net, test));
    }
  }
}
