// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_DIGITS_HPP
#define EXAMPLES_DIGITS_DIGITS_HPP

/// @file
/// The network that train.py trains: 8x8 counts of ink, divided by 16, in; ten probabilities out.

#include <cleave/device.hpp>

// clang-format off
inline constexpr auto digits = cleave::graph{
    cleave::input{.height = 8, .width = 8, .channels = 1},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same}, cleave::relu{},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same}, cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool1"},
    cleave::conv2d{.channels = 32, .kernel = 3, .padding = cleave::same}, cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 32}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};
// clang-format on

#endif
