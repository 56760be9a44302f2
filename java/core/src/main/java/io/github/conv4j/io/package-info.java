/**
 * Files: tensors as safetensors, npy and npz, checkpoints, and images as PNG and JPEG.
 *
 * <p>What a file says of itself is checked before it is believed: a damaged or hostile file gives a
 * {@link io.github.conv4j.io.FormatException} with its name and the reason, and no memory is taken
 * for what it merely claims to hold.
 */
package io.github.conv4j.io;
