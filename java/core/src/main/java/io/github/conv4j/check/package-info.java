/** Kernels against the reference: data, comparisons, bounds on rounding, files of geometries. */
package io.github.conv4j.check;
