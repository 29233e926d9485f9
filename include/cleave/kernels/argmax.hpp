// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ARGMAX_HPP
#define CLEAVE_KERNELS_ARGMAX_HPP

/// @file
/// The channel of the largest element of each pixel.

#include <cstddef>
#include <cstdint>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/largest.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `argmax` is keyed by.
struct argmax_shape {
  shape in;

  constexpr bool operator==(const argmax_shape&) const = default;
};

/// The first channel that holds the largest element of each pixel; with a NaN, any of its channels.
template <argmax_shape Shape, pack Pack>
void argmax(const float* in, std::int32_t* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(rows.begin) * Shape.in.width;
  const std::ptrdiff_t last = static_cast<std::ptrdiff_t>(rows.end) * Shape.in.width;
  for (std::ptrdiff_t pixel = first; pixel < last; ++pixel) {
    const float* const from = in + pixel * channels;
    const float best = largest<channels, Pack>(from);
    std::int32_t index = 0;
    while (index < channels && from[index] != best) ++index;
    out[pixel] = index < channels ? index : 0;
  }
}

}  // namespace cleave::kernels
#endif
