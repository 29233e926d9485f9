// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_UPSAMPLE_HPP
#define CLEAVE_KERNELS_UPSAMPLE_HPP

/// @file
/// Enlarging by whole factors, every pixel repeated.

#include <algorithm>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/strip.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `upsample` is keyed by. The output has the height and width of `in` times `factor`.
struct upsample_shape {
  shape in;
  extent factor;

  constexpr bool operator==(const upsample_shape&) const = default;
};

/// out[y][x] = in[y / factor.height][x / factor.width]. The tensors must not overlap.
template <upsample_shape Shape, pack Pack>
void upsample(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t out_line = line * static_cast<std::size_t>(Shape.factor.width);
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y, to += out_line) {
    if (y > rows.begin && y % Shape.factor.height != 0) {
      std::copy_n(to - out_line, out_line, to);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(y / Shape.factor.height) * line;
    float* pixel = to;
    for (int x = 0; x < Shape.in.width; ++x, from += Shape.in.channels) {
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        const auto value = strip<Pack, Count>::load(from + channel);
        for (int k = 0; k < Shape.factor.width; ++k) value.store(pixel + k * Shape.in.channels + channel);
      });
      pixel += Shape.factor.width * Shape.in.channels;
    }
  }
}

}  // namespace cleave::kernels
#endif
