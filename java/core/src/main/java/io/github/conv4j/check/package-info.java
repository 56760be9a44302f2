/**
 * Native against the reference: {@link io.github.conv4j.check.CrossCheck} for modules, {@link
 * io.github.conv4j.check.VerifyingKernels} for every call, {@link
 * io.github.conv4j.check.Validation} for sets of geometries; data, comparisons and bounds on
 * rounding.
 */
package io.github.conv4j.check;
