// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ARGMAX_HPP
#define CLEAVE_KERNELS_ARGMAX_HPP

/// @file
/// The channel of the largest or smallest element of each pixel, as its number or as a 1 among zeros.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/largest.hpp>
#include <cleave/kernels/reduce.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `argmax` is keyed by.
struct argmax_shape {
  shape in;
  bool smallest = false;
  bool last_index = false;  ///< of several equal ones

  constexpr bool operator==(const argmax_shape&) const = default;
};

namespace detail {

/// The first or last channel that holds the element; 0 where none does, because there are NaNs.
template <int Channels, bool LastIndex>
[[gnu::always_inline]] inline std::int32_t index_of(const float* pixel, float element) noexcept {
  if constexpr (LastIndex) {
    std::int32_t index = Channels - 1;
    while (index > 0 && pixel[index] != element) --index;
    return index;
  } else {
    std::int32_t index = 0;
    while (index < Channels && pixel[index] != element) ++index;
    return index < Channels ? index : 0;
  }
}

}  // namespace detail

/// The first or last channel that holds the largest or smallest element of each pixel; with a NaN, any of its channels.
template <argmax_shape Shape, pack Pack>
void argmax(const float* in, std::int32_t* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    const float* const pixel = in + i * static_cast<std::size_t>(channels);
    float best;
    if constexpr (Shape.smallest) best = smallest_channel<channels, Pack>(pixel);
    else best = largest<channels, Pack>(pixel);
    out[i] = detail::index_of<channels, Shape.last_index>(pixel, best);
  }
}

/// What `hardmax` is keyed by.
struct hardmax_shape {
  shape out;

  constexpr bool operator==(const hardmax_shape&) const = default;
};

/// 1 in the first channel that holds the largest element of each pixel, 0 in all others; `in` may be `out`.
template <hardmax_shape Shape, pack Pack>
void hardmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const float best = largest<channels, Pack>(in + i);
    const std::int32_t index = detail::index_of<channels, false>(in + i, best);
    std::fill_n(out + i, pixel_size, 0.0F);
    out[i + static_cast<std::size_t>(index)] = 1.0F;
  }
}

}  // namespace cleave::kernels
#endif
