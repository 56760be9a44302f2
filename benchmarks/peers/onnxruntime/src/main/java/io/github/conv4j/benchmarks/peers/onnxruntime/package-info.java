/** ONNX Runtime through its own Java API. */
package io.github.conv4j.benchmarks.peers.onnxruntime;
