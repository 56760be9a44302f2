package io.github.conv4j.benchmarks.peers.onednn;

import io.github.conv4j.benchmarks.competitor.Call;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.reorder;

/** A variant with its memory. */
final class VariantCall implements Call {
  private final Variant variant;
  private final IntMemoryMap arguments = new IntMemoryMap();
  private final List<memory> memories = new ArrayList<>();
  private final List<Conversion> before = new ArrayList<>();
  private final List<Conversion> after = new ArrayList<>();
  private memory result;
  private desc plainResult;

  /** A change of format that belongs to every call. */
  private record Conversion(reorder primitive, memory from, memory to) {
    static Conversion of(memory from, memory to) {
      return new Conversion(new reorder(from, to), from, to);
    }

    void execute() {
      primitive.execute(Tensors.STREAM, from, to);
    }
  }

  VariantCall(Variant variant, boolean converts) {
    this.variant = variant;
    for (Variant.Argument a : variant.arguments()) {
      if (a.values() == null) {
        addResult(a, converts);
      } else {
        addGiven(a, converts);
      }
    }
    if (variant.workspace() != null) {
      arguments.put(dnnl.DNNL_ARG_WORKSPACE, variant.workspace());
    }
  }

  private void addGiven(Variant.Argument a, boolean converts) {
    memory plain = Tensors.of(a.plain(), a.values());
    memory own = Tensors.as(plain, a.own());
    memories.add(plain);
    memories.add(own);
    arguments.put(a.id(), own);
    if (converts && !a.kept() && own != plain) {
      before.add(Conversion.of(plain, own));
    }
  }

  private void addResult(Variant.Argument a, boolean converts) {
    memory own = Tensors.zeros(a.own());
    memories.add(own);
    arguments.put(a.id(), own);
    result = own;
    plainResult = a.plain();
    if (converts && !a.own().equals(a.plain())) {
      result = Tensors.zeros(a.plain());
      memories.add(result);
      after.add(Conversion.of(own, result));
    }
  }

  @Override
  public String implementation() {
    int conversions = before.size() + after.size();
    return variant.implementation() + (conversions > 0 ? " +" + conversions : "");
  }

  @Override
  public void run() {
    for (Conversion conversion : before) {
      conversion.execute();
    }
    variant.primitive().execute(Tensors.STREAM, arguments);
    for (Conversion conversion : after) {
      conversion.execute();
    }
    Tensors.STREAM._wait();
  }

  @Override
  public float[] result() {
    return Tensors.values(result, plainResult);
  }

  @Override
  public void close() {
    arguments.close();
    memories.forEach(memory::close);
    variant.primitive().close();
  }
}
