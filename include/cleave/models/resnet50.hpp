// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_RESNET50_HPP
#define CLEAVE_MODELS_RESNET50_HPP

/// @file
/// ResNet-50 (He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016) with batch normalisation
/// folded into the convolutions. The paper halves the sides in the first 1 x 1 convolution of a stage, torchvision and
/// MLPerf in the 3 x 3 one behind it, which costs more and is known as version 1.5.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace resnet50_parts {

constexpr auto bottleneck(int channels, int first_stride, int second_stride) {
  return layers{
      conv2d{.channels = channels, .kernel = 1, .stride = first_stride, .from = "x"},
      relu{},
      conv2d{.channels = channels, .kernel = 3, .stride = second_stride, .padding = 1},
      relu{},
      conv2d{.channels = 4 * channels, .kernel = 1},
  };
}

/// A block that keeps sides and channels.
constexpr auto block(int channels) { return layers{bottleneck(channels, 1, 1), add{.with = "x"}, relu{.name = "x"}}; }

/// The first block of a stage: what goes around it is projected to the new sides and channels.
constexpr auto first_block(int channels, int first_stride, int second_stride) {
  return layers{
      conv2d{.channels = 4 * channels, .kernel = 1, .stride = first_stride * second_stride, .name = "shortcut"},
      bottleneck(channels, first_stride, second_stride),
      add{.with = "shortcut"},
      relu{.name = "x"},
  };
}

constexpr auto network(int first_stride, int second_stride) {
  return layers{
      input{.height = 224, .width = 224, .channels = 3},
      conv2d{.channels = 64, .kernel = 7, .stride = 2, .padding = 3},
      relu{},
      max_pool{.kernel = 3, .stride = 2, .padding = 1, .name = "x"},
      first_block(64, 1, 1),
      block(64),
      block(64),
      first_block(128, first_stride, second_stride),
      block(128),
      block(128),
      block(128),
      first_block(256, first_stride, second_stride),
      block(256),
      block(256),
      block(256),
      block(256),
      block(256),
      first_block(512, first_stride, second_stride),
      block(512),
      block(512),
      global_average_pool{},
      dense{.units = 1000},
      softmax{},
  };
}

}  // namespace resnet50_parts

/// 3,857,973,248 multiply-adds, 25,530,472 parameters.
inline constexpr auto resnet50 = graph{resnet50_parts::network(2, 1)};

/// 4,089,184,256 multiply-adds, 25,530,472 parameters.
inline constexpr auto resnet50_v1_5 = graph{resnet50_parts::network(1, 2)};

}  // namespace cleave::models
#endif
