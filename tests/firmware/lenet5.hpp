// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_FIRMWARE_LENET5_HPP
#define CLEAVE_TESTS_FIRMWARE_LENET5_HPP

/// @file
/// The network of the firmware test, for the firmware and for the program that computes what it must answer.

#include <cleave/device.hpp>

inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2},
    cleave::relu{},
    cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5},
    cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120},
    cleave::relu{},
    cleave::dense{.units = 84},
    cleave::relu{},
    cleave::dense{.units = 10},
    cleave::softmax{},
};

static_assert(cleave::network<lenet5>::workspace_bytes <= 32 * 1024);

#endif
