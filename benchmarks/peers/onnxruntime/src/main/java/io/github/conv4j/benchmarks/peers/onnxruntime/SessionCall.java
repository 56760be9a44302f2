package io.github.conv4j.benchmarks.peers.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.conv4j.benchmarks.competitor.Call;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/** A session with its input and output tensors. */
final class SessionCall implements Call {
  private final OrtSession session;
  private final FloatBuffer result;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;

  SessionCall(
      OrtEnvironment environment,
      int threads,
      byte[] model,
      float[] values,
      long[] input,
      long[] output)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(model, options);
    }
    long elements = 1;
    for (long extent : output) {
      elements *= extent;
    }
    FloatBuffer given = direct(values.length).put(values).rewind();
    result = direct(Math.toIntExact(elements));
    inputs = Map.of(Model.INPUT, OnnxTensor.createTensor(environment, given, input));
    outputs = Map.of(Model.OUTPUT, OnnxTensor.createTensor(environment, result, output));
  }

  private static FloatBuffer direct(int elements) {
    return ByteBuffer.allocateDirect(elements * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public String implementation() {
    return "session";
  }

  @Override
  public void run() {
    try (OrtSession.Result unused = session.run(inputs, outputs)) {
      assert unused != null;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public float[] result() {
    float[] values = new float[result.capacity()];
    result.get(0, values);
    return values;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
  }
}
