package io.github.conv4j.benchmarks.peers.onnxruntime;

import java.util.List;

/** Builds an ONNX model; the field numbers are those of onnx.proto3. */
final class Model {
  static final String INPUT = "input";
  static final String OUTPUT = "output";

  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;
  private static final int FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_INTS = 7;

  private final Protobuf graph = new Protobuf().text(2, "benchmark");

  /** An attribute: its name and one integer. */
  static Protobuf attribute(String name, long value) {
    return new Protobuf().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
  }

  /** An attribute: its name and several integers. */
  static Protobuf attributes(String name, long... values) {
    Protobuf attribute = new Protobuf().text(1, name);
    for (long value : values) {
      attribute.number(8, value);
    }
    return attribute.number(20, ATTRIBUTE_INTS);
  }

  /** A node: its operator, what it reads and writes. */
  void node(String operator, List<String> inputs, String output, List<Protobuf> attributes) {
    Protobuf node = new Protobuf();
    inputs.forEach(input -> node.text(1, input));
    node.text(2, output).text(4, operator);
    attributes.forEach(attribute -> node.message(5, attribute));
    graph.message(1, node);
  }

  /** A constant tensor. */
  void initializer(String name, float[] values, long... extents) {
    Protobuf tensor = new Protobuf();
    for (long extent : extents) {
      tensor.number(1, extent);
    }
    graph.message(5, tensor.number(2, FLOAT).text(8, name).floats(9, values));
  }

  /** The input and the output of the whole; the bytes of the model. */
  byte[] finish(long[] input, long[] output) {
    graph.message(11, value(INPUT, input)).message(12, value(OUTPUT, output));
    Protobuf opset = new Protobuf().text(1, "").number(2, OPSET);
    return new Protobuf().number(1, IR_VERSION).message(7, graph).message(8, opset).toByteArray();
  }

  private static Protobuf value(String name, long[] extents) {
    Protobuf shape = new Protobuf();
    for (long extent : extents) {
      shape.message(1, new Protobuf().number(1, extent));
    }
    Protobuf tensor = new Protobuf().number(1, FLOAT).message(2, shape);
    return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
  }
}
