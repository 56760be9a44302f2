package io.github.conv4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches: all samples once, decided by seed and epoch, on whatever threads. */
@Timeout(60)
class DataLoaderTest {
  /** Samples of two values: the number of the sample, and the seed that it was read with. */
  private static class Numbers implements Dataset {
    private final int size;

    Numbers(int size) {
      this.size = size;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Shape sampleShape() {
      return Shape.of(2);
    }

    @Override
    public List<String> classes() {
      return List.of("even", "odd");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public void read(int index, long seed, float[] values) throws IOException {
      values[0] = index;
      values[1] = seed % 1000003;
    }
  }

  private static List<String> epoch(DataLoader loader, int number) {
    List<String> batches = new ArrayList<>();
    for (Batch batch : loader.epoch(number)) {
      assertEquals(batch.size(), batch.inputs().shape().dim(0));
      float[] values = batch.inputs().toArray();
      for (int i = 0; i < batch.size(); i++) {
        assertEquals((int) values[2 * i] % 2, batch.labels().get(i));
      }
      batches.add(Arrays.toString(values));
    }
    assertEquals(loader.batches(), batches.size());
    return batches;
  }

  private static Set<Integer> samples(List<String> batches) {
    Set<Integer> samples = new HashSet<>();
    for (String batch : batches) {
      String[] values = batch.substring(1, batch.length() - 1).split(", ");
      for (int i = 0; i < values.length; i += 2) {
        assertTrue(samples.add((int) Float.parseFloat(values[i])), batch);
      }
    }
    return samples;
  }

  private static DataLoader.Builder shuffled(Dataset dataset) {
    return DataLoader.builder(dataset).batchSize(8).shuffle(true).seed(7);
  }

  @Test
  void everySampleComesOnceInEveryEpoch() {
    for (int size : new int[] {1, 7, 8, 9, 64, 101}) {
      try (DataLoader loader = shuffled(new Numbers(size)).build()) {
        for (int epoch = 0; epoch < 3; epoch++) {
          assertEquals(size, samples(epoch(loader, epoch)).size());
        }
      }
    }
  }

  @Test
  void withoutShufflingTheOrderIsTheDatasets() {
    try (DataLoader loader = DataLoader.builder(new Numbers(5)).batchSize(2).build()) {
      List<List<Long>> labels = new ArrayList<>();
      List<Float> first = new ArrayList<>();
      for (Batch batch : loader.epoch(0)) {
        first.add(batch.inputs().get(0));
        labels.add(Arrays.stream(batch.labels().toArray()).boxed().toList());
      }
      assertEquals(List.of(0f, 2f, 4f), first);
      assertEquals(List.of(List.of(0L, 1L), List.of(0L, 1L), List.of(0L)), labels);
    }
  }

  @Test
  void theLastBatchCanBeDropped() {
    try (DataLoader loader = shuffled(new Numbers(23)).dropLast(true).build()) {
      assertEquals(2, loader.batches());
      assertEquals(16, samples(epoch(loader, 0)).size());
    }
  }

  @Test
  void seedAndEpochDecideEverythingAndThreadsNothing() {
    List<List<String>> expected = new ArrayList<>();
    for (int threads = 1; threads <= 4; threads++) {
      try (DataLoader loader = shuffled(new Numbers(101)).threads(threads).build()) {
        for (int epoch = 0; epoch < 4; epoch++) {
          List<String> batches = epoch(loader, epoch);
          if (threads == 1) {
            assertFalse(expected.contains(batches), "two epochs are equal");
            expected.add(batches);
          }
          assertEquals(expected.get(epoch), batches, threads + " threads, epoch " + epoch);
        }
        assertEquals(expected.get(1), epoch(loader, 1), "an epoch again");
      }
    }
    try (DataLoader loader = shuffled(new Numbers(101)).seed(8).build()) {
      assertNotEquals(expected.get(0), epoch(loader, 0));
    }
  }

  @Test
  void tensorsAreUsedAgain() {
    Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
    try (DataLoader loader = shuffled(new Numbers(100)).build()) {
      for (int epoch = 0; epoch < 3; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          tensors.add(batch.inputs());
        }
      }
      assertTrue(tensors.size() <= 4, tensors.size() + " tensors");
      assertTrue(tensors.stream().noneMatch(Tensor::isClosed));
    }
    assertTrue(tensors.stream().allMatch(Tensor::isClosed));
  }

