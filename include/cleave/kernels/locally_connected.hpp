// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP
#define CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP

/// @file
/// Convolution with untied weights: every output pixel has filters and biases of its own. Each weight is used once, so
/// this is as fast as the weights arrive, pixel by pixel in the order in which they lie.

#include <cstddef>

#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tile.hpp>
#include <cleave/kernels/taps.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// Computes rows of a convolution with untied weights, in the layout `untied_weights(Shape)`.
/// Requires: one group. Where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is
/// not read.
template <conv2d_shape Shape, pack Pack>
void locally_connected(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(Shape.groups == 1, "untied filters see all input channels");
  using at = detail::conv2d_steps<Shape>;
  constexpr locally_connected_layout layout = untied_weights(Shape);
  constexpr auto filters = static_cast<std::ptrdiff_t>(layout.filter.group_floats());
  constexpr int eight_chains = 8;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const std::ptrdiff_t pixel = y * static_cast<std::ptrdiff_t>(Shape.out.width) + x;
      detail::conv2d_place place{};
      place.in = in;
      place.weights = weights + pixel * filters;
      place.corner = top * at::in_row + left * static_cast<std::ptrdiff_t>(Shape.in.channels);
      place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
      const range columns = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      for_each_chunk<layout.filter, Pack, eight_chains>([&]<channel_chunk Chunk>(int first) {
        const int channel = first * static_cast<int>(Pack::lanes);
        place.biases =
            weights + static_cast<std::ptrdiff_t>(layout.biases()) + pixel * layout.filter.padded_outputs() + channel;
        place.residual = Shape.post.residual ? residual + pixel * at::out_pixel + channel : nullptr;
        place.out = out + pixel * at::out_pixel + channel;
        place.first_vector = first;
        detail::conv2d_pixel_body<Shape, Pack, Chunk>(place, columns);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
