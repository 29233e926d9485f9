// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP
#define CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP

/// @file
/// From a node to the sizes that its kernel is keyed by, and to the order of its weights.

#include <cstddef>

#include <cleave/graph/node.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/recurrent_shape.hpp>
#include <cleave/kernels/weight_layout.hpp>

namespace cleave {

/// The sizes of a convolution, depthwise or locally connected layer.
constexpr kernels::conv2d_shape conv2d_shape_of(const node& of, epilogue post = {}, int among = 0) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.groups, post, among};
}

/// The sizes of a dense layer.
constexpr kernels::dense_shape dense_shape_of(const node& of, epilogue post = {}) noexcept {
  return {static_cast<int>(of.in.size()), of.out.channels, post};
}

/// The sizes of a recurrent layer.
constexpr kernels::recurrent_shape recurrent_shape_of(const node& of) noexcept {
  using kernels::recurrent_kind;
  const recurrent_kind kind = of.what.kind == op::lstm   ? recurrent_kind::lstm
                              : of.what.kind == op::rnn  ? recurrent_kind::rnn
                              : of.what.integers[0] != 0 ? recurrent_kind::gru_linear
                                                         : recurrent_kind::gru;
  return {of.in, of.out.channels, kind, of.what.integers[1] != 0};
}

/// The order of a built-in layer's weights and how many floats they take, biases and padding included. The offset is
/// not known here.
constexpr weight_place weights_of(const node& of) noexcept {
  const auto outputs = static_cast<std::size_t>(of.out.channels);
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      if (kernels::is_depthwise(shape)) {
        return {weight_layout_kind::depthwise, kernels::depthwise_weights(shape).floats(), 0};
      }
      return {weight_layout_kind::blocked, kernels::blocked(shape).floats(), 0};
    }
    case op::locally_connected2d:
      return {weight_layout_kind::locally_connected, kernels::untied_weights(conv2d_shape_of(of)).floats(), 0};
    case op::dense: return {weight_layout_kind::blocked, kernels::blocked(dense_shape_of(of)).floats(), 0};
    case op::batch_normalization: return {weight_layout_kind::per_channel, 2 * outputs, 0};
    case op::prelu: return {weight_layout_kind::per_channel, outputs, 0};
    case op::constant: return {weight_layout_kind::plain, of.out.size(), 0};
    case op::lstm:
    case op::gru:
    case op::rnn:
      return {weight_layout_kind::recurrent, kernels::recurrent_weights(recurrent_shape_of(of)).floats(), 0};
    default: return {};
  }
}

}  // namespace cleave
#endif
