// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_INPUT_HPP
#define CLEAVE_LAYERS_INPUT_HPP

/// @file
/// Where tensors enter and leave a graph, and tensors that do not change.

#include <cleave/layers/record.hpp>

namespace cleave {

/// A tensor that the caller gives, float32, NHWC. Inputs stand before all other layers and together are layer 0.
struct input {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::input;
    record.given = {height, width, channels};
    record.name = name;
    record.arity = 0;
    return record;
  }

  static constexpr inference infer(const layer_record& record) noexcept {
    const shape given = record.given;
    if (given.height <= 0 || given.width <= 0 || given.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = given;
    return result;
  }
};

/// A tensor of trained numbers, in the order of its elements. It reads no layer.
struct constant {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record = input{height, width, channels, name};
    record.kind = op::constant;
    return record;
  }
};

/// Makes a tensor that other layers use an answer of the network as well. A tensor that no layer uses is an answer
/// without it.
struct output {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::output;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in, dtype type) noexcept {
    inference result;
    result.out = in;
    result.type = type;
    return result;
  }
};

}  // namespace cleave
#endif
