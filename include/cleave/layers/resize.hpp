// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_RESIZE_HPP
#define CLEAVE_LAYERS_RESIZE_HPP

/// @file
/// Enlarging and shrinking rows and columns.

#include <cleave/core/choices.hpp>
#include <cleave/layers/record.hpp>

namespace cleave {

/// Another height and width (ONNX Resize). Scales are output size / input size unless given.
struct resize {
  int height;
  int width;
  resize_mode mode = resize_mode::nearest;
  resize_coordinates coordinates = resize_coordinates::half_pixel;
  resize_rounding rounding = resize_rounding::round_prefer_floor;
  float vertical_scale = 0;
  float horizontal_scale = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::resize;
    record.given = {height, width, 1};
    record.integers = {static_cast<int>(mode), static_cast<int>(coordinates), static_cast<int>(rounding)};
    record.numbers = {vertical_scale, horizontal_scale, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.numbers[0] < 0 || record.numbers[1] < 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {record.given.height, record.given.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
