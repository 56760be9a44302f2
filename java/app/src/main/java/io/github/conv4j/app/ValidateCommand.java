package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.check.AdaptiveMaxPool2dCase;
import io.github.conv4j.check.AvgPool2dCase;
import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.CrossCheck;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.MinPool2dCase;
import io.github.conv4j.check.ModuleCase;
import io.github.conv4j.check.RandomModules;
import io.github.conv4j.check.RandomShapes;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.check.Validation;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PaddingMode;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares native kernels with the reference on any number of geometries. */
@Command(
    name = "validate",
    description = {
      "Run the native kernels on the geometries of files, on random ones or on one of your own, and"
          + " compare every result with plain Java: exact integers bit for bit, real numbers up to "
          + "rounding.",
      "",
      "Exit status 1 says that a result differs; each difference comes with the command that shows "
          + "it again.",
      ""
    })
final class ValidateCommand implements Callable<Integer> {
  private static final String ALL = "all";
  private static final List<String> OPERATIONS =
      List.of(
          Conv2dCase.OPERATION,
          ConvTranspose2dCase.OPERATION,
          MaxPool2dCase.OPERATION,
          MinPool2dCase.OPERATION,
          AvgPool2dCase.OPERATION,
          AvgPool2dCase.ADAPTIVE_OPERATION,
          AdaptiveMaxPool2dCase.OPERATION);

  private static List<String> operations() {
    List<String> all = new ArrayList<>(OPERATIONS);
    all.addAll(ModuleCase.OPERATIONS);
    return all;
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--shapes",
      paramLabel = "FILE.csv",
      description = "Geometries, one a line, as in tests/shapes. May be given several times.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--random",
      paramLabel = "N",
      description = {
        "N random convolutions, transposed convolutions, poolings (each kind on the same extents)",
        "and modules (each kind in turn, or those of --op), which aim at trouble."
      })
  private int random;

  @Option(
      names = "--geometry",
      paramLabel = "EXTENTS",
      description = {
        "One geometry: n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g[,PADDING-MODE] (convolution),",
        "n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,oph,opw,dh,dw,g (transposed convolution),",
        "n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw[,ceil] (max pooling and what it suits),",
        "the same with ceil,count_include_pad,divisor_override (average pooling; 0: none) or",
        "n,c,ih,iw,oh,ow (adaptive poolings)."
      })
  private List<String> geometries = new ArrayList<>();

  @Option(
      names = "--module",
      paramLabel = "TEXT",
      description = {
        "One module as its toString prints it, for instance 'Linear(20, 5, bias=true)', a loss or",
        "a whole Sequential; needs --input."
      })
  private String module;

  @Option(
      names = "--input",
      paramLabel = "EXTENTS",
      split = ",",
      description = "The shape of the module's input, for instance 8,20.")
  private long[] input;

  @Option(names = "--eval", description = "Run the module in evaluation, not in training mode.")
  private boolean eval;

  @Option(
      names = "--heat-map",
      paramLabel = "FILE.png",
      description = "Draw the error of the module's result, the plane with the worst element.")
  private Path heatMap;

  @Option(
      names = "--op",
      paramLabel = "OP",
      defaultValue = ALL,
      description = {
        "conv2d, convtranspose2d, maxpool2d, minpool2d, avgpool2d, adaptiveavgpool2d,",
        "adaptivemaxpool2d, globalavgpool2d, globalmaxpool2d, maxunpool2d, conv1d, maxpool1d,",
        "avgpool1d, linear, relu, tanh, sigmoid, softmax, logsoftmax, flatten, dropout,",
        "batchnorm2d, crossentropy, mse, sequential or all. Default: ${DEFAULT-VALUE}."
      })
  private String operation;

