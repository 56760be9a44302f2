// Max pooling in two passes: along the rows (max_row_f32), then down the columns (max_column_f32).
//
// A later tap wins when it is larger or NaN, so of equal values the first stays and of several NaN
// the last. Taking whole rows first keeps the order of the taps row-major. Padding is -infinity,
// which wins over nothing; where no tap has won, the tap is -1 and the caller decides.
//   max_row     value, tap [columns] from split rows; one plain load a tap, whatever the stride
//   max_column  dst, tap [columns] from the rows of a strip; a row's results serve every window
//               that contains it
// Min pooling is the same with < for > and +infinity for -infinity.
// add_where_f32 is the way back: each input element gathers from the windows that chose it.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// What wins over nothing, and whether x wins over the best so far.
template <bool kLeast>
inline float worst() {
  return kLeast ? __builtin_inff() : -__builtin_inff();
}
template <bool kLeast>
inline vm winner(vf x, vf best) {
  return kLeast ? lesser(x, best) : better(x, best);
}

template <bool kTaps, bool kLeast>
void max_row(const MaxRow& r) {
  for (int64_t i = 0; i < r.columns; i += kLanes) {
    const int64_t n = r.columns - i;
    const bool partial = n < kLanes;
    vf best = broadcast(worst<kLeast>());
    vi tap = broadcast_i(-1);
    for (int64_t t = 0; t < r.taps; ++t) {
      const float* from = r.phases + r.offsets[t] + i;
      const vf x = partial ? load_first(from, n) : load(from);
      const vm wins = winner<kLeast>(x, best);
      best = select(wins, x, best);
      if (kTaps) tap = select_i(wins, broadcast_i(static_cast<int32_t>(t)), tap);
    }
    if (partial) {
      store_first(r.value + i, best, n);
      if (kTaps) store_first_i(r.tap + i, tap, n);
    } else {
      store(r.value + i, best);
      if (kTaps) store_i(r.tap + i, tap);
    }
  }
}

void max_row_f32(const MaxRow& r) {
  if (r.least) {
    r.tap != nullptr ? max_row<true, true>(r) : max_row<false, true>(r);
  } else {
    r.tap != nullptr ? max_row<true, false>(r) : max_row<false, false>(r);
  }
}

template <bool kTaps, bool kLeast>
int max_column(const MaxColumn& c) {
  int complete = 1;
  for (int64_t i = 0; i < c.columns; i += kLanes) {
    const int64_t n = c.columns - i;
    const bool partial = n < kLanes;
    vf best = broadcast(worst<kLeast>());
    vi tap = broadcast_i(-1);
    for (int64_t row = 0; row < c.rows; ++row) {
      const float* from = c.values + row * c.row_distance + i;
      const vf x = partial ? load_first(from, n) : load(from);
      const vm wins = winner<kLeast>(x, best);
      best = select(wins, x, best);
      if (kTaps) {
        const int32_t* taps = c.taps + row * c.row_distance + i;
        const vi base = broadcast_i(c.first_tap + static_cast<int32_t>(row) * c.tap_step);
        const vi number = add_i(base, partial ? load_first_i(taps, n) : load_i(taps));
        tap = select_i(wins, number, tap);
      }
    }
    if (partial) {
      store_first(c.dst + i, best, n);
      if (kTaps) store_first_i(c.tap + i, tap, n);
    } else {
      store(c.dst + i, best);
      if (kTaps) store_i(c.tap + i, tap);
    }
    if (kTaps && (partial ? any_first(negative_i(tap), n) : any(negative_i(tap)))) complete = 0;
  }
  return complete;
}

int max_column_f32(const MaxColumn& c) {
  if (c.least) return c.tap != nullptr ? max_column<true, true>(c) : max_column<false, true>(c);
  return c.tap != nullptr ? max_column<true, false>(c) : max_column<false, false>(c);
}

template <typename Narrow>
inline void narrow(const int32_t* taps, int64_t count, Narrow* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<Narrow>(taps[i]);
}

template <typename Narrow>
inline void widen(const Narrow* taps, int64_t count, int32_t* out) {
  constexpr Narrow kNone = static_cast<Narrow>(-1);
  for (int64_t i = 0; i < count; ++i) {
    out[i] = taps[i] == kNone ? -1 : static_cast<int32_t>(taps[i]);
  }
}

void narrow_taps(const int32_t* taps, int64_t count, int64_t size, void* out) {
  if (size == 1) {
    narrow(taps, count, static_cast<uint8_t*>(out));
  } else if (size == 2) {
    narrow(taps, count, static_cast<uint16_t*>(out));
  } else {
    narrow(taps, count, static_cast<uint32_t*>(out));
  }
}

void widen_taps(const void* taps, int64_t count, int64_t size, int32_t* out) {
  if (size == 1) {
    widen(static_cast<const uint8_t*>(taps), count, out);
  } else if (size == 2) {
    widen(static_cast<const uint16_t*>(taps), count, out);
  } else {
    widen(static_cast<const uint32_t*>(taps), count, out);
  }
}

void add_where_f32(const int32_t* taps, int32_t tap, const float* x, float* y, int64_t count) {
  const vi wanted = broadcast_i(tap);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const vf chosen = select(equal_i(load_i(taps + i), wanted), load(x + i), zero());
    store(y + i, add(load(y + i), chosen));
  }
  if (i < count) {
    const int64_t n = count - i;
    const vf chosen =
        select(equal_i(load_first_i(taps + i, n), wanted), load_first(x + i, n), zero());
    store_first(y + i, add(load_first(y + i, n), chosen), n);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
