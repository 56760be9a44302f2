// block_row_f32 and unblock_row_f32: rows of NCHW images into blocks of kLanes channels and back.
//
//   block     out[(p * length + i) * kLanes + lane] = row[lane * plane + i * stride + p - left]
//   unblock   dst[lane * plane + i] = blocks[i * kLanes + lane] + bias[lane], and ReLU
// Squares of kLanes channels by kLanes columns are transposed in registers. Padding, and lanes past
// the last channel, become zeros. The last square of a row overlaps the one before; only a row that
// is shorter is masked, and nothing outside the row is touched. With a stride every column goes to
// its phase, so that each tap of a strided window is a run of vectors side by side; phases that no
// tap reads are left out.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Columns [0, columns) of `channels` rows; square[j] holds column j.
inline void load_square(const float* at, ptrdiff_t plane, int64_t channels, int64_t columns,
                        vf (&square)[kLanes]) {
  if (channels == kLanes && columns == kLanes) {
    CONV4J_UNROLL
    for (int64_t c = 0; c < kLanes; ++c) square[c] = load(at + c * plane);
  } else {
    CONV4J_UNROLL
    for (int64_t c = 0; c < kLanes; ++c) {
      square[c] = c < channels ? load_first(at + c * plane, columns) : zero();
    }
  }
  transpose_square(square);
}

// The columns of a row without a stride.
void block_columns(const BlockRow& r) {
  const PhaseRange inside = phase_range(0, r.width, r.left, 1, r.length);
  const int64_t count = inside.end - inside.begin;
  const float* from = r.row + (inside.begin - r.left);
  float* out = r.out + inside.begin * kLanes;
  for (int64_t i = 0; i < count; i = next_vector(i, count)) {
    const int64_t columns = count - i < kLanes ? count - i : kLanes;
    vf square[kLanes];
    load_square(from + i, r.plane, r.channels, columns, square);
    float* to = out + i * kLanes;
    CONV4J_UNROLL
    for (int64_t j = 0; j < kLanes; ++j) {
      if (j < columns) store(to + j * kLanes, square[j]);
    }
  }
}

void block_row_f32(const BlockRow& r) {
  for (int64_t p = 0; p < r.phases; ++p) {
    PhaseRange inside = {r.length, r.length};
    if (r.row != nullptr) inside = phase_range(p, r.width, r.left, r.stride, r.length);
    float* out = r.out + p * r.length * kLanes;
    for (int64_t i = 0; i < inside.begin; ++i) store(out + i * kLanes, zero());
    for (int64_t i = inside.end; i < r.length; ++i) store(out + i * kLanes, zero());
  }
  if (r.row == nullptr) return;
  if (r.stride == 1) {
    block_columns(r);
    return;
  }
  int64_t phase = r.left % r.stride;
  int64_t at = r.left / r.stride;
  for (int64_t column = 0; column < r.width; column += kLanes) {
    const int64_t columns = r.width - column < kLanes ? r.width - column : kLanes;
    vf square[kLanes];
    load_square(r.row + column, r.plane, r.channels, columns, square);
    alignas(64) float spilled[kLanes * kLanes];
    CONV4J_UNROLL
    for (int64_t j = 0; j < kLanes; ++j) store(spilled + j * kLanes, square[j]);
    for (int64_t j = 0; j < columns; ++j) {
      if (phase < r.phases && at < r.length) {
        store(r.out + (phase * r.length + at) * kLanes, load(spilled + j * kLanes));
      }
      if (++phase == r.stride) {
        phase = 0;
        ++at;
      }
    }
  }
}

void unblock_row_f32(const UnblockRow& r) {
  const vf bias = r.bias != nullptr ? load_first(r.bias, r.channels) : zero();
  for (int64_t column = 0; column < r.columns; column = next_vector(column, r.columns)) {
    const int64_t columns = r.columns - column < kLanes ? r.columns - column : kLanes;
    vf square[kLanes];
    CONV4J_UNROLL
    for (int64_t j = 0; j < kLanes; ++j) {
      // Columns past the end repeat the first one; they are not stored.
      const vf x = load(r.blocks + (column + (j < columns ? j : 0)) * kLanes);
      const vf sum = add(x, bias);
      square[j] = r.relu != 0 ? relu(sum) : sum;
    }
    transpose_square(square);
    float* dst = r.dst + column;
    if (r.channels == kLanes && columns == kLanes) {
      CONV4J_UNROLL
      for (int64_t c = 0; c < kLanes; ++c) store(dst + c * r.plane, square[c]);
    } else {
      CONV4J_UNROLL
      for (int64_t c = 0; c < kLanes; ++c) {
        if (c < r.channels) store_first(dst + c * r.plane, square[c], columns);
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
