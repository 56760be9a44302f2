package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/** Elements moved by indices, one after the other. */
final class ReferenceIndexed {
  private ReferenceIndexed() {}

  static void scatter(Tensor src, LongTensor indices, Tensor dst) {
    IndexedPlanes planes = IndexedPlanes.scatter("src", src, indices, "dst", dst);
    int[] to = positions(planes, indices);
    float[] x = src.toArray();
    float[] y = new float[Math.toIntExact(dst.elements())];
    for (int i = 0; i < x.length; i++) {
      y[to[i]] = x[i];
    }
    dst.set(y);
  }

  static void scatterAdd(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes planes = IndexedPlanes.scatter("diff_dst", diffDst, indices, "diff_src", diffSrc);
    int[] to = positions(planes, indices);
    float[] dy = diffDst.toArray();
    double[] sums = new double[Math.toIntExact(diffSrc.elements())];
    for (int i = 0; i < dy.length; i++) {
      sums[to[i]] += dy[i];
    }
    float[] dx = new float[sums.length];
    for (int i = 0; i < dx.length; i++) {
      dx[i] = (float) sums[i];
    }
    diffSrc.set(dx);
  }

  static void gather(Tensor diffDst, LongTensor indices, Tensor diffSrc) {
    IndexedPlanes planes = IndexedPlanes.gather("diff_dst", diffDst, indices, "diff_src", diffSrc);
    int[] from = positions(planes, indices);
    float[] dy = diffDst.toArray();
    float[] dx = new float[from.length];
    for (int i = 0; i < dx.length; i++) {
      dx[i] = dy[from[i]];
    }
    diffSrc.set(dx);
  }

  /** Where each index points to in the whole tensor. */
  private static int[] positions(IndexedPlanes planes, LongTensor indices) {
    long[] within = indices.toArray();
    int[] positions = new int[within.length];
    for (int i = 0; i < positions.length; i++) {
      long plane = i / planes.small();
      if (within[i] < 0 || within[i] >= planes.large()) {
        throw new IllegalArgumentException(
            "index "
                + within[i]
                + " at element "
                + i
                + " (plane "
                + plane
                + ") is outside its plane; it must be 0 to "
                + (planes.large() - 1));
      }
      positions[i] = Math.toIntExact(plane * planes.large() + within[i]);
    }
    return positions;
  }
}
