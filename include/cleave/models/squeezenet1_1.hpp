// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_SQUEEZENET1_1_HPP
#define CLEAVE_MODELS_SQUEEZENET1_1_HPP

/// @file
/// SqueezeNet 1.1 (Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size,
/// 2016, in the authors' release 1.1) for pictures of 224 x 224, as torchvision and the ONNX model zoo have it.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace squeezenet {

/// A narrow layer, then filters of both sizes side by side.
constexpr auto fire(int squeeze, int expand, label name) {
  return layers{
      conv2d{.channels = squeeze, .kernel = 1},
      relu{.name = "squeezed"},
      conv2d{.channels = expand, .kernel = 1},
      relu{.name = "expand1x1"},
      conv2d{.channels = expand, .kernel = 3, .padding = 1, .from = "squeezed"},
      relu{.name = "expand3x3"},
      concat{.with = {"expand3x3"}, .name = name, .from = "expand1x1"},
  };
}

constexpr auto pool(label name) { return max_pool{.kernel = 3, .stride = 2, .ceil_mode = true, .name = name}; }

}  // namespace squeezenet

/// 349,151,936 multiply-adds, 1,235,496 parameters.
inline constexpr auto squeezenet1_1 = graph{
    input{.height = 224, .width = 224, .channels = 3},
    conv2d{.channels = 64, .kernel = 3, .stride = 2, .name = "conv1"},
    relu{},
    squeezenet::pool("pool1"),
    squeezenet::fire(16, 64, "fire2"),
    squeezenet::fire(16, 64, "fire3"),
    squeezenet::pool("pool3"),
    squeezenet::fire(32, 128, "fire4"),
    squeezenet::fire(32, 128, "fire5"),
    squeezenet::pool("pool5"),
    squeezenet::fire(48, 192, "fire6"),
    squeezenet::fire(48, 192, "fire7"),
    squeezenet::fire(64, 256, "fire8"),
    squeezenet::fire(64, 256, "fire9"),
    dropout{},
    conv2d{.channels = 1000, .kernel = 1, .name = "conv10"},
    relu{},
    global_average_pool{},
    softmax{},
};

}  // namespace cleave::models
#endif
