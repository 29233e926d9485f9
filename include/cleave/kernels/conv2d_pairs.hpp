// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_PAIRS_HPP
#define CLEAVE_KERNELS_CONV2D_PAIRS_HPP

/// @file
/// Convolutions from a few channels to five to eight, as networks for images begin: two pixels of the output share a
/// pack of sixteen lanes, half of which would be empty otherwise. They are half a row apart, so that an input, spread
/// over its half once, serves all pixels of a tile that have it. Bits and weights are those of `conv2d`.

#include <algorithm>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/kernels/taps.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// How half a row is cut into tiles: one at the left, some that touch no padding, one at the right. The upper half of a
/// pack is the pixel `apart` further.
struct pair_plan {
  int apart = 0;
  int left = 0;
  int inner_count = 0;
  int right = 0;
  int right_begin = 0;
};

constexpr pair_plan plan_pairs(const conv2d_shape& of) noexcept {
  pair_plan plan;
  plan.apart = ceil_div(of.out.width, 2);
  // Beside the sums there are a kernel row's weights, the inputs, and eight patterns that spread them.
  const int most = std::max(1, 20 - of.kernel.width * of.in.channels);
  const int tiles = ceil_div(plan.apart, most);
  plan.left = ceil_div(plan.apart, tiles);
  plan.inner_count = std::max(0, ceil_div(plan.apart, plan.left) - 2);
  plan.right_begin = plan.left * (plan.inner_count + 1);
  plan.right = plan.apart - plan.right_begin;
  return plan;
}

}  // namespace detail

/// True for the convolutions that `conv2d_pairs` computes.
constexpr bool takes_pairs(const conv2d_shape& of) noexcept {
  const detail::pair_plan plan = detail::plan_pairs(of);
  const range inside = inside_columns(of);
  const bool padding_at_edges =
      plan.inner_count == 0 || (plan.left >= inside.begin && plan.right_begin + plan.apart <= inside.end);
  return of.groups == 1 && of.out.channels > 4 && of.out.channels <= 8 && of.in.channels <= 4 &&
         of.kernel.width * of.in.channels <= 12 && of.stride.width <= of.kernel.width && of.dilation == extent(1) &&
         of.out.width >= 4 && !of.post.residual && padding_at_edges;
}

namespace detail {

/// `Pixels` pixels of each half, from the pixel at `X0` of the row on, or anywhere that touches no padding if that is
/// negative. `corner` is the first pixel's first tap in the row `taps.begin`, `out` the first pixel.
template <conv2d_shape Shape, pair_pack Pack, int Pixels, int X0>
[[gnu::noinline]] void conv2d_pairs_tile(const float* corner, const float* weights, float* out, range taps) noexcept {
  constexpr int apart = plan_pairs(Shape).apart;
  constexpr int inputs = Shape.in.channels;
  constexpr int stride = Shape.stride.width;
  constexpr int steps = Shape.kernel.width * inputs;
  constexpr int span = ((Pixels - 1) * stride + Shape.kernel.width) * inputs;  // floats of a row
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto exists = [](int pixel) { return X0 < 0 || X0 + pixel < Shape.out.width; };
  // Whether the float `at` from the corner, of the lower or upper half, is on the input.
  constexpr auto on_input = [](int at, bool upper) {
    const int x = (X0 + (upper ? apart : 0)) * stride - Shape.pad.left + at / inputs;
    return at < span && (X0 < 0 || (x >= 0 && x < Shape.in.width));
  };
  Pack sum[pixels];
  const Pack bias = Pack::load_twice(weights + blocked(Shape).biases());
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = bias; });

  for (int row = taps.begin; row < taps.end; ++row, corner += Shape.in.width * inputs) {
    const float* const weight_row = weights + row * steps * 8;
    Pack weight[static_cast<std::size_t>(steps)];
    static_for<static_cast<std::size_t>(steps)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      weight[Step] = Pack::load_twice(weight_row + Step * 8);
    });
    static_for<static_cast<std::size_t>(ceil_div(span, 8))>([&]<std::size_t Eight>() __attribute__((always_inline)) {
      constexpr int first = static_cast<int>(Eight) * 8;
      constexpr unsigned there = [=] {
        unsigned lanes = 0;
        for (int lane = 0; lane < 16; ++lane) lanes |= on_input(first + lane % 8, lane >= 8) ? 1U << lane : 0U;
        return lanes;
      }();
      const Pack eight = Pack::template load_halves<there>(corner + first, corner + first + apart * stride * inputs);
      static_for<8>([&]<std::size_t Lane>() __attribute__((always_inline)) {
        constexpr int at = first + static_cast<int>(Lane);
        constexpr bool low = on_input(at, false);
        constexpr bool high = on_input(at, true);
        if constexpr (low || high) {
          const Pack input = eight.template spread<static_cast<int>(Lane)>();
          // Every pixel that has this float, as its tap of some column.
          static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            constexpr int step = at - static_cast<int>(Pixel) * stride * inputs;
            if constexpr (step >= 0 && step < steps) {
              sum[Pixel] =
                  Pack::template fma_halves<low, high>(input, weight[static_cast<std::size_t>(step)], sum[Pixel]);
            }
          });
        }
      });
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr int pixel = static_cast<int>(Pixel);
    const Pack result = apply<Shape.post.post>(sum[Pixel]);
    result.template store_first<Shape.out.channels>(out + pixel * Shape.out_pixel());
    if constexpr (exists(pixel + apart)) {
      result.template store_high<Shape.out.channels>(out + (pixel + apart) * Shape.out_pixel());
    }
  });
}

}  // namespace detail

/// Computes rows of a convolution for which `takes_pairs` holds, with weights in the layout `blocked(Shape)`.
template <conv2d_shape Shape, pair_pack Pack>
void conv2d_pairs(const float* in, const float* weights, float* out, range rows) noexcept {
  static_assert(takes_pairs(Shape));
  constexpr detail::pair_plan plan = detail::plan_pairs(Shape);
  constexpr std::ptrdiff_t inputs = Shape.in.channels;
  constexpr std::ptrdiff_t next_in = Shape.stride.width * inputs;
  constexpr std::ptrdiff_t next_out = Shape.out_pixel();
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range taps = taps_inside(top, Shape.kernel.height, 1, Shape.in.height);
    const std::ptrdiff_t first_row = top + taps.begin;
    const float* const corner = in + (first_row * Shape.in.width - Shape.pad.left) * inputs;
    float* const to = out + y * (Shape.out.width * next_out);
    detail::conv2d_pairs_tile<Shape, Pack, plan.left, 0>(corner, weights, to, taps);
    if constexpr (plan.inner_count > 0) {
      for (int x = plan.left; x < plan.right_begin; x += plan.left) {
        detail::conv2d_pairs_tile<Shape, Pack, plan.left, -1>(corner + x * next_in, weights, to + x * next_out, taps);
      }
    }
    if constexpr (plan.right > 0) {
      detail::conv2d_pairs_tile<Shape, Pack, plan.right, plan.right_begin>(corner + plan.right_begin * next_in, weights,
                                                                           to + plan.right_begin * next_out, taps);
    }
  }
}

}  // namespace cleave::kernels
#endif
