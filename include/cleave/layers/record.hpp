// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_RECORD_HPP
#define CLEAVE_LAYERS_RECORD_HPP

/// @file
/// What every layer of a graph becomes: one record of one type, so that graphs are plain arrays. Also what a shape
/// rule answers: the output, or what the layer would have needed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <cleave/core/activation.hpp>
#include <cleave/core/element_order.hpp>
#include <cleave/core/shape.hpp>

namespace cleave {

/// The name of a layer's output, unique among the layers that a `from` or a cut may mean.
using label = std::string_view;

/// How many tensors one layer may take.
inline constexpr std::size_t max_inputs = 8;

/// What a layer computes. Names are those of the layer types, which follow the ONNX operators. Their numbers are part
/// of fingerprints: new ones stand at the end.
enum class op : std::uint8_t {
  input,
  conv2d,
  depthwise_conv2d,
  locally_connected2d,
  dense,
  max_pool,
  average_pool,
  global_max_pool,
  global_average_pool,
  relu,
  clip,
  leaky_relu,
  prelu,
  elu,
  selu,
  sigmoid,
  tanh,
  hard_tanh,
  hard_sigmoid,
  hard_swish,
  softplus,
  softmax,
  log_softmax,
  batch_normalization,
  local_response_normalization,
  add,
  subtract,
  multiply,
  concat,
  flatten,
  reshape,
  pad,
  upsample,
  argmax,
  dropout,
  output,
  custom,
  exp,
  log,
  sqrt,
  negate,
  absolute,
  reciprocal,
  floor,
  ceil,
  round,
  sign,
  sine,
  cosine,
  erf,
  gelu,
  mish,
  softsign,
  thresholded_relu,
  celu,
  swish,
  power_of,
  hardmax,
  divide,
  maximum,
  minimum,
  power,
  constant,
  rearrange,
  transpose,
  slice,
  resize,
  reduce,
  argmin,
  normalize,
  lstm,
  gru,
  rnn,
};

/// One layer as data. Fields that an operator does not have keep their defaults.
struct layer_record {
  op kind = op::input;
  int channels = 0;  ///< output channels, units, channel multiplier, or the window of a normalisation across channels
  extent kernel{};
  extent stride{};
  extent dilation{};
  padding pad{};
  int groups = 1;
  bool ceil_mode = false;
  bool count_include_pad = false;
  activation function{};  ///< of an activation layer
  std::array<float, 3>
      numbers{};  ///< epsilon; alpha, beta, bias of a local response normalisation; the pad value; scales
  shape given{};  ///< the shape of an input, a reshape, or another output that the user gives
  std::array<int, 2 * max_dimensions + 1>
      integers{};  ///< choices of a layer; sizes, steps and offset of a rearrangement
  label name{};
  std::array<label, max_inputs> from{};  ///< empty: the layer before
  int arity = 1;
  int custom = -1;  ///< index among the graph's own layers of the user
};

/// What a layer needs and did not get. Each becomes a type in the compiler's message.
enum class need : std::uint8_t {
  nothing,
  an_input_as_the_first_layer,
  all_inputs_before_other_layers,
  an_earlier_layer_with_that_label,
  positive_sizes,
  a_window_within_the_padded_input,
  padding_smaller_than_the_window,
  channels_that_are_a_multiple_of_groups,
  inputs_of_equal_shape,
  inputs_of_equal_shape_or_one_per_channel,
  inputs_of_equal_height_and_width,
  as_many_elements_as_it_receives,
  float_elements,
  a_use_for_every_input,
  at_least_one_layer,
  what_the_layer_itself_demands,
  inputs_that_differ_along_the_axis_only,
  elements_within_its_input,
  a_permutation_of_its_dimensions,
};

/// How a layer's weights are stored; see kernels/weight_layout.hpp for the order of the numbers.
enum class weight_layout_kind : std::uint8_t {
  none,
  blocked,
  depthwise,
  locally_connected,
  per_channel,
  custom,
  plain,  ///< in the order of the tensor
  recurrent,
};

/// The answer of a shape rule.
struct inference {
  shape out{};
  dtype type = dtype::float32;
  padding pad{};                    ///< resolved: never automatic
  int groups = 1;                   ///< resolved
  std::uint64_t multiply_adds = 0;  ///< nominal: taps that fall on padding are counted
  need needs = need::nothing;
};

constexpr inference refused(need what) noexcept {
  inference result;
  result.needs = what;
  return result;
}

}  // namespace cleave
#endif
