// Softmax along the channels of columns that lie side by side, or of one row.
//
//   exp_columns       shift[i] = max over c of x, out = exp(x - shift[i]), sum[i] = sum of out
//   scale_columns     out = x * sum[i], or (x - shift[i]) - sum[i] for the logarithm
//   softmax_backward  out = x * (diff - sum of diff * x), or diff - exp(x) * (sum of diff)
// x, diff_dst, out: channel c of column i at [c * distance + i]; shift and sum [columns]. A vector
// holds as many columns; with a single column of distance 1 it holds as many channels of it.
// NaN wins the maximum, so a column with NaN or +infinity, or of nothing but -infinity, becomes NaN
// throughout. Sums are taken in blocks of 256, then over blocks. Tails are masked.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

constexpr int64_t kSoftmaxBlock = 256;

// The first n lanes of x, zeros in the others.
inline vf only_first(vf x, int64_t n) {
  if (n >= kLanes) return x;
  float lanes[kLanes];
  store(lanes, x);
  return load_first(lanes, n);
}

inline float row_maximum(const float* x, int64_t count) {
  vf best = broadcast(-__builtin_inff());
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const vf next = load(x + i);
    best = select(better(next, best), next, best);
  }
  float lanes[kLanes];
  store(lanes, best);
  float result = lanes[0];
  for (int64_t lane = 1; lane < kLanes; ++lane) {
    if (lanes[lane] > result || lanes[lane] != lanes[lane]) result = lanes[lane];
  }
  for (; i < count; ++i) {
    if (x[i] > result || x[i] != x[i]) result = x[i];
  }
  return result;
}

inline void exp_row(const SoftmaxColumns& s) {
  *s.shift = row_maximum(s.x, s.channels);
  const vf shift = broadcast(*s.shift);
  float total = 0.0F;
  for (int64_t block = 0; block < s.channels; block += kSoftmaxBlock * kLanes) {
    const int64_t left = s.channels - block;
    const int64_t end = block + (left < kSoftmaxBlock * kLanes ? left : kSoftmaxBlock * kLanes);
    vf part = zero();
    for (int64_t c = block; c < end; c += kLanes) {
      const vf e = exp_of(sub(load_up_to(s.x + c, end - c), shift));
      if (s.out != nullptr) store_up_to(s.out + c, e, end - c);
      part = add(part, only_first(e, end - c));
    }
    total += sum(part);
  }
  *s.sum = total;
}

void exp_columns_f32(const SoftmaxColumns& s) {
  if (s.columns == 1 && s.distance == 1) {
    exp_row(s);
    return;
  }
  for (int64_t i = 0; i < s.columns; i += kLanes) {
    const int64_t n = s.columns - i;
    vf best = broadcast(-__builtin_inff());
    for (int64_t c = 0; c < s.channels; ++c) {
      const vf x = load_up_to(s.x + c * s.distance + i, n);
      best = select(better(x, best), x, best);
    }
    vf total = zero();
    for (int64_t block = 0; block < s.channels; block += kSoftmaxBlock) {
      const int64_t left = s.channels - block;
      const int64_t end = block + (left < kSoftmaxBlock ? left : kSoftmaxBlock);
      vf part = zero();
      for (int64_t c = block; c < end; ++c) {
        const vf e = exp_of(sub(load_up_to(s.x + c * s.distance + i, n), best));
        if (s.out != nullptr) store_up_to(s.out + c * s.distance + i, e, n);
        part = add(part, e);
      }
      total = add(total, part);
    }
    store_up_to(s.shift + i, best, n);
    store_up_to(s.sum + i, total, n);
  }
}

void scale_columns_f32(const SoftmaxColumns& s, int log) {
  const bool row = s.columns == 1 && s.distance == 1;
  const int64_t width = row ? s.channels : s.columns;
  for (int64_t i = 0; i < width; i += kLanes) {
    const int64_t n = width - i;
    const vf shift = row ? broadcast(*s.shift) : load_up_to(s.shift + i, n);
    const vf scale = row ? broadcast(*s.sum) : load_up_to(s.sum + i, n);
    for (int64_t c = 0; c < (row ? 1 : s.channels); ++c) {
      const int64_t at = c * s.distance + i;
      const vf x = load_up_to(s.x + at, n);
      store_up_to(s.out + at, log != 0 ? sub(sub(x, shift), scale) : mul(x, scale), n);
    }
  }
}

// What one element adds to the column's sum.
inline vf backward_term(vf y, vf diff, int log) { return log != 0 ? diff : mul(diff, y); }
inline vf backward_value(vf y, vf diff, vf total, int log) {
  return log != 0 ? sub(diff, mul(exp_of(y), total)) : mul(y, sub(diff, total));
}

inline void softmax_backward_row(const SoftmaxColumns& s, int log) {
  float total = 0.0F;
  for (int64_t block = 0; block < s.channels; block += kSoftmaxBlock * kLanes) {
    const int64_t left = s.channels - block;
    const int64_t end = block + (left < kSoftmaxBlock * kLanes ? left : kSoftmaxBlock * kLanes);
    vf part = zero();
    for (int64_t c = block; c < end; c += kLanes) {
      const vf y = load_up_to(s.x + c, end - c);
      part = add(part, backward_term(y, load_up_to(s.diff_dst + c, end - c), log));
    }
    total += sum(part);
  }
  for (int64_t c = 0; c < s.channels; c += kLanes) {
    const int64_t n = s.channels - c;
    store_up_to(s.out + c,
                backward_value(load_up_to(s.x + c, n), load_up_to(s.diff_dst + c, n),
                               broadcast(total), log),
                n);
  }
}

void softmax_backward_f32(const SoftmaxColumns& s, int log) {
  if (s.columns == 1 && s.distance == 1) {
    softmax_backward_row(s, log);
    return;
  }
  for (int64_t i = 0; i < s.columns; i += kLanes) {
    const int64_t n = s.columns - i;
    vf total = zero();
    for (int64_t block = 0; block < s.channels; block += kSoftmaxBlock) {
      const int64_t left = s.channels - block;
      const int64_t end = block + (left < kSoftmaxBlock ? left : kSoftmaxBlock);
      vf part = zero();
      for (int64_t c = block; c < end; ++c) {
        const int64_t at = c * s.distance + i;
        part =
            add(part, backward_term(load_up_to(s.x + at, n), load_up_to(s.diff_dst + at, n), log));
      }
      total = add(total, part);
    }
    for (int64_t c = 0; c < s.channels; ++c) {
      const int64_t at = c * s.distance + i;
      store_up_to(
          s.out + at,
          backward_value(load_up_to(s.x + at, n), load_up_to(s.diff_dst + at, n), total, log), n);
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
