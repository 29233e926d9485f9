// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_TENSOR_GRAPHS_HPP
#define CLEAVE_TESTS_NETWORK_TENSOR_GRAPHS_HPP

/// @file
/// Small graphs that between them have every kind of layer that moves, combines or reduces tensors beside convolutions.

#include <cleave/graph/graph.hpp>

namespace cleave::graphs {

/// Every function of one element behind those of all_kinds.
inline constexpr auto functions = graph{
    input{.height = 3, .width = 2, .channels = 5},
    sine{},
    cosine{.name = "c"},
    absolute{},
    sqrt{},
    reciprocal{},
    log{},
    exp{},
    power_of{.exponent = 0.3F},
    power_of{.exponent = 2},
    negate{},
    gelu{},
    gelu{.approximate = true},
    erf{},
    mish{},
    softsign{},
    celu{.alpha = 0.5F},
    swish{.alpha = 1.5F},
    thresholded_relu{.alpha = 0.01F, .name = "t"},
    floor{.from = "c"},
    ceil{.from = "c"},
    round{.from = "c"},
    sign{.from = "c"},
    add{.with = "t"},
};

/// Arithmetic with every kind of second operand, among them constants.
inline constexpr auto arithmetic = graph{
    input{.height = 4, .width = 3, .channels = 6, .name = "x"},
    constant{.channels = 6, .name = "channel"},
    constant{.height = 4, .width = 3, .channels = 6, .name = "all"},
    constant{.name = "one"},
    conv2d{.channels = 1, .kernel = 1, .from = "x"},
    sigmoid{.name = "pixel"},
    maximum{.with = "pixel", .from = "x"},
    minimum{.with = "channel"},
    divide{.with = "pixel"},
    subtract{.with = "all"},
    multiply{.with = "one"},
    absolute{},
    power{.with = "pixel"},
    power{.with = "all", .name = "powers"},
    add{.with = "pixel"},
    relu{},
    maximum{.with = "powers", .from = "all"},
};

/// Elements in other orders, and tensors joined along each direction.
inline constexpr auto orders = graph{
    input{.height = 4, .width = 6, .channels = 8, .name = "x"},
    transpose{.permutation = {1, 0, 2}},
    transpose{.dims = {6, 4, 2, 2, 2}, .permutation = {0, 3, 1, 4, 2}},
    relu{},
    reshape{.height = 12, .width = 8, .channels = 2, .name = "deep"},
    slice{.begin = {11, 1, 0}, .size = {4, 0, 1}, .step = {-3, 2, 1}, .name = "some"},
    rearrange{.height = 4, .width = 4, .channels = 2, .dims = {4, 4, 2}, .strides = {-4, 1, 0}, .offset = 12},
    concat{.with = {"some"}, .from = ""},
    conv2d{.channels = 8, .kernel = 1, .name = "mixed"},
    slice{.size = {0, 4, 0}, .from = "x"},
    concat{.with = {"mixed"}, .axis = axis::height},
    slice{.size = {4, 2, 8}},
    concat{.with = {"x", "mixed"}, .axis = axis::width},
    pad{.padding = {0, 1, 2, 0}, .interior = {1, 2}},
    conv2d{.channels = 3, .kernel = 3},
    resize{.height = 4, .width = 30, .mode = resize_mode::linear, .name = "smooth"},
    resize{.height = 5, .width = 7, .coordinates = resize_coordinates::asymmetric, .from = "smooth"},
};

/// One number of all channels, normalised ones, and positions.
inline constexpr auto reductions = graph{
    input{.height = 3, .width = 5, .channels = 20, .name = "x"},
    reduce{.name = "mean"},
    subtract{.with = "mean", .from = "x"},
    multiply{.with = "mean"},
    reduce{.kind = reduction::l2, .name = "size"},
    normalize{.from = "x"},
    add{.with = "size", .name = "shifted"},
    hardmax{},
    reduce{.kind = reduction::sum, .name = "one"},
    normalize{.center = false, .from = "shifted"},
    concat{.with = {"one", "size"}},
    reduce{.kind = reduction::max, .name = "greatest"},
    argmin{.last_index = true, .from = "shifted"},
    reduce{.kind = reduction::log_sum_exp, .from = "shifted"},
    add{.with = "greatest"},
};

/// Sequences: two of them, side by side as rows.
inline constexpr auto sequences = graph{
    input{.height = 2, .width = 6, .channels = 5, .name = "x"},
    lstm{.units = 19, .name = "l"},
    gru{.units = 6, .initial_state = true, .name = "g"},
    concat{.with = {"l"}},
    gru{.units = 17, .linear_before_reset = true},
    rnn{.units = 4, .initial_state = true},
    slice{.begin = {0, 5, 0}},
    dense{.units = 3},
    softmax{},
};

}  // namespace cleave::graphs

namespace graphs = cleave::graphs;
#endif
