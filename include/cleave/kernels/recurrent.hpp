// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_RECURRENT_HPP
#define CLEAVE_KERNELS_RECURRENT_HPP

/// @file
/// LSTM, GRU and plain recurrence. All gates of a few units are added up side by side in registers, so that nothing but
/// the state itself is kept: of an LSTM the cells, of a GRU that resets before the product the units that are reset, as
/// many floats as there are units, on the stack.
///
/// A sum begins with the bias; then come the inputs, then the units of the moment before, in order.

#include <algorithm>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/kernels/recurrent_shape.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// A moment: what it reads and writes. Before the first one there may be no units.
struct recurrent_moment {
  const float* in;
  const float* before;  ///< units of the moment before, or null
  float* kept;          ///< cells, or units that are reset
  float* out;
};

/// `Units` neighbouring units of a block that is `Width` wide, as vectors.
template <recurrent_shape Shape, pack Pack, int Width, int Units>
class recurrent_chunk {
  static constexpr recurrent_layout layout = recurrent_weights(Shape);
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr auto vectors = static_cast<std::size_t>(ceil_div(Units, lanes));
  static constexpr auto sums = static_cast<std::size_t>(layout.biases);

  template <std::size_t Vector>
  static constexpr int place = static_cast<int>(Vector) * lanes;
  /// Lanes that have weights, and lanes that are units.
  template <std::size_t Vector>
  static constexpr int loaded = std::min(lanes, ceil_div(Units, 4) * 4 - place<Vector>);
  template <std::size_t Vector>
  static constexpr int stored = std::min(lanes, Units - place<Vector>);

  const float* weights_;  ///< of the chunk's first unit
  const float* biases_;   ///< of the chunk's first unit
  int unit_;
  Pack sum_[sums][vectors];

 public:
  /// The chunk begins at unit `from` of the block that begins at unit `block`.
  [[gnu::always_inline]] recurrent_chunk(const float* weights, int block, int from) noexcept
      : weights_(weights + static_cast<std::ptrdiff_t>(block) * layout.steps() * layout.gates + from),
        biases_(weights + layout.first_bias() + static_cast<std::ptrdiff_t>(block) * layout.biases + from),
        unit_(block + from) {}

  /// The sums begin as biases.
  [[gnu::always_inline]] void begin() noexcept {
    static_for<sums>([&]<std::size_t Sum>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        sum_[Sum][Vector] =
            Pack::template load_first<loaded<Vector>>(biases_ + static_cast<int>(Sum) * Width + place<Vector>);
      });
    });
  }
  /// Adds products for the gates in the bits of `Gates`; with `Apart` those of the last gate to the sum behind it.
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add(const float* from, int first_step, int count) noexcept {
    const float* step = weights_ + static_cast<std::ptrdiff_t>(first_step) * layout.gates * Width;
    for (int i = 0; i < count; ++i, step += layout.gates * Width) {
      const Pack x = Pack::fill(from[i]);
      static_for<static_cast<std::size_t>(layout.gates)>([&]<std::size_t Gate>() __attribute__((always_inline)) {
        if constexpr ((Gates >> Gate & 1U) != 0) {
          constexpr std::size_t into = Apart && Gate + 1 == static_cast<std::size_t>(layout.gates) ? Gate + 1 : Gate;
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack weight =
                Pack::template load_first<loaded<Vector>>(step + static_cast<int>(Gate) * Width + place<Vector>);
            sum_[into][Vector] = fma(x, weight, sum_[into][Vector]);
          });
        }
      });
    }
  }
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add_before(const float* before) noexcept {
    if (before != nullptr) add<Gates, Apart>(before, layout.inputs, layout.units);
  }

  /// Calls `body.template operator()<Vector, Stored>(unit)` for each vector.
  template <class Body>
  [[gnu::always_inline]] void finish(Body body) noexcept {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      body.template operator()<Vector, stored<Vector>>(unit_ + place<Vector>);
    });
  }
  template <std::size_t Vector>
  [[gnu::always_inline]] Pack sum(std::size_t gate) const noexcept {
    return sum_[gate][Vector];
  }
};

/// The units before, 0 where there are none.
template <pack Pack, int Count>
[[gnu::always_inline]] inline Pack load_before(const float* before, std::ptrdiff_t unit) noexcept {
  return before == nullptr ? Pack::fill(0.0F) : Pack::template load_first<Count>(before + unit);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void lstm_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<0xFU>(now.in, 0, inputs);
  chunk.template add_before<0xFU>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: input, output, forget, cell.
    const Pack let_in = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack let_out = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack keep = kernels::sigmoid(chunk.template sum<Vector>(2));
    const Pack fresh = kernels::tanh(chunk.template sum<Vector>(3));
    const Pack zero = Pack::fill(0.0F);
    const Pack cell = fma(keep, Pack::template load_first<Count>(now.kept + unit), fma(let_in, fresh, zero));
    cell.template store_first<Count>(now.kept + unit);
    fma(let_out, kernels::tanh(cell), zero).template store_first<Count>(now.out + unit);
  });
}

