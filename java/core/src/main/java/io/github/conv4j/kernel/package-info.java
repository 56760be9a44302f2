/** Operations on given geometries: plans, on native kernels or in plain Java. */
package io.github.conv4j.kernel;
