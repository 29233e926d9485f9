// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_PACK_HPP
#define CLEAVE_WEIGHTS_PACK_HPP

/// @file
/// Trained numbers in the order that other tools write them (ONNX), turned into a blob. Hosted: allocates.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <cleave/graph/fingerprint.hpp>
#include <cleave/graph/parameter_count.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/weights/owned.hpp>

namespace cleave {

/// The trained numbers of one layer in ONNX order. Spans that a layer does not have stay empty; an empty `bias` means
/// 0.
///
/// | layer                 | weights                                                    | bias      | more           |
/// |-----------------------|------------------------------------------------------------|-----------|----------------|
/// | conv2d, depthwise     | [out channels][in channels / groups][kernel rows][columns] | [out]     |                |
/// | locally_connected2d   | [rows][columns][out channels][in][kernel rows][columns]    | [r][c][o] |                |
/// | dense                 | [units][inputs]; inputs in the order of `input_order`      | [units]   |                |
/// | batch_normalization   | gamma [channels]                                           | beta      | mean, variance |
/// | prelu                 | slope [channels], or one for all                           |           |                |
/// | lstm, gru, rnn        | W [gates][units][in], then R [gates][units][units], then   | B         |                |
/// |                       | the initial state, if it has one: h, then c of an lstm     |           |                |
/// | constant              | [rows][columns][channels]                                  |           |                |
/// | a layer of the user's | as the layer reads them                                    |           |                |
struct layer_parameters {
  std::span<const float> weights{};
  std::span<const float> bias{};
  std::span<const float> mean{};
  std::span<const float> variance{};
};

/// In which order a dense layer's inputs were when it was trained.
enum class input_order : std::uint8_t {
  hwc,  ///< as cleave has them in memory
  chw,  ///< flattened from channels, height, width, as PyTorch and ONNX do, at the dense layer or before
};

namespace detail {

/// +0 for -0: no bias is -0, so that skipping taps on padding changes no bit.
inline float positive_zero(float value) noexcept { return value + 0.0F; }

inline float bias_at(const layer_parameters& from, std::size_t index) noexcept {
  return from.bias.empty() ? 0.0F : positive_zero(from.bias[index]);
}

/// Writes a convolution, dense or locally connected layer: `weight(o, y, x, i)` and `bias(o)` say the numbers.
template <class Layout, class Weight, class Bias>
void pack_blocked(const Layout& layout, int outputs, float* to, Weight weight, Bias bias) {
  for (int output = 0; output < outputs; ++output) {
    for (int row = 0; row < layout.kernel.height; ++row) {
      for (int column = 0; column < layout.kernel.width; ++column) {
        for (int in = 0; in < layout.inputs; ++in) {
          to[layout.weight(output, row, column, in)] = weight(output, row, column, in);
        }
      }
    }
    to[layout.bias(output)] = bias(output);
  }
}

/// Writes a recurrent layer. ONNX has two biases for each sum, one beside the inputs and one beside the units before.
inline void pack_recurrent(const node& of, const layer_parameters& from, float* to) {
  const kernels::recurrent_shape shape = recurrent_shape_of(of);
  const kernels::recurrent_layout layout = kernels::recurrent_weights(shape);
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  const std::size_t before = at(layout.gates * layout.units) * at(layout.inputs);
  const std::size_t states = before + at(layout.gates * layout.units) * at(layout.units);
  for (int unit = 0; unit < layout.units; ++unit) {
    for (int gate = 0; gate < layout.gates; ++gate) {
      const std::size_t row = at(gate * layout.units + unit);
      for (int in = 0; in < layout.inputs; ++in) {
        to[layout.weight(unit, gate, in)] = from.weights[row * at(layout.inputs) + at(in)];
      }
      for (int in = 0; in < layout.units; ++in) {
        to[layout.weight(unit, gate, layout.inputs + in)] = from.weights[before + row * at(layout.units) + at(in)];
      }
      const float beside_inputs = bias_at(from, row);
      const float beside_units = bias_at(from, at(layout.gates * layout.units) + row);
      const bool apart = gate + 1 < layout.biases && gate + 1 == layout.gates;
      to[layout.bias(unit, gate)] = positive_zero(apart ? beside_inputs : beside_inputs + beside_units);
      if (apart) to[layout.bias(unit, gate + 1)] = beside_units;
    }
    for (int state = 0; state < layout.states; ++state) {
      to[layout.state(unit, state)] = from.weights[states + at(state * layout.units + unit)];
    }
  }
}

}  // namespace detail

/// The shape that a dense layer's input had before it was flattened, which may lie some layers back: what
/// `input_order::chw` puts in order.
template <class Graph>
constexpr shape shape_before_flattening(const Graph& graph, const node& of) noexcept {
  const auto input_of = [&](const node& reader) -> const node& {
    return graph.nodes[static_cast<std::size_t>(reader.inputs[0])];
  };
  const auto keeps_order = [](const node& each) {
    return (renames(each.what.kind) && each.what.kind != op::reshape) ||
           each.what.function.kind != activation_kind::none || each.what.kind == op::prelu ||
           each.what.kind == op::batch_normalization;
  };
  const node* source = &input_of(of);
  while (keeps_order(*source)) source = &input_of(*source);
  return source->out;
}

/// Writes one layer's numbers to its `of.weights.floats` floats at `to`, which are 0 before. Sizes that do not fit the
/// layer give `errc::wrong_graph`. `flattened` is the shape that `order` is about, where that is not the layer's input.
inline status pack_layer(const node& of, const layer_parameters& from, float* to, input_order order = input_order::hwc,
                         shape flattened = {0, 0, 0}) {
  const detail::parameter_count count = detail::parameters_of(of);
  const bool single_slope = of.what.kind == op::prelu && from.weights.size() == 1;
  if ((from.weights.size() != count.weights && !single_slope) ||
      (!from.bias.empty() && from.bias.size() != count.bias)) {
    return errc::wrong_graph;
  }
  const int outputs = of.out.channels;
  const extent kernel = of.what.kernel;
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  const int group_inputs = of.in.channels / of.groups;
  const auto filter_weight = [&](std::size_t filter, int row, int column, int in) {
    return from
        .weights[((filter * at(group_inputs) + at(in)) * at(kernel.height) + at(row)) * at(kernel.width) + at(column)];
  };

  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      if (!kernels::is_depthwise(shape)) {
        detail::pack_blocked(
            kernels::blocked(shape), outputs, to,
            [&](int out, int row, int column, int in) { return filter_weight(at(out), row, column, in); },
            [&](int out) { return detail::bias_at(from, at(out)); });
        return {};
      }
      const kernels::depthwise_layout layout = kernels::depthwise_weights(shape);
      for (int out = 0; out < outputs; ++out) {
        for (int row = 0; row < kernel.height; ++row) {
          for (int column = 0; column < kernel.width; ++column) {
            to[layout.weight(out, row, column)] = filter_weight(at(out), row, column, 0);
          }
        }
        to[layout.bias(out)] = detail::bias_at(from, at(out));
      }
      return {};
    }
    case op::locally_connected2d: {
      const kernels::locally_connected_layout layout = kernels::untied_weights(conv2d_shape_of(of));
      for (int pixel = 0; pixel < layout.pixels; ++pixel) {
        for (int out = 0; out < outputs; ++out) {
          const std::size_t filter = at(pixel) * at(outputs) + at(out);
          for (int row = 0; row < kernel.height; ++row) {
            for (int column = 0; column < kernel.width; ++column) {
              for (int in = 0; in < of.in.channels; ++in) {
                to[layout.weight(pixel, out, row, column, in)] = filter_weight(filter, row, column, in);
              }
            }
          }
          to[layout.bias(pixel, out)] = detail::bias_at(from, filter);
        }
      }
      return {};
    }
    case op::dense: {
      const shape in_shape = flattened.size() == of.in.size() ? flattened : of.in;
      const auto source = [&](int in) {
        if (order == input_order::hwc) return at(in);
        const int channel = in % in_shape.channels;
        const int pixel = in / in_shape.channels;
        return at(channel) * at(in_shape.height * in_shape.width) + at(pixel);
      };
      detail::pack_blocked(
          kernels::blocked(dense_shape_of(of)), outputs, to,
          [&](int out, int, int, int in) { return from.weights[at(out) * in_shape.size() + source(in)]; },
          [&](int out) { return detail::bias_at(from, at(out)); });
      return {};
    }
    case op::batch_normalization: {
      if (from.mean.size() != count.weights || from.variance.size() != count.weights) return errc::wrong_graph;
      for (std::size_t c = 0; c < count.weights; ++c) {
        // Folded in double, so that the one rounding is the storing.
        const double scale = double{from.weights[c]} / std::sqrt(double{from.variance[c]} + double{of.what.numbers[0]});
        const double shift = (from.bias.empty() ? 0.0 : double{from.bias[c]}) - double{from.mean[c]} * scale;
        to[c] = static_cast<float>(scale);
        to[count.weights + c] = detail::positive_zero(static_cast<float>(shift));
      }
      return {};
    }
    case op::lstm:
    case op::gru:
    case op::rnn: detail::pack_recurrent(of, from, to); return {};
    case op::prelu:
      for (std::size_t c = 0; c < count.weights; ++c) to[c] = from.weights[single_slope ? 0 : c];
      return {};
    default:
      for (std::size_t i = 0; i < from.weights.size(); ++i) to[i] = from.weights[i];
      return {};
  }
}

