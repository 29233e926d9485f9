// SPDX-License-Identifier: BSL-1.0
/// @file
/// Convolutions as small networks have them.

#include "convolution_graph.hpp"

namespace profiling {

std::span<const cleave::sweep_layer> convolutions() {
  static constexpr auto all = [] {
    constexpr auto plain =
        layers_of<sizes{32, 3, 16, 3}, sizes{32, 16, 16, 3}, sizes{32, 16, 32, 3, 2}, sizes{16, 32, 32, 3},
                  sizes{16, 32, 64, 3, 2}, sizes{8, 64, 64, 3}, sizes{96, 3, 8, 3, 2}, sizes{49, 1, 64, 5, 2},
                  sizes{28, 1, 6, 5}, sizes{14, 6, 16, 5}, sizes{12, 20, 50, 5}, sizes{16, 8, 8, 3},
                  sizes{24, 8, 12, 3}, sizes{10, 24, 20, 3}, sizes{20, 12, 40, 3}, sizes{13, 48, 192, 3},
                  sizes{13, 64, 256, 3}, sizes{56, 16, 64, 3}, sizes{28, 32, 128, 3}, sizes{4, 128, 128, 3},
                  sizes{9, 5, 7, 3}, sizes{35, 10, 64, 7, 2}>;
    std::array<cleave::sweep_layer, plain.size() + 4> joined{};
    std::size_t place = 0;
    for (const auto& each : plain) joined[place++] = each;
    for (const auto& each : with_sum<sizes{16, 16, 16, 3}>) joined[place++] = each;
    for (const auto& each : with_sum<sizes{8, 48, 48, 3}>) joined[place++] = each;
    return joined;
  }();
  return all;
}

}  // namespace profiling
