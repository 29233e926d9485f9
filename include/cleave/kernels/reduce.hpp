// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REDUCE_HPP
#define CLEAVE_KERNELS_REDUCE_HPP

/// @file
/// One number of all channels, for each pixel: their sum, mean, largest and so on. Sums and products are made in the
/// order of fold_channels.hpp.

#include <cstddef>
#include <limits>

#include <cleave/core/choices.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/fold_channels.hpp>
#include <cleave/kernels/function.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `reduce` is keyed by.
struct reduce_shape {
  shape in;
  reduction what;

  constexpr bool operator==(const reduce_shape&) const = default;
};

/// The largest of the channels; a zero is +0, and with a NaN anything may be the answer.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float largest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, -std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return max(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a > b ? a : b; });
  return found + 0.0F;
}

/// The smallest, likewise.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float smallest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return min(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a < b ? a : b; });
  return found + 0.0F;
}

namespace detail {

/// A finite number near the largest channel, which may be subtracted from any of them.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float finite_largest(const float* pixel) noexcept {
  constexpr float limit = std::numeric_limits<float>::max();
  const float greatest = largest_channel<Channels, Pack>(pixel);
  return greatest > limit ? limit : greatest < -limit ? -limit : greatest;
}

template <reduce_shape Shape, pack Pack>
[[gnu::always_inline]] inline float reduce_pixel(const float* pixel) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr reduction what = Shape.what;
  const auto plain = [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; };
  const auto size = [](Pack part, Pack x) __attribute__((always_inline)) { return part + abs(x); };
  const auto square = [](Pack part, Pack x) __attribute__((always_inline)) { return fma(x, x, part); };
  if constexpr (what == reduction::mean) {
    return sum_channels<channels, Pack>(pixel, plain) / static_cast<float>(channels);
  } else if constexpr (what == reduction::sum) {
    return sum_channels<channels, Pack>(pixel, plain);
  } else if constexpr (what == reduction::max) {
    return largest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::min) {
    return smallest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::product) {
    return fold_channels<channels, Pack>(
        pixel, 1.0F, [](Pack part, Pack x) __attribute__((always_inline)) { return part * x; },
        [](float a, float b) __attribute__((always_inline)) { return a * b; });
  } else if constexpr (what == reduction::l1) {
    return sum_channels<channels, Pack>(pixel, size);
  } else if constexpr (what == reduction::l2) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return sqrt(x); }, sum_channels<channels, Pack>(pixel, square));
  } else if constexpr (what == reduction::sum_square) {
    return sum_channels<channels, Pack>(pixel, square);
  } else if constexpr (what == reduction::log_sum) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum_channels<channels, Pack>(pixel, plain));
  } else {
    static_assert(what == reduction::log_sum_exp);
    const float greatest = finite_largest<channels, Pack>(pixel);
    const Pack all = Pack::fill(greatest);
    const float sum = sum_channels<channels, Pack>(
        pixel, [&](Pack part, Pack x) __attribute__((always_inline)) { return part + kernels::exp(x - all); });
    return greatest + of_one<Pack>(
                          [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum);
  }
}

}  // namespace detail

/// One number a pixel. The tensors must not overlap.
template <reduce_shape Shape, pack Pack>
void reduce(const float* in, float* out, range rows) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    out[i] = detail::reduce_pixel<Shape, Pack>(in + i * channels);
  }
}

}  // namespace cleave::kernels
#endif
