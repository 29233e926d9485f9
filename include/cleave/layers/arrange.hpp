// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_ARRANGE_HPP
#define CLEAVE_LAYERS_ARRANGE_HPP

/// @file
/// Layers that move elements and compute nothing: concat, pad, upsample; flatten, reshape and dropout, which only
/// rename memory.

#include <array>
#include <span>

#include <cleave/core/choices.hpp>
#include <cleave/layers/record.hpp>

namespace cleave {

/// The channels of `from`, then those of `with[0]`, `with[1]`, ..., at every pixel; or rows below rows, or columns
/// beside columns (ONNX Concat).
struct concat {
  std::array<label, max_inputs - 1> with;
  cleave::axis axis = cleave::axis::channels;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::concat;
    record.integers[0] = static_cast<int>(axis);
    record.name = name;
    record.from[0] = from;
    record.arity = 1;
    for (const label other : with) {
      if (!other.empty()) record.from[static_cast<std::size_t>(record.arity++)] = other;
    }
    return record;
  }

  static constexpr inference infer(const layer_record& record, std::span<const shape> in) noexcept {
    const auto along = static_cast<cleave::axis>(record.integers[0]);
    inference result;
    result.out = in[0];
    for (const shape other : in.subspan(1)) {
      const bool rows = along == cleave::axis::height || other.height == in[0].height;
      const bool columns = along == cleave::axis::width || other.width == in[0].width;
      const bool depth = along == cleave::axis::channels || other.channels == in[0].channels;
      if (along == cleave::axis::channels && !(rows && columns)) return refused(need::inputs_of_equal_height_and_width);
      if (!rows || !columns || !depth) return refused(need::inputs_that_differ_along_the_axis_only);
      if (along == cleave::axis::height) result.out.height += other.height;
      if (along == cleave::axis::width) result.out.width += other.width;
      if (along == cleave::axis::channels) result.out.channels += other.channels;
    }
    return result;
  }
};

/// All elements as one row of channels, in NHWC order. Costs nothing.
struct flatten {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::flatten;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(shape in, dtype type) noexcept {
    inference result;
    result.out = {1, 1, static_cast<int>(in.size())};
    result.type = type;
    return result;
  }
};

/// The same elements, in NHWC order, under another shape. Costs nothing.
struct reshape {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::reshape;
    record.given = {height, width, channels};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.given.channels <= 0) {
      return refused(need::positive_sizes);
    }
    if (record.given.size() != in.size()) return refused(need::as_many_elements_as_it_receives);
    inference result;
    result.out = record.given;
    result.type = type;
    return result;
  }
};

/// Nothing: dropout only acts in training. Costs nothing.
struct dropout {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dropout;
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// Rows and columns of `value` around the tensor (ONNX Pad, mode constant), and `interior` of them between any two of
/// its rows and columns.
struct pad {
  cleave::padding padding;
  float value = 0;
  extent interior = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::pad;
    record.pad = padding;
    record.dilation = {interior.height + 1, interior.width + 1};
    record.numbers = {value, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const auto& border = record.pad;
    if (border.automatic || border.top < 0 || border.left < 0 || border.bottom < 0 || border.right < 0 ||
        record.dilation.height <= 0 || record.dilation.width <= 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {(in.height - 1) * record.dilation.height + 1 + border.top + border.bottom,
                  (in.width - 1) * record.dilation.width + 1 + border.left + border.right, in.channels};
    result.pad = border;
    return result;
  }
};

/// Every pixel repeated `factor` times down and across (ONNX Resize, nearest, whole factors).
struct upsample {
  extent factor;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::upsample;
    record.kernel = factor;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.kernel.height <= 0 || record.kernel.width <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {in.height * record.kernel.height, in.width * record.kernel.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
