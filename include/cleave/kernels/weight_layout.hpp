// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP
#define CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP

/// @file
/// Where each weight and bias of a layer lies, in floats from the layer's first. Kernels, references, packer and
/// readers of blobs share these few lines. One layout serves every target: 16 channels are one AVX-512 register, two of
/// AVX, four of SSE and NEON, sixteen scalars, so nothing is repacked when weights are loaded.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/conv2d_shape.hpp>

namespace cleave::kernels {

/// Output channels in a block.
inline constexpr int block_width = 16;

/// Convolution and dense: for each group, for each block of 16 output channels, [kernel row][kernel column][input][16].
/// A group's last block is as wide as the channels left, rounded up to a multiple of 4. Behind the weights of all
/// groups come the biases, group by group, rounded up alike.
struct blocked_layout {
  extent kernel = 1;
  int inputs = 1;   ///< of a group
  int outputs = 1;  ///< of a group
  int groups = 1;

  /// Products that make one output: one weight each.
  constexpr std::size_t steps() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(inputs);
  }
  /// A group's outputs with those that fill up its last block.
  constexpr int padded_outputs() const noexcept { return ceil_div(outputs, 4) * 4; }
  /// How many channels the block that holds `output` (of a group) has.
  constexpr int width_at(int output) const noexcept {
    const int rest = padded_outputs() - output / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t group_floats() const noexcept { return static_cast<std::size_t>(padded_outputs()) * steps(); }
  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(groups) * group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(groups) * static_cast<std::size_t>(padded_outputs());
  }
  /// `output` counts over all groups, `input` within its group.
  constexpr std::size_t weight(int output, int row, int column, int input) const noexcept {
    const auto group = static_cast<std::size_t>(output / outputs);
    const int own = output % outputs;
    const auto block = static_cast<std::size_t>(own / block_width * block_width);
    const auto step = static_cast<std::size_t>((row * kernel.width + column) * inputs + input);
    return group * group_floats() + block * steps() + step * static_cast<std::size_t>(width_at(own)) +
           static_cast<std::size_t>(own % block_width);
  }
  constexpr std::size_t bias(int output) const noexcept {
    return biases() + static_cast<std::size_t>(output / outputs * padded_outputs() + output % outputs);
  }
  constexpr bool operator==(const blocked_layout&) const = default;
};

/// Depthwise: [kernel row][kernel column][output], then [output] biases.
struct depthwise_layout {
  extent kernel = 1;
  int outputs = 1;

  constexpr std::size_t biases() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(outputs);
  }
  constexpr std::size_t floats() const noexcept { return biases() + static_cast<std::size_t>(outputs); }
  constexpr std::size_t weight(int output, int row, int column) const noexcept {
    return static_cast<std::size_t>(row * kernel.width + column) * static_cast<std::size_t>(outputs) +
           static_cast<std::size_t>(output);
  }
  constexpr std::size_t bias(int output) const noexcept { return biases() + static_cast<std::size_t>(output); }
  constexpr bool operator==(const depthwise_layout&) const = default;
};

/// Locally connected: for every output pixel the weights of a `blocked_layout` without its biases, then for every pixel
/// its biases, rounded up to a multiple of 4.
struct locally_connected_layout {
  blocked_layout filter;
  int pixels = 1;

  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(pixels) * filter.group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(pixels) * static_cast<std::size_t>(filter.padded_outputs());
  }
  constexpr std::size_t weight(int pixel, int output, int row, int column, int input) const noexcept {
    return static_cast<std::size_t>(pixel) * filter.group_floats() + filter.weight(output, row, column, input);
  }
  constexpr std::size_t bias(int pixel, int output) const noexcept {
    return biases() + static_cast<std::size_t>(pixel) * static_cast<std::size_t>(filter.padded_outputs()) +
           static_cast<std::size_t>(output);
  }
  constexpr bool operator==(const locally_connected_layout&) const = default;
};

/// The layout of a convolution that is not depthwise.
constexpr blocked_layout blocked(const conv2d_shape& of) noexcept {
  return {of.kernel, of.group_inputs(), of.group_outputs(), of.groups};
}

/// The layout of a dense layer. Inputs are in the order in which the tensor before lies in memory (NHWC).
constexpr blocked_layout blocked(const dense_shape& of) noexcept { return {1, of.inputs, of.outputs, 1}; }

/// The layout of a depthwise convolution.
constexpr depthwise_layout depthwise_weights(const conv2d_shape& of) noexcept { return {of.kernel, of.out.channels}; }

/// The layout of a convolution with untied weights.
constexpr locally_connected_layout untied_weights(const conv2d_shape& of) noexcept {
  return {{of.kernel, of.in.channels, of.out.channels, 1}, of.out.height * of.out.width};
}

}  // namespace cleave::kernels
#endif
