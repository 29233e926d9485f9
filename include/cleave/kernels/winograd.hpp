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
#include <cleave/kernels/conv2d.hpp>
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
  constexpr auto stride = static_cast<std::ptrdiff_t>(winograd_stride(Tiling.together, Shape.in.channels));
  for_each_vector<Shape.in.channels, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
    const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
      const auto sy = static_cast<int>(y);
      const auto sx = static_cast<int>(x);
      if constexpr (!Inside) {
        if (sy < rows.begin || sy >= rows.end || sx < columns.begin || sx >= columns.end) return Pack::fill(0.0F);
      }
      return Pack::template load_first<Lanes>(in + (corner + channel + sy * row + sx * pixel));
    };
    const auto transform = [](const std::array<Pack, side>& from) __attribute__((always_inline)) {
      return winograd_input(from);
    };
    const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
      value.template store_first<Lanes>(to + (channel + static_cast<std::ptrdiff_t>(y * side + x) * stride));
    };
    winograd_square<Tiling.window(), Tiling.window()>(load, transform, store);
  });
}

/// The points of one tile to its outputs. `out` and `residual` are at the tile's first pixel; `rows` and `columns` are
/// those to be stored.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, bool Whole>
[[gnu::noinline]] void winograd_scatter(const float* from, const float* biases, const float* residual, float* out,
                                        range rows, int columns) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.out_pixel();
  constexpr std::ptrdiff_t row = Shape.out.width * pixel;
  constexpr auto stride = static_cast<std::ptrdiff_t>(winograd_stride(Tiling.together, Shape.out.channels));
  constexpr blocked_layout layout = blocked(Shape);
  const auto vectors = [&](const float* group_from, const float* group_biases, std::ptrdiff_t group_out)
      __attribute__((always_inline)) {
    for_each_vector<layout.outputs, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const Pack bias = Pack::template load_first<Lanes>(group_biases + channel);
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        return Pack::template load_first<Lanes>(group_from + channel +
                                                static_cast<std::ptrdiff_t>(y * side + x) * stride);
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
        finish<Shape.post, Lanes>(value + bias, residual, out, group_out + channel + sy * row + sx * pixel);
      };
      winograd_square<Tiling.window(), Tiling.edge>(load, transform, store);
    });
  };
  for (int group = 0; group < Shape.groups; ++group) {
    const std::ptrdiff_t first = group * static_cast<std::ptrdiff_t>(layout.outputs);
    vectors(from + first, biases + group * static_cast<std::ptrdiff_t>(layout.padded_outputs()), first);
  }
}

}  // namespace detail

/// Computes rows of a 3x3 convolution with stride 1. `prepared` are weights that `winograd_prepare` made, `biases`
/// those of the layer's blob, `scratch` room for `winograd_scratch_floats`. Requires: where the epilogue adds a
/// residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd(const float* in, const float* prepared, const float* biases, const float* residual, float* out,
              float* scratch, range rows) noexcept {
  constexpr conv2d_shape products = winograd_products(Shape, Tiling);
  constexpr auto weights_step = static_cast<std::ptrdiff_t>(blocked(products).floats());
  constexpr auto in_step = static_cast<std::ptrdiff_t>(detail::winograd_stride(Tiling.together, Shape.in.channels));
  constexpr auto out_step = static_cast<std::ptrdiff_t>(detail::winograd_stride(Tiling.together, Shape.out.channels));
  float* const inputs = scratch;
  float* const outputs = scratch + Tiling.points() * in_step;
  if (rows.size() == 0) return;

  const int last = ceil_div(rows.end, Tiling.edge) * Tiling.wide;
  for (int first = rows.begin / Tiling.edge * Tiling.wide; first < last; first += Tiling.together) {
    const int count = std::min(Tiling.together, last - first);
    for (int t = 0; t < count; ++t) {
      const int y = (first + t) / Tiling.wide * Tiling.edge - Shape.pad.top;
      const int x = (first + t) % Tiling.wide * Tiling.edge - Shape.pad.left;
      const range has_rows{std::max(0, -y), std::min(Tiling.window(), Shape.in.height - y)};
      const range has_columns{std::max(0, -x), std::min(Tiling.window(), Shape.in.width - x)};
      const std::ptrdiff_t corner = (static_cast<std::ptrdiff_t>(y) * Shape.in.width + x) * Shape.in.channels;
      float* const to = inputs + t * static_cast<std::ptrdiff_t>(Shape.in.channels);
      if (has_rows.size() == Tiling.window() && has_columns.size() == Tiling.window()) {
        detail::winograd_gather<Shape, Tiling, Pack, true>(in, corner, has_rows, has_columns, to);
      } else {
        detail::winograd_gather<Shape, Tiling, Pack, false>(in, corner, has_rows, has_columns, to);
      }
    }
    for (int point = 0; point < Tiling.points(); ++point) {
      conv2d<products, Pack>(inputs + point * in_step, prepared + point * weights_step, nullptr,
                             outputs + point * out_step, {0, count});
    }
    for (int t = 0; t < count; ++t) {
      const int y = (first + t) / Tiling.wide * Tiling.edge;
      const int x = (first + t) % Tiling.wide * Tiling.edge;
      const range stored{std::max(0, rows.begin - y), std::min(Tiling.edge, rows.end - y)};
      const int columns = std::min(Tiling.edge, Shape.out.width - x);
      const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(y) * Shape.out.width + x) * Shape.out_pixel();
      const float* const from = outputs + t * static_cast<std::ptrdiff_t>(Shape.out.channels);
      const float* const with = Shape.post.residual ? residual + at : nullptr;
      if (stored.size() == Tiling.edge && columns == Tiling.edge) {
        detail::winograd_scatter<Shape, Tiling, Pack, true>(from, biases, with, out + at, stored, columns);
      } else {
        detail::winograd_scatter<Shape, Tiling, Pack, false>(from, biases, with, out + at, stored, columns);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
