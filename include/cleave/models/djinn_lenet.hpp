// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_DJINN_LENET_HPP
#define CLEAVE_MODELS_DJINN_LENET_HPP

/// @file
/// The LeNet of Caffe's MNIST example (after LeCun, Bottou, Bengio and Haffner, 1998), which the DjiNN suite serves for
/// digits (Hauswald et al., DjiNN and Tonic: DNN as a service, 2015).

#include <cstddef>

#include <cleave/graph/graph.hpp>

namespace cleave::models {

/// 2,293,000 multiply-adds, 431,080 parameters for one picture.
inline constexpr auto djinn_lenet = graph{
    input{.height = 28, .width = 28, .channels = 1},
    conv2d{.channels = 20, .kernel = 5, .name = "conv1"},
    max_pool{.kernel = 2, .name = "pool1"},
    conv2d{.channels = 50, .kernel = 5, .name = "conv2"},
    max_pool{.kernel = 2, .name = "pool2"},
    dense{.units = 500, .name = "ip1"},
    relu{},
    dense{.units = 10, .name = "ip2"},
    softmax{.name = "prob"},
    argmax{},
};

/// A query of the suite has 100 pictures: as many runs of the graph, each a request of its own where it is cut. Bytes
/// that cross and multiply-adds of a query are 100 times those of the graph, its memory and weights are not.
inline constexpr std::size_t djinn_lenet_pictures = 100;

}  // namespace cleave::models
#endif
