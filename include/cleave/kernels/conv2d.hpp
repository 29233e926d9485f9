// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_HPP
#define CLEAVE_KERNELS_CONV2D_HPP

/// @file
/// Direct convolution over NHWC tensors: no scratch memory, no padded copy.
///
/// Taps on padding are skipped: kernel rows by bounds for each output row, kernel columns by tiles that know while
/// compiling which of their pixels have which tap. An output is one chain of multiply-adds in the order bias, kernel
/// row, kernel column, channel, whatever the tile; so the bits depend neither on the pack nor on how rows are shared
/// out.

#include <algorithm>
#include <cstddef>

#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tile.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/kernels/in_order.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// Moves a place along its row.
template <conv2d_shape Shape>
[[gnu::always_inline]] inline void advance(conv2d_place& place, int pixels) noexcept {
  place.corner += pixels * conv2d_steps<Shape>::pixel;
  place.out += pixels * conv2d_steps<Shape>::out_pixel;
  if constexpr (Shape.post.residual) place.residual += pixels * conv2d_steps<Shape>::out_pixel;
}

/// `count` tiles that follow each other; the place moves behind them. Where a call costs as much as a step, they are a
/// part of their row's function.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void compute_tiles(conv2d_place& place, int count) noexcept {
  if constexpr (single_issue<Pack>) {
    for (; count > 0; --count, advance<Shape>(place, Tile.pixels)) conv2d_in_order_tile<Shape, Pack, Tile>(place);
  } else {
    conv2d_tiles<Shape, Pack, Tile>(place, count);
    advance<Shape>(place, count * Tile.pixels);
    if constexpr (asks_ahead<Shape, Pack>) place.ahead += count * conv2d_steps<Shape>::steps;
  }
}

/// A row of output pixels, of one chunk; `place` is at the row's first pixel.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_row(conv2d_place place) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance<Shape>(place, 1)) {
      conv2d_pixel_body<Shape, Pack, Chunk>(
          place, taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                             Shape.in.width));
    }
  };
  if constexpr (plan.single_left > 0) singles({0, plan.single_left});
  if constexpr (plan.left > 0) compute_tiles<Shape, Pack, conv2d_tile{plan.left, false, 0, Chunk}>(place, 1);
  if constexpr (plan.inner_count > 0) {
    compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, plan.inner_count);
  }
  if constexpr (plan.right > 0) {
    constexpr range inside = inside_columns(Shape);
    constexpr int x0 = Shape.out.width - plan.single_right - plan.right;
    constexpr bool whole = x0 >= inside.begin && x0 + plan.right <= inside.end;
    compute_tiles<Shape, Pack, conv2d_tile{plan.right, whole, whole ? 0 : x0, Chunk}>(place, 1);
  }
  if constexpr (plan.single_right > 0) singles({Shape.out.width - plan.single_right, Shape.out.width});
}

/// The weights for which row `row` of a chunk asks ahead: a part of the next chunk's, those of the last rows again the
/// last part. Behind a group's last chunk its first one is next.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
const float* weights_ahead(const conv2d_place& place, int row) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  constexpr std::ptrdiff_t chunk = Chunk.vectors * static_cast<std::ptrdiff_t>(Pack::lanes);
  constexpr std::ptrdiff_t tiles = plan.inner_count + (plan.left > 0 ? 1 : 0) + (plan.right > 0 ? 1 : 0);
  const std::ptrdiff_t next = place.first_vector * static_cast<std::ptrdiff_t>(Pack::lanes) + chunk;
  const std::ptrdiff_t at = next + chunk <= Shape.group_outputs() ? next : 0;
  return place.weights +
         (at + std::min(row * tiles, std::max<std::ptrdiff_t>(chunk - tiles, 0))) * conv2d_steps<Shape>::steps;
}

/// Pixels of a row that touches no padding: tiles as in the whole row, the rest one by one.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_part_of_row(conv2d_place place, int pixels) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, pixels / plan.inner);
  for (pixels %= plan.inner; pixels > 0; --pixels, advance<Shape>(place, 1))
    conv2d_pixel_body<Shape, Pack, Chunk>(place, {0, 1});
}

