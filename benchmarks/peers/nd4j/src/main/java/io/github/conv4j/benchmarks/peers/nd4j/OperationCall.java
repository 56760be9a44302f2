package io.github.conv4j.benchmarks.peers.nd4j;

import io.github.conv4j.benchmarks.competitor.Call;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** One operation, made ready once. */
record OperationCall(DynamicCustomOp operation, INDArray wanted) implements Call {
  @Override
  public String implementation() {
    return operation.opName();
  }

  @Override
  public void run() {
    Nd4j.getExecutioner().exec(operation);
  }

  @Override
  public float[] result() {
    return Operations.floats(wanted);
  }

  @Override
  public void close() {
    for (INDArray array : operation.inputArguments()) {
      array.close();
    }
    for (INDArray array : operation.outputArguments()) {
      array.close();
    }
  }
}
