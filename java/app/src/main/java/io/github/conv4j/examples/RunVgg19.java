package io.github.conv4j.examples;

import io.github.conv4j.Tensor;
import io.github.conv4j.data.ImageDecoder;
import io.github.conv4j.data.Transform;
import io.github.conv4j.data.Transforms;
import io.github.conv4j.io.Checkpoint;
import io.github.conv4j.models.Vgg;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.nn.Softmax;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Classifies a picture with VGG-19. */
public final class RunVgg19 {
  private RunVgg19() {}

  /**
   * Prints the likeliest of ImageNet's 1000 classes, and how long the network took.
   *
   * @param args a PNG or JPEG file, and torchvision's weights as a safetensors file; random weights
   *     unless given, with which the class means nothing
   * @throws IOException if a file cannot be read
   */
  public static void main(String... args) throws IOException {
    if (args.length == 0) {
      System.out.println("usage: RunVgg19 IMAGE [WEIGHTS.safetensors]");
      return;
    }
    float[] mean = {0.485f, 0.456f, 0.406f};
    Transform normalize = Transforms.normalize(mean, new float[] {0.229f, 0.224f, 0.225f});
    ImageDecoder decoder = ImageDecoder.rgb().resize(256).centerCrop(224, 224);
    try (Sequential net = Vgg.create(19, 1);
        Softmax softmax = new Softmax();
        Tensor image = decoder.decode(Path.of(args[0]))) {
      if (args.length > 1) {
        try (Checkpoint weights = Checkpoint.load(Path.of(args[1]))) {
          net.loadStateDict(weights.tensors(), true);
        }
      }
      float[] values = image.toArray();
      normalize.apply(values, image.shape(), new SplittableRandom());
      net.eval();
      softmax.eval();
      long start = System.nanoTime();
      try (Tensor src = Tensor.of(values, 1, 3, 224, 224);
          Tensor scores = net.forward(src);
          Tensor probabilities = softmax.forward(scores)) {
        float[] p = probabilities.toArray();
        int best = 0;
        for (int c = 1; c < p.length; c++) {
          best = p[c] > p[best] ? c : best;
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.printf("class %d (%.2f %%), %d ms%n", best, 100 * p[best], millis);
      }
    }
  }
}
