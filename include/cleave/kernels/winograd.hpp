// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_HPP
#define CLEAVE_KERNELS_WINOGRAD_HPP

/// @file
/// 3x3 convolution by Winograd's minimal filtering over NHWC tensors: a quarter (edge 4) or 4/9 (edge 2) of the direct
/// form's multiply-adds. The bits differ from the direct form's, so a network does this only where its options permit
/// it; they depend neither on the pack nor on how rows are shared out.
///
/// Error, for inputs and weights of normal distribution: at most 2e-5 of the largest output for edge 4, 3e-6 for edge
/// 2, to 512 input channels.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/winograd_products.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/kernels/winograd_transform.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// Calls `body.template operator()<Lanes>(channel)` for vectors of channels, the last with the lanes that are left.
template <int Channels, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_vector(Body&& body) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int whole = Channels / lanes * lanes;
  for (int channel = 0; channel < whole; channel += lanes) body.template operator()<lanes>(channel);
  if constexpr (whole < Channels) body.template operator()<Channels - whole>(whole);
}

/// The window of one tile to its points. `corner` is the place of its first input, even if that is padding; `rows` and
/// `columns` are those that are not.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, bool Inside>
[[gnu::noinline]] void winograd_gather(const float* in, std::ptrdiff_t corner, range rows, range columns,
                                       float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.in.channels;
  constexpr std::ptrdiff_t row = Shape.in.width * pixel;
  constexpr std::ptrdiff_t chunk = winograd_memory(Shape, Tiling).chunk;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).input_point;
  constexpr int chunks = ceil_div(Shape.group_inputs(), block_width);
  for (int group = 0; group < Shape.groups; ++group) {
    const std::ptrdiff_t first = corner + group * Shape.group_inputs();
    float* const group_to = to + group * chunks * chunk;
    for_each_vector<Shape.group_inputs(), Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = in + (first + channel);
      float* const points = group_to + (channel / block_width * chunk + channel % block_width);
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const auto sy = static_cast<int>(y);
        const auto sx = static_cast<int>(x);
        if constexpr (!Inside) {
          if (sy < rows.begin || sy >= rows.end || sx < columns.begin || sx >= columns.end) return Pack::fill(0.0F);
        }
        return Pack::template load_first<Lanes>(from + sy * row + sx * pixel);
      };
      const auto transform = [](const std::array<Pack, side>& d) __attribute__((always_inline)) {
        return winograd_input(d);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        value.template store_first<Lanes>(points + static_cast<std::ptrdiff_t>(y * side + x) * point);
      };
      winograd_square<Tiling.window(), Tiling.window()>(load, transform, store);
    });
  }
}

/// The points of one tile to its outputs, `Channels` of them. `out` and `residual` are at the tile's first pixel;
/// `rows` and `columns` are those to be stored.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, bool Whole>
[[gnu::noinline]] void winograd_scatter(const float* from, const float* biases, const float* residual, float* out,
                                        range rows, int columns) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.out_pixel();
  constexpr std::ptrdiff_t row = Shape.out.width * pixel;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).output_point;
  for_each_vector<Channels, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
    const Pack bias = Pack::template load_first<Lanes>(biases + channel);
    const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
      return Pack::load(from + channel + static_cast<std::ptrdiff_t>(y * side + x) * point);
    };
    const auto transform = [](const std::array<Pack, side>& points) __attribute__((always_inline)) {
      return winograd_output(points);
    };
    const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
      const auto sy = static_cast<int>(y);
      const auto sx = static_cast<int>(x);
      if constexpr (!Whole) {
        if (sy < rows.begin || sy >= rows.end || sx >= columns) return;
      }
      finish<Shape.post, Lanes>(fma(value, Pack::fill(winograd_scale(Tiling.edge, y, x)), bias), residual, out,
                                channel + sy * row + sx * pixel);
    };
    winograd_square<Tiling.window(), Tiling.edge>(load, transform, store);
  });
}

/// The products at all points of some tiles for `Blocks` blocks of outputs, from `first_block` of all groups' on.
/// `from` are the tiles' inputs from the group's first chunk.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Blocks>
void winograd_multiply_all(const float* from, const float* weights, int first_block, float* to, int tiles) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  constexpr std::ptrdiff_t line_of_all = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  constexpr std::ptrdiff_t panel = Blocks * line_of_all;
  constexpr int last = Shape.groups * ceil_div(Shape.group_outputs(), block_width) - Blocks;
  winograd_product of{};
  of.in = from;
  of.chunk = memory.chunk;
  of.weights = weights + first_block * Tiling.points() * line_of_all;
  of.width = Blocks * block_width;
  of.inputs = Shape.group_inputs();
  of.out = to;
  of.out_tile = memory.blocks * block_width;
  of.ahead_more = line_of_all;
  for (int point = 0; point < Tiling.points(); ++point) {
    // Behind the last weights the next round begins.
    of.ahead = point + 1 == Tiling.points() && first_block == last ? weights : of.weights + panel;
    winograd_multiply<Pack, Blocks>(of, tiles);
    of.in += memory.input_point;
    of.weights += panel;
    of.out += memory.output_point;
  }
}

