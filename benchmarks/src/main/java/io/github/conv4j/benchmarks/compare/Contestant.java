package io.github.conv4j.benchmarks.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who may take part.
 *
 * @param id a short name, unique
 * @param name for people
 * @param peer the name under which the command line chooses it; null for who is always there
 * @param className of its {@link io.github.conv4j.benchmarks.competitor.Competitor}
 * @param folder the folder of its jars under {@code peers}, or null for the benchmarks' own
 */
record Contestant(String id, String name, String peer, String className, String folder) {
  private static final String OWN = "io.github.conv4j.benchmarks.competitor.";
  private static final String PEER = "io.github.conv4j.benchmarks.peers.";

  static final Contestant CONV4J = own("conv4j", "conv4j", null, "NativeCompetitor");
  static final Contestant REFERENCE =
      own("conv4j-reference", "conv4j, reference in Java", "reference", "ReferenceCompetitor");

  /** Everybody, the baseline first. */
  static final List<Contestant> ALL =
      List.of(
          CONV4J,
          own("conv4j-strict", "conv4j, STRICT", null, "StrictCompetitor"),
          REFERENCE,
          own("openblas", "im2col + OpenBLAS, as found", "openblas", "OpenBlasCompetitor"),
          own("openblas-core", "im2col + OpenBLAS, best core", "openblas", "OpenBlasCompetitor"),
          peer("onednn", "oneDNN, own formats", "onednn", "onednn.OneDnnOwnFormats"),
          peer("onednn-nchw", "oneDNN, fed NCHW", "onednn", "onednn.OneDnnNchw"),
          peer("libtorch", "libtorch", "libtorch", "libtorch.LibTorch"),
          peer("onnxruntime", "ONNX Runtime", "onnxruntime", "onnxruntime.OnnxRuntime"),
          peer("nd4j", "ND4J", "nd4j", "nd4j.Nd4jCompetitor"),
          peer("djl", "DJL, PyTorch engine", "djl", "djl.DjlPyTorch"));

  private static Contestant own(String id, String name, String peer, String type) {
    return new Contestant(id, name, peer, OWN + type, null);
  }

  private static Contestant peer(String id, String name, String peer, String type) {
    return new Contestant(id, name, peer, PEER + type, peer);
  }

  /** The names that {@code --peers} takes. */
  static List<String> peers() {
    Set<String> names = new LinkedHashSet<>();
    ALL.stream().filter(c -> c.peer != null).forEach(c -> names.add(c.peer));
    return new ArrayList<>(names);
  }

  /**
   * Those of a list of peers, conv4j before them.
   *
   * @param list names separated by commas, {@code all} or {@code none}
   * @throws IllegalArgumentException for a name that is none, with those that are
   */
  static List<Contestant> chosen(String list) {
    List<String> names =
        switch (list) {
          case "all" -> peers();
          case "none" -> List.of();
          default -> Arrays.asList(list.split(","));
        };
    for (String name : names) {
      if (!peers().contains(name)) {
        throw new IllegalArgumentException(
            "no peer is called "
                + name
                + "; there are "
                + String.join(", ", peers())
                + ", and all and none");
      }
    }
    return ALL.stream()
        .filter(c -> c.peer == null || names.contains(c.peer))
        .collect(Collectors.toList());
  }
}
