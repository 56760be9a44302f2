package io.github.conv4j.check;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.check.Subject.Data;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks a module as {@link CrossCheck} does, on any number of algorithms and instruction sets. */
final class ModuleCheck implements KernelCheck {
  private final ModuleCase shape;
  private final Direction direction;
  private final Subject subject;
  private final Tensor src;
  private final ModuleRun run;

  /** The elements of src channels last; null before they are asked for. */
  private Tensor turned;

  ModuleCheck(ModuleCase shape, Direction direction, DataKind data, long seed) {
    this.shape = shape;
    this.direction = direction;
    this.subject = ModuleText.parse(shape.text(), shape.input(), shape.training());
    Data numbers = new Data(seed, data, false);
    this.src = ModuleCase.source(shape.text(), numbers, shape.input(), MemoryFormat.CONTIGUOUS);
    this.run = new ModuleRun(subject, src, numbers, Set.of(direction));
  }

  @Override
  public Optional<CheckResult> run(Kernels kernels, PlanOptions options) {
    boolean contiguous = options.memoryFormat() == MemoryFormat.CONTIGUOUS;
    if (!contiguous && !subject.takesChannelsLast(src.shape())) {
      return Optional.empty();
    }
    if (!contiguous && turned == null) {
      turned = src.to(options.memoryFormat());
    }
    String algorithm = shape.hasAlgorithms() ? options.algorithm() : null;
    boolean planned =
        shape.operation().equals("linear")
            || shape.algorithms(direction).size() > 1
            || !shape.algorithms(direction).contains(ModuleCase.CHOSEN);
    try {
      run.on(
          kernels,
          new Forcing(options.isa(), planned ? algorithm : null, direction),
          contiguous ? src : turned);
    } catch (Conv4jException e) {
      if (options.algorithm() != null) {
        return Optional.empty();
      }
      throw e;
    }
    List<TensorCheck> found = new ArrayList<>();
    boolean ranAsAsked = false;
    boolean ranThere = false;
    for (OperationCheck check : run.operations()) {
      ranAsAsked |= check.operation().algorithm().equals(options.algorithm());
      ranThere |= check.operation().isa().equals(options.isa());
      for (TensorCheck tensor : check.tensors()) {
        found.add(new TensorCheck(check.operation() + " " + tensor.tensor(), tensor.comparison()));
      }
    }
    for (TensorCheck end : run.endToEnd()) {
      if (!end.comparison().passed()) {
        found.add(new TensorCheck("end to end " + end.tensor(), end.comparison()));
      }
    }
    return Optional.of(
        new CheckResult(
            algorithmThatRan(options, ranAsAsked || !planned),
            isaThatRan(options, ranThere),
            found));
  }

  private String algorithmThatRan(PlanOptions options, boolean asAsked) {
    if (asAsked && options.algorithm() != null) {
      return options.algorithm();
    }
    List<OperationCheck> operations = run.operations();
    return operations.isEmpty() ? ModuleCase.CHOSEN : operations.get(0).operation().algorithm();
  }

  /** Moves without a plan run on the default instruction set, whatever is asked for. */
  private String isaThatRan(PlanOptions options, boolean there) {
    List<OperationCheck> operations = run.operations();
    boolean moves =
        operations.stream().allMatch(check -> check.operation().name().equals("maxunpool2d"));
    return there || moves ? String.valueOf(options.isa()) : operations.get(0).operation().isa();
  }

  @Override
  public void close() {
    src.close();
    if (turned != null) {
      turned.close();
    }
    subject.close();
  }
}
