package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.data.Cifar10;
import io.github.conv4j.data.Dataset;
import io.github.conv4j.data.Idx;
import io.github.conv4j.data.ImageDecoder;
import io.github.conv4j.data.ImageFolder;
import io.github.conv4j.data.SyntheticDigits;
import io.github.conv4j.data.SyntheticLandCover;
import io.github.conv4j.data.Transforms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Samples to train on and others to test on, as {@code --data} names them.
 *
 * @param train normalised, and augmented if wanted
 * @param test normalised
 * @param normalization what was done to both
 * @param description in words
 */
record TrainingData(Dataset train, Dataset test, Normalization normalization, String description) {
  private static final int DIGITS = 10_000;
  private static final int LANDSCAPES = 4_000;
  private static final long TRAIN_SEED = 1;
  private static final long TEST_SEED = 2;
  private static final int FLIP_CHANNELS = 3;

  private record Parts(Dataset train, Dataset test, String description) {}

  /**
   * Opens the data.
   *
   * @param begun what the training goes on from, whose normalisation is kept; null for nothing
   * @throws InputException if it does not suit the model
   * @throws IOException if there is none, or it cannot be read; the message says what to do
   */
  static TrainingData open(TrainingSettings settings, ModelFile begun) throws IOException {
    NamedModel model = NamedModel.of(settings.model());
    Parts parts = parts(settings, model);
    Dataset train = limit(parts.train, settings.samples(), 0);
    Dataset test = limit(parts.test, settings.samples(), 1);
    requireSuits(model, train.sampleShape(), settings);
    if (test.size() == 0 || train.size() == 0) {
      throw new InputException(
          "there are "
              + train.size()
              + " samples to train and "
              + test.size()
              + " to test with; give more, at least one for each");
    }
    Normalization normalization = normalization(model, begun, train);
    Dataset plain = train;
    if (settings.augment()) {
      int shift = (int) Math.max(1, train.sampleShape().dim(2) / 14);
      train = train.transformed(Transforms.randomShift(shift));
      if (plain.sampleShape().dim(0) == FLIP_CHANNELS) {
        train = train.transformed(Transforms.randomHorizontalFlip(0.5));
      }
    }
    String description =
        "%s: %,d samples to train, %,d to test, %d classes"
            .formatted(parts.description, train.size(), test.size(), train.classes().size());
    return new TrainingData(
        train.transformed(normalization.transform()),
        test.transformed(normalization.transform()),
        normalization,
        description);
  }

  private static Normalization normalization(NamedModel model, ModelFile begun, Dataset train)
      throws IOException {
    if (begun != null) {
      Normalization known = begun.normalization(model);
      if (known.mean().length == train.sampleShape().dim(0)) {
        return known;
      }
    }
    return Normalization.of(train);
  }

  private static Parts parts(TrainingSettings settings, NamedModel model) throws IOException {
    String data = settings.data();
    boolean grey = model.sample().dim(0) == 1;
    if (data.equals("synthetic")) {
      int most = grey ? DIGITS : LANDSCAPES;
      int train = settings.samples().isEmpty() ? most : settings.samples().get(0);
      int test = settings.samples().size() < 2 ? Math.max(1, train / 5) : settings.samples().get(1);
      return grey
          ? new Parts(
              SyntheticDigits.of(train, TRAIN_SEED),
              SyntheticDigits.of(test, TEST_SEED),
              "synthetic digits")
          : new Parts(
              SyntheticLandCover.of(train, TRAIN_SEED),
              SyntheticLandCover.of(test, TEST_SEED),
              "synthetic land cover");
    }
    if (data.startsWith("idx:")) {
      Path folder = Path.of(data.substring(4));
      return new Parts(Idx.train(folder), Idx.test(folder), folder + " (IDX)");
    }
    if (data.startsWith("cifar10:")) {
      Path folder = Path.of(data.substring(8));
      return new Parts(Cifar10.train(folder), Cifar10.test(folder), folder + " (CIFAR-10)");
    }
    return folder(Path.of(data), settings, grey);
  }

  /** Folders train and test, or one that is split. */
  private static Parts folder(Path folder, TrainingSettings settings, boolean grey)
      throws IOException {
    ImageDecoder decoder = grey ? ImageDecoder.grey() : ImageDecoder.rgb();
    List<Integer> size = settings.resize();
    if (!size.isEmpty()) {
      decoder = decoder.resize(size.get(0), size.get(1));
    }
    try {
      if (Files.isDirectory(folder.resolve("train"))) {
        Dataset train = ImageFolder.open(folder.resolve("train"), decoder);
        Dataset test = ImageFolder.open(folder.resolve("test"), decoder);
        if (!train.classes().equals(test.classes())) {
          throw new InputException(
              folder
                  + ": train has the classes "
                  + train.classes()
                  + ", test "
                  + test.classes()
                  + "; give both the same folders");
        }
        requireOneSize(folder, train.sampleShape(), test.sampleShape());
        return new Parts(train, test, folder.toString());
      }
      Dataset all = ImageFolder.open(folder, decoder).shuffled(settings.seed());
      int train = all.size() - all.size() / 5;
      return new Parts(
          all.slice(0, train), all.slice(train, all.size()), folder + ", a fifth of it for tests");
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().contains("differ in size")) {
        throw new InputException(e.getMessage() + ", or give --resize HxW", e);
      }
      throw e;
    }
  }

  private static void requireOneSize(Path folder, Shape train, Shape test) {
    if (!train.equals(test)) {
      throw new InputException(
          folder
              + ": images are "
              + train
              + " in train and "
              + test
              + " in test; give --resize HxW");
    }
  }

  private static Dataset limit(Dataset dataset, List<Integer> samples, int part) {
    if (samples.size() <= part || samples.get(part) >= dataset.size()) {
      return dataset;
    }
    return dataset.slice(0, samples.get(part));
  }

  private static void requireSuits(NamedModel model, Shape image, TrainingSettings settings) {
    boolean channels = image.dim(0) == model.sample().dim(0);
    boolean fits = model == NamedModel.LENET5 ? image.equals(model.sample()) : true;
    boolean perceptron = model == NamedModel.MLP || model == NamedModel.LOGISTIC;
    if (!perceptron && !channels || !fits) {
      String hint =
          channels
              ? "give --resize %dx%d".formatted(model.sample().dim(1), model.sample().dim(2))
              : image.dim(0) == 1 ? "take lenet5 or mlp" : "take cnn64, vgg11 or mlp";
      throw new InputException(
          "%s takes images of %s, those of %s are %s; %s"
              .formatted(model.label(), model.sample(), settings.data(), image, hint));
    }
  }
}
