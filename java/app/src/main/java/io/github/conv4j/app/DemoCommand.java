package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.Tensor;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.io.Picture;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.ReferenceKernels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows filters and a pooling on one picture, timed and checked. */
@Command(
    name = "demo",
    description = {
      "Run filters and a max pooling on a picture, compare time and results with plain Java, and "
          + "draw the results on one sheet.",
      "",
      "Exit status 1 says that a result differs by more than rounding explains.",
      ""
    })
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "PNG or JPEG image; a test card is drawn unless given.")
  private Path image;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "conv4j-demo.png",
      description = "PNG image to write, replaced if it is there. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    ImageFile.requireWritable(out);
    Kernels kernels = Conv4j.kernels();
    Picture picture = image == null ? TestCard.draw() : Picture.read(image).flattened();
    PrintWriter lines = spec.commandLine().getOut();
    String size = picture.width() + " x " + picture.height();
    String name = image == null ? "test card" : image.getFileName().toString();
    String colours = picture.planes().length == 1 ? "grey" : "colour";
    lines.println(name + ", " + size + ", " + colours + "; " + engine(kernels));
    lines.println();
    lines.flush();

    ContactSheet sheet =
        new ContactSheet(
            "conv4j: " + name + ", " + size,
            engine(kernels) + "; results compared with plain Java",
            picture.width(),
            picture.height());
    sheet.add("original", size + " pixels", picture);
    Map<String, Trial.Result> results = run(kernels, picture, sheet);
    table(lines, kernels.backend(), results);
    if (!Lettering.isAvailable()) {
      spec.commandLine().getErr().println("conv4j: there is no font here; captions are left out");
    }
    ImageFile.write(sheet.draw(), out);
    lines.println();
    lines.println(out);
    lines.flush();
    return verdict(results);
  }

  private static String engine(Kernels kernels) {
    return kernels.backend().equals("native")
        ? "native kernels, " + Conv4j.isa() + ", " + threads(Conv4j.threads())
        : "plain Java";
  }

  private static String threads(int count) {
    return count + (count == 1 ? " thread" : " threads");
  }

  private static Map<String, Trial.Result> run(
      Kernels kernels, Picture picture, ContactSheet sheet) {
    Map<String, Trial.Result> results = new LinkedHashMap<>();
    Kernels reference = ReferenceKernels.instance();
    Trial.warmUp(
        reference,
        List.of(Operation.filter(NamedKernel.SHARPEN.kernel(), 0, 1), Operation.maxPooling(2, 2)));
    try (Progress progress = new Progress("demo", NamedKernel.values().length + 1L);
        Tensor src = PictureFilter.toTensor(picture);
        Tensor dst = Tensor.empty(src.shape())) {
      for (NamedKernel named : NamedKernel.values()) {
        FilterKernel kernel = named.kernel();
        Operation operation = Operation.filter(kernel, 0, 1);
        try (Operation.Step step = operation.prepare(kernels, src)) {
          results.put(named.label(), Trial.run(operation, step, reference, src, dst));
        }
        boolean magnitude = kernel.sumsToZero();
        sheet.add(
            named.label(),
            named.purpose() + (magnitude ? "; magnitude" : ""),
            PictureFilter.toPicture(dst, magnitude));
        progress.step();
      }
      int window = Math.min(2, Math.min(picture.width(), picture.height()));
      Operation pooling = Operation.maxPooling(window, window);
      try (Operation.Step step = pooling.prepare(kernels, src);
          Tensor pooled = Tensor.empty(step.dstShape())) {
        String name = "max pooling " + window + "x" + window;
        results.put(name, Trial.run(pooling, step, reference, src, pooled));
        Picture small = Picture.of(pooled);
        sheet.add(name, small.width() + " x " + small.height() + " pixels", small);
      }
      progress.step();
    }
    return results;
  }

  private static void table(PrintWriter lines, String backend, Map<String, Trial.Result> results) {
    String row = "%-16s %11s %14s %9s %17s%n";
    lines.printf(row, "operation", backend + " ms", "reference ms", "speed-up", "worst difference");
    boolean estimated = false;
    for (Map.Entry<String, Trial.Result> entry : results.entrySet()) {
      Trial.Result result = entry.getValue();
      estimated |= result.estimated();
      lines.printf(
          row,
          entry.getKey(),
          number("%.3f", result.millis()),
          number(result.estimated() ? "~%.2f" : "%.2f", result.referenceMillis()),
          number("%.1fx", result.referenceMillis() / result.millis()),
          result.worst() == 0 ? "0" : number("%.2g", result.worst()));
    }
    if (estimated) {
      lines.println();
      lines.println("~ the reference was run and compared on a part of the rows");
    }
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private int verdict(Map<String, Trial.Result> results) {
    List<String> wrong = new ArrayList<>();
    results.forEach(
        (name, result) -> {
          if (!result.agrees()) {
            wrong.add(name);
          }
        });
    if (wrong.isEmpty()) {
      return 0;
    }
    PrintWriter errors = spec.commandLine().getErr();
    errors.println(
        "conv4j: differs from the reference by more than rounding: " + String.join(", ", wrong));
    errors.flush();
    return Main.CHECK_FAILED;
  }
}
