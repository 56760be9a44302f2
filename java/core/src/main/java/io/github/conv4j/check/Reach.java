package io.github.conv4j.check;

import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.PaddingMode;

/**
 * Which elements of a convolution's result have anything to add up: not the windows that lie in the
 * padding, the pixels between windows, or the taps that never meet the image. Rows and columns are
 * independent of each other.
 */
record Reach(boolean[] rows, boolean[] columns) {

  static Reach of(Conv2dGeometry g, PaddingMode mode, Direction direction) {
    return new Reach(
        axis(direction, mode, g.n(), g.ih(), g.oh(), g.kh(), g.sh(), g.pt(), g.dh()),
        axis(direction, mode, g.n(), g.iw(), g.ow(), g.kw(), g.sw(), g.pl(), g.dw()));
  }

  /** Its windows are the pixels of src, and their image is dst. */
  static Reach of(ConvTranspose2dGeometry g, Direction direction) {
    Direction exchanged =
        switch (direction) {
          case FORWARD -> Direction.BACKWARD_DATA;
          case BACKWARD_DATA -> Direction.FORWARD;
          case BACKWARD_WEIGHTS -> direction;
        };
    PaddingMode none = PaddingMode.ZEROS;
    return new Reach(
        axis(exchanged, none, g.n(), g.oh(), g.ih(), g.kh(), g.sh(), g.pt(), g.dh()),
        axis(exchanged, none, g.n(), g.ow(), g.iw(), g.kw(), g.sw(), g.pl(), g.dw()));
  }

  private static boolean[] axis(
      Direction direction,
      PaddingMode mode,
      long n,
      long image,
      long windows,
      long kernel,
      long s,
      long p,
      long d) {
    boolean[] reached =
        new boolean
            [Math.toIntExact(
                switch (direction) {
                  case FORWARD -> windows;
                  case BACKWARD_DATA -> image;
                  case BACKWARD_WEIGHTS -> kernel;
                })];
    for (long o = 0; n > 0 && o < windows; o++) {
      for (long k = 0; k < kernel; k++) {
        long i = mode.source(o * s - p + k * d, image);
        if (i >= 0) {
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
