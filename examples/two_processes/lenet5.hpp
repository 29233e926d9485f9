// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TWO_PROCESSES_LENET5_HPP
#define EXAMPLES_TWO_PROCESSES_LENET5_HPP

/// @file
/// The network of this example, which both processes know.

#include <array>
#include <cstddef>
#include <cstdio>

#include <cleave/cleave.hpp>

// clang-format off
// [graph]
inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};
// [/graph]
// clang-format on

// [budget]
static_assert(lenet5.multiply_adds() == 416'520);
static_assert(cleave::device_half<lenet5, "pool2">::workspace_bytes <= 24 * 1024);
static_assert(cleave::crossing_bytes(lenet5, 6) == 5 * 5 * 16 * sizeof(float));
// [/budget]

using image = std::array<float, 28 * 28>;

/// Says what failed and why, and gives the exit status.
inline int failed(const char* what, cleave::errc why) {
  std::fprintf(stderr, "%s: %s\n", what, cleave::message(why));
  return 1;
}

/// Stands for a camera.
inline image take_picture() {
  image picture{};
  for (std::size_t at = 0; at < picture.size(); ++at) picture[at] = static_cast<float>(at % 29) / 29;
  return picture;
}

#endif
