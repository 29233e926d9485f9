// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_PAD_HPP
#define CLEAVE_KERNELS_PAD_HPP

/// @file
/// Rows and columns of one value around a tensor, and between its own.

#include <algorithm>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `pad` is keyed by: rows and columns around, and between any two of `in`.
struct pad_shape {
  shape in;
  padding border;
  float value = 0;
  extent interior = 0;

  constexpr shape out() const noexcept {
    return {(in.height - 1) * (interior.height + 1) + 1 + border.top + border.bottom,
            (in.width - 1) * (interior.width + 1) + 1 + border.left + border.right, in.channels};
  }
  constexpr bool operator==(const pad_shape&) const = default;
};

/// Copies the tensor into a larger one that is `value` elsewhere. The tensors must not overlap.
template <pad_shape Shape, pack Pack>
void pad(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t left = row_size({1, Shape.border.left, Shape.in.channels});
  constexpr std::size_t right = row_size({1, Shape.border.right, Shape.in.channels});
  constexpr std::size_t out_line = row_size(Shape.out());
  constexpr int apart = Shape.interior.height + 1;
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int row = y - Shape.border.top;
    if (row < 0 || row > (Shape.in.height - 1) * apart || row % apart != 0) {
      to = std::fill_n(to, out_line, Shape.value);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(row / apart) * line;
    to = std::fill_n(to, left, Shape.value);
    if constexpr (Shape.interior.width == 0) {
      to = std::copy_n(from, line, to);
    } else {
      constexpr auto pixel = static_cast<std::size_t>(Shape.in.channels);
      constexpr std::size_t gap = row_size({1, Shape.interior.width, Shape.in.channels});
      for (int x = 0; x < Shape.in.width; ++x, from += pixel) {
        if (x > 0) to = std::fill_n(to, gap, Shape.value);
        to = std::copy_n(from, pixel, to);
      }
    }
    to = std::fill_n(to, right, Shape.value);
  }
}

}  // namespace cleave::kernels
#endif
