// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_PARAMETER_COUNT_HPP
#define CLEAVE_GRAPH_PARAMETER_COUNT_HPP

/// @file
/// How many trained numbers a layer has, without those that only fill up its blocks in a blob.

#include <cstddef>

#include <cleave/graph/node.hpp>
#include <cleave/graph/weight_layout.hpp>

namespace cleave {

namespace detail {

/// Weights and biases apart: what `pack_layer` expects.
struct parameter_count {
  std::size_t weights = 0;
  std::size_t bias = 0;
};

constexpr parameter_count parameters_of(const node& of) noexcept {
  const auto outputs = static_cast<std::size_t>(of.out.channels);
  const auto window = static_cast<std::size_t>(of.what.kernel.height) * static_cast<std::size_t>(of.what.kernel.width);
  const auto group_inputs = static_cast<std::size_t>(of.in.channels / of.groups);
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: return {outputs * group_inputs * window, outputs};
    case op::locally_connected2d: return {of.out.size() * group_inputs * window, of.out.size()};
    case op::dense: return {outputs * of.in.size(), outputs};
    case op::batch_normalization: return {outputs, outputs};
    case op::prelu: return {outputs, 0};
    case op::lstm:
    case op::gru:
    case op::rnn: {
      const kernels::recurrent_layout layout = kernels::recurrent_weights(recurrent_shape_of(of));
      const std::size_t sums = outputs * static_cast<std::size_t>(layout.gates);
      return {sums * static_cast<std::size_t>(layout.steps()) + outputs * static_cast<std::size_t>(layout.states),
              2 * sums};
    }
    default: return {of.weights.floats, 0};
  }
}

}  // namespace detail

/// Trained numbers of a layer.
constexpr std::size_t parameter_count(const node& of) noexcept {
  const detail::parameter_count count = detail::parameters_of(of);
  return count.weights + count.bias;
}

}  // namespace cleave
#endif
