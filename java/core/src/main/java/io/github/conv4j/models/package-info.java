/**
 * Networks of the lectures and of torchvision, with the names and initial values that they have.
 */
package io.github.conv4j.models;