  @Option(
      names = "--direction",
      paramLabel = "LIST",
      defaultValue = ALL,
      description = {
        "forward, backward_data, backward_weights, separated by commas, or all.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String directions;

  @Option(
      names = "--isa",
      paramLabel = "NAME",
      description = "An instruction set that this CPU runs, or all. Default: the widest.")
  private String isa;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      description = "An algorithm, or all, each where it applies. Default: chosen by cost.")
  private String algorithm;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "Numbers of threads, separated by commas. Default: all processors.")
  private List<Integer> threads = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "nchw",
      description = {
        "How images lie: nchw, nhwc (channels last; modules without images are left out) or all.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String format;

  @Option(
      names = "--data",
      paramLabel = "KIND",
      defaultValue = "both",
      description = {
        "exact (integers, results equal bit for bit), real or both. Default: ${DEFAULT-VALUE}."
      })
  private String data;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description =
          "Compare N elements of each result, corners and edges among them, instead of all: for "
              + "layers that would take plain Java too long.")
  private long sample;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Decides on all numbers and random geometries. Default: drawn and printed.")
  private Long seed;

  @Option(
      names = "--max-macs",
      paramLabel = "M",
      defaultValue = "" + RandomShapes.DEFAULT_MULTIPLY_ADDS,
      description = "Multiply-adds of a random geometry at most. Default: ${DEFAULT-VALUE}.")
  private long maxMultiplyAdds;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the outcome as JSON, too.")
  private Path json;

  @Override
  public Integer call() {
    if (sample < 0 || random < 0) {
      throw new InputException("--sample and --random must not be negative");
    }
    if (json != null) {
      ValidateReport.requireWritable(json);
    }
    if (seed == null) {
      seed = new SplittableRandom().nextLong() >>> 33;
    }
    Map<String, List<KernelCase>> sets = sets();
    Validation.Combinations combinations = combinations(sets);
    ValidateReport report = new ValidateReport(spec.commandLine().getOut(), combinations);
    report.begin();
    for (Map.Entry<String, List<KernelCase>> set : sets.entrySet()) {
      try (Progress progress =
          System.console() == null ? null : new Progress("validate", set.getValue().size())) {
        Validation.Summary summary =
            new Validation(NativeKernels.instance(), combinations)
                .run(set.getValue(), progress == null ? () -> {} : progress::step);
        report.add(set.getKey(), summary);
      }
    }
    if (report.runs() == 0) {
      throw new InputException(
          "nothing ran: no algorithm takes any of the geometries in the format asked for");
    }
    if (json != null) {
      report.write(json);
    }
    if (heatMap != null) {
      draw(combinations);
    }
    return report.failures() == 0 ? 0 : Main.CHECK_FAILED;
  }

  /** The geometries of the wanted operations, by file; those of random ones under "random". */
  private Map<String, List<KernelCase>> sets() {
    if (!operation.equals(ALL) && !operations().contains(operation)) {
      throw new InputException(
          "--op is " + operation + "; it must be one of " + operations() + " or all");
    }
    Map<String, List<KernelCase>> sets = new LinkedHashMap<>();
    for (Path file : files) {
      sets.put(file.toString(), wanted(read(file)));
    }
    if (!geometries.isEmpty()) {
      List<KernelCase> given = new ArrayList<>();
      for (String extents : geometries) {
        given.add(ShapeFile.parse("given", extents.replace(" ", "")));
      }
      sets.put("--geometry", wanted(given));
    }
    if (module == null ? input != null || heatMap != null || eval : input == null) {
      throw new InputException("--module needs --input; --input, --eval and --heat-map need it");
    }
    if (module != null) {
      KernelCase given = new ModuleCase("given", module, Shape.of(input), !eval);
      sets.put("--module", List.of(given));
    }
    if (random > 0) {
      sets.put("random", wanted(randomCases()));
    }
    if (sets.isEmpty()) {
      throw new InputException(
          "nothing to validate: give --shapes, --random, --geometry or --module");
    }
    if (sets.values().stream().allMatch(List::isEmpty)) {
      throw new InputException("nothing to validate: no geometry is one of " + operation);
    }
    return sets;
  }

  private List<KernelCase> randomCases() {
    List<KernelCase> cases = new ArrayList<>();
    RandomShapes shapes = new RandomShapes(seed, maxMultiplyAdds);
    RandomModules modules = new RandomModules(seed, maxMultiplyAdds);
    for (int i = 0; i < random; i++) {
      PaddingMode mode = PaddingMode.values()[i % 2 == 0 ? 0 : 1 + i / 2 % 3];
      cases.add(new Conv2dCase("random-" + i, shapes.nextConv2d(mode), mode));
      cases.add(new ConvTranspose2dCase("random-" + i, shapes.nextConvTranspose2d()));
      cases.add(new MaxPool2dCase("random-" + i, shapes.nextPool2d()));
      cases.add(modules.next(moduleOperation(i), "random-" + i));
    }
    return cases;
  }

