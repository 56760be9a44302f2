package io.github.conv4j.benchmarks.peers.onednn;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_forward;

/**
 * A network in oneDNN's own formats from the first convolution to the last, ReLU and shortcuts
 * fused as post-operations; the input is plain NCHW.
 */
final class NetworkCall implements Call {
  private final Network network;
  private final long batch;
  private final List<Runnable> bodies = new ArrayList<>();
  private final List<memory> memories = new ArrayList<>();
  private final List<memory> results = new ArrayList<>();

  private NetworkCall(NetworkProblem problem) {
    network = problem.network();
    batch = problem.batch();
  }

  static Call of(NetworkProblem problem, boolean converts) throws UnsupportedProblemException {
    if (problem.training()) {
      throw new UnsupportedProblemException("a library of primitives has no training step");
    }
    if (converts) {
      throw new UnsupportedProblemException("inside a network tensors stay in its own formats");
    }
    NetworkCall call = new NetworkCall(problem);
    Network net = call.network;
    memory images =
        Tensors.of(
            Tensors.desc(
                new long[] {call.batch, net.channels(), net.height(), net.width()},
                format_tag.nchw),
            problem.images());
    call.memories.add(images);
    for (int i = 0; i < net.steps().size(); i++) {
      Network.Step step = net.steps().get(i);
      memory src = step.from() == Network.INPUT ? images : call.results.get(step.from());
      memory dst = call.add(i, step, src);
      call.memories.add(dst);
      call.results.add(dst);
    }
    return call;
  }

  private memory add(int index, Network.Step step, memory src) {
    if (step instanceof Network.Convolution c) {
      return convolution(index, c, src);
    }
    if (step instanceof Network.MaxPool p) {
      return pooling(p.geometry(), src);
    }
    if (step instanceof Network.Linear l) {
      return linear(index, l, src);
    }
    softmax_forward.primitive_desc chosen =
        new softmax_forward.primitive_desc(
            Tensors.ENGINE,
            prop_kind.forward_inference,
            algorithm.softmax_accurate,
            src.get_desc(),
            src.get_desc(),
            1,
            new primitive_attr(),
            false);
    return execute(
        new softmax_forward(chosen), src, chosen.src_desc(), null, null, chosen.dst_desc(), null);
  }

  private memory convolution(int index, Network.Convolution c, memory src) {
    Conv2dGeometry g = c.geometry().withBatch(batch);
    post_ops operations = new post_ops();
    boolean adds = c.plus() != Network.NONE;
    if (adds) {
      operations.append_sum();
    }
    if (c.relu()) {
      operations.append_eltwise(algorithm.eltwise_relu, 0, 0);
    }
    desc dst = Tensors.desc(g.dstShape().toArray(), format_tag.any);
    convolution_forward.primitive_desc chosen =
        new convolution_forward.primitive_desc(
            Tensors.ENGINE,
            prop_kind.forward_inference,
            algorithm.convolution_direct,
            Tensors.desc(g.srcShape().toArray(), format_tag.any),
            Tensors.desc(g.weightsShape().toArray(), format_tag.any),
            Tensors.desc(new long[] {g.oc()}, format_tag.a),
            dst,
            new long[] {g.sh(), g.sw()},
            new long[] {g.dh() - 1, g.dw() - 1},
            new long[] {g.pt(), g.pl()},
            new long[] {g.pb(), g.pr()},
            attributes(operations),
            false);
    memory weights =
        prepared(index, g.weightsShape().toArray(), format_tag.oihw, chosen.weights_desc());
    memory shortcut = adds ? results.get(c.plus()) : null;
    return execute(
        new convolution_forward(chosen),
        src,
        chosen.src_desc(),
        weights,
        bias(index),
        chosen.dst_desc(),
        shortcut);
  }

  private memory pooling(Pool2dGeometry g, memory src) {
    desc dst = Tensors.desc(new long[] {batch, g.c(), g.oh(), g.ow()}, format_tag.any);
    pooling_forward.primitive_desc chosen =
        new pooling_forward.primitive_desc(
            Tensors.ENGINE,
            prop_kind.forward_inference,
            algorithm.pooling_max,
            src.get_desc(),
            dst,
            new long[] {g.sh(), g.sw()},
            new long[] {g.kh(), g.kw()},
            new long[] {0, 0},
            new long[] {g.pt(), g.pl()},
            new long[] {g.pb(), g.pr()},
            new primitive_attr(),
            false);
    return execute(
        new pooling_forward(chosen), src, chosen.src_desc(), null, null, chosen.dst_desc(), null);
  }

