package io.github.conv4j.app;

import io.github.conv4j.io.ImageFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network to tell classes of pictures apart. */
@Command(
    name = "train",
    description = {
      "Train a network to tell classes of pictures apart.",
      "",
      "Prints loss and accuracy after every epoch, and writes curves.png, confusion.png, "
          + "kernels.png and a checkpoint, which Ctrl-C writes too and --resume goes on from. The same "
          + "seed gives the same losses.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  conv4j train --model lenet5",
      "  conv4j train --model lenet5 --data idx:mnist --epochs 10 --out digits",
      "  conv4j train --model cnn64 --data pictures --resize 64x64 --augment",
      "  conv4j train --model vgg11 --from vgg11.safetensors --freeze features --data pictures",
    })
final class TrainCommand implements Callable<Integer> {
  /** The time that Ctrl-C waits for the batch in work and the checkpoint. */
  private static final long PATIENCE_SECONDS = 60;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      required = true,
      completionCandidates = NamedModel.Labels.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private String model;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Begin with the weights of a safetensors file, as far as names and shapes are the same.")
  private Path from;

  @Option(
      names = "--freeze",
      paramLabel = "PREFIX",
      split = ",",
      description = "Leave parameters whose names begin so as they are; several with commas.")
  private List<String> freeze = List.of();

  @Option(
      names = "--data",
      paramLabel = "DIR|idx:DIR|cifar10:DIR|synthetic",
      defaultValue = "synthetic",
      description =
          "A folder with a folder of PNG or JPEG files for each class, or with folders train and "
              + "test of that kind; a folder of MNIST's or of CIFAR-10's files; or drawn by this "
              + "program. Default: ${DEFAULT-VALUE}.")
  private String data;

  @Option(
      names = "--samples",
      paramLabel = "N",
      split = ",",
      description =
          "At most so many samples to train and, behind a comma, to test; 10000 digits or 4000 "
              + "pictures if synthetic.")
  private List<Integer> samples = List.of();

  @Option(
      names = "--resize",
      paramLabel = "HxW",
      description = "Resize the pictures of a folder to so many pixels.")
  private String resize;

  @Option(
      names = "--augment",
      description = "Shift pictures at random, and flip coloured ones left to right.")
  private boolean augment;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "8",
      description = "Epochs in all, those before --resume included. Default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Samples in a batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "Learning rate; 0.001, with sgd 0.02 unless given.")
  private Double lr;

  @Option(
      names = "--lr-schedule",
      paramLabel = "NAME",
      defaultValue = "constant",
      description =
          "constant; cosine, down to 0 at the end of --epochs; or step:N, down to a tenth every N "
              + "epochs. Default: ${DEFAULT-VALUE}.")
  private String lrSchedule;