  /** The batch in use is not touched while the next ones are read. */
  @Test
  void aBatchStaysUntilTheNextIsAskedFor() throws InterruptedException {
    try (DataLoader loader = shuffled(new Numbers(800)).build()) {
      Iterator<Batch> batches = loader.epoch(0).iterator();
      Batch before = null;
      while (batches.hasNext()) {
        Batch batch = batches.next();
        assertNotSame(before, batch);
        float[] values = batch.inputs().toArray();
        Thread.sleep(1);
        assertEquals(Arrays.toString(values), Arrays.toString(batch.inputs().toArray()));
        before = batch;
      }
      assertThrows(NoSuchElementException.class, batches::next);
    }
  }

  @Test
  void failuresReachTheCaller() {
    for (int threads : new int[] {1, 3}) {
      Dataset broken =
          new Numbers(40) {
            @Override
            public void read(int index, long seed, float[] values) throws IOException {
              if (index == 20) {
                throw new IOException("cat.png is damaged");
              }
              super.read(index, seed, values);
            }
          };
      try (DataLoader loader = DataLoader.builder(broken).batchSize(8).threads(threads).build()) {
        Iterator<Batch> batches = loader.epoch(0).iterator();
        assertEquals(0, batches.next().inputs().get(0));
        assertEquals(8, batches.next().inputs().get(0));
        UncheckedIOException failure = assertThrows(UncheckedIOException.class, batches::next);
        assertEquals("cat.png is damaged", failure.getMessage());
        assertThrows(UncheckedIOException.class, batches::next);
      }
    }
  }

  @Test
  void failuresOfOtherKindsNameTheSample() {
    Dataset broken =
        new Numbers(4) {
          @Override
          public int label(int index) {
            throw new ArithmeticException("of all things");
          }
        };
    try (DataLoader loader = DataLoader.builder(broken).build()) {
      IllegalStateException failure =
          assertThrows(IllegalStateException.class, () -> loader.epoch(0).iterator().next());
      assertTrue(failure.getMessage().contains("sample 0"), failure.getMessage());
      assertTrue(failure.getMessage().contains("of all things"), failure.getMessage());
    }
  }

  @Test
  void closingStopsTheThreads() throws InterruptedException {
    for (int threads : new int[] {1, 2}) {
      CountDownLatch stopped = new CountDownLatch(1);
      Dataset endless =
          new Numbers(100) {
            @Override
            public void read(int index, long seed, float[] values) throws IOException {
              if (index >= 16) {
                stopped.countDown();
              }
              super.read(index, seed, values);
            }
          };
      DataLoader loader = DataLoader.builder(endless).batchSize(8).threads(threads).build();
      Iterator<Batch> batches = loader.epoch(0).iterator();
      batches.next();
      assertTrue(stopped.await(20, TimeUnit.SECONDS));
      assertTrue(readers() > 0);
      loader.close();
      loader.close();
      assertThrows(IllegalStateException.class, batches::next);
      assertThrows(IllegalStateException.class, () -> loader.epoch(1).iterator());
      for (int i = 0; i < 100 && readers() > 0; i++) {
        Thread.sleep(20);
      }
      assertEquals(0, readers());
    }
  }

  private static long readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("conv4j-data"))
        .count();
  }

  @Test
  void anotherEpochEndsTheOneBefore() {
    try (DataLoader loader = shuffled(new Numbers(200)).threads(2).build()) {
      List<String> expected = epoch(loader, 1);
      Iterator<Batch> old = loader.epoch(0).iterator();
      old.next();
      assertEquals(expected, epoch(loader, 1));
      IllegalStateException failure = assertThrows(IllegalStateException.class, old::next);
      assertEquals("another epoch was begun", failure.getMessage());
    }
  }

  @Test
  void settingsThatMakeNoBatchAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> shuffled(new Numbers(9)).batchSize(0).build());
    assertThrows(IllegalArgumentException.class, () -> shuffled(new Numbers(9)).threads(0).build());
    assertThrows(IllegalArgumentException.class, () -> shuffled(new Numbers(0)).build());
    assertThrows(
        IllegalArgumentException.class, () -> shuffled(new Numbers(7)).dropLast(true).build());
    try (DataLoader loader = shuffled(new Numbers(7)).build()) {
      assertThrows(IllegalArgumentException.class, () -> loader.epoch(-1));
    }
  }
}
