// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_CONSUMERS_NETWORK_HPP
#define CLEAVE_TESTS_CONSUMERS_NETWORK_HPP

/// @file
/// What every consumer project does with the library: a network, cut in two. Include cleave first, in whatever way.

#include <algorithm>
#include <array>

inline constexpr auto consumer_graph = cleave::graph{
    cleave::input{.height = 8, .width = 8, .channels = 1},
    cleave::conv2d{.channels = 4, .kernel = 3},
    cleave::relu{},
    cleave::dense{.units = 3},
};

inline bool halves_agree() {
  const auto weights = cleave::random_weights<consumer_graph>(1);
  cleave::network<consumer_graph> whole{weights};
  auto halves = whole.split<2>();
  std::array<float, 64> image{};
  image[10] = 1.0F;
  return std::ranges::equal(whole(image), halves.remote(halves.device(image)));
}

#endif
