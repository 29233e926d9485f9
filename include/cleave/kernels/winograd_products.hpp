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

/// One point's products.
struct winograd_product {
  const float* in;       ///< [chunk of 16 inputs][tile][16]
  std::ptrdiff_t chunk;  ///< floats from a chunk to the next
  const float* weights;  ///< [input][width]
  std::ptrdiff_t width;  ///< channels of the weights, which may be more than are computed
  int inputs;
  float* out;                 ///< [tile][out_tile]
  std::ptrdiff_t out_tile;    ///< floats from a tile to the next
  const float* ahead;         ///< weights that are needed next: a line for each input,
  std::ptrdiff_t ahead_more;  ///< and another this far behind it
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
};

template <pack Pack, int Tiles, int Vectors>
[[gnu::noinline]] void winograd_multiply_tile(const winograd_product& of) noexcept {
  constexpr auto tiles = static_cast<std::size_t>(Tiles);
  constexpr auto vectors = static_cast<std::size_t>(Vectors);
  Pack sum[tiles * vectors];
  static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) { sum[Index] = Pack::fill(0); });
  const float* weights = of.weights;
  const float* ahead = of.ahead;
  const std::ptrdiff_t width = of.width;
  const std::ptrdiff_t ahead_more = of.ahead_more;
  const float* chunk = of.in;
  for (int left = of.inputs; left > 0; left -= block_width, chunk += of.chunk) {
    const float* x = chunk;
    const float* const end = chunk + std::min(left, block_width);
    for (; x != end; ++x, weights += width, ahead += block_width) {
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
  float* const out = of.out;
  const std::ptrdiff_t out_tile = of.out_tile;
  static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
    constexpr auto channel = static_cast<std::ptrdiff_t>(Index % vectors * Pack::lanes);
    sum[Index].store(out + static_cast<std::ptrdiff_t>(Index / vectors) * out_tile + channel);
  });
}

/// The bodies for 1, 2, ... tiles.
template <pack Pack, int Vectors, int Most>
inline constexpr auto winograd_tile_bodies = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<void (*)(const winograd_product&) noexcept, sizeof...(I)>{
      winograd_multiply_tile<Pack, static_cast<int>(I) + 1, Vectors>...};
}(std::make_index_sequence<static_cast<std::size_t>(Most)>{});

/// Computes `tiles` tiles of `Blocks` blocks of output channels at one point.
template <pack Pack, int Blocks>
void winograd_multiply(winograd_product of, int tiles) noexcept {
  using tile = winograd_register_tile<Pack>;
  constexpr int vectors = tile::vectors(Blocks);
  constexpr int channels = vectors * static_cast<int>(Pack::lanes);
  constexpr const auto& bodies = winograd_tile_bodies<Pack, vectors, tile::most(Blocks)>;
  const int parts = ceil_div(tiles, tile::most(Blocks));
  const int at_least = tiles / parts;
  const int larger = tiles % parts;  // this many parts have one tile more
  // Weights are asked for ahead of time by the first parts, a block each, or by a single part.
  const std::ptrdiff_t share = of.ahead_more;
  const bool alone = parts * (Blocks * block_width / channels) == 1;
  int called = 0;
  for (int channel = 0; channel < Blocks * block_width; channel += channels) {
    winograd_product part = of;
    part.weights += channel;
    part.out += channel;
    for (int i = 0; i < parts; ++i, ++called) {
      const int count = at_least + (i < larger ? 1 : 0);
      part.ahead = called < Blocks ? of.ahead + called * share : of.weights;
      part.ahead_more = alone && Blocks > 1 ? share : 0;
      bodies[static_cast<std::size_t>(count - 1)](part);
      part.in += count * block_width;
      part.out += count * of.out_tile;
    }
  }
}

}  // namespace cleave::kernels::detail
#endif
