// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_DEPTHWISE_HPP
#define CLEAVE_KERNELS_DEPTHWISE_HPP

/// @file
/// Depthwise convolution: every channel by itself, so a pack holds neighbouring channels of one pixel.
///
/// A tile of neighbouring pixels goes over its input columns from left to right and gives each to all outputs that need
/// it, so that an input is loaded once for a kernel row, and the products of an output still come in the order kernel
/// row, kernel column. Small windows keep all their weights in registers.

#include <algorithm>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

template <conv2d_shape Shape, pack Pack>
struct depthwise_plan {
  static constexpr int taps = Shape.kernel.height * Shape.kernel.width;
  /// Without a fused multiply-add, the product needs a register of its own.
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// Room for six pixels beside the window's weights.
  static constexpr bool weights_stay = taps + 1 + 6 <= registers;
  static constexpr int weights = weights_stay ? taps : Shape.kernel.width;
  /// Pixels of a tile: eight chains if registers allow, and not too much code for wide windows.
  static constexpr int pixels = std::max(
      1, std::min({registers - weights - 1, std::max(1, 96 / Shape.kernel.width), Pack::registers > 16 ? 8 : 6}));
  static constexpr row_plan row = plan_row(Shape, pixels);

  static constexpr std::ptrdiff_t in_column = Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = Shape.in.width * in_column;
  static constexpr std::ptrdiff_t out_pixel = Shape.out.channels;
  static constexpr std::ptrdiff_t out_row = Shape.out.width * out_pixel;
  /// Outputs of one input channel.
  static constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  /// Output rows whose inputs stay in the first level cache while the channels are gone through.
  static constexpr int band =
      static_cast<int>(std::max(std::ptrdiff_t{1}, std::ptrdiff_t{24 * 1024 / 4} / (in_row * Shape.stride.height)));
};

/// `Count` neighbouring channels of one window position; `in` is the first channel's element.
struct depthwise_place {
  const float* in;        ///< the tensor, from the input channel of the first lane
  const float* weights;   ///< from the first lane's
  const float* residual;  ///< at the pixel
  float* out;             ///< at the pixel
  std::ptrdiff_t corner;  ///< of the window in `in`
  range taps;             ///< kernel rows that are not padding
  int channel;            ///< output channel of the first lane
};

/// The inputs of `Count` output channels from `channel` on; `at` is the input channel of the first.
template <conv2d_shape Shape, int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_channels(const float* at, [[maybe_unused]] int channel) noexcept {
  constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  if constexpr (multiplier == 1) {
    return Pack::template load_first<Count>(at);
  } else if constexpr (Pack::lanes == 1) {
    return Pack::load(at);
  } else {
    float lane[Pack::lanes] = {};
    for (int k = 0; k < Count; ++k) lane[k] = at[(channel % multiplier + k) / multiplier];
    return Pack::load(lane);
  }
}

/// A tile of pixels; at `X0` of the row, or anywhere that touches no padding if that is negative.
template <conv2d_shape Shape, pack Pack, int Count, int Pixels, int X0>
[[gnu::always_inline]] inline void depthwise_tile(const depthwise_place& place, const Pack* stay,
                                                  const float* bias) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto kernel_width = static_cast<std::size_t>(Shape.kernel.width);
  constexpr auto columns =
      static_cast<std::size_t>((Pixels - 1) * Shape.stride.width + (Shape.kernel.width - 1) * Shape.dilation.width + 1);
  Pack sum[pixels];
  const Pack start = Pack::template load_first<Count>(bias);
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = start; });

  const auto kernel_row = [&](std::ptrdiff_t row, const Pack* weight) __attribute__((always_inline)) {
    const std::ptrdiff_t left = place.corner + row * Shape.dilation.height * plan::in_row;
    static_for<columns>([&]<std::size_t Column>() __attribute__((always_inline)) {
      constexpr int column = static_cast<int>(Column);
      constexpr int x = X0 * Shape.stride.width - Shape.pad.left + column;
      constexpr bool inside = X0 < 0 || (x >= 0 && x < Shape.in.width);
      // The pixel that has this column as its tap number `tap`, or -1.
      constexpr auto pixel_of = [](int tap) {
        const int distance = column - tap * Shape.dilation.width;
        return distance >= 0 && distance % Shape.stride.width == 0 && distance / Shape.stride.width < Pixels
                   ? distance / Shape.stride.width
                   : -1;
      };
      constexpr bool needed = [=] {
        for (int tap = 0; tap < Shape.kernel.width; ++tap) {
          if (pixel_of(tap) >= 0) return inside;
        }
        return false;
      }();
      if constexpr (needed) {
        const Pack input =
            load_channels<Shape, Count, Pack>(place.in + (left + column * plan::in_column), place.channel);
        static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
          constexpr int pixel = pixel_of(static_cast<int>(Tap));
          if constexpr (pixel >= 0) {
            sum[static_cast<std::size_t>(pixel)] = fma(input, weight[Tap], sum[static_cast<std::size_t>(pixel)]);
          }
        });
      }
    });
  };
  if constexpr (plan::weights_stay) {
    static_for<static_cast<std::size_t>(Shape.kernel.height)>([&]<std::size_t Row>() __attribute__((always_inline)) {
      constexpr int row = static_cast<int>(Row);
      if (row >= place.taps.begin && row < place.taps.end) kernel_row(row, stay + Row * kernel_width);
    });
  } else {
    for (int row = place.taps.begin; row < place.taps.end; ++row) {
      Pack weight[kernel_width];
      static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
        weight[Tap] = Pack::template load_first<Count>(
            place.weights + (row * Shape.kernel.width + static_cast<int>(Tap)) * plan::out_pixel);
      });
      kernel_row(row, weight);
    }
  }
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(Pixel) * plan::out_pixel;
    finish<Shape.post, Count>(sum[Pixel], place.residual, place.out, offset);
  });
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_pixel(const depthwise_place& place, const float* bias, range columns) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  Pack sum = Pack::template load_first<Count>(bias);
  for (int row = place.taps.begin; row < place.taps.end; ++row) {
    for (int column = columns.begin; column < columns.end; ++column) {
      const std::ptrdiff_t at =
          place.corner + row * Shape.dilation.height * plan::in_row + column * Shape.dilation.width * plan::in_column;
      const float* const weight = place.weights + (row * Shape.kernel.width + column) * plan::out_pixel;
      sum = fma(load_channels<Shape, Count, Pack>(place.in + at, place.channel),
                Pack::template load_first<Count>(weight), sum);
    }
  }
  finish<Shape.post, Count>(sum, place.residual, place.out);
}

