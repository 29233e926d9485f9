// SPDX-License-Identifier: BSL-1.0
/// @file
/// Convolutions as large networks have them.

#include "convolution_graph.hpp"

namespace profiling {

std::span<const cleave::sweep_layer> large_convolutions() {
  return layers_of<sizes{112, 3, 64, 7, 2}, sizes{113, 3, 32, 3, 2}, sizes{227, 3, 96, 11, 4}, sizes{224, 3, 64, 3, 2},
                   sizes{56, 64, 64, 3}, sizes{28, 128, 128, 3}, sizes{14, 256, 256, 3}, sizes{7, 512, 512, 3},
                   sizes{27, 96, 256, 5, 1, 2}, sizes{13, 256, 384, 3}, sizes{13, 384, 384, 3, 1, 2},
                   sizes{56, 64, 128, 3, 2}, sizes{27, 48, 64, 5}, sizes{112, 16, 32, 3}, sizes{17, 128, 128, 7},
                   sizes{112, 32, 64, 3}>;
}

}  // namespace profiling
