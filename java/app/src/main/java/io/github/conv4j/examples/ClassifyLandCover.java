package io.github.conv4j.examples;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.Batch;
import io.github.conv4j.data.DataLoader;
import io.github.conv4j.data.Dataset;
import io.github.conv4j.data.ImageDecoder;
import io.github.conv4j.data.ImageFolder;
import io.github.conv4j.data.SyntheticLandCover;
import io.github.conv4j.models.Cnn64;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Adam;
import java.io.IOException;
import java.nio.file.Path;

/** Trains a small network to tell pictures of land cover apart. */
public final class ClassifyLandCover {
  private ClassifyLandCover() {}

  /**
   * Prints the share of test pictures that are classified correctly.
   *
   * @param args a folder with a folder of pictures for each class, such as EuroSAT's, or the number
   *     of pictures to draw; 2000 of them unless given
   * @throws IOException if the folder cannot be read
   */
  public static void main(String... args) throws IOException {
    String data = args.length > 0 ? args[0] : "2000";
    Dataset all =
        data.matches("\\d+")
            ? SyntheticLandCover.of(Integer.parseInt(data), 1)
            : ImageFolder.open(Path.of(data), ImageDecoder.rgb().resize(64, 64)).shuffled(1);
    int split = all.size() * 4 / 5;
    CrossEntropyLoss loss = new CrossEntropyLoss();
    try (Sequential net = Cnn64.create(all.classes().size(), 1);
        Adam adam = Adam.builder(net.parameters()).build();
        DataLoader train =
            DataLoader.builder(all.slice(0, split)).batchSize(16).shuffle(true).build();
        DataLoader test = DataLoader.builder(all.slice(split, all.size())).build()) {
      for (int epoch = 0; epoch < 3; epoch++) {
        for (Batch batch : train.epoch(epoch)) {
          adam.zeroGrad();
          try (Tensor scores = net.forward(batch.inputs());
              Tensor diff = Tensor.empty(scores.shape())) {
            loss.forward(scores, batch.labels(), diff);
            net.backward(diff, null);
          }
          adam.step();
        }
      }
      System.out.printf("test accuracy %.2f %%%n", Accuracy.of(net, test));
    }
  }
}
