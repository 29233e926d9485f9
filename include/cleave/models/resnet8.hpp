// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_RESNET8_HPP
#define CLEAVE_MODELS_RESNET8_HPP

/// @file
/// ResNet-8 for CIFAR-10, the image classifier of MLPerf Tiny (Banbury et al., 2021), with batch normalisation folded
/// into the convolutions.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

/// 12,501,632 multiply-adds, 77,706 parameters.
inline constexpr auto resnet8 = graph{
    input{.height = 32, .width = 32, .channels = 3},
    conv2d{.channels = 16, .kernel = 3, .padding = same},
    relu{.name = "stem"},
    conv2d{.channels = 16, .kernel = 3, .padding = same},
    relu{},
    conv2d{.channels = 16, .kernel = 3, .padding = same},
    add{.with = "stem"},
    relu{.name = "stack1"},
    conv2d{.channels = 32, .kernel = 3, .stride = 2, .padding = same},
    relu{},
    conv2d{.channels = 32, .kernel = 3, .padding = same, .name = "main2"},
    conv2d{.channels = 32, .kernel = 1, .stride = 2, .from = "stack1"},
    add{.with = "main2"},
    relu{.name = "stack2"},
    conv2d{.channels = 64, .kernel = 3, .stride = 2, .padding = same},
    relu{},
    conv2d{.channels = 64, .kernel = 3, .padding = same, .name = "main3"},
    conv2d{.channels = 64, .kernel = 1, .stride = 2, .from = "stack2"},
    add{.with = "main3"},
    relu{.name = "stack3"},
    global_average_pool{},
    dense{.units = 10},
    softmax{},
};

}  // namespace cleave::models
#endif
