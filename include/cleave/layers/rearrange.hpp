// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_REARRANGE_HPP
#define CLEAVE_LAYERS_REARRANGE_HPP

/// @file
/// Layers that read elements in another order: rearrange, which can take any, and transpose and slice, which say more
/// of what they do.

#include <array>
#include <cstddef>

#include <cleave/core/element_order.hpp>
#include <cleave/layers/record.hpp>

namespace cleave {

/// Any choice of elements in any order: output element [i0][i1]... of `dims` is input element `offset` + i0 strides[0]
/// + i1 strides[1] + ... . Strides may be 0, to repeat, and negative, to reverse.
struct rearrange {
  int height = 1;
  int width = 1;
  int channels = 1;
  std::array<int, max_dimensions> dims;
  std::array<int, max_dimensions> strides;
  int offset = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::rearrange;
    record.given = {height, width, channels};
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = strides[i];
    }
    record.integers[2 * max_dimensions] = offset;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr element_order order(const layer_record& record) noexcept {
    element_order result;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      result.sizes[i] = record.integers[i];
      result.steps[i] = record.integers[max_dimensions + i];
    }
    result.offset = record.integers[2 * max_dimensions];
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order elements = order(record);
    const shape out = record.given;
    if (out.height <= 0 || out.width <= 0 || out.channels <= 0 || elements.count() != out.size()) {
      return refused(need::positive_sizes);
    }
    if (!elements.lies_within(in.size())) return refused(need::elements_within_its_input);
    inference result;
    result.out = out;
    result.type = type;
    return result;
  }
};

/// Directions in another order (ONNX Transpose): the input is read as `dims`, by default its height, width and
/// channels; direction i of the output is direction `permutation[i]` of the input. The output's last two are its width
/// and channels, those before together its height.
struct transpose {
  std::array<int, max_dimensions> dims{};
  std::array<int, max_dimensions> permutation;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::transpose;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = permutation[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const element_order given = read_as(record, in);
    element_order result;
    const std::size_t rank = given.rank();
    for (std::size_t i = 0; i < rank; ++i) {
      const auto source = static_cast<std::size_t>(given.steps[i]);
      result.sizes[i] = given.sizes[source];
      result.steps[i] = 1;
      for (std::size_t k = source + 1; k < rank; ++k) result.steps[i] *= given.sizes[k];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order given = read_as(record, in);
    if (given.count() != in.size()) return refused(need::as_many_elements_as_it_receives);
    const std::size_t rank = given.rank();
    std::array<bool, max_dimensions> seen{};
    for (std::size_t i = 0; i < rank; ++i) {
      const int source = given.steps[i];
      if (source < 0 || source >= static_cast<int>(rank) || seen[static_cast<std::size_t>(source)]) {
        return refused(need::a_permutation_of_its_dimensions);
      }
      seen[static_cast<std::size_t>(source)] = true;
    }
    const element_order moved = order(record, in);
    inference result;
    result.type = type;
    result.out.channels = moved.sizes[rank - 1];
    if (rank > 1) result.out.width = moved.sizes[rank - 2];
    for (std::size_t i = 0; i + 2 < rank; ++i) result.out.height *= moved.sizes[i];
    return result;
  }

 private:
  /// Sizes of the input's directions, and the permutation in place of steps.
  static constexpr element_order read_as(const layer_record& record, shape in) noexcept {
    element_order given = rearrange::order(record);
    if (given.rank() == 0) given.sizes = {in.height, in.width, in.channels};
    return given;
  }
};

/// Some rows, columns and channels (ONNX Slice, Split): `size` of them from `begin` on, `step` apart; a size of 0 takes
/// all there are. Each has three numbers: height, width, channels. A negative step goes backwards.
struct slice {
  std::array<int, 3> begin{};
  std::array<int, 3> size{};
  std::array<int, 3> step{1, 1, 1};
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::slice;
    for (std::size_t i = 0; i < 3; ++i) {
      record.integers[i] = begin[i];
      record.integers[3 + i] = size[i];
      record.integers[6 + i] = step[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const std::array<int, 3> apart{in.width * in.channels, in.channels, 1};
    element_order result;
    for (std::size_t i = 0; i < 3; ++i) {
      result.sizes[i] = size_along(record, in, i);
      result.steps[i] = record.integers[6 + i] * apart[i];
      result.offset += record.integers[i] * apart[i];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    for (std::size_t i = 0; i < 3; ++i) {
      const int first = record.integers[i];
      const int count = size_along(record, in, i);
      if (record.integers[6 + i] == 0 || record.integers[3 + i] < 0) return refused(need::positive_sizes);
      const long long end = first + static_cast<long long>(count - 1) * record.integers[6 + i];
      if (first < 0 || first >= there[i] || end < 0 || end >= there[i]) return refused(need::elements_within_its_input);
    }
    const element_order kept = order(record, in);
    inference result;
    result.out = {kept.sizes[0], kept.sizes[1], kept.sizes[2]};
    result.type = type;
    return result;
  }

 private:
  static constexpr int size_along(const layer_record& record, shape in, std::size_t direction) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    const int first = record.integers[direction];
    const int step = record.integers[6 + direction];
    if (record.integers[3 + direction] != 0 || step == 0) return record.integers[3 + direction];
    return step > 0 ? (there[direction] - 1 - first) / step + 1 : first / -step + 1;
  }
};

}  // namespace cleave
#endif
