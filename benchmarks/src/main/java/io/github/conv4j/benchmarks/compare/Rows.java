package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The rows of a comparison: problems from shape files and networks.
 *
 * @param operations which operations are wanted
 * @param directions which directions are wanted of layers; networks run forward, and LeNet trains
 * @param batch images of every problem, or 0 for those of the files
 */
record Rows(Set<String> operations, List<Direction> directions, long batch) {
  /** Networks with layers in a shape file of that name; the last holds poolings. */
  static final List<String> NAMES =
      List.of("vgg19", "resnet50", "mobilenet", "lenet", "filters", "pool");

  static final String NETWORK = "network";
  private static final long TRAINING_BATCH = 64;

  /** A problem and where it comes from. */
  record Row(String file, Problem problem) {}

  /**
   * The rows of one of {@link #NAMES}: of its shape file, which the jar holds, and the whole
   * network where there is one.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  List<Row> named(String name) throws IOException {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no network is called " + name + "; there are " + String.join(", ", NAMES));
    }
    List<Row> rows = new ArrayList<>();
    try (InputStream in = Rows.class.getResourceAsStream("/shapes/" + name + ".csv")) {
      Path copy = Files.createTempFile(name, ".csv");
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      rows.addAll(layers(name, copy));
      Files.delete(copy);
    }
    rows.addAll(networks(name));
    return rows;
  }

  /** The rows of a shape file. */
  List<Row> file(Path file) throws IOException {
    String name = file.getFileName().toString();
    return layers(name.replaceFirst("[.]csv$", ""), file);
  }

  private List<Row> layers(String name, Path file) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (KernelCase layer : ShapeFile.read(file)) {
      for (Direction direction : directions) {
        if (layer instanceof Conv2dCase convolution
            && convolution.paddingMode() == PaddingMode.ZEROS) {
          add(rows, name, convolution(convolution, direction));
        } else if (layer instanceof MaxPool2dCase pooling
            && direction != Direction.BACKWARD_WEIGHTS) {
          for (String operation : List.of(PoolingProblem.MAX, PoolingProblem.AVERAGE)) {
            add(rows, name, pooling(operation, pooling, direction));
          }
        }
      }
    }
    return rows;
  }

  private void add(List<Row> rows, String file, Problem problem) {
    if (operations.contains(problem.operation())) {
      rows.add(new Row(file, problem));
    }
  }

  private Problem convolution(Conv2dCase layer, Direction direction) {
    Conv2dGeometry g = layer.geometry();
    return new ConvolutionProblem(layer.name(), direction, batch == 0 ? g : g.withBatch(batch));
  }

  private Problem pooling(String operation, MaxPool2dCase layer, Direction direction) {
    Pool2dGeometry g = layer.geometry();
    Pool2dGeometry sized =
        new Pool2dGeometry(
            batch == 0 ? g.n() : batch,
            g.c(),
            g.ih(),
            g.iw(),
            g.kh(),
            g.kw(),
            g.sh(),
            g.sw(),
            g.pt(),
            g.pl(),
            g.pb(),
            g.pr(),
            g.dh(),
            g.dw(),
            g.ceilMode());
    return new PoolingProblem(operation, layer.name(), direction, sized);
  }

  private List<Row> networks(String name) {
    List<Row> rows = new ArrayList<>();
    if (List.of("vgg19", "resnet50", "lenet").contains(name)) {
      Network network = Network.named(name);
      add(rows, name, new NetworkProblem(network, false, batch == 0 ? 1 : batch));
      if (name.equals("lenet")) {
        long images = batch == 0 ? TRAINING_BATCH : batch;
        add(rows, name, new NetworkProblem(network, true, images));
      }
    }
    return rows;
  }
}
