// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_ALEXNET_HPP
#define CLEAVE_MODELS_ALEXNET_HPP

/// @file
/// AlexNet (Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012)
/// with the sizes of Caffe's bvlc_alexnet: two groups where the paper used two GPUs, 227 x 227 inputs.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace alexnet_parts {

constexpr auto behind_norm2() {
  return layers{
      conv2d{.channels = 384, .kernel = 3, .padding = 1, .name = "conv3"},
      relu{},
      conv2d{.channels = 384, .kernel = 3, .padding = 1, .groups = 2, .name = "conv4"},
      relu{},
      conv2d{.channels = 256, .kernel = 3, .padding = 1, .groups = 2, .name = "conv5"},
      relu{},
      max_pool{.kernel = 3, .stride = 2, .name = "pool5"},
      dense{.units = 4096, .name = "fc6"},
      relu{},
      dropout{},
      dense{.units = 4096, .name = "fc7"},
      relu{},
      dropout{},
      dense{.units = 1000, .name = "fc8"},
      softmax{},
  };
}

}  // namespace alexnet_parts

/// 724,406,816 multiply-adds, 60,965,224 parameters.
inline constexpr auto alexnet = graph{
    input{.height = 227, .width = 227, .channels = 3},
    conv2d{.channels = 96, .kernel = 11, .stride = 4, .name = "conv1"},
    relu{},
    local_response_normalization{.size = 5, .name = "norm1"},
    max_pool{.kernel = 3, .stride = 2, .name = "pool1"},
    conv2d{.channels = 256, .kernel = 5, .padding = 2, .groups = 2, .name = "conv2"},
    relu{},
    local_response_normalization{.size = 5, .name = "norm2"},
    max_pool{.kernel = 3, .stride = 2, .name = "pool2"},
    alexnet_parts::behind_norm2(),
};

/// The order of Caffe's reference model, which pools before it normalises, as the DjiNN suite serves it (Hauswald et
/// al., DjiNN and Tonic: DNN as a service, 2015) and Neurosurgeon divides it (Kang et al., 2017): the answer is the
/// number of the class. As many multiply-adds and parameters.
inline constexpr auto djinn_alexnet = graph{
    input{.height = 227, .width = 227, .channels = 3},
    conv2d{.channels = 96, .kernel = 11, .stride = 4, .name = "conv1"},
    relu{},
    max_pool{.kernel = 3, .stride = 2, .name = "pool1"},
    local_response_normalization{.size = 5, .name = "norm1"},
    conv2d{.channels = 256, .kernel = 5, .padding = 2, .groups = 2, .name = "conv2"},
    relu{},
    max_pool{.kernel = 3, .stride = 2, .name = "pool2"},
    local_response_normalization{.size = 5, .name = "norm2"},
    alexnet_parts::behind_norm2(),
    argmax{},
};

}  // namespace cleave::models
#endif
