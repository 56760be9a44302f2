package io.github.conv4j.internal;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.bytedeco.javacpp.Loader;

/**
 * Copies libraries from the class path to JavaCPP's cache folder ({@code
 * org.bytedeco.javacpp.cachedir}, by default .javacpp/cache in the user's home), from where the
 * operating system can load them. A file appears complete or not at all, whatever other processes
 * do meanwhile.
 */
final class ResourceCache {
  private ResourceCache() {}

  /** The folder {@code conv4j/name} of the cache, created if need be. */
  static Path folder(String name) throws IOException {
    File cache = Loader.getCacheDir();
    return Files.createDirectories(cache.toPath().resolve("conv4j").resolve(name));
  }

  /** Writes bytes to a file of the folder, unless it holds exactly these bytes already. */
  static Path store(Path folder, String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    if (Files.exists(file)
        && Files.size(file) == bytes.length
        && MessageDigest.isEqual(digest(Files.readAllBytes(file)), digest(bytes))) {
      return file;
    }
    Path unfinished = Files.createTempFile(folder, name, ".part");
    try {
      Files.write(unfinished, bytes);
      moveInto(unfinished, file);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    return file;
  }

  /** Copies a large resource into the folder, unless a file of its length is there already. */
  static Path store(Path folder, String name, URL resource) throws IOException {
    Path file = folder.resolve(name);
    URLConnection connection = open(resource);
    try (InputStream in = connection.getInputStream()) {
      if (Files.exists(file) && Files.size(file) == connection.getContentLengthLong()) {
        return file;
      }
      Path unfinished = Files.createTempFile(folder, name, ".part");
      try {
        Files.copy(in, unfinished, StandardCopyOption.REPLACE_EXISTING);
        moveInto(unfinished, file);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    }
    return file;
  }

  /**
   * What changes when a resource changes, without reading it: its length and its jar's checksum.
   */
  static String fingerprint(URL resource) throws IOException {
    URLConnection connection = open(resource);
    if (connection instanceof JarURLConnection inJar) {
      try (JarFile jar = inJar.getJarFile()) {
        ZipEntry entry = jar.getEntry(inJar.getEntryName());
        return Long.toHexString(entry.getSize()) + "-" + Long.toHexString(entry.getCrc());
      }
    }
    long length = connection.getContentLengthLong();
    long modified = connection.getLastModified();
    connection.getInputStream().close();
    return Long.toHexString(length) + "-" + Long.toHexString(modified);
  }

  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest(bytes));
  }

  private static URLConnection open(URL resource) throws IOException {
    URLConnection connection = resource.openConnection();
    connection.setUseCaches(false);
    return connection;
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void moveInto(Path unfinished, Path file) throws IOException {
    try {
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
