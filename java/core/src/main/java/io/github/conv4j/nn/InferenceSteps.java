package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.internal.TensorAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A {@link Sequential} as evaluation runs it: batch normalisations folded into the convolutions
 * before them, ReLUs fused, dropout left out. The tensors between the steps are kept for each shape
 * and memory format, and leased to one caller at a time.
 */
final class InferenceSteps {
  private final List<InferenceStep> steps;
  private final ShapeCache<Between> between;

  InferenceSteps(List<Layer> layers) {
    this.steps = compile(layers);
    this.between = new ShapeCache<>(Between::new, Between::close);
  }

  private static List<InferenceStep> compile(List<Layer> layers) {
    List<InferenceStep> steps = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      if (layer instanceof Dropout) {
        continue;
      }
      if (!(layer instanceof Conv2d conv)) {
        steps.add(InferenceStep.of(layer));
        continue;
      }
      BatchNorm2d norm = null;
      if (!conv.endsInRelu() && follows(layers, i) instanceof BatchNorm2d after) {
        norm = after;
        i++;
      }
      boolean relu = follows(layers, i) instanceof ReLU;
      if (relu) {
        i++;
      }
      steps.add(
          norm == null && !relu ? InferenceStep.of(conv) : new FoldedConv2d(conv, norm, relu));
    }
    return List.copyOf(steps);
  }

  private static Layer follows(List<Layer> layers, int index) {
    return index + 1 < layers.size() ? layers.get(index + 1) : null;
  }

  void run(Tensor src, Tensor dst) {
    Between kept = between.get(src);
    SimpleLayer.requireShape("dst", dst, kept.dstShape);
    if (steps.isEmpty()) {
      dst.set(src);
      return;
    }
    Tensor[] tensors = kept.lease();
    try {
      Tensor from = src;
      for (int i = 0; i < steps.size(); i++) {
        boolean last = i == steps.size() - 1;
        Tensor to = last ? dst : tensors[i];
        if (last || !kept.isView(i)) {
          steps.get(i).run(from, to);
        }
        from = to;
      }
    } finally {
      kept.giveBack(tensors);
    }
  }

  void close() {
    between.clear();
    steps.forEach(InferenceStep::close);
  }

  /**
   * The tensors between the steps for one shape and format of src, as many sets as callers at a
   * time. A set lies in one block, in turn at its two ends: a step reads one and writes the other,
   * and the block is as large as the two largest neighbours together.
   */
  private final class Between {
    private static final int MOST_KEPT = 64;

    /** Tensors begin at multiples of so many elements, a cache line. */
    private static final long ALIGNMENT = 16;

    final Shape dstShape;
    private final Shape[] shapes;
    private final MemoryFormat[] formats;
    private final long[] places;
    private final long elements;
    private final AtomicReferenceArray<Tensor[]> free = new AtomicReferenceArray<>(MOST_KEPT);

    Between(Shape src, MemoryFormat format) {
      this.shapes = new Shape[Math.max(0, steps.size() - 1)];
      this.formats = new MemoryFormat[shapes.length];
      Shape shape = src;
      MemoryFormat lies = format;
      for (int i = 0; i < steps.size(); i++) {
        shape = steps.get(i).outputShape(shape);
        lies = Formats.ofResult(lies, shape);
        if (i < shapes.length) {
          shapes[i] = shape;
          formats[i] = lies;
        }
      }
      this.dstShape = shape;
      this.elements = elements();
      this.places = places();
    }

    /** Elements of the block. */
    private long elements() {
      long most = 0;
      long before = 0;
      for (int i = 0; i < shapes.length; i++) {
        if (!isView(i)) {
          long size = aligned(shapes[i].elements());
          most = Math.max(most, before + size);
          before = size;
        }
      }
      return most;
    }

    /** The first element of each tensor. */
    private long[] places() {
      long[] first = new long[shapes.length];
      boolean atStart = false;
      for (int i = 0; i < first.length; i++) {
        if (isView(i)) {
          first[i] = first[i - 1];
        } else {
          atStart = !atStart;
          first[i] = atStart ? 0 : elements - aligned(shapes[i].elements());
        }
      }
      return first;
    }

    private static long aligned(long count) {
      return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Whether the result of step i is that of the step before it under another shape. */
    boolean isView(int i) {
      return i > 0 && steps.get(i).isReshape() && formats[i - 1] == MemoryFormat.CONTIGUOUS;
    }

    Tensor[] lease() {
      for (int slot = 0; slot < MOST_KEPT; slot++) {
        if (free.getPlain(slot) != null) {
          Tensor[] tensors = free.getAndSet(slot, null);
          if (tensors != null) {
            return tensors;
          }
        }
      }
      Tensor[] made = new Tensor[shapes.length];
      try (Tensor block = Tensor.empty(Shape.of(elements))) {
        for (int i = 0; i < made.length; i++) {
          made[i] = TensorAccess.part(block, places[i], shapes[i], formats[i]);
        }
      }
      return made;
    }

    void giveBack(Tensor[] tensors) {
      for (int slot = 0; slot < MOST_KEPT; slot++) {
        if (free.getPlain(slot) == null && free.compareAndSet(slot, null, tensors)) {
          return;
        }
      }
      closeAll(tensors);
    }

    void close() {
      for (int slot = 0; slot < MOST_KEPT; slot++) {
        Tensor[] tensors = free.getAndSet(slot, null);
        if (tensors != null) {
          closeAll(tensors);
        }
      }
    }

    private static void closeAll(Tensor[] tensors) {
      for (Tensor tensor : tensors) {
        tensor.close();
      }
    }
  }
}
