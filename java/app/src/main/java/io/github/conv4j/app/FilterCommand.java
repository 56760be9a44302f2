package io.github.conv4j.app;

import io.github.conv4j.Conv4j;
import io.github.conv4j.io.ImageFile;
import io.github.conv4j.io.Picture;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Filters one image. */
@Command(
    name = "filter",
    description = {
      "Filter a PNG or JPEG image and write a PNG image of 8 bits a sample.",
      "",
      "The kernel slides over every colour channel and is not flipped (cross-correlation). Outside "
          + "the image are zeros, unless --padding-mode says otherwise, so that the result keeps the "
          + "size of the image: (K-1)/2 of them before, rounded down, and the rest after; a kernel of even size looks one pixel "
          + "further down and right. With a stride S the result has ceil(size/S) pixels.",
      "",
      "Results are rounded and clamped to 0..255: negative ones become black, unless --abs or "
          + "--offset is given.",
      "",
      "Transparency is not filtered: a pixel gets that of the pixel under the middle of the "
          + "kernel, a pooled one that of the most opaque pixel in its window or, with avg, the "
          + "average opacity.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  conv4j filter photo.jpg edges.png --kernel sobel-x --abs",
      "  conv4j filter photo.jpg small.png --kernel gaussian --pool max:2",
    })
final class FilterCommand implements Callable<Integer> {
  private static final Pattern POOL =
      Pattern.compile("(max|min|avg):([0-9]{1,9})(?::([0-9]{1,9}))?");

  @Parameters(index = "0", paramLabel = "IN", description = "PNG or JPEG image.")
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "PNG image to write, replaced if it is there; may be IN.")
  private Path out;

  @Option(
      names = "--kernel",
      paramLabel = "NAME|TAPS",
      completionCandidates = NamedKernel.Labels.class,
      description = {
        "One of ${COMPLETION-CANDIDATES}; or rows of taps, such as \"0,1,0;1,-4,1;0,1,0\"."
      })
  private String kernel;

  @Option(
      names = "--flip",
      description = "Turn the kernel by 180 degrees: the convolution of signal processing.")
  private boolean flip;

  @Option(
      names = "--stride",
      paramLabel = "N",
      defaultValue = "1",
      description = "Rows, and columns, from one result to the next; 1 unless given.")
  private int stride;

  @Option(
      names = "--padding-mode",
      paramLabel = "MODE",
      defaultValue = "zeros",
      description = {
        "What the kernel sees outside the image: zeros, replicate (the nearest pixel), reflect (the "
            + "image mirrored at its edge) or circular (the image repeated). Default: "
            + "${DEFAULT-VALUE}."
      })
  private String paddingMode;

  @ArgGroup private Negative negative = new Negative();

  @Option(
      names = "--pool",
      paramLabel = "max|min|avg:K[:S]",
      description =
          "Then keep the largest, the smallest or the average of every K by K rounded results, S "
              + "apart; K apart unless S is given.")
  private String pool;

  /** What becomes of negative results. */
  private static final class Negative {
    @Option(names = "--abs", description = "Drop the sign of negative results.")
    private boolean abs;

    @Option(
        names = "--offset",
        paramLabel = "N",
        description = "Add N to every result; with 128 no change is grey and negative is darker.")
    private float offset;
  }

  @Override
  public Integer call() throws IOException {
    if (kernel == null && pool == null) {
      throw new InputException("nothing to do: give --kernel or --pool");
    }
    if (stride < 1) {
      throw new InputException("--stride is " + stride + "; it must be at least 1");
    }
    if (!Float.isFinite(negative.offset)) {
      throw new InputException("--offset is " + negative.offset + "; it must be finite");
    }
    FilterKernel identity = NamedKernel.IDENTITY.kernel();
    FilterKernel taps = kernel == null ? identity : NamedKernel.read(kernel);
    Operation filter =
        Operation.filter(flip ? taps.flipped() : taps, negative.offset, stride, mode());
    Operation pooling = pool == null ? null : pooling(pool);
    ImageFile.requireWritable(out);
    Kernels kernels = Conv4j.kernels();
    Picture picture = Picture.read(in);
    picture =
        PictureFilter.apply(
            kernels, picture, filter, Operation.filter(identity, 0, stride), negative.abs);
    if (pooling != null) {
      Operation forAlpha =
          pooling.pooling() == Operation.Pooling.AVG
              ? pooling
              : Operation.maxPooling(pooling.kh(), pooling.stride());
      picture = PictureFilter.apply(kernels, picture, pooling, forAlpha, false);
    }
    picture.write(out);
    return 0;
  }

  private PaddingMode mode() {
    try {
      return PaddingMode.of(paddingMode);
    } catch (IllegalArgumentException e) {
      throw new InputException("--" + e.getMessage().replaceFirst(" ", "-"), e);
    }
  }

  private static Operation pooling(String text) {
    Matcher matcher = POOL.matcher(text);
    if (!matcher.matches()) {
      throw new InputException(
          "--pool is '" + text + "'; it must be max:K, min:K or avg:K, or one of them with :S");
    }
    int size = Integer.parseInt(matcher.group(2));
    int apart = matcher.group(3) == null ? size : Integer.parseInt(matcher.group(3));
    if (size < 1 || apart < 1) {
      throw new InputException("--pool is '" + text + "'; K and S must be at least 1");
    }
    Operation.Pooling kind = Operation.Pooling.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
    return Operation.pooling(kind, size, apart);
  }
}
