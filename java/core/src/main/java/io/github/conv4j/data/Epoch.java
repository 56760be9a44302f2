package io.github.conv4j.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/** One pass over a dataset: a thread fills slots, the caller takes them and gives them back. */
final class Epoch implements Iterator<Batch> {
  /** What the thread hands over: a full slot, or why there is none. */
  private record Delivery(BatchSlot slot, Throwable failure) {}

  private final BatchSlot last;
  private final int[] order;
  private final int batches;
  private final long seed;
  private final int threads;
  private final ExecutorService helpers;
  private final BlockingQueue<BatchSlot> free;
  private final BlockingQueue<Delivery> ready = new LinkedBlockingQueue<>();
  private final Thread reader;
  private volatile String stopped;
  private BatchSlot inUse;
  private int taken;

  /**
   * Begins to read.
   *
   * @param slots for batches of the usual size
   * @param last for a smaller one at the end; null if there is none
   */
  Epoch(
      List<BatchSlot> slots,
      BatchSlot last,
      int[] order,
      int batches,
      long seed,
      int threads,
      ExecutorService helpers) {
    this.free = new LinkedBlockingQueue<>(slots);
    this.last = last;
    this.order = order;
    this.batches = batches;
    this.seed = seed;
    this.threads = threads;
    this.helpers = helpers;
    this.reader = thread(this::read, "conv4j-data-reader");
    reader.start();
  }

  /** A thread that keeps no program from ending. */
  static Thread thread(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private void read() {
    try {
      int start = 0;
      for (int i = 0; i < batches; i++) {
        BatchSlot slot = i == batches - 1 && last != null ? last : free.take();
        fill(slot, start);
        slot.finish();
        start += slot.batch().size();
        ready.add(new Delivery(slot, null));
      }
    } catch (Throwable e) { // whatever it is, the caller has to hear of it
      ready.add(new Delivery(null, e));
    }
  }

  private void fill(BatchSlot slot, int start) throws Exception {
    if (threads == 1) {
      slot.fill(order, start, 0, 1, seed, slot.scratch());
      return;
    }
    List<Future<?>> parts = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int from = i;
      Callable<Void> part =
          () -> {
            slot.fill(order, start, from, threads, seed, slot.scratch());
            return null;
          };
      parts.add(helpers.submit(part));
    }
    await(parts);
  }

  /** Waits for all parts, even if interrupted: none may go on writing into a slot used again. */
  private static void await(List<Future<?>> parts) throws Exception {
    Exception failure = null;
    boolean interrupted = false;
    for (Future<?> part : parts) {
      boolean done = false;
      while (!done) {
        try {
          part.get();
          done = true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          failure = e.getCause() instanceof Exception cause ? cause : e;
          done = true;
        }
      }
    }
    if (interrupted) {
      throw new InterruptedException();
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public boolean hasNext() {
    return taken < batches;
  }

  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the epoch has " + batches + " batches");
    }
    if (inUse != null) {
      free.add(inUse);
      inUse = null;
    }
    Delivery delivery;
    try {
      delivery = stopped == null ? ready.take() : new Delivery(null, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    }
    if (stopped != null) {
      throw new IllegalStateException(stopped);
    }
    if (delivery.failure != null) {
      ready.add(delivery); // for whoever asks again
      throw failure(delivery.failure);
    }
    taken++;
    inUse = delivery.slot;
    return inUse.batch();
  }

  private static RuntimeException failure(Throwable failure) {
    if (failure instanceof IOException e) {
      return new UncheckedIOException(e.getMessage(), e);
    }
    return new IllegalStateException(failure.getMessage(), failure);
  }

  /** Ends the pass and waits for its threads; whoever waits for a batch is told why. */
  void stop(String reason) {
    stopped = reason;
    ready.add(new Delivery(null, null));
    boolean interrupted = false;
    while (reader.isAlive()) {
      reader.interrupt();
      try {
        reader.join(10);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
