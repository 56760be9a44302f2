/** The Deep Java Library with its PyTorch engine. */
package io.github.conv4j.benchmarks.peers.djl;
