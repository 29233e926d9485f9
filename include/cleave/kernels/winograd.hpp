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
#include <type_traits>

#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/winograd_operand.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/kernels/winograd_transform.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

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
  constexpr bool far = winograd_memory(Shape, Tiling).outputs > winograd_far_inputs;
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
        float* const place = points + static_cast<std::ptrdiff_t>(y * side + x) * point;
        // The next tile's points lie side by side with these.
        if constexpr (far) __builtin_prefetch(place + block_width, 1);
        value.template store_first<Lanes>(place);
      };
      winograd_square<Tiling.window(), Tiling.window()>(load, transform, store);
    });
  }
}

/// The points of one tile to its outputs, `Channels` of them. `out` and `residual` are at the tile's first pixel;
/// `rows` and `columns` are those to be stored, of the layer before it is pooled.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, bool Whole>
[[gnu::noinline]] void winograd_scatter(const float* from, const float* biases, const float* residual, float* out,
                                        range rows, int columns) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.out_pixel();
  constexpr std::ptrdiff_t row = Shape.out.width * pixel;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).output_point;
  constexpr bool far = Shape.out.size() > winograd_far_outputs;
  constexpr epilogue post = Shape.post;
  for_each_vector<Channels, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
    const Pack bias = Pack::template load_first<Lanes>(biases + channel);
    [[maybe_unused]] std::array<Pack, static_cast<std::size_t>(Tiling.edge / 2)> largest;
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
      const std::ptrdiff_t at = channel + sy * row + sx * pixel;
      const Pack sum = fma(value, Pack::fill(winograd_scale(Tiling.edge, y, x)), bias);
      if constexpr (post.pools) {
        // Folded in the order of the layer's own kernel, rows first.
        Pack& most = largest[x / 2];
        const Pack one = finished<post, Lanes>(sum, residual, at);
        most = y % 2 == 0 && x % 2 == 0 ? one : max(most, one);
        if (y % 2 == 0 || x % 2 == 0) return;
        const std::ptrdiff_t half = channel + sy / 2 * (row / 2) + sx / 2 * pixel;
        if constexpr (far && Whole) __builtin_prefetch(out + (half + Tiling.edge / 2 * pixel), 1);
        (most + Pack::fill(0.0F)).template store_first<Lanes>(out + half);
      } else {
        if constexpr (far && Whole) __builtin_prefetch(out + (at + Tiling.edge * pixel), 1);
        finish<post, Lanes>(sum, residual, out, at);
      }
    };
    winograd_square<Tiling.window(), Tiling.edge>(load, transform, store);
  });
}

/// What a call computes from and to.
struct winograd_call {
  const float* in;
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

/// `Channels` outputs of these tiles from their products, from `channel` of a group on.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels>
void winograd_scatter_all(const winograd_call& call, range tiles, int group, int channel) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  const float* const biases = call.biases + group * blocked(Shape).padded_outputs() + channel;
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge;
    const int x = tile % Tiling.wide * Tiling.edge;
    const range rows{std::max(0, call.rows.begin - y), std::min(Tiling.edge, call.rows.end - y)};
    const int columns = std::min(Tiling.edge, Shape.out.width - x);
    const auto place = [&](int row, int column, int width) {
      return (static_cast<std::ptrdiff_t>(row) * width + column) * Shape.out_pixel() +
             group * static_cast<std::ptrdiff_t>(Shape.group_outputs()) + channel;
    };
    const std::ptrdiff_t at = place(y, x, Shape.out.width);
    const float* const points =
        call.scratch + memory.outputs + (tile - tiles.begin) * (ceil_div(Channels, block_width) * block_width);
    float* const out = call.out + (Shape.post.pools ? place(y / 2, x / 2, Shape.out.width / 2) : at);
    const float* const residual = Shape.post.residual ? call.residual + at : nullptr;
    if (rows.size() == Tiling.edge && columns == Tiling.edge) {
      winograd_scatter<Shape, Tiling, Pack, Channels, true>(points, biases, residual, out, rows, columns);
    } else {
      winograd_scatter<Shape, Tiling, Pack, Channels, false>(points, biases, residual, out, rows, columns);
    }
  }
}

/// `Channels` outputs of these tiles, from `channel` of a group on. `ends`: they are the call's last ones.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, class Operand>
void winograd_outputs_of(const winograd_call& call, Operand& weights, range tiles, int group, int channel,
                         bool ends) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  constexpr int blocks = ceil_div(Shape.group_outputs(), block_width);
  const float* const from = call.scratch + group * (memory.chunks / Shape.groups) * memory.chunk;
  weights.template multiply<ceil_div(Channels, block_width)>(from, group * blocks + channel / block_width,
                                                             call.scratch + memory.outputs, tiles.size(), ends);
  winograd_scatter_all<Shape, Tiling, Pack, Channels>(call, tiles, group, channel);
}

}  // namespace detail

/// Computes rows of a 3x3 convolution with stride 1. `weights` are the layer's as they are stored where
/// `Tiling.inputs` says so, else what `winograd_prepare` made; `biases` are those of the layer's blob, `scratch` is
/// room for `winograd_scratch_floats`. Requires: where the epilogue adds a residual, it has the output's shape; it may
/// be `out`. Otherwise it is not read. Where the epilogue pools, height and width are even, and so is `rows.begin`; it
/// counts rows before they are pooled, as `rows.end` does, and a residual may not be `out`.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd(const float* in, const float* weights, const float* biases, const float* residual, float* out,
              float* scratch, range rows) noexcept {
  using operand = std::conditional_t<Tiling.inputs == 0, detail::winograd_prepared_operand<Shape, Tiling, Pack>,
                                     detail::winograd_plain_operand<Shape, Tiling, Pack>>;
  constexpr int at_once = Tiling.blocks * block_width;
  constexpr int whole = Shape.group_outputs() / at_once * at_once;
  constexpr int rest = Shape.group_outputs() - whole;
  const detail::winograd_call call{in, biases, residual, out, scratch, rows};
  if (rows.size() == 0) return;
  operand from{weights, scratch};
  const int last = ceil_div(rows.end, Tiling.edge) * Tiling.wide;
  for (int first = rows.begin / Tiling.edge * Tiling.wide; first < last; first += Tiling.together) {
    const range tiles{first, std::min(first + Tiling.together, last)};
    detail::winograd_gather_all<Shape, Tiling, Pack>(call, tiles);
    for (int group = 0; group < Shape.groups; ++group) {
      const bool last_group = tiles.end == last && group + 1 == Shape.groups;
      for (int channel = 0; channel < whole; channel += at_once) {
        const bool ends = last_group && channel + at_once == Shape.group_outputs();
        detail::winograd_outputs_of<Shape, Tiling, Pack, at_once>(call, from, tiles, group, channel, ends);
      }
      if constexpr (rest > 0) {
        detail::winograd_outputs_of<Shape, Tiling, Pack, rest>(call, from, tiles, group, whole, last_group);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
