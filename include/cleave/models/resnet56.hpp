// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_RESNET56_HPP
#define CLEAVE_MODELS_RESNET56_HPP

/// @file
/// ResNet-56 for CIFAR-10 (He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016, section 4.2)
/// with batch normalisation folded into the convolutions and the paper's shortcuts without parameters (option A).

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace resnet56_parts {

constexpr auto block(int channels) {
  return layers{
      conv2d{.channels = channels, .kernel = 3, .padding = 1},
      relu{},
      conv2d{.channels = channels, .kernel = 3, .padding = 1},
      add{.with = "x"},
      relu{.name = "x"},
  };
}

/// The first block of a stage halves the sides, now `side`, and doubles the channels, now `channels`. Around it goes
/// every second pixel with new channels of zeros, half of them before and half behind: as a picture of one channel with
/// a border left and right.
constexpr auto first_block(int side, int channels) {
  return layers{
      max_pool{.kernel = 1, .stride = 2},
      reshape{.height = side * side, .width = channels / 2},
      pad{.padding = {0, channels / 4}},
      reshape{.height = side, .width = side, .channels = channels, .name = "shortcut"},
      conv2d{.channels = channels, .kernel = 3, .stride = 2, .padding = 1, .from = "x"},
      relu{},
      conv2d{.channels = channels, .kernel = 3, .padding = 1},
      add{.with = "shortcut"},
      relu{.name = "x"},
  };
}

constexpr auto eight_blocks(int channels) {
  return layers{block(channels), block(channels), block(channels), block(channels),
                block(channels), block(channels), block(channels), block(channels)};
}

}  // namespace resnet56_parts

/// 125,485,696 multiply-adds, 850,986 parameters.
inline constexpr auto resnet56 = graph{
    input{.height = 32, .width = 32, .channels = 3},
    conv2d{.channels = 16, .kernel = 3, .padding = 1},
    relu{.name = "x"},
    resnet56_parts::block(16),
    resnet56_parts::eight_blocks(16),
    resnet56_parts::first_block(16, 32),
    resnet56_parts::eight_blocks(32),
    resnet56_parts::first_block(8, 64),
    resnet56_parts::eight_blocks(64),
    global_average_pool{},
    dense{.units = 10},
    softmax{},
};

}  // namespace cleave::models
#endif
