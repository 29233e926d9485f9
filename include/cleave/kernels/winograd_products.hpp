// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP

/// @file
/// The matrix products in the middle of Winograd's form: at each point, the inputs of some tiles by the weights of some
/// output channels. The code depends on no shape, so all layers of a program share it. Outputs are chains of
/// multiply-adds in the order of the inputs.

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels::detail {

/// What all points' products have in common.
struct winograd_product {
  std::ptrdiff_t chunk;  ///< floats of `in`, [chunk of 16 inputs][tile][16], from a chunk to the next
  int inputs;
  std::ptrdiff_t ahead_more = 0;  ///< floats from one block's weights that are needed next to another's
  bool more = false;              ///< adds to what the output has, the sums of inputs before these
};

/// Register tiles: neighbouring tiles by vectors of output channels.
template <pack Pack>
struct winograd_register_tile {
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// The vectors share each input, which so costs fewer loads than multiply-adds.
  static constexpr int vectors(int blocks) noexcept {
    const int most = registers >= 24 ? 4 : 2;
    return Pack::lanes == block_width ? std::min(most, blocks)
                                      : std::min(most, block_width / static_cast<int>(Pack::lanes));
  }
  static constexpr int most(int blocks) noexcept {
    const int wide = vectors(blocks);
    return std::min(16, (registers - wide - 1) / wide);
  }
  /// Into how many of them some tiles by blocks are divided.
  static constexpr int parts(int tiles, int blocks) noexcept {
    const int channels = vectors(blocks) * static_cast<int>(Pack::lanes);
    return ceil_div(tiles, most(blocks)) * (blocks * block_width / channels);
  }
};

/// `Vectors` vectors of `Width` channels for some tiles at one point: `in` is as above, `weights` are [input][Width],
/// `out` is [tile][Width]; `ahead` are weights that are needed next, a line for each input, and `ahead_more` floats
/// further another. These are no structure: to copy one may have to wait until all stores before it are in the cache.
template <pack Pack, int Width, int Tiles, int Vectors>
[[gnu::noinline]] void winograd_multiply_tile(const winograd_product& of, const float* in, const float* weights,
                                              float* out, const float* ahead, std::ptrdiff_t ahead_more) noexcept {
  constexpr auto tiles = static_cast<std::size_t>(Tiles);
  constexpr auto vectors = static_cast<std::size_t>(Vectors);
  Pack sum[tiles * vectors];
  const auto place = [&]<std::size_t Index>() __attribute__((always_inline)) {
    return out + static_cast<std::ptrdiff_t>(Index / vectors * Width + Index % vectors * Pack::lanes);
  };
  if (of.more) {
    static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = Pack::load(place.template operator()<Index>());
    });
  } else {
    static_for<tiles * vectors>([&]<std::size_t Index>()
                                    __attribute__((always_inline)) { sum[Index] = Pack::fill(0); });
  }
  for (int left = of.inputs; left > 0; left -= block_width, in += of.chunk) {
    const float* x = in;
    const float* const end = in + std::min(left, block_width);
    for (; x != end; ++x, weights += Width, ahead += block_width) {
      __builtin_prefetch(ahead, 0, 2);
      __builtin_prefetch(ahead + ahead_more, 0, 2);
      Pack weight[vectors];
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        weight[Vector] = Pack::load(weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes));
      });
      static_for<tiles>([&]<std::size_t Tile>() __attribute__((always_inline)) {
        const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(Tile) * block_width]);
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          Pack& to = sum[Tile * vectors + Vector];
          to = fma(input, weight[Vector], to);
        });
      });
    }
  }
  static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
    sum[Index].store(place.template operator()<Index>());
  });
}

/// The bodies for 1, 2, ... tiles.
template <pack Pack, int Width, int Vectors, int Most>
inline constexpr auto winograd_tile_bodies = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<decltype(&winograd_multiply_tile<Pack, Width, 1, Vectors>), sizeof...(I)>{
      winograd_multiply_tile<Pack, Width, static_cast<int>(I) + 1, Vectors>...};
}(std::make_index_sequence<static_cast<std::size_t>(Most)>{});

/// Computes `tiles` tiles of `Blocks` blocks of output channels at one point; calls `between` after each part of them.
template <pack Pack, int Blocks, class Between>
void winograd_multiply(const winograd_product& of, const float* in, const float* weights, float* out,
                       const float* ahead, int tiles, const Between& between) noexcept {
  using tile = winograd_register_tile<Pack>;
  constexpr int width = Blocks * block_width;
  constexpr int vectors = tile::vectors(Blocks);
  constexpr int channels = vectors * static_cast<int>(Pack::lanes);
  constexpr const auto& bodies = winograd_tile_bodies<Pack, width, vectors, tile::most(Blocks)>;
  const int parts = ceil_div(tiles, tile::most(Blocks));
  const int at_least = tiles / parts;
  const int larger = tiles % parts;  // this many parts have one tile more
  // Weights are asked for ahead of time by the first parts, a block each, or by a single part.
  const std::ptrdiff_t share = of.ahead_more;
  const std::ptrdiff_t more = parts * (width / channels) == 1 && Blocks > 1 ? share : 0;
  int called = 0;
  for (int channel = 0; channel < width; channel += channels) {
    const float* from = in;
    float* to = out + channel;
    for (int i = 0; i < parts; ++i, ++called) {
      const int count = at_least + (i < larger ? 1 : 0);
      const float* const next = called < Blocks ? ahead + called * share : weights;
      bodies[static_cast<std::size_t>(count - 1)](of, from, weights + channel, to, next, more);
      between();
      from += count * block_width;
      to += count * width;
    }
  }
}

}  // namespace cleave::kernels::detail
#endif
