package io.github.conv4j.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** Where calls that are compared with the reference report to. */
final class Verifier {
  private final Consumer<OperationCheck> observer;

  /** What the reference made of each call of a run; null where calls stand alone. */
  private final List<VerifiedCall.Memory> memories;

  private int next;

  private Verifier(Consumer<OperationCheck> observer, List<VerifiedCall.Memory> memories) {
    this.observer = Objects.requireNonNull(observer, "observer");
    this.memories = memories;
  }

  /** For calls of any number of threads. */
  static Verifier of(Consumer<OperationCheck> observer) {
    return new Verifier(observer, null);
  }

  /**
   * For one thread that repeats a sequence of calls, see {@link #restart}: where a call has the
   * operands that the same call of an earlier sequence had, the reference need not run again.
   */
  static Verifier remembering(Consumer<OperationCheck> observer) {
    return new Verifier(observer, new ArrayList<>());
  }

  /** Begins the sequence again. */
  void restart() {
    next = 0;
  }

  VerifiedCall call(Operation operation) {
    return new VerifiedCall(this, operation);
  }

  void report(OperationCheck check) {
    if (memories != null) {
      next++;
    }
    observer.accept(check);
  }

  /** What is known of this call from an earlier sequence; null if nothing is. */
  VerifiedCall.Memory recall() {
    return memories != null && next < memories.size() ? memories.get(next) : null;
  }

  void remember(VerifiedCall.Memory memory) {
    if (memories == null) {
      return;
    }
    while (memories.size() <= next) {
      memories.add(null);
    }
    memories.set(next, memory);
  }
}
