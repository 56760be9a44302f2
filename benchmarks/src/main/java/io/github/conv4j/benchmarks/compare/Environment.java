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
      // Its OpenBLAS, 0.3.19, chooses badly for newer CPUs: left alone, the training step took 11
      // times conv4j's time on a Zen 5, and 3 to 6 times with this core.
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
