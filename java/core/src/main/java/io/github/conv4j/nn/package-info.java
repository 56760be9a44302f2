/** Layers of networks: convolution, pooling and what they share. */
package io.github.conv4j.nn;
