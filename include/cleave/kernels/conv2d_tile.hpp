// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_TILE_HPP
#define CLEAVE_KERNELS_CONV2D_TILE_HPP

/// @file
/// The inner loops of a convolution: a tile of neighbouring pixels by a few vectors of output channels, which stays in
/// registers while all its products are added up; and the same for one pixel whose taps are known only at run time.

#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_products.hpp>
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
/// rows that are not. `ahead` are weights that are needed next, where `asks_ahead` says so.
struct conv2d_place {
  const float* in;
  const float* weights;
  const float* biases;
  const float* residual;
  float* out;
  std::ptrdiff_t corner;
  range taps;
  int first_vector;
  const float* ahead;
};

/// `count` tiles that follow each other. A function of its own, so that the compiler gives its loops all registers.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::noinline]] void conv2d_tiles(const conv2d_place& place, int count) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr channel_chunk chunk = Tile.chunk;
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);

  const chunk_weights<layout, Pack, chunk> weights(place.weights, place.first_vector);
  const float* const biases = place.biases;
  const range taps = place.taps;
  const float* in = place.in + (place.corner + taps.begin * at::row);
  const float* residual = place.residual;
  float* out = place.out;
  const float* ahead = place.ahead;
  for (; count > 0; --count) {
    Pack sum[pixels * vectors];
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      const Pack bias = load_bias<layout, chunk, Pack, Vector>(biases);
      static_for<pixels>([&]<std::size_t Pixel>()
                             __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
    });
    const float* row = in;
    for (int tap = taps.begin; tap < taps.end; ++tap, row += at::row) {
      static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
        constexpr tap_run run = runs.run[Run];
        constexpr auto first = static_cast<std::size_t>(run.pixels.begin);
        constexpr auto run_pixels = static_cast<std::size_t>(run.pixels.size());
        const float* const from = row + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
        const std::ptrdiff_t first_step = (tap * at::kernel_width + run.columns.begin) * at::inputs;
        conv2d_run<Shape, Pack, chunk, run_pixels>::add(sum + first * vectors, from, weights, first_step,
                                                        run.columns.size(), ahead);
      });
    }
    using all = conv2d_run<Shape, Pack, chunk, pixels>;
    if constexpr (all::by_streams) {
      all::finish_by_streams(sum, residual, out);
    } else {
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          constexpr int stored = channel_vectors<layout, Pack>::stored(chunk, static_cast<int>(Vector));
          constexpr std::ptrdiff_t offset =
              static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
          // Else its stores would wait for memory.
          if constexpr (has_far_output(Shape)) __builtin_prefetch(out + (offset + Tile.pixels * at::out_pixel), 1);
          finish<Shape.post, stored>(sum[Pixel * vectors + Vector], residual, out, offset);
        });
      });
    }
    in += Tile.pixels * at::pixel;
    if constexpr (asks_ahead<Shape, Pack>) ahead += at::steps;
    out += Tile.pixels * at::out_pixel;
    if constexpr (Shape.post.residual) residual += Tile.pixels * at::out_pixel;
  }
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
