// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_DEEPFACE_HPP
#define CLEAVE_MODELS_DEEPFACE_HPP

/// @file
/// DeepFace (Taigman, Yang, Ranzato and Wolf, DeepFace: closing the gap to human-level performance in face
/// verification, 2014) as the DjiNN suite serves it (Hauswald et al., 2015): 83 faces, and no activation behind the
/// convolutions. The weights of its three local layers are untied: every output pixel has filters of its own.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

/// 501,457,536 multiply-adds, 102,752,915 parameters.
inline constexpr auto deepface = graph{
    input{.height = 152, .width = 152, .channels = 3},
    conv2d{.channels = 32, .kernel = 11, .name = "conv1"},
    max_pool{.kernel = 3, .stride = 2, .ceil_mode = true, .name = "pool2"},
    conv2d{.channels = 16, .kernel = 9, .name = "conv3"},
    locally_connected2d{.channels = 16, .kernel = 9, .name = "local4"},
    locally_connected2d{.channels = 16, .kernel = 7, .stride = 2, .name = "local5"},
    locally_connected2d{.channels = 16, .kernel = 5, .name = "local6"},
    dense{.units = 4096, .name = "fc7"},
    dense{.units = 83, .name = "fc8"},
    softmax{.name = "prob"},
    argmax{},
};

}  // namespace cleave::models
#endif
