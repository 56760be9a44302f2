package io.github.conv4j.app;

import io.github.conv4j.nn.Layer;
import io.github.conv4j.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer of a network that is no {@link Sequential} itself.
 *
 * @param name its path of names, {@code features.0}
 * @param layer the layer
 */
record NamedLayer(String name, Layer layer) {
  /** The layers of a network in their order. */
  static List<NamedLayer> of(Sequential net) {
    List<NamedLayer> layers = new ArrayList<>();
    collect(net, "", layers);
    return layers;
  }

  private static void collect(Sequential net, String prefix, List<NamedLayer> layers) {
    for (int i = 0; i < net.layers().size(); i++) {
      String name = prefix + net.names().get(i);
      if (net.layers().get(i) instanceof Sequential inner) {
        collect(inner, name + ".", layers);
      } else {
        layers.add(new NamedLayer(name, net.layers().get(i)));
      }
    }
  }
}
