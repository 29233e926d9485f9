// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_TILE_HPP
#define CLEAVE_KERNELS_CONV2D_TILE_HPP

/// @file
/// The inner loops of a convolution: a tile of neighbouring pixels by a few vectors of output channels, which stays in
/// registers while all its products are added up; and the same for one pixel whose taps are known only at run time.

#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// Which body: how many pixels, where in the row (any place that touches no padding if `inside`), which channels.
struct conv2d_tile {
  int pixels = 1;
  bool inside = true;
  int x0 = 0;
  channel_chunk chunk{};
};

/// A group's operands; `biases`, `residual` and `out` from the chunk's first channel, the last two from the tile's
/// first pixel. `corner` is the place of the tile's first tap in `in`, even if that is padding; `taps` are the kernel
/// rows that are not.
struct conv2d_place {
  const float* in;
  const float* weights;
  const float* biases;
  const float* residual;
  float* out;
  std::ptrdiff_t corner;
  range taps;
  int first_vector;
};

/// Distances in floats, and facts, that follow from a shape.
template <conv2d_shape Shape>
struct conv2d_steps {
  static constexpr std::ptrdiff_t inputs = Shape.group_inputs();
  static constexpr std::ptrdiff_t kernel_width = Shape.kernel.width;
  static constexpr std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(Shape.stride.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t column = static_cast<std::ptrdiff_t>(Shape.dilation.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = static_cast<std::ptrdiff_t>(Shape.in.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t row = Shape.dilation.height * in_row;
  static constexpr std::ptrdiff_t out_pixel = Shape.out_pixel();
  /// Neighbouring kernel columns' inputs lie behind each other, as their weights do.
  static constexpr bool contiguous = column == inputs;
};

/// Loops over the products of some kernel columns in one row: `step(in, weights_step)` for each.
template <conv2d_shape Shape, class Step>
[[gnu::always_inline]] inline void for_each_product(const float* in, std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                    Step&& step) noexcept {
  using at = conv2d_steps<Shape>;
  if constexpr (at::contiguous) {
    for (std::ptrdiff_t i = 0; i < columns * at::inputs; ++i) step(in + i, first_step + i);
  } else {
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      const float* const from = in + column * at::column;
      const std::ptrdiff_t begin = first_step + column * at::inputs;
      for (std::ptrdiff_t i = 0; i < at::inputs; ++i) step(from + i, begin + i);
    }
  }
}

/// One tile. A function of its own, so that the compiler gives its loops all registers.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::noinline]] void conv2d_tile_body(const conv2d_place& place) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr channel_chunk chunk = Tile.chunk;
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);

  Pack sum[pixels * vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    const Pack bias = load_bias<layout, chunk, Pack, Vector>(place.biases);
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
  });

  const chunk_weights<layout, Pack, chunk> weights(place.weights, place.first_vector);
  const float* const in = place.in;
  const range taps = place.taps;
  std::ptrdiff_t corner = place.corner + taps.begin * at::row;
  for (int tap = taps.begin; tap < taps.end; ++tap, corner += at::row) {
    static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
      constexpr tap_run run = runs.run[Run];
      constexpr auto first = static_cast<std::size_t>(run.pixels.begin);
      constexpr auto count = static_cast<std::size_t>(run.pixels.size());
      const float* const from = in + (corner + run.columns.begin * at::column + run.pixels.begin * at::pixel);
      const std::ptrdiff_t first_step = (tap * at::kernel_width + run.columns.begin) * at::inputs;
      const auto multiply_add = [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
        // Where a pixel's input is its neighbour's a few steps later, g++ 12 would carry it over in a register and
        // spill the sums for it (141 in place of 220 GFLOP/s for 3 input channels, AVX-512). Loads are cheaper.
        if constexpr (at::pixel <= 8) asm volatile("" : : : "memory");
        // The shorter side of the tile waits in registers, the longer one comes through.
        if constexpr (vectors <= count) {
          Pack weight[vectors];
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            weight[Vector] = weights.template load<Vector>(step);
          });
          static_for<count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
            constexpr std::size_t pixel = Index / vectors;
            constexpr std::size_t vector = Index % vectors;
            const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(pixel) * at::pixel]);
            sum[first * vectors + Index] = fma(input, weight[vector], sum[first * vectors + Index]);
          });
        } else {
          Pack input[count];
          static_for<count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            input[Pixel] = Pack::fill(x[static_cast<std::ptrdiff_t>(Pixel) * at::pixel]);
          });
          static_for<count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
            constexpr std::size_t pixel = Index % count;
            constexpr std::size_t vector = Index / count;
            Pack& to = sum[(first + pixel) * vectors + vector];
            to = fma(input[pixel], weights.template load<vector>(step), to);
          });
        }
      };
      for_each_product<Shape>(from, first_step, run.columns.size(), multiply_add);
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      constexpr int stored = channel_vectors<layout, Pack>::stored(chunk, static_cast<int>(Vector));
      constexpr std::ptrdiff_t offset =
          static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
      finish<Shape.post, stored>(sum[Pixel * vectors + Vector], place.residual, place.out, offset);
    });
  });
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void conv2d_pixel_body(const conv2d_place& place, range columns) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(place.biases);
  });
  const chunk_weights<layout, Pack, Chunk> weights(place.weights, place.first_vector);
  if (columns.size() > 0) {
    for (int tap = place.taps.begin; tap < place.taps.end; ++tap) {
      for_each_product<Shape>(
          place.in + (place.corner + tap * at::row + columns.begin * at::column),
          (tap * at::kernel_width + columns.begin) * at::inputs,
          columns.size(), [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
            const Pack input = Pack::fill(*x);
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              sum[Vector] = fma(input, weights.template load<Vector>(step), sum[Vector]);
            });
          });
    }
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = channel_vectors<layout, Pack>::stored(Chunk, static_cast<int>(Vector));
    constexpr auto offset = static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], place.residual, place.out, offset);
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
