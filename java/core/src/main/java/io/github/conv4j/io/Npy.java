package io.github.conv4j.io;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Arrays in NumPy's npy format: <a
 * href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">versions 1.0 to
 * 3.0</a> are read, 1.0 is written. Reads floating-point numbers of 16, 32 and 64 bits, integers of
 * 8 to 64 and booleans, of either byte order, in C or Fortran order. Never runs pickled objects.
 */
public final class Npy {
  private Npy() {}

  /**
   * Reads an array, which the caller closes. Elements of another type than float32 become the
   * nearest float32: integers beyond 2^24 may be rounded.
   *
   * @return the array in row-major order, whichever order the file has
   * @throws FormatException if the file is no valid npy file, or holds structures or text
   * @throws IOException if it cannot be read
   */
  public static Tensor read(Path file) throws IOException {
    return open(file, (source, header) -> readTensor(file.toString(), source, header));
  }

  /**
   * Reads an array into a tensor that is there, see {@link #read(Path)}.
   *
   * @param dst of the array's shape, in either format, overwritten
   * @throws IllegalArgumentException if it has another shape
   * @throws FormatException if the file is no valid npy file, or holds structures or text
   * @throws IOException if it cannot be read
   */
  public static void read(Path file, Tensor dst) throws IOException {
    open(
        file,
        (source, header) -> {
          if (!header.shape().equals(dst.shape())) {
            throw new IllegalArgumentException(
                file + " has shape " + header.shape() + ", not " + dst.shape());
          }
          readInto(file.toString(), source, header, dst);
          return dst;
        });
  }

  /**
   * Reads an array of integers, such as labels, which the caller closes.
   *
   * @return the array in row-major order, whichever order the file has
   * @throws FormatException if the file is no valid npy file, or does not hold integers
   * @throws IOException if it cannot be read
   */
  public static LongTensor readLongs(Path file) throws IOException {
    return open(file, (source, header) -> readLongs(file.toString(), source, header));
  }

  /**
   * Writes a tensor as float32 in row-major order, whatever its format. The file appears whole or
   * not at all.
   *
   * @param file replaced if it is there
   * @param tensor not modified
   * @throws IOException if that fails; a file that was there is as it was
   */
  public static void write(Path file, Tensor tensor) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          ElementWriter.writeFully(out, NpyHeader.write(tensor.shape()));
          ElementWriter.write(tensor, out);
        });
  }

  @FunctionalInterface
  private interface Body<T> {
    T read(ByteSource source, NpyHeader header) throws IOException;
  }

  private static <T> T open(Path file, Body<T> body) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      NpyHeader header = NpyHeader.read(file.toString(), channel::read);
      long left = channel.size() - header.bytes();
      if (left != header.dataBytes()) {
        throw new FormatException(
            file.toString(),
            "is no valid npy file: "
                + left
                + " bytes follow its header; shape "
                + header.shape()
                + " of "
                + header.type()
                + " takes "
                + header.dataBytes());
      }
      return body.read(channel::read, header);
    } catch (IOException e) {
      throw AtomicFile.unreadable(file, e);
    }
  }

  /** The elements behind a header whose sizes have been checked. */
  static Tensor readTensor(String file, ByteSource source, NpyHeader header) throws IOException {
    Tensor tensor = Tensor.empty(header.shape());
    try {
      readInto(file, source, header, tensor);
      return tensor;
    } catch (IOException | RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  private static void readInto(String file, ByteSource source, NpyHeader header, Tensor dst)
      throws IOException {
    ElementReader reader = reader(file, source, header);
    if (!header.columnMajor()) {
      reader.read(dst);
      return;
    }
    ColumnMajor target = new ColumnMajor(header.shape());
    for (long left = dst.elements(); left > 0; ) {
      long count = reader.fill(left);
      for (long i = 0; i < count; i++) {
        dst.set(target.next(), reader.nextFloat());
      }
      left -= count;
    }
  }

  private static LongTensor readLongs(String file, ByteSource source, NpyHeader header)
      throws IOException {
    if (header.type().isFloatingPoint()) {
      throw new FormatException(file, "holds " + header.type() + ", not integers; use read");
    }
    LongTensor tensor = LongTensor.zeros(header.shape());
    try {
      ElementReader reader = reader(file, source, header);
      if (header.columnMajor()) {
        ColumnMajor target = new ColumnMajor(header.shape());
        LongBuffer to = tensor.buffer();
        for (long left = tensor.elements(); left > 0; ) {
          long count = reader.fill(left);
          for (long i = 0; i < count; i++) {
            to.put((int) target.next(), reader.nextLong());
          }
          left -= count;
        }
      } else {
        reader.read(tensor);
      }
      return tensor;
    } catch (IOException | RuntimeException | Error e) {
      tensor.close();
      throw e;
    }
  }

  private static ElementReader reader(String file, ByteSource source, NpyHeader header) {
    return new ElementReader(
        file, source, header.type(), header.order(), header.shape().elements());
  }

  /** Counts through the elements of a shape, the first index fastest. */
  private static final class ColumnMajor {
    private final long[] extents;
    private final long[] strides;
    private final long[] index;
    private long position;

    ColumnMajor(Shape shape) {
      extents = shape.toArray();
      strides = new long[extents.length];
      index = new long[extents.length];
      long stride = 1;
      for (int axis = extents.length - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= extents[axis];
      }
    }

    /** Where the next element lies in row-major order. */
    long next() {
      long current = position;
      for (int axis = 0; axis < extents.length; axis++) {
        position += strides[axis];
        if (++index[axis] < extents[axis]) {
          break;
        }
        position -= strides[axis] * extents[axis];
        index[axis] = 0;
      }
      return current;
    }
  }
}
