// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_NORMALIZATION_HPP
#define CLEAVE_LAYERS_NORMALIZATION_HPP

/// @file
/// Normalisation with trained numbers a channel, across neighbouring channels, and across all of them.

#include <cleave/layers/record.hpp>

namespace cleave {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta with trained numbers a channel (ONNX BatchNormalization, in
/// inference). Stored as one factor and one term a channel.
struct batch_normalization {
  float epsilon = 1e-5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::batch_normalization;
    record.numbers = {epsilon, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// x / (bias + alpha / size * sum of squares over `size` channels around)^beta (ONNX LRN; AlexNet, 2012).
struct local_response_normalization {
  int size;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::local_response_normalization;
    record.channels = size;
    record.numbers = {alpha, beta, bias};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// (x - mean) / sqrt(variance + epsilon) over the channels of each pixel; without `center`, x / sqrt(mean square +
/// epsilon). Factor and term follow as `multiply` and `add` (ONNX LayerNormalization on the channel axis).
struct normalize {
  float epsilon = 1e-5F;
  bool center = true;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::normalize;
    record.numbers = {epsilon, 0, 0};
    record.integers[0] = center ? 1 : 0;
    record.name = name;
    record.from = {from};
    return record;
  }
};

}  // namespace cleave
#endif
