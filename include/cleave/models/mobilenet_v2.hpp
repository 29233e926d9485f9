// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_MOBILENET_V2_HPP
#define CLEAVE_MODELS_MOBILENET_V2_HPP

/// @file
/// MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov and Chen, MobileNetV2: inverted residuals and linear bottlenecks, 2018)
/// at full width for 224 x 224 pictures, with batch normalisation folded into the convolutions.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace mobilenet_v2_parts {

/// Channels of their own filters, and a mixture of them without an activation.
constexpr auto separable(int channels, int stride) {
  return layers{
      depthwise_conv2d{.kernel = 3, .stride = stride, .padding = same},
      relu6{},
      conv2d{.channels = channels, .kernel = 1, .name = "x"},
  };
}

/// Widens to six times `channels`, what it receives, and narrows to `narrowed`.
constexpr auto first_block(int channels, int narrowed, int stride) {
  return layers{conv2d{.channels = 6 * channels, .kernel = 1}, relu6{}, separable(narrowed, stride)};
}

/// The same with a way around.
constexpr auto block(int channels) {
  return layers{
      conv2d{.channels = 6 * channels, .kernel = 1},  relu6{},
      depthwise_conv2d{.kernel = 3, .padding = same}, relu6{},
      conv2d{.channels = channels, .kernel = 1},      add{.with = "x", .name = "x"},
  };
}

}  // namespace mobilenet_v2_parts

/// 300,774,272 multiply-adds, 3,487,816 parameters.
inline constexpr auto mobilenet_v2 = graph{
    input{.height = 224, .width = 224, .channels = 3},
    conv2d{.channels = 32, .kernel = 3, .stride = 2, .padding = same},
    relu6{},
    mobilenet_v2_parts::separable(16, 1),
    mobilenet_v2_parts::first_block(16, 24, 2),
    mobilenet_v2_parts::block(24),
    mobilenet_v2_parts::first_block(24, 32, 2),
    mobilenet_v2_parts::block(32),
    mobilenet_v2_parts::block(32),
    mobilenet_v2_parts::first_block(32, 64, 2),
    mobilenet_v2_parts::block(64),
    mobilenet_v2_parts::block(64),
    mobilenet_v2_parts::block(64),
    mobilenet_v2_parts::first_block(64, 96, 1),
    mobilenet_v2_parts::block(96),
    mobilenet_v2_parts::block(96),
    mobilenet_v2_parts::first_block(96, 160, 2),
    mobilenet_v2_parts::block(160),
    mobilenet_v2_parts::block(160),
    mobilenet_v2_parts::first_block(160, 320, 1),
    conv2d{.channels = 1280, .kernel = 1},
    relu6{},
    global_average_pool{},
    dense{.units = 1000},
    softmax{},
};

}  // namespace cleave::models
#endif