/// What a call computes from and to.
struct winograd_call {
  const float* in;
  const float* weights;
  const float* biases;
  const float* residual;
  float* out;
  float* scratch;
  range rows;
};

/// The inputs of tiles [tiles.begin, tiles.end) to their points.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd_gather_all(const winograd_call& call, range tiles) noexcept {
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge - Shape.pad.top;
    const int x = tile % Tiling.wide * Tiling.edge - Shape.pad.left;
    const range rows{std::max(0, -y), std::min(Tiling.window(), Shape.in.height - y)};
    const range columns{std::max(0, -x), std::min(Tiling.window(), Shape.in.width - x)};
    const std::ptrdiff_t corner = (static_cast<std::ptrdiff_t>(y) * Shape.in.width + x) * Shape.in.channels;
    float* const to = call.scratch + (tile - tiles.begin) * block_width;
    if (rows.size() == Tiling.window() && columns.size() == Tiling.window()) {
      winograd_gather<Shape, Tiling, Pack, true>(call.in, corner, rows, columns, to);
    } else {
      winograd_gather<Shape, Tiling, Pack, false>(call.in, corner, rows, columns, to);
    }
  }
}

/// `Channels` outputs of these tiles, from `channel` of a group on.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels>
void winograd_outputs_of(const winograd_call& call, range tiles, int group, int channel) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  constexpr int blocks = ceil_div(Shape.group_outputs(), block_width);
  const float* const from = call.scratch + group * (memory.chunks / Shape.groups) * memory.chunk;
  float* const products = call.scratch + memory.outputs;
  winograd_multiply_all<Shape, Tiling, Pack, ceil_div(Channels, block_width)>(
      from, call.weights, group * blocks + channel / block_width, products, tiles.size());
  const float* const biases = call.biases + group * blocked(Shape).padded_outputs() + channel;
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge;
    const int x = tile % Tiling.wide * Tiling.edge;
    const range rows{std::max(0, call.rows.begin - y), std::min(Tiling.edge, call.rows.end - y)};
    const int columns = std::min(Tiling.edge, Shape.out.width - x);
    const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(y) * Shape.out.width + x) * Shape.out_pixel() +
                              group * static_cast<std::ptrdiff_t>(Shape.group_outputs()) + channel;
    const float* const points = products + (tile - tiles.begin) * (memory.blocks * block_width);
    const float* const residual = Shape.post.residual ? call.residual + at : nullptr;
    if (rows.size() == Tiling.edge && columns == Tiling.edge) {
      winograd_scatter<Shape, Tiling, Pack, Channels, true>(points, biases, residual, call.out + at, rows, columns);
    } else {
      winograd_scatter<Shape, Tiling, Pack, Channels, false>(points, biases, residual, call.out + at, rows, columns);
    }
  }
}

}  // namespace detail

/// Computes rows of a 3x3 convolution with stride 1. `prepared` are weights that `winograd_prepare` made, `biases`
/// those of the layer's blob, `scratch` room for `winograd_scratch_floats`. Requires: where the epilogue adds a
/// residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd(const float* in, const float* prepared, const float* biases, const float* residual, float* out,
              float* scratch, range rows) noexcept {
  constexpr int at_once = detail::winograd_blocks(Shape, Tiling) * block_width;
  constexpr int whole = Shape.group_outputs() / at_once * at_once;
  constexpr int rest = Shape.group_outputs() - whole;
  const detail::winograd_call call{in, prepared, biases, residual, out, scratch, rows};
  if (rows.size() == 0) return;
  const int last = ceil_div(rows.end, Tiling.edge) * Tiling.wide;
  for (int first = rows.begin / Tiling.edge * Tiling.wide; first < last; first += Tiling.together) {
    const range tiles{first, std::min(first + Tiling.together, last)};
    detail::winograd_gather_all<Shape, Tiling, Pack>(call, tiles);
    for (int group = 0; group < Shape.groups; ++group) {
      for (int channel = 0; channel < whole; channel += at_once) {
        detail::winograd_outputs_of<Shape, Tiling, Pack, at_once>(call, tiles, group, channel);
      }
      if constexpr (rest > 0) detail::winograd_outputs_of<Shape, Tiling, Pack, rest>(call, tiles, group, whole);
    }
  }
}

}  // namespace cleave::kernels
#endif
