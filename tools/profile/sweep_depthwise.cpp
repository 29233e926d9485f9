// SPDX-License-Identifier: BSL-1.0
/// @file
/// Depthwise convolutions.

#include "convolution_graph.hpp"

namespace profiling {

std::span<const cleave::sweep_layer> depthwise() {
  return layers_of<sizes{48, 8, 8, 3, 1, 8}, sizes{48, 16, 16, 3, 2, 16}, sizes{24, 32, 32, 3, 1, 32},
                   sizes{24, 32, 32, 3, 2, 32}, sizes{12, 64, 64, 3, 1, 64}, sizes{6, 128, 128, 3, 1, 128},
                   sizes{3, 256, 256, 3, 1, 256}, sizes{11, 64, 64, 3, 1, 64}, sizes{112, 32, 32, 3, 1, 32},
                   sizes{112, 96, 96, 3, 2, 96}, sizes{56, 144, 144, 3, 1, 144}, sizes{28, 192, 192, 3, 1, 192},
                   sizes{14, 384, 384, 3, 1, 384}, sizes{14, 576, 576, 3, 2, 576}, sizes{7, 960, 960, 3, 1, 960},
                   sizes{20, 12, 12, 5, 1, 12}>;
}

}  // namespace profiling
