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

/// Vectors that lie behind each other, and what their code depends on. Bodies are shared by chunks that differ in their
/// place alone: the caller then says at run time where the chunk begins.
struct channel_chunk {
  static constexpr int anywhere = -1;

  int vectors = 1;
  int width = block_width;  ///< of the blocks that hold them
  int loaded = 1;           ///< lanes of the last vector that have weights
  int stored = 1;           ///< lanes of the last vector that are outputs
  bool together = true;     ///< the vectors have known distances from each other
  int first = anywhere;     ///< the first vector, where the chunk reaches from a block into a narrow one

  constexpr bool operator==(const channel_chunk&) const = default;
};

/// A group's vectors, for one layout and pack.
template <blocked_layout Layout, pack Pack>
struct channel_vectors {
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr int count = ceil_div(Layout.outputs, lanes);
  static constexpr auto steps = static_cast<std::ptrdiff_t>(Layout.steps());

  static_assert(block_width % lanes == 0, "a block must be a whole number of packs");

  /// One of many chunks that follow each other from the first channel on, all outputs in blocks of full width.
  static constexpr channel_chunk repeated(int vectors) noexcept {
    const int channels = vectors * lanes;
    const bool together = channels % block_width == 0 || block_width % channels == 0;
    return {vectors, block_width, lanes, lanes, together, channel_chunk::anywhere};
  }
  /// The chunk that begins with the vector `first`.
  static constexpr channel_chunk at(int first, int vectors) noexcept {
    const int begin = first * lanes;
    const int last = begin + (vectors - 1) * lanes;
    const bool one_block = begin / block_width == last / block_width;
    const bool one_width = Layout.width_at(begin) == Layout.width_at(last);
    const bool whole_blocks = begin % block_width == 0 && vectors * lanes % block_width == 0;
    return {vectors,
            Layout.width_at(last),
            std::min(lanes, Layout.padded_outputs() - last),
            std::min(lanes, Layout.outputs - last),
            one_block || (one_width && whole_blocks),
            one_width ? channel_chunk::anywhere : first};
  }

  /// Floats from one step's weights to the next step's.
  static constexpr std::ptrdiff_t stride(channel_chunk chunk, int vector) noexcept {
    return chunk.first == channel_chunk::anywhere ? chunk.width : Layout.width_at((chunk.first + vector) * lanes);
  }
  /// Lanes that have weights.
  static constexpr int loaded(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.loaded : lanes;
  }
  /// Lanes that are outputs.
  static constexpr int stored(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.stored : lanes;
  }
  /// Floats from a group's first weight to those of a vector.
  static constexpr std::ptrdiff_t offset(int vector) noexcept {
    const auto channel = static_cast<unsigned>(vector * lanes);  // not signed: its quotient takes more instructions
    const unsigned in_block = channel % block_width;
    return static_cast<std::ptrdiff_t>(channel - in_block) * steps + static_cast<std::ptrdiff_t>(in_block);
  }
};

/// Calls `body.template operator()<Chunk>(first)` for every chunk of a group, of `Vectors` vectors each or what is
/// left.
template <blocked_layout Layout, pack Pack, int Vectors, class Body>
[[gnu::always_inline]] inline void for_each_chunk(Body&& body) {
  using of = channel_vectors<Layout, Pack>;
  constexpr int full_channels = std::min(Layout.outputs, Layout.padded_outputs() / block_width * block_width);
  constexpr int full_vectors = full_channels / (Vectors * of::lanes) * Vectors;
  if constexpr (full_vectors > 0) {
    for (int first = 0; first < full_vectors; first += Vectors) {
      body.template operator()<of::repeated(Vectors)>(first);
    }
  }
  constexpr int rest = of::count - full_vectors;
  static_for<static_cast<std::size_t>(ceil_div(rest, Vectors))>([&]<std::size_t Index>() __attribute__((
      always_inline)) {
    constexpr int first = full_vectors + static_cast<int>(Index) * Vectors;
    body.template operator()<of::at(first, std::min(Vectors, of::count - first))>(first);
  });
}

/// The weights of a chunk's vectors, at step 0.
template <blocked_layout Layout, pack Pack, channel_chunk Chunk>
struct chunk_weights {
  using of = channel_vectors<Layout, Pack>;

  const float* vector[static_cast<std::size_t>(Chunk.vectors)];

  /// `first` is the chunk's first vector.
  [[gnu::always_inline]] chunk_weights(const float* weights, int first) noexcept {
    static_for<static_cast<std::size_t>(Chunk.vectors)>([&]<std::size_t Index>() __attribute__((always_inline)) {
      constexpr int index = static_cast<int>(Index);
      // Distances that the compiler knows cost no registers.
      if constexpr (Chunk.first != channel_chunk::anywhere) {
        vector[Index] = weights + of::offset(Chunk.first + index);
      } else if constexpr (Chunk.together) {
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

/// Adds the residual's first `Count` lanes, from `at`, and applies the activation.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline Pack finished(Pack sum, [[maybe_unused]] const float* residual,
                                            [[maybe_unused]] std::ptrdiff_t at) noexcept {
  if constexpr (Post.residual) sum = sum + Pack::template load_first<Count>(residual + at);
  return apply<Post.post>(sum);
}

/// The same, and stores these lanes; `at` is their place from both pointers.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline void finish(Pack sum, [[maybe_unused]] const float* residual, float* out,
                                          std::ptrdiff_t at = 0) noexcept {
  finished<Post, Count>(sum, residual, at).template store_first<Count>(out + at);
}

}  // namespace cleave::kernels
#endif
