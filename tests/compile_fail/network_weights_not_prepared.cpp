// expect-error: wants prepared weights
// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/layers.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/owned.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 16, .width = 16, .channels = 16},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
};

auto made(const cleave::owned_weights<net>& weights) {
#if CLEAVE_ILL_FORMED
  return cleave::make_network<net, cleave::fast_options>(weights);
#else
  return cleave::make_network<net>(weights);
#endif
}
