package io.github.conv4j.app;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.nn.Sequential;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws the feature maps of a layer. */
@Command(
    name = "features",
    description = {
      "Draw what a layer of a network makes of a picture, map by map, on one sheet.",
      "",
      "Each map goes from black at its smallest to white at its largest value, which stand below it.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  conv4j features photo.jpg --weights conv4j-train/checkpoint.safetensors --layer pool1",
    })
final class FeaturesCommand implements Callable<Integer> {
  private static final int MOST_MAPS = 256;
  private static final int SMALLEST = 120;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "PNG or JPEG image.")
  private Path image;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      completionCandidates = NamedModel.Labels.class,
      description = "One of ${COMPLETION-CANDIDATES}; that of the weights, or else cnn64.")
  private String model;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "A checkpoint of train, or a safetensors file with PyTorch's names; random ones unless "
              + "given.")
  private Path weights;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description = "A layer as summary names it; the first one unless given.")
  private String layer;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of random weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--invert", description = "Exchange light and dark, as for classify.")
  private boolean invert;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "conv4j-features.png",
      description = "PNG image to write, replaced if it is there. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    ImageFile.requireWritable(out);
    if (weights == null) {
      NamedModel named = NamedModel.of(model == null ? "cnn64" : model);
      Normalization normalization =
          named.sample().dim(0) == 3
              ? Normalization.IMAGENET
              : new Normalization(new float[] {0.5f}, new float[] {0.5f});
      try (Sequential net = named.create(named.classes(), named.sample(), seed)) {
        draw(net, named, named.sample(), normalization, "random weights of seed " + seed);
      }
      return 0;
    }
    try (ModelFile file = ModelFile.read(weights)) {
      NamedModel named = file.model(model);
      Shape sample = file.sample(named);
      try (Sequential net = named.create(file.classes(named).size(), sample, seed)) {
        file.load(net);
        String remark = "weights of " + weights.getFileName();
        draw(net, named, sample, file.normalization(named), remark);
      }
    }
    return 0;
  }

  private void draw(
      Sequential net, NamedModel named, Shape sample, Normalization normalization, String remark)
      throws IOException {
    net.eval();
    try (Tensor src = Tensor.empty(PictureInput.batch(sample, 1))) {
      PictureInput.read(image, normalization, invert, src);
      List<NamedLayer> layers = NamedLayer.of(net);
      String wanted = layer == null ? first(layers) : layer;
      try (Tensor maps = result(layers, wanted, src)) {
        write(maps, named, wanted, remark);
      }
    }
  }

  /** The first layer with weights. */
  private static String first(List<NamedLayer> layers) {
    return layers.stream()
        .filter(each -> !each.layer().parameters().isEmpty())
        .findFirst()
        .orElseThrow()
        .name();
  }

  /** The result of the layer of a name, for the caller to close. */
  private static Tensor result(List<NamedLayer> layers, String wanted, Tensor src) {
    if (layers.stream().noneMatch(each -> each.name().equals(wanted))) {
      throw new InputException(
          "--layer is '"
              + wanted
              + "'; the layers are "
              + layers.stream().map(NamedLayer::name).collect(Collectors.joining(", ")));
    }
    Tensor from = src;
    for (NamedLayer each : layers) {
      Tensor to = each.layer().forward(from);
      if (from != src) {
        from.close();
      }
      from = to;
      if (each.name().equals(wanted)) {
        break;
      }
    }
    return from;
  }

  private void write(Tensor maps, NamedModel named, String wanted, String remark)
      throws IOException {
    Shape shape = maps.shape();
    if (shape.rank() != 4 || maps.memoryFormat() != MemoryFormat.CONTIGUOUS) {
      throw new InputException(
          "layer " + wanted + " gives " + shape + ", no maps; take one before flatten");
    }
    int height = (int) shape.dim(2);
    int width = (int) shape.dim(3);
    int times = Math.max(1, SMALLEST / Math.max(height, width));
    ContactSheet sheet =
        new ContactSheet(
            "%s, layer %s on %s".formatted(named.label(), wanted, image.getFileName()),
            "%d maps of %d x %d pixels, %s".formatted(shape.dim(1), width, height, remark),
            width * times,
            height * times);
    FeatureMaps.draw(sheet, maps, "map", MOST_MAPS);
    ImageFile.write(sheet.draw(), out);
    PrintWriter lines = spec.commandLine().getOut();
    lines.println(
        "%s, layer %s: %d maps of %d x %d pixels, %s"
            .formatted(named.label(), wanted, shape.dim(1), width, height, remark));
    lines.println(out);
    lines.flush();
  }
}
