package io.github.conv4j.benchmarks.compare;

import io.github.conv4j.Conv4j;
import java.util.HashMap;
import java.util.Map;

/** The environment variables that competitors are told threads and instruction sets with. */
final class Environment {
  private Environment() {}

  /**
   * The variables of one competitor's process.
   *
   * @param isa the instruction set for everybody, or null
   */
  static Map<String, String> of(Contestant contestant, String isa, int threads) {
    Map<String, String> variables = new HashMap<>();
    variables.put("OMP_NUM_THREADS", Integer.toString(threads));
    if (isa != null) {
      variables.put("CONV4J_ISA", isa);
    }
    if ("avx2".equals(isa)) {
      variables.put("ONEDNN_MAX_CPU_ISA", "AVX2");
      variables.put("DNNL_MAX_CPU_ISA", "AVX2");
      variables.put("ATEN_CPU_CAPABILITY", "avx2");
      variables.put("OPENBLAS_CORETYPE", "Haswell");
    } else if (contestant.id().equals("openblas")) {
      OpenBlasCore.ownChoice().ifPresent(core -> variables.put("OPENBLAS_CORETYPE", core));
    } else if (contestant.id().equals("nd4j") && Conv4j.isas().contains("avx512")) {
      // Its OpenBLAS is an old one, which takes a newer CPU for one without vectors: its training
      // step took three times as long on a Zen 5.
      variables.put("OPENBLAS_CORETYPE", "SkylakeX");
    }
    return variables;
  }

  /**
   * Takes from the variables that a process inherits those that somebody set for OpenBLAS: a core
   * chosen for another program would slow down every competitor that multiplies with it.
   */
  static void forgetOpenBlas(Map<String, String> inherited) {
    inherited.keySet().removeIf(name -> name.startsWith("OPENBLAS_"));
  }
}
