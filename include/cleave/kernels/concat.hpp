// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONCAT_HPP
#define CLEAVE_KERNELS_CONCAT_HPP

/// @file
/// Concatenation along the channels, one input a call.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/strip.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `concat` is keyed by.
struct concat_shape {
  shape in;
  int channels;  ///< of the output
  int offset;    ///< the output's channel at which this input begins

  constexpr bool operator==(const concat_shape&) const = default;
};

/// Copies one input into its channels of the output. The tensors must not overlap.
template <concat_shape Shape, pack Pack>
void concat(const float* in, float* out, range rows) noexcept {
  constexpr std::ptrdiff_t width = Shape.in.width;
  for (std::ptrdiff_t pixel = rows.begin * width; pixel < rows.end * width; ++pixel) {
    const float* const from = in + pixel * Shape.in.channels;
    float* const to = out + pixel * Shape.channels + Shape.offset;
    for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
      strip<Pack, Count>::load(from + channel).store(to + channel);
    });
  }
}

}  // namespace cleave::kernels
#endif
