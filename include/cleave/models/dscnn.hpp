// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_DSCNN_HPP
#define CLEAVE_MODELS_DSCNN_HPP

/// @file
/// DS-CNN (Zhang, Suda, Lai and Chandra, Hello edge: keyword spotting on microcontrollers, 2017) as MLPerf Tiny
/// (Banbury et al., 2021) spots keywords with it: 49 frames of 10 features, twelve words, batch normalisation folded
/// into the convolutions.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace dscnn_parts {

constexpr auto separable() {
  return layers{
      depthwise_conv2d{.kernel = 3, .padding = same},
      relu{},
      conv2d{.channels = 64, .kernel = 1},
      relu{},
  };
}

}  // namespace dscnn_parts

/// 2,656,768 multiply-adds, 22,604 parameters.
inline constexpr auto dscnn = graph{
    input{.height = 49, .width = 10, .channels = 1},
    conv2d{.channels = 64, .kernel = {10, 4}, .stride = 2, .padding = same},
    relu{},
    dropout{},
    dscnn_parts::separable(),
    dscnn_parts::separable(),
    dscnn_parts::separable(),
    dscnn_parts::separable(),
    dropout{},
    global_average_pool{},
    dense{.units = 12},
    softmax{},
};

}  // namespace cleave::models
#endif
