// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_NETWORK_VALUE_HPP
#define CLEAVE_BENCH_PEERS_NETWORK_VALUE_HPP

/// @file
/// A graph and its weights as values of run time, for those who build the same network elsewhere: one walk over nodes
/// serves every graph.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <cleave/graph/weight_layout.hpp>
#include <cleave/network/fusion.hpp>
#include <cleave/weights/view.hpp>

#include "../numbers.hpp"

namespace cleave_bench {

/// Nodes, and the data of a blob with the weights of all of them.
struct network_value {
  std::vector<cleave::node> nodes{};
  const std::byte* weights = nullptr;

  template <class Graph>
  network_value(const Graph& graph, cleave::weight_source from)
      : nodes(graph.nodes.begin(), graph.nodes.end()), weights(from.data - from.first_offset) {}
  network_value() = default;

  const cleave::node& at(int index) const { return nodes[static_cast<std::size_t>(index)]; }
  const cleave::node& input() const { return nodes.front(); }
  const cleave::node& output() const { return nodes.back(); }
  /// Layers that one call of a peer computes, as our own steps do.
  cleave::fused_group group(std::size_t first) const { return cleave::group_at(*this, first, nodes.size()); }

  const float* blob(const cleave::node& of) const {
    return reinterpret_cast<const float*>(weights + of.weights.offset);
  }
  /// Of a convolution: `in` counts within the group.
  float weight(const cleave::node& of, int out, int row, int column, int in) const {
    const cleave::kernels::conv2d_shape shape = cleave::conv2d_shape_of(of);
    return is_depthwise(shape) ? blob(of)[depthwise_weights(shape).weight(out, row, column)]
                               : blob(of)[blocked(shape).weight(out, row, column, in)];
  }
  /// Of a dense layer: inputs count in the order of NHWC.
  float weight(const cleave::node& of, int out, int in) const {
    return blob(of)[blocked(cleave::dense_shape_of(of)).weight(out, 0, 0, in)];
  }
  std::vector<float> biases(const cleave::node& of) const {
    std::vector<float> result;
    const cleave::kernels::conv2d_shape shape = cleave::conv2d_shape_of(of);
    for (int out = 0; out < of.out.channels; ++out) {
      const std::size_t at_bias = of.what.kind == cleave::op::dense ? blocked(cleave::dense_shape_of(of)).bias(out)
                                  : is_depthwise(shape)             ? depthwise_weights(shape).bias(out)
                                                                    : blocked(shape).bias(out);
      result.push_back(blob(of)[at_bias]);
    }
    return result;
  }
  /// Of a convolution, in the order output, input of the group, row, column (OIHW), or output, row, column, input.
  std::vector<float> weights_oihw(const cleave::node& of) const { return weights_in_order(of, true); }
  std::vector<float> weights_ohwi(const cleave::node& of) const { return weights_in_order(of, false); }
  /// Of a dense layer, output after output, inputs in the order of NHWC.
  std::vector<float> dense_weights(const cleave::node& of) const {
    std::vector<float> result;
    const int inputs = static_cast<int>(of.in.size());
    result.reserve(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(of.out.channels));
    for (int out = 0; out < of.out.channels; ++out) {
      for (int in = 0; in < inputs; ++in) result.push_back(weight(of, out, in));
    }
    return result;
  }

  /// The shape in which a dense layer's input lies in memory: that before it was flattened.
  cleave::shape shape_before(const cleave::node& of) const {
    const cleave::node& root = at(at(of.inputs[0]).root);
    return root.out.size() == of.in.size() ? root.out : of.in;
  }

 private:
  std::vector<float> weights_in_order(const cleave::node& of, bool inputs_first) const {
    const cleave::extent kernel = of.what.kernel;
    const int inputs = of.in.channels / of.groups;
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(of.out.channels * inputs * kernel.height * kernel.width));
    for (int out = 0; out < of.out.channels; ++out) {
      for (int in = 0; in < (inputs_first ? inputs : 1); ++in) {
        for (int row = 0; row < kernel.height; ++row) {
          for (int column = 0; column < kernel.width; ++column) {
            if (inputs_first) {
              result.push_back(weight(of, out, row, column, in));
            } else {
              for (int each = 0; each < inputs; ++each) result.push_back(weight(of, out, row, column, each));
            }
          }
        }
      }
    }
    return result;
  }
};

/// Rows and columns of padding behind the input that a window needs to reach where its last output wants it.
inline cleave::extent padding_behind(const cleave::node& of) {
  const auto behind = [](int out, int stride, int kernel, int dilation, int in, int before) {
    return std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in - before);
  };
  const auto& what = of.what;
  return {behind(of.out.height, what.stride.height, what.kernel.height, what.dilation.height, of.in.height, of.pad.top),
          behind(of.out.width, what.stride.width, what.kernel.width, what.dilation.width, of.in.width, of.pad.left)};
}

/// The same numbers on a cache line.
inline floats aligned(const std::vector<float>& from) { return {from.begin(), from.end()}; }

/// NHWC to NCHW: what cleave reads, as other libraries' users have it.
inline floats channels_first(const floats& from, cleave::shape of) {
  floats result(from.size());
  const auto pixels = static_cast<std::size_t>(of.height) * static_cast<std::size_t>(of.width);
  const auto channels = static_cast<std::size_t>(of.channels);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      result[channel * pixels + pixel] = from[pixel * channels + channel];
    }
  }
  return result;
}

}  // namespace cleave_bench
#endif
