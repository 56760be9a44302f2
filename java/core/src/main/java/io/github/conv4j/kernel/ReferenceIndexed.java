package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * Elements moved by indices, one after the other: those of small planes point into large ones, of
 * which {@code small} and {@code large} are the pixels.
 */
final class ReferenceIndexed {
  private ReferenceIndexed() {}

  static void scatter(Tensor src, LongTensor indices, Tensor dst) {
    IndexedPlanes.requireScatter("src", src, indices, "dst", dst);
    int count = Math.toIntExact(dst.elements());
    double[] y =
        scatter(
            indices.toArray(),
            IndexedPlanes.pixels(src),
            IndexedPlanes.pixels(dst),
            Values.of(src),
            count);
    dst.set(Elements.rounded(y));
  }

  static void scatterAdd(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes.requireScatter("diff_dst", diffDst, indices, "diff_src", diffSrc);
    int count = Math.toIntExact(diffSrc.elements());
    double[] dx =
        scatterAdd(
            indices.toArray(),
            IndexedPlanes.pixels(diffDst),
            IndexedPlanes.pixels(diffSrc),
            Values.of(diffDst),
            count);
    diffSrc.set(Elements.rounded(dx));
  }

  static void gather(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes.requireGather("diff_dst", diffDst, indices, "diff_src", diffSrc);
    double[] dx =
        gather(
            indices.toArray(),
            IndexedPlanes.pixels(diffSrc),
            IndexedPlanes.pixels(diffDst),
            Values.of(diffDst));
    diffSrc.set(Elements.rounded(dx));
  }

  /** Puts each value of the small planes where its index points; the last one stays. */
  static double[] scatter(long[] indices, long small, long large, Values src, int count) {
    int[] to = positions(indices, small, large);
    double[] dst = new double[count];
    for (int i = 0; i < to.length; i++) {
      dst[to[i]] = src.at(i);
    }
    return dst;
  }

  /** Adds each value of the small planes where its index points. */
  static double[] scatterAdd(long[] indices, long small, long large, Values diffDst, int count) {
    int[] to = positions(indices, small, large);
    double[] sums = new double[count];
    for (int i = 0; i < to.length; i++) {
      sums[to[i]] += diffDst.at(i);
    }
    return sums;
  }

  /** Reads for each element of the small planes where its index points. */
  static double[] gather(long[] indices, long small, long large, Values diffDst) {
    int[] from = positions(indices, small, large);
    double[] diffSrc = new double[from.length];
    for (int i = 0; i < from.length; i++) {
      diffSrc[i] = diffDst.at(from[i]);
    }
    return diffSrc;
  }

  /** Where each index points to in the whole tensor. */
  private static int[] positions(long[] within, long small, long large) {
    int[] positions = new int[within.length];
    for (int i = 0; i < positions.length; i++) {
      long plane = i / small;
      if (within[i] < 0 || within[i] >= large) {
        throw new IllegalArgumentException(
            "index "
                + within[i]
                + " at element "
                + i
                + " (plane "
                + plane
                + ") is outside its plane; it must be 0 to "
                + (large - 1));
      }
      positions[i] = Math.toIntExact(plane * large + within[i]);
    }
    return positions;
  }
}
