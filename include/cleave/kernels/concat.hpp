// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONCAT_HPP
#define CLEAVE_KERNELS_CONCAT_HPP

/// @file
/// Concatenation along the channels or the rows, one input a call. Columns are joined as channels of tensors that have
/// one column.

#include <algorithm>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
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

/// The shape of a piece of a concatenation along the columns.
constexpr concat_shape concat_columns(shape in, int width, int offset) noexcept {
  return {{in.height, 1, in.width * in.channels}, width * in.channels, offset * in.channels};
}

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

/// What `concat_rows` is keyed by.
struct concat_rows_shape {
  shape in;
  int offset;  ///< the output's row at which this input begins

  constexpr bool operator==(const concat_rows_shape&) const = default;
};

/// Copies one input into its rows of the output, as far as they are among `rows`. The tensors must not overlap.
template <concat_rows_shape Shape, pack Pack>
void concat_rows(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  const int begin = std::max(rows.begin, Shape.offset);
  const int end = std::min(rows.end, Shape.offset + Shape.in.height);
  if (begin >= end) return;
  std::copy_n(in + static_cast<std::size_t>(begin - Shape.offset) * line, static_cast<std::size_t>(end - begin) * line,
              out + static_cast<std::size_t>(begin) * line);
}

}  // namespace cleave::kernels
#endif
