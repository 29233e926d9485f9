// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_DIAGNOSIS_HPP
#define CLEAVE_GRAPH_DIAGNOSIS_HPP

/// @file
/// How an ill-formed graph or cut is named by the compiler: one error, whose template arguments are the message.
/// Enumerators become types, because clang 14 prints a struct argument as bare numbers.

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <cleave/graph/cut.hpp>
#include <cleave/graph/graph.hpp>

namespace cleave {

/// The words of the message. None of these templates is ever defined.
template <class... Facts>
struct ill_formed_graph;
template <class... Facts>
struct ill_formed_split;
template <std::size_t Number>
struct at_layer;
template <class Layer>
struct layer_is;
template <int Height, int Width, int Channels>
struct receives;
template <int Height, int Width, int Channels>
struct and_receives;
struct receives_nothing;
template <class What>
struct needs;
template <std::size_t Number>
struct cut_at;
template <std::size_t Number>
struct last_layer_is;

/// What a layer may need; the names are those of the enumeration `need`.
namespace requirement {
struct an_input_as_the_first_layer;
struct all_inputs_before_other_layers;
struct an_earlier_layer_with_that_label;
struct positive_sizes;
struct a_window_within_the_padded_input;
struct padding_smaller_than_the_window;
struct channels_that_are_a_multiple_of_groups;
struct inputs_of_equal_shape;
struct inputs_of_equal_shape_or_one_per_channel;
struct inputs_of_equal_height_and_width;
struct as_many_elements_as_it_receives;
struct float_elements;
struct a_use_for_every_input;
struct at_least_one_layer;
struct what_the_layer_itself_demands;
struct inputs_that_differ_along_the_axis_only;
struct elements_within_its_input;
struct a_permutation_of_its_dimensions;
struct a_layer_with_that_label;
struct a_label_that_only_one_layer_bears;
struct a_number_up_to_the_last_layer;
}  // namespace requirement

namespace detail {

template <class Type>
struct named {
  using type = Type;
};

template <need Need>
consteval auto requirement_of() {
  using namespace requirement;
  if constexpr (Need == need::an_input_as_the_first_layer) return named<an_input_as_the_first_layer>{};
  else if constexpr (Need == need::all_inputs_before_other_layers) return named<all_inputs_before_other_layers>{};
  else if constexpr (Need == need::an_earlier_layer_with_that_label) return named<an_earlier_layer_with_that_label>{};
  else if constexpr (Need == need::positive_sizes) return named<positive_sizes>{};
  else if constexpr (Need == need::a_window_within_the_padded_input) return named<a_window_within_the_padded_input>{};
  else if constexpr (Need == need::padding_smaller_than_the_window) return named<padding_smaller_than_the_window>{};
  else if constexpr (Need == need::channels_that_are_a_multiple_of_groups)
    return named<channels_that_are_a_multiple_of_groups>{};
  else if constexpr (Need == need::inputs_of_equal_shape) return named<inputs_of_equal_shape>{};
  else if constexpr (Need == need::inputs_of_equal_shape_or_one_per_channel)
    return named<inputs_of_equal_shape_or_one_per_channel>{};
  else if constexpr (Need == need::inputs_of_equal_height_and_width) return named<inputs_of_equal_height_and_width>{};
  else if constexpr (Need == need::as_many_elements_as_it_receives) return named<as_many_elements_as_it_receives>{};
  else if constexpr (Need == need::float_elements) return named<float_elements>{};
  else if constexpr (Need == need::a_use_for_every_input) return named<a_use_for_every_input>{};
  else if constexpr (Need == need::at_least_one_layer) return named<at_least_one_layer>{};
  else if constexpr (Need == need::inputs_that_differ_along_the_axis_only)
    return named<inputs_that_differ_along_the_axis_only>{};
  else if constexpr (Need == need::elements_within_its_input) return named<elements_within_its_input>{};
  else if constexpr (Need == need::a_permutation_of_its_dimensions) return named<a_permutation_of_its_dimensions>{};
  else return named<what_the_layer_itself_demands>{};
}

template <op Kind>
consteval auto layer_type_of() {
  if constexpr (Kind == op::input) return named<input>{};
  else if constexpr (Kind == op::conv2d) return named<conv2d>{};
  else if constexpr (Kind == op::depthwise_conv2d) return named<depthwise_conv2d>{};
  else if constexpr (Kind == op::locally_connected2d) return named<locally_connected2d>{};
  else if constexpr (Kind == op::dense) return named<dense>{};
  else if constexpr (Kind == op::max_pool) return named<max_pool>{};
  else if constexpr (Kind == op::average_pool) return named<average_pool>{};
  else if constexpr (Kind == op::global_max_pool) return named<global_max_pool>{};
  else if constexpr (Kind == op::global_average_pool) return named<global_average_pool>{};
  else if constexpr (Kind == op::relu) return named<relu>{};
  else if constexpr (Kind == op::clip) return named<clip>{};
  else if constexpr (Kind == op::leaky_relu) return named<leaky_relu>{};
  else if constexpr (Kind == op::prelu) return named<prelu>{};
  else if constexpr (Kind == op::elu) return named<elu>{};
  else if constexpr (Kind == op::selu) return named<selu>{};
  else if constexpr (Kind == op::sigmoid) return named<sigmoid>{};
  else if constexpr (Kind == op::tanh) return named<tanh>{};
  else if constexpr (Kind == op::hard_tanh) return named<hard_tanh>{};
  else if constexpr (Kind == op::hard_sigmoid) return named<hard_sigmoid>{};
  else if constexpr (Kind == op::hard_swish) return named<hard_swish>{};
  else if constexpr (Kind == op::softplus) return named<softplus>{};
  else if constexpr (Kind == op::softmax) return named<softmax>{};
  else if constexpr (Kind == op::log_softmax) return named<log_softmax>{};
  else if constexpr (Kind == op::batch_normalization) return named<batch_normalization>{};
  else if constexpr (Kind == op::local_response_normalization) return named<local_response_normalization>{};
  else if constexpr (Kind == op::add) return named<add>{};
  else if constexpr (Kind == op::subtract) return named<subtract>{};
  else if constexpr (Kind == op::multiply) return named<multiply>{};
  else if constexpr (Kind == op::concat) return named<concat>{};
  else if constexpr (Kind == op::flatten) return named<flatten>{};
  else if constexpr (Kind == op::reshape) return named<reshape>{};
  else if constexpr (Kind == op::pad) return named<pad>{};
  else if constexpr (Kind == op::upsample) return named<upsample>{};
  else if constexpr (Kind == op::argmax) return named<argmax>{};
  else if constexpr (Kind == op::dropout) return named<dropout>{};
  else if constexpr (Kind == op::exp) return named<cleave::exp>{};
  else if constexpr (Kind == op::log) return named<cleave::log>{};
  else if constexpr (Kind == op::sqrt) return named<cleave::sqrt>{};
  else if constexpr (Kind == op::negate) return named<cleave::negate>{};
  else if constexpr (Kind == op::absolute) return named<cleave::absolute>{};
  else if constexpr (Kind == op::reciprocal) return named<cleave::reciprocal>{};
  else if constexpr (Kind == op::floor) return named<cleave::floor>{};
  else if constexpr (Kind == op::ceil) return named<cleave::ceil>{};
  else if constexpr (Kind == op::round) return named<cleave::round>{};
  else if constexpr (Kind == op::sign) return named<cleave::sign>{};
  else if constexpr (Kind == op::sine) return named<cleave::sine>{};
  else if constexpr (Kind == op::cosine) return named<cleave::cosine>{};
  else if constexpr (Kind == op::erf) return named<cleave::erf>{};
  else if constexpr (Kind == op::gelu) return named<cleave::gelu>{};
  else if constexpr (Kind == op::mish) return named<cleave::mish>{};
  else if constexpr (Kind == op::softsign) return named<cleave::softsign>{};
  else if constexpr (Kind == op::thresholded_relu) return named<cleave::thresholded_relu>{};
  else if constexpr (Kind == op::celu) return named<cleave::celu>{};
  else if constexpr (Kind == op::swish) return named<cleave::swish>{};
  else if constexpr (Kind == op::power_of) return named<cleave::power_of>{};
  else if constexpr (Kind == op::hardmax) return named<cleave::hardmax>{};
  else if constexpr (Kind == op::divide) return named<cleave::divide>{};
  else if constexpr (Kind == op::maximum) return named<cleave::maximum>{};
  else if constexpr (Kind == op::minimum) return named<cleave::minimum>{};
  else if constexpr (Kind == op::power) return named<cleave::power>{};
  else if constexpr (Kind == op::constant) return named<cleave::constant>{};
  else if constexpr (Kind == op::rearrange) return named<cleave::rearrange>{};
  else if constexpr (Kind == op::transpose) return named<cleave::transpose>{};
  else if constexpr (Kind == op::slice) return named<cleave::slice>{};
  else if constexpr (Kind == op::resize) return named<cleave::resize>{};
  else if constexpr (Kind == op::reduce) return named<cleave::reduce>{};
  else if constexpr (Kind == op::argmin) return named<cleave::argmin>{};
  else if constexpr (Kind == op::normalize) return named<cleave::normalize>{};
  else if constexpr (Kind == op::lstm) return named<cleave::lstm>{};
  else if constexpr (Kind == op::gru) return named<cleave::gru>{};
  else if constexpr (Kind == op::rnn) return named<cleave::rnn>{};
  else return named<output>{};
}

template <const auto& Graph>
consteval auto defective_layer() {
  constexpr defect found = Graph.first_defect;
  if constexpr (found.kind == op::custom) {
    return named<
        std::tuple_element_t<static_cast<std::size_t>(found.custom), std::remove_cvref_t<decltype(Graph.customs)>>>{};
  } else {
    return layer_type_of<found.kind>();
  }
}

template <const auto& Graph>
consteval auto describe_defect() {
  constexpr defect found = Graph.first_defect;
  constexpr shape first = found.received[0];
  constexpr shape second = found.received[1];
  using place = at_layer<static_cast<std::size_t>(found.layer)>;
  using kind = layer_is<typename decltype(defective_layer<Graph>())::type>;
  using needed = needs<typename decltype(requirement_of<found.needs>())::type>;
  if constexpr (found.arity == 0) {
    return named<ill_formed_graph<place, kind, receives_nothing, needed>>{};
  } else if constexpr (found.arity == 1) {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>, needed>>{};
  } else {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>,
                                  and_receives<second.height, second.width, second.channels>, needed>>{};
  }
}

template <const auto& Graph, cut_point Cut>
consteval auto describe_cut() {
  constexpr std::size_t matches = Cut.count_in(Graph);
  using where = cut_at<Cut.number>;
  using end = last_layer_is<Graph.last>;
  if constexpr (Cut.name().empty()) {
    return named<ill_formed_split<where, end, needs<requirement::a_number_up_to_the_last_layer>>>{};
  } else if constexpr (matches == 0) {
    return named<ill_formed_split<needs<requirement::a_layer_with_that_label>>>{};
  } else {
    return named<ill_formed_split<needs<requirement::a_label_that_only_one_layer_bears>>>{};
  }
}

}  // namespace detail

/// A base of everything that runs a graph: empty for a sound graph, and the one error for an ill-formed one.
template <const auto& Graph, bool Sound = Graph.ok()>
struct checked_graph {};
template <const auto& Graph>
struct checked_graph<Graph, false> : decltype(detail::describe_defect<Graph>())::type {};

/// The same for a cut of a sound graph.
template <const auto& Graph, cut_point Cut, bool Sound = !Graph.ok() || Cut.is_in(Graph)>
struct checked_cut {};
template <const auto& Graph, cut_point Cut>
struct checked_cut<Graph, Cut, false> : decltype(detail::describe_cut<Graph, Cut>())::type {};

}  // namespace cleave
#endif
