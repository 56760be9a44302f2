package io.github.conv4j.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Writes a file whole or not at all: beside its place first, forced to the disk, then renamed. */
final class AtomicFile {
  private AtomicFile() {}

  /** What writes the bytes of a file. */
  @FunctionalInterface
  interface Content {
    /** Writes everything to a new file, which the caller closes. */
    void writeTo(FileChannel out) throws IOException;
  }

  /**
   * Replaces a file, or makes it.
   *
   * @param target through a symbolic link, the file that it leads to
   * @throws IOException with a message that says why, the target being as it was
   */
  static void write(Path target, Content content) throws IOException {
    requireWritable(target);
    try {
      Path file = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
      long random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      Path unfinished = file.resolveSibling("." + file.getFileName() + "." + random + ".part");
      try {
        try (FileChannel out =
            FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          content.writeTo(out);
          out.force(true);
        }
        move(unfinished, file);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw new IOException(target + " cannot be written: " + reason(e), e);
    }
  }

  /**
   * Refuses a place where no file can be written.
   *
   * @throws IOException with a message that names it and says why
   */
  static void requireWritable(Path target) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    String reason = null;
    if (Files.isDirectory(target)) {
      reason = "it is a folder";
    } else if (!Files.isDirectory(folder)) {
      reason = "there is no folder " + folder;
    } else if (!Files.isWritable(folder) || Files.exists(target) && !Files.isWritable(target)) {
      reason = "permission denied";
    }
    if (reason != null) {
      throw new IOException(target + " cannot be written: " + reason);
    }
  }

  private static void move(Path unfinished, Path file) throws IOException {
    try {
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    }
    try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      folder.force(true); // or a loss of power might undo the renaming
    } catch (IOException e) {
      // Some systems open no folder; the file itself is complete.
    }
  }

  /** A failure to read a file, with a message that names it and says why. */
  static IOException unreadable(Path file, IOException e) {
    if (e instanceof FormatException) {
      return e;
    }
    String reason = Files.isDirectory(file) ? "it is a folder" : reason(e);
    return new IOException(file + " cannot be read: " + reason, e);
  }

  /** Why something failed, without the name of the file. */
  static String reason(Throwable e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage() == null ? deepest.getClass().getSimpleName() : deepest.getMessage();
  }
}
