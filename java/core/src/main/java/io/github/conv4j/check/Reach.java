package io.github.conv4j.check;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;

/**
 * Which elements of a convolution's result have anything to add up: not the windows that lie in the
 * padding, the pixels between windows, or the taps that never meet the image. Rows and columns are
 * independent of each other.
 */
record Reach(boolean[] rows, boolean[] columns) {

  static Reach of(Conv2dGeometry g, Direction direction) {
    return new Reach(
        axis(direction, g.n(), g.ih(), g.oh(), g.kh(), g.sh(), g.pt(), g.dh()),
        axis(direction, g.n(), g.iw(), g.ow(), g.kw(), g.sw(), g.pl(), g.dw()));
  }

  private static boolean[] axis(
      Direction direction, long n, long in, long out, long kernel, long s, long p, long d) {
    boolean[] reached =
        new boolean
            [Math.toIntExact(
                switch (direction) {
                  case FORWARD -> out;
                  case BACKWARD_DATA -> in;
                  case BACKWARD_WEIGHTS -> kernel;
                })];
    for (long o = 0; n > 0 && o < out; o++) {
      for (long k = 0; k < kernel; k++) {
        long i = o * s - p + k * d;
        if (i >= 0 && i < in) {
          reached[
                  (int)
                      switch (direction) {
                        case FORWARD -> o;
                        case BACKWARD_DATA -> i;
                        case BACKWARD_WEIGHTS -> k;
                      }] =
              true;
        }
      }
    }
    return reached;
  }

  /** Whether the element at a row-major position of a rank 4 result has anything to add up. */
  boolean at(long position) {
    long row = position / columns.length % rows.length;
    return rows[(int) row] && columns[(int) (position % columns.length)];
  }
}
