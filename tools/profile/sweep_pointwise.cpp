// SPDX-License-Identifier: BSL-1.0
/// @file
/// Convolutions with a window of one pixel.

#include "convolution_graph.hpp"

namespace profiling {

std::span<const cleave::sweep_layer> pointwise() {
  static constexpr auto all = [] {
    constexpr auto plain =
        layers_of<sizes{48, 8, 16}, sizes{24, 16, 32}, sizes{24, 32, 32}, sizes{12, 64, 64}, sizes{6, 128, 128},
                  sizes{3, 256, 256}, sizes{3, 128, 256}, sizes{11, 64, 64}, sizes{56, 64, 16}, sizes{56, 16, 64},
                  sizes{28, 32, 128}, sizes{28, 128, 32}, sizes{14, 192, 48}, sizes{14, 64, 384}, sizes{14, 384, 64},
                  sizes{7, 160, 960}, sizes{7, 960, 160}, sizes{7, 320, 1280}, sizes{56, 32, 16}, sizes{56, 24, 144},
                  sizes{13, 512, 1000}, sizes{56, 64, 256}, sizes{28, 512, 128}, sizes{14, 1024, 256},
                  sizes{14, 12, 20}, sizes{5, 30, 10}, sizes{16, 16, 32, 1, 2}, sizes{28, 192, 64}, sizes{35, 64, 96},
                  sizes{17, 768, 192}>;
    std::array<cleave::sweep_layer, plain.size() + 4> joined{};
    std::size_t place = 0;
    for (const auto& each : plain) joined[place++] = each;
    for (const auto& each : with_sum<sizes{28, 32, 32}>) joined[place++] = each;
    for (const auto& each : with_sum<sizes{14, 96, 96}>) joined[place++] = each;
    return joined;
  }();
  return all;
}

}  // namespace profiling
