// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_CONV2D_HPP
#define CLEAVE_LAYERS_CONV2D_HPP

/// @file
/// Convolutions: shared weights (ONNX Conv), one filter a channel, and untied weights.

#include <cleave/layers/record.hpp>
#include <cleave/layers/window.hpp>

namespace cleave {

/// A 2-D convolution with bias. Weights in ONNX order are [channels][in / groups][kernel height][kernel width].
struct conv2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int groups = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::conv2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.groups = groups;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.groups <= 0) return refused(need::positive_sizes);
    if (in.channels % record.groups != 0 || record.channels % record.groups != 0) {
      return refused(need::channels_that_are_a_multiple_of_groups);
    }
    inference result = infer_window(record, in, record.channels);
    result.groups = record.groups;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) *
                           static_cast<std::uint64_t>(in.channels / record.groups);
    return result;
  }
};

/// A convolution of every channel by itself, `multiplier` filters a channel (the same as conv2d with as many groups
/// as channels).
struct depthwise_conv2d {
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int multiplier = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::depthwise_conv2d;
    record.channels = multiplier;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels * in.channels);
    result.groups = in.channels;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width);
    return result;
  }
};

/// A convolution whose weights are untied: every output pixel has filters and biases of its own (DeepFace, 2014).
struct locally_connected2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::locally_connected2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels);
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) * static_cast<std::uint64_t>(in.channels);
    return result;
  }
};

}  // namespace cleave
#endif
