// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CHANNEL_CHUNK_HPP
#define CLEAVE_KERNELS_CHANNEL_CHUNK_HPP

/// @file
/// Output channels in vectors: what kernels over the blocked layout share. A vector is `Pack::lanes` neighbouring
/// output channels of a group; a chunk is the few vectors that one body computes at once.

#include <algorithm>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// `vectors` vectors. A chunk at a fixed place begins at the vector `first`, and may hold a narrow block and lanes that
/// are no outputs; any other begins where the caller says, and all its channels are outputs in blocks of full width.
struct channel_chunk {
  int vectors = 1;
  bool fixed = true;
  int first = 0;

  constexpr bool operator==(const channel_chunk&) const = default;
};

/// A group's vectors, for one layout and pack.
template <blocked_layout Layout, pack Pack>
struct channel_vectors {
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr int count = ceil_div(Layout.outputs, lanes);
  static constexpr auto steps = static_cast<std::ptrdiff_t>(Layout.steps());

  static_assert(block_width % lanes == 0, "a block must be a whole number of packs");

  /// Floats from one step's weights to the next step's.
  static constexpr std::ptrdiff_t stride(channel_chunk chunk, int vector) noexcept {
    return chunk.fixed ? Layout.width_at((chunk.first + vector) * lanes) : block_width;
  }
  /// Lanes that have weights.
  static constexpr int loaded(channel_chunk chunk, int vector) noexcept {
    const int rest = Layout.padded_outputs() - (chunk.first + vector) * lanes;
    return chunk.fixed && rest < lanes ? rest : lanes;
  }
  /// Lanes that are outputs.
  static constexpr int stored(channel_chunk chunk, int vector) noexcept {
    const int rest = Layout.outputs - (chunk.first + vector) * lanes;
    return chunk.fixed && rest < lanes ? rest : lanes;
  }
  /// Floats from a group's first weight to those of a vector.
  static constexpr std::ptrdiff_t offset(int vector) noexcept {
    const int channel = vector * lanes;
    return static_cast<std::ptrdiff_t>(channel / block_width * block_width) * steps + channel % block_width;
  }
};

/// Calls `body.template operator()<Chunk>(first)` for every chunk of a group, of `Vectors` vectors each or what is
/// left.
template <blocked_layout Layout, pack Pack, int Vectors, class Body>
[[gnu::always_inline]] inline void for_each_chunk(Body&& body) {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int full_channels = std::min(Layout.outputs, Layout.padded_outputs() / block_width * block_width);
  constexpr int full_vectors = full_channels / (Vectors * lanes) * Vectors;
  constexpr int rest = channel_vectors<Layout, Pack>::count - full_vectors;
  if constexpr (full_vectors == Vectors) {
    body.template operator()<channel_chunk{Vectors, true, 0}>(0);
  } else if constexpr (full_vectors > 0) {
    for (int first = 0; first < full_vectors; first += Vectors) {
      body.template operator()<channel_chunk{Vectors, false, 0}>(first);
    }
  }
  static_for<static_cast<std::size_t>(ceil_div(rest, Vectors))>([&]<std::size_t Index>() __attribute__((
      always_inline)) {
    constexpr int done = full_vectors + static_cast<int>(Index) * Vectors;
    constexpr channel_chunk chunk{std::min(Vectors, channel_vectors<Layout, Pack>::count - done), true, done};
    body.template operator()<chunk>(done);
  });
}

/// The weights of a chunk's vectors, at step 0.
template <blocked_layout Layout, pack Pack, channel_chunk Chunk>
struct chunk_weights {
  using of = channel_vectors<Layout, Pack>;

  const float* vector[static_cast<std::size_t>(Chunk.vectors)];

  /// `first` is the chunk's first vector.
  [[gnu::always_inline]] chunk_weights(const float* weights, int first) noexcept {
    // Distances that the compiler knows cost no registers.
    constexpr int width = Chunk.vectors * of::lanes;
    constexpr bool uniform = width % block_width == 0 || block_width % width == 0;
    static_for<Chunk.vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
      constexpr int index = static_cast<int>(Index);
      if constexpr (Chunk.fixed) {
        vector[Index] = weights + of::offset(Chunk.first + index);
      } else if constexpr (uniform) {
        vector[Index] = weights + of::offset(first) + of::offset(index);
      } else {
        vector[Index] = weights + of::offset(first + index);
      }
    });
  }

  template <std::size_t Index>
  [[gnu::always_inline]] Pack load(std::ptrdiff_t step) const noexcept {
    constexpr int index = static_cast<int>(Index);
    return Pack::template load_first<of::loaded(Chunk, index)>(vector[Index] + step * of::stride(Chunk, index));
  }
};

/// The bias of one of a chunk's vectors; `biases` are those from the chunk's first channel.
template <blocked_layout Layout, channel_chunk Chunk, pack Pack, std::size_t Index>
[[gnu::always_inline]] inline Pack load_bias(const float* biases) noexcept {
  return Pack::template load_first<channel_vectors<Layout, Pack>::loaded(Chunk, static_cast<int>(Index))>(
      biases + Index * Pack::lanes);
}

/// Adds the residual, applies the activation and stores the first `Count` lanes; `at` is their place from both
/// pointers.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline void finish(Pack sum, [[maybe_unused]] const float* residual, float* out,
                                          std::ptrdiff_t at = 0) noexcept {
  if constexpr (Post.residual) sum = sum + Pack::template load_first<Count>(residual + at);
  apply<Post.post>(sum).template store_first<Count>(out + at);
}

}  // namespace cleave::kernels
#endif
