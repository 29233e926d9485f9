// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_DENSE_HPP
#define CLEAVE_LAYERS_DENSE_HPP

/// @file
/// The fully connected layer (ONNX Gemm).

#include <cleave/layers/record.hpp>

namespace cleave {

/// Every output is a weighted sum of all elements of the input, in NHWC order, plus a bias. Gives 1 x 1 x units.
struct dense {
  int units;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dense;
    record.channels = units;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {1, 1, record.channels};
    result.multiply_adds = in.size() * static_cast<std::uint64_t>(record.channels);
    return result;
  }
};

}  // namespace cleave
#endif
