package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The pictures of a training: curves.png, confusion.png and kernels.png. */
final class TrainingPictures {
  private static final int MOST_KERNELS = 64;

  private TrainingPictures() {}

  /** Writes all three into a folder. */
  static void write(Training training, TrainingSettings settings, Path folder) throws IOException {
    String title = settings.model() + " on " + name(settings.data());
    ImageFile.write(training.history().draw(title), folder.resolve("curves.png"));
    Evaluation evaluation = training.evaluation();
    String accuracy =
        String.format(
            Locale.ROOT, "%.2f %% of the test samples right", 100 * evaluation.accuracy());
    ImageFile.write(
        new ConfusionMatrix(title, accuracy, training.classes(), evaluation.confusion()).draw(),
        folder.resolve("confusion.png"));
    ImageFile.write(kernels(training, title).draw(), folder.resolve("kernels.png"));
  }

  private static String name(String data) {
    int slash = data.replaceFirst("/+$", "").lastIndexOf('/');
    return data.equals("synthetic") ? "synthetic samples" : data.substring(slash + 1);
  }

  /** The weights of the first layer, as the picture of an input that excites each output most. */
  private static ContactSheet kernels(Training training, String title) {
    Parameter first = training.net().parameters().get(0);
    Tensor weight = first.value();
    Shape shape = weight.shape();
    boolean convolution = shape.rank() == 4;
    Shape image = training.sampleShape();
    long height = convolution ? shape.dim(2) : image.dim(1);
    long width = convolution ? shape.dim(3) : image.dim(2);
    long channels = convolution ? shape.dim(1) : image.dim(0);
    ContactSheet sheet =
        new ContactSheet(
            title + ": " + first.name(),
            "every kernel from its smallest weight, black, to its largest, white"
                + (channels == 3 ? "; its three channels as red, green and blue" : ""),
            (int) width * (int) Math.max(1, 160 / width),
            (int) height * (int) Math.max(1, 160 / height));
    for (int i = 0; i < Math.min(MOST_KERNELS, shape.dim(0)); i++) {
      FeatureMaps.drawKernel(sheet, weight, i, List.of(channels, height, width));
    }
    return sheet;
  }
}