/// Collects the trained numbers of a graph, layer by layer, and seals them into a blob.
///
/// `cleave::weight_packer<digits> packer; packer.set(1, {kernel, bias}); ... auto weights = packer.seal();`
template <const auto& Graph>
class weight_packer {
 public:
  /// Numbers of layer `layer`, from 1; `errc::bad_cut` where there is no such layer, `errc::wrong_graph` where sizes
  /// differ.
  status set(std::size_t layer, const layer_parameters& parameters, input_order order = input_order::hwc) {
    if (layer < 1 || layer > Graph.last) return errc::bad_cut;
    const node& of = Graph.nodes[Graph.end_of(layer) - 1];
    std::vector<float> floats(of.weights.floats);
    const status packed = pack_layer(of, parameters, floats.data(), order, shape_before_flattening(Graph, of));
    if (!packed) return packed;
    weights_.write(layer, floats);
    given_[layer - 1] = true;
    return {};
  }

  /// The same by label, which one layer must bear.
  status set(label name, const layer_parameters& parameters, input_order order = input_order::hwc) {
    const int index = Graph.find(name);
    if (index < 0 || Graph.find(name, static_cast<std::size_t>(index)) >= 0) return errc::bad_cut;
    return set(Graph.layer_of(static_cast<std::size_t>(index)), parameters, order);
  }

  /// The finished blob; `errc::missing_layers` while a layer with weights has none.
  result<owned_weights<Graph>> seal() && {
    for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
      if (Graph.nodes[Graph.end_of(layer) - 1].weights.floats > 0 && !given_[layer - 1]) return errc::missing_layers;
    }
    weights_.seal();
    return std::move(weights_);
  }

 private:
  owned_weights<Graph> weights_;
  std::vector<bool> given_ = std::vector<bool>(Graph.last);
};

}  // namespace cleave
#endif
