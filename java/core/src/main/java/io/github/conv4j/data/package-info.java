/**
 * Labelled images for training and testing: files of the usual data sets, folders of pictures,
 * pictures drawn on the spot, and the batches that they are served in.
 */
package io.github.conv4j.data;
