/** Tensors, and what the library runs on. */
package io.github.conv4j;
