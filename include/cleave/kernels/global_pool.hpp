// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_GLOBAL_POOL_HPP
#define CLEAVE_KERNELS_GLOBAL_POOL_HPP

/// @file
/// Mean and maximum of all pixels, channel by channel. The output is one row: `rows` is {0, 1} or empty.

#include <cstddef>
#include <limits>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/strip.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What the global pooling kernels are keyed by.
struct global_pool_shape {
  shape in;

  constexpr bool operator==(const global_pool_shape&) const = default;
};

namespace detail {

template <global_pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void global_pool(const float* in, float* out, range rows, float initial, Fold fold,
                                               Finish finish) noexcept {
  if (rows.size() == 0) return;
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  for_each_strip<Shape.in.channels, 8, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
    auto sum = strip<Pack, Count>::fill(initial);
    const float* end = in + Shape.in.size();
    for (const float* pixel = in; pixel != end; pixel += channels) {
      sum.update(fold, strip<Pack, Count>::load(pixel + channel));
    }
    sum.update(finish);
    sum.store(out + channel);
  });
}

}  // namespace detail

/// The largest element of each channel; unspecified where one is a NaN.
template <global_pool_shape Shape, pack Pack>
void global_max_pool(const float* in, float* out, range rows) noexcept {
  detail::global_pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); });
}

/// The mean of each channel: its elements are added from +0, pixel after pixel, and divided by their count.
template <global_pool_shape Shape, pack Pack>
void global_average_pool(const float* in, float* out, range rows) noexcept {
  constexpr auto count = static_cast<float>(Shape.in.height * Shape.in.width);
  detail::global_pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](Pack sum) __attribute__((always_inline)) { return divide(sum, Pack::fill(count)); });
}

}  // namespace cleave::kernels
#endif
