// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_POOL_HPP
#define CLEAVE_KERNELS_POOL_HPP

/// @file
/// Maximum and mean over a sliding window, channel by channel.

#include <algorithm>
#include <cstddef>
#include <limits>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/strip.hpp>
#include <cleave/kernels/taps.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What the pooling kernels are keyed by. `pad` is resolved; `out` decides on ceil mode: its last windows may reach
/// beyond the padding.
struct pool_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride;
  extent dilation{};
  padding pad{};
  bool count_include_pad = false;  ///< the mean counts padding as zeros, but nothing beyond the padding

  constexpr bool operator==(const pool_shape&) const = default;
};

/// By what the sum of the window at one row (or column) of the output is divided, along that axis: the taps on the
/// input, or with `padded` those that lie on the padding too.
constexpr int pool_count(int origin, int kernel, int dilation, int size, int before, int after, bool padded) noexcept {
  return padded ? taps_inside(origin + before, kernel, dilation, size + before + after).size()
                : taps_inside(origin, kernel, dilation, size).size();
}

namespace detail {

/// Runs over windows: folds the taps on the input, in order of rows and then columns, into strips that begin as
/// `initial`, and stores finish(strip, row, column).
template <pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void pool(const float* in, float* out, range rows, float initial, Fold fold,
                                        Finish finish) noexcept {
  constexpr auto channels = static_cast<std::ptrdiff_t>(Shape.in.channels);
  constexpr std::ptrdiff_t line = Shape.in.width * channels;
  constexpr std::ptrdiff_t next_row = Shape.dilation.height * line;
  constexpr std::ptrdiff_t next_column = Shape.dilation.width * channels;
  float* to = out + rows.begin * (Shape.out.width * channels);
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range down = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const range across = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      const std::ptrdiff_t first =
          (top + down.begin * Shape.dilation.height) * line + (left + across.begin * Shape.dilation.width) * channels;
      const auto divisor = finish(y, x);
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        auto sum = strip<Pack, Count>::fill(initial);
        std::ptrdiff_t row = first + channel;
        for (int ky = down.begin; ky < down.end; ++ky, row += next_row) {
          std::ptrdiff_t tap = row;
          for (int kx = across.begin; kx < across.end; ++kx, tap += next_column) {
            sum.update(fold, strip<Pack, Count>::load(in + tap));
          }
        }
        sum.update(divisor);
        sum.store(to + channel);
      });
      to += channels;
    }
  }
}

}  // namespace detail

/// The largest element of each window. A window without any is -inf; one with a NaN is unspecified.
template <pool_shape Shape, pack Pack>
void max_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      // Which of +0 and -0 is larger depends on the machine; + 0 makes both +0.
      [](int, int) __attribute__((always_inline)) {
        return [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); };
      });
}

/// The mean of each window: its elements are added from +0 in order of rows, then columns, and divided by their count.
template <pool_shape Shape, pack Pack>
void average_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](int y, int x) __attribute__((always_inline)) {
        const int height =
            pool_count(y * Shape.stride.height - Shape.pad.top, Shape.kernel.height, Shape.dilation.height,
                       Shape.in.height, Shape.pad.top, Shape.pad.bottom, Shape.count_include_pad);
        const int width = pool_count(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                                     Shape.in.width, Shape.pad.left, Shape.pad.right, Shape.count_include_pad);
        const Pack count = Pack::fill(static_cast<float>(std::max(1, height * width)));
        return [count](Pack sum) __attribute__((always_inline)) { return divide(sum, count); };
      });
}

}  // namespace cleave::kernels
#endif