/// z before + (1 - z) n.
template <pack Pack>
[[gnu::always_inline]] inline Pack blend(Pack z, Pack n, Pack before) noexcept {
  return fma(z, before - n, n);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_linear_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<7U>(now.in, 0, inputs);
  chunk.template add_before<7U, true>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: update, reset, hidden.
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack n = kernels::tanh(fma(r, chunk.template sum<Vector>(3), chunk.template sum<Vector>(2)));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

/// First all units are reset, for the sums that read them.
template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_reset_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<2U>(now.in, 0, inputs);
  chunk.template add_before<2U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    fma(r, load_before<Pack, Count>(now.before, unit), Pack::fill(0.0F)).template store_first<Count>(now.kept + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<5U>(now.in, 0, inputs);
  if (now.before != nullptr) {
    chunk.template add_before<1U>(now.before);
    chunk.template add_before<4U>(now.kept);
  }
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack n = kernels::tanh(chunk.template sum<Vector>(2));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void rnn_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<1U>(now.in, 0, inputs);
  chunk.template add_before<1U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    kernels::tanh(chunk.template sum<Vector>(0)).template store_first<Count>(now.out + unit);
  });
}

/// Makes a chunk's units; with `Resets`, what a GRU's second pass reads.
template <recurrent_shape Shape, pack Pack, int Width, int Units, bool Resets>
[[gnu::noinline]] void recurrent_body(const float* weights, int block, int from, const recurrent_moment& now) noexcept {
  constexpr int inputs = Shape.in.channels;
  const recurrent_chunk<Shape, Pack, Width, Units> chunk(weights, block, from);
  if constexpr (Shape.kind == recurrent_kind::lstm) {
    lstm_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::gru_linear) {
    gru_linear_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::rnn) {
    rnn_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Resets) {
    gru_reset_chunk<Pack>(chunk, now, inputs);
  } else {
    gru_chunk<Pack>(chunk, now, inputs);
  }
}

/// The units of a block.
template <recurrent_shape Shape, pack Pack, int UnitsInBlock, bool Resets>
[[gnu::always_inline]] inline void recurrent_block(const float* weights, int block,
                                                   const recurrent_moment& now) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int width = ceil_div(UnitsInBlock, 4) * 4;
  // Eight chains hide the latency of the multiply-adds, and leave registers for weights.
  constexpr int most = std::max(1, 8 / recurrent_weights(Shape).biases) * lanes;
  constexpr int at_once = std::min(most, block_width);
  constexpr int even = UnitsInBlock / at_once * at_once;
  if constexpr (even > 0) {
    for (int from = 0; from < even; from += at_once) {
      recurrent_body<Shape, Pack, width, at_once, Resets>(weights, block, from, now);
    }
  }
  if constexpr (even < UnitsInBlock) {
    recurrent_body<Shape, Pack, width, UnitsInBlock - even, Resets>(weights, block, even, now);
  }
}

/// One pass over all units.
template <recurrent_shape Shape, pack Pack, bool Resets>
[[gnu::always_inline]] inline void recurrent_pass(const float* weights, const recurrent_moment& now) noexcept {
  constexpr int even = Shape.units / block_width * block_width;
  if constexpr (even > 0) {
    for (int block = 0; block < even; block += block_width) {
      recurrent_block<Shape, Pack, block_width, Resets>(weights, block, now);
    }
  }
  if constexpr (even < Shape.units) {
    recurrent_block<Shape, Pack, Shape.units - even, Resets>(weights, even, now);
  }
}

}  // namespace detail

/// The units at every moment of the sequences in `rows`, with weights in the layout `recurrent_weights(Shape)`. The
/// tensors must not overlap. Takes as many floats of stack as there are units.
template <recurrent_shape Shape, pack Pack>
void recurrent(const float* in, const float* weights, float* out, range rows) noexcept {
  constexpr recurrent_layout layout = recurrent_weights(Shape);
  constexpr bool keeps_cells = Shape.kind == recurrent_kind::lstm;
  constexpr bool keeps = keeps_cells || Shape.kind == recurrent_kind::gru;
  constexpr auto units = static_cast<std::size_t>(Shape.units);
  float kept[keeps ? units : 1];
  for (int y = rows.begin; y < rows.end; ++y) {
    detail::recurrent_moment now{in + static_cast<std::size_t>(y) * row_size(Shape.in), nullptr, kept,
                                 out + static_cast<std::size_t>(y) * row_size(Shape.out())};
    if constexpr (Shape.initial_state) now.before = weights + layout.state(0, 0);
    if constexpr (keeps_cells && Shape.initial_state) std::copy_n(weights + layout.state(0, 1), units, kept);
    else if constexpr (keeps_cells) std::fill_n(kept, units, 0.0F);
    for (int x = 0; x < Shape.in.width; ++x) {
      if constexpr (Shape.kind == recurrent_kind::gru) detail::recurrent_pass<Shape, Pack, true>(weights, now);
      detail::recurrent_pass<Shape, Pack, false>(weights, now);
      now.before = now.out;
      now.in += Shape.in.channels;
      now.out += units;
    }
  }
}

}  // namespace cleave::kernels
#endif
