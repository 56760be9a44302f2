package io.github.conv4j.app;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.data.Batch;
import io.github.conv4j.data.DataLoader;
import io.github.conv4j.io.Checkpoint;
import io.github.conv4j.nn.CrossEntropyLoss;
import io.github.conv4j.nn.Sequential;
import io.github.conv4j.optim.Optimizer;
import io.github.conv4j.optim.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A training that can be stopped after any batch, saved, and resumed with the same losses: batches
 * follow from the seed and the epoch, and everything else is in the checkpoint.
 */
final class Training implements AutoCloseable {
  private static final int TEST_BATCH = 256;
  private static final String GENERATOR = "generator.";

  private final TrainingSettings settings;
  private final TrainingData data;
  private final Sequential net;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final DataLoader loader;
  private final DataLoader testLoader;
  private final CrossEntropyLoss loss = new CrossEntropyLoss();
  private TrainingHistory history = new TrainingHistory();
  private Evaluation evaluation;
  private volatile boolean stopped;

  /** Batches of the present epoch that are done, and what was summed up over them. */
  private int batches;

  private double lossSum;
  private long right;
  private long seen;

  Training(TrainingSettings settings, TrainingData data) {
    this.settings = settings;
    this.data = data;
    int classes = data.train().classes().size();
    Shape sample = data.train().sampleShape();
    this.net = NamedModel.of(settings.model()).create(classes, sample, settings.seed());
    this.optimizer = settings.create(net);
    this.loader =
        DataLoader.builder(data.train())
            .batchSize(settings.batch())
            .shuffle(true)
            .seed(settings.seed())
            .build();
    this.schedule = settings.rate().create(loader.batches());
    this.testLoader = DataLoader.builder(data.test()).batchSize(TEST_BATCH).build();
  }

  Sequential net() {
    return net;
  }

  /** The data, in words. */
  String description() {
    return data.description();
  }

  List<String> classes() {
    return data.train().classes();
  }

  Shape sampleShape() {
    return data.train().sampleShape();
  }

  TrainingHistory history() {
    return history;
  }

  /** Of the test samples after the last whole epoch; measured now if that was not in this run. */
  Evaluation evaluation() {
    if (evaluation == null) {
      evaluation = Evaluation.of(net, testLoader);
    }
    return evaluation;
  }

  /** Batches of the epoch that was begun. */
  int batches() {
    return batches;
  }

  /** Ends {@link #epoch} after the batch in work; any thread may call it. */
  void stop() {
    stopped = true;
  }

  /**
   * Trains to the end of the epoch, and tests.
   *
   * @return false if it was stopped before the end
   * @throws InputException if the loss is no finite number
   */
  boolean epoch() {
    int number = history.rows().size();
    int index = 0;
    try (Progress progress = new Progress("epoch " + (number + 1), loader.batches())) {
      for (Batch batch : loader.epoch(number)) {
        if (stopped) {
          return false;
        }
        if (index++ >= batches) { // those before were trained on before the checkpoint
          step(batch, number);
        }
        progress.step();
      }
    }
    evaluation = Evaluation.of(net, testLoader);
    history.add(
        new TrainingHistory.Row(
            lossSum / seen, (double) right / seen, evaluation.loss(), evaluation.accuracy()));
    batches = 0;
    lossSum = 0;
    right = 0;
    seen = 0;
    return true;
  }

  private void step(Batch batch, int epoch) {
    net.zeroGrad();
    try (Tensor scores = net.forward(batch.inputs());
        Tensor diff = Tensor.empty(scores.shape())) {
      double value = loss.forward(scores, batch.labels(), diff);
      if (!Double.isFinite(value)) {
        throw new InputException(
            "the loss is %s in epoch %d, batch %d; give a smaller --lr than %s"
                .formatted(value, epoch + 1, batches + 1, settings.rate().base()));
      }
      net.backward(diff, null);
      optimizer.learningRate(schedule.rate(settings.rate().base(), optimizer.steps()));
      optimizer.step();
      int[] best = Evaluation.best(scores);
      for (int i = 0; i < best.length; i++) {
        right += best[i] == batch.labels().get(i) ? 1 : 0;
      }
      lossSum += value * batch.size();
    }
    seen += batch.size();
    batches++;
  }

  /** Writes everything that {@link #resume} needs, and that classifying needs. */
  void save(Path file) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>(net.stateDict());
    optimizer.stateDict().forEach((name, t) -> tensors.put(ModelFile.OPTIMIZER + name, t));
    Map<String, String> text = new LinkedHashMap<>(settings.toText());
    text.putAll(
        ModelFile.describe(
            data.train().sampleShape(), data.train().classes(), data.normalization()));
    text.put("steps", Long.toString(optimizer.steps()));
    text.put("batches", Integer.toString(batches));
    text.put("loss_sum", Double.toString(lossSum));
    text.put("right", Long.toString(right));
    text.put("seen", Long.toString(seen));
    text.put("history", history.toText());
    net.generatorStates().forEach((name, at) -> text.put(GENERATOR + name, at.toString()));
    Checkpoint.save(file, tensors, text);
  }

  /**
   * Goes on where a checkpoint was written.
   *
   * @throws InputException if it is none, or one of other settings; nothing changes then
   */
  void resume(ModelFile saved) {
    if (saved.text("history") == null || saved.text("steps") == null) {
      throw new InputException(
          saved + " is no checkpoint of a training; --from takes its weights alone");
    }
    settings.requireSame(saved.toString(), saved.texts());
    saved.load(net);
    optimizer.loadStateDict(saved.optimizer(), Long.parseLong(saved.text("steps")));
    Map<String, Long> generators = new LinkedHashMap<>();
    for (String name : net.generatorStates().keySet()) {
      generators.put(name, Long.valueOf(saved.text(GENERATOR + name)));
    }
    net.loadGeneratorStates(generators);
    history = TrainingHistory.of(saved.text("history"));
    batches = Integer.parseInt(saved.text("batches"));
    lossSum = Double.parseDouble(saved.text("loss_sum"));
    right = Long.parseLong(saved.text("right"));
    seen = Long.parseLong(saved.text("seen"));
  }

  @Override
  public void close() {
    loader.close();
    testLoader.close();
    optimizer.close();
    net.close();
  }
}
