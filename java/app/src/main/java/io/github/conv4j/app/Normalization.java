package io.github.conv4j.app;

import io.github.conv4j.data.Dataset;
import io.github.conv4j.data.Transform;
import io.github.conv4j.data.Transforms;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What brings the values of each channel to mean 0 and deviation 1.
 *
 * @param mean of each channel
 * @param deviation of each channel
 */
record Normalization(float[] mean, float[] deviation) {
  /** ImageNet's, for pictures of values 0 to 1, as torchvision's weights expect them. */
  static final Normalization IMAGENET =
      new Normalization(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

  /** Samples that are looked at: enough for three digits. */
  private static final int SAMPLES = 1000;

  /** Measured on samples spread over a dataset. */
  static Normalization of(Dataset dataset) throws IOException {
    int channels = (int) dataset.sampleShape().dim(0);
    float[] values = new float[(int) dataset.sampleShape().elements()];
    double[] sum = new double[channels];
    double[] squares = new double[channels];
    int plane = values.length / channels;
    int count = Math.min(SAMPLES, dataset.size());
    for (int i = 0; i < count; i++) {
      dataset.read((int) ((long) i * dataset.size() / count), 0, values);
      for (int j = 0; j < values.length; j++) {
        sum[j / plane] += values[j];
        squares[j / plane] += (double) values[j] * values[j];
      }
    }
    float[] mean = new float[channels];
    float[] deviation = new float[channels];
    for (int c = 0; c < channels; c++) {
      double average = sum[c] / ((double) count * plane);
      double variance = squares[c] / ((double) count * plane) - average * average;
      mean[c] = (float) average;
      deviation[c] = variance > 1e-8 ? (float) Math.sqrt(variance) : 1; // all of one colour
    }
    return new Normalization(mean, deviation);
  }

  /** It, as a change of samples. */
  Transform transform() {
    return Transforms.normalize(mean, deviation);
  }

  /** Applies it to one sample, plane by plane. */
  void apply(float[] values) {
    int plane = values.length / mean.length;
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - mean[i / plane]) / deviation[i / plane];
    }
  }

  /** As text: means, then deviations, exactly. */
  String toText() {
    return text(mean) + ";" + text(deviation);
  }

  private static String text(float[] values) {
    return IntStream.range(0, values.length)
        .mapToObj(i -> Float.toString(values[i]))
        .collect(Collectors.joining(","));
  }

  /** Reads what {@link #toText} gave. */
  static Normalization of(String text) {
    String[] halves = text.split(";");
    return new Normalization(floats(halves[0]), floats(halves[1]));
  }

  private static float[] floats(String text) {
    double[] values = Arrays.stream(text.split(",")).mapToDouble(Float::parseFloat).toArray();
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
