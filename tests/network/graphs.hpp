// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_GRAPHS_HPP
#define CLEAVE_TESTS_NETWORK_GRAPHS_HPP

/// @file
/// Small graphs that between them have every kind of layer, and every way in which tensors cross a cut.

#include <cleave/graph/graph.hpp>

#include "archetypes/minimal_layer.hpp"

namespace cleave::graphs {

/// Inputs that cross until layers late in the graph read them.
inline constexpr auto two_inputs = graph{
    input{.height = 6, .width = 5, .channels = 3, .name = "left"},
    input{.height = 6, .width = 5, .channels = 3, .name = "right"},
    conv2d{.channels = 4, .kernel = 3, .padding = 1, .from = "left"},
    relu{.name = "seen"},
    conv2d{.channels = 4, .kernel = 3, .padding = 1, .from = "right"},
    add{.with = "seen"},
    relu{.name = "both"},
    subtract{.with = "right", .name = "lost", .from = "left"},
    conv2d{.channels = 4, .kernel = 1},
    add{.with = "both"},
    hard_swish{},
    dense{.units = 7},
    leaky_relu{},
};

/// Tensors that wait for their concatenation.
inline constexpr auto concats = graph{
    input{.height = 5, .width = 7, .channels = 5, .name = "x"},
    conv2d{.channels = 3, .kernel = 3, .padding = same, .name = "a"},
    max_pool{.kernel = 3, .stride = 1, .padding = 1, .name = "b", .from = "x"},
    average_pool{.kernel = 3, .stride = 1, .padding = 1, .count_include_pad = true, .from = "x"},
    concat{.with = {"b", "x", "a"}, .name = "wide"},
    relu6{},
    conv2d{.channels = 18, .kernel = 1, .groups = 3},
    concat{.with = {"wide", "wide"}},
    global_average_pool{},
    log_softmax{},
};

/// Sums that convolutions and dense layers take into their epilogues, in both orders of the operands.
inline constexpr auto residuals = graph{
    input{.height = 6, .width = 6, .channels = 8, .name = "x"},
    conv2d{.channels = 8, .kernel = 3, .padding = 1},
    add{.with = "x"},
    relu{.name = "y"},
    depthwise_conv2d{.kernel = 3, .padding = 1, .name = "d"},
    add{.with = "d", .from = "y"},
    relu6{.name = "z"},
    locally_connected2d{.channels = 8, .kernel = 3, .padding = 1},
    add{.with = "z"},
    leaky_relu{.alpha = 0.25F},
    conv2d{.channels = 8, .kernel = 3, .stride = 2, .padding = same, .name = "half"},
    relu{},
    conv2d{.channels = 8, .kernel = 1, .name = "main"},
    conv2d{.channels = 8, .kernel = 1, .from = "half"},
    add{.with = "main"},
    relu{},
    flatten{.name = "f"},
    dense{.units = 72},
    add{.with = "f"},
    hard_sigmoid{},
    dense{.units = 5},
    softmax{},
};

/// Answers inside the graph, at its start and its end, of both types; one is an input, one is made of another.
inline constexpr auto many_outputs = graph{
    input{.height = 8, .width = 8, .channels = 2, .name = "picture"},
    output{},
    conv2d{.channels = 6, .kernel = 3, .from = "picture"},
    relu{.name = "early"},
    output{},
    max_pool{.kernel = 2, .name = "pooled"},
    flatten{},
    dense{.units = 5},
    softmax{.name = "classes"},
    argmax{.from = "early"},
    reshape{.height = 1, .width = 36, .channels = 1},
    conv2d{.channels = 3, .kernel = 2, .from = "pooled"},
    sigmoid{.name = "map"},
    output{},
    global_max_pool{.from = "map"},
    dropout{},
    argmax{},
};

/// An input that no layer computes with: it is an answer under another name, and crosses no cut.
inline constexpr auto passed_through = graph{
    input{.height = 2, .width = 3, .channels = 4, .name = "kept"},
    input{.height = 4, .width = 4, .channels = 2, .name = "used"},
    flatten{.from = "kept"},
    conv2d{.channels = 3, .kernel = 2, .from = "used"},
    relu{},
};

/// Layers that only rename memory, around everything else.
inline constexpr auto renames_everywhere = graph{
    input{.height = 4, .width = 6, .channels = 3, .name = "x"},
    dropout{},
    reshape{.height = 6, .width = 4, .channels = 3},
    conv2d{.channels = 4, .kernel = 3, .padding = 1},
    dropout{},
    relu{},
    dropout{.name = "kept"},
    flatten{},
    tanh{},
    reshape{.height = 6, .width = 4, .channels = 4},
    add{.with = "kept"},
    dropout{},
    prelu{},
    flatten{},
    dropout{.name = "d"},
    dense{.units = 96},
    dropout{},
    add{.with = "d"},
    dropout{},
    elu{},
    reshape{.height = 2, .width = 12, .channels = 4, .name = "shaped"},
    global_max_pool{.name = "scale"},
    multiply{.with = "scale", .from = "shaped"},
    flatten{},
};

/// One of each kind that the others do not have.
inline constexpr auto all_kinds = graph{
    input{.height = 9, .width = 11, .channels = 4, .name = "x"},
    conv2d{
        .channels = 12, .kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0, 2, 1}, .dilation = {2, 1}, .groups = 2},
    clip{.low = -0.5F, .high = 0.75F},
    batch_normalization{},
    depthwise_conv2d{.kernel = 3, .padding = same, .dilation = 2, .multiplier = 2},
    selu{},
    softplus{},
    local_response_normalization{.size = 3, .alpha = 0.5F},
    upsample{.factor = {2, 1}},
    max_pool{.kernel = 2, .stride = {3, 2}, .padding = 1, .dilation = 2, .ceil_mode = true},
    average_pool{.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true},
    hard_tanh{},
    prelu{.name = "map"},
    global_average_pool{},
    dense{.units = 24},
    sigmoid{.name = "gate"},
    multiply{.with = "gate", .from = "map"},
    pad{.padding = {1, 0, 0, 2}, .value = 0.5F, .name = "framed"},
    dense{.units = 1, .name = "one"},
    subtract{.with = "one", .from = "framed"},
    softmax{},
};

/// A signal: height 1.
inline constexpr auto signal = graph{
    input{.width = 40, .channels = 3},
    conv2d{.channels = 8, .kernel = {1, 5}, .stride = {1, 2}, .padding = {0, 2}},
    relu{},
    depthwise_conv2d{.kernel = {1, 3}, .padding = same},
    batch_normalization{},
    relu6{.name = "features"},
    max_pool{.kernel = {1, 2}},
    conv2d{.channels = 20, .kernel = {1, 3}, .dilation = {1, 2}},
    relu{},
    global_average_pool{},
    dense{.units = 12},
    softmax{},
};

/// Layers of a user's own, among them one with two inputs and weights.
inline constexpr auto own_layers = graph{
    input{.height = 5, .width = 6, .channels = 9, .name = "x"},
    archetypes::minimal_layer{"turned"},
    conv2d{.channels = 9, .kernel = 1},
    relu{},
    archetypes::mixing_layer{.step = 2, .with = "turned", .name = "mixed"},
    archetypes::minimal_layer{""},
    relu{},
    add{.with = "mixed"},
    global_average_pool{},
};

}  // namespace cleave::graphs

namespace graphs = cleave::graphs;
#endif
