// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_PAD_HPP
#define CLEAVE_KERNELS_PAD_HPP

/// @file
/// Rows and columns of one value around a tensor.

#include <algorithm>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `pad` is keyed by. The output has the rows and columns of `in` and of `border`.
struct pad_shape {
  shape in;
  padding border;
  float value = 0;

  constexpr bool operator==(const pad_shape&) const = default;
};

/// Copies the tensor into the middle of a larger one that is `value` elsewhere. The tensors must not overlap.
template <pad_shape Shape, pack Pack>
void pad(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t left = row_size({1, Shape.border.left, Shape.in.channels});
  constexpr std::size_t right = row_size({1, Shape.border.right, Shape.in.channels});
  constexpr std::size_t out_line = left + line + right;
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int row = y - Shape.border.top;
    if (row < 0 || row >= Shape.in.height) {
      to = std::fill_n(to, out_line, Shape.value);
      continue;
    }
    to = std::fill_n(to, left, Shape.value);
    to = std::copy_n(in + static_cast<std::size_t>(row) * line, line, to);
    to = std::fill_n(to, right, Shape.value);
  }
}

}  // namespace cleave::kernels
#endif
