/** libtorch through bytedeco's Java API. */
package io.github.conv4j.benchmarks.peers.libtorch;