  private memory linear(int index, Network.Linear l, memory src) {
    post_ops operations = new post_ops();
    if (l.relu()) {
      operations.append_eltwise(algorithm.eltwise_relu, 0, 0);
    }
    long[] srcExtents = new long[src.get_desc().get_ndims()];
    src.get_desc().get_dims().get(srcExtents);
    long[] weightExtents = srcExtents.clone();
    weightExtents[0] = l.out();
    inner_product_forward.primitive_desc chosen =
        new inner_product_forward.primitive_desc(
            Tensors.ENGINE,
            prop_kind.forward_inference,
            Tensors.desc(srcExtents, format_tag.any),
            Tensors.desc(weightExtents, format_tag.any),
            Tensors.desc(new long[] {l.out()}, format_tag.a),
            Tensors.desc(new long[] {batch, l.out()}, format_tag.any),
            attributes(operations),
            false);
    format_tag plain = srcExtents.length == 4 ? format_tag.oihw : format_tag.ab;
    memory weights = prepared(index, weightExtents, plain, chosen.weights_desc());
    return execute(
        new inner_product_forward(chosen),
        src,
        chosen.src_desc(),
        weights,
        bias(index),
        chosen.dst_desc(),
        null);
  }

  private static primitive_attr attributes(post_ops operations) {
    primitive_attr attributes = new primitive_attr();
    attributes.set_post_ops(operations);
    return attributes;
  }

  private memory prepared(int index, long[] extents, format_tag plain, desc wanted) {
    memory given = Tensors.of(Tensors.desc(extents, plain), network.weights(index));
    memory weights = Tensors.as(given, wanted);
    if (weights != given) {
      given.close();
    }
    memories.add(weights);
    return weights;
  }

  private memory bias(int index) {
    float[] values = network.bias(index);
    memory bias = Tensors.of(Tensors.desc(new long[] {values.length}, format_tag.a), values);
    memories.add(bias);
    return bias;
  }

  /** Adds a step: its input converted where the primitive wants that, its result new. */
  private memory execute(
      primitive step,
      memory src,
      desc wantedSrc,
      memory weights,
      memory bias,
      desc dstDesc,
      memory shortcut) {
    memory from = src;
    if (!src.get_desc().equals(wantedSrc)) {
      memory converted = Tensors.zeros(wantedSrc);
      memories.add(converted);
      reorder conversion = new reorder(src, converted);
      bodies.add(() -> conversion.execute(Tensors.STREAM, src, converted));
      from = converted;
    }
    memory dst = Tensors.zeros(dstDesc);
    if (shortcut != null) {
      reorder copy = new reorder(shortcut, dst);
      bodies.add(() -> copy.execute(Tensors.STREAM, shortcut, dst));
    }
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(dnnl.DNNL_ARG_SRC, from);
    if (weights != null) {
      arguments.put(dnnl.DNNL_ARG_WEIGHTS, weights);
      arguments.put(dnnl.DNNL_ARG_BIAS, bias);
    }
    arguments.put(dnnl.DNNL_ARG_DST, dst);
    bodies.add(() -> step.execute(Tensors.STREAM, arguments));
    return dst;
  }

  @Override
  public String implementation() {
    return "primitives with fused post-operations";
  }

  @Override
  public void run() {
    bodies.forEach(Runnable::run);
    Tensors.STREAM._wait();
  }

  @Override
  public float[] result() {
    memory last = results.get(results.size() - 1);
    long[] extents = new long[last.get_desc().get_ndims()];
    last.get_desc().get_dims().get(extents);
    format_tag plain = extents.length == 4 ? format_tag.nchw : format_tag.ab;
    return Tensors.values(last, Tensors.desc(extents, plain));
  }

  @Override
  public void close() {
    bodies.clear();
    memories.forEach(memory::close);
  }
}
