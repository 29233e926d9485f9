// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_VGG19_HPP
#define CLEAVE_MODELS_VGG19_HPP

/// @file
/// VGG-19: configuration E of Simonyan and Zisserman, Very deep convolutional networks for large-scale image
/// recognition, 2015.

#include <cleave/graph/graph.hpp>
#include <cleave/models/vgg_blocks.hpp>

namespace cleave::models {

namespace vgg {

constexpr auto nineteen() {
  return layers{
      input{.height = 224, .width = 224, .channels = 3},
      two(64, "pool1"),
      two(128, "pool2"),
      four(256, "pool3"),
      four(512, "pool4"),
      four(512, "pool5"),
      classifier(),
  };
}

}  // namespace vgg

/// 19,632,062,464 multiply-adds, 143,667,240 parameters.
inline constexpr auto vgg19 = graph{vgg::nineteen()};

/// The same as the DjiNN suite serves it (Hauswald et al., DjiNN and Tonic: DNN as a service, 2015) and Neurosurgeon
/// divides it (Kang et al., 2017): the answer is the number of the class.
inline constexpr auto djinn_vgg19 = graph{vgg::nineteen(), argmax{}};

}  // namespace cleave::models
#endif
