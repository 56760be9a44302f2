package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a layer keeps for each shape of its input: the few used last. A hit allocates nothing. Safe
 * for any number of threads.
 */
final class ShapeCache<T> {
  private static final int MOST = 8;

  private final Function<Shape, T> create;
  private final Consumer<T> discard;
  private final Map<Shape, T> entries = new LinkedHashMap<>(16, 0.75f, true);
  private volatile Entry<T> newest;

  private record Entry<T>(Shape shape, T value) {}

  /**
   * @param create makes the value for a shape
   * @param discard frees a value when everything is cleared
   */
  ShapeCache(Function<Shape, T> create, Consumer<T> discard) {
    this.create = create;
    this.discard = discard;
  }

  T get(Shape shape) {
    Entry<T> last = newest;
    if (last != null && last.shape.equals(shape)) {
      return last.value;
    }
    synchronized (entries) {
      T value = entries.get(shape);
      if (value == null) {
        value = create.apply(shape);
        entries.put(shape, value);
        if (entries.size() > MOST) {
          Map.Entry<Shape, T> eldest = entries.entrySet().iterator().next();
          // Another thread may be running on it: its memory goes when it is unreachable.
          entries.remove(eldest.getKey());
        }
      }
      newest = new Entry<>(shape, value);
      return value;
    }
  }

  void forEach(Consumer<T> action) {
    synchronized (entries) {
      entries.values().forEach(action);
    }
  }

  void clear() {
    synchronized (entries) {
      newest = null;
      entries.values().forEach(discard);
      entries.clear();
    }
  }
}
