package io.github.conv4j.benchmarks.peers.onednn;

import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/** oneDNN's engine, stream and memory. */
final class Tensors {
  static final engine ENGINE = new engine(engine.kind.cpu, 0);
  static final stream STREAM = new stream(ENGINE);

  private Tensors() {}

  /** A dense float32 tensor; the format may be {@code any}. */
  static desc desc(long[] extents, format_tag format) {
    return new desc(extents, memory.data_type.f32, format);
  }

  /** Memory of a tensor with these values, which lie in the order of the description. */
  static memory of(desc description, float[] values) {
    memory made = new memory(description, ENGINE);
    new FloatPointer(made.get_data_handle()).put(values);
    return made;
  }

  /** Zeroed memory, so that every page exists. */
  static memory zeros(desc description) {
    memory made = new memory(description, ENGINE);
    FloatPointer floats = new FloatPointer(made.get_data_handle());
    FloatPointer.memset(floats, 0, description.get_size());
    return made;
  }

  /** The same tensor in another format: itself if that is its own. */
  static memory as(memory given, desc wanted) {
    if (given.get_desc().equals(wanted)) {
      return given;
    }
    memory made = new memory(wanted, ENGINE);
    copy(given, made);
    return made;
  }

  static void copy(memory from, memory to) {
    try (reorder conversion = new reorder(from, to)) {
      conversion.execute(STREAM, from, to);
      STREAM._wait();
    }
  }

  /** The values of a tensor in the order of a plain description. */
  static float[] values(memory tensor, desc plain) {
    memory ordered = as(tensor, plain);
    float[] values = new float[(int) (plain.get_size() / Float.BYTES)];
    new FloatPointer(ordered.get_data_handle()).get(values);
    return values;
  }

  /** The instruction set that oneDNN uses. */
  static String isa() {
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    int avx512 = dnnl.dnnl_cpu_isa_avx512_core;
    return (isa & avx512) == avx512 ? "avx512" : isa == dnnl.dnnl_cpu_isa_sse41 ? "sse41" : "avx2";
  }
}
