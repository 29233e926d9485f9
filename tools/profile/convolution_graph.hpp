// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PROFILE_CONVOLUTION_GRAPH_HPP
#define TOOLS_PROFILE_CONVOLUTION_GRAPH_HPP

/// @file
/// Convolutions of a sweep, as networks have them: with an activation in their epilogue, some with a sum.

#include <cleave/graph/graph.hpp>

#include "shapes.hpp"

namespace profiling {

template <sizes Of>
inline constexpr auto convolution = cleave::graph{
    cleave::input{.height = Of.side, .width = Of.side, .channels = Of.in},
    cleave::conv2d{
        .channels = Of.out, .kernel = Of.kernel, .stride = Of.stride, .padding = Of.kernel / 2, .groups = Of.groups},
    cleave::relu{},
};

/// The same with a sum, for a layer that keeps the size.
template <sizes Of>
inline constexpr auto convolution_and_sum = cleave::graph{
    cleave::input{.height = Of.side, .width = Of.side, .channels = Of.in, .name = "x"},
    cleave::input{.height = Of.side, .width = Of.side, .channels = Of.out, .name = "y"},
    cleave::conv2d{.channels = Of.out, .kernel = Of.kernel, .padding = Of.kernel / 2, .from = "x"},
    cleave::add{.with = "y"},
    cleave::relu{},
};

template <sizes... Of>
inline constexpr std::array<cleave::sweep_layer, sizeof...(Of)> layers_of{cleave::sweep_layer_of<convolution<Of>>()...};

/// A layer, and the same with a sum behind it.
template <sizes Of>
inline constexpr std::array<cleave::sweep_layer, 2> with_sum{cleave::sweep_layer_of<convolution<Of>>(),
                                                             cleave::sweep_layer_of<convolution_and_sum<Of>>()};

}  // namespace profiling
#endif
