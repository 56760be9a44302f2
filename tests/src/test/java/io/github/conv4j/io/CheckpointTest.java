package io.github.conv4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints: all comes back, and a failure loses nothing. */
class CheckpointTest {
  @TempDir private Path folder;

  @Test
  void tensorsAndMetadataComeBack() throws IOException {
    Path file = folder.resolve("run.safetensors");
    try (Tensor weight = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor momentum = Tensor.of(new float[] {-1, 0.5f}, 2)) {
      Checkpoint.save(
          file,
          Map.of("model.weight", weight, "optimizer.momentum", momentum),
          Map.of("epoch", "3", "seed", "-7"));
    }
    Tensor kept;
    try (Checkpoint checkpoint = Checkpoint.load(file)) {
      assertEquals(Map.of("epoch", "3", "seed", "-7"), checkpoint.metadata());
      assertEquals(2, checkpoint.tensors().size());
      kept = checkpoint.tensors().get("model.weight");
      assertArrayEquals(new float[] {1, 2, 3, 4}, kept.toArray());
      assertArrayEquals(
          new float[] {-1, 0.5f}, checkpoint.tensors().get("optimizer.momentum").toArray());
    }
    assertTrue(kept.isClosed());
  }

  @Test
  void anUnfinishedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("run.safetensors");
    try (Tensor good = Tensor.of(new float[] {1}, 1)) {
      Checkpoint.save(file, Map.of("a", good), Map.of());
      Tensor closed = Tensor.zeros(1);
      closed.close();
      assertThrows(
          IllegalStateException.class,
          () -> Checkpoint.save(file, Map.of("a", good, "b", closed), Map.of()));
    }
    try (Checkpoint checkpoint = Checkpoint.load(file)) {
      assertEquals(List.of("a"), List.copyOf(checkpoint.tensors().keySet()));
    }
    assertOnly(file);
  }

  @Test
  void aLinkKeepsLeadingToTheFile() throws IOException {
    Path file = folder.resolve("run.safetensors");
    Path link = Files.createSymbolicLink(folder.resolve("latest"), file);
    try (Tensor one = Tensor.of(new float[] {1}, 1);
        Tensor two = Tensor.of(new float[] {2}, 1)) {
      Checkpoint.save(file, Map.of("a", one), Map.of());
      Checkpoint.save(link, Map.of("a", two), Map.of());
    }
    assertTrue(Files.isSymbolicLink(link));
    try (Checkpoint checkpoint = Checkpoint.load(file)) {
      assertEquals(2, checkpoint.tensors().get("a").get(0));
    }
  }

  @Test
  void placesWhereNothingCanBeWrittenAreNamed() throws IOException {
    try (Tensor tensor = Tensor.zeros(1)) {
      Path nowhere = folder.resolve("no").resolve("run.safetensors");
      IOException failure =
          assertThrows(
              IOException.class, () -> Checkpoint.save(nowhere, Map.of("a", tensor), Map.of()));
      assertEquals(
          nowhere + " cannot be written: there is no folder " + nowhere.getParent(),
          failure.getMessage());
      failure =
          assertThrows(
              IOException.class, () -> Checkpoint.save(folder, Map.of("a", tensor), Map.of()));
      assertEquals(folder + " cannot be written: it is a folder", failure.getMessage());
    }
    assertFalse(Files.exists(folder.resolve("no")));
  }

  private void assertOnly(Path file) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }
}