/// Calls `body.template operator()<Chunk, Most>(place)` for each group's chunks; `place` is at the first pixel of the
/// output, and tiles have at most Most pixels.
template <conv2d_shape Shape, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_place(const float* in, const float* weights, const float* residual,
                                                  float* out, Body&& body) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  // Without a fused multiply-add, the product needs a register of its own.
  constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  constexpr int vectors = channel_vectors<layout, Pack>::count;
  constexpr int block_vectors = block_width / static_cast<int>(Pack::lanes);
  constexpr tile_size tile =
      single_issue<Pack> ? choose_in_order_tile(registers, inputs_apart<Pack>, Shape.out.width, vectors, block_vectors)
                         : choose_tile(conv2d_limits<Shape, Pack>(), Shape.out.width, vectors);
  for (int group = 0; group < Shape.groups; ++group) {
    for_each_chunk<layout, Pack, tile.vectors>([&]<channel_chunk Chunk>(int first) __attribute__((always_inline)) {
      const int channel = first * static_cast<int>(Pack::lanes);
      const std::ptrdiff_t output = group * Shape.group_outputs() + channel;
      conv2d_place place{};
      place.in = in + static_cast<std::ptrdiff_t>(group) * Shape.group_inputs();
      place.weights = weights + static_cast<std::ptrdiff_t>(group) * static_cast<std::ptrdiff_t>(layout.group_floats());
      place.biases = weights + static_cast<std::ptrdiff_t>(layout.biases()) + group * layout.padded_outputs() + channel;
      place.residual = Shape.post.residual ? residual + output : nullptr;
      place.out = out + output;
      place.first_vector = first;
      body.template operator()<Chunk, tile.pixels>(place);
    });
  }
}

/// Rows whose chunks of channels are all computed before the next rows begin. An output that fills a second level cache
/// would else be fetched and written back once for each chunk; few weights can be read as often as that.
constexpr int rows_at_once(const conv2d_shape& of) noexcept {
  constexpr std::size_t few_weights = 65536;
  constexpr std::size_t large_output = 262144;
  constexpr int at_once = 32768;
  if (of.out.size() <= large_output || blocked(of).floats() > few_weights) return of.out.height;
  return std::max(1, at_once / (of.out.width * of.out_pixel()));
}

/// True where the pixels of input and output correspond one to one: all rows are one long row.
constexpr bool is_pointwise(const conv2d_shape& of) noexcept {
  return of.kernel == extent(1) && of.stride == extent(1) && of.in.height == of.out.height &&
         of.in.width == of.out.width;
}

/// A pointwise convolution with all its pixels in one row.
constexpr conv2d_shape in_one_row(conv2d_shape of) noexcept {
  of.in = {1, of.in.height * of.in.width, of.in.channels};
  of.out = {1, of.out.height * of.out.width, of.out.channels};
  of.dilation = 1;
  of.pad = 0;
  return of;
}

}  // namespace detail

/// Computes rows of a convolution that is not depthwise, with weights in the layout `blocked(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void conv2d(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(!is_depthwise(Shape), "depthwise computes these, their weights are laid out differently");
  static_assert(!Shape.post.pools, "only Winograd's form pools");
  using detail::conv2d_place;
  if constexpr (detail::is_pointwise(Shape)) {
    constexpr conv2d_shape flat = detail::in_one_row(Shape);
    const bool whole = rows == range{0, Shape.out.height};
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place) {
      place.taps = {0, 1};
      if (whole) {
        detail::conv2d_row<flat, Pack, Chunk, Most>(place);
      } else if constexpr (Shape.out.height > 1) {
        detail::advance<flat>(place, rows.begin * Shape.out.width);
        detail::conv2d_part_of_row<flat, Pack, Chunk, Most>(place, rows.size() * Shape.out.width);
      }
    };
    detail::for_each_place<flat, Pack>(in, weights, residual, out, compute);
  } else {
    using at = detail::conv2d_steps<Shape>;
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place, range part) {
      constexpr std::ptrdiff_t out_row = Shape.out.width * at::out_pixel;
      float* const first_out = place.out;
      const float* const first_residual = place.residual;
      for (int y = part.begin; y < part.end; ++y) {
        const int top = y * Shape.stride.height - Shape.pad.top;
        if constexpr (detail::asks_ahead<Shape, Pack>) {
          place.ahead = detail::weights_ahead<Shape, Pack, Chunk, Most>(place, y - part.begin);
        }
        place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
        place.corner = top * at::in_row - Shape.pad.left * static_cast<std::ptrdiff_t>(Shape.in.channels);
        place.out = first_out + y * out_row;
        if constexpr (Shape.post.residual) place.residual = first_residual + y * out_row;
        detail::conv2d_row<Shape, Pack, Chunk, Most>(place);
      }
    };
    const auto compute_all = [&](range part) __attribute__((always_inline)) {
      detail::for_each_place<Shape, Pack>(in, weights, residual, out,
                                          [&]<channel_chunk Chunk, int Most>(const conv2d_place& place) {
                                            compute.template operator()<Chunk, Most>(place, part);
                                          });
    };
    constexpr int at_once = detail::rows_at_once(Shape);
    if constexpr (at_once == Shape.out.height) {
      compute_all(rows);
    } else {
      for (int y = rows.begin; y < rows.end; y += at_once) compute_all({y, std::min(y + at_once, rows.end)});
    }
  }
}

}  // namespace cleave::kernels
#endif
