// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_NAMES_HPP
#define CLEAVE_LAYERS_NAMES_HPP

/// @file
/// Kinds of layers and what they need, in words: for tables and messages.

#include <string_view>

#include <cleave/layers/record.hpp>

namespace cleave {

/// The name of the type that a user writes; "custom" for a user's own, which has a `kind` of its own.
constexpr std::string_view name_of(op kind) noexcept {
  switch (kind) {
    case op::input: return "input";
    case op::conv2d: return "conv2d";
    case op::depthwise_conv2d: return "depthwise_conv2d";
    case op::locally_connected2d: return "locally_connected2d";
    case op::dense: return "dense";
    case op::max_pool: return "max_pool";
    case op::average_pool: return "average_pool";
    case op::global_max_pool: return "global_max_pool";
    case op::global_average_pool: return "global_average_pool";
    case op::relu: return "relu";
    case op::clip: return "clip";
    case op::leaky_relu: return "leaky_relu";
    case op::prelu: return "prelu";
    case op::elu: return "elu";
    case op::selu: return "selu";
    case op::sigmoid: return "sigmoid";
    case op::tanh: return "tanh";
    case op::hard_tanh: return "hard_tanh";
    case op::hard_sigmoid: return "hard_sigmoid";
    case op::hard_swish: return "hard_swish";
    case op::softplus: return "softplus";
    case op::softmax: return "softmax";
    case op::log_softmax: return "log_softmax";
    case op::batch_normalization: return "batch_normalization";
    case op::local_response_normalization: return "local_response_normalization";
    case op::add: return "add";
    case op::subtract: return "subtract";
    case op::multiply: return "multiply";
    case op::concat: return "concat";
    case op::flatten: return "flatten";
    case op::reshape: return "reshape";
    case op::pad: return "pad";
    case op::upsample: return "upsample";
    case op::argmax: return "argmax";
    case op::dropout: return "dropout";
    case op::output: return "output";
    case op::custom: return "custom";
    case op::exp: return "exp";
    case op::log: return "log";
    case op::sqrt: return "sqrt";
    case op::negate: return "negate";
    case op::absolute: return "absolute";
    case op::reciprocal: return "reciprocal";
    case op::floor: return "floor";
    case op::ceil: return "ceil";
    case op::round: return "round";
    case op::sign: return "sign";
    case op::sine: return "sine";
    case op::cosine: return "cosine";
    case op::erf: return "erf";
    case op::gelu: return "gelu";
    case op::mish: return "mish";
    case op::softsign: return "softsign";
    case op::thresholded_relu: return "thresholded_relu";
    case op::celu: return "celu";
    case op::swish: return "swish";
    case op::power_of: return "power_of";
    case op::hardmax: return "hardmax";
    case op::divide: return "divide";
    case op::maximum: return "maximum";
    case op::minimum: return "minimum";
    case op::power: return "power";
    case op::constant: return "constant";
    case op::rearrange: return "rearrange";
    case op::transpose: return "transpose";
    case op::slice: return "slice";
    case op::resize: return "resize";
    case op::reduce: return "reduce";
    case op::argmin: return "argmin";
    case op::normalize: return "normalize";
    case op::lstm: return "lstm";
    case op::gru: return "gru";
    case op::rnn: return "rnn";
  }
  return "unknown";
}

/// What a layer needs, as the end of the sentence "it needs ...".
constexpr std::string_view name_of(need what) noexcept {
  switch (what) {
    case need::nothing: return "nothing";
    case need::an_input_as_the_first_layer: return "an input as the first layer";
    case need::all_inputs_before_other_layers: return "all inputs before other layers";
    case need::an_earlier_layer_with_that_label: return "an earlier layer with that label";
    case need::positive_sizes: return "positive sizes";
    case need::a_window_within_the_padded_input: return "a window within the padded input";
    case need::padding_smaller_than_the_window: return "padding smaller than the window";
    case need::channels_that_are_a_multiple_of_groups: return "channels that are a multiple of the groups";
    case need::inputs_of_equal_shape: return "inputs of equal shape";
    case need::inputs_of_equal_shape_or_one_per_channel: return "inputs of equal shape or one per channel";
    case need::inputs_of_equal_height_and_width: return "inputs of equal height and width";
    case need::as_many_elements_as_it_receives: return "as many elements as it receives";
    case need::float_elements: return "float elements";
    case need::a_use_for_every_input: return "a use for every input";
    case need::at_least_one_layer: return "at least one layer";
    case need::what_the_layer_itself_demands: return "what the layer itself demands";
    case need::inputs_that_differ_along_the_axis_only: return "inputs that differ along the axis only";
    case need::elements_within_its_input: return "elements within its input";
    case need::a_permutation_of_its_dimensions: return "a permutation of its dimensions";
  }
  return "unknown";
}

}  // namespace cleave
#endif
