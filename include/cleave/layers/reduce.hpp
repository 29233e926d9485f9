// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_REDUCE_HPP
#define CLEAVE_LAYERS_REDUCE_HPP

/// @file
/// Layers that make one number of the channels of each pixel.

#include <cleave/core/choices.hpp>
#include <cleave/layers/record.hpp>

namespace cleave {

namespace detail {

constexpr layer_record reduction_record(op kind, int choice, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.integers[0] = choice;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of layers that give one number a pixel.
constexpr inference infer_one_channel(shape in, dtype type) noexcept {
  inference result;
  result.out = {in.height, in.width, 1};
  result.type = type;
  return result;
}

/// The mean, or another reduction, of the channels of each pixel. Gives height x width x 1 (ONNX ReduceMean and its kin
/// on the channel axis).
struct reduce {
  reduction kind = reduction::mean;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::reduce, static_cast<int>(kind), name, from);
  }
};

/// The channel of the largest element of each pixel; where several are equal, the first one or with `last_index` the
/// last one (ONNX ArgMax on the channel axis). Gives int32.
struct argmax {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmax, last_index ? 1 : 0, name, from);
  }
};

/// The channel of the smallest element of each pixel, as `argmax` gives that of the largest (ONNX ArgMin).
struct argmin {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmin, last_index ? 1 : 0, name, from);
  }
};

}  // namespace cleave
#endif