  @Option(
      names = "--lr-warmup",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Epochs in which the learning rate rises from a hundredth, before its schedule begins. "
              + "Default: ${DEFAULT-VALUE}.")
  private int lrWarmup;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description = "sgd (momentum 0.9), adam or adamw. Default: ${DEFAULT-VALUE}.")
  private String optimizer;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of weights, order and augmentation. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "conv4j-train",
      description = "Folder for the pictures, made if it is not there. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description = "Replaced after every epoch; checkpoint.safetensors in --out unless given.")
  private Path checkpoint;

  @Option(names = "--resume", description = "Go on from the checkpoint, with the same settings.")
  private boolean resume;

  @Override
  public Integer call() throws IOException {
    TrainingSettings settings = settings();
    Path file = checkpoint == null ? out.resolve("checkpoint.safetensors") : checkpoint;
    prepare(file);
    PrintWriter lines = spec.commandLine().getOut();
    try (ModelFile begun = begun(file);
        Training training = new Training(settings, TrainingData.open(settings, begun))) {
      begin(training, begun, lines);
      if (!run(training, file, lines)) {
        return 0; // the process is ending
      }
      TrainingPictures.write(training, settings, out);
      lines.println(out.resolve("curves.png"));
      lines.println(out.resolve("confusion.png"));
      lines.println(out.resolve("kernels.png"));
      lines.println(file);
      lines.flush();
    }
    return 0;
  }

  private TrainingSettings settings() {
    NamedModel.of(model);
    if (epochs < 1) {
      throw new InputException("--epochs is " + epochs + "; it must be at least 1");
    }
    if (samples.size() > 2 || samples.stream().anyMatch(n -> n < 1)) {
      throw new InputException("--samples is " + samples + "; it must be one or two counts from 1");
    }
    if (resume && from != null) {
      throw new InputException("--resume and --from exclude each other; leave one out");
    }
    double base = lr == null ? TrainingSettings.usualRate(optimizer) : lr;
    LearningRate rate = new LearningRate(base, lrSchedule, lrWarmup, epochs);
    return new TrainingSettings(
        model, data, samples, size(), augment, batch, rate, optimizer, seed, freeze);
  }

  private List<Integer> size() {
    if (resize == null) {
      return List.of();
    }
    if (!resize.matches("[1-9][0-9]{0,3}x[1-9][0-9]{0,3}")) {
      throw new InputException("--resize is '" + resize + "'; it must be HxW, such as 64x64");
    }
    return Arrays.stream(resize.split("x")).map(Integer::valueOf).toList();
  }

  /** Refuses what could not be written or read before any work is done. */
  private void prepare(Path file) throws IOException {
    if (resume && !Files.exists(file)) {
      throw new InputException(
          file + ": no such file; leave out --resume to begin, or give its --checkpoint");
    }
    if (from != null && !Files.exists(from)) {
      throw new InputException("--from is " + from + ": no such file");
    }
    Chart.requireFonts();
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new InputException("--out is " + out + ", a file; give a folder");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (checkpoint != null && !Files.isDirectory(folder)) {
      throw new InputException(file + " cannot be written: there is no folder " + folder);
    }
    Files.createDirectories(out);
    ImageFile.requireWritable(out.resolve("curves.png"));
  }

  /** What to begin with; null for random weights. */
  private ModelFile begun(Path file) throws IOException {
    return resume ? ModelFile.read(file) : from == null ? null : ModelFile.read(from);
  }

  private void begin(Training training, ModelFile begun, PrintWriter lines) {
    String more = "";
    if (resume) {
      training.resume(begun);
      more = "resumed after epoch " + training.history().rows().size();
    } else if (begun != null) {
      List<String> fresh = begun.loadFitting(training.net());
      more = fresh.isEmpty() ? "" : "not in " + from + ", begins anew: " + String.join(", ", fresh);
    }
    lines.println(training.description());
    if (!more.isEmpty()) {
      lines.println(more);
    }
    lines.flush();
  }

  /** Trains; Ctrl-C ends it after the batch in work, and waits until the checkpoint is there. */
  private boolean run(Training training, Path file, PrintWriter lines) throws IOException {
    CountDownLatch saved = new CountDownLatch(1);
    Thread onInterrupt =
        new Thread(
            () -> {
              training.stop();
              try {
                saved.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "conv4j-interrupt");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try {
      while (training.history().rows().size() < epochs) {
        long start = System.nanoTime();
        boolean whole = training.epoch();
        training.save(file);
        if (!whole) {
          spec.commandLine()
              .getErr()
              .println(
                  "conv4j: stopped in epoch %d after %d batches; --resume goes on from %s"
                      .formatted(training.history().rows().size() + 1, training.batches(), file));
          spec.commandLine().getErr().flush();
          return false;
        }
        int done = training.history().rows().size();
        lines.printf(
            Locale.ROOT,
            "epoch %d of %d: %s, %.1f s%n",
            done,
            epochs,
            training.history().rows().get(done - 1),
            (System.nanoTime() - start) / 1e9);
        lines.flush();
      }
      return true;
    } finally {
      saved.countDown();
      forget(onInterrupt);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is at work: the process is ending, and will, as the checkpoint is written.
    }
  }
}
