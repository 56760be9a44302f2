package io.github.conv4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Serves a dataset in batches that another thread reads ahead, into tensors that are used again.
 *
 * <pre>{@code
 * try (DataLoader loader = DataLoader.builder(train).batchSize(64).shuffle(true).seed(1).build()) {
 *   for (int epoch = 0; epoch < 10; epoch++) {
 *     for (Batch batch : loader.epoch(epoch)) {
 *       ... batch.inputs(), batch.labels()
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>Seed and number of the epoch decide its order and all that is random in its samples; the
 * number of threads does not. So an epoch can be repeated, and a training resumed.
 *
 * <p>For one thread at a time, but for {@link #close}, which any thread may call.
 */
public final class DataLoader implements AutoCloseable {
  /** Batches that are read ahead of the one in use. */
  private static final int AHEAD = 2;

  private final Dataset dataset;
  private final int batchSize;
  private final boolean shuffle;
  private final long seed;
  private final boolean dropLast;
  private final int threads;
  private final ExecutorService helpers;
  private final List<BatchSlot> slots = new ArrayList<>();
  private BatchSlot last;
  private Epoch running;
  private boolean closed;

  private DataLoader(Builder builder) {
    this.dataset = builder.dataset;
    this.batchSize = builder.batchSize;
    this.shuffle = builder.shuffle;
    this.seed = builder.seed;
    this.dropLast = builder.dropLast;
    this.threads = builder.threads;
    this.helpers =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(threads, task -> Epoch.thread(task, "conv4j-data"));
  }

  /** Settings of a loader: batches of 32 in the order of the dataset, unless said otherwise. */
  public static Builder builder(Dataset dataset) {
    return new Builder(dataset);
  }

  /** Collects the settings of a {@link DataLoader}. */
  public static final class Builder {
    private final Dataset dataset;
    private int batchSize = 32;
    private boolean shuffle;
    private long seed;
    private boolean dropLast;
    private int threads = 1;

    private Builder(Dataset dataset) {
      this.dataset = dataset;
    }

    /** The number of samples in a batch; the last batch of an epoch may have fewer. */
    public Builder batchSize(int samples) {
      this.batchSize = samples;
      return this;
    }

    /** Whether every epoch goes through the samples in an order of its own. */
    public Builder shuffle(boolean shuffled) {
      this.shuffle = shuffled;
      return this;
    }

    /** What decides all that is random, together with the number of the epoch. */
    public Builder seed(long number) {
      this.seed = number;
      return this;
    }

    /** Whether samples at the end of an epoch that fill no batch are left out. */
    public Builder dropLast(boolean dropped) {
      this.dropLast = dropped;
      return this;
    }

    /** Threads that read samples, for images that take long to decode; 1 unless said otherwise. */
    public Builder threads(int count) {
      this.threads = count;
      return this;
    }

    /**
     * A loader of these settings.
     *
     * @throws IllegalArgumentException if the batch size or the number of threads is less than 1,
     *     or there is no sample, or no whole batch where the last one is dropped
     */
    public DataLoader build() {
      if (batchSize < 1 || threads < 1) {
        throw new IllegalArgumentException(
            "a batch size of " + batchSize + " and " + threads + " threads; both are at least 1");
      }
      if (dataset.size() < (dropLast ? batchSize : 1)) {
        throw new IllegalArgumentException(
            dataset.size()
                + " samples make no batch"
                + (dropLast ? " of " + batchSize + "; do not drop the last one" : ""));
      }
      return new DataLoader(this);
    }
  }

  /** The number of batches of an epoch. */
  public int batches() {
    return dropLast ? dataset.size() / batchSize : (dataset.size() - 1) / batchSize + 1;
  }

  /** Where the samples come from. */
  public Dataset dataset() {
    return dataset;
  }

  /**
   * The batches of one epoch. Reading begins when they are iterated over, which ends an iteration
   * that was not finished. A batch is valid until the next one is asked for.
   *
   * <p>The iterator throws {@link java.io.UncheckedIOException} if a sample cannot be read, with
   * the message of the cause, and {@link IllegalStateException} if reading fails otherwise, or the
   * loader was closed.
   *
   * @param number of the epoch, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public Iterable<Batch> epoch(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("epoch " + number + "; the first one is 0");
    }
    return () -> start(number);
  }

  private synchronized Epoch start(int number) {
    if (closed) {
      throw new IllegalStateException("the data loader is closed");
    }
    if (running != null) {
      running.stop("another epoch was begun");
    }
    if (slots.isEmpty()) {
      for (int i = 0; i < Math.min(AHEAD + 1, dataset.size() / batchSize); i++) {
        slots.add(new BatchSlot(dataset, batchSize));
      }
      int rest = dataset.size() % batchSize;
      last = rest == 0 || dropLast ? null : new BatchSlot(dataset, rest);
    }
    long epochSeed = Seeds.mix(seed, number);
    int[] order =
        shuffle
            ? Seeds.permutation(dataset.size(), epochSeed)
            : IntStream.range(0, dataset.size()).toArray();
    running = new Epoch(slots, last, order, batches(), epochSeed, threads, helpers);
    return running;
  }

  /** Stops reading, waits for the threads, and closes the tensors of all batches. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (running != null) {
      running.stop("the data loader is closed");
    }
    if (helpers != null) {
      helpers.shutdownNow();
    }
    slots.forEach(BatchSlot::close);
    if (last != null) {
      last.close();
    }
  }
}
