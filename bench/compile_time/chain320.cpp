// SPDX-License-Identifier: BSL-1.0
// A graph of 320 layers: how compile time grows with layers, not with kernels.
#include <array>
#include <cstdio>

#include <cleave/network/network.hpp>

namespace {

constexpr auto twice(int channels) {
  return cleave::layers{
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same},
      cleave::relu{},
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same},
      cleave::relu{},
  };
}
constexpr auto eight(int channels) {
  return cleave::layers{twice(channels), twice(channels), twice(channels), twice(channels)};
}
constexpr auto eighty(int channels) {
  return cleave::layers{eight(channels), eight(channels), eight(channels), eight(channels), eight(channels)};
}

inline constexpr auto chain = cleave::graph{cleave::input{.height = 16, .width = 16, .channels = 8}, eighty(8),
                                            eighty(16), eighty(16), eighty(8)};
static_assert(chain.last == 320);

}  // namespace

/// `weights` is whatever the linker brings: this is compiled, not run.
float run(const cleave::weights_view<chain>& weights, const std::array<float, 2048>& image) {
  static cleave::network<chain> whole{weights};
  return whole(image)[0];
}
