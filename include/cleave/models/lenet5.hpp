// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_LENET5_HPP
#define CLEAVE_MODELS_LENET5_HPP

/// @file
/// LeNet-5 (LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998) in the
/// form in which it is used today: 28 x 28 inputs with a border of two, ReLU, max pooling and a softmax.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

/// 416,520 multiply-adds, 61,706 parameters.
inline constexpr auto lenet5 = graph{
    input{.height = 28, .width = 28, .channels = 1},
    conv2d{.channels = 6, .kernel = 5, .padding = 2},
    relu{},
    max_pool{.kernel = 2, .name = "pool1"},
    conv2d{.channels = 16, .kernel = 5},
    relu{},
    max_pool{.kernel = 2, .name = "pool2"},
    dense{.units = 120},
    relu{},
    dense{.units = 84},
    relu{},
    dense{.units = 10},
    softmax{},
};

}  // namespace cleave::models
#endif
