package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder with a folder for each class, in it the PNG and JPEG files of that class, at any depth:
 * the layout of torchvision's ImageFolder. Classes and files are in the order of their names; what
 * is hidden or has another ending is left alone. Files are read when their samples are.
 */
public final class ImageFolder implements Dataset {
  private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");

  private final List<String> classes;
  private final List<Path> files;
  private final int[] labels;
  private final ImageDecoder decoder;
  private final Shape sampleShape;

  private ImageFolder(
      List<String> classes,
      List<Path> files,
      int[] labels,
      ImageDecoder decoder,
      Shape sampleShape) {
    this.classes = classes;
    this.files = files;
    this.labels = labels;
    this.decoder = decoder;
    this.sampleShape = sampleShape;
  }

  /**
   * Lists a folder. Where the decoder neither resizes both sides nor crops, the heads of all images
   * are read to see that they are of one size.
   *
   * @param folder with a folder for each class
   * @param decoder what becomes of a file, for instance {@code ImageDecoder.rgb().resize(64, 64)}
   * @throws IOException if there is no such folder, it has no class, a class has no image, an image
   *     cannot be read, or sizes differ; the message says what to do
   */
  public static ImageFolder open(Path folder, ImageDecoder decoder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          folder
              + (Files.exists(folder) ? " is no folder" : " does not exist")
              + "; give a folder with a folder of PNG or JPEG files for each class");
    }
    List<String> classes = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Path place : list(folder)) {
      List<Path> images = images(place);
      if (images.isEmpty()) {
        throw new IOException(
            "class folder " + place + " holds no PNG or JPEG file; fill it or delete it");
      }
      labels.addAll(Collections.nCopies(images.size(), classes.size()));
      classes.add(place.getFileName().toString());
      files.addAll(images);
    }
    if (classes.isEmpty()) {
      throw new IOException(
          folder + " has no folders; put the images of each class into a folder of its own");
    }
    Shape shape = decoder.fixedShape() == null ? oneShape(files, decoder) : decoder.fixedShape();
    int[] numbers = labels.stream().mapToInt(Integer::intValue).toArray();
    return new ImageFolder(List.copyOf(classes), files, numbers, decoder, shape);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isDirectory(entry) && !isHidden(entry))
          .sorted((a, b) -> name(a).compareTo(name(b)))
          .toList();
    }
  }

  private static List<Path> images(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder)) {
      return entries
          .filter(entry -> !isHidden(entry) && Files.isRegularFile(entry) && hasEnding(entry))
          .sorted((a, b) -> a.toString().compareTo(b.toString()))
          .toList();
    }
  }

  private static boolean hasEnding(Path file) {
    String name = name(file).toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static boolean isHidden(Path entry) {
    return name(entry).startsWith(".");
  }

  private static String name(Path entry) {
    return entry.getFileName().toString();
  }

  private static Shape oneShape(List<Path> files, ImageDecoder decoder) throws IOException {
    Shape first = decoder.shape(files.get(0));
    for (Path file : files) {
      Shape shape = decoder.shape(file);
      if (!shape.equals(first)) {
        throw new IOException(
            "the images differ in size: %s gives %s, %s %s; resize them or crop them to one size"
                .formatted(files.get(0), first, file, shape));
      }
    }
    return first;
  }

  /** The file of a sample. */
  public Path file(int index) {
    return files.get(index);
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public Shape sampleShape() {
    return sampleShape;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    return labels[Objects.checkIndex(index, labels.length)];
  }

  @Override
  public void read(int index, long seed, float[] values) throws IOException {
    if (values.length != sampleShape.elements()) {
      throw new IllegalArgumentException(
          "an array of " + values.length + " for a sample of shape " + sampleShape);
    }
    decoder.decode(files.get(index), sampleShape, values);
  }
}
