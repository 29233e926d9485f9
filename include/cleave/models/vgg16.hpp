// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_VGG16_HPP
#define CLEAVE_MODELS_VGG16_HPP

/// @file
/// VGG-16: configuration D of Simonyan and Zisserman, Very deep convolutional networks for large-scale image
/// recognition, 2015.

#include <cleave/graph/graph.hpp>
#include <cleave/models/vgg_blocks.hpp>

namespace cleave::models {

/// 15,470,264,320 multiply-adds, 138,357,544 parameters.
inline constexpr auto vgg16 = graph{
    input{.height = 224, .width = 224, .channels = 3},
    vgg::two(64, "pool1"),
    vgg::two(128, "pool2"),
    vgg::three(256, "pool3"),
    vgg::three(512, "pool4"),
    vgg::three(512, "pool5"),
    vgg::classifier(),
};

}  // namespace cleave::models
#endif