/// Rows of output, of `Count` channels from `place.channel` on. `place` is at the tensor's first pixel.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_rows(depthwise_place place, const float* bias, range rows) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr row_plan row = plan::row;
  constexpr auto kept = static_cast<std::size_t>(plan::weights_stay ? plan::taps : 1);
  Pack stay[kept];
  if constexpr (plan::weights_stay) {
    static_for<kept>([&]<std::size_t Tap>() __attribute__((always_inline)) {
      stay[Tap] = Pack::template load_first<Count>(place.weights + static_cast<std::ptrdiff_t>(Tap) * plan::out_pixel);
    });
  }
  const auto advance = [&](int pixels) __attribute__((always_inline)) {
    place.corner += pixels * Shape.stride.width * plan::in_column;
    place.out += pixels * plan::out_pixel;
    if constexpr (Shape.post.residual) place.residual += pixels * plan::out_pixel;
  };
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance(1)) {
      depthwise_pixel<Shape, Pack, Count>(place, bias,
                                          taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width,
                                                      Shape.dilation.width, Shape.in.width));
    }
  };
  float* const first_out = place.out;
  const float* const first_residual = place.residual;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    place.corner = top * plan::in_row - Shape.pad.left * plan::in_column;
    place.out = first_out + y * plan::out_row;
    if constexpr (Shape.post.residual) place.residual = first_residual + y * plan::out_row;
    if constexpr (row.single_left > 0) singles({0, row.single_left});
    if constexpr (row.left > 0) {
      depthwise_tile<Shape, Pack, Count, row.left, 0>(place, stay, bias);
      advance(row.left);
    }
    if constexpr (row.inner_count > 0) {
      for (int count = 0; count < row.inner_count; ++count, advance(row.inner)) {
        depthwise_tile<Shape, Pack, Count, row.inner, -1>(place, stay, bias);
      }
    }
    if constexpr (row.right > 0) {
      depthwise_tile<Shape, Pack, Count, row.right, Shape.out.width - row.single_right - row.right>(place, stay, bias);
      advance(row.right);
    }
    if constexpr (row.single_right > 0) singles({Shape.out.width - row.single_right, Shape.out.width});
  }
}

}  // namespace detail

/// Computes rows of a depthwise convolution, with weights in the layout `depthwise_weights(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void depthwise(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(is_depthwise(Shape), "conv2d computes these, their weights are laid out differently");
  using plan = detail::depthwise_plan<Shape, Pack>;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int tail = Shape.out.channels % lanes;
  constexpr auto biases = static_cast<std::ptrdiff_t>(depthwise_weights(Shape).biases());
  for (range band{rows.begin, rows.begin}; band.begin < rows.end; band.begin = band.end) {
    band.end = std::min(band.begin + plan::band, rows.end);
    const auto at = [&](int channel) __attribute__((always_inline)) {
      detail::depthwise_place place{};
      place.in = in + channel / plan::multiplier;
      place.weights = weights + channel;
      place.residual = Shape.post.residual ? residual + channel : nullptr;
      place.out = out + channel;
      place.channel = channel;
      return place;
    };
    int channel = 0;
    for (; channel + lanes <= Shape.out.channels; channel += lanes) {
      detail::depthwise_rows<Shape, Pack, lanes>(at(channel), weights + biases + channel, band);
    }
    if constexpr (tail > 0) detail::depthwise_rows<Shape, Pack, tail>(at(channel), weights + biases + channel, band);
  }
}

}  // namespace cleave::kernels
#endif
