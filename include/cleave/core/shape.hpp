// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_SHAPE_HPP
#define CLEAVE_CORE_SHAPE_HPP

/// @file
/// Sizes of tensors and windows. Layer "core": includes nothing of cleave.

#include <cstddef>
#include <cstdint>

namespace cleave {

/// What one element of a tensor is. Both take four bytes.
enum class dtype : std::uint8_t { float32, int32 };

/// Height, width and channels of one activation tensor, stored NHWC with a batch of one.
/// A signal of one dimension has height 1, a vector height 1 and width 1.
struct shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  constexpr std::size_t size() const noexcept {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  constexpr std::size_t bytes() const noexcept { return size() * 4; }
  constexpr bool operator==(const shape&) const = default;
};

/// A size in rows and columns: of a window, a step or a dilation. One number stands for both.
struct extent {
  int height = 1;
  int width = 1;

  constexpr extent() = default;
  constexpr extent(int both) : height(both), width(both) {}
  constexpr extent(int rows, int columns) : height(rows), width(columns) {}
  constexpr bool operator==(const extent&) const = default;
};

/// Rows and columns added around a tensor. `same` asks for an output of ceil(input / stride),
/// with the odd row or column at the bottom and right (ONNX auto_pad SAME_UPPER).
struct padding {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;
  bool automatic = false;

  constexpr padding() = default;
  constexpr padding(int all) : top(all), left(all), bottom(all), right(all) {}
  constexpr padding(int rows, int columns) : top(rows), left(columns), bottom(rows), right(columns) {}
  constexpr padding(int above, int before, int below, int after)
      : top(above), left(before), bottom(below), right(after) {}
  constexpr bool operator==(const padding&) const = default;

  static constexpr padding make_same() {
    padding result;
    result.automatic = true;
    return result;
  }
};

/// Padding that keeps ceil(input / stride) rows and columns.
inline constexpr padding same = padding::make_same();

/// A half-open run of output rows (spatial kernels) or of outputs (dense kernels): [begin, end).
struct range {
  int begin = 0;
  int end = 0;

  constexpr int size() const noexcept { return end - begin; }
  constexpr bool operator==(const range&) const = default;
};

/// The number of blocks of `unit` that cover `count`.
constexpr int ceil_div(int count, int unit) noexcept { return (count + unit - 1) / unit; }

/// `count` rounded up to a multiple of `unit`.
constexpr std::size_t round_up(std::size_t count, std::size_t unit) noexcept {
  return (count + unit - 1) / unit * unit;
}

}  // namespace cleave
#endif
