// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_MOBILENET_V1_025_HPP
#define CLEAVE_MODELS_MOBILENET_V1_025_HPP

/// @file
/// MobileNetV1 (Howard et al., MobileNets: efficient convolutional neural networks for mobile vision applications,
/// 2017) a quarter as wide, for 96 x 96 pictures with or without a person: the visual wake words of MLPerf Tiny
/// (Banbury et al., 2021), with batch normalisation folded into the convolutions.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace mobilenet_v1 {

/// A filter a channel, then a mixture of the channels.
constexpr auto separable(int channels, int stride) {
  return layers{
      depthwise_conv2d{.kernel = 3, .stride = stride, .padding = same},
      relu{},
      conv2d{.channels = channels, .kernel = 1},
      relu{},
  };
}

}  // namespace mobilenet_v1

/// 7,489,664 multiply-adds, 210,850 parameters.
inline constexpr auto mobilenet_v1_025 = graph{
    input{.height = 96, .width = 96, .channels = 3},
    conv2d{.channels = 8, .kernel = 3, .stride = 2, .padding = same},
    relu{},
    mobilenet_v1::separable(16, 1),
    mobilenet_v1::separable(32, 2),
    mobilenet_v1::separable(32, 1),
    mobilenet_v1::separable(64, 2),
    mobilenet_v1::separable(64, 1),
    mobilenet_v1::separable(128, 2),
    mobilenet_v1::separable(128, 1),
    mobilenet_v1::separable(128, 1),
    mobilenet_v1::separable(128, 1),
    mobilenet_v1::separable(128, 1),
    mobilenet_v1::separable(128, 1),
    mobilenet_v1::separable(256, 2),
    mobilenet_v1::separable(256, 1),
    global_average_pool{},
    dense{.units = 2},
    softmax{},
};

}  // namespace cleave::models
#endif
