package io.github.conv4j.nn;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * What a layer keeps for each shape and memory format of its input: the few used last. A hit
 * allocates nothing. Safe for any number of threads.
 */
final class ShapeCache<T> {
  private static final int MOST = 8;

  private final BiFunction<Shape, MemoryFormat, T> create;
  private final Consumer<T> discard;

  /** For each format by its ordinal. */
  private final List<Map<Shape, T>> entries = new ArrayList<>();

  private volatile Entry<T> newest;

  private record Entry<T>(Shape shape, MemoryFormat format, T value) {}

  /**
   * @param create makes the value for a shape and a format
   * @param discard frees a value when everything is cleared
   */
  ShapeCache(BiFunction<Shape, MemoryFormat, T> create, Consumer<T> discard) {
    this.create = create;
    this.discard = discard;
    for (int i = 0; i < MemoryFormat.values().length; i++) {
      entries.add(new LinkedHashMap<>(16, 0.75f, true));
    }
  }

  /** The value for a tensor's shape and format. */
  T get(Tensor src) {
    return get(src.shape(), src.memoryFormat());
  }

  T get(Shape shape, MemoryFormat format) {
    Entry<T> last = newest;
    if (last != null && last.format == format && last.shape.equals(shape)) {
      return last.value;
    }
    synchronized (entries) {
      Map<Shape, T> known = entries.get(format.ordinal());
      T value = known.get(shape);
      if (value == null) {
        value = create.apply(shape, format);
        known.put(shape, value);
        if (known.size() > MOST) {
          Map.Entry<Shape, T> eldest = known.entrySet().iterator().next();
          // Another thread may be running on it: its memory goes when it is unreachable.
          known.remove(eldest.getKey());
        }
      }
      newest = new Entry<>(shape, format, value);
      return value;
    }
  }

  void forEach(Consumer<T> action) {
    synchronized (entries) {
      entries.forEach(known -> known.values().forEach(action));
    }
  }

  void clear() {
    synchronized (entries) {
      newest = null;
      for (Map<Shape, T> known : entries) {
        known.values().forEach(discard);
        known.clear();
      }
    }
  }
}