  /** The one that is asked for, or each in turn. */
  private String moduleOperation(int index) {
    List<String> known = ModuleCase.OPERATIONS;
    return known.contains(operation) ? operation : known.get(index % known.size());
  }

  private List<KernelCase> wanted(List<KernelCase> cases) {
    return cases.stream()
        .flatMap(shape -> shape.related().stream())
        .filter(shape -> operation.equals(ALL) || shape.operation().equals(operation))
        .toList();
  }

  /** The error of the module on the first of the combinations. */
  private void draw(Validation.Combinations combinations) {
    boolean one = algorithm != null && !algorithm.equals(ALL);
    CrossCheck.of(module, Shape.of(input), !eval)
        .memoryFormat(combinations.formats().get(0))
        .seed(seed)
        .data(combinations.data().get(combinations.data().size() - 1))
        .isa(combinations.isas().get(0))
        .algorithm(one ? algorithm : null)
        .heatMap(heatMap)
        .run();
  }

  /** The geometries of a file. */
  static List<KernelCase> read(Path file) {
    try {
      return ShapeFile.read(file);
    } catch (NoSuchFileException e) {
      throw new InputException(file + " cannot be read: there is no such file", e);
    } catch (IOException e) {
      throw new InputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private Validation.Combinations combinations(Map<String, List<KernelCase>> sets) {
    List<Direction> wantedDirections =
        directions.equals(ALL)
            ? List.of(Direction.values())
            : Arrays.stream(directions.split(",", -1)).map(Direction::of).toList();
    List<DataKind> kinds =
        switch (data) {
          case "exact" -> List.of(DataKind.EXACT);
          case "real" -> List.of(DataKind.REAL);
          case "both" -> List.of(DataKind.values());
          default ->
              throw new InputException("--data is " + data + "; it must be exact, real or both");
        };
    List<Integer> counts = threads.isEmpty() ? List.of(Conv4j.threads()) : threads;
    for (int count : counts) {
      if (count < 1 || count > 1024) {
        throw new InputException("--threads has " + count + "; it must be 1 to 1024");
      }
    }
    requireKnownAlgorithm(sets, wantedDirections);
    return new Validation.Combinations(
        wantedDirections, kinds, algorithm, isas(), counts, formats(), sample, seed);
  }

  private List<MemoryFormat> formats() {
    return switch (format) {
      case "nchw" -> List.of(MemoryFormat.CONTIGUOUS);
      case "nhwc" -> List.of(MemoryFormat.CHANNELS_LAST);
      case ALL -> List.of(MemoryFormat.values());
      default ->
          throw new InputException("--format is " + format + "; it must be nchw, nhwc or all");
    };
  }

  private List<String> isas() {
    List<String> known = Conv4j.isas();
    if (isa == null) {
      return List.of(Conv4j.isa());
    }
    if (!isa.equals(ALL) && !known.contains(isa)) {
      throw new InputException("--isa is " + isa + "; this CPU runs " + known + ", or give all");
    }
    return isa.equals(ALL) ? known : List.of(isa);
  }

  private void requireKnownAlgorithm(
      Map<String, List<KernelCase>> sets, List<Direction> wantedDirections) {
    TreeSet<String> known = new TreeSet<>();
    TreeSet<String> asked = new TreeSet<>();
    for (List<KernelCase> cases : sets.values()) {
      for (KernelCase shape : cases) {
        if (!asked.add(shape.operation())) {
          continue;
        }
        for (Direction direction : shape.directions()) {
          if (wantedDirections.contains(direction)) {
            known.addAll(shape.algorithms(direction));
          }
        }
      }
    }
    if (known.isEmpty()) {
      throw new InputException(
          "nothing to validate: " + String.join(" and ", asked) + " has no " + directions);
    }
    if (algorithm != null && !algorithm.equals(ALL) && !known.contains(algorithm)) {
      throw new InputException(
          "--algorithm is " + algorithm + "; it must be one of " + known + " or all");
    }
  }
}
