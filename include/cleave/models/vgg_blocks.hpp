// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_VGG_BLOCKS_HPP
#define CLEAVE_MODELS_VGG_BLOCKS_HPP

/// @file
/// What the networks of Simonyan and Zisserman (Very deep convolutional networks for large-scale image recognition,
/// 2015) are made of: two to four 3 x 3 convolutions and a pooling that halves the sides, and the classifier behind
/// them.

#include <cleave/layers/layers.hpp>

namespace cleave::models::vgg {

constexpr auto convolution(int channels) {
  return layers{conv2d{.channels = channels, .kernel = 3, .padding = 1}, relu{}};
}

constexpr auto two(int channels, label name) {
  return layers{convolution(channels), convolution(channels), max_pool{.kernel = 2, .name = name}};
}
constexpr auto three(int channels, label name) {
  return layers{convolution(channels), convolution(channels), convolution(channels),
                max_pool{.kernel = 2, .name = name}};
}
constexpr auto four(int channels, label name) {
  return layers{convolution(channels), convolution(channels), convolution(channels), convolution(channels),
                max_pool{.kernel = 2, .name = name}};
}

constexpr auto classifier() {
  return layers{
      dense{.units = 4096, .name = "fc6"},
      relu{},
      dropout{},
      dense{.units = 4096, .name = "fc7"},
      relu{},
      dropout{},
      dense{.units = 1000, .name = "fc8"},
      softmax{.name = "prob"},
  };
}

}  // namespace cleave::models::vgg
#endif
