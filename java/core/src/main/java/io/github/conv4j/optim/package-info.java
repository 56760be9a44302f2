/** Optimizers, learning rate schedules and gradient clipping. */
package io.github.conv4j.optim;
